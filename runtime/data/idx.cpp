#include "runtime/data/idx.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "runtime/data/byte_stream.h"
#include "runtime/data/sniff.h"
#include "runtime/io/data_error.h"

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
constexpr uint64_t kMaxDataBytes = uint64_t{1} << 40;

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

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t size : shape) text += fmt::format("{}{}", text.empty() ? "" : "×", size);
  return text;
}

/// The product of the sizes and the element's bytes, or nothing beyond the limit.
std::optional<uint64_t> bytes_of(const std::vector<int64_t>& shape, int64_t element_bytes) {
  auto bytes = static_cast<uint64_t>(element_bytes);
  for (const int64_t size : shape) {
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes) || bytes > kMaxDataBytes) return {};
  }
  return bytes;
}

class IdxReader {
 public:
  explicit IdxReader(const InputFile& file) : path_(file.path()), stream_(open_bytes(file)) {}

  /// A file that changed meanwhile may look wrong in any way: that it changed comes first.
  IdxFile read() {
    try {
      return read_unchanged();
    } catch (const Failure&) {
      if (stream_->changed()) throw file_failure(path_, "changed during read");
      throw;
    }
  }

 private:
  IdxFile read_unchanged() {
    IdxFile file;
    file.path = path_;
    file.was_packed = stream_->is_packed();
    file.element = read_type();
    read_shape(file);
    read_data(file);
    return file;
  }

  [[noreturn]] void fail(uint64_t offset, std::string message, const std::string& help = "") const {
    if (stream_->is_packed()) {
      look_for_corruption();
      message += " (offset in the unpacked data)";
    }
    throw offset_failure(path_, offset, message, help);
  }

  /// What gzip corrupted looks like anything: its own sum, at its end, tells first. A small gzip may hold very much.
  void look_for_corruption() const {
    std::vector<std::byte> block(size_t{1} << 18);
    for (uint64_t done = 0; done < (uint64_t{1} << 26);) {
      const size_t got = stream_->read(block);
      if (got == 0) return;
      done += got;
    }
  }

  IdxElement read_type() {
    std::array<std::byte, 4> magic{};
    const size_t got = stream_->read(magic);
    if (got < magic.size()) fail(got, fmt::format("not IDX: {} bytes, shorter than the 4 of its magic number", got));
    const ElementRow* row = find_element(magic[2]);
    if (magic[0] != std::byte{0} || magic[1] != std::byte{0}) {
      if (magic[2] == std::byte{0} && magic[3] == std::byte{0} && find_element(magic[1]) != nullptr) {
        fail(0, "not IDX: the magic number is written backwards: byte order?");
      }
      fail_as_other_kind(magic);
    }
    if (row == nullptr) {
      fail(2, fmt::format("type byte {:02X} is none of {}", std::to_integer<int>(magic[2]), kLegalTypes));
    }
    rank_ = std::to_integer<int>(magic[3]);
    if (rank_ == 0) fail(3, "rank 0: an IDX file has at least the axis of the samples");
    if (rank_ > kMaxRank) fail(3, fmt::format("rank {}, more than the limit of {}", rank_, kMaxRank));
    return row->element;
  }

  [[noreturn]] void fail_as_other_kind(const std::array<std::byte, 4>& magic) const {
    std::string start(256, '\0');
    std::memcpy(start.data(), magic.data(), magic.size());
    const size_t got = stream_->read(std::as_writable_bytes(std::span(start).subspan(magic.size())));
    start.resize(magic.size() + got);
    const Likeness likeness = unlike_binary(start);
    if (!likeness.what.empty()) fail(0, "not IDX: looks like " + likeness.what, likeness.fix);
    fail(0, "not IDX: the first two bytes are not 0");
  }

