// The text of a graph, a partition or loop nests: what is read prints, and the print reads back to the same text.
#include "ir/print/text.h"
#include "tests/fuzz/targets/fuzz_target.h"

namespace {

using namespace nnc;

template <class Parse>
void round_trip(const std::string& text, Parse parse) {
  std::string printed;
  if (!testing::taken([&] { printed = print(parse(text, "f")); })) return;
  std::string again;
  try {
    again = print(parse(printed, "f"));
  } catch (const Failure& failure) {
    testing::found("a print that does not read back: " + std::string(failure.what()) + "\n" + printed);
  }
  if (again != printed) testing::found("a print that reads back as another text:\n" + printed + "\n" + again);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  // As `nnc opt` tells them apart; wherever the word stands, so that comments may come first.
  if (text.find("nests ") != std::string::npos)
    round_trip(text, parse_nests);
  else if (text.find("\nkernel ") != std::string::npos || text.find("compiled ") != std::string::npos)
    round_trip(text, parse_partition);
  else
    round_trip(text, parse_graph);
  return 0;
}
