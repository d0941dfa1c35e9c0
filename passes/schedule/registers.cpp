#include "passes/schedule/registers.h"

#include <algorithm>

#include "passes/schedule/forms.h"
#include "passes/schedule/row_space.h"
#include "passes/schedule/sums.h"

namespace nnc {

namespace {

class RegisterCount {
 public:
  RegisterCount(const KernelNodes& nodes, const StepSizes& sizes, const Schedule& schedule)
      : nodes_(nodes), sizes_(sizes), schedule_(schedule), lanes_(schedule.vector_lanes()) {}

  int64_t count() const {
    const Piece& piece = nodes_.piece();
    if (piece.rows) return rows();
    if (piece.root == kNoNode) return held(lanes_) + nodes_.beside(piece.stores, true, lanes_);
    switch (root().op->op_class) {
      case OpClass::reduction: return reduction();
      case OpClass::contraction: return contraction();
      case OpClass::window: return window();
      case OpClass::indexed: return scatter();
      default: return 0;
    }
  }

 private:
  const Node& root() const { return nodes_.graph().node(nodes_.piece().root); }
  int64_t held(int lanes) const { return nodes_.held(schedule_.recompute, lanes, sizes_); }
  int64_t in_operands(int lanes) const { return nodes_.beside(root().operands, true, lanes); }
  int64_t in_epilogue(int lanes) const { return held(lanes) + nodes_.beside(nodes_.piece().stores, false, lanes); }

  /// Shared values that the terms of the root's sum are made of.
  int64_t shared_before_root() const {
    if (schedule_.recompute) return 0;
    std::unordered_set<NodeId> shared = nodes_.shared();
    std::unordered_map<NodeId, int> uses;
    int64_t registers = 0;
    for (NodeId id : nodes_.computed(root().operands, true, uses)) {
      if (shared.contains(id)) registers += sizes_.registers(nodes_.type(id).element, lanes_);
    }
    return registers;
  }

  /// Accumulators of a sum or the vectors of a short row, or what is stored; the values of a row that stay.
  int64_t rows() const {
    constexpr int64_t kAccumulators = 4;
    const Shape space = row_space(nodes_);
    const std::vector<NodeId>& all = nodes_.piece().group->nodes;
    const auto [lanes, vectors] = row_vectors(nodes_, sizes_);
    if (lanes == 1) return 0;
    std::vector<NodeId> in_lanes;  // what is computed for a whole row
    for (NodeId id : all) {
      if (needs_loops(nodes_.graph().node(id))) in_lanes.push_back(nodes_.graph().node(id).operands[0]);
    }
    for (NodeId id : nodes_.piece().stores) {
      if (nodes_.type(id).shape == space) in_lanes.push_back(id);
    }
    int64_t kept = 0;
    if (schedule_.row_in_registers && !schedule_.recompute) {
      kept = static_cast<int64_t>(row_values(nodes_).size()) * vectors;
    }
    int64_t stored = nodes_.held(true, lanes_, sizes_);
    int64_t summed = schedule_.row_in_registers ? vectors : kAccumulators;
    return std::max(stored, summed) + kept + nodes_.beside(in_lanes, true, lanes);
  }

  int64_t reduction() const {
    const Shape summed = ReducedAxes(root(), nodes_.type(root().operands[0])).reduced_shape;
    if (lanes_ == 1) return 0;
    int64_t terms = in_operands(lanes_) + shared_before_root();
    if (schedule_.form == "lanes") return accumulators_of(summed.back(), lanes_) + terms;
    int64_t tree = schedule_.chunk ? 2 : 0;
    return std::max(1 + terms, 1 + tree + in_epilogue(lanes_));
  }

  /// The greatest, its place, the candidate, whether it is better.
  int64_t window() const {
    constexpr int64_t kBest = 4;
    return lanes_ == 1 ? 0 : kBest + std::max(in_operands(lanes_), in_epilogue(lanes_));
  }

  int64_t scatter() const {
    constexpr int64_t kTree = 3;
    return lanes_ == 1 ? 0 : kTree + in_operands(lanes_);
  }

  int64_t contraction() const {
    ContractionLoops loops = named_loops(nodes_, sizes_, schedule_);
    int64_t sums = 1, columns = 1;
    for (const LoopSize& loop : schedule_.tile) {
      sums *= loop.size;
      bool along = loop.loop == loops.name(loops.dot ? loops.columns : loops.vector);
      if (along) columns = loop.size;
    }
    if (lanes_ == 1) return sums;  // each in a register of its own, however narrow
    int64_t step = columns + (loops.dot ? 1 : 0) + beside_operands(nodes_, loops, lanes_) + shared_before_root();
    int64_t finish = epilogue_registers(nodes_, loops, schedule_, sizes_), tree = schedule_.chunk ? 2 : 0;
    if (schedule_.epilogue_in_memory) return std::max({sums + step, sums + tree, finish});
    return sums + std::max(step, tree + finish);
  }

  const KernelNodes& nodes_;
  const StepSizes& sizes_;
  const Schedule& schedule_;
  int lanes_;
};

}  // namespace

int64_t registers_of(const KernelNodes& nodes, const StepSizes& sizes, const Schedule& schedule) {
  return RegisterCount(nodes, sizes, schedule).count();
}

/// A factor is computed for one lane.
int64_t beside_operands(const KernelNodes& nodes, const ContractionLoops& loops, int lanes) {
  const std::vector<NodeId>& operands = nodes.graph().node(nodes.piece().root).operands;
  bool both = loops.dot || !loops.has_factor();
  return nodes.beside(both ? operands : std::vector<NodeId>{operands[loops.vector_operand]}, true, lanes);
}

int64_t epilogue_registers(const KernelNodes& nodes, const ContractionLoops& loops, const Schedule& schedule,
                           const StepSizes& sizes) {
  int lanes = loops.dot ? 1 : schedule.vector_lanes();
  int64_t held = nodes.held(schedule.recompute, schedule.vector_lanes(), sizes);
  return held + nodes.beside(nodes.piece().stores, false, lanes);
}

}  // namespace nnc
