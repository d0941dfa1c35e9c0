#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "ir/graph/node_text.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "ir/verify/verify.h"
#include "support/error.h"

namespace nnc {

namespace {

class PartitionCheck {
 public:
  explicit PartitionCheck(const Partition& partition)
      : partition_(partition), graph_(partition.graph), names_(partition.graph) {}

  void run() {
    verify(graph_);
    for (NodeId node : names_.order()) reachable_.insert(node);
    loss_ = loss_of(graph_);
    if (loss_ != kNoNode && is_leaf(loss_)) loss_ = kNoNode;
    std::set<std::string> names;
    for (const KernelGroup& kernel : partition_.kernels) {
      require(!kernel.name.empty() && names.insert(kernel.name).second, kernel, "another kernel has its name");
      check_nodes(kernel);
      check_kind(kernel);
      check_outputs(kernel);
      check_updates(kernel);
      check_bodies(kernel);
    }
    check_complete();
  }

 private:
  bool is_leaf(NodeId node) const { return graph_.node(node).op->op_class == OpClass::leaf; }
  /// Movement may be repeated in every kernel that reads through it; with a schedule, whatever a kernel computes in
  /// passing.
  bool may_repeat(const KernelGroup& kernel, NodeId node) const {
    return graph_.node(node).op->op_class == OpClass::movement || (kernel.schedule && !needs_loops(graph_.node(node)));
  }

  /// The node in a kernel's list, or the kernel's name; without a kernel, the node in the graph.
  Range place(const KernelGroup* kernel, NodeId node) const {
    const std::vector<Range>& graph = partition_.text->graph.nodes;
    if (kernel == nullptr) return node < graph.size() ? graph[node] : Range{};
    if (kernel->text == nullptr) return {};
    const auto found = std::find(kernel->nodes.rbegin(), kernel->nodes.rend(), node);
    if (found == kernel->nodes.rend()) return kernel->text->name;
    return kernel->text->nodes[static_cast<size_t>(kernel->nodes.rend() - found) - 1];
  }

  [[noreturn]] void fail(const std::string& what, const KernelGroup* kernel, NodeId node = kNoNode,
                         std::optional<Range> where = {}, const std::string& help = "") const {
    std::string message = fmt::format("partition of '{}': {}", graph_.name, what);
    const std::vector<NodeId>& order = kernel != nullptr ? kernel->nodes : names_.order();
    size_t at = static_cast<size_t>(std::find(order.begin(), order.end(), node) - order.begin());
    size_t first = at >= order.size() || at < 5 ? 0 : at - 5;
    for (size_t i = first; i < std::min(order.size(), first + 10); ++i) {
      if (order[i] < graph_.size()) message += "\n  " + node_line(graph_, order[i], names_);
    }
    std::string told;
    if (partition_.text != nullptr) {
      told = error_at(*partition_.text, where ? *where : place(kernel, node), what, "", help);
    }
    throw PartitionFault(message, std::move(told));
  }

  void require(bool holds, const KernelGroup& kernel, const std::string& what, NodeId node = kNoNode) const {
    if (!holds) fail(fmt::format("kernel '{}': {}", kernel.name, what), &kernel, node);
  }

  void require_kind(bool holds, const KernelGroup& kernel, const std::string& what) const {
    if (holds) return;
    std::string needs;
    for (NodeId node : kernel.nodes) {
      if (node >= graph_.size() || !needs_loops(graph_.node(node))) continue;
      needs += fmt::format("{}%{} = {}(…)", needs.empty() ? "" : ", ", names_[node], graph_.node(node).op->name);
    }
    fail(fmt::format("kernel '{}': {}", kernel.name, what), &kernel, kNoNode,
         kernel.text != nullptr ? std::optional(kernel.text->kind) : std::nullopt,
         needs.empty() ? "none of its nodes has loops of its own: 'elementwise', or of small updates 'updates'"
                       : fmt::format("the kind says what loops its nodes have: {}", needs));
  }

