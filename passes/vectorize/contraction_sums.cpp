#include "passes/vectorize/contraction_sums.h"

namespace nnc {

void over_columns(Values& values, const TileColumns& columns, const std::function<void(const Affine& column)>& body) {
  auto at = [&](const Affine& column, int lanes, const std::optional<Affine>& active) {
    values.lanes = lanes;
    values.active = active;
    body(column);
  };
  auto whole = [&](const Affine& column) { at(column, columns.lanes, std::nullopt); };
  int64_t last = columns.vectors * columns.lanes;
  if (columns.vectors == 1) whole(Affine::of(0));
  if (columns.vectors > 1) values.kernel().nest.serial("n", 0, last, columns.lanes, whole);
  if (columns.narrow > 0) at(Affine::of(last), columns.narrow, columns.active);
  values.lanes = 1;
  values.active = std::nullopt;
}

void over_sums(Values& values, const TileColumns& columns, const Dim& rows, const ChunkTree::Visit& visit) {
  over_axis(values, rows, "m", [&](const Affine& i) {
    over_columns(values, columns, [&](const Affine& column) { visit({i, column}, values.lanes); });
  });
}

void finish_sums(PieceKernel& kernel, const ContractionPlan& plan, const TileColumns& columns, const Dim& rows,
                 const Affine& row, const Affine& column,
                 const std::function<Place(const std::vector<Affine>& at)>& place) {
  Values& values = kernel.values;
  ElementIndex index = plan.index;
  kernel.pin_epilogue_scalars();
  over_axis(values, rows, "m", [&](const Affine& i) {
    index[plan.loops.rows] = {row + i, 0};
    over_columns(values, columns, [&](const Affine& at) {
      index[plan.loops.vector] = {column + at, values.lanes > 1 ? 1 : 0};
      values.open_scope();
      ScalarValue sum = values.pin(kernel.nest().load(place({i, at}), values.lanes), "sum");
      kernel.finish_root(output_of(plan, index), sum);
      values.close_scope();
    });
  });
}

ElementIndex output_of(const ContractionPlan& plan, const ElementIndex& index) {
  return {index.begin(), index.begin() + static_cast<std::ptrdiff_t>(plan.loops.contraction.result_rank)};
}

}  // namespace nnc
