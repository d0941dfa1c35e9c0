// `scan`: what it lowers to, interpreted, against loops written out here.

#include <gtest/gtest.h>

#include <cmath>

#include "frontend/syntax/dump_ast.h"
#include "ir/interpret/interpret_graph.h"
#include "ir/verify/verify.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

using testing::bind_text;
using testing::check_text;
using testing::CheckedText;

/// The value of the file's `fn g(x)`, computed in doubles.
std::vector<double> value_of(const std::string& text, const Shape& shape, const std::vector<double>& x) {
  Overrides overrides;
  overrides.precision = Element::f64;
  std::string sizes = "B";
  for (size_t axis = 1; axis < shape.size(); ++axis) sizes += ", " + std::to_string(shape[axis].count);
  const auto graph = testing::function_graph(text + "\nfn f(x: f32[" + sizes + "]) = g(x)\n", "f", overrides);
  if (!graph) return {};
  return interpret(*graph, {{"argument.x", Tensor{Type(Element::f64, shape), x}}}, shape[0].count)
      .at("value")
      .numbers();
}

void expect_near(const std::vector<double>& found, const std::vector<double>& wanted) {
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 1e-12) << i;
}

const std::vector<double> kX{1, 2, 3, 4, -1, 0.5, 0.25, -2};

TEST(Scan, RunsForwardsAndBackwards) {
  auto sums = [](const std::string& along) {
    return "fn g(x: f32[B, T]) -> f32[B, T] {\n  scan s: f32[B] = 0 for xt in x along " + along +
           " { next s = s + xt }\n}\n";
  };
  expect_near(value_of(sums("T"), {2, 4}, kX), {1, 3, 6, 10, -1, -0.5, -0.25, -2.25});
  expect_near(value_of(sums("1"), {2, 4}, kX), {1, 3, 6, 10, -1, -0.5, -0.25, -2.25});
  expect_near(value_of(sums("-T"), {2, 4}, kX), {10, 9, 7, 4, -2.25, -1.25, -1.75, -2});
}

TEST(Scan, ReadsStatesAsTheyWereBeforeTheStep) {
  expect_near(value_of(R"(
fn g(x: f32[B, T]) -> f32[B, T] {
  scan a: f32[B] = 0, b: f32[B] = 1 for xt in x along T {
    next b = a
    next a = b + xt
  }
})",
                       {2, 4}, kX),
              {2, 2, 5, 6, 0, 0.5, 0.25, -1.5});
}

TEST(Scan, TakesSeveralSequencesAndStartsFromATensor) {
  expect_near(value_of(R"(
fn g(x: f32[B, T]) -> f32[B, T] {
  y = 2 * x
  scan s: f32[B] = x[.., 0] for xt in x, yt in y along T { next s = s + xt * yt }
})",
                       {2, 4}, kX),
              {3, 11, 29, 61, 1, 1.5, 1.625, 9.625});
}

/// The axis of steps stands where it stood in the sequence.
TEST(Scan, PutsTheStepsWhereTheyWere) {
  const std::string text = R"(
fn g(x: f32[B, T, I]) -> f32[B, T, I] {
  scan s: f32[B, I] = 0 for xt in x along T { next s = s + xt }
})";
  expect_near(value_of(text, {2, 2, 2}, kX), {1, 2, 4, 6, -1, 0.5, -0.75, -1.5});
}

TEST(Scan, StandsInAScan) {
  expect_near(value_of(R"(
fn inner(x: f32[B, U], start: f32[B]) -> f32[B] {
  scanned = run(x, start)
  scanned[.., 1]
}
fn run(x: f32[B, U], start: f32[B]) -> f32[B, U] {
  scan r: f32[B] = start for xu in x along U { next r = 0.5 * r + xu }
}
fn g(x: f32[B, T, U]) -> f32[B, T] {
  scan s: f32[B] = 0 for xt in x along T { next s = inner(xt, s) }
})",
                       {2, 2, 2}, kX),
              {2.5, 6.125, 0, -1.875});
}

TEST(Scan, HasOneInstanceOfEachLayer) {
  CheckedText program = check_text(R"(
data d = table { x: f32[3, 2] = [[1, 2, 3, 4, 5, 6]]; y: f32[3, 2] = [[1, 2, 3, 4, 5, 6]] }
layer steps(x: f32[B, T, I]) -> f32[B, T, I] {
  scan h: f32[B, I] = 0 for xt in x along T {
    param u: f32[I] = ones
    next h = tanh(xt * u + (h |> dense(I)))
  }
}
model net(x: f32[B, 3, 2]) -> f32[B, 3, 2] = x |> steps
train { data = d; loss = mse(net(x), y) }
)");
  Bound bound = bind_text(program);
  ASSERT_NE(bound, nullptr) << program.rendered();
  std::vector<std::string> paths;
  const Graph& graph = training_graph(*bound);
  verify(graph);
  for (const Result& result : graph.results) {
    if (result.kind == ResultKind::update) paths.push_back(result.name);
  }
  EXPECT_EQ(paths, (std::vector<std::string>{"net.steps_0.u", "net.steps_0.dense_0.W", "net.steps_0.dense_0.b"}));
}

TEST(Scan, IsShownInTheSyntaxTree) {
  SourceFile source("t.nn", R"(fn f(x: f32[B, T]) {
  scan s: f32[B] = 0 for xt in x along -T { next s = s + xt }
}
)");
  Diagnostics diagnostics;
  const std::string text = dump_ast(parse(source, diagnostics), source, false);
  EXPECT_NE(text.find("scan\n      state s: f32[B]\n        number 0\n      element xt\n        name x\n      along -\n"
                      "        name T\n      next s\n"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace nnc
