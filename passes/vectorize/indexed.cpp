// Windows, and positions of extrema.
#include <algorithm>

#include "ir/graph/op_attributes.h"
#include "passes/vectorize/accumulate.h"
#include "passes/vectorize/lower.h"

namespace nnc {

namespace {

/// The elements that one result looks at: one axis of `sizes` for each way to move.
struct Window {
  Shape sizes;
  std::function<ElementIndex(const ElementIndex& at, const ElementIndex& offset)> operand_index;

  explicit Window(const Node& node) {
    if (const auto along = view_if<AxisAttributes>(node)) {
      operand_index = [axis = static_cast<size_t>(along->axis)](const ElementIndex& at, const ElementIndex& offset) {
        ElementIndex index = at;
        index.insert(index.begin() + static_cast<std::ptrdiff_t>(axis), offset[0]);
        return index;
      };
      return;
    }
    const auto written = view<WindowAttributes>(node);
    for (int64_t extent : written.sizes) sizes.push_back(Dim(extent));
    operand_index = [strides = written.strides, dilations = written.dilations](const ElementIndex& at,
                                                                               const ElementIndex& offset) {
      ElementIndex index = at;
      for (size_t axis = 0; axis < at.size(); ++axis) {
        Affine moved = strides[axis] == 0 ? Affine{} : at[axis].base * strides[axis];
        index[axis] = {moved + offset[axis].base * dilations[axis], at[axis].lane * strides[axis]};
      }
      return index;
    };
  }
};

/// The row-major number of the greatest element, the first of equals or the first NaN.
ScalarValue position_of_greatest(Values& values, NestBuilder& nest, Element element, const Shape& sizes,
                                 const std::function<ScalarValue(const ElementIndex&)>& term) {
  ElementIndex offset(sizes.size());
  NestRegister best = nest.reg("best", {element, values.lanes}),
               place = nest.reg("place", {Element::i32, values.lanes});
  values.open_scope();
  nest.assign(best, values.wide(term(offset)));
  values.close_scope();
  nest.assign(place, nest.constant(0, NestType{Element::i32, values.lanes}));
  std::function<void(size_t, Affine)> over = [&](size_t axis, const Affine& number) {
    if (axis < sizes.size()) {
      over_axis(values, sizes[axis], "w", [&](const Affine& at) {
        offset[axis] = {at, 0};
        over(axis + 1, number * values.kernel().program().extent(sizes[axis]) + at);
      });
      return;
    }
    ScalarValue candidate = values.pin(values.wide(term(offset)), "x"), greatest = nest.read(best);
    ScalarValue better = nest.call(Scalar::greater, candidate, greatest);
    if (is_float(element)) {
      ScalarValue first_nan = nest.call(Scalar::logical_and, nest.call(Scalar::not_equal, candidate, candidate),
                                        nest.call(Scalar::equal, greatest, greatest));
      better = nest.call(Scalar::logical_or, better, first_nan);
    }
    better = values.pin(better, "better");
    nest.assign(place, nest.select(better, values.wide(nest.index(number)), nest.read(place)));
    nest.assign(best, nest.select(better, candidate, greatest));
  };
  over(0, Affine::of(0));
  return nest.read(place);
}

void write_window(PieceKernel& kernel) {
  Lowering& lowering = kernel.lowering;
  const Piece& piece = kernel.piece;
  const Node& node = lowering.graph.node(piece.root);
  NodeId operand = node.operands[0];
  Window window(node);
  if (const auto along = view_if<AxisAttributes>(node)) {
    window.sizes = {kernel.type(operand).shape[static_cast<size_t>(along->axis)]};
  }
  kernel.share_values();
  kernel.pin_scalars();
  Element element = computing(kernel.type(operand).element);
  int lanes = kernel.schedule.vector_lanes();
  over_space(kernel.values, node.type.shape, lane_axis(kernel.schedule, node.type.shape), lanes,
             [&](const ElementIndex& at) {
               auto term = [&](const ElementIndex& offset) {
                 return kernel.nest().cast(kernel.values.element(operand, window.operand_index(at, offset)), element);
               };
               ScalarValue value{};
               if (node.op->yields_index) {
                 value = position_of_greatest(kernel.values, kernel.nest(), element, window.sizes, term);
               } else {
                 SummedTerms terms{node.op->combine, node.op->identity, element, window.sizes, term};
                 value = kernel.nest().cast(accumulate_chain(kernel.values, terms), node.type.element);
               }
               kernel.finish_root(at, value);
             });
}

}  // namespace

void lower_window(Lowering& lowering, const Piece& piece) {
  PieceKernel kernel(lowering, piece);
  write_window(kernel);
  kernel.writer.finish();
}

}  // namespace nnc
