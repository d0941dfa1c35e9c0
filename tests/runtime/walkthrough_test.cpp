// What `nnc explain` says of a calculation: formulas, values, gradients, local derivatives, the picture.
#include "runtime/explain/walkthrough.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "runtime/explain/picture.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

Walkthrough walk(const std::string& source, bool expand = false, const std::string& precision = "f64") {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("a.nn", source);
  if (precision == "f64") options.overrides.precision = Element::f64;
  OpenCalculation open = open_calculation(options, {}, true);
  return walk_through(calculation(*open.session, open.request), "a.nn", expand);
}

const WalkedValue& named(const Walkthrough& walk, const std::string& name) {
  for (const WalkedValue& value : walk.values) {
    if (value.name == name) return value;
  }
  ADD_FAILURE() << "nothing is called " << name << "\n" << walkthrough_table(walk);
  return walk.values.front();
}

bool has(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

constexpr const char* kApples =
    "fn bill(price: f32 = 100, count: f32 = 2, tax: f32 = 1.1) -> f32 = price * count * tax\n";

TEST(Walkthrough, EveryValueStandsWithFormulaGradientAndLine) {
  Walkthrough apples = walk(kApples, false, "f32");
  ASSERT_EQ(apples.values.size(), 5U);
  const WalkedValue& product = named(apples, "#1");
  EXPECT_EQ(product.formula, "price * count");
  EXPECT_EQ(product.value.numbers(), (std::vector<double>{200}));
  EXPECT_EQ(product.local, (std::vector<double>{2, 100}));
  EXPECT_EQ(product.origin.line, 1);
  EXPECT_EQ(named(apples, "bill").formula, "#1 * tax");
  EXPECT_FLOAT_EQ(static_cast<float>(named(apples, "price").gradient->number(0)), 2.2F);
  std::string text = walkthrough_table(apples);
  for (const char* expected : {"a.nn: bill = 220", "price * count", "×2 to price, ×100 to count", "swaps its inputs",
                               "What changes bill, and by how much", "bill grows by 200 for each 1"}) {
    EXPECT_TRUE(has(text, expected)) << expected << "\n" << text;
  }
}

TEST(Walkthrough, ALocalDerivativeInWordsForEachNodeOfTheLectures) {
  struct Case {
    const char *body, *words;
    double slope;
  };
  for (const Case& each :
       {Case{"x + 3", "passes the gradient on to both", 1}, Case{"x * 3", "swaps its inputs", 3},
        Case{"max(x, 1)", "routes the gradient to the larger", 1},
        Case{"max(x, 5)", "routes the gradient to the larger", 0},
        Case{"exp(x)", "times its own value", 7.38905609893065}, Case{"1 / x", "1/x: times -1/x²", -0.25},
        Case{"x^2", "here one value is both and gets both", 4}}) {
    Walkthrough one = walk(std::string("fn f(x: f32 = 2) -> f32 = ") + each.body + "\n");
    ASSERT_EQ(one.values.size(), 2U) << each.body;
    EXPECT_TRUE(has(one.values[1].words, each.words)) << each.body << ": " << one.values[1].words;
    ASSERT_EQ(one.values[1].local.size(), 1U) << each.body;
    EXPECT_NEAR(one.values[1].local[0], each.slope, 1e-14) << each.body;
    EXPECT_NEAR(one.values[0].gradient->number(0), each.slope, 1e-14) << each.body;
  }
}

TEST(Walkthrough, TheNeuronOfTheLectures) {
  Walkthrough neuron = walk(
      "fn neuron(w0: f32 = 2, x0: f32 = -1, w1: f32 = -3, x1: f32 = -2, w2: f32 = -3) -> f32 =\n"
      "  sigmoid(w0 * x0 + w1 * x1 + w2)\n");
  EXPECT_NEAR(named(neuron, "neuron").value.number(0), 0.73105858, 5e-9);
  for (auto [name, slope] : {std::pair{"w0", -0.19661193}, std::pair{"x0", 0.39322387}, std::pair{"w1", -0.39322387},
                             std::pair{"x1", -0.58983580}, std::pair{"w2", 0.19661193}}) {
    EXPECT_NEAR(named(neuron, name).gradient->number(0), slope, 5e-9) << name;
  }
}

TEST(Walkthrough, ALibraryFunctionIsOneValueUntilItIsExpanded) {
  std::string source =
      "fn pair(a: f32 = 1, b: f32 = -2) -> f32 {\n  r = leaky_relu(a * b)\n  s = relu(a)\n  r + s\n}\n";
  Walkthrough folded = walk(source);
  EXPECT_EQ(named(folded, "r").formula, "leaky_relu(#1)");
  EXPECT_TRUE(has(named(folded, "r").words, "--expand"));
  EXPECT_EQ(named(folded, "s").formula, "relu(a)");
  Walkthrough expanded = walk(source, true);
  EXPECT_GT(expanded.values.size(), folded.values.size());
  EXPECT_TRUE(has(walkthrough_table(expanded), "where(")) << walkthrough_table(expanded);
  EXPECT_EQ(*named(folded, "a").gradient, *named(expanded, "a").gradient);
}

TEST(Walkthrough, LayersOfOneChainAreValuesOfTheirOwn) {
  Walkthrough chain = walk(
      "model net(x: f32[B, 2]) -> f32[B, 1] = x |> dense(3) |> relu |> dense(2) |> relu |> dense(1)\n"
      "data d = table { x: f32[2] = [[1, 2]]\n y: f32[1] = [[1]] }\n"
      "train { data = d; batch = 1; epochs = 1; loss = mse(net(x), y) }\n");
  EXPECT_EQ(named(chain, "#1").formula, "dense(x, net.dense_0.W, net.dense_0.b)");
  EXPECT_EQ(named(chain, "#2").formula, "relu(#1)");
  EXPECT_EQ(named(chain, "#3").formula, "dense(#2, net.dense_1.W, net.dense_1.b)");
  EXPECT_EQ(named(chain, "#5").formula, "dense(#4, net.dense_2.W, net.dense_2.b)");
  EXPECT_EQ(named(chain, "loss").formula, "mse(#5, y)");
}

TEST(Walkthrough, TheLossOfABatchFoldsTensorsAndNamesParameters) {
  SessionOptions options;
  options.file = NNC_SOURCE_DIR "/examples/xor.nn";
  OpenCalculation open = open_calculation(options, {}, true);
  Walkthrough loss = walk_through(calculation(*open.session, open.request), "xor.nn", false);
  std::string text = walkthrough_table(loss);
  EXPECT_TRUE(has(text, "xor.nn: loss of 4 samples = ")) << text;
  EXPECT_EQ(named(loss, "h").formula, "sigmoid(#2)");
  EXPECT_EQ(named(loss, "#1").formula, "x @ net.W1");
  EXPECT_TRUE(named(loss, "net.W1").parameter);
  EXPECT_TRUE(has(text, "[4, 2] mean 0.5, 0 to 1")) << text;
  EXPECT_FALSE(has(text, "broadcast")) << text;
}

TEST(Walkthrough, OfAResultThatIsNoNumberTheSumIsDifferentiated) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("a.nn", "fn twice(x: f32[N]) -> f32[N] = 2 * x\n");
  options.overrides.options["x"] = "[1, 2, 3]";
  OpenCalculation open = open_calculation(options, {}, true);
  Walkthrough twice = walk_through(calculation(*open.session, open.request), "a.nn", false);
  EXPECT_TRUE(twice.of_sum);
  EXPECT_EQ(named(twice, "x").gradient->numbers(), (std::vector<double>{2, 2, 2}));
  EXPECT_TRUE(has(walkthrough_table(twice), "the sum of its elements"));
}

