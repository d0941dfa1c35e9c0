// A flipped bit in a weights file is noticed: the file's metadata holds the CRC-32 (that of zlib) of each tensor's
// bytes, and of all that the header says besides. Files of other tools have none.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "runtime/weights/safetensors.h"

namespace nnc {

/// JSON: tensor → eight hexadecimal digits; "" → those of the header.
inline constexpr const char* kChecksumsKey = "checksums.crc32";

/// Puts the checksums into the metadata, in place of those that are there.
void add_checksums(SafetensorsSource& contents);

/// Compares what is read with the checksums of its file; where there are none everything is right. What is wrong is a
/// Failure (exit 1) that names the tensor.
class ChecksumsCheck {
 public:
  explicit ChecksumsCheck(std::string file) : file_(std::move(file)) {}

  void tensor(const Metadata& metadata, const StoredTensor& tensor);
  /// After the last tensor.
  void header(const Metadata& metadata);

 private:
  /// The checksum under a name; nothing where the file has no checksums at all.
  std::optional<std::string> stored(const Metadata& metadata, const std::string& name);

  std::string file_;
  std::map<std::string, std::string> stored_, types_;
};

}  // namespace nnc
