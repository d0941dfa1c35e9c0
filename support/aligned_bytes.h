// Storage that vector code reads and writes: 64-byte aligned, with room to a multiple of 64 bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>

namespace nnc {

/// Bytes at a multiple of 64, zeroed; the room is a multiple of 64 too. Moves are cheap, copies are deep.
class AlignedBytes {
 public:
  static constexpr size_t kAlignment = 64;

  AlignedBytes() = default;
  /// Throws a Failure (exit 3) that names the bytes when there is no memory.
  explicit AlignedBytes(size_t size);
  /// The same without zeros, for what is written at once: memory that is not touched twice.
  static AlignedBytes uninitialised(size_t size);
  AlignedBytes(const AlignedBytes& other);
  AlignedBytes& operator=(const AlignedBytes& other);
  AlignedBytes(AlignedBytes&& other) noexcept = default;
  AlignedBytes& operator=(AlignedBytes&& other) noexcept = default;
  ~AlignedBytes() = default;
  bool operator==(const AlignedBytes& other) const;

  std::byte* data() const { return bytes_.get(); }
  size_t size() const { return size_; }
  std::span<std::byte> span() const { return {data(), size()}; }

 private:
  struct Release {
    void operator()(std::byte* bytes) const { ::operator delete[](bytes, std::align_val_t{kAlignment}); }
  };
  std::unique_ptr<std::byte[], Release> bytes_;
  size_t size_ = 0;
};

}  // namespace nnc
