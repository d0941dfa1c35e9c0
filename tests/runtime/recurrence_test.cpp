// The recurrences of the library against plain loops over numbers with tangents: values and gradients, as the
// interpreter and machine code of every width compute them.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "codegen/jit.h"
#include "ir/graph/builder.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "passes/differentiate.h"
#include "passes/lift.h"
#include "passes/simplify.h"
#include "tests/frontend/programs.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

/// A number and its derivative along one direction.
struct Dual {
  double value = 0, slope = 0;
};
Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.slope + b.slope}; }
Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.slope - b.slope}; }
Dual operator*(Dual a, Dual b) { return {a.value * b.value, a.slope * b.value + a.value * b.slope}; }
Dual tanh_of(Dual a) {
  const double t = std::tanh(a.value);
  return {t, a.slope * (1 - t * t)};
}
Dual sigmoid_of(Dual a) {
  const double s = 1 / (1 + std::exp(-a.value));
  return {s, a.slope * s * (1 - s)};
}

using Duals = std::vector<Dual>;
constexpr size_t kRows = 2, kSteps = 5, kIn = 3, kUnits = 4;

/// W x + b, of a row.
Duals affine(const Duals& w, const Duals& b, const Dual* x, size_t width) {
  Duals sums = b;
  for (size_t o = 0; o < sums.size(); ++o) {
    for (size_t i = 0; i < width; ++i) sums[o] = sums[o] + w[o * width + i] * x[i];
  }
  return sums;
}

struct Weights {
  Duals x, w_ih, w_hh, b_ih, b_hh;
};

/// h of every row and step, [B, T, H].
Duals loop(const std::string& kind, const Weights& all, bool backwards) {
  Duals result(kRows * kSteps * kUnits);
  for (size_t row = 0; row < kRows; ++row) {
    Duals h(kUnits), c(kUnits);
    for (size_t step = 0; step < kSteps; ++step) {
      const size_t t = backwards ? kSteps - 1 - step : step;
      const Duals a = affine(all.w_ih, all.b_ih, &all.x[(row * kSteps + t) * kIn], kIn);
      const Duals u = affine(all.w_hh, all.b_hh, h.data(), kUnits);
      for (size_t k = 0; k < kUnits; ++k) {
        auto gate = [&](size_t number) { return a[number * kUnits + k] + u[number * kUnits + k]; };
        if (kind == "rnn") h[k] = tanh_of(gate(0));
        if (kind == "lstm") {
          c[k] = sigmoid_of(gate(1)) * c[k] + sigmoid_of(gate(0)) * tanh_of(gate(2));
          h[k] = sigmoid_of(gate(3)) * tanh_of(c[k]);
        }
        if (kind == "gru") {
          const Dual z = sigmoid_of(gate(1));
          const Dual n = tanh_of(a[2 * kUnits + k] + sigmoid_of(gate(0)) * u[2 * kUnits + k]);
          h[k] = (Dual{1, 0} - z) * n + z * h[k];
        }
        result[(row * kSteps + t) * kUnits + k] = h[k];
      }
    }
  }
  return result;
}

/// The network's value, the sum of its squares as `loss`, and "d path" for every variable and for the input.
Graph network(const std::string& layer) {
  Overrides overrides;
  overrides.precision = Element::f64;
  testing::CheckedText text =
      testing::check_text("layer net(x: f32[B, 5, 3]) -> f32[B, 5, 4] = x |> " + layer + "\n", overrides);
  Bound bound = testing::bind_text(text);
  if (bound == nullptr) throw std::runtime_error(text.rendered());
  Graph graph = lower_function(*bound, "net");
  Value value = graph.result("value");
  std::vector<int64_t> axes{0, 1, 2};
  Value loss = reduce_sum(value * value, axes);
  std::vector<Result> results = graph.results;
  results.push_back({ResultKind::value, "loss", loss.id});
  for (NodeId id : graph.reachable()) {
    const std::string* path = leaf_path(graph.node(id));
    if (path == nullptr || body_index(graph.node(id))) continue;
    results.push_back({ResultKind::value, "d " + *path, gradient(loss, graph.value(id)).id});
  }
  graph.results = results;
  return simplify(differentiate(graph));
}

