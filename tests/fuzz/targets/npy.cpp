// An NPY file as it is: what is taken has as many elements as its sizes say.
#include "runtime/data/npy.h"

#include "tests/fuzz/targets/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nnc;
  static testing::MemoryFile file;
  file.set(std::string_view(reinterpret_cast<const char*>(data), size));
  testing::taken([&] {
    std::vector<std::string> warnings;
    const Column column = read_npy(InputFile(file.path()), "x", warnings);
    const int64_t elements = column.rows() * column.sample_size();
    if (elements < 1) testing::found("an array without an element");
    if (static_cast<int64_t>(column.tensor.bytes.size()) != elements * byte_size(column.element()))
      testing::found("other bytes than the sizes say");
  });
  return 0;
}
