#include "runtime/data/idx.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "runtime/data/array_stream.h"

namespace nnc {
namespace {

struct ElementRow {
  IdxElement element;
  std::string_view spelling;
  int64_t size;
};
constexpr std::array<ElementRow, 6> kElements{{{IdxElement::u8, "u8", 1},
                                               {IdxElement::i8, "i8", 1},
                                               {IdxElement::i16, "i16", 2},
                                               {IdxElement::i32, "i32", 4},
                                               {IdxElement::f32, "f32", 4},
                                               {IdxElement::f64, "f64", 8}}};
constexpr const char* kLegalTypes = "08 u8, 09 i8, 0B i16, 0C i32, 0D f32, 0E f64";

const ElementRow* find_element(std::byte type) {
  for (const ElementRow& row : kElements) {
    if (static_cast<std::byte>(row.element) == type) return &row;
  }
  return nullptr;
}

uint32_t big_endian(const std::byte* bytes) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | std::to_integer<uint32_t>(bytes[i]);
  return value;
}

class IdxReader {
 public:
  explicit IdxReader(const InputFile& file) : stream_(file) {}

  IdxFile read() {
    return stream_.unless_changed([&] {
      IdxFile file;
      file.path = stream_.path();
      file.was_packed = stream_.is_packed();
      file.element = read_type();
      read_shape(file);
      file.bytes = stream_.read_array(file.offset(0), file.shape, byte_size(file.element));
      if (std::endian::native != std::endian::big) swap_bytes(file.bytes, static_cast<size_t>(byte_size(file.element)));
      if (file.element == IdxElement::f32) require_finite<float>(file);
      if (file.element == IdxElement::f64) require_finite<double>(file);
      return file;
    });
  }

 private:
  IdxElement read_type() {
    std::array<std::byte, 4> magic{};
    const size_t got = stream_.read(magic);
    if (got < magic.size()) {
      stream_.fail(got, fmt::format("not IDX: {} bytes, shorter than the 4 of its magic number", got));
    }
    const ElementRow* row = find_element(magic[2]);
    if (magic[0] != std::byte{0} || magic[1] != std::byte{0}) {
      if (magic[2] == std::byte{0} && magic[3] == std::byte{0} && find_element(magic[1]) != nullptr) {
        stream_.fail(0, "not IDX: the magic number is written backwards: byte order?");
      }
      stream_.fail_as_other_kind("IDX", std::string(reinterpret_cast<const char*>(magic.data()), magic.size()),
                                 "the first two bytes are not 0");
    }
    if (row == nullptr) {
      stream_.fail(2, fmt::format("type byte {:02X} is none of {}", std::to_integer<int>(magic[2]), kLegalTypes));
    }
    rank_ = std::to_integer<int>(magic[3]);
    if (rank_ == 0) stream_.fail(3, "rank 0: an IDX file has at least the axis of the samples");
    if (rank_ > kMaxRank) stream_.fail(3, fmt::format("rank {}, more than the limit of {}", rank_, kMaxRank));
    return row->element;
  }

  void read_shape(IdxFile& file) {
    std::vector<std::byte> header(static_cast<size_t>(rank_) * 4);
    const size_t got = stream_.read(header);
    if (got < header.size()) {
      stream_.fail(4 + got,
                   fmt::format("the header of rank {} has {} bytes, but the file ends", rank_, 4 + header.size()));
    }
    std::vector<int64_t> swapped;
    for (size_t at = 0; at < header.size(); at += 4) {
      const uint32_t size = big_endian(header.data() + at);
      file.shape.push_back(size);
      swapped.push_back(__builtin_bswap32(size));
    }
    const auto zero = std::find(file.shape.begin(), file.shape.end(), 0);
    if (zero != file.shape.end()) {
      stream_.fail(4 + 4 * static_cast<uint64_t>(zero - file.shape.begin()),
                   fmt::format("a size of 0 in {}: no data", sizes_text(file.shape)));
    }
    refuse_other_order(file, swapped);
    stream_.require_room(4, 4 + header.size(), file.shape, byte_size(file.element));
  }

  /// Sizes that need more than there is, where those read backwards do not.
  void refuse_other_order(const IdxFile& file, const std::vector<int64_t>& swapped) const {
    const uint64_t left = stream_.most_left();
    const std::optional<uint64_t> bytes = array_bytes(file.shape, byte_size(file.element));
    const std::optional<uint64_t> other = array_bytes(swapped, byte_size(file.element));
    if ((bytes && *bytes <= left) || !other || *other == 0 || *other > left) return;
    if (!stream_.is_packed() && *other != left) return;
    const std::string have = stream_.is_packed() ? "" : fmt::format(", but {} bytes follow", left);
    stream_.fail(4, fmt::format("sizes {}{}: byte order? read backwards they are {}", sizes_text(file.shape), have,
                                sizes_text(swapped)));
  }

  template <typename T>
  void require_finite(const IdxFile& file) const {
    const auto* values = reinterpret_cast<const T*>(file.bytes.data());
    stream_.require_finite(std::span(values, file.bytes.size() / sizeof(T)), file.offset(0));
  }

  ArrayStream stream_;
  int rank_ = 0;
};

template <typename T>
Column widened(const IdxFile& file, std::string name, const std::vector<int64_t>& sample_shape) {
  Column column = allocate_column(std::move(name), Element::i32, sample_shape, file.samples());
  const std::span<int32_t> into = column.values<int32_t>();
  for (size_t i = 0; i < into.size(); ++i) {
    T value;
    std::memcpy(&value, file.bytes.data() + i * sizeof(T), sizeof(T));
    into[i] = value;
  }
  return column;
}

}  // namespace

std::string_view spelling(IdxElement element) { return find_element(static_cast<std::byte>(element))->spelling; }
int64_t byte_size(IdxElement element) { return find_element(static_cast<std::byte>(element))->size; }

uint64_t IdxFile::offset(int64_t index) const {
  return 4 + 4 * shape.size() + static_cast<uint64_t>(index * byte_size(element));
}

IdxFile read_idx(const std::string& path) { return IdxReader(InputFile(path)).read(); }
IdxFile read_idx(const InputFile& file) { return IdxReader(file).read(); }

Column idx_column(IdxFile file, std::string name) {
  std::vector<int64_t> sample_shape(file.shape.begin() + 1, file.shape.end());
  if (file.element == IdxElement::i8) return widened<int8_t>(file, std::move(name), sample_shape);
  if (file.element == IdxElement::i16) return widened<int16_t>(file, std::move(name), sample_shape);
  const Element element = file.element == IdxElement::u8    ? Element::u8
                          : file.element == IdxElement::i32 ? Element::i32
                          : file.element == IdxElement::f32 ? Element::f32
                                                            : Element::f64;
  Type type = column_type(element, sample_shape, file.samples());
  return {std::move(name), Tensor::of_bytes(std::move(type), std::move(file.bytes)), {}};
}

}  // namespace nnc
