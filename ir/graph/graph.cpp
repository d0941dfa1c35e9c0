#include "ir/graph/graph.h"

#include <fmt/format.h>

#include <utility>

#include "ir/graph/op.h"
#include "support/error.h"

namespace nnc {

namespace {

/// Of one node. A value that a whole program shares (0, the rate) keeps the first few: every line of the program would
/// say nothing, and take its room in every kernel that uses the value.
constexpr size_t kMostOrigins = 16;

size_t mix(size_t seed, size_t value) { return (seed ^ (value + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2))); }

size_t hash_of(const Node& node) {
  size_t seed = mix(std::hash<std::string_view>{}(node.op->name), node.attributes.hash());
  for (NodeId operand : node.operands) seed = mix(seed, operand);
  for (const auto& body : node.bodies) seed = mix(seed, body->results.size());
  return seed;
}

bool same_bodies(const Node& a, const Node& b) {
  if (a.bodies.size() != b.bodies.size()) return false;
  for (size_t i = 0; i < a.bodies.size(); ++i) {
    if (a.bodies[i] != b.bodies[i] && !equivalent(*a.bodies[i], *b.bodies[i])) return false;
  }
  return true;
}

bool same_node(const Node& a, const Node& b) {
  return a.op == b.op && a.operands == b.operands && a.attributes == b.attributes && same_bodies(a, b);
}

/// Names are identifiers in the text form.
std::string as_identifier(std::string name) {
  for (char& c : name) {
    bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    if (!allowed) c = '_';
  }
  const bool starts_as_number = !name.empty() && ((name[0] >= '0' && name[0] <= '9') || name[0] == '.');
  return starts_as_number ? "_" + name : name;
}

/// Post-order from `roots`, operands in order, on an explicit stack.
template <class Visit>
void walk(const Graph& graph, std::span<const NodeId> roots, Visit visit) {
  std::vector<bool> seen(graph.size(), false);
  std::vector<std::pair<NodeId, size_t>> stack;
  for (NodeId root : roots) {
    if (root >= graph.size() || seen[root]) continue;
    seen[root] = true;
    stack.emplace_back(root, 0);
    while (!stack.empty()) {
      auto& [id, next] = stack.back();
      const std::vector<NodeId>& operands = graph.node(id).operands;
      if (next == operands.size()) {
        visit(id);
        stack.pop_back();
        continue;
      }
      NodeId operand = operands[next++];
      if (seen[operand]) continue;
      seen[operand] = true;
      stack.emplace_back(operand, 0);
    }
  }
}

std::vector<NodeId> result_nodes(const Graph& graph) {
  std::vector<NodeId> roots;
  for (const Result& result : graph.results) roots.push_back(result.node);
  return roots;
}

}  // namespace

const Type& Value::type() const {
  NNC_ASSERT(graph != nullptr, "a null value has no type");
  return graph->type(id);
}

Value Graph::add(const Op& op, std::span<const Value> operands, Attributes attributes,
                 std::vector<std::shared_ptr<const Graph>> bodies) {
  Node node;
  node.op = &op;
  node.attributes = std::move(attributes);
  node.bodies = std::move(bodies);
  std::vector<Type> types;
  types.reserve(operands.size());
  for (const Value& operand : operands) {
    NNC_ASSERT(operand.graph == this && operand.id < nodes_.size(),
               fmt::format("an operand of '{}' belongs to another graph", op.name));
    node.operands.push_back(operand.id);
    types.push_back(nodes_[operand.id].type);
  }
  size_t hash = hash_of(node);
  auto [begin, end] = by_hash_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    if (!same_node(nodes_[it->second], node)) continue;
    if (current_origin.known()) add_origin(it->second, current_origin);
    return {this, it->second};
  }
  Inferred inferred = infer(op, types, node);
  if (const std::string* wrong = std::get_if<std::string>(&inferred)) {
    if (breaks_limit(op, types, node)) unsupported(current_origin, *wrong);
    internal_error(*wrong);
  }
  node.type = std::get<Type>(std::move(inferred));
  auto id = static_cast<NodeId>(nodes_.size());
  nodes_.push_back(std::move(node));
  by_hash_.emplace(hash, id);
  if (current_origin.known()) add_origin(id, current_origin);
  return {this, id};
}

