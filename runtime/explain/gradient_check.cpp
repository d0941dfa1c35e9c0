// 1. Backpropagate once. For each parameter compare the slope along a random direction, and of a few single elements,
//    with (f(x + h) − f(x − h)) / 2h.
// 2. Where one does not agree, ask each node alone, with the values that it saw: is its own rule the derivative of its
//    own value? Those that fail are the cause. If none does, the path is cut somewhere, as stop_gradient does.
#include "runtime/explain/gradient_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "frontend/program/functions.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "ir/graph/resolve.h"
#include "passes/differentiate.h"
#include "runtime/explain/compare_slopes.h"
#include "runtime/explain/node_alone.h"
#include "runtime/explain/own_gradient_check.h"
#include "runtime/io/quantity.h"
#include "support/error.h"
#include "support/printable.h"

namespace nnc {

namespace {

constexpr int kElements = 3;  ///< of each parameter, beside the random direction
constexpr int64_t kRows = 8;
constexpr double kBeside = 0.05;  ///< how far the weights move, where theirs lie at kinks

std::string named(const Graph& graph, NodeId id) {
  std::string place = graph.origins(id).empty() ? ""
                                                : fmt::format("{}:{}:{}: ", graph.origins(id)[0].file,
                                                              graph.origins(id)[0].line, graph.origins(id)[0].column);
  std::string inside = graph.origins(id).empty() || graph.origins(id)[0].note.empty()
                           ? ""
                           : fmt::format(" within '{}'", graph.origins(id)[0].note);
  std::string name = graph.node_name(id).empty() ? "" : fmt::format(" of '{}'", graph.node_name(id));
  return fmt::format("{}'{}'{}{}", place, graph.node(id).op->name, name, inside);
}

/// What the rule of one node says of each operand, against differences of that node.
class NodeCheck {
 public:
  NodeCheck(const Calculation& calculation, const Backpropagation& backward, uint64_t seed)
      : calculation_(calculation), backward_(backward), random_(seed) {}

  /// Lines about every node whose rule is wrong.
  std::vector<std::string> run() {
    std::vector<std::string> lines;
    const Graph& graph = calculation_.graph;
    for (NodeId id : graph.reachable()) {
      const Node& node = graph.node(id);
      bool tuples = node.type.is_tuple() || std::any_of(node.operands.begin(), node.operands.end(),
                                                        [&](NodeId each) { return graph.type(each).is_tuple(); });
      // What a function says itself is compared as a whole (own_gradient_check.h).
      const bool own = node.op == &op("own_gradient");
      if (node.op->vjp == nullptr || tuples || own || !is_float(node.type.element)) continue;
      check(id, lines);
    }
    return lines;
  }

 private:
  void check(NodeId id, std::vector<std::string>& lines) {
    const Graph& graph = calculation_.graph;
    Node node = graph.node(id);
    std::vector<Type> types;
    Tensors inputs;
    for (size_t i = 0; i < node.operands.size(); ++i) {
      const Tensor& value = backward_.value(node.operands[i]);
      types.push_back(resolve(graph.node(node.operands[i]), calculation_.rows, 0).type);
      inputs[fmt::format("{}", i)] = value;
    }
    Graph alone = node_alone(resolve(node, calculation_.rows, 0), types);
    Value out = alone.result("out");
    const std::vector<double> weights = random_direction(static_cast<size_t>(backward_.value(id).count()), random_);
    inputs["weight"] = Tensor(Type(Element::f64, out.type().shape), weights);
    Value product = out * input(alone, InputRole::argument, "weight", out.type());
    std::vector<int64_t> axes;
    for (int axis = 0; axis < out.type().rank(); ++axis) axes.push_back(axis);
    Value objective = axes.empty() ? product : reduce_sum(product, axes);
    alone.results = {{ResultKind::value, "objective", objective.id}};
    Graph slopes = alone;
    for (size_t i = 0; i < types.size(); ++i) {
      if (!is_float(types[i].element)) continue;
      Value by = gradient(slopes.value(objective.id), slopes.value(static_cast<NodeId>(i)));
      slopes.results.push_back({ResultKind::value, fmt::format("{}", i), by.id});
    }
    Tensors found = interpret(differentiate(slopes), inputs, calculation_.rows);
    static const std::string kObjective = "objective";
    NumberOf scalar{alone, kObjective, inputs, calculation_.rows};
    for (size_t i = 0; i < types.size(); ++i) {
      auto gradient = found.find(fmt::format("{}", i));
      if (gradient == found.end() || gradient->second.count() == 0) continue;
      ComparedSlope slope = worst_slope(scalar, fmt::format("{}", i), gradient->second, random_, 1);
      if (slope.agrees) continue;
      lines.push_back(fmt::format("{}: the derivative by its operand {} is wrong: {:.9g}, but differences give {:.9g}",
                                  named(graph, id), i + 1, printable(slope.backpropagation),
                                  printable(slope.differences)));
    }
  }

