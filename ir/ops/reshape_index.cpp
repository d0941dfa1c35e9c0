#include "ir/ops/reshape_index.h"

#include <fmt/format.h>

#include "support/error.h"

namespace nnc {

namespace {

bool is_empty(const Shape& shape) {
  for (const Dim& dim : shape) {
    if (dim.count == 0) return true;
  }
  return false;
}

/// Row-major needs the strides below an axis; an axis of run-time size may therefore only have axes of size 1 before
/// it.
void check_leading(const Shape& shape, size_t begin, size_t axis) {
  if (shape[axis].constant()) return;
  for (size_t before = begin; before < axis; ++before) {
    NNC_ASSERT(shape[before] == Dim(1), fmt::format("{} has a run-time size below another axis", to_string(shape)));
  }
}

/// Row-major position within the group of result axes [begin, end).
IndexExpr position(const Shape& result, size_t begin, size_t end) {
  IndexExpr sum;
  int64_t stride = 1;
  for (size_t axis = end; axis-- > begin;) {
    check_leading(result, begin, axis);
    if (result[axis] != Dim(1)) sum = sum + IndexExpr::variable(static_cast<int>(axis)) * stride;
    stride *= result[axis].count;
  }
  return sum;
}

void spread(const IndexExpr& linear, const Shape& operand, size_t begin, size_t end, std::vector<IndexExpr>& index) {
  int64_t stride = 1;
  for (size_t axis = end; axis-- > begin;) {
    check_leading(operand, begin, axis);
    if (operand[axis] == Dim(1)) continue;
    bool leading = true;
    for (size_t before = begin; before < axis; ++before) leading = leading && operand[before] == Dim(1);
    IndexExpr quotient = linear.divided_by(stride);
    index[axis] = leading ? quotient : quotient.modulo(operand[axis].count);
    stride *= operand[axis].count;
  }
}

/// Elements of the axes before the one of run-time size; of all, if there is none.
int64_t elements_before_rows(const Shape& shape) {
  int64_t elements = 1;
  for (const Dim& dim : shape) {
    if (!dim.constant()) break;
    elements *= dim.count;
  }
  return elements;
}

}  // namespace

bool reshape_keeps_rows(const Shape& operand, const Shape& result) {
  return is_empty(operand) || is_empty(result) || elements_before_rows(operand) == elements_before_rows(result);
}

std::optional<std::vector<IndexExpr>> reshape_index(const Shape& operand, const Shape& result) {
  if (is_empty(operand) || is_empty(result)) return std::nullopt;
  std::vector<IndexExpr> index(operand.size());
  size_t i = 0, j = 0;
  while (i < operand.size() || j < result.size()) {
    size_t i_begin = i, j_begin = j;
    // The smallest groups with equal products.
    Dim left = i < operand.size() ? operand[i++] : Dim(1);
    Dim right = j < result.size() ? result[j++] : Dim(1);
    while (left != right) {
      bool more_left = j == result.size() || (i < operand.size() && left.count <= right.count);
      if (left.count == right.count) more_left = i < operand.size() && left.constant();
      NNC_ASSERT(more_left ? i < operand.size() : j < result.size(),
                 fmt::format("{} does not reshape to {}", to_string(operand), to_string(result)));
      Dim& side = more_left ? left : right;
      const Dim& next = more_left ? operand[i++] : result[j++];
      side.count *= next.count;
      if (!next.constant()) side.symbol = next.symbol;
    }
    spread(position(result, j_begin, j), operand, i_begin, i, index);
  }
  return index;
}

}  // namespace nnc
