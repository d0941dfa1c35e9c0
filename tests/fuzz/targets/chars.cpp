// A text as characters: written as UTF-8 again they are the text, and numbered by their own vocabulary each has a
// number.
#include "runtime/data/characters.h"

#include <algorithm>

#include "tests/fuzz/targets/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nnc;
  static testing::MemoryFile file;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  file.set(bytes);
  testing::taken([&] {
    const std::vector<char32_t> text = read_characters(file.path());
    std::string again;
    for (const char32_t character : text) again += utf8(character);
    if (!bytes.starts_with("\x1f\x8b") && !bytes.ends_with(again)) testing::found("another text than the file's");
    const std::vector<int32_t> codes = encoded(text, different_characters(text));
    if (std::find(codes.begin(), codes.end(), -1) != codes.end()) testing::found("a character without a number");
  });
  return 0;
}
