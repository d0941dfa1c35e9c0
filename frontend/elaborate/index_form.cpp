// The body of an index form, evaluated as arithmetic on tensors that have one axis for each index in sight, of size 1
// for an index that a value does not depend on.
#include "frontend/elaborate/index_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "frontend/elaborate/clashes.h"
#include "frontend/syntax/walk.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;

namespace {

/// Lets an axis stand twice in what is computed, as long as it lives.
struct Repeating {
  Repeating(TensorBuilder& b, bool repeats) : build(b), before(b.repeats) { build.repeats = repeats; }
  ~Repeating() { build.repeats = before; }
  Repeating(const Repeating&) = delete;
  Repeating& operator=(const Repeating&) = delete;
  TensorBuilder& build;
  bool before;
};

/// Whether a built-in of so many operands computes element by element.
bool is_elementwise(const Builtin& builtin, size_t operands) {
  if (builtin.call == nullptr) return false;
  const Op* op = find_spelled(builtin.name, static_cast<int>(operands));
  const bool by_op = op != nullptr && op->op_class == OpClass::elementwise;
  return by_op || builtin.name == "where" || builtin.name == "stop_gradient" || parse_base(builtin.name).has_value();
}

}  // namespace

Item Elaborator::eval_index_form(const Expr& expr) { return IndexForm(*this, expr).run(); }

void IndexForm::refuse_here(const Expr& expr, const std::string& what, const std::string& help) const {
  at_.fail("E0342", expr.range, fmt::format("{} can't stand in an index form", what), help);
}

Item IndexForm::run() {
  const Expr& body = *form_.operands[0];
  read_loops(form_.loops, false);
  walk(&body, [&](const Expr& part) {
    if (part.kind == ExprKind::reduced) reducer_ = &part;
  });
  if (reducer_ != nullptr) read_loops(reducer_->loops, true);
  read_body(body);
  find_extents();
  for (FormAccess& access : accesses_) take_constants(access);
  Repeating repeating(at_.build, true);
  TypedTensor value;
  Item item = eval(body, results());
  if (const auto* number = item.as<Number>()) {
    value = at_.meet(*number, at_.frame->floating, body.range);
  } else {
    value = at_.tensor(item, body.range);
  }
  value.type.axes = axes_of(results(), std::vector<bool>(loops_.size(), true));
  at_.require_limits(value.type.axes, form_.range);
  if (value.node) {
    Value node = at_.build.spread({TensorType(value.type.base(), nnc::axes_of(value.node.type().shape)), value.node},
                                  value.type.axes);
    value.node = node;
  }
  return {value, form_.range, ""};
}

/// Takes the one element along each axis whose subscript is a number.
void IndexForm::take_constants(FormAccess& access) {
  for (size_t i = access.subscripts.size(); i-- > 0;) {
    const FormSubscript subscript = access.subscripts[i];
    if (!subscript.factors.empty()) continue;
    try {
      access.x = at_.build.take(access.x, subscript.axis, subscript.constant);
    } catch (const Refusal& refusal) {
      clash(at_, refusal, subscript.range, {{access.item, access.expr->operands[0]->range}});
    }
    access.subscripts.erase(access.subscripts.begin() + static_cast<std::ptrdiff_t>(i));
    for (size_t later = i; later < access.subscripts.size(); ++later) --access.subscripts[later].axis;
  }
}

Axes IndexForm::axes_of(const Space& space, const std::vector<bool>& used) const {
  Axes axes;
  for (size_t loop : space) {
    for (const Axis& axis : *loops_[loop].axes) axes.push_back(used[loop] ? axis : Axis{Size(1), "", false});
  }
  return axes;
}

IndexForm::Space IndexForm::results() const {
  Space space;
  for (size_t i = 0; i < loops_.size(); ++i) {
    if (!loops_[i].reduced) space.push_back(i);
  }
  return space;
}

/// The numbers that an index, or each axis of a pack's, has among all loops.
std::vector<size_t> IndexForm::numbers(size_t loop) const {
  size_t first = 0;
  for (size_t i = 0; i < loop; ++i) first += loops_[i].axes->size();
  std::vector<size_t> all;
  for (size_t i = 0; i < loops_[loop].axes->size(); ++i) all.push_back(first + i);
  return all;
}

IndexLoops IndexForm::numbered() const {
  IndexLoops all;
  for (size_t i = 0; i < loops_.size(); ++i) {
    const FormLoop& loop = loops_[i];
    const Shape shape = known_shape(*loop.axes);
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      // Of no other index: the names of those hold no number behind this sign.
      std::string name = loop.pack ? fmt::format("{}__{}", loop.name.text, axis) : loop.name.text;
      all.push_back({std::move(name), shape[axis], loop.reduced});
    }
  }
  return all;
}

