// nnc show's promise: the same program with nothing left to defaults, and nothing to add the second time.
#include "frontend/format/show.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "frontend/program/functions.h"
#include "ir/print/text.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

using testing::bind_text;
using testing::check_text;
using testing::CheckedText;

std::string show_text(const std::string& text, const Overrides& overrides = {}) {
  CheckedText before = check_text(text, overrides);
  return before.program == nullptr ? before.rendered() : show(*before.program);
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string with_train(const std::string& lines, const std::string& before = "") {
  return before + "data d = table {\n  x: f32[2] = [[0, 1], [1, 0]]\n  y: f32[1] = [[0], [1]]\n}\n" +
         "model net(x: f32[B, 2]) -> f32[B, 1] = x |> dense(1)\n" + "train {\n  data = d\n" + lines + "}\n";
}

/// Without the places of the source, which move.
std::string without_places(const std::string& graph) {
  return std::regex_replace(graph, std::regex("   # [^\n]*"), "");
}

/// The graphs that a program is lowered to, as text.
std::vector<std::string> graphs(CheckedText& text) {
  Bound bound = bind_text(text);
  if (bound == nullptr || !has_train(*text.program)) return {};
  return {without_places(print(training_graph(*bound))), without_places(print(evaluation_graph(*bound))),
          without_places(print(initial_graph(*bound)))};
}

TEST(Show, EveryProgramStaysTheSameAndIsShownOnce) {
  int files = 0, lowered = 0;
  for (const char* folder : {"examples", "tests/frontend/programs"}) {
    for (const auto& each : std::filesystem::recursive_directory_iterator(std::string(NNC_SOURCE_DIR) + "/" + folder)) {
      if (each.path().extension() != ".nn") continue;
      SCOPED_TRACE(each.path().string());
      CheckedText before = check_text(testing::read_text(each.path().string()));
      ASSERT_NE(before.program, nullptr);
      std::string shown = show(*before.program);
      CheckedText after = check_text(shown);
      ASSERT_NE(after.program, nullptr) << after.rendered();
      EXPECT_EQ(after.rendered(), before.rendered());
      EXPECT_EQ(show(*after.program), shown);
      std::vector<std::string> graphs_before = graphs(before);
      EXPECT_EQ(graphs(after), graphs_before);
      ++files;
      if (!graphs_before.empty()) ++lowered;
    }
  }
  EXPECT_GE(files, 37);
  EXPECT_GE(lowered, 20);
}

TEST(Show, TrainSaysAllItsKeys) {
  std::string shown = show_text(with_train("  loss = mse(net(x), y)\n"));
  EXPECT_TRUE(has(shown,
                  "  # defaults\n  batch = 32\n  epochs = 10\n  optimizer = sgd(lr: 0.01)\n  seed = 0\n"
                  "  shuffle = true\n  precision = f32\n  eval = false\n}"))
      << shown;
}

TEST(Show, TheCommandLineStandsInTheText) {
  Overrides overrides;
  overrides.options = {{"lr", "3e-4"}, {"kind", "b"}, {"word", "say \"a\""}};
  overrides.train = {{"steps", "7"}, {"batch", "1"}, {"seed", "3"}};
  overrides.precision = Element::f64;
  std::string options = "option lr: f32 = 0.1\noption kind: {a, b} = a\noption word: string = \"w\"\n";
  std::string shown = show_text(
      with_train("  epochs = 5;  batch = 2\n  loss = mse(net(x), y)\n  optimizer = sgd(lr)\n", options), overrides);
  EXPECT_TRUE(has(shown, "option lr: f32 = 0.0003\n")) << shown;
  EXPECT_TRUE(has(shown, "option kind: {a, b} = b\n")) << shown;
  EXPECT_TRUE(has(shown, "option word: string = \"say \\\"a\\\"\"\n")) << shown;
  EXPECT_TRUE(has(shown, "  steps = 7;  batch = 1\n")) << shown;
  EXPECT_TRUE(has(shown, "  # from the command line\n  precision = f64\n  seed = 3\n")) << shown;
  EXPECT_FALSE(has(shown, "epochs")) << shown;
}

TEST(Show, EachSettingOfACallIsNamed) {
  std::string shown = show_text(
      "fn pair(a: int, b: int = a * 2, c: f32 = 0.5)(x: f32[..S]) -> f32[..S] = x * a + b * c\n"
      "fn f(x: f32[N], y: f32 = 2) -> f32[N] = leaky_relu(x, ) |> (leaky_relu) |> pair(3) |> pair(c: 1, a: 1 + 1)\n"
      "fn g(x: f32[N]) -> f32[N] = f(x)\n"
      "layer two(out: int)(x: f32[B, I]) -> f32[B, out] {\n  param W: f32[I, out] = normal\n  x @ W |> dropout\n}\n");
  EXPECT_TRUE(has(shown,
                  "leaky_relu(x, slope: 0.01) |> (leaky_relu)(slope: 0.01) |> pair(a: 3, b: 3 * 2, c: 0.5)\n"
                  "    |> pair(c: 1, a: 1 + 1, b: (1 + 1) * 2)\n") ||
              has(shown, "pair(a: 3, b: 3 * 2, c: 0.5)\n    |> pair(c: 1, a: 1 + 1, b: (1 + 1) * 2)\n"))
      << shown;
  EXPECT_TRUE(has(shown, "leaky_relu(x, slope: 0.01)\n    |> (leaky_relu)(slope: 0.01)\n")) << shown;
  EXPECT_TRUE(has(shown, "= f(x, y: 2)\n")) << shown;
  EXPECT_TRUE(has(shown, "param W: f32[I, out] = normal(deviation: 1)\n")) << shown;
  EXPECT_TRUE(has(shown, "x @ W |> dropout(p: 0.5)\n")) << shown;
}

TEST(Show, TheNormOfClipIsNoCallOfTheLibrarys) {
  std::string shown = show_text(with_train("  loss = mse(net(x), y) + 0.1 * norm(net(x))\n  clip = norm(1)\n"));
  EXPECT_TRUE(has(shown, "norm(net(x), over: all)\n")) << shown;
  EXPECT_TRUE(has(shown, "clip = norm(1)\n")) << shown;
}

TEST(Show, ADefaultThatIsACallSaysItsOwnDefaults) {
  std::string text =
      with_train("  loss = mse(lin(1)(net(x)), y)\n",
                 "fn rows(scale: f32 = 2)() -> f32[..S] = scale * random_uniform(shape: [..S])\n"
                 "layer lin(out: int, init: fn = normal(), other: fn = rows)(x: f32[B, I]) -> f32[B, out] {\n"
                 "  param W: f32[I, out] = init\n  param V: f32[I, out] = other\n  x @ (W + V)\n}\n"
                 "layer outer(d: int, inner: layer = dense(3))(x: f32[B, D]) -> f32[B, d] = x |> inner |> lin(d)\n"
                 "model own(x: f32[B, 2]) -> f32[B, 1] = x |> lin(2) |> outer(2) |> outer(1, dense(5))\n");
  text.replace(text.find("lin(1)(net(x))"), 14, "own(x)");
  std::string shown = show_text(text);
  EXPECT_TRUE(has(shown, "init: fn = normal(deviation: 1), other: fn = rows)")) << shown;
  EXPECT_TRUE(has(shown, "|> lin(out: 2, init: normal(deviation: 1), other: rows)")) << shown;
  // The layer that a default makes is the callee's: `net.outer_0.dense_0`.
  EXPECT_TRUE(has(shown, "|> outer(d: 2)")) << shown;
  EXPECT_TRUE(has(shown, "outer(d: 1, inner: dense(out: 5, init: glorot))")) << shown;
  EXPECT_EQ(show_text(shown), shown);
  CheckedText before = check_text(text), after = check_text(shown);
  EXPECT_EQ(graphs(after), graphs(before));
}

TEST(Show, ANameThatMeansSomethingElseHereIsNotPutInTheLibrarysPlace) {
  std::string shown = show_text("fn glorot(x: f32) -> f32 = x\nmodel net(x: f32[B, 2]) -> f32[B, 1] = x |> dense(1)\n");
  EXPECT_TRUE(has(shown, "x |> dense(out: 1)\n")) << shown;
  std::string optimizer = show_text(
      with_train("  loss = mse(net(x), y)\n", "optimizer sgd(rate: f32 = 1)(w, g) {\n  next w = w - rate * g\n}\n"));
  EXPECT_FALSE(has(optimizer, "optimizer = ")) << optimizer;
}

TEST(Show, CommentsSayWhatIsReplacedConstantAndBetterWhenLower) {
  std::string text = with_train(
      "  loss = drop(mse(net(x), y)) + l\n  metrics = {a: mae(net(x), y), b: r2(net(x), y), c: mse(net(x), y)}\n",
      "## t.nn\n\noption p: f32 = 0.5\noption l: f32 = 0.5\n\n## Of mine\nfn relu(x: f32[..S]) -> f32[..S] "
      "= max(x, 0)\n"
      ""
      "fn drop(x: f32) -> f32 = if p > 0 { 2 * x } else { x }\n");
  std::string shown = show_text(text);
  EXPECT_TRUE(has(shown, "# replaces the library's: fn relu(x: f32[..S]) -> f32[..S]\n## Of mine\nfn relu")) << shown;
  EXPECT_TRUE(has(shown, "# decides an 'if' or a size: another --p is another compiled step\noption p")) << shown;
  EXPECT_FALSE(has(shown, "another --l")) << shown;
  EXPECT_TRUE(has(shown, "  # lower is better: a, c\n  metrics = ")) << shown;
  EXPECT_TRUE(has(shown, "b: r2(net(x), y, better: high)")) << shown;
  EXPECT_EQ(show_text(shown), shown);
}

TEST(Show, ADocThatIsTheFilesOwnStaysTheFirstComment) {
  std::string shown =
      show_text("## t.nn\nfn relu(x: f32[..S]) -> f32[..S] = max(x, 0)  # mine\nfn f(x: f32) -> f32 = x\n");
  EXPECT_EQ(shown,
            "## t.nn\nfn relu(x: f32[..S]) -> f32[..S] = max(x, 0)  # mine\n"
            "# replaces the library's: fn relu(x: f32[..S]) -> f32[..S]\nfn f(x: f32) -> f32 = x\n");
}

}  // namespace
}  // namespace nnc
