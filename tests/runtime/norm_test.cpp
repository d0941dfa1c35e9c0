// `norm` of the library: its value and its first two derivatives wherever they are numbers, at the ends of the numbers
// too, in machine code of every width.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "codegen/jit.h"
#include "ir/graph/builder.h"
#include "ir/graph/op_attributes.h"
#include "passes/differentiate.h"
#include "passes/simplify.h"
#include "tests/frontend/programs.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

using Numbers = std::vector<double>;

/// `fn f(x)` as a graph: "value", "first" = the slopes of the sum of `weights` · f(x) by x, and "second" = those of
/// the sum of `first` · `along`.
Graph slopes(const std::string& function, Element precision, const Numbers& weights, const Numbers& along) {
  Overrides overrides;
  overrides.precision = precision;
  testing::CheckedText text = testing::check_text(function, overrides);
  Bound bound = testing::bind_text(text);
  if (bound == nullptr) throw std::runtime_error(text.rendered());
  Graph graph = lower_function(*bound, "f");
  Value x, value = graph.result("value");
  for (NodeId id : graph.reachable()) {
    if (graph.node(id).op->name == "input") x = graph.value(id);
  }
  auto weighted = [&](Value of, const Numbers& by) {
    Value sum;
    int64_t width = of.type().rank() == 0 ? 1 : of.type().shape.back().count;
    for (int64_t i = 0; i < width; ++i) {
      Value part = of.type().rank() == 0 ? of : slice(of, static_cast<int>(of.type().rank()) - 1, i, i + 1);
      std::vector<int64_t> axes;
      for (int64_t axis = 0; axis < part.type().rank(); ++axis) axes.push_back(axis);
      Value term = reduce_sum(part, axes) * by.at(static_cast<size_t>(i));
      sum = sum ? sum + term : term;
    }
    return sum;
  };
  Value first = gradient(weighted(value, weights), x);
  Value second = gradient(weighted(first, along), x);
  graph.results = {{ResultKind::value, "value", value.id},
                   {ResultKind::value, "first", first.id},
                   {ResultKind::value, "second", second.id}};
  return simplify(differentiate(graph));
}

struct Expected {
  Numbers x, value, first, second;
};

/// Against the numbers by hand, and the nest interpreter's bits, on every tier that this machine runs.
void expect(const std::string& function, Element precision, const Expected& wanted, const Numbers& weights = {1},
            const Numbers& along = {1, 0}) {
  const bool single = precision == Element::f32 && function.find("f64") == std::string::npos;
  const double tolerance = single ? 3e-7 : 2e-15, tiny = single ? 1.2e-38 : 2.3e-308;
  Graph graph = slopes(function, precision, weights, along);
  Tensors inputs;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    if (node.op->name == "input") inputs[*leaf_path(node)] = {node.type, wanted.x};
  }
  for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512}) {
    if (!runs_here(tier)) continue;
    NestProgram program = lowered(graph, options_for(tier, 1, true));
    CompiledProgram code = compile(program);
    Tensors found = run_nests(program, graph, inputs, 1, [&](StepArguments& step) { return code.run(step); });
    EXPECT_EQ(difference(run_nests(program, graph, inputs, 1), found, 0), "") << function;
    for (const auto& [name, numbers] :
         {std::pair{"value", &wanted.value}, {"first", &wanted.first}, {"second", &wanted.second}}) {
      const Numbers values = found.at(name).numbers();
      for (size_t i = 0; i < numbers->size(); ++i) {
        const double number = numbers->at(i);
        const std::string where = fmt::format("{} of {} at {}: {}", name, function, wanted.x[0], spelling(tier));
        if (std::isnan(number)) continue;  // no number is the true one
        if (std::isinf(number))
          EXPECT_EQ(values.at(i), number) << where;
        else
          EXPECT_NEAR(values.at(i), number, std::max(tiny, tolerance * std::fabs(number))) << where;
      }
    }
  }
}

/// Of (3, 4) times a number: 5 of them, (0.6, 0.8), and the first column of (1 − u uᵀ) / norm.
Expected of_three_and_four(double scale) {
  return {{3 * scale, 4 * scale}, {5 * scale}, {0.6, 0.8}, {0.64 / (5 * scale), -0.48 / (5 * scale)}};
}

