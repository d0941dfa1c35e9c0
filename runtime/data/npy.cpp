#include "runtime/data/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "runtime/data/array_stream.h"
#include "support/diagnostics.h"
#include "support/error.h"

namespace nnc {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
/// A dict of three keys is short; what is longer describes a structured type.
constexpr uint64_t kMaxHeaderBytes = uint64_t{1} << 20;

/// The bits of a half float as a float, which holds them all.
float widened_half(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float sign = (bits & 0x8000) != 0 ? -1.0F : 1.0F;
  if (exponent == 31) return fraction != 0 ? NAN : sign * INFINITY;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  return sign * std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
}

/// Elements as the file has them, as others.
template <typename To, typename From>
AlignedBytes converted_values(const AlignedBytes& bytes) {
  const size_t count = bytes.size() / sizeof(From);
  AlignedBytes result = AlignedBytes::uninitialised(count * sizeof(To));
  for (size_t i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, bytes.data() + i * sizeof(From), sizeof(From));
    const To to = static_cast<To>(value);
    std::memcpy(result.data() + i * sizeof(To), &to, sizeof(To));
  }
  return result;
}

/// The elements with the last axis's neighbours side by side, from those with the first axis's.
AlignedBytes rows_of_columns(const AlignedBytes& bytes, const std::vector<int64_t>& shape, size_t element_bytes) {
  AlignedBytes result = AlignedBytes::uninitialised(bytes.size());
  const size_t rank = shape.size();
  NNC_ASSERT(rank <= static_cast<size_t>(kMaxRank), "more axes than the header's reader takes");
  std::array<size_t, kMaxRank> strides{element_bytes}, index{};
  for (size_t axis = 1; axis < rank; ++axis) strides[axis] = strides[axis - 1] * static_cast<size_t>(shape[axis - 1]);
  size_t from = 0;
  for (size_t to = 0; to < bytes.size(); to += element_bytes) {
    std::memcpy(result.data() + to, bytes.data() + from, element_bytes);
    for (size_t axis = rank; axis-- > 0;) {
      from += strides[axis];
      if (++index[axis] < static_cast<size_t>(shape[axis])) break;
      from -= strides[axis] * index[axis];
      index[axis] = 0;
    }
  }
  return result;
}

class NpyReader {
 public:
  NpyReader(const InputFile& file, std::vector<std::string>& warnings) : stream_(file), warnings_(warnings) {}

  Column read(std::string name) {
    return stream_.unless_changed([&] {
      read_header();
      AlignedBytes bytes = stream_.read_array(data_at_, header_.shape, header_.element_bytes);
      const auto width = static_cast<size_t>(header_.element_bytes);
      if (header_.big_endian != (std::endian::native == std::endian::big)) swap_bytes(bytes, width);
      check_values(bytes);
      if (header_.fortran_order && header_.shape.size() > 1) bytes = rows_of_columns(bytes, header_.shape, width);
      Shape shape(header_.shape.begin(), header_.shape.end());
      if (shape.empty()) shape.emplace_back(1);
      auto [element, values] = taken(std::move(bytes));
      return Column{std::move(name), Tensor::of_bytes(Type(element, std::move(shape)), std::move(values)), {}};
    });
  }

 private:
  void read_header() {
    std::string prefix(kMagic.size() + 2, '\0');
    prefix.resize(stream_.read(std::as_writable_bytes(std::span(prefix))));
    if (!std::string_view(prefix).starts_with(kMagic.substr(0, prefix.size())) || prefix.empty()) fail_as_other(prefix);
    if (prefix.size() < kMagic.size() + 2) {
      stream_.fail(prefix.size(),
                   fmt::format("the file ends in the {} bytes of magic number and version", kMagic.size() + 2));
    }
    const int major = static_cast<unsigned char>(prefix[6]), minor = static_cast<unsigned char>(prefix[7]);
    if (major < 1 || major > 3 || minor != 0) {
      stream_.fail(6, fmt::format("version {}.{} is none of 1.0, 2.0 and 3.0", major, minor));
    }
    const uint64_t length = read_length(major == 1 ? 2 : 4);
    text_.resize(length);
    const size_t got = stream_.read(std::as_writable_bytes(std::span(text_)));
    if (got < length) fail_of_length(data_at_ - length + got, length, got);
    take_header(data_at_ - length);
  }

  [[noreturn]] void fail_as_other(const std::string& prefix) const {
    if (prefix.starts_with("PK\x03\x04")) {
      stream_.fail(0, "not NPY: looks like npz, a zip archive of arrays",
                   "extract it first: unzip FILE; each array is an .npy file in it");
    }
    stream_.fail_as_other_kind("NPY", prefix, "the file does not begin with \\x93NUMPY");
  }

  [[noreturn]] void fail_of_length(uint64_t offset, uint64_t length, uint64_t have) const {
    stream_.fail(offset, fmt::format("the header has {} bytes, but {} follow: is the file cut?", length, have));
  }

  /// The header's length, before memory is asked for.
  uint64_t read_length(size_t width) {
    std::array<std::byte, 4> bytes{};
    const uint64_t at = kMagic.size() + 2;
    const size_t got = stream_.read(std::span(bytes).first(width));
    if (got < width) stream_.fail(at + got, fmt::format("the file ends in the {} bytes of the header's length", width));
    uint64_t length = 0;
    for (size_t i = width; i-- > 0;) length = length << 8 | std::to_integer<uint64_t>(bytes[i]);
    if (length > stream_.most_left() && !stream_.is_packed()) fail_of_length(at, length, stream_.most_left());
    if (length > kMaxHeaderBytes) {
      stream_.fail(at, fmt::format("a header of {} bytes, more than the limit of {}", length, kMaxHeaderBytes));
    }
    data_at_ = at + width + length;
    return length;
  }

