// Calls: which arguments are settings and which are tensors, making layers and applying them.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "frontend/elaborator.h"
#include "ir/builder.h"

namespace nnc {

using ast::Argument;
using ast::ExprKind;
using ast::TypeKind;

namespace {

constexpr int kMaxDepth = 64;

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

bool result_has_pack(const Definition& definition) {
  if (!definition.item->result) return false;
  for (const ast::AxisExpr& axis : definition.item->result->axes) {
    if (axis.pack) return true;
  }
  return false;
}

}  // namespace

Item Elaborator::call(const ast::Expr& expr) {
  const ast::Expr& callee = *expr.operands[0];
  Item function = eval(callee);
  if (const auto* instance = function.as<std::shared_ptr<Instance>>()) name_instance(**instance);
  return call_item(function, expr.arguments, {}, expr.range, callee.range, {});
}

Item Elaborator::call_item(const Item& callee, const std::vector<Argument>& arguments, std::vector<Item> first,
                           Range range, Range callee_range, std::vector<Range> first_ranges) {
  if (callee.as<Poison>() != nullptr) throw Abandoned{};
  if (const auto* builtin = callee.as<Builtin>())
    return call_builtin(builtin->name, arguments, std::move(first), range);
  if (const auto* closure = callee.as<Closure>()) {
    if (closure->opaque) throw Abandoned{};
    return call_closure(*closure, arguments, std::move(first), range, std::move(first_ranges));
  }
  for (const Argument& argument : arguments) {
    if (!argument.name.empty())
      fail("E0323", argument.name.range, fmt::format("unknown argument '{}'", argument.name.text));
    first.push_back(eval(*argument.value));
    first_ranges.push_back(argument.value->range);
  }
  if (const auto* instance = callee.as<std::shared_ptr<Instance>>()) {
    if ((*instance)->opaque) throw Abandoned{};
    name_instance(**instance);
    return apply((*instance)->made_from, std::move(first), std::move(first_ranges), range, (*instance)->path);
  }
  if (const auto* field = callee.as<FieldFunction>()) {
    if (field_function) return field_function(*field, first);
  }
  fail("E0416", callee_range, fmt::format("{} can't be called", describe(callee)));
}

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

Item Elaborator::call_closure(const Closure& closure, const std::vector<Argument>& arguments, std::vector<Item> first,
                              Range range, std::vector<Range> first_ranges) {
  const Definition& definition = *closure.definition;
  const auto& settings = definition.item->settings;
  const auto& parameters = definition.item->parameters;
  bool open = definition.item->has_settings && closure.settings == nullptr && first.empty();
  auto given = std::make_shared<std::map<std::string, Item>>();
  if (closure.settings) *given = *closure.settings;
  std::vector<Item> positional = std::move(first);
  std::vector<Range> ranges = std::move(first_ranges);
  std::map<std::string, std::pair<Item, Range>> named;
  bool all_settings = open;
  for (const Argument& argument : arguments) {
    Item item = argument_value(definition, argument, positional.size(), open);
    if (item.as<Poison>() != nullptr) throw Abandoned{};
    if (argument.name.empty()) {
      if (item.as<TypedTensor>() != nullptr) all_settings = false;
      positional.push_back(item);
      ranges.push_back(argument.value->range);
      continue;
    }
    const std::string& name = argument.name.text;
    bool is_setting = find_parameter(settings, name) != nullptr;
    if (!is_setting && find_parameter(parameters, name) == nullptr) {
      std::vector<std::string> names;
      for (const auto* list : {&settings, &parameters}) {
        for (const ast::Parameter& parameter : *list) names.push_back(parameter.name.text);
      }
      std::string near = nearest(name, names);
      Diagnostic& diagnostic =
          report("E0323", argument.name.range, fmt::format("'{}' has no argument '{}'", definition.name(), name));
      diagnostic.note(signature(definition));
      if (!near.empty()) diagnostic.suggest(fmt::format("did you mean '{}'?", near));
      throw Abandoned{};
    }
    if (!is_setting) all_settings = false;
    if ((is_setting ? given->count(name) : named.count(name)) != 0 && (!is_setting || !closure.settings)) {
      fail("E0325", argument.name.range, fmt::format("'{}' is given twice", name));
    }
    item.range = argument.value->range;
    if (is_setting)
      (*given)[name] = item;
    else
      named[name] = {item, argument.value->range};
  }
  auto arity = [&](const std::string& message, Range place) {
    report("E0324", place, message).note(signature(definition));
    throw Abandoned{};
  };
  if (all_settings) {
    if (positional.size() > settings.size()) {
      arity(fmt::format("'{}' takes {} settings, {} are given", definition.name(), settings.size(), positional.size()),
            ranges[settings.size()]);
    }
    for (size_t i = 0; i < positional.size(); ++i) {
      if (given->count(settings[i].name.text) != 0) {
        fail("E0325", ranges[i], fmt::format("'{}' is given twice", settings[i].name.text));
      }
      positional[i].range = ranges[i];
      (*given)[settings[i].name.text] = positional[i];
    }
    Closure made{&definition, given, false};
    for (auto& [name, item] : *given) {
      item = setting(definition, *find_parameter(settings, name), item, item.range);
    }
    for (const ast::Parameter& parameter : settings) {
      bool fan = definition.is_initialiser() && parameter.name.text.rfind("fan_", 0) == 0;
      if (given->count(parameter.name.text) == 0 && !parameter.otherwise && !fan) {
        arity(fmt::format("'{}' needs '{}'", definition.name(), parameter.name.text), range);
      }
    }
    if (definition.is_layer()) return make(made, range);
    if (definition.is_initialiser() && !result_has_pack(definition)) return apply(made, {}, {}, range, "");
    return {made, range, ""};
  }
  for (auto& [name, item] : *given) {
    if (!closure.settings || closure.settings->count(name) == 0) {
      item = setting(definition, *find_parameter(settings, name), item, item.range);
    }
  }
  for (const ast::Parameter& parameter : settings) {
    if (!parameter.otherwise && given->count(parameter.name.text) == 0) {
      arity(fmt::format("'{}' needs '{}'", definition.name(), parameter.name.text), range);
    }
  }
  if (positional.size() > parameters.size()) {
    arity(fmt::format("'{}' takes {} {}, {} are given", definition.name(), parameters.size(),
                      parameters.size() == 1 ? "argument" : "arguments", positional.size()),
          ranges[parameters.size()]);
  }
  for (size_t i = 0; i < parameters.size(); ++i) {
    const std::string& name = parameters[i].name.text;
    auto by_name = named.find(name);
    if (i < positional.size()) {
      if (by_name != named.end()) fail("E0325", by_name->second.second, fmt::format("'{}' is given twice", name));
      continue;
    }
    if (by_name != named.end()) {
      positional.push_back(by_name->second.first);
      ranges.push_back(by_name->second.second);
    } else if (parameters[i].otherwise) {
      Frame scratch;
      scratch.definition = &definition;
      scratch.source = definition.source;
      scratch.library = definition.library;
      scratch.caller = frame;
      scratch.call = range;
      Enter enter(*this, scratch);
      positional.push_back(eval(*parameters[i].otherwise));
      ranges.push_back(range);
    } else {
      arity(fmt::format("'{}' needs '{}'", definition.name(), name), range);
    }
  }
  Closure made{&definition, given, false};
  std::string path;
  if (definition.is_layer()) {
    Item instance = make(made, range);
    path = name_instance(**instance.as<std::shared_ptr<Instance>>());
  }
  return apply(made, std::move(positional), std::move(ranges), range, path);
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
  if (!bound.empty()) return instance.path = instance.owner + "." + bound;
  const std::string& kind = instance.made_from.definition->name();
  return instance.path = fmt::format("{}.{}_{}", instance.owner, kind, frame->counters[kind]++);
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

Item Elaborator::setting(const Definition& definition, const ast::Parameter& parameter, Item given, Range range) {
  if (!parameter.type) return given;
  const ast::TypeExpr& type = *parameter.type;
  auto wrong = [&](const std::string& wanted) {
    report("E0326", range,
           fmt::format("'{}' of '{}' is {}, but this is {}", parameter.name.text, definition.name(), wanted,
                       describe(given)))
        .note(signature(definition));
    throw Abandoned{};
  };
  if (given.as<Poison>() != nullptr) throw Abandoned{};
  if (const auto* instance = given.as<std::shared_ptr<Instance>>()) name_instance(**instance);
  if (type.kind == TypeKind::choice) {
    const auto* word = given.as<Word>();
    std::string words;
    for (const ast::Name& entry : type.words) words += (words.empty() ? "" : ", ") + entry.text;
    if (word == nullptr && (given.as<Number>() == nullptr || type.others.empty())) wrong("one of " + words);
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
    bool model = given.as<std::shared_ptr<Instance>>() != nullptr;
    bool function = given.as<Closure>() != nullptr || given.as<Builtin>() != nullptr || model;
    bool number = word == "fn" && given.as<Number>() != nullptr;  // a start value that fills
    if (!function && !number) wrong(word == "fn" ? "a function" : "a layer");
    return given;
  }
  if (const auto* schedule = given.as<Closure>();
      schedule != nullptr && !schedule->opaque && is_schedule(*schedule->definition)) {
    const std::string& clock = schedule->definition->item->parameters[0].name.text;
    auto now = globals.find(clock);
    Item argument = now != globals.end() ? now->second : Item{Number::unknown(), range, ""};
    return apply(*schedule, {argument}, {range}, range, "");
  }
  if (given.as<Number>() == nullptr && given.as<TypedTensor>() == nullptr) wrong("a number");
  if (given.as<TypedTensor>() != nullptr) wrong("a number known at compile time");
  return given;
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
    fail("E0417", range,
         fmt::format("the {} '{}' stands in 'train' only", spelling(definition.kind()), definition.name()),
         definition.kind() == ast::DefinitionKind::metric ? "metrics = {name: " + slice(range) + "}" : "");
  }
  int depth = 0;
  for (Frame* outer = frame; outer != nullptr; outer = outer->caller) ++depth;
  if (depth > kMaxDepth)
    fail("E0804", range, fmt::format("calls are nested more than {} deep: a limit of nnc", kMaxDepth));
  spend(range, 15);  // more than a name
  Frame callee;
  callee.definition = &definition;
  callee.source = definition.source;
  callee.library = definition.library;
  callee.caller = frame;
  callee.call = range;
  callee.path = path;
  callee.owns = definition.is_layer();
  bind_settings(closure, callee);
  std::string key = path;
  for (size_t i = 0; i < arguments.size(); ++i) {
    match(callee, parameters[i], arguments[i], ranges[i]);
    const auto* x = arguments[i].as<TypedTensor>();
    key += x != nullptr && x->node ? fmt::format(",{}", x->node.id) : ",?";
    callee.scopes[0][parameters[i].name.text] = arguments[i];
  }
  bool remember = !path.empty() && build.graph != nullptr && key.find('?') == std::string::npos;
  if (remember) {
    if (auto before = applied.find(key); before != applied.end()) return before->second;
  }
  // A definition checked alone: only the signature of what it calls counts.
  if (generic && definition.item->result) return result_of(definition, callee);
  Item value;
  {
    Enter enter(*this, callee);
    value = run(*definition.item->body, false);
    if (definition.item->result && (value.as<Number>() == nullptr || !definition.item->result->axes.empty())) {
      Range place = definition.item->body->statements.empty() ? definition.item->range
                                                              : definition.item->body->statements.back().range;
      value =
          conform(value, type(*definition.item->result), place, fmt::format("the result of '{}'", definition.name()));
    }
  }
  for (const auto& [state, next_value] : state_next) state_now[state] = next_value;
  value.range = range;
  value.origin.clear();
  value.declared = nullptr;
  if (remember) applied[key] = value;
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

Item Elaborator::apply_initialiser(const Item& start, const TensorType& wanted, const std::string& path, Range range) {
  if (start.as<Poison>() != nullptr) throw Abandoned{};
  auto fill = [&](const Number& number) -> Item {
    TypedTensor scalar = build.meet(number, wanted.base());
    return {TypedTensor{wanted, build.spread(scalar, wanted.axes)}, range, ""};
  };
  if (const auto* number = start.as<Number>()) return fill(*number);
  if (const auto* x = start.as<TypedTensor>()) {
    if (x->type.axes != wanted.axes) {
      fail("E0508", range,
           fmt::format("the start value is {}, the parameter {}", to_string(x->type), to_string(wanted)));
    }
    return start;
  }
  const auto* closure = start.as<Closure>();
  if (closure == nullptr || (!closure->opaque && !closure->definition->is_initialiser())) {
    fail("E0508", range, fmt::format("a start value is an initialiser or a number, not {}", describe(start)),
         "zeros, ones, normal, uniform, glorot or he");
  }
  if (closure->opaque || generic) return {TypedTensor{wanted, {}}, range, ""};
  const Definition& definition = *closure->definition;
  Frame callee;
  callee.definition = &definition;
  callee.source = definition.source;
  callee.library = definition.library;
  callee.caller = frame;
  callee.call = range;
  callee.path = path;
  callee.result_axes = &wanted.axes;
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
  return conform(value, wanted, range, "the start value");
}

}  // namespace nnc
