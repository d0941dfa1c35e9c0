#include <algorithm>

#include "passes/schedule/sums.h"
#include "passes/vectorize/accumulate.h"
#include "passes/vectorize/lower.h"

namespace nnc {

namespace {

void write_reduction(PieceKernel& kernel) {
  const Piece& piece = kernel.piece;
  const Node& node = kernel.lowering.graph.node(piece.root);
  NodeId operand = node.operands[0];
  const Type& from = kernel.type(operand);
  ReducedAxes axes(node, from);
  kernel.share_values();
  kernel.pin_scalars();
  Element element = summing(node.type.element);
  auto terms_at = [&](const ElementIndex& kept) {
    return SummedTerms{node.op->combine, node.op->identity, element, axes.reduced_shape,
                       [&, kept](const ElementIndex& reduced) {
                         ElementIndex at(from.shape.size());
                         for (size_t i = 0; i < kept.size(); ++i) at[axes.kept[i]] = kept[i];
                         for (size_t i = 0; i < reduced.size(); ++i) at[axes.reduced[i]] = reduced[i];
                         return kernel.nest().cast(kernel.values.element(operand, at), element);
                       }};
  };
  bool lanes = kernel.schedule.form == "lanes";
  int vector_axis = lanes ? -1 : lane_axis(kernel.schedule, node.type.shape);
  over_space(kernel.values, node.type.shape, vector_axis, kernel.schedule.vector_lanes(), [&](const ElementIndex& at) {
    SummedTerms terms = terms_at(at);
    ScalarValue value = lanes ? accumulate_lanes(kernel.values, terms) : accumulate_chain(kernel.values, terms);
    kernel.finish_root(at, kernel.nest().cast(value, node.type.element));
  });
}

}  // namespace

void lower_reduction(Lowering& lowering, const Piece& piece) {
  PieceKernel kernel(lowering, piece);
  write_reduction(kernel);
  kernel.writer.finish();
}

}  // namespace nnc
