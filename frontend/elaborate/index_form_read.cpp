// The indices of an index form and the subscripts of its tensors.

#include <fmt/format.h>

#include <algorithm>

#include "frontend/elaborate/index_form.h"
#include "frontend/syntax/walk.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;

std::optional<size_t> FormSubscript::alone() const {
  const bool lone = factors.size() == 1 && factors.begin()->second == Size(1) && constant == Size(0);
  return lone ? std::optional(factors.begin()->first) : std::nullopt;
}

bool FormAccess::uses(size_t loop) const {
  return std::any_of(subscripts.begin(), subscripts.end(),
                     [&](const FormSubscript& one) { return one.factors.contains(loop); });
}

std::optional<size_t> IndexForm::loop(const std::string& name, bool pack) const {
  for (size_t i = 0; i < loops_.size(); ++i) {
    if (loops_[i].name.text == name && loops_[i].pack == pack) return i;
  }
  return std::nullopt;
}

bool IndexForm::mentions(const Expr& expr) const { return !mentioned(expr).empty(); }

/// Those that the expression mentions.
IndexForm::Space IndexForm::mentioned(const Expr& expr) const {
  std::vector<bool> seen(loops_.size());
  walk(&expr, [&](const Expr& part) {
    if (part.kind != ExprKind::name) return;
    for (const bool pack : {false, true}) {
      if (std::optional<size_t> found = loop(part.text, pack)) seen[*found] = true;
    }
  });
  Space space;
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen[i]) space.push_back(i);
  }
  return space;
}

/// An index is a name of its own: what it would hide is probably meant somewhere in the body.
void IndexForm::refuse_hidden(const ast::Name& name) const {
  const Frame& frame = *at_.frame;
  const Item* hidden = nullptr;
  for (const auto& scope : frame.scopes) {
    if (auto found = scope.find(name.text); found != scope.end()) hidden = &found->second;
  }
  auto global = at_.globals.find(name.text);
  if (hidden == nullptr && global != at_.globals.end() && !frame.library) hidden = &global->second;
  const bool axis = frame.axes.contains(name.text);
  if (hidden == nullptr && !axis) return;
  Diagnostic& diagnostic = at_.report(
      "E0341", name.range,
      fmt::format("the index '{}' would hide the {} of that name", name.text, hidden != nullptr ? "value" : "axis"));
  const bool shown = hidden != nullptr && !(hidden->range == Range{}) && at_.reported_frame() == &frame;
  if (shown && frame.source->slice(hidden->range) == name.text) diagnostic.note(hidden->range, "it is this one");
  diagnostic.suggest("call the index otherwise");
  throw Abandoned{};
}

void IndexForm::read_loops(const std::vector<ast::LoopIndex>& list, bool reduced) {
  for (const ast::LoopIndex& entry : list) {
    const bool twice = std::any_of(loops_.begin(), loops_.end(),
                                   [&](const FormLoop& other) { return other.name.text == entry.name.text; });
    if (twice) at_.fail("E0341", entry.name.range, fmt::format("the index '{}' stands here twice", entry.name.text));
    refuse_hidden(entry.name);
    loops_.push_back({.name = entry.name, .bound = entry.bound.get(), .pack = entry.pack, .reduced = reduced});
  }
}

/// `x(i, j)`, as other tools write an element.
void IndexForm::refuse_called_tensor(const Expr& expr) const {
  const Expr& callee = *expr.operands[0];
  const std::optional<Item> item = callee.kind == ExprKind::name ? at_.look_up(callee.text) : std::nullopt;
  const auto* x = item ? item->as<TypedTensor>() : nullptr;
  if (x == nullptr) return;
  std::string list;
  for (const ast::Argument& argument : expr.arguments) {
    list += fmt::format("{}{}", list.empty() ? "" : ", ", at_.slice(argument.value->range));
  }
  refuse_here(expr, fmt::format("a call of '{}', which is {},", callee.text, to_string(x->type)),
              fmt::format("elements have square brackets: {}[{}]", callee.text, list));
}

/// Finds the tensors with subscripts, and refuses what has no elements to take.
void IndexForm::read_body(const Expr& expr) {
  if (expr.kind == ExprKind::indexed) {
    refuse_here(expr, "an index form within another one", "give it a name in a line of its own: y = [i] => …");
  }
  if (expr.kind == ExprKind::call && mentions(expr)) refuse_called_tensor(expr);
  const bool access = expr.kind == ExprKind::index &&
                      std::any_of(expr.indices.begin(), expr.indices.end(), [&](const ast::IndexEntry& entry) {
                        return (entry.position && mentions(*entry.position)) ||
                               (entry.begin && mentions(*entry.begin)) || (entry.end && mentions(*entry.end));
                      });
  if (access) return read_access(expr);
  for_each_part(expr, [&](const Expr& part) { read_body(part); });
}

void IndexForm::refuse_subscript(const Expr& expr, const std::string& help) const {
  at_.fail("E0343", expr.range, fmt::format("'{}' is no sum of indices and their multiples", at_.slice(expr.range)),
           help.empty() ? "a subscript is like 2*i + k - 1; what is at computed places is looked up: W[t], pick(x, t)"
                        : help);
}

