// Rows 73–81 of the table of bad inputs: IDX.
#include "runtime/data/idx.h"

#include <gtest/gtest.h>

#include "tests/runtime/idx_bytes.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

/// The message of reading these bytes must begin with "FILE: offset N (0xN): error: " and hold `message`.
void expect_failure(std::string_view bytes, uint64_t offset, std::string_view message) {
  TempFolder folder;
  const std::string path = folder.write("f", bytes);
  const Thrown thrown = thrown_by([&] { read_idx(path); });
  expect_offset(thrown, path, offset, message);
}

std::string bytes_of(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes += static_cast<char>(value);
  return bytes;
}

std::string images(uint32_t count) { return idx_bytes(0x08, {count, 2, 2}, std::string(count * 4, 'i')); }
std::string labels(uint32_t count) { return idx_bytes(0x08, {count}, std::string(count, '\1')); }

TEST(BadInput, Row73ShortHeader) {
  expect_failure("", 0, "0 bytes, shorter than the 4");
  expect_failure(bytes_of({0, 0, 8}), 3, "shorter than the 4");
  expect_failure(bytes_of({0, 0, 8, 3, 0, 0, 0, 1, 0, 0}), 10, "the header of rank 3 has 16 bytes, but the file ends");
}

TEST(BadInput, Row74Magic) {
  expect_failure(bytes_of({1, 0, 8, 1, 0, 0, 0, 1, 7}), 0, "the first two bytes are not 0");
  expect_failure(bytes_of({0, 0, 0x0A, 1, 0, 0, 0, 1, 7}), 2, "type byte 0A is none of 08 u8, 09 i8, 0B i16, 0C i32");
}

TEST(BadInput, Row75ByteOrder) {
  expect_failure(bytes_of({3, 8, 0, 0, 1, 0, 0, 0}), 0, "byte order?");
  expect_failure(bytes_of({0, 0, 8, 1, 2, 0, 0, 0, 1, 1}), 4, "byte order? read backwards they are 2");
}

TEST(BadInput, Row76Rank) {
  expect_failure(bytes_of({0, 0, 8, 0, 1}), 3, "rank 0");
  expect_failure(bytes_of({0, 0, 8, 255, 1}), 3, "rank 255, more than the limit of 8");
}

TEST(BadInput, Row77Sizes) {
  expect_failure(idx_bytes(0x08, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "x"), 4, "more than the limit of");
  expect_failure(idx_bytes(0x0E, {0x10000, 0x10000, 0x10000}, "x"), 4, "more than the limit of");
  expect_failure(idx_bytes(0x08, {2, 0, 0xFFFFFFFF}, "x"), 8, "a size of 0");
}

TEST(BadInput, Row78Length) {
  expect_failure(idx_bytes(0x08, {2, 3}, "abcde"), 17, "sizes 2×3 need 6 bytes of data, but 5 bytes follow");
  expect_failure(idx_bytes(0x08, {2, 3}, "abcdefgh"), 18, "need 6 bytes of data, but there are 2 more");
}

TEST(BadInput, Row79Gzip) {
  const std::string whole = gzipped(idx_bytes(0x08, {1000}, std::string(1000, 'x')));
  expect_failure(whole.substr(0, whole.size() - 5), whole.size() - 5, "the gzip data ends early");
  expect_failure(whole.substr(0, 2), 2, "the gzip data ends early");
  std::string wrong_sum = whole;
  wrong_sum[whole.size() - 6] ^= 1;
  expect_failure(wrong_sum, whole.size() - 8, "the gzip data is corrupt: the sum of what it holds is another");
  expect_failure(whole + "zzz", whole.size(), "bytes after the end of the gzip data");
  const std::string small = gzipped(idx_bytes(0x08, {4}, "abcd"));
  for (size_t bit = 10 * 8; bit < (small.size() - 9) * 8; ++bit) {
    std::string flipped = small;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    TempFolder folder;
    const std::string path = folder.write("f", flipped);
    const Thrown thrown = thrown_by([&] { read_idx(path); });
    EXPECT_TRUE(thrown.contains("the gzip data is corrupt") || thrown.contains("the gzip data ends early") ||
                thrown.contains("bytes after the end of the gzip data"))
        << bit << ": " << thrown.message;
  }
  std::string wrong_method = whole;
  wrong_method[2] = 7;
  expect_failure(wrong_method, 10, "the gzip data is corrupt: a packing other than deflate");
  expect_failure(gzipped("hello, this is text"), 0, "looks like a text file (offset in the unpacked data)");
  expect_failure(gzipped(idx_bytes(0x08, {4}, "abc")), 11, "there are 3");
  expect_failure(gzipped(idx_bytes(0x08, {0x7FFFFFFF}, "abc")), 8, "is the file cut?");
  expect_failure("<html><body>not found", 0, "not IDX: looks like an HTML page");
}

TEST(BadInput, Row80Counts) {
  TempFolder folder;
  folder.write("train-images-idx3-ubyte", images(3));
  folder.write("train-labels-idx1-ubyte", labels(2));
  const Thrown thrown = thrown_by([&] { read_idx_folder(folder.path()); });
  EXPECT_TRUE(thrown.contains("train-labels-idx1-ubyte: offset 4 (0x4): error: 2 labels, but 3 images in "))
      << thrown.message;
}

