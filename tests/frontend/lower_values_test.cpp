// Lowered graphs, interpreted, against numbers worked out by hand.

#include <gtest/gtest.h>

#include <cmath>

#include "ir/graph/op.h"
#include "ir/interpret/interpret_graph.h"
#include "ir/verify/verify.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

using testing::bind_text;
using testing::check_text;
using testing::CheckedText;

/// The value of `fn f(x: f32[B, 3]) = body` at two rows.
std::vector<double> value_of(const std::string& text, const std::vector<double>& x, int64_t rows = 2) {
  const auto graph = testing::function_graph(text, "f");
  if (!graph) return {};
  int64_t columns = static_cast<int64_t>(x.size()) / rows;
  Tensor input{Type(Element::f32, {Dim(rows), Dim(columns)}), x};
  return interpret(*graph, {{"argument.x", input}}, rows).at("value").numbers();
}

void expect_near(const std::vector<double>& found, const std::vector<double>& wanted) {
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 1e-6) << i;
}

const std::vector<double> kRows{1, -2, 3, -4, 5, 0};

std::string function(const std::string& body) { return "fn f(x: f32[B, 3]) = " + body + "\n"; }

TEST(Lowering, ElementwiseAndBroadcast) {
  expect_near(value_of(function("2 * x - x^2"), kRows), {1, -8, -3, -24, -15, 0});
  expect_near(value_of(function("relu(x)"), kRows), {1, 0, 3, 0, 5, 0});
  expect_near(value_of(function("x |> leaky_relu(0.5)"), kRows), {1, -1, 3, -2, 5, 0});
  expect_near(value_of(function("max(x, 1) + min(x, 0) + abs(x)"), kRows), {2, 1, 6, 1, 10, 1});
  expect_near(value_of(function("x - mean(x, over: 1, keep: true)"), {1, 2, 3, 4, 4, 7}), {-1, 0, 1, -1, -1, 2});
  expect_near(value_of(function("1 / B + x"), kRows), {1.5, -1.5, 3.5, -3.5, 5.5, 0.5});
}

TEST(Lowering, ReductionsAndMovement) {
  expect_near(value_of(function("sum(x)"), kRows), {3});
  expect_near(value_of(function("max(x, over: 1)"), kRows), {3, 5});
  expect_near(value_of(function("argmax(x)"), kRows), {2, 1});
  expect_near(value_of(function("sum(x > 0)"), kRows), {3});
  expect_near(value_of(function("transpose(x)"), kRows), {1, -4, -2, 5, 3, 0});
  expect_near(value_of(function("x[.., 1]"), kRows), {-2, 5});
  expect_near(value_of(function("x[.., 1..3]"), kRows), {-2, 3, 5, 0});
  expect_near(value_of(function("concat(x, x[.., 0..1])"), kRows), {1, -2, 3, 1, -4, 5, 0, -4});
  expect_near(value_of(function("transpose(x) @ x"), kRows), {17, -22, 3, -22, 29, -6, 3, -6, 9});
  expect_near(value_of(function("one_hot(argmax(logit(x)))"), kRows), {0, 0, 1, 0, 1, 0});
  expect_near(value_of(function("pick(x, argmax(logit(x)))"), kRows), {3, 5});
}

TEST(Lowering, NormsOfEverythingAndOfRows) {
  expect_near(value_of(function("norm(x)"), {1, -2, 2, 4, 0, -6}), {std::sqrt(61.0)});
  expect_near(value_of(function("norm(x, over: last)"), {1, -2, 2, 4, 0, -3}), {3, 5});
  expect_near(value_of(function("x / reshape(x |> norm(over: last), [B, 1])"), {0, 3, 4, 0, 0, -2}),
              {0, 0.6, 0.8, 0, 0, -1});
}

TEST(Lowering, AnOwnNormWinsAndClipHasItsOwn) {
  const std::string own = "fn norm(x: f32[..S]) -> f32 = sum(abs(x))\n";
  expect_near(value_of(own + function("norm(x)"), kRows), {15});
  for (const std::string& before : {std::string(), own}) {
    CheckedText program =
        check_text(before +
                   "data d = table { x: f32[2] = [[3, 4]] }\nmodel net(x: f32[B, 2]) -> f32[B, 1] = x |> dense(1)\n"
                   "train { data = d; loss = norm(net(x)); clip = norm(0.5) }\n");
    Bound bound = bind_text(program);
    ASSERT_NE(bound, nullptr) << program.rendered();
    verify(training_graph(*bound));
    EXPECT_EQ(settings(*bound).at("clip"), 0.5);
  }
}

