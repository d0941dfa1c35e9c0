#include "ir/interpret/interpret_ops.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ir/graph/contraction.h"
#include "ir/graph/convert.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/interpret/scalar_tape.h"
#include "ir/scalar/random.h"
#include "support/error.h"

namespace nnc {

namespace {

std::vector<Type> types_of(const Cells& operands) {
  std::vector<Type> types;
  for (const Cell* operand : operands) types.push_back(operand->type);
  return types;
}

bool any_moves(const Cells& operands) {
  return std::any_of(operands.begin(), operands.end(), [](const Cell* cell) { return cell->moves(); });
}

Cell empty_cell(const Type& type, bool moves) {
  Cell cell{type};
  auto count = static_cast<size_t>(element_count(type));
  cell.values.resize(count);
  if (moves && is_float(type.element)) cell.tangents.resize(count);
  return cell;
}

double tangent(const Cell& cell, size_t at) { return cell.moves() ? cell.tangents[at] : 0; }

/// Steps through all indices of a shape in row-major order, keeping several affine places up to date.
class Odometer {
 public:
  explicit Odometer(const Shape& shape) : index_(shape.size(), 0) {
    for (const Dim& dim : shape) sizes_.push_back(dim.count);
  }
  const std::vector<int64_t>& index() const { return index_; }
  /// False when all indices have been seen.
  bool next() {
    for (size_t axis = index_.size(); axis-- > 0;) {
      if (++index_[axis] < sizes_[axis]) return true;
      index_[axis] = 0;
    }
    return false;
  }

