// Settings: their types and defaults, layers that are made with them, and start values.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "frontend/elaborate/elaborator.h"
#include "ir/graph/builder.h"

namespace nnc {

using ast::Argument;
using ast::ExprKind;
using ast::TypeKind;

namespace {

const ast::Parameter* find_parameter(const std::vector<ast::Parameter>& parameters, const std::string& name) {
  for (const ast::Parameter& parameter : parameters) {
    if (parameter.name.text == name) return &parameter;
  }
  return nullptr;
}

bool is_schedule(const Definition& definition) {
  const auto& parameters = definition.item->parameters;
  return parameters.size() == 1 && !parameters[0].type &&
         (parameters[0].name.text == "step" || parameters[0].name.text == "epoch");
}

}  // namespace

Item Elaborator::argument_value(const Definition& definition, const Argument& argument, size_t position,
                                bool settings_open) {
  const auto& settings = definition.item->settings;
  const ast::Parameter* target = nullptr;
  if (!argument.name.empty())
    target = find_parameter(settings, argument.name.text);
  else if (settings_open && position < settings.size())
    target = &settings[position];
  if (target != nullptr && target->type && target->type->kind == TypeKind::choice &&
      argument.value->kind == ExprKind::name) {
    std::vector<std::string> among;
    for (const ast::Name& word : target->type->words) among.push_back(word.text);
    if (std::find(among.begin(), among.end(), argument.value->text) != among.end()) {
      return {Word{argument.value->text, among}, argument.value->range, ""};
    }
  }
  return eval(*argument.value);
}

Item Elaborator::make(const Closure& closure, Range range) {
  const Definition& definition = *closure.definition;
  auto instance = std::make_shared<Instance>();
  instance->made_from = closure;
  if (definition.kind() == ast::DefinitionKind::model) {
    instance->path = definition.name();
    return {instance, range, ""};
  }
  if (!frame->owns) {
    fail("E0507", range,
         fmt::format("the layer '{}' can't be made here: only a layer or model owns layers", definition.name()),
         frame->definition == nullptr ? "make it in the model" : "make the 'fn' a 'layer'");
  }
  instance->owner = frame->path;
  return {instance, range, ""};
}

std::string Elaborator::name_instance(Instance& instance, const std::string& bound) {
  if (!instance.path.empty()) return instance.path;
  if (!bound.empty()) return instance.path = frame->layers.take(instance.owner + "." + bound);
  const std::string& kind = instance.made_from.definition->name();
  do instance.path = fmt::format("{}.{}_{}", instance.owner, kind, frame->counters[kind]++);
  while (!frame->layers.take_exactly(instance.path));
  return instance.path;
}

void Elaborator::bind_settings(const Closure& closure, Frame& callee) {
  for (const ast::Parameter& parameter : closure.definition->item->settings) {
    const std::string& name = parameter.name.text;
    if (closure.settings) {
      if (auto found = closure.settings->find(name); found != closure.settings->end()) {
        callee.scopes[0][name] = found->second;
        continue;
      }
    }
    if (!parameter.otherwise) continue;
    Enter enter(*this, callee);
    Item value;
    bool word =
        parameter.type && parameter.type->kind == TypeKind::choice && parameter.otherwise->kind == ExprKind::name;
    if (word) {
      std::vector<std::string> among;
      for (const ast::Name& entry : parameter.type->words) among.push_back(entry.text);
      word = std::find(among.begin(), among.end(), parameter.otherwise->text) != among.end();
      if (word) value = {Word{parameter.otherwise->text, among}, parameter.otherwise->range, ""};
    }
    if (!word) value = eval(*parameter.otherwise);
    callee.scopes[0][name] = setting(*closure.definition, parameter, value, parameter.otherwise->range);
  }
}

/// A setting that is a known number lies within its bounds; a schedule's values are known only as it runs.
void Elaborator::check_bounds(const Definition& definition, const ast::Parameter& parameter, const Item& given,
                              Range range) {
  const auto* number = given.as<Number>();
  if (!parameter.bounds || number == nullptr || !number->known) return;
  const ast::Bounds& bounds = *parameter.bounds;
  Frame frame_of_bounds = frame_of(definition, frame, range);
  double low = 0, high = std::numeric_limits<double>::infinity();
  {
    Enter enter(*this, frame_of_bounds);
    low = number_of(*bounds.low).known.value_or(-high);
    if (bounds.high) high = number_of(*bounds.high).known.value_or(high);
  }
  double value = *number->known;
  bool inside = (bounds.low_open ? value > low : value >= low) && (bounds.high_open ? value < high : value <= high);
  if (inside) return;
  std::string interval = fmt::format("{} {}", bounds.low_open ? "above" : "from", low);
  if (bounds.high) interval += fmt::format(" {} {}", bounds.high_open ? "and below" : "to", high);
  report("E0902", range,
         fmt::format("'{}' of '{}' is {}, and lies in {}: {}", parameter.name.text, definition.name(), value,
                     definition.source->slice(bounds.range), interval))
      .note(signature(definition));
  throw Abandoned{};
}

/// A schedule as the number that it gives now.
static Item schedule_now(Elaborator& at, const Closure& schedule, Range range) {
  for (const ast::Parameter& wanted : schedule.definition->item->settings) {
    if (wanted.otherwise || (schedule.settings && schedule.settings->count(wanted.name.text) != 0)) continue;
    at.report("E0324", range, fmt::format("'{}' needs '{}'", schedule.definition->name(), wanted.name.text))
        .note(signature(*schedule.definition));
    throw Abandoned{};
  }
  auto now = at.globals.find(schedule.definition->item->parameters[0].name.text);
  Item argument = now != at.globals.end() ? now->second : Item{Number::unknown(), range, ""};
  return at.apply(schedule, {argument}, {range}, range, "");
}

[[noreturn]] static void wrong_setting(Elaborator& at, const Definition& definition, const ast::Parameter& parameter,
                                       const Item& given, Range range, const std::string& wanted) {
  at.report("E0326", range,
            fmt::format("'{}' of '{}' is {}, but this is {}", parameter.name.text, definition.name(), wanted,
                        describe(given)))
      .note(signature(definition));
  throw Abandoned{};
}

static bool is_list(const Item& given) {
  return given.as<NumberList>() != nullptr || given.as<TypedTensor>() != nullptr;
}

/// Whether the choice has such a word, or is a number where it may be one; any word will do where it is not known.
static bool may_be_chosen(const ast::TypeExpr& choice, const Item& given) {
  const auto* word = given.as<Word>();
  if (word == nullptr && choice.has_axes) return is_list(given);
  if (word == nullptr) return given.as<Number>() != nullptr && !choice.others.empty();
  return word->text.empty() || std::any_of(choice.words.begin(), choice.words.end(),
                                           [&](const ast::Name& entry) { return entry.text == word->text; });
}

Item Elaborator::setting(const Definition& definition, const ast::Parameter& parameter, Item given, Range range) {
  if (!parameter.type) return given;
  const ast::TypeExpr& type = *parameter.type;
  auto wrong = [&](const std::string& wanted) { wrong_setting(*this, definition, parameter, given, range, wanted); };
  if (given.as<Poison>() != nullptr) throw Abandoned{};
  check_bounds(definition, parameter, given, range);
  if (const auto* instance = given.as<std::shared_ptr<Instance>>()) name_instance(**instance);
  if (type.kind == TypeKind::choice) {
    std::string words;
    for (const ast::Name& entry : type.words) words += (words.empty() ? "" : ", ") + entry.text;
    if (!may_be_chosen(type, given)) wrong("one of " + words + (type.has_axes ? ", or a list of numbers" : ""));
    return given;
  }
  if (type.kind == TypeKind::tensor && type.has_axes) {
    if (!is_list(given)) wrong("a list of numbers");
    return given;
  }
  const std::string& word = type.kind == TypeKind::word ? type.word.text : type.bases[0].name.text;
  if (word == "int") {
    const auto* number = given.as<Number>();
    if (number == nullptr) wrong("a whole number");
    if (number->known && *number->known != std::floor(*number->known)) wrong("a whole number");
    if (number->runtime && number->known) {
      Number whole = Number::of(*number->known);
      for (const std::string& option : number->options) constant_options.insert(option);
      given.value = whole;
    }
    return given;
  }
  if (word == "string") {
    if (given.as<Text>() == nullptr) wrong("a string");
    return given;
  }
  if (word == "fn" || word == "layer") {
    if (const auto* choice = given.as<Word>()) given = function_of(*choice).value_or(given);
    bool model = given.as<std::shared_ptr<Instance>>() != nullptr;
    bool function = given.as<Closure>() != nullptr || given.as<BuiltinFunction>() != nullptr || model;
    bool number = word == "fn" && given.as<Number>() != nullptr;  // a start value that fills
    if (!function && !number) wrong(word == "fn" ? "a function" : "a layer");
    return given;
  }
  if (is_bool(type)) {
    const auto* truth = given.as<Truth>();
    if (truth == nullptr) wrong("true or false, known at compile time");
    Truth alone = *truth;  // what it says of the caller's names is nothing to the callee
    alone.if_true.clear();
    alone.if_false.clear();
    given.value = alone;
    return given;
  }
  if (const auto* schedule = given.as<Closure>();
      schedule != nullptr && !schedule->opaque && is_schedule(*schedule->definition)) {
    return schedule_now(*this, *schedule, range);
  }
  if (given.as<Number>() == nullptr && given.as<TypedTensor>() == nullptr) wrong("a number");
  if (given.as<TypedTensor>() != nullptr) wrong("a number known at compile time");
  return given;
}

Item Elaborator::start_value(const ast::Expr& expr) {
  // Only a definition that is called itself waits: not one among the arguments of a built-in, nor the next one.
  if (expr.kind == ExprKind::call && expr.operands[0]->kind == ExprKind::name) {
    std::optional<Item> callee = look_up(expr.operands[0]->text);
    keeps_initialiser = callee && callee->as<Closure>() != nullptr;
  }
  return eval(expr);
}

Item Elaborator::apply_initialiser(const Item& start, const TensorType& wanted, const std::string& path, Range range) {
  if (start.as<Poison>() != nullptr) throw Abandoned{};
  auto fill = [&](const Number& number) -> Item {
    TypedTensor scalar = build.meet(number, wanted.base());
    return {TypedTensor{wanted, build.spread(scalar, wanted.axes)}, range, ""};
  };
  if (const auto* number = start.as<Number>()) return fill(*number);
  if (const auto* list = start.as<NumberList>()) {
    return conform({meet(*list, wanted.base(), range), range, ""}, wanted, range, "the start value");
  }
  const auto* closure = start.as<Closure>();
  if (closure == nullptr || (!closure->opaque && !closure->definition->is_initialiser())) {
    fail("E0508", range, fmt::format("a start value is an initialiser or a number, not {}", describe(start)),
         start.as<TypedTensor>() == nullptr ? "an initialiser of the library: zeros"
                                            : "an initialiser of your own: fn start()() -> f32[..S] = …");
  }
  if (closure->opaque || generic) return {TypedTensor{wanted, {}}, range, ""};
  const Definition& definition = *closure->definition;
  Frame callee = frame_of(definition, frame, range);
  callee.path = path;
  callee.result_axes = &wanted.axes;
  if (wanted.is(Base::f64)) callee.floating = Base::f64;
  bind_settings(*closure, callee);
  for (const ast::Parameter& parameter : definition.item->settings) {
    if (callee.scopes[0].count(parameter.name.text) != 0) continue;
    size_t axis = parameter.name.text == "fan_out" ? 1 : 0;
    if (wanted.axes.size() != 2 || parameter.name.text.rfind("fan_", 0) != 0) {
      fail("E0509", range,
           fmt::format("'{}' needs its fans for {}: only a parameter with two axes supplies them", definition.name(),
                       to_string(wanted)),
           fmt::format("{}(fan_in, …)", definition.name()));
    }
    callee.scopes[0][parameter.name.text] = {Number::whole(wanted.axes[axis].size), range, ""};
  }
  Enter enter(*this, callee);
  if (definition.item->result) type(*definition.item->result);  // binds ..S to the axes of the param
  Item value = run(*definition.item->body, false);
  if (const auto* number = value.as<Number>()) return fill(*number);
  const auto& statements = definition.item->body->statements;
  Range place = statements.empty() ? definition.item->range : statements.back().range;
  return conform(value, wanted, place, "the start value");
}

}  // namespace nnc