TEST(Lowering, SoftmaxAndLosses) {
  double a = std::exp(-2.0), b = std::exp(-5.0), sum = a + b + 1;
  std::vector<double> p = value_of(function("softmax(logit(x))"), {1, -2, 3, 1, -2, 3});
  expect_near(p, {a / sum, b / sum, 1 / sum, a / sum, b / sum, 1 / sum});
  expect_near(value_of(function("cross_entropy(logit(x), argmax(logit(x)))"), {1, -2, 3, 1, -2, 3}), {std::log(sum)});
  expect_near(value_of(function("mse(x, 2 * x)"), kRows), {(1 + 4 + 9 + 16 + 25) / 6.0});
  expect_near(value_of(function("huber(1.0)(x, 0 * x)"), {0.5, -2, 0, 0, 0, 0}), {(0.125 + 1.5) / 6});
  expect_near(value_of(function("bce(logit(x), 0 * x)"), {0, 0, 0, 0, 0, 0}), {std::log(2.0)});
}

TEST(Lowering, StaticLoopsChoicesAndNestedFunctions) {
  expect_near(value_of("option n: int = 3\nfn f(x: f32[B, 3]) {\n  for i in 0..n { x = x * 2 }\n  x\n}\n", kRows),
              {8, -16, 24, -32, 40, 0});
  expect_near(
      value_of(
          "fn twice(f: fn)(x) = f(f(x))\nfn g(x: f32[..S]) -> f32[..S] = x + 1\nfn f(x: f32[B, 3]) = x |> twice(g)\n",
          kRows),
      {3, 0, 5, -2, 7, 2});
  expect_near(value_of("fn g(pad: {same, twice} | int = same)(x: f32[..S]) -> f32[..S] =\n  if pad == same { x } else "
                       "if pad == twice "
                       "{ 2 * x } else { pad * x }\nfn f(x: f32[B, 3]) = g(x, pad: twice) + g(x) + g(3)(x)\n",
                       kRows),
              {6, -12, 18, -24, 30, 0});
}

TEST(Lowering, WordsOfAnOptionAreItsOwn) {
  // `relu` is a function as well: compared it is a word, called it is the function.
  std::string option = "option act: {relu, plain} = relu\n";
  expect_near(value_of(option + function("if act == relu { x + 1 } else { x }"), kRows), {2, -1, 4, -3, 6, 1});
  expect_near(value_of(option + function("if act != relu { x + 1 } else { x }"), kRows), kRows);
  expect_near(value_of(option + function("x |> act"), kRows), {1, 0, 3, 0, 5, 0});
}

TEST(Lowering, SizesThatAreDividedAreCheckedAtEachCall) {
  std::string half = "fn half(x: f32[B, H]) -> f32[B, floor(H / 2)] = x[.., 0..floor(H/2)]\n";
  expect_near(value_of(half + function("half(x)"), kRows), {1, -4});
  std::string heads = "fn heads(h: int)(x: f32[B, D]) -> f32[B, h, D / h] = reshape(x, [B, h, D / h])\n";
  expect_near(value_of(heads + function("heads(3)(x)"), kRows), kRows);
  CheckedText uneven = check_text(heads + function("heads(2)(x)"));
  EXPECT_NE(uneven.rendered().find("E0320"), std::string::npos) << uneven.rendered();
}

