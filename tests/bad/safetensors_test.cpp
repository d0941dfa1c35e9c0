// Rows 91–100 of the table of bad inputs: safetensors.
#include "runtime/weights/safetensors.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>

#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

std::string file_of(const std::string& header, std::string_view data = "") {
  std::string bytes(8, '\0');
  const uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(data);
}

void expect_failure(std::string_view bytes, std::string_view message) {
  const Thrown thrown = thrown_by([&] { parse_safetensors(bytes, "w.safetensors"); });
  EXPECT_EQ(thrown.message.rfind("w.safetensors: offset ", 0), 0u) << thrown.message << "\nwanted " << message;
  EXPECT_TRUE(thrown.contains(message)) << thrown.message << "\nwanted " << message;
  EXPECT_EQ(thrown.code, ExitCode::wrong_program);
}

/// One tensor "w" with this shape, type and these offsets, as text.
std::string entry(const std::string& type, const std::string& shape, const std::string& offsets) {
  return "{\"w\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
}

TEST(BadInput, Row91HeaderLength) {
  expect_failure("", "shorter than the 8 bytes");
  expect_failure("abcdefg", "shorter than the 8 bytes");
  expect_failure(std::string(8, '\0'), "the header has length 0");
  expect_failure(std::string("\x40\0\0\0\0\0\0\0{}", 10), "a header of 64 bytes, but only 2 follow");
  expect_failure(std::string("\0\0\0\x10\0\0\0\0{}", 10), "more than the limit of 100000000");
  expect_failure(std::string(8, '\xff') + "{}", "a header of 18446744073709551615 bytes");
}

