#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "ir/graph/node_text.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/verify/verify.h"
#include "support/error.h"

namespace nnc {

namespace {

/// Throws with the ten nodes around `id` in the order in which the graph is printed.
[[noreturn]] void fault(const Graph& graph, NodeId id, const std::string& what) {
  NodeNames names(graph);
  const std::vector<NodeId>& order = names.order();
  auto at = static_cast<size_t>(std::find(order.begin(), order.end(), id) - order.begin());
  size_t begin = at < 5 ? 0 : at - 5, end = std::min(begin + 10, order.size());
  std::string text = fmt::format("graph '{}': {}", graph.name, what);
  for (size_t i = begin; i < end; ++i) {
    text += fmt::format("\n{} {}", order[i] == id ? ">" : " ", node_line(graph, order[i], names));
  }
  internal_error(text);
}

void verify_node(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  std::vector<Type> types;
  for (NodeId operand : node.operands) {
    if (operand >= id) fault(graph, id, fmt::format("'{}' stands before its operand", node.op->name));
    types.push_back(graph.type(operand));
  }
  Inferred inferred = infer(*node.op, types, node);
  if (const std::string* wrong = std::get_if<std::string>(&inferred)) fault(graph, id, *wrong);
  const Type& type = std::get<Type>(inferred);
  if (!(type == node.type)) {
    fault(graph, id, fmt::format("'{}' gives {}, not {}", node.op->name, to_string(type), to_string(node.type)));
  }
}

/// Leaves with one path have one type; within a body the input's number is its identity.
void verify_paths(const Graph& graph, const std::vector<NodeId>& order) {
  std::map<std::pair<const Op*, std::string>, NodeId> first;
  for (NodeId id : order) {
    const Node& node = graph.node(id);
    const std::string* path = leaf_path(node);
    if (path == nullptr) continue;
    auto [entry, added] = first.try_emplace({node.op, *path}, id);
    if (added || entry->second == id) continue;
    if (!body_index(node)) {
      fault(graph, id,
            fmt::format("'{}' is both {} and {}", *path, to_string(graph.type(entry->second)), to_string(node.type)));
    }
  }
}

void verify_results(const Graph& graph, const std::vector<NodeId>& order, bool is_body) {
  std::set<std::pair<ResultKind, std::string>> seen;
  std::map<std::string, NodeId> variables;
  for (NodeId id : order) {
    if (const std::string* path = variable_path(graph.node(id))) variables.emplace(*path, id);
  }
  for (const Result& result : graph.results) {
    const std::string title = result_title(result);
    if (result.node >= graph.size()) internal_error(fmt::format("graph '{}': {} names no node", graph.name, title));
    if (!seen.emplace(result.kind, result.name).second) fault(graph, result.node, title + " is given twice");
    if (is_body && result.kind != ResultKind::value) fault(graph, result.node, title + " stands in a body");
    const Type& type = graph.type(result.node);
    if (type.is_tuple()) fault(graph, result.node, fmt::format("{} is a tuple {}", title, to_string(type)));
    if (result.kind == ResultKind::loss && result.name != kLoss) {
      fault(graph, result.node, fmt::format("the loss is called {}", name_text(result.name)));
    }
    const bool number = result.kind == ResultKind::total || result.kind == ResultKind::loss;
    if (number && type.rank() != 0) {
      fault(graph, result.node, fmt::format("{} is no number but {}", title, to_string(type)));
    }
    if (result.kind != ResultKind::update) continue;
    auto variable = variables.find(result.name);
    if (variable == variables.end() || graph.type(variable->second) == type) continue;
    fault(graph, result.node,
          fmt::format("{} gives {} to a variable of {}", title, to_string(type),
                      to_string(graph.type(variable->second))));
  }
}

}  // namespace

void verify(const Graph& graph) {
  std::vector<std::pair<const Graph*, bool>> pending{{&graph, false}};
  while (!pending.empty()) {
    auto [current, is_body] = pending.back();
    pending.pop_back();
    std::vector<NodeId> order = current->reachable();
    for (NodeId id : order) {
      verify_node(*current, id);
      for (const auto& body : current->node(id).bodies) pending.emplace_back(body.get(), true);
    }
    verify_paths(*current, order);
    verify_results(*current, order, is_body);
  }
}

}  // namespace nnc
