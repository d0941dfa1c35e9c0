// Expressions: names, operators, comparisons, `if`, indices and fields.

#include <fmt/format.h>

#include <cmath>

#include "frontend/elaborate/clashes.h"
#include "frontend/elaborate/elaborator.h"
#include "frontend/syntax/vocabulary.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;

Item Elaborator::eval(const Expr& expr) {
  spend(expr.range);
  if (build.graph != nullptr) build.graph->current_origin = origin(expr.range);
  try {
    switch (expr.kind) {
      case ExprKind::error: throw Abandoned{};
      case ExprKind::number: return {Number::of(expr.number), expr.range, ""};
      case ExprKind::string: return {Text{expr.text}, expr.range, ""};
      case ExprKind::name: return eval_name(expr);
      case ExprKind::call:
        if (data_call) {
          if (std::optional<Item> item = data_call(expr)) return *item;
        }
        return call(expr);
      case ExprKind::index: return eval_index(expr);
      case ExprKind::field: return eval_field(expr);
      case ExprKind::negate: {
        Item item = eval(*expr.operands[0]);
        if (const auto* number = item.as<Number>()) return {build.function("negate", *number), expr.range, ""};
        return {build.negate(tensor(item, expr.range)), expr.range, ""};
      }
      case ExprKind::invert: {
        Item item = eval(*expr.operands[0]);
        if (const auto* truth = item.as<Truth>(); truth != nullptr && !truth->node) {
          Truth result = *truth;
          if (result.known) result.known = !*result.known;
          std::swap(result.if_true, result.if_false);
          return {result, expr.range, ""};
        }
        return {build.invert(tensor(item, expr.range, "a condition")), expr.range, ""};
      }
      case ExprKind::chain: return eval_chain(expr);
      case ExprKind::power: {
        Item base = eval(*expr.operands[0]), exponent = eval(*expr.operands[1]);
        Range at = expr.operators.empty() ? expr.range : expr.operators[0].range;
        return binary("power", base, exponent, at, expr.operands[0]->range, expr.operands[1]->range);
      }
      case ExprKind::compare: return compare(expr);
      case ExprKind::is: return eval_is(expr);
      case ExprKind::choose: return choose(expr);
      case ExprKind::block: return run(*expr.blocks[0], true);
      case ExprKind::tuple: {
        auto items = std::make_shared<Items>();
        for (const auto& operand : expr.operands) items->push_back(eval(*operand));
        return {Tuple{items}, expr.range, ""};
      }
      case ExprKind::range: fail("E0407", expr.range, "a range stands in an index, a 'for' or an option's bounds only");
      case ExprKind::list: return eval_list(expr);
      case ExprKind::pack: fail("E0407", expr.range, "further axes stand in a list of axes only");
      case ExprKind::record: return eval_record(expr);
      case ExprKind::indexed: return eval_index_form(expr);
      case ExprKind::reduced: throw Abandoned{};  // stands behind => only
    }
  } catch (const Refusal& refusal) {
    refuse(refusal, expr.range);
  }
  throw Abandoned{};
}

std::optional<Item> Elaborator::look_up(const std::string& name) {
  for (auto scope = frame->scopes.rbegin(); scope != frame->scopes.rend(); ++scope) {
    if (auto found = scope->find(name); found != scope->end()) return found->second;
  }
  if (auto global = globals.find(name); global != globals.end()) {
    bool special = name == "step" || name == "epoch" || name == "total_steps" || name == "steps_per_epoch";
    if (special || !frame->library) return global->second;
  }
  const Builtin* builtin = find_builtin(name);
  if (builtin != nullptr && builtin->value != nullptr) return builtin->value(*this);
  if (const Definition* definition = definitions.find(name, frame->library)) {
    return Item{Closure{definition, nullptr, false}, definition->item->name.range, ""};
  }
  if (auto axis = frame->axes.find(name); axis != frame->axes.end()) {
    return Item{Number::whole(product(axis->second)), {}, ""};
  }
  if (builtin != nullptr && builtin->call != nullptr) return Item{BuiltinFunction{builtin}, {}, ""};
  if (name == "true" || name == "false") {
    Truth truth;
    truth.known = name == "true";
    return Item{truth, {}, ""};
  }
  return std::nullopt;
}

