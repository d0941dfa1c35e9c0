// One function a kind of kernel. Each names the loop in lanes and what stays in registers, and counts whether that
// fits; contractions have a file of their own.
#include "passes/schedule/choose.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/graph/op_attributes.h"
#include "passes/schedule/choose_contraction.h"
#include "passes/schedule/forms.h"
#include "passes/schedule/registers.h"
#include "passes/schedule/row_space.h"
#include "passes/schedule/sums.h"

namespace nnc {

namespace {

std::string axis_name(int axis) { return fmt::format("i{}", axis); }

/// The first axis of a space that has turns to share out.
std::optional<std::string> parallel_axis(const Shape& shape) {
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (!(shape[axis] == Dim(1))) return axis_name(static_cast<int>(axis));
  }
  return std::nullopt;
}

class Chooser {
 public:
  Chooser(const KernelNodes& nodes, const StepSizes& sizes, RegisterPressure pressure)
      : nodes_(nodes), sizes_(sizes), pressure_(pressure), graph_(nodes.graph()) {}

  std::optional<Schedule> space();
  std::optional<Schedule> rows();
  std::optional<Schedule> reduction();
  std::optional<Schedule> window();
  std::optional<Schedule> scatter();

 private:
  int64_t registers() const { return sizes_.target().vector_registers; }
  int thrifty(int lanes) const { return pressure_ >= RegisterPressure::lanes ? 1 : lanes; }
  std::optional<Schedule> if_it_fits(Schedule schedule) const {
    bool fits = registers_of(nodes_, sizes_, schedule) <= registers() || pressure_ == RegisterPressure::lanes;
    return fits ? std::optional(std::move(schedule)) : std::nullopt;
  }

  /// Shared values hold registers unless that is given up, or is more than half of all.
  void choose_sharing(Schedule& schedule, int lanes) const {
    if (nodes_.shared().empty()) return;
    schedule.recompute = pressure_ >= RegisterPressure::shared || nodes_.held(false, lanes, sizes_) > registers() / 2;
  }
  const Node& root() const { return graph_.node(nodes_.piece().root); }
  void set_lanes(Schedule& schedule, const std::string& loop, int64_t extent, int widest) const {
    schedule.lanes = LoopSize{loop, lanes_for(extent, widest)};
  }
  void set_axis_lanes(Schedule& schedule, const Shape& shape, int widest) const {
    int axis = vector_axis_of(shape);
    if (axis >= 0) set_lanes(schedule, axis_name(axis), sizes_.extent(shape[static_cast<size_t>(axis)]), widest);
  }
  bool gathers_at(int vector_axis) const;
  void transpose(Schedule& schedule, int axis) const;

