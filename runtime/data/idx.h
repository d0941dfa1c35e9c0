// IDX files (the format of MNIST), plain or gzip: two zero bytes, a type, a rank, that many big-endian sizes, the data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/data/column.h"
#include "runtime/io/files.h"

namespace nnc {

/// The type byte of an IDX file.
enum class IdxElement : uint8_t { u8 = 0x08, i8 = 0x09, i16 = 0x0B, i32 = 0x0C, f32 = 0x0D, f64 = 0x0E };

std::string_view spelling(IdxElement element);
int64_t byte_size(IdxElement element);

struct IdxFile {
  std::string path;
  IdxElement element = IdxElement::u8;
  std::vector<int64_t> shape;  ///< rank 1 to 8, no size 0; the first axis is the samples
  AlignedBytes bytes;          ///< row-major, in the machine's byte order
  bool was_packed = false;     ///< offsets in messages are then those of the unpacked data

  int64_t samples() const { return shape.front(); }
  /// Where an element stands in the (unpacked) file.
  uint64_t offset(int64_t index) const;
};

/// Reads and checks a whole file: sizes, length, and that every float is finite. Errors name the file and the offset.
IdxFile read_idx(const std::string& path);
IdxFile read_idx(const InputFile& file);

/// As a column of the samples: u8, i32 (from i8, i16, i32), f32 or f64.
Column idx_column(IdxFile file, std::string name);

/// Images and their labels.
struct IdxSplit {
  Column image;  ///< sample shape as in the file: {28, 28}
  Column label;  ///< i32, one number a sample
  std::string label_path;
  uint64_t label_offset = 0;  ///< where the first label stands
  int64_t label_bytes = 1;    ///< a label in the file
};

struct IdxData {
  IdxSplit train;
  std::optional<IdxSplit> test;
};

/// Reads train-images*, train-labels*, t10k-images* and t10k-labels* of a folder, plain (preferred) or .gz. Counts must
/// agree, and the test images have the shape of the train images; images and labels in each other's place are found
/// out. The t10k files may both be absent.
IdxData read_idx_folder(const std::string& folder);

/// Every label lies in 0 … classes−1, or it is an error with the offset of the first that does not.
void check_labels(const IdxSplit& split, int64_t classes);

}  // namespace nnc
