#include "tests/gradients/check_slopes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/resolve.h"
#include "passes/differentiate.h"
#include "passes/simplify.h"

namespace nnc {

namespace {

bool has_path(const Node& node) { return leaf_path(node) != nullptr; }
std::string path_of(const Node& node) { return *leaf_path(node); }

double number_for(const std::string& path, Element element, int64_t rows, std::mt19937_64& random) {
  double unit = std::uniform_real_distribution<double>(0, 1)(random);
  if (path == "order") return std::floor(unit * static_cast<double>(rows));
  if (element == Element::u8) return std::floor(unit * 256);
  if (!is_float(element)) return std::floor(unit * 3);
  bool positive = path.starts_with("setting.") || path.starts_with("optimizer.");
  return positive ? 0.1 + 0.8 * unit : 2 * unit - 1;
}

bool agree(double a, double b, double tolerance) {
  return std::fabs(a - b) <= tolerance * std::max({1e-3, std::fabs(a), std::fabs(b)});
}

}  // namespace

Tensors network_inputs(const Graph& graph, int64_t rows, uint64_t seed) {
  std::mt19937_64 random(seed);
  Tensors inputs;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    if (!has_path(node)) continue;
    Tensor tensor = Tensor::uninitialised(resolve(node.type, rows, rows));
    for (int64_t i = 0; i < tensor.count(); ++i) {
      tensor.set(i, number_for(path_of(node), node.type.element, rows, random));
    }
    inputs[path_of(node)] = std::move(tensor);
  }
  return inputs;
}

Graph slopes_of(const Graph& network, bool simplified) {
  Graph graph(network.name);
  std::unordered_map<NodeId, NodeId> mapped;
  Graph source = network;
  Value loss = graph.value(copy_into(source, source.result("loss").id, graph, mapped));
  graph.results.push_back({ResultKind::loss, "loss", loss.id});
  for (NodeId id : graph.reachable()) {
    const Node node = graph.node(id);
    if (node.op != &op("variable") || !is_float(node.type.element)) continue;
    graph.results.push_back({ResultKind::value, "d " + path_of(node), gradient(loss, graph.value(id)).id});
  }
  Graph slopes = differentiate(graph);
  return simplified ? simplify(slopes) : slopes;
}

std::string wrong_slope(const Graph& slopes, int64_t rows, uint64_t seed) {
  const Tensors inputs = network_inputs(slopes, rows, seed);
  std::mt19937_64 random(seed + 1);
  Tensors direction;
  double reverse = 0;
  for (const auto& [name, tensor] : interpret(slopes, inputs, rows)) {
    if (!name.starts_with("d ")) continue;
    Tensor along = Tensor::uninitialised(Type(Element::f64, inputs.at(name.substr(2)).type.shape));
    for (int64_t i = 0; i < along.count(); ++i) {
      along.set(i, std::uniform_real_distribution<double>(-1, 1)(random));
      reverse += along.number(i) * tensor.number(i);
    }
    direction[name.substr(2)] = std::move(along);
  }
  double forward = interpret_dual(slopes, inputs, direction, rows).tangents.at("loss").number(0);
  auto loss_at = [&](double step) {
    Tensors there = inputs;
    for (const auto& [path, along] : direction) there[path] = moved(inputs.at(path), along.values<double>(), step);
    return interpret(slopes, there, rows).at("loss").number(0);
  };
  constexpr double kStep = 1e-6;
  double difference = (loss_at(kStep) - loss_at(-kStep)) / (2 * kStep);
  if (direction.empty()) return "no gradient was made";
  if (!agree(reverse, forward, 1e-9)) return fmt::format("reverse {} is not forward {}", reverse, forward);
  if (!agree(reverse, difference, 1e-4)) return fmt::format("reverse {}, difference {}", reverse, difference);
  return "";
}

}  // namespace nnc
