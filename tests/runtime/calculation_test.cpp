// Functions of a file by name: results, gradients by name, what is refused.
#include "runtime/explain/calculation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "runtime/io/literal.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

constexpr const char* kApples =
    "fn bill(price: f32 = 100, count: f32 = 2, tax: f32 = 1.1) -> f32 = price * count * tax\n";

OpenCalculation open(const std::string& file, const std::string& function,
                     const std::map<std::string, std::string>& given = {}, bool loss = false) {
  SessionOptions options;
  options.file = file;
  options.overrides.precision = Element::f64;
  options.overrides.options = given;
  CalculationRequest request;
  request.function = function;
  return open_calculation(options, request, loss);
}

/// What `nnc run FILE FUNCTION` prints of the first result, in f64.
std::string first_result(const std::string& source, const std::string& function,
                         const std::map<std::string, std::string>& given = {}) {
  TempFolder folder;
  OpenCalculation opened = open(folder.write("a.nn", source), function, given);
  return literal_text(evaluate(calculation(*opened.session, opened.request)).at(0).second);
}

TEST(Calculation, DefaultsAndGivenArguments) {
  EXPECT_EQ(first_result(kApples, ""), "220.00000000000003");
  EXPECT_EQ(first_result(kApples, "bill", {{"tax", "1.25"}, {"count", "3"}}), "375");
}

TEST(Calculation, GradientsByTheNameOfAnArgument) {
  TempFolder folder;
  OpenCalculation opened = open(folder.write("a.nn", kApples), "bill");
  Calculation bill = calculation(*opened.session, opened.request);
  Backpropagation backward(bill);
  EXPECT_DOUBLE_EQ(backward.value("").number(0), 220);
  EXPECT_DOUBLE_EQ(backward.gradient("price").number(0), 2.2);
  EXPECT_DOUBLE_EQ(backward.gradient("count").number(0), 110);
  EXPECT_DOUBLE_EQ(backward.gradient("tax").number(0), 200);
}

TEST(Calculation, WhereBothSidesOfAKinkAgreeTheSlopeIsTheirs) {
  TempFolder folder;
  std::string units = "fn smooth(x: f32 = 0) -> f32 = elu(1.0)(x)\nfn bent(x: f32 = 0) -> f32 = elu(0.5)(x)\n";
  for (auto [function, slope] : {std::pair{"smooth", 1.0}, std::pair{"bent", 0.5}}) {
    OpenCalculation opened = open(folder.write("a.nn", units), function);
    Calculation unit = calculation(*opened.session, opened.request);
    EXPECT_EQ(Backpropagation(unit).gradient("x").number(0), slope) << function;
  }
}

TEST(Calculation, AxesAreBoundFromTheArguments) {
  std::string affine = "fn affine(x: f32[B, I], w: f32[I, O], b: f32[O]) -> f32[B, O] = x @ w + b\n";
  EXPECT_EQ(first_result(affine, "affine", {{"x", "[[1, 2]]"}, {"w", "[[1, 2, 3], [4, 5, 6]]"}, {"b", "[1, 0, -1]"}}),
            "[[10, 12, 14]]");
  TempFolder folder;
  OpenCalculation opened = open(folder.write("a.nn", affine), "affine",
                                {{"x", "[[1, 2]]"}, {"w", "[[1, 2, 3], [4, 5, 6], [7, 8, 9]]"}, {"b", "[1, 0, -1]"}});
  Thrown thrown = thrown_by([&] { calculation(*opened.session, opened.request); });
  EXPECT_EQ(thrown.code, ExitCode::wrong_program);
  EXPECT_TRUE(thrown.contains("'affine' wants w: f32[I, O], but this is f32[3, 3]: axis 0 is 3 and should be 2"))
      << thrown.message;
}

TEST(Calculation, SettingsChoicesLabelsAndTuples) {
  EXPECT_EQ(first_result("fn scaled(by: f32 = 2)(x: f32[..S]) -> f32[..S] = by * x\n", "scaled",
                         {{"by", "3"}, {"x", "[1, 2]"}}),
            "[3, 6]");
  std::string turned = "fn turned(way: {left, right} = left)(x: f32) -> f32 = if way == left { x } else { -x }\n";
  EXPECT_EQ(first_result(turned, "", {{"way", "right"}, {"x", "4"}}), "-4");
  TempFolder folder;
  OpenCalculation opened = open(folder.write("t.nn", turned), "", {{"way", "rihgt"}, {"x", "4"}});
  EXPECT_TRUE(thrown_by([&] { calculation(*opened.session, opened.request); }).contains("did you mean 'right'?"));
  std::string loss = "fn loss(x: logit[B, K], t: class(K)[B]) -> f32 = cross_entropy(x, t)\n";
  EXPECT_EQ(first_result(loss, "", {{"x", "[[0, 0]]"}, {"t", "[1]"}}), "0.6931471805599453");
  opened = open(folder.write("l.nn", loss), "", {{"x", "[[0, 0]]"}, {"t", "[2]"}});
  EXPECT_TRUE(thrown_by([&] { calculation(*opened.session, opened.request); }).contains("a class, 0 to 1"));
}

TEST(Calculation, PartsOfATupleKeepTheirNames) {
  TempFolder folder;
  std::string file = folder.write("a.nn", "fn both(a: f32 = 2, b: f32 = 3) {\n  s = a + b\n  p = a * b\n  (s, p)\n}\n");
  OpenCalculation opened = open(file, "both");
  auto results = evaluate(calculation(*opened.session, opened.request));
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].first, "s");
  EXPECT_EQ(results[1].first, "p");
  EXPECT_EQ(results[0].second.number(0), 5);
  EXPECT_EQ(results[1].second.number(0), 6);
}