Duals duals_of(const Tensor& values, const Tensor& directions) {
  Duals result;
  for (int64_t i = 0; i < values.count(); ++i) result.push_back({values.number(i), directions.number(i)});
  return result;
}

void expect_as_loop(const std::string& kind, bool backwards) {
  const Graph graph = network(kind + (backwards ? "(4, backwards: true)" : "(4)"));
  const Tensors inputs = sample_inputs(graph, kRows, 1), directions = sample_inputs(graph, kRows, 2);
  const std::string path = "net." + kind + "_0.";
  auto of = [&](const std::string& name) { return duals_of(inputs.at(name), directions.at(name)); };
  const Weights weights{of("argument.x"), of(path + "W_ih"), of(path + "W_hh"), of(path + "b_ih"), of(path + "b_hh")};
  const Duals wanted = loop(kind, weights, backwards);
  Dual loss;
  for (const Dual& each : wanted) loss = loss + each * each;
  auto expect = [&](const Tensors& found, const std::string& how) {
    for (size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_NEAR(found.at("value").number(static_cast<int64_t>(i)), wanted[i].value, 1e-12) << kind << how << i;
    }
    double slope = 0;
    for (const auto& [name, direction] : directions) {
      const Tensor& gradient = found.at("d " + name);
      for (int64_t i = 0; i < gradient.count(); ++i) slope += gradient.number(i) * direction.number(i);
    }
    EXPECT_NEAR(slope, loss.slope, 1e-12 * std::max(1.0, std::fabs(loss.slope))) << kind << how;
  };
  expect(interpret(graph, inputs, kRows), ", as it is differentiated");
  const Graph lifted = lift(graph);
  expect(interpret(lifted, inputs, kRows), ", lifted");
  for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512}) {
    if (!runs_here(tier)) continue;
    NestProgram program = lowered(lifted, options_for(tier, kRows, true));
    CompiledProgram code = compile(program);
    Tensors found = run_nests(program, lifted, inputs, kRows, [&](StepArguments& step) { return code.run(step); });
    EXPECT_EQ(difference(run_nests(program, lifted, inputs, kRows), found, 0), "") << kind << spelling(tier);
    expect(found, std::string(", machine code of ") + std::string(spelling(tier)));
  }
}

TEST(Recurrence, RnnIsItsLoop) {
  expect_as_loop("rnn", false);
  expect_as_loop("rnn", true);
}

TEST(Recurrence, LstmIsItsLoop) {
  expect_as_loop("lstm", false);
  expect_as_loop("lstm", true);
}

TEST(Recurrence, GruIsItsLoop) {
  expect_as_loop("gru", false);
  expect_as_loop("gru", true);
}

/// No loop of the derivative multiplies matrices but by the state or by what comes back through it.
TEST(Recurrence, MultipliesOutsideTheLoopWhatNeedsNoState) {
  const Graph graph = lift(network("gru(4)"));
  int loops = 0;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    if (!has_view<ScanAttributes>(node)) continue;
    ++loops;
    int products = 0;
    const Graph& body = *node.bodies[0];
    for (NodeId inner : body.reachable()) products += body.node(inner).op->op_class == OpClass::contraction ? 1 : 0;
    EXPECT_EQ(products, 1);
  }
  EXPECT_EQ(loops, 2);
}

/// A row's result is its own, so that predictions run in blocks of rows.
TEST(Recurrence, KeepsRowsApart) {
  Overrides overrides;
  testing::CheckedText text =
      testing::check_text("layer net(x: f32[B, 5, 3]) -> f32[B, 5, 8] = x |> bidirectional(lstm, 4)\n", overrides);
  Bound bound = testing::bind_text(text);
  ASSERT_NE(bound, nullptr) << text.rendered();
  EXPECT_EQ(mixes_rows(lower_function(*bound, "net")), "");
}

}  // namespace
}  // namespace nnc
