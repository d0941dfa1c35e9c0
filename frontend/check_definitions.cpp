// A definition is checked once, with its settings and axes as unknown symbols.

#include <fmt/format.h>

#include "frontend/elaborator.h"

namespace nnc {

using ast::StatementKind;
using ast::TypeKind;

Item Elaborator::unknown_setting(const ast::Parameter& parameter) {
  Range range = parameter.name.range;
  if (!parameter.type) return {Number::unknown(), range, ""};
  const ast::TypeExpr& type = *parameter.type;
  if (type.kind == TypeKind::choice) {
    std::vector<std::string> words;
    for (const ast::Name& word : type.words) words.push_back(word.text);
    return {Word{"", words}, range, ""};
  }
  if (type.kind == TypeKind::word) {
    if (type.word.text == "int") return {Number::whole(Size::symbol(parameter.name.text)), range, ""};
    if (type.word.text == "string") return {Text{""}, range, ""};
    return {Closure{nullptr, nullptr, true}, range, ""};
  }
  return {Number::unknown(), range, ""};
}

Item Elaborator::check_alone(const Definition& definition) {
  Frame alone;
  alone.definition = &definition;
  alone.source = definition.source;
  alone.library = definition.library;
  alone.path = definition.name();
  alone.owns = definition.is_layer();
  generic = true;
  for (const char* clock : {"step", "epoch", "total_steps", "steps_per_epoch"}) {
    globals.try_emplace(clock, Item{Number::unknown(), {}, ""});
  }
  training.reset();
  variables.clear();
  variable_index.clear();
  work = 0;
  Enter enter(*this, alone);
  bool optimizer = definition.kind() == ast::DefinitionKind::optimizer;
  bool metric = definition.kind() == ast::DefinitionKind::metric;
  try {
    for (const ast::Parameter& setting : definition.item->settings) {
      if (setting.otherwise && !(setting.type && setting.type->kind != TypeKind::tensor)) {
        check_bounds(definition, setting, eval(*setting.otherwise), setting.otherwise->range);
      }
      alone.scopes[0][setting.name.text] = unknown_setting(setting);
    }
    for (const ast::Parameter& parameter : definition.item->parameters) {
      Item item;
      if (!parameter.type) {
        bool clock = parameter.name.text == "step" || parameter.name.text == "epoch";
        if (!optimizer && !clock) return {Poison{}, {}, ""};  // generic: checked at its calls
        if (clock)
          item = {Number::unknown(), parameter.name.range, ""};
        else {
          Axes axes{{Size::symbol("size(of w)"), "of w", true}};
          item = {TypedTensor{TensorType(Base::f32, axes), {}}, parameter.name.range, ""};
        }
      } else if (parameter.type->kind != TypeKind::tensor) {
        item = unknown_setting(parameter);
      } else {
        item = {TypedTensor{type(*parameter.type, true), {}}, parameter.name.range,
                fmt::format("declared at line {}", line_of(parameter.name.range))};
      }
      alone.scopes[0][parameter.name.text] = item;
    }
    Axes unknown{{Size::symbol("size(S)"), "S", true}};
    if (definition.is_initialiser()) {
      alone.axes["S"] = unknown;
      alone.result_axes = &unknown;
    }
    alone.special = [&](const ast::Statement& statement) {
      if (optimizer && statement.kind == StatementKind::state) {
        alone.scopes[0][statement.names[0].text] = alone.scopes[0][definition.item->parameters[0].name.text];
        return true;
      }
      if (optimizer && statement.kind == StatementKind::next) {
        const Item& weight = alone.scopes[0][definition.item->parameters[0].name.text];
        conform(eval(*statement.value), weight.as<TypedTensor>()->type, statement.value->range,
                fmt::format("'next {}'", statement.names[0].text));
        return true;
      }
      if (metric && (statement.kind == StatementKind::total || statement.kind == StatementKind::first)) {
        Item item = eval(*statement.value);
        bool total = statement.kind == StatementKind::total;
        alone.scopes[0][statement.names[0].text] = total ? Item{Number::unknown(), statement.range, ""} : item;
        return true;
      }
      return false;
    };
    Item value = run(*definition.item->body, false);
    bool scalar_number =
        value.as<Number>() != nullptr && definition.item->result && definition.item->result->axes.empty();
    if (definition.item->result && !scalar_number) {
      const auto& statements = definition.item->body->statements;
      Range place = statements.empty() ? definition.item->name.range : statements.back().range;
      if (statements.empty() || statements.back().kind != StatementKind::expression) {
        fail("E0333", place, fmt::format("'{}' has no value: its last statement is no expression", definition.name()));
      }
      return conform(value, type(*definition.item->result), place,
                     fmt::format("the result of '{}'", definition.name()));
    }
    return value;
  } catch (const Abandoned&) {
    return {Poison{}, {}, ""};
  } catch (const Refusal& refusal) {
    diagnostics.error(refusal.code, definition.item->name.range, refusal.message);
    return {Poison{}, {}, ""};
  }
}

}  // namespace nnc