TEST(Lowering, ListsAreTensorsOfNumbers) {
  expect_near(value_of(function("x * [1, 0, -2]"), kRows), {1, 0, -6, -4, 0, 0});
  expect_near(value_of(function("x @ [[1, 0], [0, 2], [1, 1]]"), kRows), {4, -1, -4, 10});
  expect_near(value_of("option n: int = 3\n" + function("x + [n, n / 2, 2 * n]"), kRows), {4, -0.5, 9, -1, 6.5, 6});
  const std::string scaled =
      "fn scaled(by: {one} | f32[K] = one)(x: f32[..S, K]) -> f32[..S, K] = if by == one { x } else { x * by }\n";
  expect_near(value_of(scaled + function("scaled(x)"), kRows), kRows);
  expect_near(value_of(scaled + function("x |> scaled([1, 2, 3])"), kRows), {1, -4, 9, -4, 10, 0});
  const std::string taken = "fn taken(by: f32[K])(x: f32[..S, K]) -> f32[..S, K] = x * by\n";
  expect_near(value_of(taken + function("taken(x, by: [1, 2, 3])"), kRows), {1, -4, 9, -4, 10, 0});
  expect_near(value_of(taken + function("taken(x, by: x[0])"), kRows), {1, 4, 9, -4, -10, 0});
  expect_near(value_of(function("x[.., [2, 0][1]..[3, 2][1]]"), kRows), {1, -2, -4, 5});
  expect_near(value_of(function("x + f32([3, 1, 2][argmax(logit(x))])[0]"), kRows), {3, 0, 5, -2, 7, 2});
  expect_near(value_of(function("f32(i32(x) * [1, 2, 3]) / 2"), kRows), {0.5, -2, 4.5, -2, 5, 0});
  const CheckedText wrong = check_text(scaled + function("x |> scaled([1, 2])"));
  EXPECT_NE(wrong.rendered().find("error[E0331]"), std::string::npos) << wrong.rendered();
  for (const char* list : {"[]", "[1, [2]]", "[1, x]", "[[1, 2], [3]]"}) {
    const CheckedText refused = check_text(function(std::string("x * ") + list));
    EXPECT_NE(refused.rendered().find("error[E0407]"), std::string::npos) << list << refused.rendered();
  }
}

TEST(Lowering, AParameterMayTakeTensorsOfSeveralTypes) {
  const std::string score =
      "fn score(x: f32[..S, K], t: class(K)[..S] | f32[..S, K]) -> f32[..S] =\n"
      "  if t is class { pick(x, t) } else { sum(x * t, over: -1) }\n";
  expect_near(value_of(score + function("score(x, argmax(logit(x)))"), kRows), {3, 5});
  expect_near(value_of(score + function("score(x, [0, 2, 1] + 0 * x)"), kRows), {-1, 10});
  expect_near(value_of(score + function("score(x, softmax(logit(0 * x)))"), kRows), {2 / 3.0, 1 / 3.0});
  // Where none fits, the first is what is wanted.
  for (const char* call : {"score(x, x[.., 0])", "score(x, x > 0)"}) {
    const CheckedText refused = check_text(score + function(call));
    EXPECT_NE(refused.rendered().find("'score' wants t: class(K)[..S], but this is"), std::string::npos)
        << refused.rendered();
  }
  const CheckedText longer = check_text(score + function("score(x, x[.., 0..2])"));
  EXPECT_NE(longer.rendered().find("'score' wants t: f32[..S, K], but this is f32[B, 2]"), std::string::npos)
      << longer.rendered();
  // A definition is checked with each of them.
  const CheckedText body = check_text("fn wrong(t: class(K)[B] | f32[B, K]) -> f32[B] = f32(t)\n");
  EXPECT_NE(body.rendered().find("error["), std::string::npos) << body.rendered();
}

TEST(Lowering, RecordsAreValuesWithNames) {
  std::string two = "fn two(x: f32[..S]) = {a: x + 1, b: 2}\nfn of(r) = r.a * r.b\n";
  expect_near(value_of(two + "fn f(x: f32[B, 3]) {\n  r = two(x)\n  r.a - r.b\n}\n", kRows), {0, -3, 2, -5, 4, -1});
  expect_near(value_of(two + function("of(two(x))"), kRows), {4, -2, 8, -6, 12, 2});
}

TEST(Lowering, ALossNamesPathsBeforeItAppliesTheModel) {
  for (const char* loss : {"l2(net.dense_0) + mse(net(x), y)", "sum(net.dense_0.W^2) + mse(x |> net, y)"}) {
    CheckedText program =
        check_text(std::string("data d = table {\n  x: f32[2] = [[0, 1], [1, 0]]\n") + "  y: f32[1] = [[0], [1]]\n}\n" +
                   "model net(x: f32[B, 2]) -> f32[B, 1] = x |> dense(4) |> dense(1)\n" +
                   "train {\n  data = d\n  batch = 2\n  epochs = 1\n  loss = " + loss + "\n}\n");
    EXPECT_NE(bind_text(program), nullptr) << loss << program.rendered();
  }
}

