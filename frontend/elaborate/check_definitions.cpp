// A definition is checked once, with its settings and axes as unknown symbols.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "frontend/elaborate/elaborator.h"

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
    if (type.word.text == "string") return {Text{"", false}, range, ""};
    return {Closure{nullptr, nullptr, true}, range, ""};
  }
  if (is_bool(type)) return {Truth{}, range, ""};
  return {Number::unknown(), range, ""};
}

namespace {

/// A definition's body run once, over parameters of which only the types are known.
struct AloneCheck {
  Elaborator& elaborator;
  const Definition& definition;
  Frame& frame;
  size_t round = 0;  ///< which of the types each parameter has
  bool optimizer = definition.kind() == ast::DefinitionKind::optimizer;
  bool metric = definition.kind() == ast::DefinitionKind::metric;
  std::map<std::string, Range> states = {};  ///< of an optimizer
  std::set<std::string> updated = {};

  /// A choice's words, functions and layers are looked up at each call.
  static bool has_checked_default(const ast::Parameter& setting) {
    if (!setting.type || setting.type->kind == TypeKind::tensor) return true;
    const std::string& word = setting.type->word.text;
    return setting.type->kind == TypeKind::word && (word == "int" || word == "string");
  }

  void enter_settings() {
    for (const ast::Parameter& setting : definition.item->settings) {
      try {
        if (setting.otherwise && has_checked_default(setting)) {
          elaborator.setting(definition, setting, elaborator.eval(*setting.otherwise), setting.otherwise->range);
        }
      } catch (const Abandoned&) {
        if (elaborator.exhausted()) throw;
      }
      frame.scopes[0][setting.name.text] = elaborator.unknown_setting(setting);
    }
  }

  /// A list's axes are those of the arguments, or its own.
  void enter_lists() {
    for (const ast::Parameter& setting : definition.item->settings) {
      if (!setting.type || setting.type->kind != TypeKind::tensor || !setting.type->has_axes) continue;
      frame.scopes[0][setting.name.text] = {TypedTensor{elaborator.type(*setting.type, true), {}}, setting.name.range,
                                            ""};
    }
  }

  /// A default is evaluated where nothing of the definition is in sight, as a call that leaves the parameter out does.
  void check_default(const ast::Parameter& parameter) {
    if (!parameter.otherwise) return;
    Frame outside = frame_of(definition);
    Enter enter(elaborator, outside);
    try {
      elaborator.eval(*parameter.otherwise);
    } catch (const Abandoned&) {
      if (elaborator.exhausted()) throw;
    }
  }

  /// What stands for a parameter; nothing for one that takes anything: such a definition is checked at its calls.
  std::optional<Item> parameter_item(const ast::Parameter& parameter) {
    Range range = parameter.name.range;
    if (!parameter.type) {
      bool clock = parameter.name.text == "step" || parameter.name.text == "epoch";
      if (clock) return Item{Number::unknown(), range, ""};
      if (!optimizer) return std::nullopt;
      Axes axes{{Size::symbol("size(of w)"), "of w", true}};
      return Item{TypedTensor{TensorType(Base::f32, axes), {}}, range, ""};
    }
    if (parameter.type->kind != TypeKind::tensor) return elaborator.unknown_setting(parameter);
    const bool other = round > 0 && round <= parameter.others.size();
    return Item{TypedTensor{elaborator.type(other ? *parameter.others[round - 1] : *parameter.type, true), {}}, range,
                fmt::format("declared at line {}", elaborator.line_of(range))};
  }