 private:
  std::vector<int64_t> sizes_, index_;
};

int64_t dot(const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
  int64_t sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double wrapped_sum(double a, double b, Element element) { return element == Element::i32 ? wrap_i32(a + b) : a + b; }

}  // namespace

int64_t element_count(const Type& type) {
  std::optional<Dim> count = product(type.shape);
  NNC_ASSERT(count && count->constant(), "a value has constant sizes: " + to_string(type));
  return count->count;
}

std::vector<int64_t> row_major_strides(const Shape& shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= shape[axis].count;
  }
  return strides;
}

Cell evaluate_elementwise(const Node& node, const Cells& operands, bool round) {
  std::vector<Element> elements;
  for (const Cell* operand : operands) elements.push_back(operand->type.element);
  ScalarTape tape(node, elements);
  tape.round = round;
  Cell result = empty_cell(node.type, any_moves(operands));
  std::vector<Dual> duals(operands.size()), dual_slots(tape.slots());
  std::vector<double> numbers(operands.size()), slots(tape.slots());
  for (size_t i = 0; i < result.values.size(); ++i) {
    if (!result.moves()) {
      for (size_t k = 0; k < operands.size(); ++k) numbers[k] = operands[k]->values[i];
      result.values[i] = tape.run(std::span<const double>(numbers), std::span<double>(slots));
      continue;
    }
    for (size_t k = 0; k < operands.size(); ++k) duals[k] = {operands[k]->values[i], tangent(*operands[k], i)};
    Dual out = tape.run(std::span<const Dual>(duals), std::span<Dual>(dual_slots));
    result.values[i] = out.value;
    result.tangents[i] = out.tangent;
  }
  return result;
}

Cell evaluate_movement(const Node& node, const Cells& operands) {
  std::vector<Type> types = types_of(operands);
  Movement movement = node.op->move(types, node);
  struct Source {
    const Cell* cell;
    IndexExpr place;
    const std::vector<IndexGuard>* guards;
  };
  std::vector<Source> sources;
  for (const Access& access : movement.accesses) {
    const Cell* cell = operands[static_cast<size_t>(access.operand)];
    std::vector<int64_t> strides = row_major_strides(cell->type.shape);
    IndexExpr place;
    for (size_t axis = 0; axis < strides.size(); ++axis) place = place + access.index[axis] * strides[axis];
    sources.push_back({cell, place, &access.guards});
  }
  Cell result = empty_cell(node.type, any_moves(operands));
  Odometer at(node.type.shape);
  for (size_t i = 0; i < result.values.size(); ++i, at.next()) {
    const auto& index = at.index();
    result.values[i] = convert(movement.fill_value, node.type.element);
    for (const Source& source : sources) {
      bool inside = std::all_of(source.guards->begin(), source.guards->end(), [&](const IndexGuard& guard) {
        int64_t value = guard.expr.evaluate(index);
        return value >= 0 && value < guard.extent && value % guard.multiple == 0;
      });
      if (!inside) continue;
      auto from = static_cast<size_t>(source.place.evaluate(index));
      result.values[i] = source.cell->values[from];
      if (result.moves()) result.tangents[i] = tangent(*source.cell, from);
      break;
    }
  }
  return result;
}

Cell evaluate_reduction(const Node& node, const Cells& operands) {
  const Cell& in = *operands[0];
  const Ints axes = view<ReduceAttributes>(node).axes;
  std::vector<int64_t> own = row_major_strides(node.type.shape), strides(in.type.shape.size(), 0);
  for (size_t axis = 0, kept = 0; axis < strides.size(); ++axis) {
    if (!std::binary_search(axes.begin(), axes.end(), static_cast<int64_t>(axis))) strides[axis] = own[kept++];
  }
  Cell result = empty_cell(node.type, in.moves());
  double identity = is_float(node.type.element) ? node.op->identity : convert(node.op->identity, node.type.element);
  std::fill(result.values.begin(), result.values.end(), identity);
  std::vector<bool> begun(result.values.size(), false);
  Odometer at(in.type.shape);
  for (size_t i = 0; i < in.values.size(); ++i, at.next()) {
    auto to = static_cast<size_t>(dot(at.index(), strides));
    if (node.op->combine == Scalar::add) {
      result.values[to] = wrapped_sum(result.values[to], in.values[i], node.type.element);
      if (result.moves()) result.tangents[to] += in.tangents[i];
      continue;
    }
    bool better =
        node.op->combine == Scalar::maximum ? in.values[i] > result.values[to] : in.values[i] < result.values[to];
    better = better || (std::isnan(in.values[i]) && !std::isnan(result.values[to])) || !begun[to];
    begun[to] = true;
    if (!better) continue;
    result.values[to] = in.values[i];
    if (result.moves()) result.tangents[to] = in.tangents[i];
  }
  return result;
}

Cell evaluate_contraction(const Node& node, const Cells& operands) {
  const Cell &a = *operands[0], &b = *operands[1];
  Contraction c = contraction_of(node, types_of(operands));
  // By loop: how far one turn moves in either operand.
  std::array<std::vector<int64_t>, 2> steps;
  std::array<int64_t, 2> base{};
  for (size_t k = 0; k < 2; ++k) {
    std::vector<int64_t> strides = row_major_strides(operands[k]->type.shape);
    steps[k].resize(c.loops.size());
    for (size_t axis = 0; axis < strides.size(); ++axis) {
      base[k] += c.subscripts[k][axis].constant() * strides[axis];
      for (const IndexExpr::Term& term : c.subscripts[k][axis].terms()) {
        steps[k][static_cast<size_t>(term.variable)] += term.coefficient * strides[axis];
      }
    }
  }
  Shape outer = c.result_shape(), inner;
  int64_t turns = 1;
  for (size_t loop = c.result_rank; loop < c.loops.size(); ++loop) {
    inner.push_back(c.loops[loop].extent);
    turns *= c.loops[loop].extent.count;
  }
  Cell result = empty_cell(node.type, any_moves(operands));
  Odometer at(outer);
  for (size_t i = 0; i < result.values.size(); ++i, at.next()) {
    int64_t a_outer = base[0], b_outer = base[1];
    for (size_t loop = 0; loop < c.result_rank; ++loop) {
      a_outer += at.index()[loop] * steps[0][loop];
      b_outer += at.index()[loop] * steps[1][loop];
    }
    Odometer summed(inner);
    for (int64_t turn = 0; turn < turns; ++turn, summed.next()) {
      int64_t a_at = a_outer, b_at = b_outer;
      for (size_t k = 0; k < inner.size(); ++k) {
        a_at += summed.index()[k] * steps[0][c.result_rank + k];
        b_at += summed.index()[k] * steps[1][c.result_rank + k];
      }
      auto x = static_cast<size_t>(a_at), y = static_cast<size_t>(b_at);
      result.values[i] += a.values[x] * b.values[y];
      if (result.moves()) result.tangents[i] += tangent(a, x) * b.values[y] + a.values[x] * tangent(b, y);
    }
  }
  return result;
}

namespace {
size_t row_number(double index, int64_t rows) {
  return static_cast<size_t>(std::clamp<int64_t>(static_cast<int64_t>(index), 0, rows - 1));
}
}  // namespace

Cell evaluate_gather(const Node& node, const Cells& operands) {
  const Cell &table = *operands[0], &index = *operands[1];
  Cell result = empty_cell(node.type, table.moves());
  int64_t rows = table.type.shape[0].count;
  if (rows == 0) return result;
  size_t width = table.values.size() / static_cast<size_t>(rows);
  for (size_t i = 0; i < index.values.size(); ++i) {
    size_t from = row_number(index.values[i], rows) * width;
    for (size_t k = 0; k < width; ++k) {
      result.values[i * width + k] = table.values[from + k];
      if (result.moves()) result.tangents[i * width + k] = table.tangents[from + k];
    }
  }
  return result;
}

Cell evaluate_scatter_add(const Node& node, const Cells& operands) {
  const Cell &index = *operands[0], &rows = *operands[1];
  Cell result = empty_cell(node.type, rows.moves());
  int64_t count = node.type.shape[0].count;
  if (index.values.empty() || count == 0) return result;
  size_t width = rows.values.size() / index.values.size();
  for (size_t i = 0; i < index.values.size(); ++i) {
    size_t to = row_number(index.values[i], count) * width;
    for (size_t k = 0; k < width; ++k) {
      double& sum = result.values[to + k];
      sum = wrapped_sum(sum, rows.values[i * width + k], node.type.element);
      if (result.moves()) result.tangents[to + k] += rows.tangents[i * width + k];
    }
  }
  return result;
}

Cell evaluate_window(const Node& node, const Cells& operands) {
  const Cell& in = *operands[0];
  std::vector<int64_t> strides = row_major_strides(in.type.shape);
  std::vector<int64_t> move(strides.size(), 0), reach(strides.size(), 0);
  Shape window(strides.size(), Dim(1));
  Shape outer = node.type.shape;
  if (const auto along = view_if<AxisAttributes>(node)) {  // a window as long as the axis
    const auto axis = static_cast<size_t>(along->axis);
    window[axis] = in.type.shape[axis];
    outer.insert(outer.begin() + static_cast<std::ptrdiff_t>(axis), Dim(1));
    move = reach = strides;
  } else {
    const auto written = view<WindowAttributes>(node);
    for (size_t axis = 0; axis < strides.size(); ++axis) {
      window[axis] = written.sizes[axis];
      move[axis] = written.strides[axis] * strides[axis];
      reach[axis] = written.dilations[axis] * strides[axis];
    }
  }
  int64_t turns = product(window).value_or(Dim(0)).count;
  bool arg = node.op->yields_index, adds = !arg && node.op->combine == Scalar::add;
  bool least = !arg && node.op->combine == Scalar::minimum;
  Cell result = empty_cell(node.type, in.moves());
  Odometer at(outer);
  for (size_t i = 0; i < result.values.size(); ++i, at.next()) {
    Odometer within(window);
    double best = adds ? -0.0 : 0;
    for (int64_t turn = 0; turn < turns; ++turn, within.next()) {
      auto from = static_cast<size_t>(dot(at.index(), move) + dot(within.index(), reach));
      double value = in.values[from];
      if (adds) {
        best = wrapped_sum(best, value, node.type.element);
        if (result.moves()) result.tangents[i] += in.tangents[from];
        continue;
      }
      bool better = turn == 0 || (least ? value < best : value > best) || (std::isnan(value) && !std::isnan(best));
      if (!better) continue;
      best = value;
      if (arg) result.values[i] = static_cast<double>(turn);
      if (result.moves()) result.tangents[i] = in.tangents[from];
    }
    if (!arg) result.values[i] = best;
  }
  return result;
}

Cell evaluate_random(const Node& node, const Cells& operands) {
  auto word = [&](size_t operand, size_t i) {
    return static_cast<uint32_t>(static_cast<int32_t>(operands[operand]->values[i]));
  };
  const std::string path = view<NamedAttributes>(node).path;
  uint32_t scan_index = operands.size() > 2 ? word(2, 0) : 0;
  Cell result = empty_cell(node.type, false);
  for (size_t i = 0; i < result.values.size(); ++i) {
    auto words = random_words({word(0, 0), word(0, 1)}, path, word(1, 0), scan_index, static_cast<uint32_t>(i));
    result.values[i] = node.type.element == Element::f64 ? uniform_f64(words) : uniform_f32(words);
  }
  return result;
}

}  // namespace nnc