TEST(BadInput, Row92HeaderText) {
  expect_failure(file_of("{\"w\xff\":1}"),
                 "not valid JSON: syntax error while parsing object key - invalid string: ill-formed UTF-8");
  expect_failure(file_of("{\"w\": " + std::string(100'000, '1') + "x}"), "not valid JSON");
  expect_failure(file_of(" {}"), "does not begin with '{'");
  expect_failure(file_of("[]"), "does not begin with '{'");
  expect_failure(file_of("{} PK"), "does not end with '}' and spaces");
  expect_failure(file_of("{}{}"), "not valid JSON");
  expect_failure(file_of("{}\n"), "does not end with '}' and spaces");
  expect_failure(file_of("{\"w\": NaN}"), "not valid JSON");
  expect_failure(file_of("{/* c */}"), "not valid JSON");
  expect_failure(file_of("{\"w\""), "does not end");
  EXPECT_TRUE(parse_safetensors(file_of("{}   "), "w").tensors.empty());
}

TEST(BadInput, Row93Duplicates) {
  const std::string one = R"("w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  expect_failure(file_of("{" + one + "," + one + "}", "ab"), "tensor 'w' occurs twice");
  expect_failure(file_of(R"({"w":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "a"),
                 "'dtype' occurs twice in 'w'");
  expect_failure(file_of(R"({"__metadata__":{"a":"1","a":"2"}})"), "'a' occurs twice in '__metadata__'");
  expect_failure(file_of(R"({"w":{"dtype":"U8","shape":[1]}})", "a"), "tensor 'w' has no 'data_offsets'");
  expect_failure(file_of(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}})", "a"), "unknown key 'x'");
}

TEST(BadInput, Row94Offsets) {
  const auto pair = [](const std::string& a, const std::string& b) {
    return file_of("{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":" + a +
                       "},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":" + b + "}}",
                   "abcd");
  };
  EXPECT_EQ(parse_safetensors(pair("[2,4]", "[0,2]"), "w").tensors.size(), 2u);
  expect_failure(pair("[0,2]", "[1,3]"), "overlap");
  expect_failure(pair("[0,2]", "[0,2]"), "overlap");
  expect_failure(file_of(entry("U8", "[1]", "[1,2]"), "ab"), "begins at 1, but the tensors before it end at 0");
  expect_failure(pair("[0,2]", "[3,4]"), "begins at 3, but the tensors before it end at 2");
  expect_failure(file_of(entry("U8", "[1]", "[1,0]"), "a"), "end before they begin");
  expect_failure(file_of(entry("U8", "[9]", "[0,9]"), "a"), "but the file has 1 bytes of data: is it cut?");
  for (const char* offsets : {"[-1,1]", "[0,1.0]", "[0,1e3]", "[0,\"1\"]", "[0]", "[0,1,2]", "[]", "0", "{}", "[[0,1]]",
                              "null", "[true,1]", "[0,99999999999999999999999]"}) {
    expect_failure(file_of(entry("U8", "[1]", offsets), "a"), "tensor 'w'");
  }
}

TEST(BadInput, Row95Sizes) {
  expect_failure(file_of(entry("F32", "[2]", "[0,4]"), "abcd"),
                 "needs 8 bytes by its shape and element type, but its data_offsets hold 4");
  expect_failure(file_of(entry("F32", "[4294967296,4294967296]", "[0,4]"), "abcd"), "out of range");
  expect_failure(file_of(entry("F64", "[0,9223372036854775807,9223372036854775807]", "[0,0]")), "out of range");
  expect_failure(file_of(entry("F32", "[9223372036854775808]", "[0,4]"), "abcd"),
                 "dimension 9223372036854775808 is out of range");
  expect_failure(file_of(entry("F4", "[8]", "[0,4]"), "abcd"), "element type 'F4'; nnc reads F32 F64");
  expect_failure(file_of(entry("F16", "[2]", "[0,4]"), "abcd"), "element type 'F16'");
  expect_failure(file_of(entry("F32", "[1.0]", "[0,4]"), "abcd"), "shape of tensor 'w' holds whole numbers");
  expect_failure(file_of(entry("F32", "[-1]", "[0,4]"), "abcd"), "shape of tensor 'w' holds whole numbers");
  expect_failure(file_of(entry("BOOL", "[3]", "[0,3]"), std::string("\0\1\2", 3)), "neither 0 nor 1");
}

TEST(BadInput, Row96BytesAfterTheLastTensor) {
  expect_failure(file_of(entry("U8", "[1]", "[0,1]"), "abc"), "2 bytes after the last tensor");
  expect_failure(file_of("{}", "abc"), "3 bytes after the last tensor");
}

TEST(BadInput, Row97MetadataAndDepth) {
  expect_failure(file_of(R"({"__metadata__":{"a":1}})"), "__metadata__ holds only strings");
  expect_failure(file_of(R"({"__metadata__":{"a":{}}})"), "__metadata__ holds only strings");
  expect_failure(file_of(R"({"__metadata__":[]})"), "");
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "{\"a\":";
  expect_failure(file_of(deep + "}"), "unknown key 'a' in tensor 'a'");
  expect_failure(file_of("{\"w\":" + std::string(1'000'000, '[') + "}"), "a list");
  std::string many = "{";
  for (int i = 0; i < 100'001; ++i) {
    many += fmt::format(R"({}"{}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", i > 0 ? "," : "", i);
  }
  expect_failure(file_of(many + "}"), "more than 100000 tensors, the limit");
}

TEST(BadInput, Row98EmptyAndSingle) {
  const Safetensors empty = parse_safetensors(file_of(entry("F32", "[0,9]", "[0,0]")), "w");
  EXPECT_EQ(empty.tensors[0].bytes.size(), 0U);
  const Safetensors single =
      parse_safetensors(file_of(entry("F32", "[]", "[0,4]"), std::string("\0\0\xc0\x7f", 4)), "w");
  EXPECT_TRUE(single.tensors[0].shape.empty());
}

TEST(BadInput, Row99AllDifferencesAtOnce) {
  const std::vector<TensorEntry> have{{"net.dense_0.w", StoredElement::f32, {2}},
                                      {"net.dense_1.W", StoredElement::f32, {2, 1}},
                                      {"net.old", StoredElement::f32, {2}},
                                      {"net.same", StoredElement::f32, {2}},
                                      {"net.half", StoredElement::bf16, {2}}};
  const std::vector<std::string> found = differences(have, {{"net.dense_0.W", StoredElement::f32, {2}},
                                                            {"net.dense_1.W", StoredElement::f32, {1, 2}},
                                                            {"net.same", StoredElement::f32, {2}},
                                                            {"net.half", StoredElement::f32, {2}}});
  const std::vector<std::string> wanted{
      "'net.dense_0.W' is missing; the program has F32[2] (the file has 'net.dense_0.w')",
      "'net.dense_1.W' is F32[2, 1] in the file, F32[1, 2] in the program",
      "'net.half' is BF16[2] in the file, F32[2] in the program", "'net.dense_0.w' is not in the program",
      "'net.old' is not in the program"};
  EXPECT_EQ(found, wanted);
}

TEST(BadInput, Row100NamesAreData) {
  const std::string long_name(size_t{1} << 20, 'n');
  Safetensors contents;
  const std::vector<uint8_t> byte{1};
  for (const std::string& name :
       {std::string("../../etc/passwd"), std::string("a\0b", 3), std::string("a\nb"), long_name}) {
    contents.tensors.push_back(stored_tensor<uint8_t>(name, StoredElement::u8, {1}, byte));
  }
  const Safetensors read = parse_safetensors(to_safetensors(contents), "w");
  std::vector<TensorEntry> have;
  for (const StoredTensor& tensor : contents.tensors) {
    EXPECT_NE(read.find(tensor.name), nullptr);
    have.push_back({tensor.name, tensor.element, tensor.shape});
  }
  for (const std::string& line : differences(have, {})) {
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(line.find('\0'), std::string::npos);
    EXPECT_LT(line.size(), 200u);
  }
}

TEST(BadInput, Row72ChangedDuringRead) {
  const auto change = [](auto&& alter) {
    TempFolder folder;
    InputFile file(folder.write("w.safetensors", file_of(entry("U8", "[3]", "[0,3]"), "abc")));
    const std::string path = file.path();
    alter(path);
    const Thrown thrown = thrown_by([&] { read_safetensors(std::move(file)); });
    EXPECT_EQ(thrown.message, path + ": error: changed during read");
    EXPECT_EQ(thrown.code, ExitCode::wrong_program);
  };
  change([](const std::string& path) { std::ofstream(path, std::ios::app) << "d"; });
  change([](const std::string& path) { std::filesystem::resize_file(path, 10); });
  change([](const std::string& path) {
    std::ofstream(path, std::ios::in | std::ios::out).seekp(-1, std::ios::end) << "x";
  });
  change([](const std::string& path) { write_atomically(path, std::string_view("replaced")); });
}

// Whatever byte a file is cut at or has changed: an error or a result, never a crash.
TEST(BadInput, Row101EveryCutAndEveryBit) {
  Safetensors contents;
  contents.metadata = {{"format", "1"}};
  const std::vector<float> values{1, 2};
  contents.tensors.push_back(stored_tensor<float>("w", StoredElement::f32, {2}, values));
  const std::string whole = to_safetensors(contents);
  for (size_t cut = 0; cut < whole.size(); ++cut) {
    EXPECT_NE(thrown_by([&] { parse_safetensors(whole.substr(0, cut), "w"); }).message, "") << cut;
  }
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    thrown_by([&] { parse_safetensors(flipped, "w"); });
  }
}

}  // namespace
}  // namespace nnc
