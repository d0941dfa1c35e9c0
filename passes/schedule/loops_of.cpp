// Which loop of a contraction runs in lanes, and which in register tiles: one result loop in lanes (OUTER) or the last
// summed one (DOT), one other result loop, which the vector operand does not depend on, in rows of a tile.
#include <algorithm>
#include <array>

#include "passes/schedule/choose_contraction.h"
#include "passes/schedule/forms.h"

namespace nnc {

namespace {

class LoopChoice {
 public:
  LoopChoice(const KernelNodes& nodes, const StepSizes& sizes)
      : nodes_(nodes), sizes_(sizes), node_(nodes.graph().node(nodes.piece().root)) {
    std::vector<Type> types{nodes.type(node_.operands[0]), nodes.type(node_.operands[1])};
    loops_.contraction = contraction_of(node_, types);
    loops_.dot = contraction_form(node_, types) == ContractionForm::dot;
  }

  /// Only a result's loops can be named otherwise: DOT's loop in lanes decides the order of its sums.
  ContractionLoops named(const Schedule& schedule) {
    loops_ = choose();
    const ContractionLoops best = loops_;
    auto number = [&](const std::string& name) { return c().loop(name) < c().result_rank ? c().loop(name) : kNoLoop; };
    if (!loops_.dot && schedule.lanes && number(schedule.lanes->loop) != kNoLoop) {
      loops_.vector = number(schedule.lanes->loop);
      loops_.vector_operand = c().uses(1, loops_.vector) ? 1 : 0;
      look_for_neighbours();
      if (loops_.rows == loops_.vector) loops_.rows = best.vector;
    }
    for (const LoopSize& tiled : schedule.tile) {
      size_t loop = number(tiled.loop);
      if (loop != kNoLoop && !loops_.dot && loop != loops_.vector) loops_.rows = loop;
    }
    return loops_;
  }

  ContractionLoops choose() {
    if (loops_.dot) {
      choose_dot();
    } else {
      choose_outer();
      look_for_neighbours();
      choose_packing();
    }
    return loops_;
  }

 private:
  const Contraction& c() const { return loops_.contraction; }
  const Dim& dim(size_t loop) const { return c().loops[loop].extent; }
  int64_t extent(size_t loop) const { return sizes_.extent(dim(loop)); }

  /// Elements between neighbours along each axis of a node: in memory, also where it is seen through a permutation;
  /// of one that is computed only the last axis is known to be close.
  std::vector<int64_t> strides_of(NodeId id) const {
    const Node& node = nodes_.graph().node(id);
    const Shape& shape = node.type.shape;
    std::vector<int64_t> strides(shape.size(), 2);
    std::optional<std::vector<int64_t>> axes;
    if (!nodes_.in_memory(id)) axes = reordered_axes(nodes_.graph(), node);
    if (axes && nodes_.in_memory(node.operands[0])) {
      std::vector<int64_t> from = strides_of(node.operands[0]);
      for (size_t axis = 0; axis < axes->size(); ++axis) strides[axis] = from[static_cast<size_t>((*axes)[axis])];
      return strides;
    }
    if (!strides.empty()) strides.back() = 1;
    int64_t stride = 1;
    for (size_t axis = shape.size(); nodes_.in_memory(id) && axis-- > 0;) {
      strides[axis] = stride;
      if (shape[axis].symbol != Symbol::samples) stride *= std::max<int64_t>(sizes_.extent(shape[axis]), 1);
    }
    return strides;
  }

  /// Whether neighbours along a loop are neighbours in the operand.
  bool is_contiguous(size_t operand, size_t loop) const {
    std::vector<int64_t> strides = strides_of(node_.operands[operand]);
    const auto& subscripts = c().subscripts[operand];
    for (size_t axis = 0; axis < subscripts.size(); ++axis) {
      int64_t coefficient = subscripts[axis].coefficient(static_cast<int>(loop));
      if (coefficient != 0 && coefficient * strides[axis] != 1) return false;
    }
    return true;
  }

  void look_for_neighbours() {
    if (loops_.vector == kNoLoop) return;
    std::vector<size_t> summed = loops_.summed();
    loops_.contiguous = is_contiguous(loops_.vector_operand, loops_.vector);
    loops_.along_sum = summed.size() == 1 && is_contiguous(loops_.vector_operand, summed[0]);
  }

