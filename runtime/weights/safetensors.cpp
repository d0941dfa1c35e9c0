#include "runtime/weights/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>

#include "runtime/io/data_error.h"
#include "runtime/io/files.h"
#include "runtime/weights/safetensors_header.h"

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
  const std::span<const std::byte> bytes = tensor.bytes.span();
  const auto wrong = std::ranges::find_if(bytes, [](std::byte b) { return b > std::byte{1}; });
  if (wrong == bytes.end()) return;
  const auto index = static_cast<uint64_t>(wrong - bytes.begin());
  throw offset_failure(file, offset + index,
                       fmt::format("tensor {} holds a bool that is neither 0 nor 1", in_quotes(tensor.name)));
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

namespace {

using Fill = std::function<void(std::span<std::byte>)>;  // the next bytes of the file, as many as asked for

uint64_t header_length(uint64_t size, const Fill& fill, const std::string& file) {
  if (size < kHeaderLengthBytes) {
    throw offset_failure(file, size, "not safetensors: shorter than the 8 bytes of the header's length");
  }
  uint64_t length = 0;
  fill(std::as_writable_bytes(std::span(&length, 1)));
  const uint64_t rest = size - kHeaderLengthBytes;
  if (length == 0) throw offset_failure(file, 0, "the header has length 0");
  const std::string_view first(reinterpret_cast<const char*>(&length), kHeaderLengthBytes);
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
  return length;
}

Metadata read_tensors(uint64_t size, const Fill& fill, const std::string& file, const TensorVisitor& each) {
  const uint64_t length = header_length(size, fill, file), data = kHeaderLengthBytes + length;
  std::string text(length, '\0');
  fill(std::as_writable_bytes(std::span(text)));
  SafetensorsHeader header = parse_header(text, size - data, file);
  for (HeaderEntry& entry : header.entries) {
    StoredTensor tensor{std::move(entry.name), entry.element, std::move(entry.shape),
                        AlignedBytes::uninitialised(entry.end - entry.begin)};
    fill(tensor.bytes.span());
    check_booleans(tensor, data + entry.begin, file);
    each(header.metadata, std::move(tensor));
  }
  return std::move(header.metadata);
}

Safetensors collected(const std::function<Metadata(const TensorVisitor&)>& read) {
  Safetensors contents;
  contents.metadata =
      read([&](const Metadata&, StoredTensor&& tensor) { contents.tensors.push_back(std::move(tensor)); });
  return contents;
}

}  // namespace

Safetensors parse_safetensors(std::string_view bytes, const std::string& file) {
  size_t at = 0;
  const Fill fill = [&](std::span<std::byte> into) {
    std::ranges::copy(std::as_bytes(std::span(bytes)).subspan(at, into.size()), into.begin());
    at += into.size();
  };
  return collected([&](const TensorVisitor& each) { return read_tensors(bytes.size(), fill, file, each); });
}

Safetensors read_safetensors(const std::string& path) { return read_safetensors(InputFile(path)); }

Safetensors read_safetensors(InputFile file) {
  return collected([&](const TensorVisitor& each) { return read_safetensors(std::move(file), each); });
}

Metadata read_safetensors(InputFile file, const TensorVisitor& each) {
  const std::string path = file.path();
  if (file.size() > kMaxFileBytes) {
    throw file_failure(path, fmt::format("{} bytes, more than the limit of {} bytes", file.size(), kMaxFileBytes));
  }
  const Failure changed = file_failure(path, "changed during read");
  const Fill fill = [&](std::span<std::byte> into) {
    if (file.read(into) != into.size()) throw changed;
  };
  Metadata metadata;
  try {
    metadata = read_tensors(static_cast<uint64_t>(file.size()), fill, path, each);
  } catch (const Failure&) {
    if (file.changed()) throw changed;
    throw;
  }
  if (file.changed()) throw changed;
  return metadata;
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

std::vector<std::string> differences(const std::vector<TensorEntry>& have, const std::vector<TensorEntry>& wanted) {
  std::vector<std::string> lines;
  std::map<std::string, const TensorEntry*> unused;
  for (const TensorEntry& tensor : have) unused.emplace(tensor.name, &tensor);
  for (const TensorEntry& want : wanted) {
    const auto found = unused.find(want.name);
    if (found == unused.end()) {
      std::string line = fmt::format("{} is missing; the program has {}{}", in_quotes(want.name),
                                     stored_spelling(want.element), shape_text(want.shape));
      for (const TensorEntry& tensor : have) {
        if (lower(tensor.name) == lower(want.name)) line += fmt::format(" (the file has {})", in_quotes(tensor.name));
      }
      lines.push_back(std::move(line));
      continue;
    }
    const TensorEntry& tensor = *found->second;
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

}  // namespace nnc
