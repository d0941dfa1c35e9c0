// Ops in which an operand's values are row numbers. A number outside 0 … K−1 is clamped to the nearest row.

#include <fmt/format.h>

#include "ir/ops/families.h"
#include "ir/ops/rules.h"

namespace nnc {

namespace {

std::string not_an_index(const Node& node, const Type& index) {
  return fmt::format("'{}' takes row numbers of i32, not {}", node.op->name, to_string(index));
}

Inferred infer_gather(Types operands, const Node& node) {
  const Type &table = operands[0], &index = operands[1];
  if (index.element != Element::i32) return not_an_index(node, index);
  if (table.rank() == 0) return no_axis(node, 0, table);
  if (table.shape[0].count == 0) return fmt::format("'gather' from no rows: {}", to_string(table));
  Type result(table.element, index.shape);
  result.shape.insert(result.shape.end(), table.shape.begin() + 1, table.shape.end());
  return result;
}

Inferred infer_scatter_add(Types operands, const Node& node) {
  const Type &index = operands[0], &rows = operands[1];
  if (index.element != Element::i32) return not_an_index(node, index);
  const Dim count = view<ScatterAttributes>(node).count;
  if (count.count < 1) return fmt::format("'scatter_add' to {} rows", to_string(count));
  if (!is_float(rows.element) && rows.element != Element::i32) {
    return fmt::format("'scatter_add' adds f32, f64, bf16 or i32, not {}", to_string(rows));
  }
  bool fits = rows.rank() >= index.rank();
  for (size_t axis = 0; fits && axis < index.shape.size(); ++axis) fits = rows.shape[axis] == index.shape[axis];
  if (!fits) {
    return fmt::format("'scatter_add': the axes of the row numbers {} must lead those of the rows {}", to_string(index),
                       to_string(rows));
  }
  Type result(rows.element, {count});
  result.shape.insert(result.shape.end(), rows.shape.begin() + index.rank(), rows.shape.end());
  return result;
}

}  // namespace

std::vector<Op> indexed_ops() {
  return {
      {.name = "gather",
       .summary = "row `b[…]` of the table a: a[K, ‥R], b i32[‥S] → [‥S, ‥R]",
       .arity = 2,
       .op_class = OpClass::indexed,
       .infer = infer_gather,
       .vjp = [](const Vjp& v) -> Gradients {
         return {scatter_add(v.in[1], v.dout, v.in[0].type().shape[0]), Value{}};
       },
       .derivative = "da = the rows of dout added at their places",
       .in_words = "adds the gradient to the rows that were taken",
       .check = {.domain = Domain::small_integer,
                 .samples = {"gather(f32[5, 3], i32[B]) {}", "gather(f32[7], i32[2, 4]) {}",
                             "gather(u8[N, 9], i32[B]) {}", "gather(f32[4, 2, 3], i32[]) {}",
                             "gather(f32[3, 2], i32[0]) {}"}}},
      {.name = "scatter_add",
       .summary =
           "b's rows added at the row numbers a, in rising order of their places, to zeros: a i32[‥S], b[‥S, ‥R] "
           "→ [count, ‥R]",
       .arity = 2,
       .op_class = OpClass::indexed,
       .attributes = kAttributes<ScatterAttributes>,
       .infer = infer_scatter_add,
       .vjp = [](const Vjp& v) -> Gradients { return {Value{}, gather(v.dout, v.in[0])}; },
       .derivative = "db = the rows of dout at the row numbers",
       .in_words = "gives each row the gradient of the place it went to",
       .check = {.domain = Domain::small_integer,
                 .samples = {"scatter_add(i32[B], f32[B, 3]) {count = sizes [5]}",
                             "scatter_add(i32[2, 4], f32[2, 4]) {count = sizes [7]}",
                             "scatter_add(i32[], f32[8]) {count = sizes [3]}"}}},
  };
}

}  // namespace nnc
