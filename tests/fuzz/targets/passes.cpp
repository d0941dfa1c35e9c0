// The text of a graph through every pass, both kernel sets: a graph that verifies is lowered or refused as a limit.
#include "ir/print/text.h"
#include "passes/pipeline.h"
#include "tests/fuzz/targets/fuzz_target.h"

namespace {

using namespace nnc;

constexpr size_t kMostNodes = 200;

void lower(const std::string& text) {
  Graph graph = parse_graph(text, "f");
  if (graph.size() > kMostNodes) return;
  PassOptions options;
  options.target = Target::of(Tier::avx2);
  options.capacity = 3;
  for (bool exact : {true, false}) {
    options.exact = exact;
    run_pipeline(graph, options);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  testing::taken([&] { lower(std::string(reinterpret_cast<const char*>(data), size)); });
  return 0;
}
