// `if` in a definition that is checked alone: each branch under its condition, and what differs is left to the calls.

#include <gtest/gtest.h>

#include "tests/frontend/programs.h"

namespace nnc {
namespace {

/// What a program with these definitions and this model gets, "" for nothing.
std::string told(const std::string& definitions, const std::string& model) {
  testing::CheckedText text = testing::check_text(definitions + R"(
data d = table { x: f32[2] = [[0, 1], [1, 2], [3, 4]]; y: f32 = [1, 2, 3] }
model net(x: f32[B, 2]) = )" + model + R"(
train { data = d; loss = mean(net(x)^2) })");
  testing::bind_text(text);
  return text.rendered();
}

TEST(Branches, ANumberThatTheyBindIsDecidedAtTheCall) {
  const std::string layer = R"(
layer f(k: int)(x: f32[B, D]) -> f32[B, k] {
  n = 2
  if k == 4 { n = 4 } else { n = k }
  x |> dense(n)
})";
  EXPECT_EQ(told(layer, "x |> f(4) |> f(3)"), "");
  const std::string wrong = R"(
layer f(k: int)(x: f32[B, D]) -> f32[B, k] {
  n = 2
  if k == 4 { n = 4 }
  x |> dense(n)
})";
  EXPECT_EQ(told(wrong, "x |> f(4) |> f(2)"), "");
  EXPECT_NE(told(wrong, "x |> f(3)").find("declared as f32[B, 3], but this is f32[B, 2]"), std::string::npos);
}

TEST(Branches, AnIfThatGivesASizeIsDecidedAtTheCall) {
  EXPECT_EQ(told(R"(
layer f(k: int)(x: f32[B, D]) -> f32[B, k] {
  n = if k > 4 { 4 } else { k }
  x |> dense(n) |> dense(k - n + n)
})",
                 "x |> f(5) |> f(3)"),
            "");
}

TEST(Branches, ATensorThatTheyBindIsDecidedAtTheCall) {
  EXPECT_EQ(told(R"(
layer f(k: int)(x: f32[B, D]) -> f32[B, k] {
  h = x
  if k == 4 { h = x |> dense(4) } else { h = x |> dense(5) |> dense(k) }
  h
})",
                 "x |> f(4) |> f(3)"),
            "");
}

TEST(Branches, WhatBothBindAlikeIsCheckedBehindThem) {
  const std::string text = told(R"(
layer f(k: int)(x: f32[B, D]) -> f32[B, k] {
  h = x
  if k == 4 { h = relu(x) } else { h = tanh(x) }
  h
})",
                                "x |> f(2)");
  EXPECT_NE(text.find("the result of 'f' is declared as f32[B, k], but this is f32[B, D]"), std::string::npos) << text;
}

TEST(Branches, WhatALoopBindsIsDecidedWhereItsTurnsAreKnown) {
  const std::string layers = R"(
layer grown(n: int)(x: f32[B, D]) -> f32[B, (n + 1) * D] {
  h = x
  for i in 0..n { h = concat(h, x) }
  h
}
layer sized(n: int)(x: f32[B, D]) -> f32[B, n] {
  s = 0
  for i in 0..n { s = s + 1 }
  x |> dense(s)
}
layer deep(n: int, k: int)(x: f32[B, D]) -> f32[B, k] {
  h = x
  for i in 0..n { h = h |> dense(k) |> relu }
  h
})";
  EXPECT_EQ(told(layers, "x |> grown(2) |> sized(3) |> deep(2, 4) |> deep(0, 4)"), "");
  const std::string none = told(layers, "x |> deep(0, 4)");
  EXPECT_NE(none.find("the result of 'deep' is declared as f32[B, 4], but this is f32[B, 2]"), std::string::npos)
      << none;
  const std::string inside = told("layer f(n: int)(x: f32[B, D]) { for i in 0..n { hh = x + y }\n x }", "x |> f(0)");
  EXPECT_NE(inside.find("'y' is not defined"), std::string::npos) << inside;
}

TEST(Branches, TensorsOfASplitAreCountedAtTheCall) {
  const std::string layer = R"(
fn parts(n: int)(x: f32[B, D]) -> f32[B, D/n] {
  (a, b) = split(x, n)
  a + b
})";
  EXPECT_EQ(told(layer, "x |> dense(4) |> parts(2)"), "");
  EXPECT_NE(told(layer, "x |> dense(6) |> parts(3)").find("2 names for 3 values"), std::string::npos);
}

TEST(Branches, AMistakeInEitherIsReported) {
  const std::string first = told("fn f(k: int)(x: f32[B, D]) { if k == 4 { hh } else { x } }", "x |> f(3) |> dense(1)");
  EXPECT_NE(first.find("'hh' is not defined"), std::string::npos) << first;
  const std::string second =
      told("fn f(k: int)(x: f32[B, D]) { if k == 4 { x } else { hh } }", "x |> f(4) |> dense(1)");
  EXPECT_NE(second.find("'hh' is not defined"), std::string::npos) << second;
}

constexpr const char* kAll = "x |> f(3, plain) |> f(3, gated) |> f(3, 7)";

TEST(Branches, PastEveryWordAChoiceIsANumber) {
  EXPECT_EQ(told(R"(
layer f(width: int, kind: {plain, gated} | int = plain)(x: f32[B, D]) -> f32[B, width] {
  if kind == plain { x |> dense(width) }
  else if kind == gated { sigmoid(x |> dense(width)) }
  else { x |> dense(kind) |> dense(width) }
})",
                 kAll),
            "");
  EXPECT_EQ(told(R"(
layer f(width: int, kind: {plain, gated} | int = plain)(x: f32[B, D]) -> f32[B, width] {
  if kind != plain { if not (kind == gated) { x |> dense(kind) |> dense(width) } else { x |> dense(width) } }
  else { x |> dense(width) }
})",
                 kAll),
            "");
  EXPECT_EQ(told(R"(
layer f(width: int, kind: {plain, gated} | int = plain)(x: f32[B, D]) -> f32[B, width] {
  if kind == plain or kind == gated { x |> dense(width) } else { x |> dense(kind) |> dense(width) }
})",
                 kAll),
            "");
  EXPECT_EQ(told(R"(
layer f(width: int, kind: {plain, gated} | int = plain)(x: f32[B, D]) -> f32[B, width] {
  if kind is int { x |> dense(kind) |> dense(width) } else { x |> dense(width) }
})",
                 kAll),
            "");
}

TEST(Branches, PastOneWordOfTwoAChoiceIsNoNumberYet) {
  const std::string text = told(R"(
layer f(kind: {plain, gated} | int = plain)(x: f32[B, D]) {
  if kind == plain { x |> dense(3) } else { x |> dense(kind) }
})",
                                "x |> f(7)");
  EXPECT_NE(text.find("'out' of 'dense' is a whole number, but this is a choice"), std::string::npos) << text;
}

TEST(Branches, ATestedTypeHoldsOnTheRightOfAnd) {
  EXPECT_EQ(told("fn f(p: (logit | prob)[..S]) -> f32[..S] = if p is logit and true { sigmoid(p) } else { p + 0 }",
                 "f(logit(x |> dense(1)))"),
            "");
}

TEST(Branches, ANameThatWasTestedMayBeBoundAgain) {
  EXPECT_EQ(told("fn f(p: (logit | prob)[..S]) -> f32[..S] {\n  if p is logit { p = sigmoid(p) }\n  prob(p) + 0\n}",
                 "f(logit(x |> dense(1)))"),
            "");
}

}  // namespace
}  // namespace nnc
