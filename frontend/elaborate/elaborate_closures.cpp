// Calls of definitions: which arguments are settings and which are tensors.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "frontend/elaborate/elaborator.h"
#include "frontend/syntax/vocabulary.h"
#include "ir/graph/builder.h"

namespace nnc {

using ast::Argument;

namespace {

const ast::Parameter* find_parameter(const std::vector<ast::Parameter>& parameters, const std::string& name) {
  for (const ast::Parameter& parameter : parameters) {
    if (parameter.name.text == name) return &parameter;
  }
  return nullptr;
}

bool result_has_pack(const Definition& definition) {
  if (!definition.item->result) return false;
  for (const ast::AxisExpr& axis : definition.item->result->axes) {
    if (axis.pack) return true;
  }
  return false;
}

/// One call of a definition: its arguments sorted into settings, positional and named ones.
struct ClosureCall {
  Elaborator& at;
  const Closure& closure;
  const Definition& definition;
  Range range;
  std::vector<Item> positional;
  std::vector<Range> ranges;
  std::shared_ptr<std::map<std::string, Item>> given = std::make_shared<std::map<std::string, Item>>();
  std::map<std::string, std::pair<Item, Range>> named = {};
  bool all_settings = false;
  bool is_start_value = false;  ///< an initialiser that waits for the axes of its param

  const std::vector<ast::Parameter>& settings() const { return definition.item->settings; }
  const std::vector<ast::Parameter>& parameters() const { return definition.item->parameters; }

  [[noreturn]] void arity(const std::string& message, Range place) const {
    at.report("E0324", place, message).note(signature(definition));
    throw Abandoned{};
  }
  [[noreturn]] void twice(const std::string& name, Range place) const {
    at.fail("E0325", place, fmt::format("'{}' is given twice", name));
  }
  [[noreturn]] void unknown(const ast::Name& name) const {
    std::vector<std::string> names;
    for (const auto* list : {&settings(), &parameters()}) {
      for (const ast::Parameter& parameter : *list) names.push_back(parameter.name.text);
    }
    at.report("E0323", name.range, fmt::format("'{}' has no argument '{}'", definition.name(), name.text))
        .note(signature(definition))
        .suggest(meaning_of(WordPlace::argument, name.text, names).help());
    throw Abandoned{};
  }

  void sort(const std::vector<Argument>& arguments) {
    bool open = definition.item->has_settings && closure.settings == nullptr && positional.empty();
    if (closure.settings) *given = *closure.settings;
    all_settings = open;
    for (const Argument& argument : arguments) {
      Item item = at.argument_value(definition, argument, positional.size(), open);
      if (item.as<Poison>() != nullptr) throw Abandoned{};
      item.range = argument.value->range;
      const std::string& name = argument.name.text;
      if (name.empty()) {
        if (item.as<TypedTensor>() != nullptr) all_settings = false;
        positional.push_back(item);
        ranges.push_back(item.range);
      } else if (find_parameter(settings(), name) != nullptr) {
        if (given->count(name) != 0 && !closure.settings) twice(name, argument.name.range);
        (*given)[name] = item;
      } else if (find_parameter(parameters(), name) != nullptr) {
        all_settings = false;
        if (!named.emplace(name, std::pair{item, item.range}).second) twice(name, argument.name.range);
      } else {
        unknown(argument.name);
      }
    }
  }

  /// Every setting that was given now, as its type wants it; what has no default must be given.
  void check_settings(bool fans_later) const {
    for (auto& [name, item] : *given) {
      bool before = closure.settings && closure.settings->count(name) != 0;
      if (!before) item = at.setting(definition, *find_parameter(settings(), name), item, item.range);
    }
    for (const ast::Parameter& parameter : settings()) {
      bool fan = fans_later && parameter.name.text.rfind("fan_", 0) == 0;
      if (given->count(parameter.name.text) == 0 && !parameter.otherwise && !fan) {
        arity(fmt::format("'{}' needs '{}'", definition.name(), parameter.name.text), range);
      }
    }
  }

  /// `dense(2, 8)`, as tools write it that ask for the size of the input: 8 would be where all weights start.
  void refuse_start_by_place(size_t i) const {
    const ast::Parameter& setting = settings()[i];
    const bool function = setting.type && setting.type->kind == ast::TypeKind::word && setting.type->word.text == "fn";
    if (!function || i == 0 || positional[i].as<Number>() == nullptr) return;
    const std::string number = at.slice(ranges[i]);
    at.report("E0326", ranges[i],
              fmt::format("'{}' of '{}' is a function, and this is a number", setting.name.text, definition.name()))
        .note(signature(definition))
        .suggest(fmt::format("{0}({1}): the size of the input comes from what it is applied to; a number to start from "
                             "is given by name, {2}: {1}",
                             definition.name(), number, setting.name.text));
    throw Abandoned{};
  }