  const KernelNodes& nodes_;
  const StepSizes& sizes_;
  RegisterPressure pressure_;
  const Graph& graph_;
};

/// Read in order and written apart, one by one, a line of the source at a time: so many lines of the result that the
/// first cache holds them until they are full.
void Chooser::transpose(Schedule& schedule, int axis) const {
  constexpr int64_t kLine = 64;
  const Type& type = nodes_.type(nodes_.piece().stores[0]);
  const Dim& along = type.shape[static_cast<size_t>(axis)];
  schedule.lanes = LoopSize{axis_name(axis), 1};
  int64_t line = kLine / byte_size(type.element);
  if (along.constant() && along.count > line) schedule.block = LoopSize{axis_name(axis), line};
}

std::optional<Schedule> Chooser::space() {
  Schedule schedule;
  const Shape& shape = nodes_.type(nodes_.piece().stores[0]).shape;
  if (shape.empty()) return schedule;
  int widest = thrifty(nodes_.widest(sizes_));
  schedule.parallel = parallel_axis(shape);
  if (nodes_.is_flat(sizes_)) {
    set_lanes(schedule, "flat", sizes_.extent(*product(shape)), widest);
    if (schedule.parallel) schedule.parallel = "flat";
  } else {
    set_axis_lanes(schedule, shape, nodes_.gathers_lanes(vector_axis_of(shape)) ? 1 : widest);
    if (int axis = nodes_.transposed_axis(); axis >= 0) transpose(schedule, axis);
  }
  choose_sharing(schedule, widest);
  return if_it_fits(std::move(schedule));
}

std::optional<Schedule> Chooser::rows() {
  Schedule schedule;
  const Shape space = row_space(nodes_);
  for (NodeId id : nodes_.piece().group->nodes) {
    const Node& node = graph_.node(id);
    if (!needs_loops(node)) continue;
    bool lanes = reduction_form(node, graph_.type(node.operands[0])) == ReductionForm::lanes;
    if (schedule.form.empty() || lanes) schedule.form = lanes ? "lanes" : "chain";
  }
  const RowVectors vectors = row_vectors(nodes_, sizes_);
  schedule.row_in_registers = pressure_ < RegisterPressure::shared && fits_registers(nodes_, sizes_);
  schedule.lanes = LoopSize{"k", thrifty(vectors.lanes)};
  if (schedule.row_in_registers) {
    schedule.recompute = static_cast<int64_t>(row_values(nodes_).size()) * vectors.count > registers() / 2;
  } else if (std::optional<ChunkCut> cut = row_cut(nodes_, sizes_)) {
    schedule.chunk = LoopSize{"k", cut->block};
  }
  schedule.parallel = parallel_axis(Shape(space.begin(), space.end() - 1));
  return if_it_fits(std::move(schedule));
}

std::optional<Schedule> Chooser::reduction() {
  Schedule schedule;
  const Type& from = nodes_.type(root().operands[0]);
  const Shape& kept = root().type.shape;
  const Shape summed = ReducedAxes(root(), from).reduced_shape;
  bool lanes = reduction_form(root(), from) == ReductionForm::lanes && !summed.empty();
  schedule.form = lanes ? "lanes" : "chain";
  const int widest = thrifty(nodes_.widest(sizes_));
  if (lanes) {
    int wide = lanes_for(sizes_.extent(summed.back()), sizes_.lanes(summing(root().type.element)));
    schedule.lanes = LoopSize{fmt::format("r{}", summed.size() - 1), wide};
  } else {
    set_axis_lanes(schedule, kept, widest);
  }
  schedule.parallel = parallel_axis(kept);
  std::vector<SummedAxis> axes = axes_named(summed, "r");
  if (std::optional<ChunkCut> cut = reduction_cut(root(), from, sizes_)) {
    schedule.chunk = LoopSize{axes[cut->axis].name, cut->block};
    if (!schedule.parallel) schedule.parallel = axes[cut->axis].name;
  }
  choose_sharing(schedule, widest);
  return if_it_fits(std::move(schedule));
}

/// Whether neighbours along the result's vector axis lie apart in the operand whose axis vanishes.
bool Chooser::gathers_at(int vector_axis) const {
  NodeId operand = root().operands[0];
  const Shape& shape = nodes_.type(operand).shape;
  auto axis = static_cast<int>(view<AxisAttributes>(root()).axis);
  int along = vector_axis < axis ? vector_axis : vector_axis + 1;
  if (!nodes_.in_memory(operand)) return along != vector_axis_of(shape);
  for (size_t behind = static_cast<size_t>(along) + 1; behind < shape.size(); ++behind) {
    if (sizes_.extent(shape[behind]) != 1) return true;
  }
  return false;
}

std::optional<Schedule> Chooser::window() {
  constexpr int kMostGatheredLanes = 4;  // each lane is a load of its own, and code
  Schedule schedule;
  int vector_axis = vector_axis_of(root().type.shape);
  int widest = thrifty(nodes_.widest(sizes_));
  if (vector_axis >= 0 && has_view<AxisAttributes>(root()) && gathers_at(vector_axis)) {
    widest = std::min(widest, kMostGatheredLanes);
  }
  set_axis_lanes(schedule, root().type.shape, widest);
  schedule.parallel = parallel_axis(root().type.shape);
  if (std::optional<ChunkCut> cut = window_cut(root(), nodes_.type(root().operands[0]), sizes_)) {
    schedule.chunk = LoopSize{fmt::format("r{}", cut->axis), cut->block};
  }
  choose_sharing(schedule, widest);
  return if_it_fits(std::move(schedule));
}

std::optional<Schedule> Chooser::scatter() {
  Schedule schedule;
  const Shape &table = root().type.shape, &places = nodes_.type(root().operands[0]).shape;
  set_axis_lanes(schedule, table, thrifty(nodes_.widest(sizes_)));
  if (std::optional<ChunkCut> cut = scatter_cut(root(), places, sizes_)) {
    schedule.chunk = LoopSize{fmt::format("r{}", cut->axis), cut->block};
    schedule.parallel = schedule.chunk->loop;
  }
  choose_sharing(schedule, schedule.vector_lanes());
  return if_it_fits(std::move(schedule));
}

}  // namespace

std::optional<Schedule> schedule_at(const KernelNodes& nodes, const StepSizes& sizes, RegisterPressure pressure) {
  Chooser chooser(nodes, sizes, pressure);
  if (nodes.piece().rows) return chooser.rows();
  if (nodes.piece().root == kNoNode) return chooser.space();
  switch (nodes.graph().node(nodes.piece().root).op->op_class) {
    case OpClass::reduction: return chooser.reduction();
    case OpClass::contraction: return schedule_contraction(nodes, sizes, pressure);
    case OpClass::window: return chooser.window();
    case OpClass::indexed: return chooser.scatter();
    default: return Schedule{};
  }
}

}  // namespace nnc