/// The multiples of indices that an expression is a sum of.
FormSubscript IndexForm::subscript(const Expr& expr) const {
  FormSubscript result;
  result.range = expr.range;
  if (!mentions(expr)) {
    Item item = at_.eval(expr);
    if (item.as<TypedTensor>() != nullptr) refuse_subscript(expr);
    Number number = at_.number(item, expr.range, "a subscript");
    if (number.either || (at_.generic && !number.known && !number.size)) throw Abandoned{};  // each call knows
    if (number.known && !number.options.empty()) {
      for (const std::string& option : number.options) at_.constant_options.insert(option);
      number.size = Number::of(*number.known).size;
    }
    if (!number.size) refuse_subscript(expr, "a number in a subscript is whole and known when compiling");
    result.constant = *number.size;
    return result;
  }
  if (expr.kind == ExprKind::name) {
    const std::optional<size_t> index = loop(expr.text);
    if (!index) refuse_subscript(expr, fmt::format("the index of further axes stands alone: ..{}", expr.text));
    result.factors[*index] = Size(1);
    return result;
  }
  if (expr.kind == ExprKind::negate) {
    const FormSubscript inner = subscript(*expr.operands[0]);
    result.constant = Size(0) - inner.constant;
    for (const auto& [index, factor] : inner.factors) result.factors[index] = Size(0) - factor;
    return result;
  }
  if (expr.kind != ExprKind::chain) refuse_subscript(expr);
  return subscript_of_chain(expr);
}

FormSubscript IndexForm::subscript_of_chain(const Expr& expr) const {
  FormSubscript result = subscript(*expr.operands[0]);
  result.range = expr.range;
  for (size_t i = 0; i < expr.operators.size(); ++i) {
    const std::string& sign = expr.operators[i].text;
    const FormSubscript next = subscript(*expr.operands[i + 1]);
    if (sign == "*" && (result.factors.empty() || next.factors.empty())) {
      const Size number = result.factors.empty() ? result.constant : next.constant;
      if (result.factors.empty()) result.factors = next.factors;
      result.constant = result.constant * next.constant;
      for (auto& [index, factor] : result.factors) factor = factor * number;
    } else if (sign == "+" || sign == "-") {
      const Size one(sign == "+" ? 1 : -1);
      result.constant = result.constant + one * next.constant;
      for (const auto& [index, factor] : next.factors) {
        result.factors[index] = result.factors[index] + one * factor;
      }
    } else {
      refuse_subscript(expr);
    }
  }
  std::erase_if(result.factors, [](const auto& one) { return one.second == Size(0); });
  return result;
}

void IndexForm::read_access(const Expr& expr) {
  const Expr& operand = *expr.operands[0];
  if (mentions(operand)) {
    refuse_here(expr, fmt::format("a subscript behind '{}'", at_.slice(operand.range)),
                "all subscripts of a tensor stand in one bracket: x[i, j]");
  }
  FormAccess access;
  access.expr = &expr;
  access.item = at_.eval(operand);
  access.x = at_.tensor(access.item, operand.range);
  const Axes axes = access.x.type.axes;
  size_t packs = 0;
  for (const ast::IndexEntry& entry : expr.indices) {
    const bool pack = !entry.position && !entry.begin && entry.end && entry.end->kind == ExprKind::name;
    if (pack && loop(entry.end->text, true)) {
      ++packs;
    } else if (!entry.position) {
      at_.fail("E0343", entry.range, fmt::format("'{}' is no subscript of an index form", at_.slice(entry.range)),
               "each axis has an index there; further axes have one in the list too: [n, ..s] => x[n, ..s]");
    }
  }
  const size_t fixed = expr.indices.size() - packs;
  if (packs > 1 || (packs == 0 ? fixed != axes.size() : fixed > axes.size())) {
    at_.fail("E0313", expr.range,
             fmt::format("{} subscripts for {}, which has {} {}", expr.indices.size(), to_string(access.x.type),
                         axes.size(), axes.size() == 1 ? "axis" : "axes"),
             "in an index form each axis has a subscript");
  }
  size_t axis = 0;
  for (const ast::IndexEntry& entry : expr.indices) {
    FormSubscript subscript;
    if (entry.position) {
      subscript = this->subscript(*entry.position);
      if (axes[axis].pack) {
        at_.fail("E0313", entry.range, fmt::format("one subscript for the axes '..{}'", axes[axis].name),
                 "further axes have an index in the list: [n, ..s] => x[n, ..s]");
      }
    } else {
      subscript.pack = true;
      subscript.range = entry.range;
      subscript.factors[*loop(entry.end->text, true)] = Size(1);
      subscript.count = axes.size() - fixed;
    }
    subscript.axis = axis;
    axis += subscript.count;
    access.subscripts.push_back(std::move(subscript));
  }
  for (const FormSubscript& subscript : access.subscripts) {
    for (const auto& [index, factor] : subscript.factors) loops_[index].used = true;
  }
  accesses_.push_back(std::move(access));
}

}  // namespace nnc