/// Where a block, or one of its loops, gives the name a meaning.
static std::optional<Range> binding_of(const std::string& name, const ast::Block& block) {
  for (const ast::Statement& statement : block.statements) {
    for (const ast::Name& bound : statement.names) {
      if (bound.text == name) return bound.range;
    }
    if (statement.block == nullptr) continue;
    if (std::optional<Range> inner = binding_of(name, *statement.block)) return inner;
  }
  return std::nullopt;
}

/// For a default that says that there is none: the parameter without it.
static void leave_out_default(Diagnostic& diagnostic, const ast::Item& item, const Expr& value) {
  for (const ast::Parameter& parameter : item.parameters) {
    if (parameter.otherwise.get() != &value || !parameter.type) continue;
    diagnostic.change({parameter.type->range.end, value.range.end}, "");
  }
}

Item Elaborator::eval_name(const Expr& expr) {
  if (std::optional<Item> item = look_up(expr.text)) {
    if (item->as<Poison>() != nullptr) throw Abandoned{};
    return *item;
  }
  std::vector<std::string> candidates;  // the nearest to hand first: of equally near names the first is proposed
  for (const auto& scope : frame->scopes) {
    for (const auto& [name, item] : scope) candidates.push_back(name);
  }
  for (const auto& [name, axis] : frame->axes) candidates.push_back(name);
  for (const auto& [name, item] : globals) candidates.push_back(name);
  for (const Definition* own : definitions.of_user()) candidates.push_back(own->name());
  std::vector<std::string> all = definitions.names(frame->library);
  candidates.insert(candidates.end(), all.begin(), all.end());
  candidates.insert(candidates.end(), primitive_names().begin(), primitive_names().end());
  candidates.insert(candidates.end(), {"true", "false"});
  if (data_call) candidates.insert(candidates.end(), {"standardize", "minmax", "column", "columns"});
  std::optional<Range> elsewhere = defined_elsewhere(expr.text);
  Diagnostic& diagnostic = report("E0302", expr.range, fmt::format("'{}' is not defined", expr.text));
  if (elsewhere) {
    diagnostic.note(*elsewhere, elsewhere->begin > expr.range.begin
                                    ? fmt::format("'{}' is defined only here, below", expr.text)
                                    : fmt::format("this '{}' is not yet, or no longer, defined there", expr.text));
  } else {
    diagnostic.suggest(meaning_of(WordPlace::expression, expr.text, candidates).help());
    const bool nothing = diagnostic.help == fmt::format("there is no '{}': leave out what has a default", expr.text);
    if (nothing && frame->definition != nullptr && reported_frame() == frame) {
      leave_out_default(diagnostic, *frame->definition->item, expr);
    }
  }
  throw Abandoned{};
}

std::optional<Range> Elaborator::defined_elsewhere(const std::string& name) const {
  if (auto found = later.find(name); found != later.end()) return found->second;
  if (frame->definition == nullptr || frame->library || frame->source != reported_frame()->source) return {};
  const std::unique_ptr<ast::Block>& body = frame->definition->item->body;
  return body != nullptr ? binding_of(name, *body) : std::nullopt;
}

Item Elaborator::eval_chain(const Expr& expr) {
  const std::string& first = expr.operators[0].text;
  if (first == "and" || first == "or") return logic(first == "and", expr);
  Item value = eval(*expr.operands[0]);
  Range left = expr.operands[0]->range;
  for (size_t i = 0; i < expr.operators.size(); ++i) {
    const std::string& op = expr.operators[i].text;
    const Expr& operand = *expr.operands[i + 1];
    Item right = eval(operand);
    if (op == "|>") {
      bool called =
          operand.kind == ExprKind::call && (right.as<TypedTensor>() != nullptr || right.as<Number>() != nullptr);
      if (called) {
        fail("E0416", operand.range,
             fmt::format("{} can't be called: 'x |> f' calls f with x by itself", describe(right)),
             fmt::format("without arguments: {}", slice(operand.operands[0]->range)));
      }
      value = call_item(right, {}, {value}, Range::cover(left, operand.range), operand.range, {left});
    } else {
      const Op* record = find_spelled(op, 2);  // null for @
      value = binary(record != nullptr ? record->name : op, value, right, expr.operators[i].range, left, operand.range);
    }
    left = Range::cover(left, operand.range);
  }
  return value;
}

