// The element of a node at an index, as an expression of a kernel: what every lowering is made of. Nodes of the kernel
// that lie nowhere in memory are computed where they are used, through their records; the others are loaded.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ir/graph/graph.h"
#include "ir/graph/index.h"
#include "passes/vectorize/program.h"

namespace nnc {

/// A position along one axis: `base`, and in lane l of the vector under construction `lane` × l more.
struct AxisIndex {
  Affine base;
  int64_t lane = 0;
  bool operator==(const AxisIndex&) const = default;
};
using ElementIndex = std::vector<AxisIndex>;

class Values {
 public:
  Values(KernelWriter& kernel, const Graph& graph, const Bindings& bindings);

  /// The vector under construction. A value that is the same in every lane stays a scalar.
  int lanes = 1;
  std::optional<Affine> active;  ///< lanes beyond it are neither read nor written
  /// All indices are the one row-major position (or none, of a scalar): nodes are elementwise, constants or dense.
  bool flat = false;
  /// Nodes that get a register where they are first computed, because several statements use them.
  std::unordered_set<NodeId> shared;
  /// Nodes that this kernel stores: computed here, not loaded.
  std::unordered_set<NodeId> own;

  ScalarValue element(NodeId id, const ElementIndex& at);
  /// Elements of `id` at `at` are this value, until the scope that is open now closes.
  void know(NodeId id, const ElementIndex& at, ScalarValue value);
  bool knows(NodeId id, const ElementIndex& at) const { return known(id, at) != nullptr; }
  void open_scope() { scopes_.push_back(log_.size()); }
  void close_scope();

  /// The value held in a register of its own.
  ScalarValue pin(ScalarValue value, const std::string& name);
  /// In all lanes.
  ScalarValue wide(ScalarValue value) { return nest_.splat(value, lanes); }
  /// The place of an element of a stored node, for stores and loads.
  Place place(const View& view, const ElementIndex& at);
  void store(const View& view, const ElementIndex& at, ScalarValue value);
  ScalarValue load(const View& view, const ElementIndex& at);

  /// An index expression over the axes whose positions are `at`.
  AxisIndex map(const IndexExpr& expr, const ElementIndex& at);
  ElementIndex map(const std::vector<IndexExpr>& exprs, const ElementIndex& at);
  /// As i32, in all lanes when lanes differ.
  ScalarValue position(const AxisIndex& index);
  /// The value of a node that is a row number, as a position: clamped to 0 … count − 1.
  AxisIndex row_number(NodeId index, const ElementIndex& at, const Dim& count);

  const Graph& graph() const { return graph_; }
  KernelWriter& kernel() { return kernel_; }
  const View* stored(NodeId id) const;

 private:
  struct Known {
    ElementIndex at;
    std::optional<ExprId> when;
    ScalarValue value;
  };

  const Known* known(NodeId id, const ElementIndex& at) const;
  ScalarValue compute(NodeId id, const ElementIndex& at);
  ScalarValue leaf(const Node& node, const ElementIndex& at);
  ScalarValue apply(const Node& node, std::span<const ScalarValue> operands);
  ScalarValue move(const Node& node, const ElementIndex& at);
  /// All guards at once; nothing when they always hold, and `never` when they never do.
  std::optional<ScalarValue> condition(const std::vector<IndexGuard>& guards, const ElementIndex& at, bool& never);
  AxisIndex in_register(ScalarValue value, const std::string& name);

  KernelWriter& kernel_;
  NestBuilder& nest_;
  const Graph& graph_;
  const Bindings& bindings_;
  std::unordered_map<NodeId, std::vector<Known>> known_;
  std::vector<NodeId> log_;
  std::vector<size_t> scopes_;
  std::optional<ScalarValue> when_;  ///< where loads are made, inside guards
  std::unordered_set<RegisterId> vector_registers_;
};

/// The element of a random_uniform node (random.cpp).
ScalarValue random_element(Values& values, const Node& node, const ElementIndex& at);

}  // namespace nnc
