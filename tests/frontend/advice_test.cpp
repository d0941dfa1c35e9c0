// What newcomers are advised to write works: what they wrote is told with the advice, and with it in its place the
// program gets no remark at all.

#include <gtest/gtest.h>

#include "tests/frontend/programs.h"

namespace nnc {
namespace {

/// A program that is right; `wrong` stands in the place of its `right`, and the help then holds `advice`.
struct Advice {
  std::string program, right, wrong, advice;
};

std::string with(std::string program, const std::string& there, const std::string& instead) {
  const size_t at = program.find(there);
  EXPECT_NE(at, std::string::npos) << there << " is not in\n" << program;
  if (at != std::string::npos) program.replace(at, there.size(), instead);
  return program;
}

/// Every diagnostic, of the program bound to likely data too.
std::string answers(const std::string& program) {
  testing::CheckedText checked = testing::check_text(program);
  testing::bind_text(checked);
  return checked.rendered();
}

void expect_advice(const std::vector<Advice>& all) {
  for (const Advice& one : all) {
    SCOPED_TRACE(one.wrong);
    EXPECT_EQ(answers(one.program), "") << one.program;
    const std::string told = answers(with(one.program, one.right, one.wrong));
    const size_t help = told.find(" help: ");
    ASSERT_NE(help, std::string::npos) << told;
    EXPECT_NE(told.find(one.advice, help), std::string::npos) << one.advice << "\n" << told;
  }
}

const std::string kProgram = R"(data d = table {
  x: f32[2] = [[0, 0], [0, 1], [1, 1]]
  y: class(3) = [0, 1, 2]
}
model net(x: f32[B, 2]) -> logit[B, 3] = x |> dense(8) |> relu |> dense(3)
train {
  data = d
  batch = 3
  shuffle = false
  loss = cross_entropy(net(x), y)
  optimizer = sgd(lr: 0.01)
}
expect train.loss < 1
)";

TEST(Advice, OfANetworkWorks) {
  const std::string squares = with(kProgram, "cross_entropy(net(x), y)", "mse(net(x), one_hot(y))");
  const std::string shares = with(squares, "-> logit[B, 3] = x |> dense(8) |> relu |> dense(3)",
                                  "-> prob[B, 3] = x |> dense(3) |> logit |> softmax");
  expect_advice({
      {kProgram, "cross_entropy(net(x), y)", "cross_entropy(y, net(x))",
       "the other way round: cross_entropy(net(x), y)"},
      {kProgram, "dense(3)", "dense(4)", "dense(3)"},
      {kProgram, "[B, 3] = x |> dense(8) |> relu |> dense(3)", "[B, 4] = x |> dense(8) |> relu |> dense(4)",
       "-> logit[B, 3] and dense(3) in 'net'"},
      {squares, "[B, 3] = x |> dense(8) |> relu |> dense(3)", "[B, 4] = x |> dense(8) |> relu |> dense(4)",
       "-> logit[B, 3] and dense(3) in 'net'"},
      {squares, "one_hot(y)", "y", "one_hot(y)"},
      {shares, "|> logit |> softmax", "|> softmax", "|> logit |> softmax"},
      {kProgram, "|> relu |>", "|> relu() |>", "x |> relu without brackets"},
      {kProgram, "|> relu |>", "|> ReLU |>", "'relu'"},
      {kProgram, "dense(8) |>", "dense(2, 8) |>", "dense(8): the size of the input"},
      {kProgram, "dense(8) |> relu |>", "dense(8, activation: relu) |>", "|> relu"},
      {kProgram, "dense(8)", "dense(units: 8)", "'out'"},
      {kProgram, "dense(8)", "Linear(8)", "'dense'"},
      {kProgram, "f32[B, 2]) -> logit[B, 3]", "f32[2]) -> logit[3]", "x: f32[B, 2]"},
      {kProgram, "x: f32[B, 2])", "x: f32[-1, 2])", "B"},
  });
}

TEST(Advice, OfDataAndTrainingWorks) {
  expect_advice({
      {kProgram, "[[0, 0], [0, 1], [1, 1]]", "[(0, 0), [0, 1], [1, 1]]", "[0, 0]"},
      {kProgram, "[0, 1, 2]", "[1, 2, 3]", "count from 0"},
      {kProgram, "class(3) = [0, 1, 2]", "class(3) = [0, 1, 2],", "leave the ',' out"},
      {kProgram, "batch = 3", "batch_size = 3", "'batch'"},
      {kProgram, "data = d\n  batch", "data = d, batch", "a setting ends with its line"},
      {kProgram, "train {", "train = {", "train {"},
      {kProgram, "data = d", "data = e", "'d'"},
      {kProgram, "optimizer = sgd(lr: 0.01)", "lr = 0.01", "optimizer = sgd(lr: 0.01)"},
      {kProgram, "sgd(lr: 0.01)", "\"sgd\"", "without quotes: adam(1e-3)"},
      {kProgram, "sgd(lr: 0.01)", "sgd(lr=0.01)", "lr: 0.01"},
      {kProgram, "sgd(lr: 0.01)", "sgd(learning_rate: 0.01)", "'lr'"},
      {kProgram, "false", "False", "'false'"},
      {kProgram, "expect train.loss", "expect loss", "train.loss"},
      {"option n: int = 4\nfn f(x: f32[B, n]) = x\n", "option n: int = 4", "option n = 4", "option n: int = 4"},
      {"export fn predict(x: f32) -> f32 = x\n", "export fn predict(", "export predict(", "export fn predict("},
  });
}

