// A .nn file: lexed, parsed, checked, bound to facts that its data might have, lowered, verified.
#include "ir/verify/verify.h"
#include "tests/frontend/programs.h"
#include "tests/fuzz/targets/fuzz_target.h"

namespace {

using namespace nnc;

void lower_all(const BoundProgram& bound) {
  verify(initial_graph(bound));
  verify(training_graph(bound));
  verify(evaluation_graph(bound));
  verify(lower_function(bound, ""));
  for (const MetricInfo& metric : metrics(bound)) verify(metric.combine);
  for (const Fit& fit : fits(bound)) verify(fit.argument);
}

void read(const std::string& text) {
  testing::CheckedText checked = testing::check_text(text);
  if ((checked.program == nullptr) != checked.diagnostics.has_errors())
    testing::found("a program with errors, or none without");
  Bound bound = testing::bind_text(checked);
  checked.rendered();
  if (checked.program == nullptr) return;
  dump_typed(*checked.program);
  options(*checked.program);
  if (bound == nullptr && !checked.diagnostics.has_errors()) testing::found("not bound, without an error");
  if (bound != nullptr) lower_all(*bound);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  testing::taken([&] { read(std::string(reinterpret_cast<const char*>(data), size)); });
  return 0;
}
