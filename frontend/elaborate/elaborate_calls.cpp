// Calls: what is called, and the body or the signature of a definition applied to its arguments.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "frontend/elaborate/builtins/builtin_call.h"
#include "frontend/elaborate/elaborator.h"
#include "frontend/elaborate/likely_fixes.h"
#include "ir/graph/builder.h"

namespace nnc {

using ast::Argument;

namespace {
constexpr int kMaxDepth = 64;
}

Item Elaborator::call(const ast::Expr& expr) {
  const ast::Expr& callee = *expr.operands[0];
  Item function = eval(callee);
  if (const auto* instance = function.as<std::shared_ptr<Instance>>()) name_instance(**instance);
  return call_item(function, expr.arguments, {}, expr.range, callee.range, {});
}

Item Elaborator::call_item(const Item& callee, const std::vector<Argument>& arguments, std::vector<Item> first,
                           Range range, Range callee_range, std::vector<Range> first_ranges) {
  if (callee.as<Poison>() != nullptr) throw Abandoned{};
  if (const auto* function = callee.as<BuiltinFunction>()) {
    return call_builtin(*function->builtin, arguments, std::move(first), range, std::move(first_ranges));
  }
  if (const auto* closure = callee.as<Closure>()) {
    if (closure->opaque) throw Abandoned{};
    return call_closure(*closure, arguments, std::move(first), range, callee_range, std::move(first_ranges));
  }
  if (const auto* word = callee.as<Word>()) {
    bool later = word->text.empty() &&
                 std::any_of(word->among.begin(), word->among.end(),
                             [&](const std::string& each) { return function_of({each, word->among}).has_value(); });
    if (later) throw Abandoned{};  // each call knows which
    if (std::optional<Item> function = function_of(*word)) {
      return call_item(*function, arguments, std::move(first), range, callee_range, std::move(first_ranges));
    }
  }
  for (const Argument& argument : arguments) {
    if (!argument.name.empty()) {
      const bool of_function = callee.as<GradientFunction>() != nullptr || callee.as<FrozenFunction>() != nullptr;
      fail("E0323", argument.name.range, fmt::format("unknown argument '{}'", argument.name.text),
           of_function ? "the function's settings are given to the function, its tensors by place" : "");
    }
    first.push_back(eval(*argument.value));
    first_ranges.push_back(argument.value->range);
  }
  if (const auto* instance = callee.as<std::shared_ptr<Instance>>()) {
    if ((*instance)->opaque) throw Abandoned{};
    name_instance(**instance);
    return apply((*instance)->made_from, std::move(first), std::move(first_ranges), range, (*instance)->path);
  }
  if (const auto* gradient = callee.as<GradientFunction>()) {
    return call_gradient(*this, *gradient, {std::move(first), std::move(first_ranges), range, callee_range});
  }
  if (const auto* frozen = callee.as<FrozenFunction>()) {
    return call_frozen(*this, *frozen, {std::move(first), std::move(first_ranges), range, callee_range});
  }
  if (const auto* field = callee.as<FieldFunction>()) {
    if (field_function) return field_function({field->data, field->field, range}, first);
  }
  fail("E0416", callee_range, fmt::format("{} can't be called", describe(callee)));
}

/// What a network gives for a row is that row's, even where a batch is normalised by its mean on the way.
static void forget_rows(Item& item) {
  if (auto* x = std::get_if<TypedTensor>(&item.value); x != nullptr && has_rows(x->type.axes)) x->rows = {};
  if (auto* tuple = std::get_if<Tuple>(&item.value)) {
    for (Item& part : *tuple->items) forget_rows(part);
  }
}

Item Elaborator::apply(const Closure& closure, std::vector<Item> arguments, std::vector<Range> ranges, Range range,
                       const std::string& path) {
  const Definition& definition = *closure.definition;
  const auto& parameters = definition.item->parameters;
  if (arguments.size() != parameters.size()) {
    report("E0324", range,
           fmt::format("'{}' takes {} {}, {} given", definition.name(), parameters.size(),
                       parameters.size() == 1 ? "argument" : "arguments", arguments.size()))
        .note(signature(definition));
    throw Abandoned{};
  }
  if (definition.kind() == ast::DefinitionKind::metric || definition.kind() == ast::DefinitionKind::optimizer) {
    bool metric = definition.kind() == ast::DefinitionKind::metric;
    fail("E0417", range,
         fmt::format("the {} '{}' stands in 'train' only{}", spelling(definition.kind()), definition.name(),
                     metric ? ", as an entry of its own in 'metrics': it is known at the end of a split" : ""),
         metric ? "metrics = {name: " + slice(range) + "}" : "");
  }
  int depth = 0;
  for (Frame* outer = frame; outer != nullptr; outer = outer->caller) ++depth;
  if (depth > kMaxDepth) {
    report("E0804", range, fmt::format("calls are nested more than {} deep: a limit of nnc", kMaxDepth));
    gave_up = true;  // each definition above this one would say it again
    throw Abandoned{};
  }
  spend(range, 15);  // more than a name
  Frame callee = frame_of(definition, frame, range);
  callee.path = path;
  callee.owns = definition.is_layer();
  bind_settings(closure, callee);
  std::string key = path + view.key;
  std::vector<const Item*> given;
  for (const Item& argument : arguments) given.push_back(&argument);
  callee.other_way_round = other_way_round(*this, definition, given, ranges);
  for (size_t i = 0; i < arguments.size(); ++i) {
    // Where it is made, not where it is called: the paths are the caller's.
    if (const auto* made = arguments[i].as<std::shared_ptr<Instance>>()) name_instance(**made);
    match(callee, parameters[i], arguments[i], ranges[i]);
    const auto* x = arguments[i].as<TypedTensor>();
    key += x != nullptr && x->node ? fmt::format(",{}", x->node.id) : ",?";
    callee.scopes[0][parameters[i].name.text] = arguments[i];
  }
  match_lists(callee);
  bool normalises = definition.library && (definition.name() == "softmax" || definition.name() == "log_softmax");
  if (const auto* x = normalises ? arguments[0].as<TypedTensor>() : nullptr) {
    if (!x->type.axes.empty() && !x->type.axes.back().pack) warn_of_one_class(x->type.axes.back().size, range);
  }
  bool remember = !path.empty() && build.graph != nullptr && key.find('?') == std::string::npos;
  if (remember) {
    if (auto before = applied.find(key); before != applied.end()) return before->second;
  }
  auto application = std::find_if(applications.begin(), applications.end(),
                                  [&](const Application& each) { return each.path == path; });
  size_t number = static_cast<size_t>(application - applications.begin());
  bool layer = !path.empty() && definition.is_layer();
  if (layer && number == applications.size()) {
    applications.push_back({path, definition.name(), {}, 0, closure, reported_range(range)});
  }
  // A definition checked alone: only the signature of what it calls counts.
  if (generic && definition.item->result) return result_of(definition, callee);
  Item value;
  {
    Enter enter(*this, callee);
    if (on_apply) on_apply(origin(range), arguments);
    value = run(*definition.item->body, false);
    if (definition.item->result && (value.as<Number>() == nullptr || !definition.item->result->axes.empty())) {
      Range place = definition.item->body->statements.empty() ? definition.item->range
                                                              : definition.item->body->statements.back().range;
      value = conform(value, type(*definition.item->result), place,
                      fmt::format("the result of '{}'", definition.name()), definition.item->result->range);
    }
    value = with_own_gradient(definition, value, arguments);
  }
  for (const auto& [state, next_value] : state_next) state_now[state] = next_value;
  if (definition.is_layer()) forget_rows(value);
  value.range = range;
  value.origin.clear();
  value.declared = nullptr;
  value.kept.clear();
  if (remember) applied[key] = value;
  if (layer) {
    if (applications[number].times == 0) applications[number].result = value;
    ++applications[number].times;
  }
  return value;
}

Item Elaborator::result_of(const Definition& definition, Frame& callee) {
  Range range = callee.call;
  bool numbers = !definition.item->parameters.empty();
  for (const auto& parameter : definition.item->parameters) {
    if (callee.scopes[0][parameter.name.text].as<Number>() == nullptr) numbers = false;
  }
  Enter enter(*this, callee);
  if (numbers && definition.item->result->axes.empty()) return {Number::unknown(), range, ""};
  return {TypedTensor{type(*definition.item->result), {}}, range, ""};
}

}  // namespace nnc
