#include "passes/schedule/sums.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/graph/op_attributes.h"
#include "passes/schedule/forms.h"
#include "passes/schedule/row_space.h"

namespace nnc {

ReducedAxes::ReducedAxes(const Node& reduction, const Type& operand) {
  const Ints axes = view<ReduceAttributes>(reduction).axes;
  for (size_t axis = 0; axis < operand.shape.size(); ++axis) {
    bool gone = std::find(axes.begin(), axes.end(), static_cast<int64_t>(axis)) != axes.end();
    if (!gone) kept.push_back(axis), kept_shape.push_back(operand.shape[axis]);
    if (!gone || operand.shape[axis] == Dim(1)) continue;
    reduced.push_back(axis);
    reduced_shape.push_back(operand.shape[axis]);
  }
}

Element summing(Element element) {
  if (element == Element::bf16) return Element::f32;
  return element == Element::u8 ? Element::i32 : element;
}

std::vector<SummedAxis> axes_named(const Shape& shape, const std::string& letter) {
  std::vector<SummedAxis> axes;
  for (size_t axis = 0; axis < shape.size(); ++axis) axes.push_back({shape[axis], fmt::format("{}{}", letter, axis)});
  return axes;
}

std::optional<ChunkCut> sum_cut(const StepSizes& sizes, Scalar combine, Element element,
                                std::span<const SummedAxis> axes, int64_t last_step) {
  if (combine != Scalar::add || !is_float(element)) return std::nullopt;
  return cut_chunks(sizes, axes, last_step, kLongestReduction);
}

namespace {

/// Elements of the last summed axis between two terms of one chain, in lanes.
int64_t step_in_lanes(const Dim& last, Element element, const StepSizes& sizes) {
  int lanes = lanes_for(sizes.extent(last), sizes.lanes(element));
  return int64_t{accumulators_of(last, lanes)} * lanes;
}

}  // namespace

std::optional<ChunkCut> reduction_cut(const Node& reduction, const Type& operand, const StepSizes& sizes) {
  ReducedAxes axes(reduction, operand);
  Element element = summing(reduction.type.element);
  bool lanes = reduction_form(reduction, operand) == ReductionForm::lanes && !axes.reduced.empty();
  int64_t step = lanes ? step_in_lanes(axes.reduced_shape.back(), element, sizes) : 1;
  return sum_cut(sizes, reduction.op->combine, element, axes_named(axes.reduced_shape, "r"), step);
}

std::optional<ChunkCut> window_cut(const Node& window, const Type& operand, const StepSizes& sizes) {
  if (window.op->yields_index || !has_view<WindowAttributes>(window)) return std::nullopt;
  Shape shape;
  for (int64_t extent : view<WindowAttributes>(window).sizes) shape.emplace_back(extent);
  return sum_cut(sizes, window.op->combine, computing(operand.element), axes_named(shape, "r"), 1);
}

std::optional<ChunkCut> row_cut(const KernelNodes& nodes, const StepSizes& sizes) {
  const std::vector<SummedAxis> row{{row_space(nodes).back(), "k"}};
  for (NodeId id : nodes.piece().group->nodes) {
    const Node& node = nodes.graph().node(id);
    if (!needs_loops(node)) continue;
    bool lanes = reduction_form(node, nodes.type(node.operands[0])) == ReductionForm::lanes;
    int64_t step = lanes ? step_in_lanes(row[0].dim, node.type.element, sizes) : 1;
    if (std::optional<ChunkCut> cut = sum_cut(sizes, node.op->combine, node.type.element, row, step)) return cut;
  }
  return std::nullopt;
}

std::optional<ChunkCut> scatter_cut(const Node& scatter, const Shape& places, const StepSizes& sizes) {
  constexpr int64_t kPlacesARow = 64, kMostRows = int64_t{1} << 40;  // more than can be placed
  const Shape& table = scatter.type.shape;
  bool known = std::all_of(table.begin(), table.end(), [](const Dim& dim) { return dim.constant(); });
  if (!known || !is_float(computing(scatter.type.element))) return std::nullopt;
  return cut_chunks(sizes, axes_named(places, "r"), 1,
                    std::max(kLongestReduction, kPlacesARow * std::min(table[0].count, kMostRows)));
}

}  // namespace nnc
