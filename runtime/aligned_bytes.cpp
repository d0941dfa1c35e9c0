#include "runtime/aligned_bytes.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "support/error.h"

namespace nnc {

AlignedBytes::AlignedBytes(size_t size) : size_(size) {
  size_t room = (size + kAlignment) / kAlignment * kAlignment;
  void* bytes = size > SIZE_MAX / 2 ? nullptr : ::operator new[](room, std::align_val_t{kAlignment}, std::nothrow);
  if (bytes == nullptr) {
    throw Failure(ExitCode::system_refused, fmt::format("error: no memory: {} bytes are needed", size));
  }
  std::memset(bytes, 0, room);
  bytes_.reset(static_cast<std::byte*>(bytes));
}

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

}  // namespace nnc