TEST(Lowering, ApplesCostWhatTheyCost) {
  CheckedText program = check_text(testing::example("apples.nn"));
  Bound bound = bind_text(program);
  ASSERT_NE(bound, nullptr);
  auto scalar = [](double value) { return Tensor{Type::scalar(Element::f32), {value}}; };
  Tensors inputs{{"argument.price", scalar(100)}, {"argument.count", scalar(2)}, {"argument.tax", scalar(1.1)}};
  EXPECT_NEAR(interpret(lower_function(*bound, "bill"), inputs, 1).at("value").number(0), 220, 1e-4);
}

TEST(Lowering, XorHasALossGradientsAndUpdates) {
  CheckedText program = check_text(testing::example("xor.nn"));
  Bound bound = bind_text(program);
  ASSERT_NE(bound, nullptr);
  Graph training = training_graph(*bound);
  int updates = 0, gradients = 0;
  for (const Result& result : training.results) updates += result.kind == ResultKind::update ? 1 : 0;
  for (NodeId id : training.reachable()) gradients += training.node(id).op == &op("gradient") ? 1 : 0;
  EXPECT_EQ(updates, 4);
  EXPECT_EQ(gradients, 4);
  EXPECT_EQ(settings(*bound), (std::map<std::string, double>{{"lr", 2.0}}));

  Graph evaluation = evaluation_graph(*bound);
  auto tensor = [](Shape shape, std::vector<double> values) {
    return Tensor{Type(Element::f32, std::move(shape)), std::move(values)};
  };
  Tensors inputs{{"column.xor.x", Tensor{Type(Element::f32, {Dim(4), Dim(2)}), {0, 0, 0, 1, 1, 0, 1, 1}}},
                 {"column.xor.y", Tensor{Type(Element::f32, {Dim(4), Dim(1)}), {0, 1, 1, 0}}},
                 {"order", Tensor{Type(Element::i32, {Dim(4)}), {0, 1, 2, 3}}},
                 {"net.W1", tensor({2, 4}, std::vector<double>(8, 0))},
                 {"net.b1", tensor({4}, std::vector<double>(4, 0))},
                 {"net.W2", tensor({4, 1}, std::vector<double>(4, 0))},
                 {"net.b2", tensor({1}, {0})}};
  Tensors results = interpret(evaluation, inputs, 4);
  EXPECT_NEAR(results.at("loss.sum").number(0), 4 * 0.25, 1e-9);  // every output is 0.5
  EXPECT_NEAR(results.at("rows").number(0), 4, 0);
}

TEST(Lowering, AnAccuracyIsATotalOverTheSplit) {
  CheckedText program = check_text(testing::example("mnist.nn"));
  Bound bound = bind_text(program);
  ASSERT_NE(bound, nullptr);
  ASSERT_EQ(metrics(*bound).size(), 1u);
  const MetricInfo& accuracy = metrics(*bound)[0];
  EXPECT_TRUE(accuracy.higher_is_better);
  EXPECT_EQ(accuracy.totals, (std::vector<std::string>{"hits", "n"}));
  auto total = [](double value) { return Tensor{Type::scalar(Element::f64), {value}}; };
  EXPECT_EQ(interpret(accuracy.combine, {{"total.hits", total(3)}, {"total.n", total(4)}}, 1).at("value").number(0),
            0.75);
}

TEST(Lowering, OptionsAndTrainKeysComeFromTheCommandLine) {
  Overrides overrides;
  overrides.options = {{"lr", "3e-4"}, {"hidden", "64"}};
  overrides.train = {{"batch", "32"}, {"epochs", "2"}};
  CheckedText program = check_text(testing::example("mnist.nn"), overrides);
  ASSERT_NE(program.program, nullptr) << program.rendered();
  Bound bound = bind_text(program);
  ASSERT_NE(bound, nullptr);
  EXPECT_EQ(train_info(*bound).batch, 32);
  EXPECT_EQ(train_info(*bound).epochs, 2);
  EXPECT_EQ(settings(*bound).at("lr"), 3e-4);
  EXPECT_EQ(training_graph(*bound).result("net.dense_0.W").type(), Type(Element::f32, {784, 64}));
}

TEST(Lowering, PrecisionF64CompilesEveryFloatAsF64) {
  Overrides overrides;
  overrides.precision = Element::f64;
  CheckedText program = check_text(testing::example("xor.nn"), overrides);
  Bound bound = bind_text(program);
  ASSERT_NE(bound, nullptr);
  Graph graph = training_graph(*bound);
  verify(graph);
  for (NodeId id : graph.reachable()) EXPECT_NE(graph.type(id).element, Element::f32);
}

}  // namespace
}  // namespace nnc