  void choose_outer() {
    int best = -1;
    for (size_t loop = 0; loop < c().result_rank; ++loop) {
      if (dim(loop) == Dim(1)) continue;
      bool first = c().uses(0, loop), second = c().uses(1, loop);
      bool contiguous = (!first || is_contiguous(0, loop)) && (!second || is_contiguous(1, loop));
      int score = (contiguous ? 4 : 0) + (first != second ? 2 : 0) + (loop + 1 == c().result_rank ? 1 : 0);
      if (extent(loop) < 4) score -= 3;
      if (score > best) best = score, loops_.vector = loop;
    }
    if (loops_.vector == kNoLoop) return;
    loops_.vector_operand = c().uses(1, loops_.vector) ? 1 : 0;
    int64_t largest = 0;
    for (size_t loop = 0; loop < c().result_rank; ++loop) {
      if (loop == loops_.vector || c().uses(loops_.vector_operand, loop) || extent(loop) <= largest) continue;
      largest = extent(loop);
      loops_.rows = loop;
    }
    for (size_t loop = c().result_rank; loops_.rows == kNoLoop && loop-- > 0;) {
      if (loop != loops_.vector && !(dim(loop) == Dim(1))) loops_.rows = loop;
    }
  }

  void choose_dot() {
    loops_.vector = c().loops.size() - 1;
    for (size_t loop = c().loops.size(); loop-- > c().result_rank;) {
      if (is_contiguous(0, loop) && is_contiguous(1, loop) && c().uses(0, loop) && c().uses(1, loop)) {
        loops_.vector = loop;
        break;
      }
    }
    std::array<int64_t, 2> largest{0, 0};
    std::array<size_t, 2> chosen{kNoLoop, kNoLoop};
    for (size_t loop = 0; loop < c().result_rank; ++loop) {
      if (c().uses(0, loop) == c().uses(1, loop)) continue;
      size_t side = c().uses(0, loop) ? 0 : 1;
      if (extent(loop) > largest[side]) largest[side] = extent(loop), chosen[side] = loop;
    }
    loops_.rows = chosen[0];
    loops_.columns = chosen[1];
  }

  void choose_packing() {
    if (loops_.vector == kNoLoop) return;
    std::vector<size_t> summed = loops_.summed();
    if (wants_blocks(nodes_, loops_, sizes_)) return pack(1 - loops_.vector_operand, summed[0]);
    pack(loops_.vector_operand, loops_.vector);
  }

  /// Axes as they are, but for the one along `loop`, which comes last.
  void pack(size_t operand, size_t loop) {
    constexpr int64_t kFewestUses = 4;
    NodeId node = node_.operands[operand];
    if (!nodes_.in_memory(node) || is_contiguous(operand, loop)) return;
    int64_t uses = 1;
    for (size_t other = 0; other < c().loops.size(); ++other) {
      if (!c().uses(operand, other)) uses *= extent(other);
    }
    auto rank = static_cast<size_t>(nodes_.type(node).rank());
    std::vector<int64_t> order;
    size_t along = rank;
    for (size_t axis = 0; axis < rank; ++axis) {
      if (c().alone(operand, axis) == loop) along = axis;
      if (along != axis) order.push_back(static_cast<int64_t>(axis));
    }
    if (uses < kFewestUses || along == rank) return;
    order.push_back(static_cast<int64_t>(along));
    loops_.packed_order = std::move(order);
    loops_.packed_operand = operand;
  }

  const KernelNodes& nodes_;
  const StepSizes& sizes_;
  const Node& node_;
  ContractionLoops loops_;
};

}  // namespace

std::vector<size_t> ContractionLoops::summed() const {
  std::vector<size_t> order;
  for (size_t loop = contraction.result_rank; loop < contraction.loops.size(); ++loop) {
    if (!dot || loop != vector) order.push_back(loop);
  }
  if (dot) order.push_back(vector);
  return order;
}

std::vector<SummedAxis> ContractionLoops::summed_axes() const {
  std::vector<SummedAxis> axes;
  for (size_t loop : summed()) axes.push_back({contraction.loops[loop].extent, contraction.loops[loop].name});
  return axes;
}

bool ContractionLoops::has_factor() const {
  auto uses = [&](size_t number, size_t loop) { return loop != kNoLoop && contraction.uses(number, loop); };
  return !uses(vector_operand, rows) && !uses(1 - vector_operand, vector);
}

std::string_view ContractionLoops::name(size_t loop) const {
  return loop < contraction.loops.size() ? std::string_view(contraction.loops[loop].name) : std::string_view();
}

ContractionLoops named_loops(const KernelNodes& nodes, const StepSizes& sizes, const Schedule& schedule) {
  return LoopChoice(nodes, sizes).named(schedule);
}

ContractionLoops loops_of(const KernelNodes& nodes, const StepSizes& sizes) {
  return LoopChoice(nodes, sizes).choose();
}

}  // namespace nnc