  const Calculation& calculation_;
  const Backpropagation& backward_;
  std::mt19937_64 random_;
};

/// What gradients are compared of: parameters and arguments.
bool compared(const Node& node) {
  return is_float(node.type.element) && (node.op == &op("variable") || role_of(node) == InputRole::argument);
}

/// Nodes that end the path by definition although what they read depends on a parameter.
std::vector<std::string> cuts(const Graph& graph) {
  std::vector<std::string> lines;
  std::vector<bool> moves(graph.size(), false);
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    moves[id] = compared(node);
    for (NodeId operand : node.operands) moves[id] = moves[id] || moves[operand];
    bool number = !node.type.is_tuple() && is_float(node.type.element);
    if (moves[id] && !node.op->differentiable && number) {
      lines.push_back(
          fmt::format("{}: lets no gradient through by definition; differences see its change", named(graph, id)));
    }
  }
  return lines;
}

/// Parameters that `frozen` keeps from training wherever they are read: there is no gradient by them.
std::vector<bool> only_stopped(const Graph& graph) {
  std::vector<bool> stopped(graph.size(), true);
  for (NodeId id : graph.reachable()) {
    if (graph.node(id).op == &op("stop_gradient")) continue;
    for (NodeId operand : graph.node(id).operands) stopped[operand] = false;
  }
  for (const Result& result : graph.results) stopped[result.node] = false;
  return stopped;
}

std::vector<NodeId> compared_nodes(const Graph& graph) {
  std::vector<NodeId> ids = graph.reachable();
  const std::vector<bool> stopped = only_stopped(graph);
  std::erase_if(ids, [&](NodeId id) {
    return !compared(graph.node(id)) || (graph.node(id).op == &op("variable") && stopped[id]);
  });
  auto origin = [&](NodeId id) { return graph.origins(id).empty() ? Origin{} : graph.origins(id).front(); };
  std::stable_sort(ids.begin(), ids.end(), [&](NodeId a, NodeId b) { return declared_before(origin(a), origin(b)); });
  return ids;
}

/// Every gradient compared, without causes; whether all agree.
bool compare_all(const Calculation& calculation, uint64_t seed, GradientReport& report) {
  Backpropagation backward(calculation);
  Graph graph = with_objective(calculation.graph);
  std::erase_if(graph.results, [](const Result& result) { return result.name != "objective"; });
  if (graph.results.empty()) return true;
  const std::string objective = "objective";
  const Graph forward = differentiate(graph);  // of gradients that the program itself asks for
  NumberOf scalar{forward, objective, calculation.inputs, calculation.rows};
  std::mt19937_64 random(seed);
  bool agree = true;
  for (NodeId id : compared_nodes(graph)) {
    if (backward.gradient(id) == nullptr) continue;
    const std::string& path = *leaf_path(graph.node(id));
    CheckedGradient checked{input_name(InputRole::argument, path), backward.gradient(id)->type, {}};
    checked.worst = worst_slope(scalar, path, *backward.gradient(id), random, kElements);
    agree = agree && checked.worst.agrees;
    report.gradients.push_back(std::move(checked));
  }
  return agree;
}

/// The parameters moved by a little. A convolution whose bias starts at 0 gives exactly 0 wherever a picture is black,
/// and relu has a kink at each of these places: along a direction of many elements they add up to a slope that no side
/// of a single kink has.
Calculation beside(const Calculation& calculation, uint64_t seed) {
  Calculation other = calculation;
  std::mt19937_64 random(seed);
  for (NodeId id : calculation.graph.reachable()) {
    const Node& node = calculation.graph.node(id);
    if (node.op != &op("variable") || !is_float(node.type.element)) continue;
    auto found = other.inputs.find(*leaf_path(node));
    if (found == other.inputs.end() || found->second.count() == 0) continue;
    const auto count = static_cast<size_t>(found->second.count());
    found->second = moved(found->second, random_direction(count, random), kBeside);
  }
  return other;
}

}  // namespace