TEST(BadInput, Row80Swapped) {
  TempFolder folder;
  folder.write("train-images-idx3-ubyte", labels(3));
  folder.write("train-labels-idx1-ubyte", images(3));
  const Thrown thrown = thrown_by([&] { read_idx_folder(folder.path()); });
  EXPECT_TRUE(thrown.contains("3 numbers where images are expected")) << thrown.message;
  EXPECT_TRUE(thrown.contains("are they swapped?")) << thrown.message;
}

TEST(BadInput, Row80MissingFiles) {
  TempFolder folder;
  EXPECT_TRUE(
      thrown_by([&] { read_idx_folder(folder.path()); }).contains("no file whose name begins with 'train-images'"));
  folder.write("train-images-idx3-ubyte", images(3));
  folder.write("train-labels-idx1-ubyte", labels(3));
  folder.write("t10k-images-idx3-ubyte", images(1));
  EXPECT_TRUE(
      thrown_by([&] { read_idx_folder(folder.path()); }).contains("no file whose name begins with 't10k-labels'"));
  folder.write("train-images.idx3-ubyte", images(3));
  EXPECT_TRUE(thrown_by([&] { read_idx_folder(folder.path()); }).contains("2 files begin with 'train-images'"));
  const Thrown absent = thrown_by([&] { read_idx_folder(folder.path("nowhere")); });
  EXPECT_EQ(absent.code, ExitCode::system_refused);
  EXPECT_TRUE(absent.contains("No such file or directory")) << absent.message;
}

TEST(BadInput, Row81LabelBeyondClasses) {
  TempFolder folder;
  folder.write("train-images-idx3-ubyte", images(3));
  const std::string path = folder.write("train-labels-idx1-ubyte", idx_bytes(0x08, {3}, bytes_of({0, 9, 10})));
  const IdxData data = read_idx_folder(folder.path());
  const Thrown thrown = thrown_by([&] { check_labels(data.train, 10); });
  EXPECT_EQ(thrown.message,
            path + ": offset 10 (0xa): error: label 10 of sample 2 (from 0) is none of 0..9 (class(10))");
}

TEST(BadInput, Row81FloatsThatAreNotFinite) {
  expect_failure(idx_bytes(0x0D, {2}, bytes_of({0x3f, 0x80, 0, 0, 0x7f, 0xc0, 0, 0})), 12, "element 1 (from 0) is nan");
  expect_failure(idx_bytes(0x0E, {1}, bytes_of({0x7f, 0xf0, 0, 0, 0, 0, 0, 0})), 8, "element 0 (from 0) is inf");
}

TEST(BadInput, Row81LabelsAreWholeNumbers) {
  TempFolder folder;
  folder.write("train-images", images(1));
  folder.write("train-labels", idx_bytes(0x0D, {1}, bytes_of({0x3f, 0x80, 0, 0})));
  EXPECT_TRUE(thrown_by([&] { read_idx_folder(folder.path()); }).contains("labels of type f32"));
}

TEST(BadInput, Row72ChangedDuringRead) {
  const std::string whole = idx_bytes(0x08, {2, 3}, "abcdef");
  for (const std::string& bytes : {whole, gzipped(whole)}) {
    const auto change = [&](auto&& alter) {
      TempFolder folder;
      const InputFile file(folder.write("f", bytes));
      alter(file.path());
      const Thrown thrown = thrown_by([&] { read_idx(file); });
      EXPECT_EQ(thrown.message, file.path() + ": error: changed during read");
      EXPECT_EQ(thrown.code, ExitCode::wrong_program);
    };
    change([](const std::string& path) { std::ofstream(path, std::ios::app) << "more"; });
    change([](const std::string& path) { std::filesystem::resize_file(path, 7); });
    change([](const std::string& path) { std::filesystem::resize_file(path, 0); });
    change([](const std::string& path) { std::filesystem::remove(path); });
    change([&](const std::string& path) {
      std::ofstream(path + ".new", std::ios::binary) << bytes;
      std::filesystem::rename(path + ".new", path);
    });
  }
}

// Whatever byte a file is cut at or has changed: an error or a result, never a crash. Run under ASan by ./dev test.
TEST(BadInput, Row78EveryCutAndEveryBit) {
  TempFolder folder;
  for (const std::string& whole : {idx_bytes(0x0B, {2, 2}, "abcdefgh"), gzipped(idx_bytes(0x08, {2, 2}, "abcd"))}) {
    for (size_t cut = 0; cut < whole.size(); ++cut) {
      const std::string path = folder.write("f", whole.substr(0, cut));
      EXPECT_EQ(thrown_by([&] { read_idx(path); }).code, ExitCode::wrong_program) << cut;
    }
    for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
      std::string flipped = whole;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      const std::string path = folder.write("f", flipped);
      thrown_by([&] { read_idx(path); });
    }
  }
}

}  // namespace
}  // namespace nnc