void Graph::set_name(NodeId id, std::string name) {
  if (!name.empty()) names_.try_emplace(id, as_identifier(std::move(name)));
}

void Graph::add_origin(NodeId id, Origin origin) {
  std::vector<Origin>& origins = origins_[id];
  if (origins.size() >= kMostOrigins) return;
  for (const Origin& known : origins) {
    if (known == origin) return;
  }
  origins.push_back(std::move(origin));
}

const std::string& Graph::node_name(NodeId id) const {
  static const std::string none;
  auto found = names_.find(id);
  return found == names_.end() ? none : found->second;
}

const std::vector<Origin>& Graph::origins(NodeId id) const {
  static const std::vector<Origin> none;
  auto found = origins_.find(id);
  return found == origins_.end() ? none : found->second;
}

Value Graph::result(std::string_view wanted) const {
  for (const Result& result : results) {
    if (result.name == wanted) return {const_cast<Graph*>(this), result.node};
  }
  internal_error(fmt::format("the graph '{}' has no result '{}'", name, wanted));
}

std::vector<NodeId> Graph::reachable() const {
  std::vector<NodeId> order;
  walk(*this, result_nodes(*this), [&](NodeId id) { order.push_back(id); });
  return order;
}

std::vector<uint32_t> Graph::use_counts() const {
  std::vector<uint32_t> counts(nodes_.size(), 0);
  for (NodeId id : reachable()) {
    for (NodeId operand : nodes_[id].operands) ++counts[operand];
  }
  for (const Result& result : results) {
    if (result.node < counts.size()) ++counts[result.node];
  }
  return counts;
}

bool equivalent(const Graph& a, const Graph& b) {
  if (&a == &b) return true;
  if (a.results.size() != b.results.size()) return false;
  std::vector<NodeId> order_a = a.reachable();
  std::vector<NodeId> order_b = b.reachable();
  if (order_a.size() != order_b.size()) return false;
  std::vector<size_t> place_a(a.size(), 0), place_b(b.size(), 0);
  for (size_t i = 0; i < order_a.size(); ++i) {
    const Node& x = a.node(order_a[i]);
    const Node& y = b.node(order_b[i]);
    place_a[order_a[i]] = place_b[order_b[i]] = i;
    if (x.op != y.op || !(x.type == y.type) || !(x.attributes == y.attributes)) return false;
    if (x.operands.size() != y.operands.size() || !same_bodies(x, y)) return false;
    for (size_t k = 0; k < x.operands.size(); ++k) {
      if (place_a[x.operands[k]] != place_b[y.operands[k]]) return false;
    }
  }
  for (size_t i = 0; i < a.results.size(); ++i) {
    const Result& x = a.results[i];
    const Result& y = b.results[i];
    if (x.kind != y.kind || x.name != y.name || place_a[x.node] != place_b[y.node]) return false;
  }
  return true;
}

NodeId copy_into(const Graph& source, NodeId id, Graph& target, std::unordered_map<NodeId, NodeId>& mapped) {
  Origin before = std::exchange(target.current_origin, Origin{});
  std::vector<std::pair<NodeId, size_t>> stack;
  if (!mapped.contains(id)) stack.emplace_back(id, 0);
  while (!stack.empty()) {
    auto& [current, next] = stack.back();
    const Node& node = source.node(current);
    if (next < node.operands.size()) {
      NodeId operand = node.operands[next++];
      if (!mapped.contains(operand)) stack.emplace_back(operand, 0);
      continue;
    }
    std::vector<Value> operands;
    for (NodeId operand : node.operands) operands.push_back(target.value(mapped.at(operand)));
    NodeId copy = target.add(*node.op, operands, node.attributes, node.bodies).id;
    mapped.emplace(current, copy);
    target.set_name(copy, source.node_name(current));
    for (const Origin& origin : source.origins(current)) target.add_origin(copy, origin);
    stack.pop_back();
  }
  target.current_origin = std::move(before);
  return mapped.at(id);
}

}  // namespace nnc
