// grad(f): the derivative of a function that gives a number, as a function of the same arguments; frozen(f): a function
// whose application trains no weights.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "frontend/elaborate/builtins/builtin_call.h"
#include "frontend/elaborate/builtins/families.h"
#include "ir/graph/builder.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;

namespace {

constexpr std::array kBy{NamedArgument{"by", NamedArgument::Kind::parameter}};

/// What is called: a definition, or a layer made from one; null for a built-in function.
const Closure* closure_of(const Item& function) {
  if (const auto* closure = function.as<Closure>()) return closure;
  if (const auto* gradient = function.as<GradientFunction>()) return closure_of(*gradient->of);
  if (const auto* frozen = function.as<FrozenFunction>()) return closure_of(*frozen->of);
  const auto* instance = function.as<std::shared_ptr<Instance>>();
  return instance == nullptr ? nullptr : &(*instance)->made_from;
}

/// The function that is given, or why there is none.
Item function_given(const BuiltinCall& call) {
  Item item = call.items[0];
  if (const auto* word = item.as<Word>()) {
    if (std::optional<Item> function = call.at.function_of(*word)) item = *function;
  }
  if (closure_of(item) != nullptr || item.as<BuiltinFunction>() != nullptr) return item;
  if (item.as<Poison>() != nullptr || item.as<Word>() != nullptr) throw Abandoned{};
  const Expr* written = call.written[0];
  const bool applied = item.as<TypedTensor>() != nullptr || item.as<Number>() != nullptr;
  const bool of_call = applied && written != nullptr && written->kind == ExprKind::call;
  call.at.fail("E0350", call.ranges[0], fmt::format("'{}' takes a function, this is {}", call.name(), describe(item)),
               of_call ? fmt::format("{}({})(…): first the function, then its arguments", call.name(),
                                     call.at.slice(written->operands[0]->range))
                       : "");
}

/// `net.dense_0.W` of a model or layer as a path; "" of anything else. Whether there is such a parameter is known once
/// what owns it was applied.
std::string parameter_path(Elaborator& at, const Expr& expr) {
  if (expr.kind != ExprKind::field) return "";
  std::string owner = parameter_path(at, *expr.operands[0]);
  if (expr.operands[0]->kind != ExprKind::field) {
    const Item item = at.eval(*expr.operands[0]);
    const auto* instance = item.as<std::shared_ptr<Instance>>();
    const auto* closure = item.as<Closure>();
    if (instance != nullptr) owner = (*instance)->path;
    const bool is_model = closure != nullptr && closure->definition != nullptr &&
                          closure->definition->kind() == ast::DefinitionKind::model;
    if (is_model) owner = closure->definition->name();
  }
  return owner.empty() ? "" : owner + "." + expr.name.text;
}

void read_by(const BuiltinCall& call, const Closure* closure, GradientFunction& gradient) {
  Elaborator& at = call.at;
  const Expr* by = call.given("by");
  if (by == nullptr || (closure != nullptr && closure->opaque)) return;
  if (closure != nullptr && by->kind == ExprKind::name) {
    const auto& parameters = closure->definition->item->parameters;
    for (size_t i = 0; i < parameters.size(); ++i) {
      if (parameters[i].name.text != by->text) continue;
      gradient.place = i;
      return;
    }
  }
  gradient.parameter = parameter_path(at, *by);
  gradient.by = by->range;
  if (!gradient.parameter.empty()) return;
  Diagnostic& diagnostic =
      at.report("E0323", by->range,
                fmt::format("'by' names a tensor argument of {}, or a parameter by its path", describe(call.items[0])));
  if (closure != nullptr) diagnostic.note(signature(*closure->definition));
  throw Abandoned{};
}

Item grad(const BuiltinCall& call) {
  const Item function = function_given(call);
  GradientFunction gradient{std::make_shared<const Item>(function)};
  read_by(call, closure_of(function), gradient);
  return {gradient, call.range, ""};
}

Item frozen(const BuiltinCall& call) {
  return {FrozenFunction{std::make_shared<const Item>(function_given(call))}, call.range, ""};
}

/// The value as one of its own, so that a gradient by it does not follow the paths that lead past the function.
TypedTensor separated(Elaborator& at, TypedTensor x) {
  if (x.node) x.node = separate(x.node, ++at.separated);
  return x;
}

/// f's value, as 'grad' needs it.
TypedTensor number_of(Elaborator& at, const Item& value, const Item& function, Range range) {
  TypedTensor number = at.tensor(value, range, "the value of a function that 'grad' differentiates");
  if (number.type.axes.empty() && number.type.is_floating()) return number;
  at.report("E0350", range,
            fmt::format("'grad' differentiates what gives one number; {} gives {}", describe(function),
                        to_string(number.type)))
      .note("of a value for each row, take the sum: a row's part of its derivative is the row's own");
  throw Abandoned{};
}

/// The argument that the derivative is by.
TypedTensor by_argument(Elaborator& at, const GradientFunction& gradient, const FunctionArguments& given) {
  const Closure* closure = closure_of(*gradient.of);
  if (gradient.place >= given.items.size()) {
    std::string name = fmt::format("argument {}", gradient.place + 1);
    if (closure != nullptr) name = fmt::format("'{}'", closure->definition->item->parameters[gradient.place].name.text);
    at.fail("E0324", given.range,
            fmt::format("the gradient of {} is by {}, which is given by its place", describe(*gradient.of), name));
  }
  const Range place = given.ranges[gradient.place];
  TypedTensor x = at.tensor(given.items[gradient.place], place);
  if (!x.type.is_floating()) {
    at.fail("E0350", place,
            fmt::format("'grad' is by numbers that can change a little, this is {}", to_string(x.type)));
  }
  return x;
}

}  // namespace

