// The tensor graph: immutable, hash-consed SSA. A Graph owns its nodes in one vector in an order in which operands come
// first; adding a node that exists returns the one that exists, so common subexpressions never do. Rewriting builds a
// new Graph. Names and source positions are a side table and no part of a node's identity; the path of a variable, an
// input or a random number is an attribute and therefore is.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ir/graph/attributes.h"
#include "ir/scalar/type.h"
#include "support/source.h"

namespace nnc {

struct Op;
class Graph;

using NodeId = uint32_t;
inline constexpr NodeId kNoNode = UINT32_MAX;

struct Node {
  const Op* op = nullptr;
  std::vector<NodeId> operands;
  Attributes attributes;
  Type type;
  std::vector<std::shared_ptr<const Graph>> bodies;  ///< inputs of a body: `input` nodes, in order of their `index`
};

/// What a graph yields. `value`: a named result ("output"). `total`: a scalar that the runtime adds over the batches in
/// row order (metrics). `update`: the new value of the variable called `name`. `loss`: the one number called "loss"
/// that must be finite before a step changes any variable.
enum class ResultKind : uint8_t { value, total, update, loss };
inline constexpr std::string_view kLoss = "loss";

struct Result {
  ResultKind kind = ResultKind::value;
  std::string name;
  NodeId node = kNoNode;
  bool operator==(const Result&) const = default;
};

/// A value under construction: a graph and a node in it. Operators build nodes (see builder.h).
struct Value {
  Graph* graph = nullptr;
  NodeId id = kNoNode;

  const Type& type() const;
  explicit operator bool() const { return graph != nullptr; }
  bool operator==(const Value&) const = default;
};

class Graph {
 public:
  Graph() = default;
  explicit Graph(std::string name) : name(std::move(name)) {}

  std::string name = "main";
  std::vector<Result> results;

  /// Adds a node, or returns the equal one. The type is inferred by the op's record; what the record refuses is an
  /// InternalError (check with `infer` first where a user's text decides), a type beyond nnc's limits is Unsupported at
  /// the current origin.
  Value add(const Op& op, std::span<const Value> operands, Attributes attributes = {},
            std::vector<std::shared_ptr<const Graph>> bodies = {});

  const Node& node(NodeId id) const { return nodes_[id]; }
  const Type& type(NodeId id) const { return nodes_[id].type; }
  size_t size() const { return nodes_.size(); }
  Value value(NodeId id) { return {this, id}; }

  /// Side table. A node may have several names and origins; the first is printed.
  void set_name(NodeId id, std::string name);
  void add_origin(NodeId id, Origin origin);
  const std::string& node_name(NodeId id) const;  ///< empty when it has none
  const std::vector<Origin>& origins(NodeId id) const;

  /// New nodes get this origin until it is changed; the frontend and passes set it as they walk.
  Origin current_origin;

  Value result(std::string_view name) const;  ///< the node of the result called `name`; InternalError when missing

  /// Nodes that the results reach, operands first, in the order of a walk from the results (not of creation): what the
  /// printer numbers and passes visit.
  std::vector<NodeId> reachable() const;
  /// Number of uses of each node by reachable nodes and results.
  std::vector<uint32_t> use_counts() const;

 private:
  std::deque<Node> nodes_;  ///< a deque: references to nodes and types stay valid while nodes are added
  std::unordered_multimap<size_t, NodeId> by_hash_;
  std::unordered_map<NodeId, std::string> names_;
  std::unordered_map<NodeId, std::vector<Origin>> origins_;
};

/// Equal up to numbering, names and origins: the same results by the same walk.
bool equivalent(const Graph& a, const Graph& b);

/// Copies `id` and all it reaches into `target`, mapping nodes through `mapped` (which is extended). Names and origins
/// come along.
NodeId copy_into(const Graph& source, NodeId id, Graph& target, std::unordered_map<NodeId, NodeId>& mapped);

}  // namespace nnc
