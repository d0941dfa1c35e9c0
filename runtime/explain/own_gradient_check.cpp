// Each application is looked at alone: its arguments become inputs, with the values that they had; the weighted sum of
// its value is differentiated twice, once through what the definition says and once past it.
#include "runtime/explain/own_gradient_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/own_gradient.h"
#include "passes/differentiate.h"
#include "runtime/explain/compare_slopes.h"
#include "support/printable.h"

namespace nnc {

namespace {

/// Whether a gradient finds a way from the value to the leaf.
bool reaches(const Graph& graph, NodeId value, NodeId leaf) {
  std::vector<NodeId> open{value};
  std::vector<bool> seen(graph.size());
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    if (id == leaf) return true;
    const Node& node = graph.node(id);
    const bool cut = !node.op->differentiable || (!node.type.is_tuple() && !is_float(node.type.element));
    if (seen[id] || cut) continue;
    seen[id] = true;
    open.insert(open.end(), node.operands.begin(), node.operands.end());
  }
  return false;
}

Value weighted_sum(Value x, Value weight) {
  std::vector<int64_t> axes;
  for (int axis = 0; axis < x.type().rank(); ++axis) axes.push_back(axis);
  return axes.empty() ? x * weight : reduce_sum(x * weight, axes);
}

/// One application of a function with a gradient of its own.
class Application {
 public:
  Application(const Calculation& calculation, const Backpropagation& values, NodeId id, std::mt19937_64& random)
      : calculation_(calculation), graph_(calculation.graph), id_(id), inputs_(calculation.inputs) {
    const OwnGradient own = OwnGradient::of(graph_.node(id));
    std::unordered_map<NodeId, NodeId> mapped;
    for (NodeId by : own.by) {
      const std::string path = fmt::format("own.{}", leaves_.size());
      Value leaf = input(part_, InputRole::argument, path, graph_.type(by));
      const bool fresh = mapped.emplace(by, leaf.id).second;
      leaves_.push_back({path, fresh ? leaf.id : kNoNode});
      inputs_[path] = values.value(by);
    }
    const NodeId copy = copy_into(graph_, id, part_, mapped);
    value_ = mapped.at(own.value);
    const Tensor& shape = values.value(id);
    Value weight = input(part_, InputRole::argument, "own.weight", graph_.type(id));
    const auto count = static_cast<size_t>(shape.count());
    inputs_["own.weight"] = Tensor(Type(Element::f64, shape.type.shape),
                                   count == 1 ? std::vector<double>{1} : random_direction(count, random));
    plain_ = weighted_sum(part_.value(value_), weight).id;
    said_ = weighted_sum(part_.value(copy), weight).id;
  }

  void check(std::vector<std::string>& lines) {
    Graph both = part_;
    for (const Leaf& leaf : leaves_) {
      if (leaf.id == kNoNode) continue;
      both.results.push_back(
          {ResultKind::value, "said " + leaf.path, gradient(both.value(said_), both.value(leaf.id)).id});
      both.results.push_back(
          {ResultKind::value, "found " + leaf.path, gradient(both.value(plain_), both.value(leaf.id)).id});
    }
    const Tensors slopes = interpret(differentiate(both), inputs_, calculation_.rows);
    part_.results = {{ResultKind::value, "objective", plain_}};
    const Graph forward = differentiate(part_);
    const std::string objective = "objective";
    NumberOf scalar{forward, objective, inputs_, calculation_.rows};
    for (size_t i = 0; i < leaves_.size(); ++i) {
      if (leaves_[i].id == kNoNode || !reaches(part_, value_, leaves_[i].id)) continue;
      compare_one(scalar, i, slopes.at("said " + leaves_[i].path), slopes.at("found " + leaves_[i].path), lines);
    }
  }

 private:
  struct Leaf {
    std::string path;
    NodeId id;  ///< kNoNode where an argument before it is the same value
  };

  /// The element where the two differ most; at a kink what is said need only lie between the slopes of both sides.
  void compare_one(NumberOf& scalar, size_t i, const Tensor& said, const Tensor& found,
                   std::vector<std::string>& lines) const {
    size_t worst = 0;
    double most = -1;
    for (int64_t at = 0; at < said.count(); ++at) {
      const double difference = std::fabs(said.number(at) - found.number(at));
      if (std::isnan(difference) ? most < INFINITY : difference > most) {
        most = std::isnan(difference) ? INFINITY : difference;
        worst = static_cast<size_t>(at);
      }
    }
    if (most < 0) return;
    const auto at = static_cast<int64_t>(worst);
    const double own = said.number(at), derived = found.number(at);
    if (most <= 1e-6 * std::max({std::fabs(own), std::fabs(derived), 1e-4})) return;
    std::vector<double> direction(static_cast<size_t>(said.count()), 0);
    direction[worst] = 1;
    const ComparedSlope slope =
        compare(own, [&](double step) { return scalar.moved(leaves_[i].path, direction, step); });
    if (slope.agrees) return;
    const Graph& body = *graph_.node(id_).bodies[0];
    const std::string at_place =
        said.count() > 1 ? fmt::format("of a random gradient that arrives, at {} ", place_text(said.type, worst)) : "";
    std::string place;
    if (!graph_.origins(id_).empty() && graph_.origins(id_)[0].known()) {
      const Origin& origin = graph_.origins(id_)[0];
      place = fmt::format("{}:{}:{}: ", origin.file, origin.line, origin.column);
    }
    lines.push_back(
        fmt::format("{}the gradient '{}' of '{}' is not its derivative: {}it gives {:.9g}, where the "
                    "compiler's own derivative gives {:.9g} and differences {:.9g}",
                    place, body.results[i].name, body.name, at_place, printable(own), printable(derived),
                    printable(slope.differences)));
  }

  const Calculation& calculation_;
  const Graph& graph_;
  NodeId id_;
  Graph part_{"own"};
  Tensors inputs_;
  std::vector<Leaf> leaves_;
  NodeId value_ = kNoNode, plain_ = kNoNode, said_ = kNoNode;
};

}  // namespace

std::vector<std::string> wrong_own_gradients(const Calculation& calculation, const Backpropagation& values,
                                             uint64_t seed) {
  std::vector<std::string> lines;
  std::mt19937_64 random(seed);
  for (NodeId id : calculation.graph.reachable()) {
    if (OwnGradient::of(calculation.graph.node(id)).value == kNoNode) continue;
    Application(calculation, values, id, random).check(lines);
  }
  return lines;
}

}  // namespace nnc