  /// Nodes with loops of their own, by what the kind allows (fuse.h).
  void check_kind(const KernelGroup& kernel) const {
    size_t loops = 0, fitting = 0;
    for (NodeId node : kernel.nodes) {
      if (node >= graph_.size() || !needs_loops(graph_.node(node))) continue;
      bool part = graph_.node(node).op->op_class == OpClass::structured && graph_.node(node).bodies.empty();
      if (part && kernel.kind == KernelKind::scan) continue;
      ++loops;
      if (fits(kernel.kind, graph_.node(node).op->op_class)) ++fitting;
    }
    bool maps = kernel.kind == KernelKind::elementwise || kernel.kind == KernelKind::updates;
    bool many = kernel.kind == KernelKind::rows;
    if (maps) {
      require_kind(loops == 0, kernel, fmt::format("kind {} has no sum, window or scan", spelling(kernel.kind)));
    } else {
      const bool right = fitting == loops && (many ? loops > 0 : loops == 1);
      require_kind(right, kernel, fmt::format("kind {}", loops_against(kernel.kind, fitting, loops - fitting)));
    }
  }

  /// What a kind that has loops is to have, and what a kernel has instead: nodes that the kind allows, and other loops.
  static std::string loops_against(KernelKind kind, size_t fitting, size_t others) {
    if (kind == KernelKind::rows) {
      const std::string found = others == 0   ? "this kernel has no reduction"
                                : others == 1 ? "one node of this kernel is neither"
                                              : fmt::format("{} nodes of this kernel are neither", others);
      return "rows has reductions and maps only; " + found;
    }
    std::string found = fitting == 0 ? "none" : std::to_string(fitting);
    if (others > 0) {
      const std::string nodes = others == 1 ? "a node" : fmt::format("{} nodes", others);
      found += fmt::format("{} {} of another kind", fitting == 0 ? ", but" : " and", nodes);
    }
    return fmt::format("{} has exactly one {}; this kernel has {}", spelling(kind), root_of(kind), found);
  }

  static bool fits(KernelKind kind, OpClass op_class) {
    switch (kind) {
      case KernelKind::contraction: return op_class == OpClass::contraction;
      case KernelKind::rows:
      case KernelKind::reduction: return op_class == OpClass::reduction;
      case KernelKind::indexed: return op_class == OpClass::indexed || op_class == OpClass::window;
      case KernelKind::scan: return op_class == OpClass::structured;
      default: return false;
    }
  }
  static std::string_view root_of(KernelKind kind) {
    switch (kind) {
      case KernelKind::contraction: return "contraction";
      case KernelKind::reduction: return "reduction";
      case KernelKind::indexed: return "scatter, argmax or window";
      default: return "scan";
    }
  }

  void check_nodes(const KernelGroup& kernel) {
    std::set<NodeId> here;
    for (NodeId node : kernel.nodes) {
      require(node < graph_.size() && reachable_.contains(node), kernel, "it has a node that the graph has not");
      std::string name = "%" + names_[node];
      require(!is_leaf(node), kernel, name + " is a leaf and lies in no kernel", node);
      require(!here.contains(node), kernel, name + " stands twice", node);
      require(may_repeat(kernel, node) || !placed_.contains(node), kernel, name + " lies in another kernel too", node);
      for (NodeId operand : graph_.node(node).operands) {
        bool known =
            is_leaf(operand) || here.contains(operand) || stored_.contains(operand) || written_.contains(operand);
        if (!known) fail_read(kernel, node, operand);
        read_variable(kernel, operand);
      }
      here.insert(node);
      placed_.insert(node);
    }
  }

  [[noreturn]] void fail_read(const KernelGroup& kernel, NodeId node, NodeId operand) const {
    fail(fmt::format("kernel '{}': %{} reads %{} before it is made", kernel.name, names_[node], names_[operand]),
         &kernel, node, {},
         placed_.contains(operand)
             ? fmt::format("a kernel before this computes %{0} but does not store it: list it behind its '->'",
                           names_[operand])
             : fmt::format("%{} stands before its readers, here or in a kernel that stores it", names_[operand]));
  }

  void read_variable(const KernelGroup& kernel, NodeId node) const {
    const std::string* path = leaf_path(graph_.node(node));
    if (path == nullptr) return;
    auto updated = updated_.find(*path);
    require(updated == updated_.end(), kernel,
            fmt::format("it reads %{} after kernel '{}' updated it in place", names_[node],
                        updated == updated_.end() ? "" : updated->second));
  }

