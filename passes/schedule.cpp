// 1. Kernels are cut into calls (cut.h).
// 2. Vector operands whose neighbours lie apart are read through a permuted copy, one for all readers.
// 3. Each kernel gets the schedule of the least register pressure that fits, what it wants moved to memory a kernel of
//    its own before it.
#include "passes/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ir/graph/builder.h"
#include "ir/graph/op_attributes.h"
#include "passes/rebuild.h"
#include "passes/schedule/choose.h"
#include "passes/schedule/cut.h"
#include "passes/schedule/shares.h"
#include "passes/unique_names.h"
#include "support/error.h"

namespace nnc {

namespace {

class Scheduler {
 public:
  Scheduler(Partition cut, const PassOptions& options)
      : options_(options), sizes_(options), partition_(std::move(cut)) {}

  Partition run() {
    for (const KernelGroup& kernel : partition_.kernels) names_.take(kernel.name);
    pack_operands();
    std::vector<KernelGroup> kernels = std::move(partition_.kernels);
    stored_ = memory_leaves(graph());
    for (KernelGroup& kernel : kernels) {
      for (Partition& body : kernel.bodies) body = Scheduler(std::move(body), options_).run();
      choose(std::move(kernel));
    }
    return std::move(partition_);
  }

 private:
  Graph& graph() { return partition_.graph; }

  KernelNodes nodes_of(const Piece& piece) {
    return {graph(), piece, [this](NodeId id) { return stored_.contains(id); }};
  }

  /// Contractions one of whose operands is to be packed, with the order of its axes in memory.
  std::map<NodeId, std::pair<size_t, std::vector<int64_t>>> find_packs() {
    std::map<NodeId, std::pair<size_t, std::vector<int64_t>>> packs;
    stored_ = memory_leaves(graph());
    for (const KernelGroup& kernel : partition_.kernels) {
      if (kernel.kind == KernelKind::contraction) {
        Piece piece = pieces_in(graph(), kernel).front();
        ContractionLoops loops = loops_of(nodes_of(piece), sizes_);
        if (!loops.packed_order.empty()) packs[piece.root] = {loops.packed_operand, loops.packed_order};
      }
      add_stores(graph(), kernel, stored_);
    }
    return packs;
  }

  void pack_operands() {
    std::map<NodeId, std::pair<size_t, std::vector<int64_t>>> packs = find_packs();
    if (packs.empty()) return;
    std::map<NodeId, NodeId> made;
    struct Packed {
      NodeId stored = kNoNode, seen = kNoNode;
    };
    std::map<NodeId, Packed> packed;  // by contraction, in the new graph
    const Op& permute = op("permute");
    Graph rebuilt = rebuild(graph(), [&](Graph& target, NodeId id, const Node& node, std::span<const Value> given) {
      std::vector<Value> operands(given.begin(), given.end());
      auto pack = packs.find(id);
      Packed added;
      if (pack != packs.end()) {
        const auto& [number, order] = pack->second;
        Value stored = target.add(permute, {&operands[number], 1}, written(PermuteAttributes{order}));
        const std::string& name = graph().node_name(node.operands[number]);
        if (!name.empty() && target.node_name(stored.id).empty()) target.set_name(stored.id, name + ".packed");
        operands[number] = target.add(permute, {&stored, 1}, written(PermuteAttributes{inverse_order(order)}));
        added = {stored.id, operands[number].id};
      }
      Value result = target.add(*node.op, operands, node.attributes, node.bodies);
      made[id] = result.id;
      if (pack != packs.end()) packed[result.id] = added;
      return result;
    });
    std::vector<KernelGroup> kernels = std::move(partition_.kernels);
    partition_.kernels.clear();
    graph() = std::move(rebuilt);
    std::unordered_set<NodeId> there;
    for (KernelGroup& kernel : kernels) {
      for (NodeId& id : kernel.nodes) id = made.at(id);
      for (NodeId& id : kernel.outputs) id = made.at(id);
      // A copy that a scan asked for may be what was packed before.
      const bool copied = kernel.outputs.size() == 1 && kernel.updates.empty() && there.contains(kernel.outputs[0]);
      if (copied) continue;
      there.insert(kernel.outputs.begin(), kernel.outputs.end());
      for (size_t i = 0; i < kernel.nodes.size(); ++i) {
        auto found = packed.find(kernel.nodes[i]);
        if (found == packed.end()) continue;
        if (there.insert(found->second.stored).second) add_pack(kernel.name, found->second.stored);
        kernel.nodes.insert(kernel.nodes.begin() + static_cast<std::ptrdiff_t>(i), found->second.seen);
        break;
      }
      partition_.kernels.push_back(std::move(kernel));
    }
  }

  void add_pack(const std::string& reader, NodeId stored) {
    partition_.kernels.push_back({names_.make(reader + "_pack"),
                                  KernelKind::elementwise,
                                  {stored},
                                  {stored},
                                  {},
                                  "neighbours are put together",
                                  {}});
  }

