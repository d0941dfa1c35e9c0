#include "passes/schedule/shares.h"

#include <fmt/format.h>

#include <algorithm>

#include "passes/schedule/choose.h"
#include "passes/schedule/choose_contraction.h"
#include "passes/schedule/row_space.h"

namespace nnc {

namespace {

/// A loop's turns: so many of one size, and one of what is left where that is not 0. Where the turns don't divide,
/// some workers have one more, never the first, whose is what is left.
struct Turns {
  int64_t whole = 0, size = 1, left = 0;

  int64_t count() const { return whole + (left > 0 ? 1 : 0); }
  /// Of the time of so many workers, the part in which all are busy.
  double balance(int64_t workers) const {
    const int64_t first = whole / workers * size + left, last = (whole + workers - 1) / workers * size;
    const int64_t longest = std::max(first, last);
    return longest == 0 ? 0 : static_cast<double>(whole * size + left) / static_cast<double>(longest * workers);
  }
};

Turns of_size(int64_t extent, int64_t size) { return {extent / size, size, extent % size}; }

class SharedLoops {
 public:
  SharedLoops(const KernelNodes& nodes, const StepSizes& sizes, const Schedule& schedule)
      : nodes_(nodes), sizes_(sizes), schedule_(schedule) {
    const Piece& piece = nodes.piece();
    if (piece.root != kNoNode) root_ = &nodes.graph().node(piece.root);
    contracts_ = !piece.rows && root_ != nullptr && root_->op->op_class == OpClass::contraction;
    if (contracts_) loops_ = named_loops(nodes, sizes, schedule);
  }

  Turns turns(std::string_view loop) const {
    if (contracts_) return contraction_turns(loops_.contraction.loop(loop));
    const Shape shape = space();
    if (schedule_.is_flat()) return loop == "flat" ? in_lanes(sizes_.extent(*product(shape))) : Turns{};
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      if (loop == axis_name(axis)) return space_turns(axis);
    }
    return {};
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    if (contracts_) {
      for (size_t i = 0; i < loops_.contraction.result_rank; ++i) names.push_back(loops_.contraction.loops[i].name);
      return names;
    }
    if (schedule_.is_flat()) return {"flat"};
    for (size_t axis = 0; axis < space().size(); ++axis) names.push_back(axis_name(axis));
    return names;
  }

  /// About the vector instructions of the kernel.
  int64_t work() const {
    constexpr double kMoved = 2;  // a load and a store
    double elements = 1, each = kMoved;
    if (contracts_) {
      for (const Contraction::Loop& loop : loops_.contraction.loops)
        elements *= static_cast<double>(sizes_.extent(loop.extent));
      each = 1;
    } else {
      for (const Dim& dim : terms()) elements *= static_cast<double>(sizes_.extent(dim));
      each += static_cast<double>(nodes_.made().size());
    }
    return static_cast<int64_t>(std::min(elements * each / schedule_.vector_lanes(), 1e15));
  }

 private:
  static std::string axis_name(size_t axis) { return fmt::format("i{}", axis); }
  Turns in_lanes(int64_t extent) const { return of_size(extent, schedule_.vector_lanes()); }

  Turns contraction_turns(size_t loop) const {
    const Contraction& c = loops_.contraction;
    if (loop >= c.result_rank) return {};
    const int64_t extent = sizes_.extent(c.loops[loop].extent);
    if (loop == loops_.vector) {
      return of_size(extent, schedule_.block_columns ? schedule_.block_columns->size : schedule_.panel_columns());
    }
    // Behind a block of the sum, sums of all rows wait together.
    if (loop == loops_.rows && schedule_.block) return {};
    const int64_t tile = schedule_.tiled(c.loops[loop].name);
    return {(extent + tile - 1) / tile};  // of about one size
  }

  /// What the loops around each output go over.
  Shape space() const {
    if (nodes_.piece().rows) {
      Shape space = row_space(nodes_);
      space.pop_back();
      return space;
    }
    if (root_ == nullptr) return nodes_.type(nodes_.piece().stores[0]).shape;
    const OpClass op_class = root_->op->op_class;
    return op_class == OpClass::reduction || op_class == OpClass::window ? root_->type.shape : Shape{};
  }

  Shape terms() const {
    if (nodes_.piece().rows) return row_space(nodes_);
    if (root_ == nullptr) return space();
    return nodes_.type(root_->operands[0]).shape;
  }

  Turns space_turns(size_t axis) const {
    const Shape shape = space();
    const int64_t extent = sizes_.extent(shape[axis]);
    const bool lanes = lane_axis(schedule_, shape) == static_cast<int>(axis);
    if (schedule_.block) return lanes ? of_size(extent, schedule_.block->size) : Turns{};
    return lanes && !nodes_.piece().rows ? in_lanes(extent) : Turns{extent};
  }

  const KernelNodes& nodes_;
  const StepSizes& sizes_;
  const Schedule& schedule_;
  const Node* root_ = nullptr;
  bool contracts_ = false;
  ContractionLoops loops_;
};

}  // namespace

int64_t shared_turns(const KernelNodes& nodes, const StepSizes& sizes, const Schedule& schedule,
                     std::string_view loop) {
  return SharedLoops(nodes, sizes, schedule).turns(loop).count();
}

void choose_shares(const KernelNodes& nodes, const StepSizes& sizes, Schedule& schedule) {
  constexpr double kGoodBalance = 0.95;
  if (sizes.workers() == 1) return;
  const SharedLoops loops(nodes, sizes, schedule);
  const int64_t work = loops.work(), least = sizes.least_shared_work();
  if (work < least) return;
  // A part is worth half of what makes a team worth it. Where everything is to be shared, so is this.
  const int64_t worth = least == 0 ? sizes.workers() : std::min(sizes.workers(), 2 * work / least);
  std::string best;
  double best_balance = 0;
  for (const std::string& name : loops.names()) {
    const Turns turns = loops.turns(name);
    if (turns.count() < 2 || best_balance >= kGoodBalance || turns.balance(worth) <= best_balance) continue;
    best = name;
    best_balance = turns.balance(worth);
  }
  if (best.empty()) return;
  schedule.parallel = best;
  schedule.shares = std::min(worth, loops.turns(best).count());
}

std::string shared_loop_name(const Schedule& schedule) {
  if (schedule.is_flat()) return "i0";
  return *schedule.parallel;
}

}  // namespace nnc