  void check_outputs(const KernelGroup& kernel) {
    for (size_t i = 0; i < kernel.outputs.size(); ++i) {
      const NodeId node = kernel.outputs[i];
      const std::optional<Range> where = kernel.text != nullptr ? std::optional(kernel.text->outputs[i]) : std::nullopt;
      bool here = std::find(kernel.nodes.begin(), kernel.nodes.end(), node) != kernel.nodes.end();
      if (!here)
        fail(fmt::format("kernel '{}': it stores a node that it does not make", kernel.name), &kernel, node, where);
      bool once = stored_.insert(node).second;
      if (!once) fail(fmt::format("kernel '{}': %{} is stored twice", kernel.name, names_[node]), &kernel, node, where);
    }
  }

  void check_updates(const KernelGroup& kernel) {
    bool early = loss_ != kNoNode && !kernel.updates.empty() && !stored_.contains(loss_);
    require(!early, kernel, "it updates a variable before the loss is stored and known to be finite");
    std::vector<std::string> names;
    for (uint32_t number : kernel.updates) {
      bool exists = number < graph_.results.size() && graph_.results[number].kind == ResultKind::update;
      require(exists, kernel, "it updates what is no variable's result");
      const Result& result = graph_.results[number];
      bool here = std::find(kernel.nodes.begin(), kernel.nodes.end(), result.node) != kernel.nodes.end();
      require(here || is_leaf(result.node) || stored_.contains(result.node), kernel,
              fmt::format("it updates '{}' from a value that it does not have", result.name));
      if (is_leaf(result.node)) read_variable(kernel, result.node);
      if (here) written_.insert(result.node);
      names.push_back(result.name);
    }
    for (const std::string& name : names) {
      require(updated_.emplace(name, kernel.name).second, kernel, fmt::format("'{}' is updated twice", name));
    }
  }

  void check_bodies(const KernelGroup& kernel) const {
    size_t bodies = 0;
    for (NodeId node : kernel.nodes) bodies += graph_.node(node).bodies.size();
    require(kernel.bodies.size() == bodies, kernel,
            fmt::format("its nodes have {} bodies, it has {}", bodies, kernel.bodies.size()));
    for (const Partition& body : kernel.bodies) verify(body);
  }

  void check_complete() const {
    for (NodeId node : names_.order()) {
      if (!is_leaf(node) && !placed_.contains(node)) {
        fail(fmt::format("%{} lies in no kernel", names_[node]), nullptr, node, {},
             "list it in the kernel that computes it, behind its operands");
      }
    }
    for (const Result& result : graph_.results) {
      if (result.kind == ResultKind::update) {
        if (!updated_.contains(result.name) && !keeps_its_value(result))
          fail(fmt::format("'{}' is never updated", result.name), nullptr, kNoNode, result_place(result),
               fmt::format("'updates {}' stands behind the '->' of the kernel that has %{}", name_text(result.name),
                           names_[result.node]));
      } else if (!is_leaf(result.node) && !stored_.contains(result.node)) {
        fail(fmt::format("the result '{}' is never stored", result.name), nullptr, result.node, result_place(result),
             fmt::format("%{0} stands behind the '->' of the kernel that has %{0}", names_[result.node]));
      }
    }
  }

  std::optional<Range> result_place(const Result& result) const {
    const auto number = static_cast<size_t>(&result - graph_.results.data());
    if (partition_.text == nullptr || number >= partition_.text->graph.results.size()) return std::nullopt;
    return partition_.text->graph.results[number];
  }

  /// `update V = V`: nothing to store.
  bool keeps_its_value(const Result& result) const {
    const std::string* path = leaf_path(graph_.node(result.node));
    return path != nullptr && *path == result.name;
  }

  const Partition& partition_;
  const Graph& graph_;
  NodeNames names_;
  NodeId loss_ = kNoNode;  ///< where it is computed
  std::set<NodeId> reachable_, placed_, stored_;
  std::set<NodeId> written_;                    ///< new values of variables, in place
  std::map<std::string, std::string> updated_;  ///< variable → kernel
};

}  // namespace

void verify(const Partition& partition) { PartitionCheck(partition).run(); }

}  // namespace nnc