TEST(Advice, OfValuesWorks) {
  expect_advice({
      {"fn f(x: f32[B, 3]) = sum(x, over: 1)\n", "sum(x, over: 1)", "sum(x, 1)", "sum(x, over: 1)"},
      {"fn f(x: f32[B, 3]) = mean(x, over: 1)\n", "over: 1", "axis: 1", "over: 1"},
      {"fn f(x: f32[B, 3], w: f32[3, 2]) = x @ w\n", "x @ w", "x * w", "x @ w"},
      {"fn f(x: f32[B, 3]) = mean(x)\n", "mean(x)", "x.mean()", "mean(x)"},
      {"fn f(x: f32[B, 3]) = transpose(x)\n", "transpose(x)", "x.T", "transpose(x)"},
      {"fn f(x: f32[B, 3]) = x[.., 2]\n", "[.., 2]", "[.., -1]", "the last one is: 2"},
      {"fn f(x: f32[B, 3]) -> prob[B, 3] = softmax(logit(x))\n", "logit(x)", "x", "softmax(logit(x))"},
      {"fn f(x: f32[B, 3]) = i32(x)\n", "i32(x)", "class(x)", "i32(x)"},
      {"fn f(x: f32[B, 3]) = argmax(x)\n", "argmax(x)", "class(x)", "argmax(x)"},
      {"fn f(x: f32) = x\n", "x: f32", "x: f32 = None", "leave out what has a default"},
      {"fn f(x: f32[B], k: i32[B]) = x * f32(k)\n", "i32", "i64", "i32"},
      {"fn f(x: f32[B]) = x\n", "f32", "float", "f32"},
  });
}

TEST(Advice, OfSpellingAndSignsWorks) {
  expect_advice({
      {"fn f(x: f32[B]) = x * 2\n", "*", "×", "*"},
      {"fn f(x: f32[B]) = x - 2\n", "-", "−", "-"},
      {"fn f(x: f32[B]) = where(x <= 2, x, 0)\n", "<=", "≤", "<="},
      {"fn f(x: f32[B]) = where(x == 2, x, 0)\n", "x == 2", "x = 2", "x == 2"},
      {"fn f(x: f32[B]) = where(x != 2, x, 0)\n", "!=", "<>", "!="},
      {"fn f(x: f32[B]) {\n  y = x\n  y\n}\n", "y =", "y :=", "="},
      {"fn f(x: f32[B]) {\n  y = x\n  y\n}\n", "y =", "let y =", "y = "},
      {"fn f(x: f32[B]) = x ^ 2\n", "^", "**", "^"},
      {"fn f(x: f32[B]) = where(x > 0, x, 2)\n", "where(x > 0, x, 2)", "x if x > 0 else 2", "where(x > 0, a, b)"},
      {"fn f(x: f32) = x\n", "x: f32", "float x", "x: f32"},
      {"fn f(x: f32) = x\n", "=", "=>", "'='"},
      {"fn f(x: f32) = x\n", "= x", ": x", "the value stands behind '='"},
      {"fn f(x: f32) {\n  x\n}\n", "{\n  x\n}", ":\n  x", "braces: { … }"},
      {"fn f(x: f32[B, 3]) = x[.., 0]\n", "[.., 0]", "[:, 0]", ".."},
      {"fn f(x: f32[B, 3]) = x[.., 0..3]\n", "0..3", "0:3", "0..3"},
      {"fn f(x: f32) = x * 1.5\n", "1.5", "1,5", "1.5"},
      {"fn f(x: f32) = x * 1000\n", "1000", "1_000", "1000"},
      {"fn f(x: f32) = 2 * x\n", "2 * x", "2x", "2 * x"},
      {"fn f(x: f32) = 0.5 * x\n", "0.5", "0.5f", "0.5"},
      {"fn f(x: f32) = x * 0.5\n", "0.5", ".5", "0.5"},
      {"fn f(x: f32) = abs(x)\n", "abs(x)", "|x|", "abs(x)"},
      {"fn f(x: f32) = x\n", "fn", "def", "'fn'"},
      {"fn f(k: string = \"rooms\")(x: f32) = x\n", "\"rooms\"", "'rooms'", "\"rooms\""},
      {"fn f(k: string = \"rooms\")(x: f32) = x\n", "\"rooms\"", "“rooms”", "double quotes: \""},
  });
}

}  // namespace
}  // namespace nnc
