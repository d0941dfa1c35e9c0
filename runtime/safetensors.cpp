#include "runtime/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "runtime/data/data_error.h"
#include "runtime/files.h"
#include "runtime/safetensors_header.h"
#include "support/fault.h"

namespace nnc {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are stored little-endian");

struct ElementRow {
  StoredElement element;
  std::string_view spelling;
  int64_t size;
};
constexpr std::array<ElementRow, 7> kElements{{{StoredElement::f32, "F32", 4},
                                               {StoredElement::f64, "F64", 8},
                                               {StoredElement::i32, "I32", 4},
                                               {StoredElement::i64, "I64", 8},
                                               {StoredElement::u8, "U8", 1},
                                               {StoredElement::bf16, "BF16", 2},
                                               {StoredElement::boolean, "BOOL", 1}}};

constexpr int64_t kMaxFileBytes = int64_t{1} << 40;

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += fmt::format("{}{}", i > 0 ? ", " : "", shape[i]);
  return text + "]";
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

void check_booleans(const StoredTensor& tensor, uint64_t offset, const std::string& file) {
  if (tensor.element != StoredElement::boolean) return;
  const auto wrong =
      std::find_if(tensor.bytes.begin(), tensor.bytes.end(), [](std::byte b) { return b > std::byte{1}; });
  if (wrong == tensor.bytes.end()) return;
  const auto index = static_cast<uint64_t>(wrong - tensor.bytes.begin());
  throw offset_failure(file, offset + index,
                       fmt::format("tensor {} holds a bool that is neither 0 nor 1", in_quotes(tensor.name)));
}

template <typename T>
std::optional<int64_t> not_finite(const StoredTensor& tensor) {
  for (size_t at = 0; at + sizeof(T) <= tensor.bytes.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, tensor.bytes.data() + at, sizeof(T));
    if (!std::isfinite(value)) return static_cast<int64_t>(at / sizeof(T));
  }
  return std::nullopt;
}

}  // namespace

std::string_view stored_spelling(StoredElement element) { return kElements[static_cast<size_t>(element)].spelling; }
int64_t stored_size(StoredElement element) { return kElements[static_cast<size_t>(element)].size; }
std::optional<StoredElement> parse_stored_element(std::string_view text) {
  for (const ElementRow& row : kElements) {
    if (row.spelling == text) return row.element;
  }
  return std::nullopt;
}

const StoredTensor* Safetensors::find(std::string_view name) const {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const StoredTensor& t) { return t.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

std::string to_safetensors(const Safetensors& contents) {
  std::vector<const StoredTensor*> order;
  for (const StoredTensor& tensor : contents.tensors) order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](const StoredTensor* a, const StoredTensor* b) {
    const int64_t a_size = stored_size(a->element);
    const int64_t b_size = stored_size(b->element);
    return a_size != b_size ? a_size > b_size : a->name < b->name;
  });
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!contents.metadata.empty()) header["__metadata__"] = contents.metadata;
  size_t at = 0;
  for (const StoredTensor* tensor : order) {
    int64_t elements = 1;
    for (const int64_t size : tensor->shape) elements *= size;
    NNC_ASSERT(static_cast<size_t>(elements * stored_size(tensor->element)) == tensor->bytes.size(),
               tensor->name + " has bytes for another shape");
    NNC_ASSERT(tensor->name != "__metadata__" && !header.contains(tensor->name), tensor->name + " occurs twice");
    header[tensor->name] = {{"dtype", stored_spelling(tensor->element)},
                            {"shape", tensor->shape},
                            {"data_offsets", {at, at + tensor->bytes.size()}}};
    at += tensor->bytes.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string file(kHeaderLengthBytes, '\0');
  const uint64_t length = text.size();
  std::memcpy(file.data(), &length, sizeof length);
  file.reserve(kHeaderLengthBytes + text.size() + at);
  file += text;
  for (const StoredTensor* tensor : order) {
    file.append(reinterpret_cast<const char*>(tensor->bytes.data()), tensor->bytes.size());
  }
  return file;
}

void write_safetensors(const std::string& path, const Safetensors& contents) {
  std::string bytes = to_safetensors(contents);
  if (fault(Fault::truncated_weights)) bytes.pop_back();
  write_atomically(path, std::string_view(bytes));
}

