// Rows 82–90 of the table of bad inputs: NPY.
#include "runtime/data/npy.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/runtime/idx_bytes.h"
#include "tests/runtime/npy_bytes.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

/// The message of reading these bytes must begin with "FILE: offset N (0xN): error: " and hold `message`.
void expect_failure(std::string_view bytes, uint64_t offset, std::string_view message) {
  TempFolder folder;
  const std::string path = folder.write("f", bytes);
  std::vector<std::string> warnings;
  const Thrown thrown = thrown_by([&] { read_npy(InputFile(path), "x", warnings); });
  expect_offset(thrown, path, offset, message);
}

/// The same of a header; `at` counts from its start.
void expect_header_failure(std::string_view header, uint64_t at, std::string_view message) {
  expect_failure(npy_file(header, "\1\2"), 10 + at, message);
}
void expect_type_failure(std::string_view descr, std::string_view message) {
  expect_header_failure("{'descr': " + std::string(descr) + ", 'fortran_order': False, 'shape': (2,)}", 10, message);
}
void expect_shape_failure(std::string_view shape, uint64_t at, std::string_view message) {
  expect_header_failure("{'shape': " + std::string(shape) + ", 'fortran_order': False, 'descr': '|u1'}", 10 + at,
                        message);
}

TEST(BadNpy, MagicAndVersion) {
  expect_failure("", 0, "not NPY: the file does not begin with \\x93NUMPY");
  expect_failure("\x93NUMP", 5, "the file ends in the 8 bytes of magic number and version");
  expect_failure("\x93NUMPY\1", 7, "the file ends in the 8 bytes");
  expect_failure(std::string("\x93NUMPY\1\0\5", 9), 9, "the file ends in the 2 bytes of the header's length");
  expect_failure(std::string("\x93NUMPY\2\0\5\0", 10), 10, "the file ends in the 4 bytes of the header's length");
  expect_failure(npy_file("{}", "", 0, 9), 6, "version 0.9 is none of 1.0, 2.0 and 3.0");
  expect_failure(npy_file("{}", "", 4, 0), 6, "version 4.0");
  expect_failure(npy_file("{}", "", 1, 1), 6, "version 1.1");
  expect_failure("\x94NUMPY-and-more", 0, "not NPY: the file does not begin");
  expect_failure("<html><body>not found", 0, "not NPY: looks like an HTML page");
  expect_failure("a,b\n1,2\n", 0, "not NPY: looks like a text file");
}

TEST(BadNpy, LengthOfTheHeader) {
  std::string bytes = npy_file(std::string(180, ' '), "", 2);
  for (size_t i = 8; i < 12; ++i) bytes[i] = '\377';
  expect_failure(bytes, 8, "the header has 4294967295 bytes, but 180 follow: is the file cut?");
  expect_failure(gzipped(bytes), 8, "a header of 4294967295 bytes, more than the limit of 1048576");
  expect_failure(npy_bytes("|u1", "(2,)", "").substr(0, 40), 8, "but 30 follow: is the file cut?");
  expect_failure(gzipped(npy_bytes("|u1", "(2,)", "").substr(0, 40)), 40, "but 30 follow");
}

TEST(BadNpy, HeaderThatIsNoDict) {
  expect_header_failure("", 0, "the header is no dict");
  expect_header_failure("[1, 2]", 0, "the header is no dict");
  expect_header_failure("dict(a=1)", 0, "the header is no dict");
  expect_header_failure(std::string(10000, '('), 0, "the header is no dict");
  expect_header_failure("{" + std::string(10000, '('), 1, "a key in quotes is expected");
  expect_header_failure("{'descr': '|u1'", 15, "',' or '}' is expected");
  expect_header_failure("{'descr': '|u1", 10, "the quotes are not closed");
  expect_header_failure("{'descr' '|u1'}", 9, "':' is expected");
  expect_header_failure("{'descr': str('|u1')}", 10, "a type in quotes is expected");
  expect_header_failure("{'descr': '|u1' 'shape': (2,)}", 16, "',' or '}' is expected");
  expect_header_failure("{'descr': '|u1', 'fortran_order': False, 'shape': (2,)} x", 56, "bytes after the end");
  expect_header_failure("{'d\xe9scr': '|u1'}", 3, "the header holds the byte E9: it is text of ASCII");
  expect_header_failure(std::string("{'descr'\0: '|u1'}", 17), 8, "the header holds the byte 00");
}

TEST(BadNpy, KeysOfTheHeader) {
  expect_header_failure("{}", 2, "the header has no 'descr'");
  expect_header_failure("{'descr': '|u1', 'shape': (2,)}", 31, "the header has no 'fortran_order'");
  expect_header_failure("{'descr': '|u1', 'fortran_order': False}", 40, "the header has no 'shape'");
  expect_header_failure("{'descr': '|u1', 'order': 'C'}", 17, "'order' is no key of a header");
  expect_header_failure("{'descr': '|u1', 'descr': '|u1'}", 17, "'descr' stands twice");
  expect_header_failure("{'fortran_order': 1}", 18, "'fortran_order' is True or False");
  expect_header_failure("{'fortran_order': true}", 18, "'fortran_order' is True or False");
}

