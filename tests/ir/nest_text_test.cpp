// Loop nests as text: golden files print as they are written, faults say where, hostile text never crashes.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "ir/nest/nest_builder.h"
#include "ir/nest/nest_equal.h"
#include "ir/print/text.h"
#include "ir/verify/verify.h"
#include "support/error.h"
#include "tests/ir/nest_kernels.h"

namespace nnc {
namespace {

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> golden_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(NNC_SOURCE_DIR) / "tests/golden/nests")) {
    if (entry.path().extension() == ".nests") files.push_back(entry.path());
  }
  return files;
}

TEST(NestText, GoldenFilesPrintAsTheyAreWritten) {
  ASSERT_FALSE(golden_files().empty());
  for (const auto& path : golden_files()) {
    std::string text = file_text(path);
    NestProgram program = parse_nests(text, path.filename());
    EXPECT_EQ(print(program), text) << path;
    EXPECT_TRUE(equal(program, parse_nests(print(program), "again"))) << path;
  }
}

TEST(NestText, WhatBuilderMakesReadsBack) {
  Target target = Target::of(Tier::avx2);
  for (int f = 0; f <= static_cast<int>(Scalar::mantissa); ++f) {
    auto function = static_cast<Scalar>(f);
    bool bits = function >= Scalar::shift_left && function <= Scalar::remainder;
    if (function == Scalar::logical_and || function == Scalar::logical_or || function == Scalar::logical_not) continue;
    if (info(function).is_boolean || function == Scalar::select) continue;
    NestProgram program = testing::map_program(function, bits ? Element::i32 : Element::f32, 64, 8, target);
    verify(program);
    std::string text = print(program);
    EXPECT_TRUE(equal(program, parse_nests(text, "x.nests"))) << text;
    EXPECT_EQ(print(parse_nests(text, "x.nests")), text);
  }
}

/// A program of one kernel with these registers and this body.
std::string with_body(const std::string& body) {
  return "nests t {\n  target avx2\n  capacity 8\n  buffer a : temporary f32[8, 4]\n  kernel k(a: in out f32[8, 4]) {\n"
         "    register r: f32\n    register v[2]: f32x4\n    register n: i32\n" +
         body + "\n  }\n  call k(a)\n}\n";
}

std::string fault_of(const std::string& text) {
  try {
    parse_nests(text, "x.nests");
  } catch (const Failure& failure) {
    const std::string all = failure.what();
    return all.substr(0, all.find('\n'));  // the line that editors read
  }
  return "";
}

TEST(NestText, NumbersKeepTheirBits) {
  for (const char* number : {"0.1", "-0.0", "inf", "-inf", "nan", "1e-30", "16777216", "3.4028235e+38", "0.33333334"}) {
    std::string text = with_body(std::string("    r = ") + number);
    std::string printed = print(parse_nests(text, "x.nests"));
    EXPECT_NE(printed.find(std::string("    r = ") + number + "\n"), std::string::npos) << printed;
  }
}

TEST(NestText, OperatorsKeepTheirShape) {
  for (const char* value :
       {"r - (r - r)", "r - r - r", "(r + r) * r", "r / (r * r)", "select(r < 1, r, 2)",
        "select(f32(1) < f32(2), 1, 2)", "minimum(r, -1)", "cast f32(index(2))", "tree maximum(load a[1, 0 : 4])",
        "load a[@n, 1]", "bitcast f32(lane(1) + 3)", "select(logical_and(r < 1, r > 2), 1, r)", "negate(r) + -1"}) {
    std::string text = with_body(std::string("    n = 1\n    r = 0\n    r = ") + value);
    std::string printed = print(parse_nests(text, "x.nests"));
    EXPECT_NE(printed.find(std::string("    r = ") + value + "\n"), std::string::npos) << value << "\n" << printed;
  }
}

TEST(NestText, FaultsSayWhere) {
  EXPECT_EQ(fault_of(with_body("    r = s")), "x.nests:9:9: error: there is no register 's'");
  EXPECT_EQ(fault_of(with_body("    r = load b[1, 2]")), "x.nests:9:14: error: there is no parameter 'b'");
  EXPECT_EQ(fault_of(with_body("    r = load a[1]")), "x.nests:9:17: error: expected ',', found ']'");
  EXPECT_EQ(fault_of(with_body("    r = load a[1, 0 : 4]")), "x.nests:9:9: error: this is f32x4; the register is f32");
  EXPECT_EQ(fault_of(with_body("    r = tree add(1)")),
            "x.nests:9:18: error: the type of this number is not clear: write it in front, as f32x8(1)");
  EXPECT_EQ(fault_of(with_body("    for i in 0..8 {\n")).substr(0, 12), "x.nests:12:3");
  EXPECT_NE(fault_of(with_body("    r = 0\n    for i in 0..9 {\n      store a[i, 0] = r\n    }")), "");
  EXPECT_NE(fault_of(""), "");
}

TEST(NestText, HostileTextNeverCrashes) {
  std::mt19937 random(7);
  for (const auto& path : golden_files()) {
    std::string text = file_text(path);
    for (size_t cut = 0; cut < text.size(); cut += 3) fault_of(text.substr(0, cut));
    for (int i = 0; i < 3000; ++i) {
      std::string changed = text;
      for (int j = 0; j < 3; ++j) {
        size_t at = random() % changed.size();
        switch (random() % 4) {
          case 0: changed[at] = text[random() % text.size()]; break;
          case 1: changed.erase(at, random() % 8); break;
          case 2: changed.insert(at, text.substr(random() % text.size(), random() % 12)); break;
          default: changed.insert(at, "9999999999"); break;
        }
      }
      fault_of(changed);
    }
  }
  fault_of(with_body("    r = " + std::string(100000, '(')));
  std::string sum = "r";
  for (int i = 0; i < 100000; ++i) sum += " + r";
  fault_of(with_body("    r = " + sum));
  std::string loops;
  for (int i = 0; i < 5000; ++i) loops += "for i" + std::to_string(i) + " in 0..2 {\n";
  fault_of(with_body(loops));
}

}  // namespace
}  // namespace nnc
