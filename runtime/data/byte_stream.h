// The bytes of a file, unpacked on the way if it is gzip (told by its first bytes, not its name).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "runtime/io/files.h"

namespace nnc {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Reads up to the span's bytes; fewer only at the end. Corrupt gzip is an error at the offset in the packed file.
  virtual size_t read(std::span<std::byte> into) = 0;
  /// An upper bound of the bytes that can still come: what is left of a file, or what gzip can make of it at most.
  virtual uint64_t most_left() const = 0;
  virtual bool is_packed() const = 0;
  /// Whether the file changed since it was opened.
  virtual bool changed() const = 0;
};

std::unique_ptr<ByteStream> open_bytes(const std::string& path);
std::unique_ptr<ByteStream> open_bytes(const InputFile& file);  ///< from its start
std::unique_ptr<ByteStream> open_bytes(InputFile&& file);       ///< of what is left of it; standard input too

}  // namespace nnc