IndexedValue IndexForm::indexed(const FormAccess& access) const {
  IndexedValue value{access.x.node, {}};
  for (const FormSubscript& subscript : access.subscripts) {
    if (subscript.pack) {
      for (size_t number : numbers(subscript.factors.begin()->first)) value.subscripts.push_back({{{number, 1}}, 0});
      continue;
    }
    AffineSubscript affine;
    for (const auto& [loop, factor] : subscript.factors) affine.terms.emplace_back(numbers(loop)[0], number_of(factor));
    affine.constant = number_of(subscript.constant);
    value.subscripts.push_back(std::move(affine));
  }
  return value;
}

int64_t IndexForm::number_of(const Size& size) const {
  const std::optional<int64_t> number = size.number();
  if (!number) throw Refusal{"E0701", fmt::format("the size {} is not known when compiling", to_string(size)), ""};
  return *number;
}

/// A node with an axis for each loop that is used, and one of size 1 for the others.
Value IndexForm::with_ones(Value node, const Axes& axes) const { return nnc::reshape(node, known_shape(axes)); }

TypedTensor IndexForm::element(const FormAccess& access, const Space& space) {
  std::vector<bool> used(loops_.size());
  for (size_t loop : space) used[loop] = access.uses(loop);
  TypedTensor x = access.x;
  x.type.axes = axes_of(space, used);
  at_.require_limits(x.type.axes, access.expr->range);
  if (at_.build.graph != nullptr) x.node = with_ones(over_loops(indexed(access), numbered()), x.type.axes);
  return x;
}

/// A value without any index: computed once, outside.
Item IndexForm::outside(const Expr& expr) {
  Repeating repeating(at_.build, false);
  Item item = at_.eval(expr);
  const auto* x = item.as<TypedTensor>();
  if (x == nullptr || x->type.axes.empty()) return item;
  const bool name = expr.kind == ExprKind::name;
  refuse_here(expr, fmt::format("all of '{}', which is {},", at_.slice(expr.range), to_string(x->type)),
              name ? fmt::format("take its elements: {}[…]", expr.text)
                   : "give it a name in a line before, and take its elements by indices");
}

/// An index as a value: where it is.
Item IndexForm::index_value(const Expr& expr, const Space& space) {
  const std::optional<size_t> found = loop(expr.text);
  if (!found) refuse_here(expr, fmt::format("'{}', the index of further axes,", expr.text), "it is no number");
  std::vector<bool> used(loops_.size());
  used[*found] = true;
  TypedTensor position{TensorType(Base::i32, axes_of(space, used)), {}};
  if ((*loops_[*found].axes)[0].size.mentions("B")) position.rows.mixed = "the place of a row in its batch";
  if (at_.build.graph != nullptr) {
    const auto size = std::find_if(position.type.axes.begin(), position.type.axes.end(),
                                   [](const Axis& axis) { return !(axis == Axis{Size(1), "", false}); });
    const auto axis = size == position.type.axes.end() ? 0 : size - position.type.axes.begin();
    position.node = iota(*at_.build.graph, Type(Element::i32, known_shape(position.type.axes)), static_cast<int>(axis));
  }
  return {position, expr.range, ""};
}

TypedTensor IndexForm::tensor(const Expr& expr, const Space& space) {
  return at_.tensor(eval(expr, space), expr.range);
}

Item IndexForm::eval(const Expr& expr, const Space& space) {
  at_.spend(expr.range);
  const Space within = mentioned(expr);
  if (within.empty()) return outside(expr);
  if (at_.build.graph != nullptr) at_.build.graph->current_origin = at_.origin(expr.range);
  try {
    switch (expr.kind) {
      case ExprKind::index:
      case ExprKind::name: return eval_leaf(expr, space);
      case ExprKind::negate: return {at_.build.negate(tensor(*expr.operands[0], space)), expr.range, ""};
      case ExprKind::invert: return {at_.build.invert(tensor(*expr.operands[0], space)), expr.range, ""};
      case ExprKind::chain: return eval_chain(expr, space);
      case ExprKind::power:
        return at_.binary("power", eval(*expr.operands[0], space), eval(*expr.operands[1], space),
                          expr.operators[0].range, expr.operands[0]->range, expr.operands[1]->range);
      case ExprKind::compare:
        return at_.compare_items(expr.operators[0].text, eval(*expr.operands[0], space), eval(*expr.operands[1], space),
                                 expr.operators[0].range, expr.operands[0]->range, expr.operands[1]->range);
      case ExprKind::call: return eval_call(expr, space);
      case ExprKind::choose: return eval_choice(expr, space);
      case ExprKind::reduced: return reduction(expr);
      case ExprKind::range: refuse_here(expr, "a range", "an index has one end: [i < 3]");
      case ExprKind::list: refuse_here(expr, "a list", "one value stands behind '=>'");
      case ExprKind::tuple: refuse_here(expr, "a tuple", "one value stands behind '=>'");
      case ExprKind::record: refuse_here(expr, "a record", "one value stands behind '=>'");
      default: refuse_here(expr, fmt::format("'{}'", at_.slice(expr.range)), "it computes with elements and numbers");
    }
  } catch (const Refusal& refusal) {
    at_.refuse(refusal, expr.range);
  }
}