  void read_shape(IdxFile& file) {
    std::vector<std::byte> header(static_cast<size_t>(rank_) * 4);
    const size_t got = stream_->read(header);
    if (got < header.size()) {
      fail(4 + got, fmt::format("the header of rank {} has {} bytes, but the file ends", rank_, 4 + header.size()));
    }
    std::vector<int64_t> swapped;
    for (size_t at = 0; at < header.size(); at += 4) {
      const uint32_t size = big_endian(header.data() + at);
      file.shape.push_back(size);
      swapped.push_back(__builtin_bswap32(size));
    }
    const auto zero = std::find(file.shape.begin(), file.shape.end(), 0);
    if (zero != file.shape.end()) {
      fail(4 + 4 * static_cast<uint64_t>(zero - file.shape.begin()),
           fmt::format("a size of 0 in {}: no data", shape_text(file.shape)));
    }
    const std::optional<uint64_t> bytes = bytes_of(file.shape, byte_size(file.element));
    const std::optional<uint64_t> other = bytes_of(swapped, byte_size(file.element));
    if (bytes && *bytes <= stream_->most_left()) return;
    const std::string have = stream_->is_packed() ? "" : fmt::format(", but {} bytes follow", stream_->most_left());
    if (other && *other > 0 && *other <= stream_->most_left() &&
        (stream_->is_packed() || *other == stream_->most_left())) {
      fail(4, fmt::format("sizes {}{}: byte order? read backwards they are {}", shape_text(file.shape), have,
                          shape_text(swapped)));
    }
    if (!bytes) {
      fail(4, fmt::format("sizes {} need more than the limit of {} bytes", shape_text(file.shape), kMaxDataBytes));
    }
    fail(4 + header.size() + (stream_->is_packed() ? 0 : stream_->most_left()),
         fmt::format("sizes {} need {} bytes of data{}: is the file cut?", shape_text(file.shape), *bytes, have));
  }

  void read_data(IdxFile& file) {
    const uint64_t header = 4 + 4 * static_cast<uint64_t>(rank_);
    const uint64_t expected = *bytes_of(file.shape, byte_size(file.element));
    file.bytes = AlignedBytes::uninitialised(expected);
    const size_t got = stream_->read({file.bytes.data(), expected});
    if (got < expected) {
      fail(header + got, fmt::format("sizes {} need {} bytes of data, but there are {}: is the file cut?",
                                     shape_text(file.shape), expected, got));
    }
    std::array<std::byte, 4096> beyond{};
    uint64_t more = 0;
    for (size_t n = stream_->read(beyond); n > 0; n = stream_->read(beyond)) {
      more += n;
      if (more > (uint64_t{1} << 24)) break;  // enough to tell; a small gzip may hold very much
    }
    if (more > 0) {
      fail(header + expected, fmt::format("sizes {} need {} bytes of data, but there are {} more",
                                          shape_text(file.shape), expected, more));
    }
    if (stream_->changed()) throw file_failure(path_, "changed during read");
    to_machine_order(file);
    require_finite(file);
  }

  static void to_machine_order(IdxFile& file) {
    const auto size = static_cast<size_t>(byte_size(file.element));
    if (size == 1 || std::endian::native == std::endian::big) return;
    for (std::byte* at = file.bytes.data(); at < file.bytes.data() + file.bytes.size(); at += size) {
      std::reverse(at, at + size);
    }
  }

  template <typename T>
  void require_finite_values(const IdxFile& file) const {
    const auto* values = reinterpret_cast<const T*>(file.bytes.data());
    const auto count = static_cast<int64_t>(file.bytes.size() / sizeof(T));
    for (int64_t i = 0; i < count; ++i) {
      if (std::isfinite(values[i])) continue;
      fail(file.offset(i), fmt::format("element {} (from 0) is {}, no finite number", i, values[i]));
    }
  }
  void require_finite(const IdxFile& file) const {
    if (file.element == IdxElement::f32) require_finite_values<float>(file);
    if (file.element == IdxElement::f64) require_finite_values<double>(file);
  }

  std::string path_;
  std::unique_ptr<ByteStream> stream_;
  int rank_ = 0;
};

template <typename T>
Column widened(const IdxFile& file, std::string name, std::vector<int64_t> sample_shape) {
  Column column = allocate_column(std::move(name), Element::i32, std::move(sample_shape), file.samples());
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
  if (file.element == IdxElement::i8) return widened<int8_t>(file, std::move(name), std::move(sample_shape));
  if (file.element == IdxElement::i16) return widened<int16_t>(file, std::move(name), std::move(sample_shape));
  Column column;
  column.name = std::move(name);
  column.element = file.element == IdxElement::u8    ? Element::u8
                   : file.element == IdxElement::i32 ? Element::i32
                   : file.element == IdxElement::f32 ? Element::f32
                                                     : Element::f64;
  column.sample_shape = std::move(sample_shape);
  column.rows = file.samples();
  column.storage = std::move(file.bytes);
  return column;
}

}  // namespace nnc
