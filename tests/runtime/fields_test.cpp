// What a field is: an expression of one sample, whatever rows stand beside it.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

const std::string kRows = "a,b,c,y\n1,3,5,2\n2,8,1,1\n-4,0,4,0\n10,20,60,1\n";

/// The values of `x: type = expression` for the rows of a file.
std::vector<double> values(const std::string& type, const std::string& expression, const std::string& csv = kRows) {
  TempFolder folder;
  folder.write("d.csv", csv);
  SessionOptions options;
  options.file = folder.write("p.nn", fmt::format("data d = csv(\"d.csv\") {{\n"
                                                  "  x: {} = {}\n"
                                                  "  y: f32 = column(\"y\")\n"
                                                  "}}\n"
                                                  "model net(x) {{ param w: f32 = ones\n w * mean(x) }}\n"
                                                  "train {{ data = d; loss = net(f32(x)) + mean(y) }}\n",
                                                  type, expression));
  Session session(options);
  session.bind_training();
  const Column& column = session.prepared().data.sets.at(0).parts().at(0).fields.at("x");
  std::vector<double> found;
  for (int64_t i = 0; i < column.rows() * column.sample_size(); ++i) found.push_back(column.number(i));
  return found;
}

using Numbers = std::vector<double>;

TEST(Fields, NamedColumnsAreAllReadInTheirOrder) {
  EXPECT_EQ(values("f32[2]", "columns(\"a\", \"c\")"), (Numbers{1, 5, 2, 1, -4, 4, 10, 60}));
  EXPECT_EQ(values("f32[3]", "columns(\"c\", \"a\", \"y\")"), (Numbers{5, 1, 2, 1, 2, 1, 4, -4, 0, 60, 10, 1}));
  EXPECT_EQ(values("f32[1]", "columns(\"b\")"), (Numbers{3, 8, 0, 20}));
}

TEST(Fields, AMeanIsOverOneSample) {
  EXPECT_EQ(values("f32[2]", "columns(\"a\", \"b\") - mean(columns(\"a\", \"b\"))"),
            (Numbers{-1, 1, -3, 3, -2, 2, -5, 5}));
  EXPECT_EQ(values("f32", "sum(columns(\"a\"..\"c\"))"), (Numbers{9, 11, 0, 90}));
  EXPECT_EQ(values("f32", "max(columns(\"a\"..\"c\"), over: -1) - min(columns(\"a\"..\"c\"))"), (Numbers{4, 7, 8, 50}));
}

TEST(Fields, AnIndexCountsWithinOneSample) {
  EXPECT_EQ(values("f32[2]", "columns(\"a\"..\"c\")[1..3]"), (Numbers{3, 5, 8, 1, 0, 4, 20, 60}));
  EXPECT_EQ(values("f32", "columns(\"a\"..\"c\")[2]"), (Numbers{5, 1, 4, 60}));
}

TEST(Fields, AnIndexCanBeTheSamplesOwn) {
  const std::string abc = "columns(\"a\"..\"c\")";
  EXPECT_EQ(values("f32", abc + "[argmax(" + abc + ")]"), (Numbers{5, 8, 4, 60}));
  EXPECT_EQ(values("f32", abc + "[i32(column(\"y\"))]"), (Numbers{5, 8, -4, 20}));
  EXPECT_EQ(values("f32[2]", abc + "[i32(columns(\"y\", \"b\"))]"), (Numbers{5, 5, 8, 1, -4, -4, 20, 60}));
  EXPECT_EQ(values("f32[2, 1]", "reshape(" + abc + ", [3, 1])[i32(columns(\"y\", \"b\"))]"),
            (Numbers{5, 5, 8, 1, -4, -4, 20, 60}));
}

TEST(Fields, ARangeIsReshapedToWhatTheDataHas) {
  EXPECT_EQ(values("f32[2, 2]", "transpose(reshape(columns(\"a\"..\"y\"), [2, 2]))"),
            (Numbers{1, 5, 3, 2, 2, 1, 8, 1, -4, 4, 0, 0, 10, 60, 20, 1}));
  try {
    values("f32[2, 3]", "reshape(columns(\"a\"..\"y\"), [2, 3])");
    FAIL() << "4 columns are no [2, 3]";
  } catch (const Failure& failure) {
    EXPECT_NE(std::string(failure.what()).find("'reshape' keeps the number of elements: [4] has 4, [2, 3] has 6"),
              std::string::npos)
        << failure.what();
  }
}

TEST(Fields, AxesMoveWithinOneSample) {
  EXPECT_EQ(values("f32[2, 2]", "transpose(reshape(columns(\"a\", \"b\", \"c\", \"y\"), [2, 2]))"),
            (Numbers{1, 5, 3, 2, 2, 1, 8, 1, -4, 4, 0, 0, 10, 60, 20, 1}));
  EXPECT_EQ(values("f32[3]", "concat(columns(\"a\", \"b\"), columns(\"c\", \"y\")[0..1])"),
            (Numbers{1, 3, 5, 2, 8, 1, -4, 0, 4, 10, 20, 60}));
}

TEST(Fields, AMatrixProductIsOfOneSample) {
  EXPECT_EQ(values("f32", "sum(columns(\"a\", \"b\") * columns(\"b\", \"c\"))"), (Numbers{18, 24, 0, 1400}));
  EXPECT_EQ(values("f32[2]", "columns(\"a\", \"b\") @ reshape(columns(\"a\", \"b\", \"c\", \"y\"), [2, 2])"),
            (Numbers{16, 9, 12, 24, 16, 0, 1300, 220}));
}

