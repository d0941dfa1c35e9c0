#include "runtime/data/array_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/data/sniff.h"

namespace nnc {

std::optional<uint64_t> array_bytes(const std::vector<int64_t>& shape, int64_t element_bytes) {
  auto bytes = static_cast<uint64_t>(element_bytes);
  for (const int64_t size : shape) {
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes) || bytes > kMaxDataBytes) return {};
  }
  return bytes;
}

std::string sizes_text(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t size : shape) text += fmt::format("{}{}", text.empty() ? "" : "×", size);
  return text;
}

void ArrayStream::fail(uint64_t offset, std::string message, const std::string& help) const {
  if (stream_->is_packed()) {
    look_for_corruption();
    message += " (offset in the unpacked data)";
  }
  throw offset_failure(path_, offset, message, help);
}

/// What gzip corrupted looks like anything: its own sum, at its end, tells first. A small gzip may hold very much.
void ArrayStream::look_for_corruption() const {
  std::vector<std::byte> block(size_t{1} << 18);
  for (uint64_t done = 0; done < (uint64_t{1} << 26);) {
    const size_t got = stream_->read(block);
    if (got == 0) return;
    done += got;
  }
}

void ArrayStream::fail_as_other_kind(std::string_view wanted, std::string start, const std::string& why) const {
  const size_t known = start.size();
  start.resize(256);
  const size_t got = stream_->read(std::as_writable_bytes(std::span(start).subspan(known)));
  start.resize(known + got);
  const Likeness likeness = unlike_binary(start);
  if (!likeness.what.empty()) fail(0, fmt::format("not {}: looks like {}", wanted, likeness.what), likeness.fix);
  fail(0, fmt::format("not {}: {}", wanted, why));
}

void ArrayStream::require_room(uint64_t offset, uint64_t header_end, const std::vector<int64_t>& shape,
                               int64_t element_bytes) const {
  const std::optional<uint64_t> bytes = array_bytes(shape, element_bytes);
  if (!bytes) {
    fail(offset, fmt::format("sizes {} need more than the limit of {} bytes", sizes_text(shape), kMaxDataBytes));
  }
  if (*bytes <= most_left()) return;
  fail(header_end + (is_packed() ? 0 : most_left()),
       fmt::format("sizes {} need {} bytes of data{}: is the file cut?", sizes_text(shape), *bytes,
                   is_packed() ? "" : fmt::format(", but {} bytes follow", most_left())));
}

AlignedBytes ArrayStream::read_array(uint64_t header_end, const std::vector<int64_t>& shape, int64_t element_bytes) {
  const uint64_t expected = *array_bytes(shape, element_bytes);
  AlignedBytes bytes = AlignedBytes::uninitialised(expected);
  const size_t got = stream_->read({bytes.data(), expected});
  if (got < expected) {
    fail(header_end + got, fmt::format("sizes {} need {} bytes of data, but there are {}: is the file cut?",
                                       sizes_text(shape), expected, got));
  }
  std::array<std::byte, 4096> beyond{};
  uint64_t more = 0;
  for (size_t n = stream_->read(beyond); n > 0; n = stream_->read(beyond)) {
    more += n;
    if (more > (uint64_t{1} << 24)) break;  // enough to tell; a small gzip may hold very much
  }
  if (more > 0) {
    fail(header_end + expected,
         fmt::format("sizes {} need {} bytes of data, but there are {} more", sizes_text(shape), expected, more));
  }
  if (stream_->changed()) throw file_failure(path_, "changed during read");
  return bytes;
}

void ArrayStream::fail_not_finite(uint64_t offset, size_t index, double value) const {
  fail(offset, fmt::format("element {} (from 0) is {}, no finite number", index, value));
}

void swap_bytes(AlignedBytes& bytes, size_t element_bytes) {
  if (element_bytes == 1) return;
  for (std::byte* at = bytes.data(); at < bytes.data() + bytes.size(); at += element_bytes) {
    std::reverse(at, at + element_bytes);
  }
}

}  // namespace nnc