TEST(Norm, OfEverySizeItAndItsSlopesAreRight) {
  for (double scale : {1e20, 6e37, 1e-25, 3e-38, 1.0, -1.0})
    expect("fn f(x: f32[2]) = norm(x)\n", Element::f32,
           scale > 0 ? of_three_and_four(scale) : Expected{{3, -4}, {5}, {0.6, -0.8}, {0.128, 0.096}});
  for (double scale : {1e20, 1e60, 3e60, 1e150, 1e200, 3e307, 1e-25, 1e-60, 1e-61, 1e-160, 1e-200, 1e-300, 1.0}) {
    expect("fn f(x: f32[2]) = norm(x)\n", Element::f64, of_three_and_four(scale));
    expect("fn f(x: f64[2]) = norm(x)\n", Element::f32, of_three_and_four(scale));
  }
}

TEST(Norm, SlopesOfWhatIsMadeOfItAreRightWhereItsSquareIsNoNumber) {
  // norm² has the slope 2 x, and norm³ 3 norm x.
  for (Element precision : {Element::f32, Element::f64}) {
    const double scale = precision == Element::f32 ? 1e-25 : 1e-100;
    const double square = precision == Element::f32 ? 0 : 2.5e-199;
    expect("fn f(x: f32[2]) = norm(x)^2\n", precision, {{3 * scale, 4 * scale}, {square}, {6 * scale, 8 * scale}, {2}});
  }
  expect("fn f(x: f32[2]) = 1e-20 * norm(x)\n", Element::f32, {{3e-25, 4e-25}, {0}, {6e-21, 8e-21}, {}});
}

TEST(Norm, OfZerosIsZeroWithSlopeZero) {
  for (Element precision : {Element::f32, Element::f64}) {
    expect("fn f(x: f32[2]) = norm(x)\n", precision, {{0, -0.0}, {0}, {0, 0}, {0, 0}});
    expect("fn f(x: f32[2, 2]) = norm(x, over: last)\n", precision,
           {{0, 0, 3, 4}, {0, 5}, {0, 0, 0.6, 0.8}, {0, 0, 0.128, -0.096}}, {1, 1});
  }
  // Denormals are zeros, as everywhere.
  expect("fn f(x: f32[2]) = norm(x)\n", Element::f32, {{1e-40, 1e-40}, {0}, {0, 0}, {0, 0}});
}

TEST(Norm, BeyondTheElementItIsInfiniteAndItsSlopesAreNumbers) {
  const double largest = std::numeric_limits<float>::max(), root = std::sqrt(0.5);
  expect("fn f(x: f32[2]) = norm(x)\n", Element::f32, {{largest, largest}, {kInf}, {root, root}, {}});
  const double double_largest = std::numeric_limits<double>::max();
  expect("fn f(x: f32[2]) = norm(x)\n", Element::f64, {{double_largest, double_largest}, {kInf}, {root, root}, {}});
  for (Element precision : {Element::f32, Element::f64}) {
    expect("fn f(x: f32[2]) = norm(x)\n", precision, {{kInf, 1}, {kInf}, {NAN, 0}, {}});
    expect("fn f(x: f32[2]) = norm(x)\n", precision, {{-kInf, kInf}, {kInf}, {}, {}});
    expect("fn f(x: f32[1]) = where(norm(x) == norm(x), 0, 1)\n", precision, {{NAN}, {1}, {}, {}}, {1}, {1});
  }
}

TEST(Norm, EachRowHasItsOwnSize) {
  const Expected rows{{3e20, 4e20, 3e-25, -4e-25, 3, 4}, {5e20, 5e-25, 5}, {0.6, 0.8, 1.2, -1.6, -0.6, -0.8}, {}};
  expect("fn f(x: f32[3, 2]) = norm(x, over: last)\n", Element::f32, rows, {1, 2, -1});
  expect("fn f(x: f32[3, 2]) = x |> norm(over: last)\n", Element::f64, rows, {1, 2, -1});
}

}  // namespace
}  // namespace nnc
