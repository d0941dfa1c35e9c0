// Products, reductions, gathers and movement of tensors.

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "frontend/types/tensors.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/ops/reshape_index.h"

namespace nnc {

namespace {

std::vector<int64_t> as_positions(const std::vector<size_t>& axes) { return {axes.begin(), axes.end()}; }

std::string loops(const char* letter, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += fmt::format("{}{} ", letter, i);
  return text;
}

std::string joined(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

/// How many rows a batch has is known when it runs, and the last one may have fewer.
void refuse_rows(const TypedTensor& x, size_t axis, const char* what) {
  if (x.node.type().shape[axis].constant()) return;
  throw Refusal{"E0701", fmt::format("{} the rows of a batch: their number is known only at run time", what),
                "each row stands for one sample: cut or join another axis"};
}

bool is_zero(const Axis& axis) { return axis.size == Size(0); }

}  // namespace

TypedTensor TensorBuilder::matmul(const TypedTensor& a, const TypedTensor& b) const {
  Base base = arithmetic_base(a.type, b.type, "@");
  if (base == Base::i32) throw Refusal{"E0403", "'@' needs floats, not integers", "one_hot(t) makes rows of a label"};
  const Axes &left = a.type.axes, &right = b.type.axes;
  if (left.empty() || right.empty()) {
    throw Refusal{"E0313", "'@' needs at least one axis on both sides, and a scalar has none", "did you mean '*'?"};
  }
  bool vector = right.size() == 1;
  const Axis& inner = left.back();
  const Axis& other = vector ? right.back() : right[right.size() - 2];
  if (!(inner == other)) {
    throw Refusal{
        "E0312",
        fmt::format("'@' needs the inner axes to agree: {} against {}", to_string(inner.size), to_string(other.size)),
        ""};
  }
  Axes left_batch(left.begin(), left.end() - 1);
  bool row_vector = left.size() == 1;
  Axes right_batch(right.begin(), vector ? right.end() - 1 : right.end() - 2);
  Axes batch;
  bool shared = !right_batch.empty() && !row_vector;
  if (shared) {  // the axes before the matrices are equal in both, or missing in one
    Axes left_outer(left_batch.begin(), left_batch.end() - 1);
    if (!left_outer.empty() && left_outer != right_batch) {
      throw Refusal{"E0314",
                    fmt::format("'@' needs the leading axes to be equal or missing in one: {} against {}",
                                to_string(left_outer), to_string(right_batch)),
                    ""};
    }
    batch = right_batch;
    shared = !left_outer.empty();
    batch.push_back(left_batch.back());
  } else {
    batch = left_batch;
    if (row_vector) batch.insert(batch.end(), right_batch.begin(), right_batch.end());
  }
  TensorType type(base, batch);
  if (!vector) type.axes.push_back(right.back());
  require_limits(type);
  RowUse rows = multiplied("@", a.rows, left, b.rows, right);
  TypedTensor out = TypedTensor{type, {}}.with(inner.size.mentions("B") ? reduced("@", rows) : rows);
  if (graph == nullptr) return out;
  std::string p = loops("p", right_batch.size()), l;
  if (!row_vector) {
    bool has_batch = !right_batch.empty();
    l = has_batch ? (shared ? p : "") + std::string("m ") : loops("m", left_batch.size());
  }
  std::string result = (right_batch.empty() ? l : p + (row_vector ? "" : "m ")) + (vector ? "" : "o");
  std::string index = joined(l + "k") + ", " + joined(p + (vector ? "k" : "k o")) + " -> " + joined(result);
  const Base summed = base == Base::bf16 ? Base::f32 : base;  // as every sum of bf16
  const Value sums = contract(cast(a, summed).node, cast(b, summed).node, index);
  out.node = cast(TypedTensor{TensorType(summed, type.axes), sums}, base).node;
  return out;
}

TypedTensor TensorBuilder::reduce(std::string_view name, const Reduction& how, const TypedTensor& x,
                                  const std::vector<size_t>& axes, bool keep) const {
  if (x.type.is(Base::boolean) && !how.linear) {
    throw Refusal{"E0401", fmt::format("'{}' needs numbers, not bool", name), ""};
  }
  if (x.type.is(Base::label)) {
    throw Refusal{"E0403", fmt::format("'{}' of class labels means nothing", name), "convert them: f32(…)"};
  }
  Base base = x.type.is(Base::f64) ? Base::f64 : x.type.is(Base::i32) && how.keeps_integers ? Base::i32 : Base::f32;
  Size count(1);
  for (size_t axis : axes) {
    if (!how.of_nothing && is_zero(x.type.axes[axis])) {
      throw Refusal{"E0315", fmt::format("'{}' over an empty axis of {}", name, to_string(x.type)), ""};
    }
    count = count * x.type.axes[axis].size;
  }
  TensorType type(base, {});
  for (size_t i = 0; i < x.type.axes.size(); ++i) {
    bool reduced = std::find(axes.begin(), axes.end(), i) != axes.end();
    if (!reduced)
      type.axes.push_back(x.type.axes[i]);
    else if (keep)
      type.axes.push_back({Size(1), "", false});
  }
  bool over_rows =
      std::any_of(axes.begin(), axes.end(), [&](size_t axis) { return x.type.axes[axis].size.mentions("B"); });
  RowUse rows = how.linear ? x.rows : bent(name, x.rows);
  if (over_rows) {
    const bool adds_up = how.linear && !how.averages && !rows.any();
    rows = how.averages ? averaged(rows) : reduced(name, rows);
    rows.sum = adds_up;
  }
  TypedTensor out = TypedTensor{type, {}}.with(rows);
  if (graph == nullptr) return out;
  Value value = how.value(*this, cast(x, base).node, as_positions(axes), count);
  out.node = keep ? nnc::reshape(value, known_shape(type.axes)) : value;
  return out;
}

TypedTensor TensorBuilder::argmax(const TypedTensor& x, size_t axis) const {
  if (x.type.is(Base::boolean)) throw Refusal{"E0401", "'argmax' needs numbers, not bool", ""};
  if (is_zero(x.type.axes[axis]))
    throw Refusal{"E0315", fmt::format("'argmax' over an empty axis of {}", to_string(x.type)), ""};
  if (x.type.axes[axis].size.number().value_or(0) > INT32_MAX) {
    throw Refusal{"E0802",
                  fmt::format("'argmax' counts to {} in i32, and this axis has {}: a limit of nnc", INT32_MAX,
                              to_string(x.type.axes[axis].size)),
                  ""};
  }
  TensorType type(Base::i32, x.type.axes);
  bool scores = std::all_of(x.type.bases.begin(), x.type.bases.end(),
                            [](Base base) { return base == Base::logit || base == Base::prob; });
  if (scores && axis + 1 == x.type.axes.size()) {
    type.bases = {Base::label};
    type.classes = x.type.axes[axis].size;
  }
  bool over_rows = type.axes[axis].size.mentions("B");
  type.axes.erase(type.axes.begin() + static_cast<std::ptrdiff_t>(axis));
  RowUse kept = bent("argmax", x.rows);
  TypedTensor out = TypedTensor{type, {}}.with(over_rows ? reduced("argmax", kept) : kept);
  if (graph != nullptr) {
    Value value = x.node;
    // Widening keeps the order: the position is found before it.
    const Node& node = graph->node(value.id);
    if (node.op == &op("cast") && is_float(graph->type(node.operands[0]).element))
      value = graph->value(node.operands[0]);
    out.node = reduce_argmax(value, static_cast<int>(axis));
  }
  return out;
}

TypedTensor TensorBuilder::gather(const TypedTensor& table, const TypedTensor& index) const {
  if (!index.type.is(Base::i32) && !index.type.is(Base::label)) {
    throw Refusal{"E0405", fmt::format("an index is i32 or class(K), not {}", to_string(index.type)),
                  index.type.is_floating() ? "convert it: i32(…)" : ""};
  }
  if (index.type.is(Base::label) && index.type.classes != table.type.axes.front().size) {
    throw Refusal{"E0404",
                  fmt::format("{} indexes an axis of {}: they must agree", to_string(index.type),
                              to_string(table.type.axes.front().size)),
                  ""};
  }
  if (is_zero(table.type.axes.front())) {
    throw Refusal{"E0319", fmt::format("no index is in an axis of 0: {}", to_string(table.type)), ""};
  }
  TensorType type = table.type;
  type.axes = index.type.axes;
  type.axes.insert(type.axes.end(), table.type.axes.begin() + 1, table.type.axes.end());
  require_limits(type);
  bool a_row = table.type.axes.front().size.mentions("B");
  RowUse kept = index.rows.any() ? bent("[]", table.rows, index.rows) : table.rows;
  TypedTensor out = TypedTensor{type, {}}.with(a_row ? RowUse{false, "one row of a batch"} : kept);
  if (graph != nullptr) out.node = nnc::gather(table.node, index.node);
  return out;
}

namespace {

/// A value of the data, in the rows of a batch: an input, and no value that the graph computes of one.
bool is_given(const Value& value) {
  const Node& node = value.graph->node(value.id);
  if (node.op == &op("input")) return true;
  const bool passed_on = node.op == &op("cast") || node.op == &op("gather");
  return passed_on && is_given(value.graph->value(node.operands[0]));
}

/// Whether each position along the last axis of `shape` is that of its row's index: the nearest that there is, which is
/// also what `gather` and `scatter_add` take. A class that the data holds needs no bounds: it was looked at there.
Value is_at(const TypedTensor& index, const Shape& shape) {
  Graph& graph = *index.node.graph;
  Type rows = index.node.type();
  Value nearest = index.node;
  if (!index.type.is(Base::label) || !is_given(nearest)) {
    Value end = size_of(graph, shape.back(), Element::i32) - 1.0;
    nearest = binary("maximum", binary("minimum", nearest, broadcast_scalar(end, rows.shape)), full(graph, 0, rows));
  }
  std::vector<int64_t> leading(rows.shape.size());
  std::iota(leading.begin(), leading.end(), 0);
  Value position = iota(graph, Type(Element::i32, shape), rows.rank());
  return binary("equal", position, broadcast(nearest, shape, leading));
}

}  // namespace

TypedTensor TensorBuilder::pick(const TypedTensor& x, const TypedTensor& index) const {
  if (!index.type.is(Base::i32) && !index.type.is(Base::label)) {
    throw Refusal{"E0405", fmt::format("'pick' takes the element by i32 or class(K), not {}", to_string(index.type)),
                  index.type.is_floating() ? "convert it: i32(…)" : ""};
  }
  if (x.type.axes.empty()) throw Refusal{"E0313", "'pick' of a scalar", ""};
  Axes rows(x.type.axes.begin(), x.type.axes.end() - 1);
  if (rows != index.type.axes) {
    throw Refusal{"E0316",
                  fmt::format("'pick' takes one element a row: {} has the rows {}, the index has {}", to_string(x.type),
                              to_string(rows), to_string(index.type)),
                  ""};
  }
  if (index.type.is(Base::label) && index.type.classes != x.type.axes.back().size) {
    throw Refusal{"E0404",
                  fmt::format("{} picks from an axis of {}: they must agree", to_string(index.type),
                              to_string(x.type.axes.back().size)),
                  ""};
  }
  if (is_zero(x.type.axes.back())) {
    throw Refusal{"E0319", fmt::format("no index is in an axis of 0: {}", to_string(x.type)), ""};
  }
  Base base = x.type.is(Base::f64) ? Base::f64 : x.type.is_floating() ? Base::f32 : x.type.base();
  bool a_row = x.type.axes.back().size.mentions("B");
  RowUse kept = index.rows.any() ? bent("pick", x.rows, index.rows) : x.rows;
  TypedTensor out = TypedTensor{TensorType(base, rows), {}}.with(a_row ? RowUse{false, "one row of a batch"} : kept);
  if (graph == nullptr) return out;
  Value here = is_at(index, known_shape(x.type.axes)), zero = full(*graph, 0, x.node.type());
  std::vector<int64_t> axes{static_cast<int64_t>(rows.size())};
  out.node = reduce_sum(select(here, x.node, zero), axes);
  return out;
}

TypedTensor TensorBuilder::one_hot(const TypedTensor& index) const {
  if (!index.type.is(Base::label)) {
    throw Refusal{"E0405", fmt::format("'one_hot' needs class(K), not {}", to_string(index.type)), ""};
  }
  TensorType type(Base::f32, index.type.axes);
  type.axes.push_back({index.type.classes, "", false});
  require_limits(type);
  TypedTensor out{type, {}};
  if (graph == nullptr) return out;
  out.node = nnc::cast(is_at(index, known_shape(type.axes)), precision);
  return out;
}

TypedTensor TensorBuilder::reshape(const TypedTensor& x, const Axes& axes) const {
  TypedTensor out{x.type, {}, x.rows};
  out.type.axes = axes;
  if (!axes.empty()) out.rows.quotients.clear();
  require_limits(out.type);
  const Size before = product(x.type.axes), after = product(axes);
  if (before != after && !before.is_of_data() && !after.is_of_data()) {
    throw Refusal{"E0317",
                  fmt::format("'reshape' keeps the number of elements: {} has {}, {} has {}", to_string(x.type.axes),
                              to_string(before), to_string(axes), to_string(after)),
                  ""};
  }
  if (graph == nullptr) return out;
  Shape shape = known_shape(axes);
  if (!reshape_keeps_rows(x.node.type().shape, shape)) {
    throw Refusal{"E0701",
                  fmt::format("'reshape' of {} to {} would mix the rows of a batch: their number is known only at run "
                              "time",
                              to_string(x.type.axes), to_string(axes)),
                  "'reshape' keeps the order of elements: use 'transpose' or 'permute' to move B"};
  }
  out.node = nnc::reshape(x.node, shape);
  return out;
}

TypedTensor TensorBuilder::permute(const TypedTensor& x, const std::vector<size_t>& order) const {
  TypedTensor out{x.type, {}, x.rows};
  out.type.axes.clear();
  for (size_t axis : order) out.type.axes.push_back(x.type.axes[axis]);
  if (graph != nullptr) out.node = nnc::permute(x.node, as_positions(order));
  return out;
}

TypedTensor TensorBuilder::concat(const std::vector<TypedTensor>& parts, size_t axis) const {
  TensorType type = parts.front().type;
  Size total;
  for (const TypedTensor& part : parts) {
    Axes wanted = type.axes, found = part.type.axes;
    bool same = wanted.size() == found.size() && part.type.bases == type.bases;
    if (same) {
      wanted[axis] = found[axis];
      same = wanted == found;
    }
    if (!same) {
      throw Refusal{"E0318",
                    fmt::format("'concat' needs types that differ only along axis {}: {} against {}", axis,
                                to_string(parts.front().type), to_string(part.type)),
                    ""};
    }
    total = total + part.type.axes[axis].size;
  }
  type.axes[axis] = {total, "", false};
  require_limits(type);
  RowUse rows;
  for (const TypedTensor& part : parts) rows = added(rows, part.rows);
  TypedTensor out = TypedTensor{type, {}}.with(rows);
  if (graph != nullptr) {
    std::vector<Value> nodes;
    for (const TypedTensor& part : parts) {
      if (parts.size() > 1) refuse_rows(part, axis, "'concat' can't join");
      nodes.push_back(part.node);
    }
    out.node = nnc::concat(nodes, static_cast<int>(axis));
  }
  return out;
}

TypedTensor TensorBuilder::slice(const TypedTensor& x, size_t axis, const Size& begin, const Size& end) const {
  TypedTensor out{x.type, {}};
  Size extent = x.type.axes[axis].size;
  std::optional<int64_t> first = begin.number(), last = end.number(), length = extent.number();
  if ((first && *first < 0) || (first && last && *last < *first) || (length && last && *last > *length)) {
    throw Refusal{
        "E0319",
        fmt::format("the slice {}..{} leaves the axis of {}", to_string(begin), to_string(end), to_string(extent)),
        "a range excludes its end, all of the axis is: 0.." + to_string(extent)};
  }
  out.type.axes[axis] = {end - begin, "", false};
  out = std::move(out).with(extent.mentions("B") ? RowUse{false, "some rows of a batch"} : x.rows);
  if (graph == nullptr) return out;
  if (!first || !last) throw Refusal{"E0701", "a slice needs bounds that are known at compile time", ""};
  refuse_rows(x, axis, "a range can't cut");
  out.node = nnc::slice(x.node, static_cast<int>(axis), *first, *last);
  return out;
}

TypedTensor TensorBuilder::take(const TypedTensor& x, size_t axis, const Size& position) const {
  std::optional<int64_t> at = position.number(), length = x.type.axes[axis].size.number();
  if ((at && *at < 0) || (at && length && *at >= *length)) {
    throw Refusal{
        "E0319",
        fmt::format("the index {} leaves the axis of {}", to_string(position), to_string(x.type.axes[axis].size)),
        length && *length > 0 ? fmt::format("indices count from 0, the last one is: {}", *length - 1) : ""};
  }
  TypedTensor out{x.type, {}};
  bool a_row = out.type.axes[axis].size.mentions("B");
  out.type.axes.erase(out.type.axes.begin() + static_cast<std::ptrdiff_t>(axis));
  out = std::move(out).with(a_row ? RowUse{false, "one row of a batch"} : x.rows);
  if (graph == nullptr) return out;
  if (!at) throw Refusal{"E0701", "an index needs to be known at compile time", ""};
  if (*at > 0) refuse_rows(x, axis, "an index other than 0 can't pick from");  // every batch has a first row
  Value part = nnc::slice(x.node, static_cast<int>(axis), *at, *at + 1);
  out.node = nnc::reshape(part, known_shape(out.type.axes));
  return out;
}

}  // namespace nnc
