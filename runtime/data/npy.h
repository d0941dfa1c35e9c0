// NPY files (one NumPy array each), versions 1.0 to 3.0, plain or gzip: a magic number, a version, the header's length,
// the header (a dict literal of Python with descr, fortran_order and shape), the data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/data/column.h"
#include "runtime/io/files.h"

namespace nnc {

/// What the header says.
struct NpyHeader {
  char kind = 'f';        ///< of the elements: b (bool), i, u or f
  int element_bytes = 4;  ///< 1, 2, 4 or 8
  bool big_endian = false;
  bool fortran_order = false;   ///< the first axis is the one whose neighbours lie side by side
  std::vector<int64_t> shape;   ///< as written; no size is negative
  uint64_t shape_at = 0;        ///< where it stands in the header
  std::string_view descr = {};  ///< "<f4", part of the text that was read
};
/// What is wrong with a header: at this byte of it.
struct NpyFault {
  uint64_t at = 0;
  std::string message, help = {};
};
/// Reads the text between the header's length and the data: keys in any order, blanks and one line end around them, and
/// nothing else of Python.
std::variant<NpyHeader, NpyFault> parse_npy_header(std::string_view text);

/// Reads and checks a whole file: header, length, that bools are 0 or 1 and floats finite. The first axis is the
/// samples; an array without axes is one. As a column: bools and u1 in u8; i1, u2, i2 and i4 in i32; f2 and f4 in f32;
/// u4, u8, i8 and f8 in f64, which warns of whole numbers that a double has too few digits for. Errors name the file
/// and the offset.
Column read_npy(const InputFile& file, std::string name, std::vector<std::string>& warnings);

}  // namespace nnc
