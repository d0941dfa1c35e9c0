#include "support/aligned_bytes.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "support/error.h"
#include "support/free_memory.h"

namespace nnc {

AlignedBytes AlignedBytes::uninitialised(size_t size) {
  AlignedBytes result;
  result.size_ = size;
  size_t room = (size + kAlignment) / kAlignment * kAlignment;
  void* bytes = size > SIZE_MAX / 2 ? nullptr : ::operator new[](room, std::align_val_t{kAlignment}, std::nothrow);
  if (bytes == nullptr) {
    throw Failure(ExitCode::system_refused,
                  fmt::format("nnc: error: no memory: {} bytes are needed, {} are free", size, free_memory()));
  }
  result.bytes_.reset(static_cast<std::byte*>(bytes));
  std::memset(result.bytes_.get() + size, 0, room - size);
  return result;
}

AlignedBytes::AlignedBytes(size_t size) : AlignedBytes(uninitialised(size)) { std::memset(bytes_.get(), 0, size); }

AlignedBytes::AlignedBytes(const AlignedBytes& other) : AlignedBytes(other.size_) {
  if (size_ > 0) std::memcpy(bytes_.get(), other.bytes_.get(), size_);
}

AlignedBytes& AlignedBytes::operator=(const AlignedBytes& other) {
  if (this == &other) return *this;
  if (size_ != other.size_ || !bytes_) {
    AlignedBytes copy(other);
    *this = std::move(copy);
  } else if (size_ > 0) {
    std::memcpy(bytes_.get(), other.bytes_.get(), size_);
  }
  return *this;
}

bool AlignedBytes::operator==(const AlignedBytes& other) const {
  return size_ == other.size_ && (size_ == 0 || std::memcmp(bytes_.get(), other.bytes_.get(), size_) == 0);
}

}  // namespace nnc