  void choose(KernelGroup kernel) {
    kernel.text = nullptr;  // it says nothing of what is chosen here
    if (kernel.kind == KernelKind::scan) {
      kernel.schedule = Schedule{};
      return add(std::move(kernel));
    }
    for (RegisterPressure pressure :
         {RegisterPressure::low, RegisterPressure::shared, RegisterPressure::movement, RegisterPressure::lanes}) {
      if (pressure == RegisterPressure::movement) move_first(kernel);
      kernel.schedule = schedule_of(kernel, pressure);
      if (kernel.schedule) return add(std::move(kernel));
    }
    internal_error(fmt::format("schedule: kernel '{}' has none", kernel.name));
  }

  std::optional<Schedule> schedule_of(const KernelGroup& kernel, RegisterPressure pressure) {
    std::optional<Schedule> all;
    const std::vector<Piece> pieces = pieces_in(graph(), kernel);
    for (const Piece& piece : pieces) {
      std::optional<Schedule> one = schedule_at(nodes_of(piece), sizes_, pressure);
      if (!one) return std::nullopt;
      if (!all) all = one;
      // Small maps one after the other: each in as many lanes of these as it has elements.
      if (!all->lanes) all->lanes = one->lanes, all->parallel = one->parallel;
      if (one->lanes) all->lanes->size = std::max(all->lanes->size, one->lanes->size);
      all->recompute = all->recompute || one->recompute;
    }
    if (pieces.size() == 1 && all) choose_shares(nodes_of(pieces[0]), sizes_, *all);
    return all;
  }

  /// Nodes that take registers and depend on no loop lie in memory from here on: the outermost ones.
  void move_first(KernelGroup& kernel) {
    std::vector<NodeId> moved;
    for (const Piece& piece : pieces_in(graph(), kernel)) {
      KernelNodes nodes = nodes_of(piece);
      std::vector<NodeId> from = piece.stores;
      if (piece.root != kNoNode) from.push_back(piece.root);
      find_moved(nodes, from, moved);
    }
    if (moved.empty()) return;
    for (NodeId id : moved) {
      if (!stored_.insert(id).second) continue;
      KernelGroup alone{names_.make(kernel.name + "_moved"), KernelKind::elementwise, {}, {id}, {}, "a copy", {}};
      Piece piece{&alone, kNoNode, false, {id}};
      stored_.erase(id);
      alone.nodes = nodes_of(piece).made();
      choose(std::move(alone));
    }
    drop_unused(kernel);
  }

  void find_moved(const KernelNodes& nodes, std::vector<NodeId> pending, std::vector<NodeId>& moved) {
    std::unordered_set<NodeId> seen;
    while (!pending.empty()) {
      NodeId id = pending.back();
      pending.pop_back();
      if (!seen.insert(id).second) continue;
      const Node& node = graph().node(id);
      bool computed = nodes.own(id) || id == nodes.piece().root;
      if (!computed && stored_.contains(id)) continue;
      if (!computed && takes_registers(graph(), node) && !nodes.depends_on_root(id)) {
        moved.push_back(id);
        continue;
      }
      pending.insert(pending.end(), node.operands.begin(), node.operands.end());
    }
    std::sort(moved.begin(), moved.end());
    moved.erase(std::unique(moved.begin(), moved.end()), moved.end());
  }

  /// Nodes that the kernel no longer computes, since what they made is loaded.
  void drop_unused(KernelGroup& kernel) {
    std::unordered_set<NodeId> needed;
    for (const Piece& piece : pieces_in(graph(), kernel)) {
      for (NodeId id : nodes_of(piece).made()) needed.insert(id);
      if (piece.rows) {
        for (NodeId id : kernel.nodes) {
          if (needs_loops(graph().node(id))) needed.insert(id);
        }
      }
    }
    std::erase_if(kernel.nodes, [&](NodeId id) { return !needed.contains(id); });
  }

  void add(KernelGroup kernel) {
    add_stores(graph(), kernel, stored_);
    partition_.kernels.push_back(std::move(kernel));
  }

  const PassOptions& options_;
  StepSizes sizes_;
  Partition partition_;
  std::unordered_set<NodeId> stored_;
  UniqueNames names_;
};

}  // namespace

Partition schedule(const Partition& fused, const PassOptions& options) {
  require_addressable(fused.graph, options.capacity);
  StepSizes sizes(options);
  Partition scheduled = Scheduler(cut_into_calls(fused, sizes), options).run();
  scheduled.compiled = compiled_for(options);
  return scheduled;
}

StageValue run_schedule(const StageValue& program, const PassOptions& options) {
  const auto& partition = std::get<Partition>(program);
  bool chosen = std::any_of(partition.kernels.begin(), partition.kernels.end(),
                            [](const KernelGroup& kernel) { return kernel.schedule.has_value(); });
  if (!chosen) return schedule(partition, options);
  check_schedules(partition, options);  // what a person has chosen stands
  Partition checked = partition;
  checked.compiled = compiled_for(options);
  return checked;
}

}  // namespace nnc