  Item with_settings() {
    if (positional.size() > settings().size()) {
      arity(
          fmt::format("'{}' takes {} settings, {} are given", definition.name(), settings().size(), positional.size()),
          ranges[settings().size()]);
    }
    for (size_t i = 0; i < positional.size(); ++i) {
      refuse_start_by_place(i);
      if (!given->emplace(settings()[i].name.text, positional[i]).second) twice(settings()[i].name.text, ranges[i]);
    }
    check_settings(definition.is_initialiser());
    Closure made{&definition, given, false};
    if (definition.is_layer()) return at.make(made, range);
    bool waits = is_start_value || result_has_pack(definition);
    if (definition.is_initialiser() && !waits) return at.apply(made, {}, {}, range, "");
    return {made, range, ""};
  }

  /// `dense(1, h)`: settings and tensors in one list → "dense(1)(h)"; "" where it is something else.
  std::string in_two_lists() const {
    if (!definition.item->has_settings || closure.settings != nullptr || !named.empty() || !given->empty()) return "";
    std::string first, second;
    size_t tensors = 0;
    for (size_t i = 0; i < positional.size(); ++i) {
      bool tensor = positional[i].as<TypedTensor>() != nullptr;
      if (tensor) ++tensors;
      std::string& list = tensor ? second : first;
      list += (list.empty() ? "" : ", ") + at.slice(ranges[i]);
    }
    bool fits = tensors == parameters().size() && positional.size() - tensors <= settings().size();
    return fits ? fmt::format("{}({})({})", definition.name(), first, second) : "";
  }

  /// A parameter that nothing was given for; `count()` of a layer with one list was probably meant to make one.
  [[noreturn]] void lacks(const std::string& name) const {
    bool making = definition.is_layer() && !definition.item->has_settings && positional.empty() && named.empty();
    Diagnostic& diagnostic = at.report("E0324", range, fmt::format("'{}' needs '{}'", definition.name(), name));
    diagnostic.note(signature(definition));
    const bool bare = !definition.is_layer() && positional.empty() && named.empty() && parameters().size() == 1;
    if (bare) diagnostic.suggest(fmt::format("{0}({1}), or {1} |> {0} without brackets", definition.name(), name));
    if (making && !definition.library && definition.kind() == ast::DefinitionKind::layer) {
      const std::string whole = signature(definition);
      diagnostic.suggest(
          fmt::format("to make a layer and apply it later, declare it with an empty list of settings: "
                      "layer {}(){}",
                      definition.name(), whole.substr(whole.find('('))));
    }
    throw Abandoned{};
  }

  void complete_arguments() {
    if (std::string lists = in_two_lists(); positional.size() > parameters().size() && !lists.empty()) {
      at.report("E0324", range, fmt::format("'{}' takes its settings in a list of their own", definition.name()))
          .note(signature(definition))
          .suggest(lists);
      throw Abandoned{};
    }
    if (positional.size() > parameters().size()) {
      arity(fmt::format("'{}' takes {} {}, {} are given", definition.name(), parameters().size(),
                        parameters().size() == 1 ? "argument" : "arguments", positional.size()),
            ranges[parameters().size()]);
    }
    for (size_t i = 0; i < parameters().size(); ++i) {
      const std::string& name = parameters()[i].name.text;
      auto by_name = named.find(name);
      if (i < positional.size()) {
        if (by_name != named.end()) twice(name, by_name->second.second);
        continue;
      }
      if (by_name != named.end()) {
        positional.push_back(by_name->second.first);
        ranges.push_back(by_name->second.second);
      } else if (parameters()[i].otherwise) {
        positional.push_back(default_of(parameters()[i]));
        ranges.push_back(range);
      } else {
        lacks(name);
      }
    }
  }

  Item default_of(const ast::Parameter& parameter) const {
    Frame scratch = frame_of(definition, at.frame, range);
    Enter enter(at, scratch);
    return at.eval(*parameter.otherwise);
  }

  Item with_tensors() {
    if (positional.size() > parameters().size()) complete_arguments();
    check_settings(false);
    complete_arguments();
    Closure made{&definition, given, false};
    std::string path;
    if (definition.is_layer()) {
      Item instance = at.make(made, range);
      path = at.name_instance(**instance.as<std::shared_ptr<Instance>>());
    }
    return at.apply(made, std::move(positional), std::move(ranges), range, path);
  }
};

}  // namespace

Item Elaborator::call_closure(const Closure& closure, const std::vector<Argument>& arguments, std::vector<Item> first,
                              Range range, Range callee_range, std::vector<Range> first_ranges) {
  ClosureCall call{*this, closure, *closure.definition, range, std::move(first), std::move(first_ranges)};
  call.is_start_value = std::exchange(keeps_initialiser, false);
  call.sort(arguments);
  if (on_call)
    on_call({frame->source, callee_range, closure.definition, call.all_settings, closure.settings != nullptr});
  return call.all_settings ? call.with_settings() : call.with_tensors();
}

}  // namespace nnc
