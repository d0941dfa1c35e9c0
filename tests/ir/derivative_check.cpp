#include "tests/ir/derivative_check.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ir/graph/backward.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"

namespace nnc {

namespace {

/// Different weights for the elements, so that no error cancels: cos of the row-major number, by iotas.
Value weighted_sum(Value value) {
  Graph& graph = *value.graph;
  Value phase = full(graph, 0.3, value.type());
  std::vector<int64_t> axes;
  for (int axis = 0; axis < value.type().rank(); ++axis) {
    phase = phase + iota(graph, value.type(), axis) * (0.7 + axis);
    axes.push_back(axis);
  }
  return reduce_sum(value * unary("cos", phase), axes);
}

}  // namespace

Graph with_gradients(const Graph& source) {
  Graph graph(source.name);
  std::unordered_map<NodeId, NodeId> mapped;
  Value loss;
  for (const Result& result : source.results) {
    Value value = graph.value(copy_into(source, result.node, graph, mapped));
    if (!is_float(value.type().element)) continue;
    Value part = cast(weighted_sum(value), Element::f64);
    loss = loss ? loss + part : part;
  }
  if (!loss) loss = constant(graph, 0, Element::f64);
  graph.results.push_back({ResultKind::loss, "loss", loss.id});
  std::vector<Value> leaves;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    bool wanted = leaf_path(node) != nullptr && is_float(node.type.element);
    if (wanted) leaves.push_back(graph.value(id));
  }
  std::array seeds{Seed{loss, constant(graph, 1, Element::f64)}};
  std::vector<Value> gradients = pull_back(graph, seeds, leaves);
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (!gradients[i]) continue;
    std::string path = *leaf_path(graph.node(leaves[i].id));
    graph.results.push_back({ResultKind::value, "d " + path, gradients[i].id});
  }
  return graph;
}

double reverse_slope(const Graph& gradients, const Tensors& inputs, const Tensors& direction, int64_t rows) {
  double sum = 0;
  for (const auto& [name, tensor] : interpret(gradients, inputs, rows)) {
    if (!name.starts_with("d ")) continue;
    const Tensor& along = direction.at(name.substr(2));
    for (int64_t i = 0; i < tensor.count(); ++i) sum += tensor.number(i) * along.number(i);
  }
  return sum;
}

double forward_slope(const Graph& gradients, const Tensors& inputs, const Tensors& direction, int64_t rows) {
  return interpret_dual(gradients, inputs, direction, rows).tangents.at("loss").number(0);
}

double difference_slope(const Graph& gradients, const Tensors& inputs, const Tensors& direction, int64_t rows) {
  constexpr double kStep = 1e-5;
  auto loss_at = [&](double step) {
    Tensors there = inputs;
    for (auto& [name, tensor] : there) tensor = moved(tensor, direction.at(name).numbers(), step);
    return interpret(gradients, there, rows).at("loss").number(0);
  };
  return (loss_at(kStep) - loss_at(-kStep)) / (2 * kStep);
}

bool agree(double a, double b, double tolerance) {
  if (std::isnan(a) || std::isnan(b)) return false;
  return std::fabs(a - b) <= tolerance * std::max({1.0, std::fabs(a), std::fabs(b)});
}

}  // namespace nnc
