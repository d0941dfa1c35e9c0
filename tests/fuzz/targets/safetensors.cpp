// A weights file: what is read is written again, and reads back equal.
#include "runtime/weights/safetensors.h"

#include "tests/fuzz/targets/fuzz_target.h"

namespace {

using namespace nnc;

void read(std::string_view bytes) {
  Safetensors contents = parse_safetensors(bytes, "f");
  std::vector<TensorEntry> have;
  for (const StoredTensor& tensor : contents.tensors) have.push_back({tensor.name, tensor.element, tensor.shape});
  for (const std::string& line : differences(have, {{"w", StoredElement::f32, {2}}})) {
    if (line.find('\n') != std::string::npos) testing::found("a name that breaks a line");
  }
  Safetensors again = parse_safetensors(to_safetensors(contents), "f");
  if (again.metadata != contents.metadata || again.tensors.size() != contents.tensors.size())
    testing::found("another file after writing");
  for (const StoredTensor& tensor : contents.tensors) {
    const StoredTensor* same = again.find(tensor.name);
    if (same == nullptr || !(*same == tensor)) testing::found("another tensor after writing");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  testing::taken([&] { read({reinterpret_cast<const char*>(data), size}); });
  return 0;
}