TEST(Walkthrough, ValuesInCells) {
  EXPECT_EQ(value_text({Type(Element::f32, {}), {0.1F}}), "0.1");
  EXPECT_EQ(value_text({Type(Element::f32, {2}), {1, 2}}), "[1, 2]");
  EXPECT_EQ(value_text({Type(Element::f32, {6}), {0, 1, 2, 3, 4, 5}}), "[6] mean 2.5, 0 to 5");
  EXPECT_EQ(value_text({Type(Element::f32, {6}), {7, 7, 7, 7, 7, 7}}), "[6] all 7");
  EXPECT_EQ(value_text({Type(Element::f32, {5}), {1, 3, NAN, 1, 3}}), "[5] mean 2, 1 to 3, 1 not finite");
}

/// Tags open and close in turn, and no stray '&' or '<' is left in texts.
void expect_well_formed(const std::string& xml) {
  std::vector<std::string> open;
  for (size_t at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
    if (xml.compare(at, 4, "<!--") == 0) {
      at = xml.find("-->", at);
      continue;
    }
    size_t end = xml.find('>', at);
    ASSERT_NE(end, std::string::npos);
    if (xml[at + 1] == '?' || xml[at + 1] == '!' || xml[end - 1] == '/') continue;
    bool closes = xml[at + 1] == '/';
    size_t from = at + (closes ? 2 : 1);
    std::string tag = xml.substr(from, xml.find_first_of(" \n>", from) - from);
    if (!closes) {
      open.push_back(tag);
      continue;
    }
    ASSERT_FALSE(open.empty());
    ASSERT_EQ(open.back(), tag);
    open.pop_back();
  }
  EXPECT_TRUE(open.empty());
}

TEST(Picture, HoldsEveryValueAndGradientAndIsWellFormed) {
  std::string svg = walkthrough_picture(walk(kApples, false, "f32"));
  expect_well_formed(svg);
  for (const char* text :
       {">price<", ">count<", ">tax<", ">bill<", ">100<", ">2<", ">1.1<", ">200<", ">220<", ">2.2<", ">110<", ">×<"}) {
    EXPECT_TRUE(has(svg, text)) << text;
  }
  EXPECT_EQ(svg, walkthrough_picture(walk(kApples, false, "f32")));
}

TEST(Picture, SignsThatMeanSomethingInXmlAreEscaped) {
  std::string svg = walkthrough_picture(walk("fn f(x: f32 = 2) -> f32 = where(x < 1, x, 3 * x)\n"));
  expect_well_formed(svg);
  EXPECT_TRUE(has(svg, "&lt;"));
}

}  // namespace
}  // namespace nnc
