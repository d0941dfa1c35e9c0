// A binary file that holds one array, plain or gzip, as its readers (IDX, NPY) take it: a header, then exactly as many
// bytes as the sizes in it say. Errors name the file and the offset; of gzip that of the unpacked data.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/data/byte_stream.h"
#include "runtime/io/data_error.h"
#include "runtime/io/files.h"
#include "support/aligned_bytes.h"

namespace nnc {

/// The bytes of an array in memory, at most.
constexpr uint64_t kMaxDataBytes = uint64_t{1} << 40;

/// The product of the sizes and the element's bytes, or nothing beyond the limit.
std::optional<uint64_t> array_bytes(const std::vector<int64_t>& shape, int64_t element_bytes);
/// "2×3"
std::string sizes_text(const std::vector<int64_t>& shape);

class ArrayStream {
 public:
  explicit ArrayStream(const InputFile& file) : path_(file.path()), stream_(open_bytes(file)) {}

  const std::string& path() const { return path_; }
  bool is_packed() const { return stream_->is_packed(); }
  uint64_t most_left() const { return stream_->most_left(); }
  size_t read(std::span<std::byte> into) { return stream_->read(into); }

  /// What `read` gives. A file that changed meanwhile may look wrong in any way: that it changed comes first.
  template <typename Read>
  auto unless_changed(Read&& read) const {
    try {
      return read();
    } catch (const Failure&) {
      if (stream_->changed()) throw file_failure(path_, "changed during read");
      throw;
    }
  }

  [[noreturn]] void fail(uint64_t offset, std::string message, const std::string& help = "") const;
  /// The file is not `wanted` ("IDX"): what it looks like by its first bytes, of which `start` were read, else `why`.
  [[noreturn]] void fail_as_other_kind(std::string_view wanted, std::string start, const std::string& why) const;
  /// Sizes that need more than the limit, or more than can follow, before memory is asked for.
  void require_room(uint64_t offset, uint64_t header_end, const std::vector<int64_t>& shape,
                    int64_t element_bytes) const;
  /// The rest of the file after its header: all the array's bytes, and no more.
  AlignedBytes read_array(uint64_t header_end, const std::vector<int64_t>& shape, int64_t element_bytes);

  template <typename T>
  void require_finite(std::span<const T> values, uint64_t header_end) const {
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::isfinite(values[i])) continue;
      fail_not_finite(header_end + i * sizeof(T), i, static_cast<double>(values[i]));
    }
  }

 private:
  void look_for_corruption() const;
  [[noreturn]] void fail_not_finite(uint64_t offset, size_t index, double value) const;

  std::string path_;
  std::unique_ptr<ByteStream> stream_;
};

/// The elements' bytes in the other order.
void swap_bytes(AlignedBytes& bytes, size_t element_bytes);

}  // namespace nnc
