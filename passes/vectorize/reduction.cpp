#include <algorithm>

#include "passes/vectorize/accumulate.h"
#include "passes/vectorize/forms.h"
#include "passes/vectorize/lower.h"

namespace nnc {

namespace {

/// The axes of an operand of a reduction: those that vanish and those that stay.
struct ReducedAxes {
  std::vector<size_t> reduced, kept;
  Shape reduced_shape, kept_shape;

  ReducedAxes(const Type& operand, const std::vector<int64_t>& axes, bool skip_units) {
    for (size_t axis = 0; axis < operand.shape.size(); ++axis) {
      bool gone = std::find(axes.begin(), axes.end(), static_cast<int64_t>(axis)) != axes.end();
      if (!gone) kept.push_back(axis), kept_shape.push_back(operand.shape[axis]);
      if (!gone || (skip_units && operand.shape[axis] == Dim(1))) continue;
      reduced.push_back(axis);
      reduced_shape.push_back(operand.shape[axis]);
    }
  }
};

}  // namespace

namespace {

void write_reduction(PieceKernel& kernel) {
  const Piece& piece = kernel.piece;
  const Node& node = kernel.lowering.graph.node(piece.root);
  NodeId operand = node.operands[0];
  const Type& from = kernel.type(operand);
  ReducedAxes axes(from, node.attributes.get<std::vector<int64_t>>("axes"), true);
  kernel.share_values();
  kernel.pin_scalars();
  Element element = node.type.element;  // bf16 and u8 are summed as f32 and i32
  if (element == Element::bf16) element = Element::f32;
  if (element == Element::u8) element = Element::i32;
  auto terms_at = [&](const ElementIndex& kept) {
    return Terms{node.op->combine, node.op->identity, element, axes.reduced_shape,
                 [&, kept](const ElementIndex& reduced) {
                   ElementIndex at(from.shape.size());
                   for (size_t i = 0; i < kept.size(); ++i) at[axes.kept[i]] = kept[i];
                   for (size_t i = 0; i < reduced.size(); ++i) at[axes.reduced[i]] = reduced[i];
                   return kernel.nest().cast(kernel.values.element(operand, at), element);
                 }};
  };
  bool lanes = reduction_form(node, from) == ReductionForm::lanes && !axes.reduced.empty();
  int vector_axis = lanes ? -1 : vector_axis_of(node.type.shape);
  kernel.nest().set_summary(lanes ? "sum in lanes" : "one chain an output");
  over_space(kernel.values, node.type.shape, vector_axis, kernel.widest(piece.root), [&](const ElementIndex& at) {
    Terms terms = terms_at(at);
    ScalarValue value = lanes ? accumulate_lanes(kernel.values, terms) : accumulate_chain(kernel.values, terms);
    kernel.values.know(piece.root, at, kernel.nest().cast(value, node.type.element));
    kernel.store_all(at);
  });
}

}  // namespace

void lower_reduction(Lowering& lowering, const Piece& piece) { write_kernel(lowering, {&piece, 1}, write_reduction); }

}  // namespace nnc
