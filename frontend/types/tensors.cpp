// Elementwise operations on tensors, with broadcasting.

#include "frontend/types/tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ir/graph/builder.h"
#include "ir/graph/op.h"

namespace nnc {

namespace {

bool is_one(const Axis& axis) { return !axis.pack && axis.size == Size(1); }

std::string describe(const Axis& axis) { return axis.pack ? ".." + axis.name : to_string(axis.size); }

/// No symbol may stand in two axes of a broadcast result unless an operand had it twice.
void refuse_doubled(const Axes& result, const Axes& a, const Axes& b) {
  auto count = [](const Axes& axes, const Axis& wanted) { return std::count(axes.begin(), axes.end(), wanted); };
  for (const Axis& axis : result) {
    if (!axis.pack && axis.size.number()) continue;
    if (count(result, axis) > std::max(count(a, axis), count(b, axis))) {
      throw Refusal{"E0311",
                    fmt::format("broadcasting {} with {} would repeat the axis '{}' in {}", to_string(a), to_string(b),
                                describe(axis), to_string(result)),
                    fmt::format("reshape one of them so that '{}' meets '{}', or reduce it first", describe(axis),
                                describe(axis))};
    }
  }
}

/// The op as the user writes it; what is no op (a comparison, where) by its own name.
std::string_view sign_of(std::string_view op) {
  const Op* record = find_op(op);
  return record == nullptr ? op : spelling(*record);
}

/// Whether the op takes whole numbers as they are.
bool takes_integers(const Op& op) {
  const std::vector<Type> integers(static_cast<size_t>(op.arity), Type(Element::i32, {}));
  return std::holds_alternative<Type>(infer(op, integers, Node{}));
}

bool owes_nothing(const TypedTensor& x) { return !x.rows.any() && !has_rows(x.type.axes); }

/// `op` of the two, which are added, scaled, or neither.
RowUse elementwise_rows(std::string_view op, const TypedTensor& a, const TypedTensor& b) {
  RowUse use = bent(sign_of(op), a.rows, b.rows);
  if (op == "add" || op == "subtract") {
    use = added(a.rows, b.rows);
    use.sum = a.rows.sum && b.rows.sum;
  } else if (op == "multiply") {
    use = multiplied("*", a.rows, a.type.axes, b.rows, b.type.axes);
    use.sum = (a.rows.sum && owes_nothing(b)) || (b.rows.sum && owes_nothing(a));
  } else if (op == "divide" && owes_nothing(b)) {
    use = {a.rows.mean, a.rows.mixed, a.rows.sum};
  }
  return use;
}

Value either(std::string_view op, Value a, Value b) { return a && b ? binary(op, a, b) : Value{}; }

/// The quotients in `use` of a number that is `op` of two, if that is still a sum of quotients and means. `a` and `b`
/// have the base of the result.
void find_quotients(std::string_view op, const TypedTensor& a, const TypedTensor& b, RowUse& use) {
  if (op == "divide" && a.rows.sum && b.rows.sum) {
    use.quotients = {{a.node, b.node}};
    return;
  }
  const bool scales = op == "multiply" || op == "divide";
  if (scales && !b.rows.quotients.empty() && op == "multiply") return find_quotients(op, b, a, use);
  if (scales && owes_nothing(b)) {
    for (const Quotient& one : a.rows.quotients) use.quotients.push_back({either(op, one.above, b.node), one.below});
    use.rest = either(op, a.rows.rest, b.node);
  }
  if (op != "add" && op != "subtract") return;
  for (const TypedTensor* x : {&a, &b}) {
    if (x->rows.quotients.empty() && !x->rows.mixed.empty()) return;
  }
  use.quotients = a.rows.quotients;
  for (Quotient one : b.rows.quotients) {
    if (op == "subtract" && one.above) one.above = -one.above;
    use.quotients.push_back(one);
  }
  const Value left = a.rows.quotients.empty() ? a.node : a.rows.rest;
  const Value right = b.rows.quotients.empty() ? b.node : b.rows.rest;
  use.rest = left && right ? binary(op, left, right) : right && op == "subtract" ? -right : left ? left : right;
}

TypedTensor elementwise(const TensorBuilder& builder, std::string_view op, const TypedTensor& a, const TypedTensor& b,
                        Base compute, Base result) {
  TensorType type(result, broadcast_axes(a.type.axes, b.type.axes, builder.repeats));
  builder.require_limits(type);
  TypedTensor out{type, {}};
  RowUse use = elementwise_rows(op, a, b);
  if (builder.graph != nullptr) {
    Value left = builder.spread(builder.cast(a, compute), type.axes);
    Value right = builder.spread(builder.cast(b, compute), type.axes);
    out.node = binary(op, left, right);
  }
  const bool quotients = a.rows.sum || !a.rows.quotients.empty() || !b.rows.quotients.empty();
  if (quotients && type.axes.empty()) find_quotients(op, builder.cast(a, compute), builder.cast(b, compute), use);
  return std::move(out).with(std::move(use));
}

bool is_integer(const TensorType& type) { return type.is(Base::i32) || type.is(Base::label); }

Base one_base(const TensorType& type, std::string_view op) {
  if (type.is(Base::boolean)) {
    throw Refusal{"E0401", fmt::format("'{}' needs numbers, but this is bool", sign_of(op)),
                  "choose by it: where(…, 1, 0)"};
  }
  if (type.is(Base::f64)) return Base::f64;
  if (type.is(Base::bf16)) return Base::bf16;
  if (is_integer(type)) return Base::i32;
  return Base::f32;
}

}  // namespace

TypedTensor TypedTensor::with(RowUse use) && {
  rows = std::move(use);
  if (!type.axes.empty()) rows.quotients.clear();
  return std::move(*this);
}

Axes broadcast_axes(const Axes& a, const Axes& b, bool repeats) {
  Axes result;
  size_t rank = std::max(a.size(), b.size());
  for (size_t i = 0; i < rank; ++i) {
    const Axis* left = i < a.size() ? &a[a.size() - 1 - i] : nullptr;
    const Axis* right = i < b.size() ? &b[b.size() - 1 - i] : nullptr;
    if (left == nullptr || right == nullptr) {
      result.push_back(left != nullptr ? *left : *right);
    } else if (*left == *right) {
      result.push_back(left->name.empty() ? *right : *left);
    } else if (is_one(*left)) {
      result.push_back(*right);
    } else if (is_one(*right)) {
      result.push_back(*left);
    } else {
      throw Refusal{"E0310",
                    fmt::format("the shapes {} and {} do not go together: axis {} against {}", to_string(a),
                                to_string(b), describe(*left), describe(*right)),
                    ""};
    }
  }
  std::reverse(result.begin(), result.end());
  if (!repeats) refuse_doubled(result, a, b);
  return result;
}

void require_limits(const Axes& axes) {
  bool open = std::any_of(axes.begin(), axes.end(), [](const Axis& axis) { return axis.pack; });
  size_t rank = open ? axes.size() - 1 : axes.size();
  if (rank > static_cast<size_t>(kMaxRank)) {
    throw Refusal{"E0803", fmt::format("{} axes are more than {}: a limit of nnc", rank, kMaxRank), ""};
  }
  Size elements(1);
  for (const Axis& axis : axes) {
    if (axis.size.number() != 0) elements = elements * axis.size;
    bool one_product = elements.terms().size() == 1;
    if (elements.is_overflow() || (one_product && elements.terms().begin()->second > kMostElements)) {
      throw Refusal{
          "E0802",
          fmt::format("{} is a tensor of more than {} elements: a limit of nnc", to_string(axes), kMostElements), ""};
    }
  }
}

void TensorBuilder::require_limits(const TensorType& type) const {
  nnc::require_limits(type.axes);
  std::optional<Shape> shape = graph == nullptr ? std::nullopt : shape_of(type.axes);
  if (!shape || nnc::product(*shape)) return;
  throw Refusal{"E0806",
                fmt::format("{} has two axes that are known only at run time: a limit of nnc", to_string(type)), ""};
}

Shape known_shape(const Axes& axes) {
  std::optional<Shape> shape = shape_of(axes);
  if (!shape) throw Refusal{"E0701", fmt::format("a size in {} is not known when compiling", to_string(axes)), ""};
  return *shape;
}

Base arithmetic_base(const TensorType& a, const TensorType& b, std::string_view op) {
  Base left = one_base(a, op), right = one_base(b, op);
  if (left == right) return left;
  bool integer = left == Base::i32 || right == Base::i32;
  throw Refusal{"E0403",
                fmt::format("'{}' of {} and {}: the types differ and nothing is converted silently", sign_of(op),
                            to_string(a), to_string(b)),
                a.is(Base::label) || b.is(Base::label) ? "a label is no number, if you mean it as one: f32(…)"
                : integer                              ? "convert the integers: f32(…)"
                          : fmt::format("convert one of them: {}(…)", spelling(left == Base::f64 ? left : right))};
}

Value TensorBuilder::spread(const TypedTensor& x, const Axes& axes) const {
  if (graph == nullptr) return {};
  std::optional<Shape> wanted = shape_of(axes);
  std::optional<Shape> own = shape_of(x.type.axes);
  if (!wanted || !own) throw Refusal{"E0701", fmt::format("the size of {} is not known here", to_string(axes)), ""};
  if (*wanted == *own) return x.node;
  Shape kept;
  std::vector<int64_t> positions;
  size_t offset = wanted->size() - own->size();
  for (size_t i = 0; i < own->size(); ++i) {
    if ((*own)[i] == Dim(1) && (*wanted)[offset + i] != Dim(1)) continue;
    kept.push_back((*own)[i]);
    positions.push_back(static_cast<int64_t>(offset + i));
  }
  return broadcast(nnc::reshape(x.node, kept), *wanted, positions);
}

TypedTensor TensorBuilder::cast(const TypedTensor& x, Base base) const {
  TypedTensor result = x;
  result.type.bases = {base};
  if (base != Base::label) result.type.classes = Size();
  if (!is_float(base) && is_float(x.type.base())) result.rows = bent(spelling(base), x.rows);
  if (graph == nullptr) return result;
  const Element element = element_of(base, precision);
  result.node = nnc::cast(x.node, element);
  for (Quotient& one : result.rows.quotients) one = {nnc::cast(one.above, element), nnc::cast(one.below, element)};
  if (result.rows.rest) result.rows.rest = nnc::cast(result.rows.rest, element);
  return result;
}

TypedTensor TensorBuilder::arithmetic(std::string_view op, const TypedTensor& a, const TypedTensor& b) const {
  Base base = arithmetic_base(a.type, b.type, op);
  if (op == "divide" && base == Base::i32) base = Base::f32;
  if (base == Base::i32 && !takes_integers(nnc::op(op))) {
    throw Refusal{"E0403", fmt::format("'{}' needs floats, not integers", sign_of(op)), "convert them: f32(…)"};
  }
  return elementwise(*this, op, a, b, base, base);
}

TypedTensor TensorBuilder::compare(std::string_view op, const TypedTensor& a, const TypedTensor& b) const {
  if (a.type.is(Base::boolean) && b.type.is(Base::boolean)) {
    if (op != "equal" && op != "not_equal") throw Refusal{"E0401", "bools have no order", "use == or !="};
    return elementwise(*this, op, a, b, Base::boolean, Base::boolean);
  }
  if (a.type.is(Base::label) && b.type.is(Base::label) && a.type.classes != b.type.classes) {
    throw Refusal{
        "E0404", fmt::format("{} is compared with {}: their classes differ", to_string(a.type), to_string(b.type)), ""};
  }
  return elementwise(*this, op, a, b, arithmetic_base(a.type, b.type, "comparison"), Base::boolean);
}

TypedTensor TensorBuilder::logic(std::string_view op, const TypedTensor& a, const TypedTensor& b) const {
  if (!a.type.is(Base::boolean) || !b.type.is(Base::boolean)) {
    throw Refusal{"E0401",
                  fmt::format("'{}' needs bools, not {} and {}", op == "logical_and" ? "and" : "or", to_string(a.type),
                              to_string(b.type)),
                  ""};
  }
  return elementwise(*this, op, a, b, Base::boolean, Base::boolean);
}

TypedTensor TensorBuilder::negate(const TypedTensor& x) const {
  TypedTensor result = cast(x, one_base(x.type, "-"));
  if (graph != nullptr) result.node = -result.node;
  for (Quotient& one : result.rows.quotients) one.above = one.above ? -one.above : Value{};
  if (result.rows.rest) result.rows.rest = -result.rows.rest;
  return result;
}

TypedTensor TensorBuilder::invert(const TypedTensor& x) const {
  if (!x.type.is(Base::boolean))
    throw Refusal{"E0401", fmt::format("'not' needs a bool, not {}", to_string(x.type)), ""};
  TypedTensor result = x;
  if (graph != nullptr) result.node = unary("logical_not", x.node);
  return result;
}

TypedTensor TensorBuilder::function(std::string_view name, const TypedTensor& x) const {
  const Op& op = nnc::op(name);
  Base base = one_base(x.type, name);
  if (base == Base::i32 && !takes_integers(op)) {
    throw Refusal{"E0403", fmt::format("'{}' needs floats, not {}", spelling(op), to_string(x.type)),
                  "convert it: f32(…)"};
  }
  TypedTensor out = cast(x, base);
  if (graph != nullptr) out.node = unary(name, out.node);
  if (base == Base::f32 && op.probability) out.type.bases = {Base::prob};
  return std::move(out).with(bent(spelling(op), x.rows));
}

TypedTensor TensorBuilder::where(const TypedTensor& condition, const TypedTensor& a, const TypedTensor& b) const {
  if (!condition.type.is(Base::boolean)) {
    throw Refusal{"E0401", fmt::format("'where' chooses by bool, not {}", to_string(condition.type)), ""};
  }
  bool labels = a.type.is(Base::label) && b.type.is(Base::label) && a.type.classes == b.type.classes;
  bool bools = a.type.is(Base::boolean) && b.type.is(Base::boolean);
  Base base = labels ? Base::label : bools ? Base::boolean : arithmetic_base(a.type, b.type, "where");
  TensorType type(base,
                  broadcast_axes(condition.type.axes, broadcast_axes(a.type.axes, b.type.axes, repeats), repeats));
  require_limits(type);
  if (labels) type.classes = a.type.classes;
  TypedTensor out{type, {}};
  if (graph != nullptr) {
    out.node = select(spread(condition, type.axes), spread(cast(a, base), type.axes), spread(cast(b, base), type.axes));
  }
  RowUse chosen = added(a.rows, b.rows);
  bool by_row = condition.rows.any() || has_rows(condition.type.axes);
  return std::move(out).with(by_row ? bent("where", condition.rows, chosen) : chosen);
}

TypedTensor TensorBuilder::stop_gradient(const TypedTensor& x) const {
  TypedTensor out = x;
  if (graph != nullptr) out.node = nnc::stop_gradient(x.node);
  return out;
}

}  // namespace nnc