TEST(BadNpy, Types) {
  expect_type_failure("'|O'", "Python objects, which are never unpickled");
  expect_type_failure("'|O'", "help: save numbers: np.save(\"x.npy\", a.astype(np.float32))");
  expect_type_failure("[('x', '<f4'), ('y', '<i4')]", "a structured type");
  expect_type_failure("[('x', '<f4')]", "help: save each field as an array of its own");
  expect_type_failure("('<f4', (2,))", "a type with a shape");
  expect_type_failure("'|V8'", "records of bytes");
  expect_type_failure("'<c16'", "complex numbers");
  expect_type_failure("'<c8'", "help: save the parts as an axis: np.stack([a.real, a.imag], -1)");
  expect_type_failure("'<U3'", "texts");
  expect_type_failure("'|S3'", "texts");
  expect_type_failure("'<M8[ns]'", "times");
  expect_type_failure("'<f16'", "help: save it as a.astype(np.float64)");
  expect_type_failure("'<i3'", "unsupported type: '<i3'; b1, i1, i2");
  expect_type_failure("''", "unsupported type");
  expect_type_failure("'|f4'", "'|f4' does not say the order of its bytes: '<f4' or '>f4'");
  expect_type_failure("'f4'", "does not say the order");
  expect_type_failure("4", "a type in quotes is expected");
}

TEST(BadNpy, Shapes) {
  expect_shape_failure("(0, 5)", 0, "a size of 0 in 0×5: an empty set of samples");
  expect_shape_failure("(5, 0)", 0, "a size of 0");
  expect_shape_failure("(0, 1099511627777)", 0, "more than the limit of");
  expect_shape_failure("(-1,)", 1, "a size is negative");
  expect_shape_failure("(9223372036854775808, 2)", 1, "a size beyond the limit of 2^63 - 1");
  expect_shape_failure("(9223372036854775807, 9223372036854775807, 4)", 0, "more than the limit of 1099511627776");
  expect_shape_failure("(4294967296, 4294967296)", 0, "more than the limit of");
  expect_shape_failure("(1, 1, 1, 1, 1, 1, 1, 1, 2)", 0, "9 axes, more than the limit of 8");
  expect_shape_failure("(2)", 0, "a shape of one axis is written (3,)");
  expect_shape_failure("[2]", 0, "a shape is a tuple");
  expect_shape_failure("2", 0, "a shape is a tuple");
  expect_shape_failure("(1.5,)", 2, "',' or ')' is expected");
  expect_shape_failure("(2, x)", 4, "a size is a whole number");
  expect_shape_failure("(,)", 1, "a size is a whole number");
  expect_shape_failure("(02,)", 1, "a size is a whole number");
}

TEST(BadNpy, Length) {
  const uint64_t header = 10 + npy_header("<f4", "(2, 3)").size();
  const std::string data(24, '\0');
  expect_failure(npy_bytes("<f4", "(2, 3)", data.substr(1)), header + 23,
                 "sizes 2×3 need 24 bytes of data, but 23 bytes follow: is the file cut?");
  expect_failure(gzipped(npy_bytes("<f4", "(2, 3)", data.substr(1))), header + 23,
                 "but there are 23: is the file cut?");
  expect_failure(npy_bytes("<f4", "(2, 3)", data + "ab"), header + 24, "but there are 2 more");
  expect_failure("PK\3\4 and so on", 0, "not NPY: looks like npz, a zip archive of arrays");
  expect_failure("PK\3\4 and so on", 0, "help: extract it first: unzip FILE");
  // Much data in a small file of gzip is read only as far as the sizes say.
  expect_failure(gzipped(npy_bytes("|u1", "(2,)", std::string(1 << 22, '\0'))),
                 10 + npy_header("|u1", "(2,)").size() + 2, "more");
}

TEST(BadNpy, Values) {
  const uint64_t header = 10 + npy_header("<f4", "(2,)").size();
  expect_failure(npy_bytes("<f4", "(2,)", number_bytes<float>({1, NAN})), header + 4,
                 "element 1 (from 0) is nan, no finite number");
  expect_failure(npy_bytes(">f8", "(2,)", number_bytes<double>({1, -INFINITY}, true)), header + 8,
                 "is -inf, no finite");
  expect_failure(npy_bytes("<f2", "(2,)", number_bytes<uint16_t>({0x7C00, 0})), header, "is inf, no finite number");
  expect_failure(npy_bytes("|b1", "(2,)", "\1\2"), header + 1, "element 1 (from 0) is 2, no bool (0 or 1)");
  // Counted in the order of the file, as the offset is.
  const uint64_t wider = 10 + npy_header("<f4", "(2, 2)", true).size();
  expect_failure(npy_bytes("<f4", "(2, 2)", number_bytes<float>({1, NAN, 1, 1}), true), wider + 4,
                 "element 1 (from 0)");
}

TEST(BadNpy, EveryCutIsAnError) {
  const std::string whole = npy_bytes("<f4", "(2, 3)", std::string(24, '\0'));
  TempFolder folder;
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string path = folder.write("f", whole.substr(0, size));
    std::vector<std::string> warnings;
    EXPECT_FALSE(thrown_by([&] { read_npy(InputFile(path), "x", warnings); }).message.empty()) << size;
  }
}

}  // namespace
}  // namespace nnc