TEST(Calculation, AMissingArgumentIsNamedWithAnExample) {
  TempFolder folder;
  OpenCalculation opened = open(folder.write("a.nn", "fn double(x: f32) -> f32 = 2 * x\n"), "double");
  Thrown thrown = thrown_by([&] { calculation(*opened.session, opened.request); });
  EXPECT_EQ(thrown.code, ExitCode::wrong_program);
  EXPECT_TRUE(thrown.contains("'double' needs 'x'")) << thrown.message;
  EXPECT_TRUE(thrown.contains("--x VALUE")) << thrown.message;
}

// A layer stands in the library: it is named by its path, and the place is where the model applies it.
TEST(Calculation, AMissingArgumentOfALayerIsNamedWhereItIsApplied) {
  TempFolder folder;
  const std::string file =
      folder.write("net.nn",
                   "data d = table { x: f32[2] = [[0, 1], [1, 0]]\n  y: f32 = [1, 2] }\n"
                   "model net(x: f32[B, 2]) -> f32[B] = x |> dense(3) |> relu |> dense(1) |> squeeze\n"
                   "train { data = d; batch = 2; epochs = 1\n  loss = mse(net(x), y) }\n");
  for (const std::string layer : {"net.dense_0", "net.dense_1"}) {
    OpenCalculation opened = open(file, layer);
    Thrown thrown = thrown_by([&] { calculation(*opened.session, opened.request); });
    EXPECT_EQ(thrown.code, ExitCode::wrong_program);
    EXPECT_TRUE(thrown.contains(":3:37: error[E0324]: '" + layer + "' needs 'x'")) << thrown.message;
    EXPECT_TRUE(thrown.contains("--x VALUE")) << thrown.message;
    opened = open(file, layer, {{"x", "[[1, 2, 3, 4]]"}});
    thrown = thrown_by([&] { calculation(*opened.session, opened.request); });
    EXPECT_TRUE(thrown.contains(":3:37: ")) << "of a shape that does not fit, too: " << thrown.message;
  }
}

TEST(Calculation, MisspeltNamesAreUsageErrorsWithTheLikelyOne) {
  TempFolder folder;
  std::string file = folder.write("a.nn", kApples);
  Thrown function = thrown_by([&] { open(file, "bil"); });
  EXPECT_EQ(function.code, ExitCode::wrong_command);
  EXPECT_TRUE(function.contains("did you mean 'bill'?")) << function.message;
  Thrown argument = thrown_by([&] { open(file, "bill", {{"cuont", "1"}}); });
  EXPECT_EQ(argument.code, ExitCode::wrong_command);
  EXPECT_TRUE(argument.contains("did you mean '--count'?")) << argument.message;
}

TEST(Calculation, TheLossOnASampleWithTheStartWeights) {
  OpenCalculation opened = open(NNC_SOURCE_DIR "/examples/xor.nn", "", {{"hidden", "3"}}, true);
  opened.request.sample = 3;
  Calculation loss = calculation(*opened.session, opened.request);
  Backpropagation backward(loss);
  EXPECT_EQ(backward.value("x").numbers(), (std::vector<double>{1, 1}));
  EXPECT_EQ(backward.value("net.W1").count(), 6);
  // d(p − y)²/db2 is 2 (p − y) p (1 − p), with y = 0.
  double p = std::sqrt(backward.value("").number(0));
  EXPECT_NEAR(backward.gradient("net.b2").number(0), 2 * p * p * (1 - p), 1e-15);
  opened.request.sample = 4;
  EXPECT_TRUE(thrown_by([&] { calculation(*opened.session, opened.request); }).contains("numbered 0 to 3"));
}

TEST(Literal, NumbersListsAndWhatTheyAreNot) {
  EXPECT_EQ(parse_literal("x", " -2.5e1 ").values, (std::vector<double>{-25}));
  GivenArgument matrix = parse_literal("x", "[[1, 2, 3],[4,5,6]]");
  EXPECT_EQ(matrix.shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(matrix.values, (std::vector<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(parse_literal("way", "left").word, "left");
  EXPECT_EQ(parse_literal("on", "true").values, (std::vector<double>{1}));
  for (const char* wrong : {"", "[", "[]", "[1, 2", "[1, 2]]", "[[1], [2, 3]]", "[[1], 2]", "[1, [2]]", "1x", "1,5",
                            "[1 2]", "[1,]", "[,1]", "1e999", "[a]", "--", "[[[[[[[[[1]]]]]]]]]"}) {
    Thrown thrown = thrown_by([&] { parse_literal("x", wrong); });
    EXPECT_EQ(thrown.code, ExitCode::wrong_command) << wrong << thrown.message;
  }
}

TEST(Literal, TextReadsBackToTheSameValues) {
  Tensor tensor{Type(Element::f32, {2, 2}), {0.1F, -0.0, 1e30F, 3}};
  EXPECT_EQ(literal_text(tensor), "[[0.1, -0], [1e+30, 3]]");
  EXPECT_EQ(literal_text({Type(Element::f64, {}), {0.1F}}), "0.10000000149011612");
  EXPECT_EQ(literal_text({Type(Element::boolean, {2}), {1, 0}}), "[true, false]");
}

}  // namespace
}  // namespace nnc