Item Elaborator::binary(std::string_view op, const Item& a, const Item& b, Range at, Range left, Range right) {
  if (build.graph != nullptr) build.graph->current_origin = origin(at);
  auto unknown_word = [](const Item& item) { return item.as<Word>() != nullptr && item.as<Word>()->text.empty(); };
  if (unknown_word(a)) return binary(op, {Number::unknown(), a.range, a.origin}, b, at, left, right);
  if (unknown_word(b)) return binary(op, a, {Number::unknown(), b.range, b.origin}, at, left, right);
  const auto *x = a.as<Number>(), *y = b.as<Number>();
  try {
    if (x != nullptr && y != nullptr && op != "@") {
      if (op == "divide" && y->known && *y->known == 0 && !y->runtime) throw Refusal{"E0408", "division by zero", ""};
      return {build.arithmetic(op, *x, *y), Range::cover(left, right), ""};
    }
    TypedTensor l, r;
    const bool meets_left = x != nullptr || (a.as<NumberList>() != nullptr && b.as<TypedTensor>() != nullptr);
    const bool meets_right = y != nullptr || b.as<NumberList>() != nullptr;
    if (meets_left) {
      r = tensor(b, right);
      l = meet(a,
               op == "divide" && !is_float(arithmetic_base(r.type, r.type, op)) ? Base::f32
                                                                                : arithmetic_base(r.type, r.type, op),
               left);
    } else {
      l = tensor(a, left);
      bool integer = !is_float(arithmetic_base(l.type, l.type, op));
      r = meets_right ? meet(b, op == "divide" && integer ? Base::f32 : arithmetic_base(l.type, l.type, op), right)
                      : tensor(b, right);
      if (meets_right && op == "divide" && integer) l = build.cast(l, Base::f32);
    }
    if (meets_left && op == "divide" && is_float(l.type.base()) && !r.type.is_floating() && !r.type.is(Base::u8)) {
      r = build.cast(r, Base::f32);
    }
    Range whole = Range::cover(left, right);
    if (op == "@") return {build.matmul(l, r), whole, ""};
    return {build.arithmetic(op, l, r), whole, ""};
  } catch (const Refusal& refusal) {
    clash(*this, refusal, at, {{a, left}, {b, right}});
  }
}

/// The right side of `and` and `or` knows what the left side says.
static Item under(Elaborator& at, const std::vector<Narrowing>& narrowed, const Expr& expr) {
  if (narrowed.empty()) return at.eval(expr);
  ScopeGuard guard(*at.frame, true);
  for (const Narrowing& one : narrowed) at.frame->scopes.back()[one.name] = *one.to;
  return at.eval(expr);
}

Item Elaborator::logic(bool conjunction, const Expr& expr) {
  Item value = eval(*expr.operands[0]);
  for (size_t i = 1; i < expr.operands.size(); ++i) {
    const auto* left = value.as<Truth>();
    if (left != nullptr && left->known && !left->runtime && *left->known != conjunction) return value;
    std::vector<Narrowing> narrowed;
    if (left != nullptr) narrowed = conjunction ? left->if_true : left->if_false;
    Item right_item = under(*this, narrowed, *expr.operands[i]);
    const auto* right = right_item.as<Truth>();
    if (left == nullptr || right == nullptr) {
      const Range left_range = expr.operands[0]->range, right_range = expr.operands[i]->range;
      try {
        value = {build.logic(conjunction ? "logical_and" : "logical_or", tensor(value, left_range),
                             tensor(right_item, right_range)),
                 expr.range, ""};
      } catch (const Refusal& refusal) {
        const Range before = Range::cover(left_range, expr.operands[i - 1]->range);
        clash(*this, refusal, expr.operators[i - 1].range, {{value, before}, {right_item, right_range}});
      }
      continue;
    }
    Truth both;
    both.runtime = left->runtime || right->runtime;
    both.options = left->options;
    both.options.insert(both.options.end(), right->options.begin(), right->options.end());
    if (left->known && right->known)
      both.known = conjunction ? *left->known && *right->known : *left->known || *right->known;
    else if (right->known && !right->runtime && *right->known != conjunction)
      both.known = !conjunction;
    const std::vector<Narrowing>& more = conjunction ? right->if_true : right->if_false;
    narrowed.insert(narrowed.end(), more.begin(), more.end());
    (conjunction ? both.if_true : both.if_false) = narrowed;
    value = {both, expr.range, ""};
  }
  return value;
}

}  // namespace nnc