TEST(Fields, WhatIsFittedIsFittedOverTheRows) {
  std::vector<double> found = values("f32[2]", "standardize(columns(\"a\", \"c\") * 2)");
  double sum = 0;
  for (size_t row = 0; row < 4; ++row) sum += found[2 * row];
  EXPECT_NEAR(sum, 0, 1e-6);
  EXPECT_NEAR(found[0], (1 - 2.25) / std::sqrt(100.75 / 3), 1e-6);
}

/// Unix seconds, 20 apart: neighbours are one number in f32.
std::string seconds() {
  std::string text = "t,y\n";
  for (int i = 0; i < 12; ++i) text += fmt::format("{},{}\n", 1700000000 + 20 * i, i);
  return text;
}

TEST(Fields, AreComputedInDoubleAndRoundedOnce) {
  Numbers since, share, scaled, third;
  const double deviation = std::sqrt(20.0 * 20.0 * 143 / 11);  // of 0..11: the sum of squares is 143
  for (int i = 0; i < 12; ++i) {
    since.push_back(20 * i);
    share.push_back(static_cast<float>(i / 11.0));
    scaled.push_back(static_cast<float>((20 * i - 110) / deviation));
    third.push_back((1700000000 + 20 * i) / 3.0);
  }
  EXPECT_EQ(values("f32", "column(\"t\") - 1700000000", seconds()), since);
  EXPECT_EQ(values("f32", "minmax(column(\"t\"))", seconds()), share);
  EXPECT_EQ(values("f32", "minmax(column(\"t\") - 1600000000)", seconds()), share);
  EXPECT_EQ(values("f32", "standardize(column(\"t\"))", seconds()), scaled);
  EXPECT_EQ(values("f64", "column(\"t\") / 3", seconds()), third);
  EXPECT_EQ(values("f32", "f64(column(\"t\")) - 1700000000", seconds()), since);
  EXPECT_EQ(values("f32", "(column(\"t\")^2 - 1700000000 * column(\"t\")) / column(\"t\")", seconds()), since);
}

TEST(Fields, IntegersAreExactBeyondTheDigitsOfAFloat) {
  const std::string rows = "n,y\n16777217,0\n2147483647,1\n-2147483648,2\n";
  EXPECT_EQ(values("i32", "column(\"n\")", rows), (Numbers{16777217, 2147483647, -2147483648.0}));
  EXPECT_EQ(values("i32", "i32(column(\"n\"))", rows), (Numbers{16777217, 2147483647, -2147483648.0}));
  EXPECT_EQ(values("i32", "i32(column(\"n\") - column(\"y\") + 2)", "n,y\n16777217,0\n9007199254,9007199250\n"),
            (Numbers{16777219, 6}));
  EXPECT_EQ(values("f32", "column(\"n\") - 9007199254740990", "n,y\n9007199254740991,0\n9007199254740992,1\n"),
            (Numbers{1, 2}));
}

TEST(Fields, OfEveryFloatTypeAreComputedOfColumns) {
  EXPECT_EQ(values("f64[2]", "columns(\"a\", \"c\") / 2"), (Numbers{0.5, 2.5, 1, 0.5, -2, 2, 5, 30}));
  EXPECT_EQ(values("f64[2]", "concat(columns(\"a\", \"b\")[0..1], columns(\"c\", \"y\")[0..1])"),
            (Numbers{1, 5, 2, 1, -4, 4, 10, 60}));
  std::vector<double> found = values("f64[2]", "standardize(columns(\"a\", \"c\"))");
  EXPECT_DOUBLE_EQ(found[0], (1 - 2.25) / std::sqrt(100.75 / 3));
}

TEST(Fields, ARowStandsForItselfWhateverIsBesideIt) {
  const std::string expression =
      "(columns(\"a\"..\"c\") - mean(columns(\"a\"..\"c\"))) / (1 + max(columns(\"a\"..\"c\")))";
  std::vector<double> together = values("f32[3]", expression);
  std::vector<double> alone = values("f32[3]", expression, "a,b,c,y\n2,8,1,1\n");
  EXPECT_EQ(Numbers(together.begin() + 3, together.begin() + 6), alone);
}

/// A loss over the rows of the data, trained; the scores.
std::map<std::string, double> scores(const std::string& loss, const std::string& more) {
  TempFolder folder;
  folder.write("d.csv", kRows);
  SessionOptions options;
  options.file = folder.write("p.nn", fmt::format("data d = csv(\"d.csv\", split: {{train: 0.5, valid: 0.5}}) {{\n"
                                                  "  x: f32[2] = columns(\"a\", \"b\")\n"
                                                  "  y: f32 = column(\"y\")\n"
                                                  "}}\n"
                                                  "model net(x: f32[B, 2]) -> f32[B] = x |> dense(1) |> squeeze\n"
                                                  "train {{ data = d.train; batch = 2; epochs = 1; loss = {} {} }}\n",
                                                  loss, more));
  return test::train_file(options).scores;
}

TEST(Fields, OneSplitMayBeValidAndTest) {
  auto found = scores("mse(net(x), y)", "; valid = d.valid; test = d.valid");
  EXPECT_EQ(found.at("valid.loss"), found.at("test.loss"));
}

TEST(Fields, RowsOfABatchAreNeitherCutNorJoined) {
  for (std::string loss : {"mean(net(x)[0..2])", "mean(net(x)[1])", "mean(concat(net(x), net(x), along: 0))"}) {
    try {
      scores(loss, "");
      ADD_FAILURE() << loss;
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code(), ExitCode::wrong_program) << loss;
      EXPECT_NE(std::string(failure.what()).find("the rows of a batch"), std::string::npos) << failure.what();
    }
  }
}

}  // namespace
}  // namespace nnc
