// 1. Copy the graph node by node, operands first.
// 2. At the first `gradient(y, x₀)` of a y, collect every x that some reachable node asks for with the same y: one
// reverse
//    walk serves them all. pull_back (ir/graph/backward.h) applies each node's rule once.
// 3. A placeholder becomes the cotangent of its x; zeros where no path leads from y to x.
// 4. Bodies that ask for gradients of their own are differentiated first, so that the walk outside meets what they
// compute. A gradient of a gradient needs nothing special: its y is copied, and with that expanded, before it.
#include "passes/differentiate.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "ir/graph/backward.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "support/error.h"

namespace nnc {

namespace {

bool is_placeholder(const Node& node) { return node.op->op_class == OpClass::gradient; }

bool asks_for_gradients(const Graph& graph) {
  std::vector<NodeId> reachable = graph.reachable();
  return std::any_of(reachable.begin(), reachable.end(), [&](NodeId id) {
    const Node& node = graph.node(id);
    return is_placeholder(node) || std::any_of(node.bodies.begin(), node.bodies.end(),
                                               [](const auto& body) { return asks_for_gradients(*body); });
  });
}

class Differentiation {
 public:
  explicit Differentiation(const Graph& source) : source_(source), order_(source.reachable()), target_(source.name) {}

  Graph run() {
    for (NodeId id : order_) {
      if (is_placeholder(source_.node(id))) {
        mapped_[id] = gradient_of(id).id;
      } else {
        copy(id);
      }
    }
    for (Result result : source_.results) {
      result.node = mapped_.at(result.node);
      target_.results.push_back(std::move(result));
    }
    return std::move(target_);
  }

 private:
  void copy(NodeId id) {
    const Node& node = source_.node(id);
    std::vector<Value> operands;
    for (NodeId operand : node.operands) operands.push_back(target_.value(mapped_.at(operand)));
    std::vector<std::shared_ptr<const Graph>> bodies = node.bodies;
    for (auto& body : bodies) {
      if (asks_for_gradients(*body)) body = std::make_shared<const Graph>(differentiate(*body));
    }
    NodeId made = target_.add(*node.op, operands, node.attributes, std::move(bodies)).id;
    mapped_[id] = made;
    if (!source_.node_name(id).empty()) target_.set_name(made, source_.node_name(id));
    for (const Origin& origin : source_.origins(id)) target_.add_origin(made, origin);
  }

  Value gradient_of(NodeId placeholder) {
    NodeId of = source_.node(placeholder).operands[0];
    auto walked = cotangents_.find(of);
    if (walked == cotangents_.end()) walked = cotangents_.emplace(of, walk_back(of)).first;
    NodeId with_respect_to = source_.node(placeholder).operands[1];
    Value& cotangent = walked->second[with_respect_to];
    // Its x came after y, which therefore can't depend on it: such as the weight of a layer that nothing uses.
    if (!cotangent) cotangent = full(target_, 0, target_.type(mapped_.at(with_respect_to)));
    return cotangent;
  }

  /// Cotangents of everything that is asked for with this y and is already there.
  std::map<NodeId, Value> walk_back(NodeId of) {
    std::vector<NodeId> asked;
    std::vector<Value> wanted;
    for (NodeId id : order_) {
      const Node& node = source_.node(id);
      if (!is_placeholder(node) || node.operands[0] != of) continue;
      auto there = mapped_.find(node.operands[1]);
      if (there == mapped_.end()) continue;
      asked.push_back(node.operands[1]);
      wanted.push_back(target_.value(there->second));
    }
    Value y = target_.value(mapped_.at(of));
    Value one = full(target_, 1, y.type());
    for (const Origin& origin : source_.origins(of)) target_.add_origin(one.id, origin);
    std::array seeds{Seed{y, one}};
    std::vector<Value> found = pull_back(target_, seeds, wanted);
    std::map<NodeId, Value> by_node;
    for (size_t i = 0; i < asked.size(); ++i) by_node[asked[i]] = found[i];
    return by_node;
  }

  const Graph& source_;
  std::vector<NodeId> order_;
  Graph target_;
  std::unordered_map<NodeId, NodeId> mapped_;
  std::map<NodeId, std::map<NodeId, Value>> cotangents_;
};

}  // namespace

Graph differentiate(const Graph& graph) { return Differentiation(graph).run(); }

StageValue run_differentiate(const StageValue& program, const PassOptions&) {
  return differentiate(std::get<Graph>(program));
}

}  // namespace nnc
