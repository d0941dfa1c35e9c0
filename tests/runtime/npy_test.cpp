#include "runtime/data/npy.h"

#include <gtest/gtest.h>

#include "tests/runtime/idx_bytes.h"
#include "tests/runtime/npy_bytes.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

Column read(std::string_view bytes) {
  TempFolder folder;
  std::vector<std::string> warnings;
  Column column = read_npy(InputFile(folder.write("f.npy", bytes)), "x", warnings);
  EXPECT_TRUE(warnings.empty()) << warnings[0];
  return column;
}

std::vector<double> numbers(const Column& column) {
  std::vector<double> all;
  for (int64_t i = 0; i < column.rows() * column.sample_size(); ++i) all.push_back(column.number(i));
  return all;
}

/// The element type and the numbers of a vector of this type.
void expect_vector(std::string_view descr, const std::string& data, Element element,
                   const std::vector<double>& wanted) {
  const Column column = read(npy_bytes(descr, "(" + std::to_string(wanted.size()) + ",)", data));
  EXPECT_EQ(column.element(), element) << descr;
  EXPECT_EQ(numbers(column), wanted) << descr;
}

TEST(Npy, ReadsASamplePerStepOfTheFirstAxis) {
  const Column column = read(npy_bytes("<f4", "(2, 3)", number_bytes<float>({1, 2, 3, 4, 5, -6.5F})));
  EXPECT_EQ(column.name, "x");
  EXPECT_EQ(column.rows(), 2);
  EXPECT_EQ(column.sample_shape(), (std::vector<int64_t>{3}));
  EXPECT_EQ(column.element(), Element::f32);
  EXPECT_EQ(numbers(column), (std::vector<double>{1, 2, 3, 4, 5, -6.5}));
}

TEST(Npy, ReadsEveryTypeOfNumber) {
  expect_vector("|b1", std::string("\1\0", 2), Element::u8, {1, 0});
  expect_vector("|u1", std::string("\377\0", 2), Element::u8, {255, 0});
  expect_vector("|i1", std::string("\377\1", 2), Element::i32, {-1, 1});
  expect_vector("<i2", number_bytes<int16_t>({-300, 7}), Element::i32, {-300, 7});
  expect_vector("<u2", number_bytes<uint16_t>({65535, 7}), Element::i32, {65535, 7});
  expect_vector("<i4", number_bytes<int32_t>({INT32_MIN, 7}), Element::i32, {INT32_MIN, 7});
  expect_vector("<u4", number_bytes<uint32_t>({UINT32_MAX, 7}), Element::f64, {4294967295.0, 7});
  expect_vector("<i8", number_bytes<int64_t>({-9007199254740992, INT64_MIN, 7}), Element::f64,
                {-9007199254740992.0, -9223372036854775808.0, 7});
  expect_vector("<u8", number_bytes<uint64_t>({uint64_t{1} << 63, 7}), Element::f64, {9223372036854775808.0, 7});
  expect_vector("<f4", number_bytes<float>({0.1F, -7}), Element::f32, {static_cast<double>(0.1F), -7});
  expect_vector("<f8", number_bytes<double>({0.1, -7}), Element::f64, {0.1, -7});
}

TEST(Npy, WidensHalfFloats) {
  expect_vector("<f2", number_bytes<uint16_t>({0x3C00, 0xC100, 0x7BFF, 0x0001, 0x8000, 0x03FF}), Element::f32,
                {1, -2.5, 65504, 0x1p-24, -0.0, 1023 * 0x1p-24});
}

TEST(Npy, ReadsEitherByteOrder) {
  expect_vector(">f4", number_bytes<float>({1.5F, -2}, true), Element::f32, {1.5, -2});
  expect_vector(">i2", std::string("\1\2\377\376", 4), Element::i32, {258, -2});
  expect_vector(">u8", number_bytes<uint64_t>({258}, true), Element::f64, {258});
  expect_vector(">f2", std::string("\x3C\0", 2), Element::f32, {1});
  expect_vector("=i4", number_bytes<int32_t>({258}), Element::i32, {258});
  expect_vector(">u1", "\5", Element::u8, {5});
}

TEST(Npy, ReadsFortranOrder) {
  const Column two = read(npy_bytes("|u1", "(2, 3)", std::string("\1\4\2\5\3\6", 6), true));
  EXPECT_EQ(numbers(two), (std::vector<double>{1, 2, 3, 4, 5, 6}));
  // Element (i, j, k) of (2, 3, 2) is 100 i + 10 j + k, and the first axis moves fastest.
  std::vector<int16_t> data;
  std::vector<double> wanted;
  for (int k = 0; k < 2; ++k)
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 2; ++i) data.push_back(static_cast<int16_t>(100 * i + 10 * j + k));
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 2; ++k) wanted.push_back(100 * i + 10 * j + k);
  const Column three = read(npy_bytes(">i2", "(2, 3, 2)", number_bytes(data, true), true));
  EXPECT_EQ(three.sample_shape(), (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(numbers(three), wanted);
  EXPECT_EQ(numbers(read(npy_bytes("|u1", "(3,)", "\1\2\3", true))), (std::vector<double>{1, 2, 3}));
}

TEST(Npy, ReadsAllVersionsAndPlainHeaders) {
  const std::string tight = "{'descr':'|u1','fortran_order':False,'shape':(2,)}";
  for (int major : {1, 2, 3}) EXPECT_EQ(numbers(read(npy_file(tight, "\1\2", major))), (std::vector<double>{1, 2}));
  const std::string other = " {\"shape\" : ( 2L , 1 , ) ,\n\"descr\":\"|u1\", 'fortran_order': True}  \n";
  const Column column = read(npy_file(other, "\1\2"));
  EXPECT_EQ(column.rows(), 2);
  EXPECT_EQ(column.sample_shape(), (std::vector<int64_t>{1}));
}

TEST(Npy, AnArrayWithoutAxesIsOneSample) {
  const Column column = read(npy_bytes("<f8", "()", number_bytes<double>({2.5})));
  EXPECT_EQ(column.rows(), 1);
  EXPECT_TRUE(column.sample_shape().empty());
  EXPECT_EQ(column.number(0), 2.5);
}

TEST(Npy, ReadsGzip) {
  const Column column = read(gzipped(npy_bytes("|u1", "(100000,)", std::string(100000, '\7'))));
  EXPECT_EQ(column.rows(), 100000);
  EXPECT_EQ(column.number(99999), 7);
}

TEST(Npy, WarnsOfWholeNumbersThatADoubleRounds) {
  TempFolder folder;
  const std::string path =
      folder.write("f.npy", npy_bytes("<i8", "(3,)", number_bytes<int64_t>({1, -9007199254740993, INT64_MAX})));
  std::vector<std::string> warnings;
  EXPECT_EQ(read_npy(InputFile(path), "x", warnings).number(1), -9007199254740992.0);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0], path +
                             ": warning: 2 of 3 numbers of type <i8 have more digits than a double: they are rounded;"
                             " the first, element 1 (from 0), is -9007199254740993");
}

}  // namespace
}  // namespace nnc
