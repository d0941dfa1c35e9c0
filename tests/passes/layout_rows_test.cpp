// Networks of convolutions, whose rows layout puts last, against the tensor interpreter: results and gradients.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "ir/graph/builder.h"
#include "ir/graph/op_attributes.h"
#include "passes/differentiate.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

using Axes = std::vector<int64_t>;

struct Network {
  Graph graph{"g"};
  Element element;
  std::vector<Value> weights = {};

  Value image(const Shape& shape) { return input(graph, InputRole::column, "x", Type(element, shape)); }
  Value weight(const std::string& path, const Shape& shape) {
    weights.push_back(variable(graph, path, Type(element, shape)));
    return weights.back();
  }
  Value padded(Value image) { return pad(pad(image, 2, 1, 1), 3, 1, 1); }
  Value convolved(Value image, const std::string& name, int64_t channels) {
    const Shape& from = image.type().shape;
    Value w = weight(name, {channels, from[1], 3, 3}), b = weight(name + ".b", {channels});
    Value z = contract(image, w, "n c i+k j+l, o c k l -> n o i j",
                       fmt::format("i={} j={}", from[2].count - 2, from[3].count - 2));
    return z + broadcast(b, z.type().shape, Axes{1});
  }
  Value pooled(Value image, const char* kind) {
    const Axes sizes{1, 1, 2, 2}, dilations{1, 1, 1, 1};
    return graph.add(op(kind), {&image, 1}, written(WindowAttributes{sizes, sizes, dilations}));
  }
  void yield(Value value, const std::string& name) { graph.results.push_back({ResultKind::value, name, value.id}); }

  Graph with_gradients(Value loss) {
    yield(loss, "loss_value");
    for (const Value& w : weights) yield(gradient(loss, w), fmt::format("gradient{}", w.id));
    return differentiate(graph);
  }
};

Value sum_of_all(Value value) {
  Axes axes;
  for (int64_t axis = 0; axis < value.type().rank(); ++axis) axes.push_back(axis);
  return reduce_sum(value, axes);
}

void expect_as_interpreted(const Graph& graph, double tolerance) {
  for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512}) {
    for (int64_t rows : {1, 3, 17}) {
      Tensors inputs = sample_inputs(graph, rows, 5);
      Tensors exact = run_nests(lowered(graph, options_for(tier, rows, true)), graph, inputs, rows);
      Tensors same = run_nests(lowered(graph, options_for(tier, rows, false)), graph, inputs, rows);
      const std::string where = fmt::format("{} rows, {}", rows, spelling(tier));
      EXPECT_EQ(difference(interpret(graph, inputs, rows), exact, tolerance), "") << where;
      EXPECT_EQ(difference(exact, same, 0), "") << where;
    }
  }
}

/// Pads, pools of odd sizes, units behind them.
Graph small_lenet(Element element) {
  Network net{.element = element};
  Value x = net.image({Dim::rows(), 1, 7, 8});
  Value h = net.pooled(unary("tanh", net.convolved(net.padded(x), "first", 3)), "window_max");
  h = net.pooled(unary("tanh", net.convolved(net.padded(h), "second", 2)), "window_sum");
  Value flat = reshape(h, {Dim::rows(), 4});
  Value y = contract(flat, net.weight("units", {4, 5}), "b i, i o -> b o");
  net.yield(y, "y");
  return net.with_gradients(sum_of_all(y * y));
}

/// What each row means of its channels goes back onto them, one image is a result, another is random.
Graph with_detours(Element element) {
  Network net{.element = element};
  Value x = net.image({Dim::rows(), 2, 6, 6});
  Value h = unary("tanh", net.convolved(x, "first", 3));
  net.yield(h, "image");
  Value mean = reduce_sum(h, Axes{2, 3}) * (1.0 / 16);
  h = h - broadcast(mean, h.type().shape, Axes{0, 1});
  h = h * broadcast(reduce_max(h, Axes{1, 2, 3}), h.type().shape, Axes{0});
  Value plain = input(net.graph, InputRole::column, "noise", h.type());
  std::vector<Value> parts{h, h + plain};
  Value both = concat(parts, 1);
  Value narrow = contract(both, net.weight("narrow", {6, 4}), "n c i j, c o -> n o i j");
  Value cut = slice(reverse(narrow, 2), 3, 1, 4, 2);
  net.yield(reduce_argmax(cut, 1), "best");
  net.yield(permute(cut, Axes{2, 0, 1, 3}), "turned");
  return net.with_gradients(sum_of_all(cut * cut));
}

TEST(LayoutRows, ConvolutionsPoolsAndPads) {
  expect_as_interpreted(small_lenet(Element::f32), 1e-5);
  expect_as_interpreted(small_lenet(Element::f64), 1e-12);
}

TEST(LayoutRows, WhatMixesWithThem) {
  expect_as_interpreted(with_detours(Element::f32), 1e-4);
  expect_as_interpreted(with_detours(Element::f64), 1e-12);
}

}  // namespace
}  // namespace nnc