/// The parameter that the derivative is by, as a value of its own. Before the first application of what owns it the
/// function is applied once for that.
static TypedTensor by_parameter(Elaborator& at, const GradientFunction& gradient, const FunctionArguments& given) {
  const auto known = [&] { return at.variable_index.find(gradient.parameter); };
  if (known() == at.variable_index.end()) {
    at.call_item(*gradient.of, {}, given.items, given.range, given.callee, given.ranges);
  }
  if (known() == at.variable_index.end() && at.generic) throw Abandoned{};
  if (known() == at.variable_index.end() || at.variables[known()->second].state) {
    at.fail("E0323", gradient.by, fmt::format("there is no parameter '{}'", gradient.parameter));
  }
  return separated(at, at.variable_tensor(at.variables[known()->second]));
}

Item call_gradient(Elaborator& at, const GradientFunction& gradient, FunctionArguments given) {
  const Closure* closure = closure_of(*gradient.of);
  if (closure != nullptr && closure->opaque) throw Abandoned{};
  ViewGuard guard(at.view);
  TypedTensor by;
  if (gradient.parameter.empty()) {
    by = separated(at, by_argument(at, gradient, given));
    given.items[gradient.place].value = by;
  } else {
    // Nothing but the application itself leads to the weight: not what its arguments were computed with.
    for (Item& item : given.items) {
      const auto* x = item.as<TypedTensor>();
      if (x != nullptr && x->type.is_floating()) item.value = separated(at, *x);
    }
    by = by_parameter(at, gradient, given);
    at.view.separate[gradient.parameter] = by.node;
    at.view.key += fmt::format("|grad{}", at.separated);
  }
  const Range range = given.range;
  const Item value = at.call_item(*gradient.of, {}, std::move(given.items), range, given.callee, given.ranges);
  const TypedTensor number = number_of(at, value, *gradient.of, range);
  TypedTensor result{TensorType(arithmetic_base(by.type, by.type, "grad"), by.type.axes), {}};
  if (at.build.graph != nullptr) at.build.graph->current_origin = at.origin(range);
  if (by.node && number.node) result.node = nnc::gradient(number.node, by.node);
  const bool own = number.rows.sum && !by.rows.any() && has_rows(by.type.axes);
  return {std::move(result).with(own ? RowUse{} : bent("grad", by.rows, number.rows)), range, ""};
}

Item call_frozen(Elaborator& at, const FrozenFunction& frozen, FunctionArguments given) {
  ViewGuard guard(at.view);
  at.view.frozen = true;
  if (!at.view.key.ends_with("|frozen")) at.view.key += "|frozen";
  return at.call_item(*frozen.of, {}, std::move(given.items), given.range, given.callee, given.ranges);
}

std::span<const Builtin> gradient_builtins() {
  static constexpr std::array kRecords{Builtin{.name = "grad", .named = kBy, .call = grad},
                                       Builtin{.name = "frozen", .call = frozen}};
  return kRecords;
}

}  // namespace nnc