Safetensors parse_safetensors(std::string_view bytes, const std::string& file) {
  if (bytes.size() < kHeaderLengthBytes) {
    throw offset_failure(file, bytes.size(), "not safetensors: shorter than the 8 bytes of the header's length");
  }
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  const uint64_t rest = bytes.size() - kHeaderLengthBytes;
  if (length == 0) throw offset_failure(file, 0, "the header has length 0");
  const std::string_view first = bytes.substr(0, kHeaderLengthBytes);
  const bool text = std::all_of(first.begin(), first.end(), [](char c) { return (c >= ' ' && c < 0x7F) || c == '\n'; });
  if (text) {
    throw file_failure(file, "not weights but a text",
                       "the weights are what 'nnc train' writes, NAME.safetensors; the "
                       "program stands before them");
  }
  if (length > kMaxHeaderBytes) {
    throw offset_failure(
        file, 0,
        fmt::format("a header of {} bytes, more than the limit of {}: is this safetensors?", length, kMaxHeaderBytes));
  }
  if (length > rest) {
    throw offset_failure(file, 0,
                         fmt::format("a header of {} bytes, but only {} follow: is the file cut?", length, rest));
  }
  SafetensorsHeader header = parse_header(bytes.substr(kHeaderLengthBytes, length), rest - length, file);
  Safetensors contents{std::move(header.metadata), {}};
  const uint64_t data = kHeaderLengthBytes + length;
  for (HeaderEntry& entry : header.entries) {
    const auto span = std::as_bytes(std::span(bytes.data() + data + entry.begin, entry.end - entry.begin));
    contents.tensors.push_back(
        {std::move(entry.name), entry.element, std::move(entry.shape), {span.begin(), span.end()}});
    check_booleans(contents.tensors.back(), data + entry.begin, file);
  }
  return contents;
}

Safetensors read_safetensors(const std::string& path) { return read_safetensors(InputFile(path)); }

Safetensors read_safetensors(InputFile file) {
  const std::string path = file.path();
  return parse_safetensors(read_file(std::move(file), kMaxFileBytes), path);
}

SafetensorsHeader read_safetensors_header(const std::string& path) {
  InputFile file(path);
  uint64_t length = 0;
  if (file.read(std::as_writable_bytes(std::span(&length, 1))) < kHeaderLengthBytes) {
    throw file_failure(path, "shorter than the 8 bytes of its header's length");
  }
  const uint64_t rest = static_cast<uint64_t>(file.size()) - kHeaderLengthBytes;
  if (length > rest || length > kMaxHeaderBytes) throw file_failure(path, "no safetensors header");
  std::string text(length, '\0');
  text.resize(file.read(std::as_writable_bytes(std::span(text))));
  return parse_header(text, rest - length, path);
}

std::vector<std::string> differences(const Safetensors& have, const std::vector<TensorWanted>& wanted) {
  std::vector<std::string> lines;
  std::map<std::string, const StoredTensor*> unused;
  for (const StoredTensor& tensor : have.tensors) unused.emplace(tensor.name, &tensor);
  for (const TensorWanted& want : wanted) {
    const auto found = unused.find(want.name);
    if (found == unused.end()) {
      std::string line = fmt::format("{} is missing; the program has {}{}", in_quotes(want.name),
                                     stored_spelling(want.element), shape_text(want.shape));
      for (const StoredTensor& tensor : have.tensors) {
        if (lower(tensor.name) == lower(want.name)) line += fmt::format(" (the file has {})", in_quotes(tensor.name));
      }
      lines.push_back(std::move(line));
      continue;
    }
    const StoredTensor& tensor = *found->second;
    if (tensor.shape != want.shape || tensor.element != want.element) {
      lines.push_back(fmt::format("{} is {}{} in the file, {}{} in the program", in_quotes(want.name),
                                  stored_spelling(tensor.element), shape_text(tensor.shape),
                                  stored_spelling(want.element), shape_text(want.shape)));
    }
    unused.erase(found);
  }
  for (const auto& [name, tensor] : unused) lines.push_back(fmt::format("{} is not in the program", in_quotes(name)));
  return lines;
}

std::optional<int64_t> first_not_finite(const StoredTensor& tensor) {
  if (tensor.element == StoredElement::f32) return not_finite<float>(tensor);
  if (tensor.element == StoredElement::f64) return not_finite<double>(tensor);
  if (tensor.element != StoredElement::bf16) return std::nullopt;
  for (size_t at = 0; at + 2 <= tensor.bytes.size(); at += 2) {
    uint16_t bits = 0;
    std::memcpy(&bits, tensor.bytes.data() + at, 2);
    if ((bits & 0x7F80) == 0x7F80) return static_cast<int64_t>(at / 2);
  }
  return std::nullopt;
}

}  // namespace nnc
