// Where shapes clash, each side is told with its type and where it comes from, and what to write where that is likely.

#include <gtest/gtest.h>

#include "tests/frontend/programs.h"

namespace nnc {
namespace {

const std::string kData = R"(
data d = table {
  x: f32[4] = [[1, 2, 3, 4]]
  y: f32 = [1]
  c: class(10) = [1]
}
model net(x: f32[B, 4]) -> f32[B, 1] = x |> dense(1)
model scores(x: f32[B, 4]) -> logit[B, 3] = x |> dense(3)
)";

std::string told(const std::string& text) {
  std::string rendered = testing::check_text(text).rendered();
  EXPECT_EQ(rendered.find("errors"), std::string::npos) << rendered;  // one mistake each
  return rendered;
}

std::string told_of_loss(const std::string& loss) {
  return told(kData + "train {\n  data = d\n  loss = " + loss + "\n}\n");
}

/// Each of `parts` stands in `text`.
void expect_parts(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(Origins, OfBothArgumentsOfACall) {
  expect_parts(told_of_loss("mse(net(x), y)"),
               {"error[E0331]: 'mse' wants t: f32[..S], but this is f32[B]: '..S' is already [B, 1]",
                "y: f32[B], field of 'd' at line 4\n", "net(x): f32[B, 1], which makes '..S' [B, 1]\n",
                "help: net(x) |> squeeze\n"});
  expect_parts(told_of_loss("mse(t: net(x), p: y)"),
               {"net(x): f32[B, 1]\n", "y: f32[B], field of 'd' at line 4, which makes '..S' [B]\n",
                "help: net(x) |> squeeze\n"});
  expect_parts(told("fn two(p: f32[B, N], t: f32[B, N]) -> f32 = mse(p, t)\n"
                    "fn f(p: f32[B, 3], t: f32[B, M]) -> f32 {\n  q = 2 * p\n  two(q, t)\n}\n"),
               {"axis 1 is M and should be 3", "t: f32[B, M], declared at line 2\n",
                "q: f32[B, 3], from '2 * p' at line 3, which makes 'N' 3\n"});
}

TEST(Origins, OfLogitsAndClasses) {
  expect_parts(
      told_of_loss("cross_entropy(scores(x), c)"),
      {"error[E0404]", "c: class(10)[B], field of 'd' at line 5\n", "scores(x): logit[B, 3], which makes 'K' 3\n",
       "help: give 'scores(x)' a last axis of 10: -> logit[B, 10] and dense(10) in 'scores', or 'c' class(3)\n"});
  expect_parts(told("fn f(p: logit[B, 3], t: class(10)[B]) = pick(p, t)\n"),
               {"p: logit[B, 3], declared at line 1\n", "t: class(10)[B], declared at line 1\n"});
  expect_parts(told("fn f(w: f32[3, 2], t: class(10)[B]) = w[t]\n"),
               {"w: f32[3, 2], declared at line 1\n", "t: class(10)[B], declared at line 1\n"});
}

TEST(Origins, OfTheOperandsOfBuiltIns) {
  expect_parts(told("fn f(x: f32[B, 3], y: f32[B, 4]) {\n  c = x > 0\n  where(c, y, 2 * x)\n}\n"),
               {"t.nn:3:3: error[E0310]", "c: bool[B, 3], from 'x > 0' at line 2\n",
                "y: f32[B, 4], declared at line 1\n", "2 * x: f32[B, 3]\n"});
  expect_parts(told("fn f(x: f32[B, 3], y: f32[B, 4]) -> f32[2 * B, 3] = concat(x, y, along: B)\n"),
               {"error[E0318]", "x: f32[B, 3], declared at line 1\n", "y: f32[B, 4], declared at line 1\n"});
  expect_parts(told("fn f(x: f32[B, 6]) = reshape(x, [B, 2, 2])\n"),
               {"error[E0317]", "x: f32[B, 6], declared at line 1\n"});
  expect_parts(told("fn f(x: f32[B, 3], y: f32[B, 4]) = max(x, y)\n"),
               {"error[E0310]", "x: f32[B, 3], declared at line 1\n", "y: f32[B, 4], declared at line 1\n"});
}

TEST(Origins, OfConditionsIndicesAndStates) {
  expect_parts(told("fn f(x: f32[B, 3], y: f32[B, 4]) = x > 1 and y > 0\n"),
               {"t.nn:1:42: error[E0310]", "x > 1: bool[B, 3]\n", "y > 0: bool[B, 4]\n"});
  expect_parts(told("fn f(x: f32[B, 3]) = x[.., 5]\n"),
               {"t.nn:1:28: error[E0319]", "x: f32[B, 3], declared at line 1\n"});
  expect_parts(told("fn f(x: f32[B, 3]) = x * (1 == 1)\n"), {"(1 == 1): true\n", "x: f32[B, 3], declared at line 1\n"});
  expect_parts(
      told("layer l(x: f32[B, D]) -> f32[B, D] {\n  state s: f32[4] = 0\n  next s = mean(x, over: B)\n  x + 1\n}\n"),
      {"the state 's' is declared as f32[4], but this is f32[D]", "declared here\n"});
}

TEST(Origins, OfTheBranchesOfAnIf) {
  expect_parts(told("fn f(k: int)(x: f32[B, 3]) -> f32[B] {\n  h = sum(x, over: 1)\n  if k > 1 { h } else { x }\n}\n"),
               {"t.nn:3:3: error[E0409]", "h: f32[B], from 'sum(x, over: 1)' at line 2\n",
                "x: f32[B, 3], declared at line 1\n"});
}

TEST(Origins, OfAResultAndItsDeclaration) {
  expect_parts(told("layer f(x: f32[B, 3]) -> f32[B] {\n  h = x |> dense(1)\n  h\n}\n"),
               {"error[E0332]", "h: f32[B, 1], from 'x |> dense(1)' at line 2\n", "------\n", "declared here\n",
                "help: h |> squeeze\n"});
}

TEST(LikelyFixes, KeepAReducedAxis) {
  expect_parts(told("fn f(x: f32[B, D]) -> f32[B, D] = x / sum(x, over: D)\n"),
               {"help: add 'keep: true' to the reduction: 'sum(x, over: D)' is then [B, 1]\n"});
  expect_parts(told("fn f(x: f32[B, D]) -> f32[B, D] {\n  s = mean(x, over: D)\n  x - s\n}\n"),
               {"s: f32[B], from 'mean(x, over: D)' at line 2\n",
                "help: add 'keep: true' to the reduction: 's' is then [B, 1]\n"});
}

TEST(LikelyFixes, SqueezeAndFlatten) {
  expect_parts(told("fn f(x: f32[B, 1], y: f32[B]) = x - y\n"), {"error[E0311]", "help: squeeze(x)\n"});
  expect_parts(told("fn f(x: f32[B, ..S]) -> f32[B, size(S)] = x\n"), {"error[E0332]", "help: x |> flatten\n"});
  expect_parts(told("fn f(x: f32[B]) -> f32[B, 1] = x\n"), {"help: reshape(x, [B, 1])\n"});
  expect_parts(told("fn f(x: f32[B, 1, T, U, 1]) -> f32[B, T, U] = x |> squeeze\n"),
               {"declared as f32[B, T, U], but this is f32[B, 1, T, U]", "help: reshape(x |> squeeze, [B, T, U])\n"});
  const std::string rows = "fn rows(x: f32[B, D]) -> f32[B, D] = x\n";
  expect_parts(told(rows + "fn f(x: f32[B, 3, 4]) = rows(x)\n"), {"error[E0331]", "help: x |> flatten\n"});
  expect_parts(told(rows + "fn f(x: f32[B, 3, 1]) = rows(x)\n"), {"error[E0331]", "help: x |> squeeze\n"});
}

}  // namespace
}  // namespace nnc