GradientReport check_gradients(const Calculation& calculation, uint64_t seed) {
  NNC_ASSERT(!calculation.round, "gradients are checked in f64, without rounding");
  GradientReport report;
  report.title = calculation.title;
  if (report.title == "loss") report.title = fmt::format("the loss of {}", counted(calculation.rows, "sample"));
  report.causes = wrong_own_gradients(calculation, Backpropagation(calculation), seed);
  const bool right = report.causes.empty();
  if (compare_all(calculation, seed, report) || !right) return report;
  GradientReport again{report.title + ", a little beside the start weights, which lie at kinks", {}, {}};
  if (compare_all(beside(calculation, seed), seed, again)) return again;
  report.causes = NodeCheck(calculation, Backpropagation(calculation), seed).run();
  if (report.causes.empty()) report.causes = cuts(calculation.graph);
  if (report.causes.empty()) report.causes = {"each op's own rule is right: backpropagation combines them wrongly"};
  return report;
}

std::vector<GradientReport> check_gradients(SessionOptions options) {
  options.overrides.precision = Element::f64;
  Session session(std::move(options));
  std::vector<GradientReport> reports;
  uint64_t seed = 1;
  if (has_train(session.checked())) {
    CalculationRequest request;
    request.most_rows = kRows;
    return {check_gradients(calculation(session, request), seed)};
  }
  for (const FunctionInfo& function : functions(session.checked())) {
    bool defaults = std::all_of(function.arguments.begin(), function.arguments.end(),
                                [](const FunctionArgument& argument) { return !argument.default_text.empty(); });
    if (!defaults || function.is_layer) continue;
    CalculationRequest request;
    request.function = function.name;
    reports.push_back(check_gradients(calculation(session, request), seed));
  }
  return reports;
}

std::string report_text(const std::string& file, const GradientReport& report) {
  std::string text =
      fmt::format("{}: gradients of {}, backpropagation against central differences in f64\n", file, report.title);
  size_t names = 9, shapes = 5;
  for (const CheckedGradient& checked : report.gradients) {
    names = std::max(names, checked.name.size());
    shapes = std::max(shapes, to_string(checked.type.shape).size());
  }
  text += fmt::format("  {:<{}}  {:<{}}  relative error\n", "parameter", names, "shape", shapes);
  for (const CheckedGradient& checked : report.gradients) {
    const ComparedSlope& worst = checked.worst;
    text += fmt::format("  {:<{}}  {:<{}}  {:<8.1e}  {}\n", checked.name, names, to_string(checked.type.shape), shapes,
                        printable(worst.relative_error),
                        worst.agrees
                            ? "ok"
                            : fmt::format("WRONG: along {} backpropagation says {:.9g}, differences {:.9g}",
                                          worst.along, printable(worst.backpropagation), printable(worst.differences)));
  }
  for (const std::string& cause : report.causes) text += cause + "\n";
  return text;
}

}  // namespace nnc
