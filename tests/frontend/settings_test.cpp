// Settings that are true or false, and strings: in definitions, from options, and compared.

#include <gtest/gtest.h>

#include "ir/interpret/interpret_graph.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

using testing::bind_text;
using testing::check_text;
using testing::CheckedText;

/// The value of `fn f(x: f32[B]) = body` at one row that holds 3.
double value_of(const std::string& definitions, const std::string& body, const Overrides& overrides = {}) {
  CheckedText program = check_text(definitions + "\nfn f(x: f32[B]) = " + body + "\n", overrides);
  Bound bound = bind_text(program);
  if (bound == nullptr) {
    ADD_FAILURE() << program.rendered();
    return 0;
  }
  Tensor input{Type(Element::f32, {1}), {3}};
  return interpret(lower_function(*bound, "f"), {{"argument.x", input}}, 1).at("value").number(0);
}

const std::string kTwice = R"(
fn g(twice: bool = true, minus: bool = not twice)(x: f32[B]) -> f32[B] {
  h = if twice { 2 * x } else { x }
  if minus { -h } else { h }
})";

TEST(BoolSettings, ChooseAtTheirDefaultAndAsGiven) {
  EXPECT_EQ(value_of(kTwice, "x |> g"), 6);
  EXPECT_EQ(value_of(kTwice, "x |> g(false)"), -3);
  EXPECT_EQ(value_of(kTwice, "x |> g(false, false)"), 3);
  EXPECT_EQ(value_of(kTwice, "g(x, minus: true)"), -6);
  EXPECT_EQ(value_of(kTwice, "x |> g(3 > 4 or not true)"), -3);
}

TEST(BoolSettings, TakeAnOption) {
  const std::string option = "option deep: bool = true\n";
  Overrides overrides;
  overrides.options = {{"deep", "false"}};
  EXPECT_EQ(value_of(option + kTwice, "x |> g(deep)"), 6);
  EXPECT_EQ(value_of(option + kTwice, "x |> g(deep)", overrides), -3);
  EXPECT_EQ(value_of(option + kTwice, "x |> g(deep == false)", overrides), 6);
  EXPECT_EQ(value_of(option, "where(deep, x, 2 * x)", overrides), 6);
}

TEST(BoolSettings, TakeWhatAnOuterDefinitionWasGiven) {
  const std::string outer = kTwice + R"(
fn o(pad: {same, valid} = same, b: bool = false)(x: f32[B]) -> f32[B] = x |> g(pad == same or b))";
  EXPECT_EQ(value_of(outer, "x |> o"), 6);
  EXPECT_EQ(value_of(outer, "x |> o(valid)"), -3);
  EXPECT_EQ(value_of(outer, "x |> o(valid, true)"), 6);
}

TEST(BoolSettings, ChooseInAnOptimizerAndAMetric) {
  CheckedText text = check_text(R"(
option steep: bool = true
optimizer mine(rate: f32 = 0.5, steep: bool = false)(w, g) {
  next w = if steep { w - 2 * rate * g } else { w - rate * g }
}
metric off(squared: bool = false)(p: f32[B], t: f32[B]) {
  total e = if squared { sum((p - t)^2) } else { sum(abs(p - t)) }
  e / 2
}
data d = table { x: f32[2] = [[0, 1], [1, 2]]; y: f32 = [1, 2] }
model net(x: f32[B, 2]) -> f32[B] = x |> dense(1) |> squeeze
train {
  data = d
  loss = mse(net(x), y)
  metrics = {a: off(net(x), y), b: off(true)(net(x), y), c: off(squared: steep, net(x), y)}
  optimizer = mine(0.1, steep)
})");
  Bound bound = bind_text(text);
  ASSERT_NE(bound, nullptr) << text.rendered();
  EXPECT_EQ(text.rendered(), "");
  training_graph(*bound);
  evaluation_graph(*bound);
}

TEST(ChoiceSettings, ApplyTheFunctionOfTheirWord) {
  const std::string bent = R"(
option act: {relu, tanh} = relu
fn g(act: {relu, tanh} = tanh)(x: f32[B]) -> f32[B] = if act == relu { 2 * x } else { x - 3 |> act })";
  EXPECT_EQ(value_of(bent, "x |> g"), 0);
  EXPECT_EQ(value_of(bent, "x |> g(act)"), 6);
  CheckedText wrong = check_text("fn g(pad: {same, valid} = same)(x: f32[B]) -> f32[B] = x |> pad\n");
  EXPECT_NE(wrong.rendered().find("a choice can't be called"), std::string::npos) << wrong.rendered();
}

TEST(StartValues, HaveTheFloatOfTheirParameter) {
  CheckedText text = check_text(R"(
data d = table { x: f64[4] = [[1, 2, 3, 4]]; y: f64[1] = [[1]] }
model net(x: f64[B, 4]) -> f64[B, 1] {
  param W: f64[4, 2] = glorot
  param V: f64[4, 2] = he
  param U: f64[4, 2] = normal(0.1)
  param T: f64[4, 2] = uniform(-1, 1)
  param a: f64[2] = ones
  param b: f64[2] = 0.25
  x @ (W + V + U + T) + a + b |> dense(1)
}
train { data = d; loss = mse(net(x), y); optimizer = adam }
)");
  Bound bound = bind_text(text);
  ASSERT_NE(bound, nullptr) << text.rendered();
  Graph initial = initial_graph(*bound);
  EXPECT_EQ(initial.results.size(), 24U);  // eight of the net, and adam's two states of each
  for (const Result& result : initial.results) EXPECT_EQ(initial.type(result.node).element, Element::f64);
}

TEST(StringSettings, AreComparedWithLiteralsOptionsAndEachOther) {
  const std::string option = "option who: string = \"a\"\n";
  Overrides overrides;
  overrides.options = {{"who", "b"}};
  const std::string named = R"(
fn g(name: string = "a", other: string = "a")(x: f32[B]) -> f32[B] {
  h = if name == "b" { 2 * x } else { x }
  if name != other { -h } else { h }
})";
  EXPECT_EQ(value_of(named, "x |> g"), 3);
  EXPECT_EQ(value_of(named, "x |> g(\"b\", \"b\")"), 6);
  EXPECT_EQ(value_of(option + named, "x |> g(who)"), 3);
  EXPECT_EQ(value_of(option + named, "x |> g(who)", overrides), -6);
  EXPECT_EQ(value_of(option, "if who == \"b\" { x } else { 5 * x }", overrides), 3);
}

TEST(StringSettings, NameAColumn) {
  const std::string text = R"(
option goal: string = "medv"
option from: string = "crim"
data d = csv("d.csv") {
  x: f32[13] = standardize(columns(from.."lstat"))
  y: f32 = column(goal)
})";
  Overrides overrides;
  overrides.options = {{"goal", "tax"}};
  CheckedText program = check_text(text, overrides);
  ASSERT_NE(program.program, nullptr) << program.rendered();
  std::vector<RawSource> sources = data_declarations(*program.program).at(0).sources;
  ASSERT_EQ(sources.size(), 2U);
  EXPECT_EQ(sources[0].columns, (std::vector<std::string>{"crim", "lstat"}));
  EXPECT_EQ(sources[1].columns, (std::vector<std::string>{"tax"}));
  EXPECT_NE(bind_text(program), nullptr) << program.rendered();
}

}  // namespace
}  // namespace nnc