/// An element of a tensor, or an index.
Item IndexForm::eval_leaf(const Expr& expr, const Space& space) {
  for (size_t loop : mentioned(expr)) {
    if (std::find(space.begin(), space.end(), loop) != space.end()) continue;
    const std::string& name = loops_[loop].name.text;
    at_.fail("E0342", expr.range,
             fmt::format("'{}' is an index of the {} alone, which ends before this", name, reducer_->text),
             fmt::format("'{}' takes the product behind it; a sum stands in parentheses: {}({}) (a + b)",
                         reducer_->text, reducer_->text, name));
  }
  if (expr.kind == ExprKind::name) return index_value(expr, space);
  for (const FormAccess& access : accesses_) {
    if (access.expr == &expr) return {element(access, space), expr.range, ""};
  }
  throw Abandoned{};
}

Item IndexForm::eval_chain(const Expr& expr, const Space& space) {
  Item value = eval(*expr.operands[0], space);
  const Range first = expr.operands[0]->range;
  Range left = first;
  for (size_t i = 0; i < expr.operators.size(); ++i) {
    const std::string& sign = expr.operators[i].text;
    const Expr& operand = *expr.operands[i + 1];
    if (sign == "@") refuse_here(expr, "'@', a product of tensors,", "sum(k) a[i, k] * b[k, j]");
    Item right = eval(operand, space);
    if (sign == "and" || sign == "or") {
      value = {at_.build.logic(sign == "and" ? "logical_and" : "logical_or", at_.tensor(value, left, "a condition"),
                               at_.tensor(right, operand.range, "a condition")),
               expr.range, ""};
    } else {
      value = at_.binary(find_spelled(sign, 2)->name, value, right, expr.operators[i].range, left, operand.range);
    }
    left = Range::cover(first, operand.range);
  }
  return value;
}

/// What computes element by element; anything else would take a tensor of all of them.
Item IndexForm::eval_call(const Expr& expr, const Space& space) {
  const Expr& callee = *expr.operands[0];
  const std::string name = at_.slice(callee.range);
  if (mentions(callee)) refuse_here(expr, fmt::format("a call of '{}'", name), "elements have square brackets: x[i]");
  const Item function = at_.eval(callee);
  const auto* builtin = function.as<BuiltinFunction>();
  const bool reducer = builtin != nullptr && builtin->builtin->places == Places::reduced;
  if (builtin == nullptr || !is_elementwise(*builtin->builtin, expr.arguments.size())) {
    refuse_here(expr, fmt::format("'{}', which takes whole tensors,", name),
                reducer ? fmt::format("right behind '=>': {}(k) x[i, k]; over whole tensors in a line of its own", name)
                        : fmt::format("apply it before or after: y = {0}(x), then y[…]; or [i] => … |> {0}", name));
  }
  std::vector<Item> items;
  std::vector<Range> ranges;
  for (const ast::Argument& argument : expr.arguments) {
    if (!argument.name.empty()) {
      refuse_here(expr, fmt::format("'{}:'", argument.name.text), "it computes element by element, along no axis");
    }
    items.push_back(eval(*argument.value, space));
    ranges.push_back(argument.value->range);
  }
  return at_.call_builtin(*builtin->builtin, {}, std::move(items), expr.range, std::move(ranges));
}

/// `if` chooses when compiling, so that its condition has no index.
Item IndexForm::eval_choice(const Expr& expr, const Space& space) {
  if (mentions(*expr.operands[0])) {
    refuse_here(*expr.operands[0], "a condition with an index behind 'if'",
                "where(condition, a, b) chooses element by element");
  }
  const Truth truth = at_.truth(*expr.operands[0], &expr);
  if (!truth.known) throw Abandoned{};  // each call knows
  if (!*truth.known && expr.blocks.size() < 2) refuse_here(expr, "'if' without 'else'", "it needs a value either way");
  const ast::Block& block = *expr.blocks[*truth.known ? 0 : 1];
  const bool one = block.statements.size() == 1 && block.statements[0].kind == ast::StatementKind::expression;
  if (!one) refuse_here(expr, "a block of statements", "bind names in lines before");
  return eval(*block.statements[0].value, space);
}

}  // namespace nnc
