#include "frontend/elaborate/likely_fixes.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {

using ast::Expr;
using ast::ExprKind;

namespace {

/// Whether an argument is of a kind that a parameter takes; what is no tensor is not judged.
bool fits(const Item& item, const ast::Parameter& parameter) {
  const auto* x = item.as<TypedTensor>();
  if (x == nullptr || !parameter.type || parameter.type->kind != ast::TypeKind::tensor) return true;
  const auto& bases = parameter.type->bases;
  return std::any_of(bases.begin(), bases.end(), [&](const ast::BaseExpr& base) {
    const Base wanted = base.name.text == "class" ? Base::label : parse_base(base.name.text).value_or(Base::f32);
    return x->type.is(wanted) || (wanted == Base::f32 && x->type.is_floating());
  });
}

/// The place of the setting that is the last axis of what the layer gives: `out` of `dense`.
std::optional<size_t> size_setting(const Definition& layer) {
  const ast::Item& item = *layer.item;
  if (!layer.is_layer() || !item.result || item.result->axes.empty()) return std::nullopt;
  const Expr* last = item.result->axes.back().size.get();
  if (last == nullptr || last->kind != ExprKind::name) return std::nullopt;
  for (size_t i = 0; i < item.settings.size(); ++i) {
    if (item.settings[i].name.text == last->text) return i;
  }
  return std::nullopt;
}

/// Walks back from a value to the layer that decides its last axis.
struct Trail {
  const Elaborator& at;
  const Definition& definition;
  const Size& found;
  const Size& wanted;

  std::string slice(Range range) const { return std::string(definition.source->slice(range)); }

  /// `dense(4)` → "dense(3)"; nothing for what is no such call.
  std::optional<Change> resized(const Expr& call) const {
    if (call.kind != ExprKind::call || call.operands[0]->kind != ExprKind::name) return {};
    const Definition* layer = at.definitions.find(call.operands[0]->text, false);
    const std::optional<size_t> place = layer == nullptr ? std::nullopt : size_setting(*layer);
    if (!place) return {};
    const std::string& name = layer->item->settings[*place].name.text;
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      const ast::Argument& argument = call.arguments[i];
      if (argument.name.empty() ? i != *place : argument.name.text != name) continue;
      const Expr& value = *argument.value;
      if (value.kind != ExprKind::number || Number::of(value.number).size != found) return {};
      return Change{call.range, slice({call.range.begin, value.range.begin}) + to_string(wanted) +
                                    slice({value.range.end, call.range.end})};
    }
    return {};
  }

  const std::vector<ast::Statement>& statements() const { return definition.item->body->statements; }

  /// The value that a name has behind the first `visible` statements.
  std::optional<Change> bound(const std::string& name, size_t visible) const {
    for (size_t i = visible; i-- > 0;) {
      const ast::Statement& statement = statements()[i];
      const bool binds = statement.kind == ast::StatementKind::bind && statement.names.size() == 1;
      if (binds && statement.names[0].text == name) return walk(*statement.value, i);
    }
    return {};
  }

  std::optional<Change> walk(const Expr& value, size_t visible) const {
    if (value.kind == ExprKind::name) return bound(value.text, visible);
    if (value.kind == ExprKind::chain && value.operators[0].text == "|>") {
      for (size_t i = value.operands.size(); i-- > 1;) {
        if (std::optional<Change> change = resized(*value.operands[i])) return change;
      }
      return walk(*value.operands[0], visible);
    }
    if (value.kind != ExprKind::call) return {};
    if (std::optional<Change> change = resized(*value.operands[0])) return change;
    return value.arguments.size() == 1 ? walk(*value.arguments[0].value, visible) : std::nullopt;
  }
};

}  // namespace

std::string other_way_round(const Elaborator& at, const Definition& definition, const std::vector<const Item*>& given,
                            const std::vector<Range>& ranges) {
  const auto& parameters = definition.item->parameters;
  if (parameters.size() != 2 || given.size() != 2) return "";
  const bool as_it_is = fits(*given[0], parameters[0]) && fits(*given[1], parameters[1]);
  if (as_it_is || !fits(*given[0], parameters[1]) || !fits(*given[1], parameters[0])) return "";
  return fmt::format("{}({}, {})", definition.name(), at.slice(ranges[1]), at.slice(ranges[0]));
}

std::optional<Change> last_layer(const Elaborator& at, const Definition& definition, const Size& found,
                                 const Size& wanted) {
  const bool numbers = found.number() && wanted.number();
  if (!numbers || definition.library || definition.item->body == nullptr) return {};
  const auto& statements = definition.item->body->statements;
  if (statements.empty() || statements.back().value == nullptr) return {};
  return Trail{at, definition, found, wanted}.walk(*statements.back().value, statements.size() - 1);
}

LikelyFix resized_call(const Elaborator& at, Range call, const Size& found, const Size& wanted) {
  const std::string text(at.frame->source->slice(call));
  const Definition* definition = at.definitions.find(text.substr(0, text.find('(')), false);
  if (definition == nullptr || !text.ends_with(')')) return {};
  const std::optional<Change> layer = last_layer(at, *definition, found, wanted);
  if (!layer) return {};
  const ast::TypePtr& result = definition->item->result;
  LikelyFix fix{fmt::format("{} in '{}'", layer->text, definition->name()), {*layer}};
  if (result && !result->axes.empty() && result->axes.back().size) {
    const Range last = result->axes.back().range;
    fix.changes.push_back({last, to_string(wanted)});
    fix.help = fmt::format("-> {}{}{} and {}", definition->source->slice({result->range.begin, last.begin}),
                           to_string(wanted), definition->source->slice({last.end, result->range.end}), fix.help);
  }
  return fix;
}

std::string with_logit(const Elaborator& at, const Definition& function, Range argument) {
  std::string_view behind = at.frame->source->slice({argument.end, UINT32_MAX});
  behind.remove_prefix(std::min(behind.find_first_not_of(" \t\r\n"), behind.size()));
  return behind.starts_with("|>") ? fmt::format("|> logit |> {}", function.name())
                                  : fmt::format("{}(logit({}))", function.name(), at.slice(argument));
}

}  // namespace nnc
