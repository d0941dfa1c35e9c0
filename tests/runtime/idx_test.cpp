#include "runtime/data/idx.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "tests/runtime/idx_bytes.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

TEST(Idx, ReadsBytes) {
  TempFolder folder;
  const IdxFile file = read_idx(folder.write("f", idx_bytes(0x08, {2, 3}, "abcdef")));
  EXPECT_EQ(file.shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(file.samples(), 2);
  EXPECT_EQ(file.offset(0), 12u);
  const Column column = idx_column(file, "image");
  EXPECT_EQ(column.element(), Element::u8);
  EXPECT_EQ(column.sample_shape(), (std::vector<int64_t>{3}));
  EXPECT_EQ(column.values<uint8_t>()[5], 'f');
}

TEST(Idx, ReadsWiderTypesInBigEndianOrder) {
  TempFolder folder;
  const std::string i16("\x01\x02\xff\xfe", 4);
  const Column a = idx_column(read_idx(folder.write("a", idx_bytes(0x0B, {2}, i16))), "a");
  EXPECT_EQ(a.element(), Element::i32);
  EXPECT_EQ(a.values<int32_t>()[0], 258);
  EXPECT_EQ(a.values<int32_t>()[1], -2);
  const std::string f32("\x3f\x80\x00\x00\xc0\x20\x00\x00", 8);
  const Column b = idx_column(read_idx(folder.write("b", idx_bytes(0x0D, {2}, f32))), "b");
  EXPECT_EQ(b.values<float>()[0], 1.0f);
  EXPECT_EQ(b.values<float>()[1], -2.5f);
  const Column c = idx_column(read_idx(folder.write("c", idx_bytes(0x09, {2}, "\x01\xff"))), "c");
  EXPECT_EQ(c.values<int32_t>()[1], -1);
  const std::string f64("\xbf\xf0\x00\x00\x00\x00\x00\x00", 8);
  const Column d = idx_column(read_idx(folder.write("d", idx_bytes(0x0E, {1}, f64))), "d");
  EXPECT_EQ(d.values<double>()[0], -1.0);
}

TEST(Idx, ReadsGzipWhateverItsName) {
  TempFolder folder;
  const std::string large(3'000'000, 'x');
  const IdxFile file = read_idx(folder.write("f", gzipped(idx_bytes(0x08, {3'000'000}, large))));
  EXPECT_TRUE(file.was_packed);
  EXPECT_EQ(static_cast<char>(file.bytes.data()[2'999'999]), 'x');
}

TEST(Idx, ReadsGzipOfSeveralMembers) {
  TempFolder folder;
  const std::string whole = idx_bytes(0x08, {6}, "abcdef");
  const IdxFile file = read_idx(folder.write("f", gzipped(whole.substr(0, 9)) + gzipped(whole.substr(9))));
  EXPECT_EQ(static_cast<char>(file.bytes.data()[5]), 'f');
}

// Members of all lengths, so that some end where a block of the file does, and one is cut in its first bytes.
TEST(Idx, ReadsMembersThatEndAtBlocks) {
  TempFolder folder;
  std::mt19937 generator(1);
  std::string data;
  for (int i = 0; i < 600'000; ++i) data += static_cast<char>(generator());
  const std::string whole = idx_bytes(0x08, {static_cast<uint32_t>(data.size())}, data);
  for (const size_t shift : {0u, 1u, 2u, 3u, 5u, 8u, 13u, 17u, 21u}) {
    constexpr size_t kBlock = 262'144;
    const std::string start = gzipped(whole.substr(0, kBlock - 120 - shift));
    const std::string file = start + gzipped(whole.substr(kBlock - 120 - shift, 64)) +
                             gzipped(whole.substr(kBlock - 56 - shift, 10)) + gzipped("") +
                             gzipped(whole.substr(kBlock - 46 - shift));
    const IdxFile read = read_idx(folder.write("f", file));
    EXPECT_EQ(std::memcmp(read.bytes.data(), data.data(), data.size()), 0) << shift << ' ' << start.size();
  }
}

TEST(IdxFolder, PrefersPlainFilesAndMayLackATestSet) {
  TempFolder folder;
  folder.write("train-images-idx3-ubyte", idx_bytes(0x08, {2, 1, 2}, "abcd"));
  folder.write("train-images-idx3-ubyte.gz", "not looked at");
  folder.write("train-labels-idx1-ubyte.gz", gzipped(idx_bytes(0x08, {2}, std::string("\x03\x00", 2))));
  const IdxData data = read_idx_folder(folder.path());
  EXPECT_FALSE(data.test.has_value());
  EXPECT_EQ(data.train.image.sample_shape(), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(data.train.label.element(), Element::i32);
  EXPECT_EQ(data.train.label.values<int32_t>()[0], 3);
  check_labels(data.train, 4);
}

TEST(IdxFolder, Mnist) {
  const std::string folder = data_folder();
  if (folder.empty()) GTEST_SKIP() << "skipped: no data";
  const IdxData data = read_idx_folder(folder + "/mnist");
  EXPECT_EQ(data.train.image.rows(), 60'000);
  EXPECT_EQ(data.train.image.sample_shape(), (std::vector<int64_t>{28, 28}));
  EXPECT_EQ(data.train.image.element(), Element::u8);
  ASSERT_TRUE(data.test.has_value());
  EXPECT_EQ(data.test->label.rows(), 10'000);
  EXPECT_EQ(data.train.label.values<int32_t>()[0], 5);
  EXPECT_EQ(data.test->label.values<int32_t>()[0], 7);
  check_labels(data.train, 10);
  uint64_t sum = 0;
  for (const uint8_t value : data.train.image.values<uint8_t>()) sum += value;
  EXPECT_NEAR(static_cast<double>(sum) / (60'000.0 * 784 * 255), 0.1307, 1e-4);
}

}  // namespace
}  // namespace nnc