  void take_header(uint64_t text_at) {
    std::variant<NpyHeader, NpyFault> parsed = parse_npy_header(text_);
    if (const auto* fault = std::get_if<NpyFault>(&parsed)) {
      stream_.fail(text_at + fault->at, fault->message, fault->help);
    }
    header_ = std::get<NpyHeader>(std::move(parsed));
    const uint64_t at = text_at + header_.shape_at;
    // Each size and the product of the others before a 0 makes it 0.
    std::vector<int64_t> others = header_.shape;
    std::erase(others, 0);
    if (!array_bytes(others, header_.element_bytes) || others.size() == header_.shape.size()) {
      stream_.require_room(at, data_at_, others, header_.element_bytes);
      return;
    }
    stream_.fail(at, fmt::format("a size of 0 in {}: an empty set of samples", sizes_text(header_.shape)));
  }

  template <typename T>
  std::span<const T> values(const AlignedBytes& bytes) const {
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }

  /// In the order of the file, so that an offset tells the place.
  void check_values(const AlignedBytes& bytes) {
    const int width = header_.element_bytes;
    if (header_.kind == 'b') {
      for (size_t i = 0; i < bytes.size(); ++i) {
        const auto value = std::to_integer<int>(bytes.data()[i]);
        if (value > 1) stream_.fail(data_at_ + i, fmt::format("element {} (from 0) is {}, no bool (0 or 1)", i, value));
      }
    }
    if (header_.kind == 'f' && width == 8) stream_.require_finite(values<double>(bytes), data_at_);
    if (header_.kind == 'f' && width == 4) stream_.require_finite(values<float>(bytes), data_at_);
    if (header_.kind == 'f' && width == 2) {
      const std::span<const uint16_t> halves = values<uint16_t>(bytes);
      for (size_t i = 0; i < halves.size(); ++i) {
        if ((halves[i] & 0x7C00) != 0x7C00) continue;
        const float value = widened_half(halves[i]);
        stream_.fail(data_at_ + 2 * i, fmt::format("element {} (from 0) is {}, no finite number", i, value));
      }
    }
    if (header_.kind == 'i' && width == 8) warn_of_rounding(values<int64_t>(bytes));
    if (header_.kind == 'u' && width == 8) warn_of_rounding(values<uint64_t>(bytes));
  }

  template <typename T>
  void warn_of_rounding(std::span<const T> numbers) {
    size_t rounded = 0, first = 0;
    for (size_t i = 0; i < numbers.size(); ++i) {
      // Exact are 53 digits and the zeros behind them.
      const uint64_t size =
          numbers[i] < T{0} ? uint64_t{0} - static_cast<uint64_t>(numbers[i]) : static_cast<uint64_t>(numbers[i]);
      if (size >> 53 == 0 || std::bit_width(size >> std::countr_zero(size)) <= 53) continue;
      if (rounded++ == 0) first = i;
    }
    if (rounded == 0) return;
    warnings_.push_back(fmt::format(
        "{}: warning: {} of {} numbers of type {} have more digits than a double: they are rounded; the "
        "first, element {} (from 0), is {}",
        escape_for_terminal(stream_.path()), rounded, numbers.size(), header_.descr, first, numbers[first]));
  }

  /// The values in the narrowest element type that holds them.
  std::pair<Element, AlignedBytes> taken(AlignedBytes bytes) const {
    const int width = header_.element_bytes;
    const bool is_unsigned = header_.kind == 'u';
    if (header_.kind == 'f' && width == 8) return {Element::f64, std::move(bytes)};
    if (header_.kind == 'f') return {Element::f32, width == 2 ? widened_halves(bytes) : std::move(bytes)};
    if (header_.kind == 'b' || (is_unsigned && width == 1)) return {Element::u8, std::move(bytes)};
    if (width == 8 || (is_unsigned && width == 4)) {
      return {Element::f64, width == 4    ? converted_values<double, uint32_t>(bytes)
                            : is_unsigned ? converted_values<double, uint64_t>(bytes)
                                          : converted_values<double, int64_t>(bytes)};
    }
    return {Element::i32, width == 1    ? converted_values<int32_t, int8_t>(bytes)
                          : width == 4  ? std::move(bytes)
                          : is_unsigned ? converted_values<int32_t, uint16_t>(bytes)
                                        : converted_values<int32_t, int16_t>(bytes)};
  }

  AlignedBytes widened_halves(const AlignedBytes& bytes) const {
    const std::span<const uint16_t> halves = values<uint16_t>(bytes);
    AlignedBytes result = AlignedBytes::uninitialised(halves.size() * sizeof(float));
    auto* into = reinterpret_cast<float*>(result.data());
    for (size_t i = 0; i < halves.size(); ++i) into[i] = widened_half(halves[i]);
    return result;
  }

  ArrayStream stream_;
  std::vector<std::string>& warnings_;
  std::string text_;
  NpyHeader header_;
  uint64_t data_at_ = 0;
};

}  // namespace

Column read_npy(const InputFile& file, std::string name, std::vector<std::string>& warnings) {
  return NpyReader(file, warnings).read(std::move(name));
}

}  // namespace nnc