  /// Statements that only an optimizer or a metric has.
  bool special(const ast::Statement& statement) {
    if (optimizer && statement.kind == StatementKind::state) {
      states.emplace(statement.names[0].text, statement.names[0].range);
      frame.scopes[0][statement.names[0].text] = frame.scopes[0][definition.item->parameters[0].name.text];
      return true;
    }
    if (optimizer && statement.kind == StatementKind::next) {
      const ast::Name& name = statement.names[0];
      const Item& weight = frame.scopes[0][definition.item->parameters[0].name.text];
      if (name.text != definition.item->parameters[0].name.text && states.count(name.text) == 0) {
        elaborator.fail("E0506", name.range, fmt::format("'next' needs a state, and '{}' is none", name.text));
      }
      updated.insert(name.text);
      elaborator.conform(elaborator.eval(*statement.value), weight.as<TypedTensor>()->type, statement.value->range,
                         fmt::format("'next {}'", statement.names[0].text));
      return true;
    }
    if (metric && (statement.kind == StatementKind::total || statement.kind == StatementKind::first)) {
      Item item = elaborator.eval(*statement.value);
      bool total = statement.kind == StatementKind::total;
      const auto* x = item.as<TypedTensor>();
      Item sum{Number::unknown(), statement.range, ""};
      if (x != nullptr && !x->type.axes.empty()) sum.value = TypedTensor{TensorType(Base::f32, x->type.axes), {}};
      frame.scopes[0][statement.names[0].text] = total ? sum : item;
      return true;
    }
    return false;
  }

  Item result(const Item& value) {
    const auto& declared = definition.item->result;
    bool scalar_number = value.as<Number>() != nullptr && declared && declared->axes.empty();
    if ((!declared && !metric) || scalar_number) return value;
    const auto& statements = definition.item->body->statements;
    Range place = statements.empty() ? definition.item->name.range : statements.back().range;
    const bool valued = !statements.empty() && (statements.back().kind == StatementKind::expression ||
                                                statements.back().kind == StatementKind::scan);
    if (!valued) {
      elaborator.fail("E0333", place,
                      fmt::format("'{}' has no value: its last statement is no expression", definition.name()));
    }
    if (!declared) return value;
    return elaborator.conform(value, elaborator.type(*declared), place,
                              fmt::format("the result of '{}'", definition.name()), declared->range);
  }

  Item run() {
    enter_settings();
    for (const ast::Parameter& parameter : definition.item->parameters) check_default(parameter);
    std::vector<Item> arguments;
    for (const ast::Parameter& parameter : definition.item->parameters) {
      std::optional<Item> item = parameter_item(parameter);
      if (!item) return {Poison{}, {}, ""};
      frame.scopes[0][parameter.name.text] = *item;
      arguments.push_back(*item);
    }
    enter_lists();
    Axes unknown{{Size::symbol("size(S)"), "S", true}};
    if (definition.is_initialiser()) {
      frame.axes["S"] = unknown;
      frame.result_axes = &unknown;
    }
    frame.special = [this](const ast::Statement& statement) { return special(statement); };
    Item value = elaborator.run(*definition.item->body, false);
    for (const auto& [name, place] : states) {
      if (updated.count(name) != 0) continue;
      elaborator.diagnostics.warning("W0511", place, fmt::format("no 'next {}' changes this state", name))
          .suggest(fmt::format("next {} = …", name));
    }
    return elaborator.with_own_gradient(definition, result(value), arguments);
  }
};

}  // namespace

/// The definition checked with the `round`th of the types that its parameters may have.
static Item checked_round(Elaborator& at, const Definition& definition, size_t round) {
  Frame alone = frame_of(definition);
  alone.path = definition.name();
  alone.owns = definition.is_layer();
  Enter enter(at, alone);
  try {
    return AloneCheck{at, definition, alone, round}.run();
  } catch (const Abandoned&) {
    return {Poison{}, {}, ""};
  } catch (const Refusal& refusal) {
    at.diagnostics.error(refusal.code, definition.item->name.range, refusal.message);
    return {Poison{}, {}, ""};
  }
}

Item Elaborator::check_alone(const Definition& definition) {
  generic = true;
  for (const char* clock : {"step", "epoch", "total_steps", "steps_per_epoch"}) {
    globals.try_emplace(clock, Item{Number::unknown(), {}, ""});
  }
  training.reset();
  variables.clear();
  variable_index.clear();
  work = 0;
  Item value = checked_round(*this, definition, 0);
  size_t rounds = 0;
  for (const ast::Parameter& parameter : definition.item->parameters) {
    rounds = std::max(rounds, parameter.others.size());
  }
  for (size_t round = 1; round <= rounds; ++round) checked_round(*this, definition, round);
  return value;
}

}  // namespace nnc
