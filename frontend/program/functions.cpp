#include "frontend/program/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "frontend/program/program_elaborator.h"
#include "frontend/syntax/lexer.h"
#include "ir/graph/builder.h"
#include "support/error.h"

namespace nnc {

using ast::Parameter;
using ast::TypeKind;

namespace {

FunctionArgument argument_info(const Definition& definition, const Parameter& parameter) {
  FunctionArgument info{parameter.name.text, "", ""};
  if (parameter.type) info.type = definition.source->slice(parameter.type->range);
  if (parameter.otherwise) info.default_text = definition.source->slice(parameter.otherwise->range);
  return info;
}

bool callable(const Definition& definition) {
  bool kind = definition.kind() == ast::DefinitionKind::fn || definition.is_layer();
  return kind && !definition.is_initialiser() && definition.item->body != nullptr;
}

/// One call from outside: its arguments as items of the elaborator, then its results.
struct OutsideCall {
  ProgramElaborator& setup;
  const Closure& called;    ///< its settings are null where they come from outside, too
  const std::string& path;  ///< of its parameters; empty: it has none
  Range place;              ///< where the file speaks of it, if its definition stands in the library
  const GivenArguments& given;
  LoweredFunction& lowered;
  const Definition& definition = *called.definition;
  Elaborator& elaborator = setup.elaborator;
  Graph& graph = lowered.graph;

  Range name_place() const { return definition.library ? place : definition.item->name.range; }
  Range place_of(const Parameter& parameter) const { return definition.library ? place : parameter.name.range; }
  /// As the user calls it: a layer by its path.
  const std::string& known_as() const { return path.empty() ? definition.name() : path; }

  void refuse_unknown() const {
    std::vector<std::string> names;
    for (const auto* list : {&definition.item->settings, &definition.item->parameters}) {
      for (const Parameter& parameter : *list) names.push_back(parameter.name.text);
    }
    for (const auto& [name, value] : given) {
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      std::string near = nearest(name, names);
      Diagnostic& diagnostic =
          elaborator.report("E0323", name_place(), fmt::format("'{}' has no argument '{}'", known_as(), name));
      diagnostic.note(signature(definition));
      if (!near.empty()) diagnostic.suggest(fmt::format("did you mean '--{}'?", near));
      throw Abandoned{};
    }
  }

  [[noreturn]] void missing(const Parameter& parameter) const {
    Diagnostic& diagnostic = elaborator.report("E0324", place_of(parameter),
                                               fmt::format("'{}' needs '{}'", known_as(), parameter.name.text));
    diagnostic.note(signature(definition));
    diagnostic.suggest(fmt::format("--{} VALUE, such as --{} 1.5 or --{} '[1, 2, 3]'", parameter.name.text,
                                   parameter.name.text, parameter.name.text));
    throw Abandoned{};
  }

  /// A setting, or an argument that is no tensor: a number or a word.
  Item plain(const Parameter& parameter, const GivenArgument& value) const {
    Range range = place_of(parameter);
    if (!value.word.empty()) {
      std::vector<std::string> among;
      if (parameter.type) {
        for (const ast::Name& word : parameter.type->words) among.push_back(word.text);
      }
      if (std::find(among.begin(), among.end(), value.word) == among.end()) {
        std::string near = nearest(value.word, among);
        elaborator.fail("E0326", range,
                        fmt::format("'{}' of '{}' can't be '{}'", parameter.name.text, known_as(), value.word),
                        near.empty() ? "" : fmt::format("did you mean '{}'?", near));
      }
      return {Word{value.word, among}, range, ""};
    }
    if (!value.shape.empty()) {
      elaborator.fail("E0326", range,
                      fmt::format("'{}' of '{}' is one number, but {} of them are given", parameter.name.text,
                                  known_as(), value.values.size()));
    }
    return {Number::of(value.values.at(0)), range, ""};
  }

  /// The size behind `class(K)`: a number, an axis of that name of another argument, or what the labels need.
  Size classes(const ast::BaseExpr& base, const GivenArgument& value) const {
    if (base.classes && base.classes->kind == ast::ExprKind::name) {
      for (const Parameter& other : definition.item->parameters) {
        auto found = given.find(other.name.text);
        if (found == given.end() || !other.type || other.type->axes.size() != found->second.shape.size()) continue;
        for (size_t i = 0; i < other.type->axes.size(); ++i) {
          const ast::AxisExpr& axis = other.type->axes[i];
          bool same = axis.size && axis.size->kind == ast::ExprKind::name && axis.size->text == base.classes->text;
          if (same) return found->second.shape[i];
        }
      }
    }
    if (base.classes && base.classes->kind == ast::ExprKind::number) return elaborator.size(*base.classes);
    double largest = 0;
    for (double label : value.values) largest = std::max(largest, label);
    return static_cast<int64_t>(largest) + 1;
  }

  void require_values(const Parameter& parameter, Base base, const Size& classes, const GivenArgument& value) const {
    auto wrong = [&](double number, const std::string& wanted) {
      elaborator.fail(
          "E0326", place_of(parameter),
          fmt::format("'{}' of '{}' is {}, but {} is given", parameter.name.text, known_as(), wanted, number));
    };
    for (double number : value.values) {
      bool whole = number == std::floor(number);
      if (base == Base::u8 && !(whole && number >= 0 && number <= 255)) wrong(number, "a byte, 0 to 255");
      if (base == Base::i32 && !(whole && number >= INT32_MIN && number <= INT32_MAX)) {
        wrong(number, "a whole number of 32 bits");
      }
      if (base == Base::boolean && number != 0 && number != 1) wrong(number, "true or false");
      if (base != Base::label) continue;
      int64_t count = classes.number().value_or(INT32_MAX);
      if (!whole || number < 0 || number >= static_cast<double>(count)) {
        wrong(number, fmt::format("a class, 0 to {}", count - 1));
      }
    }
  }

  Item tensor_input(const Parameter& parameter, const GivenArgument& value) const {
    if (!value.word.empty()) {
      elaborator.fail("E0326", place_of(parameter),
                      fmt::format("'{}' of '{}' is a number or a list of numbers, not '{}'", parameter.name.text,
                                  known_as(), value.word));
    }
    TypedTensor x;
    x.type = TensorType(Base::f32, {});
    if (parameter.type) {
      const ast::BaseExpr& base = parameter.type->bases.front();
      bool label = base.name.text == "class";
      x.type.bases = {label ? Base::label : parse_base(base.name.text).value_or(Base::f32)};
      if (label) x.type.classes = classes(base, value);
    }
    require_values(parameter, x.type.base(), x.type.classes, value);
    Shape shape(value.shape.begin(), value.shape.end());
    x.type.axes = axes_of(shape);
    const std::string path = input_path(InputRole::argument, parameter.name.text);
    Type type(element_of(x.type.base(), elaborator.build.precision), shape);
    x.node = input(graph, InputRole::argument, path, type);
    graph.set_name(x.node.id, parameter.name.text);
    lowered.arguments[path] = Tensor(type, value.values);
    return {x, place_of(parameter), ""};
  }

  Item argument(const Parameter& parameter) const {
    graph.current_origin = elaborator.origin(place_of(parameter));
    bool tensor = !parameter.type || parameter.type->kind == TypeKind::tensor;
    if (auto found = given.find(parameter.name.text); found != given.end()) {
      return tensor ? tensor_input(parameter, found->second) : plain(parameter, found->second);
    }
    if (!parameter.otherwise) missing(parameter);
    Frame scratch = frame_of(definition, elaborator.frame, place_of(parameter));
    Enter enter(elaborator, scratch);
    Item value = elaborator.eval(*parameter.otherwise);
    graph.current_origin = elaborator.origin(place_of(parameter));
    const auto* number = value.as<Number>();
    if (tensor && number != nullptr && number->known) return tensor_input(parameter, {{}, {*number->known}, ""});
    return value;
  }

  Value node(const Item& item) const {
    if (const auto* truth = item.as<Truth>(); truth != nullptr && truth->known && !truth->node) {
      return constant(graph, *truth->known ? 1 : 0, Element::boolean);
    }
    return elaborator.tensor(item, name_place()).node;
  }

  void run() {
    refuse_unknown();
    Closure closure = called;
    if (definition.item->has_settings && closure.settings == nullptr) {
      closure.settings = std::make_shared<std::map<std::string, Item>>();
      for (const Parameter& parameter : definition.item->settings) {
        auto found = given.find(parameter.name.text);
        if (found == given.end() && !parameter.otherwise) missing(parameter);
        if (found == given.end()) continue;
        (*closure.settings)[parameter.name.text] =
            elaborator.setting(definition, parameter, plain(parameter, found->second), place_of(parameter));
      }
    }
    std::vector<Item> arguments;
    std::vector<Range> ranges;
    for (const Parameter& parameter : definition.item->parameters) {
      arguments.push_back(argument(parameter));
      ranges.push_back(place_of(parameter));
    }
    Item value = elaborator.apply(closure, arguments, ranges, name_place(), path);
    const auto* parts = value.as<Tuple>();
    if (parts == nullptr) {
      graph.results.push_back({ResultKind::value, "value", node(value).id});
      lowered.labels = {""};
      return;
    }
    if (parts->items->empty()) {
      elaborator.fail("E0333", name_place(), fmt::format("'{}' has no value", known_as()));
    }
    for (const Item& part : *parts->items) {
      NodeId id = node(part).id;
      std::string label =
          graph.node_name(id).empty() ? fmt::format("{}", lowered.labels.size() + 1) : graph.node_name(id);
      graph.results.push_back({ResultKind::value, fmt::format("value.{}", lowered.labels.size()), id});
      lowered.labels.push_back(label);
    }
  }
};

void record_calls(Elaborator& elaborator, std::vector<LibraryCallArguments>& calls) {
  elaborator.on_apply = [&calls](const Origin& origin, const Items& arguments) {
    if (origin.note.empty()) return;  // the user's own: its body is shown
    LibraryCallArguments call{origin, {}};
    for (const Item& argument : arguments) {
      const auto* x = argument.as<TypedTensor>();
      if (x != nullptr && x->node) call.arguments.push_back(x->node.id);
    }
    calls.push_back(std::move(call));
  };
}

}  // namespace

std::vector<LibraryCallArguments> training_calls(const BoundProgram& program) {
  std::vector<LibraryCallArguments> calls;
  lower_training(program, [&](Elaborator& elaborator) { record_calls(elaborator, calls); });
  return calls;
}

namespace {

FunctionInfo function_info(const Definition& definition, const std::string& name, bool with_settings) {
  FunctionInfo info;
  info.name = name;
  info.signature = signature(definition);
  info.doc = definition.item->doc;
  info.is_layer = definition.is_layer();
  for (const auto* list : {&definition.item->settings, &definition.item->parameters}) {
    if (list == &definition.item->settings && !with_settings) continue;
    for (const Parameter& parameter : *list) info.arguments.push_back(argument_info(definition, parameter));
  }
  info.origin = definition.source->origin(definition.item->name.range.begin);
  return info;
}

/// The layers that the loss applies, as `setup` comes by them.
const std::vector<Application>& applications(ProgramElaborator& setup) {
  setup.enter_fields();
  setup.loss();
  return setup.elaborator.applications;
}

bool is_path(const std::string& name) { return name.find('.') != std::string::npos; }

}  // namespace

std::vector<FunctionInfo> functions(const CheckedProgram& program) {
  std::vector<FunctionInfo> found;
  for (const Definition* definition : program.definitions.of_user()) {
    if (callable(*definition)) found.push_back(function_info(*definition, definition->name(), true));
  }
  return found;
}

std::vector<FunctionInfo> applied_layers(const CheckedProgram& program) {
  std::vector<FunctionInfo> found;
  if (program.train == nullptr) return found;
  Diagnostics diagnostics;
  ProgramElaborator setup(program, nullptr, diagnostics, nullptr, true);
  Enter enter(setup.elaborator, setup.train);
  try {
    for (const Application& each : applications(setup)) {
      if (is_path(each.path)) found.push_back(function_info(*each.made_from.definition, each.path, false));
    }
  } catch (const Abandoned&) {
  }
  return found;
}

bool has_train(const CheckedProgram& program) { return program.train != nullptr; }
int64_t train_threads(const CheckedProgram& program) { return program.train_info.threads; }

bool needs_data(const CheckedProgram& program, const std::string& function) {
  if (is_path(function)) return true;  // the loss says with what it was made
  bool sizes = std::any_of(program.data.begin(), program.data.end(),
                           [](const DataDeclaration& data) { return !data.sizes.empty(); });
  std::set<const Definition*> seen;
  std::vector<const Definition*> open{program.definitions.find(function, false)};
  while (!open.empty()) {
    const Definition* definition = open.back();
    open.pop_back();
    if (definition == nullptr || definition->library || !seen.insert(definition).second) continue;
    if (sizes && definition->kind() == ast::DefinitionKind::model) return true;
    // By its words: a name in a type (`class(text.vocab)`) counts as one in the body does.
    SourceFile text(definition->source->name(), std::string(definition->source->slice(definition->item->range)));
    Diagnostics none;
    for (const Token& token : lex(text, none).tokens) {
      if (token.kind != TokenKind::name) continue;
      if (program.find_data(token.text) != nullptr) return true;
      open.push_back(program.definitions.find(token.text, false));
    }
  }
  return false;
}

LoweredFunction lower_call(const BoundProgram& program, const std::string& name, const GivenArguments& given) {
  LoweredFunction lowered;
  lowered.graph.name = is_path(name) ? name.substr(name.rfind('.') + 1) : name;
  lowering(program, [&](Diagnostics& diagnostics) {
    ProgramElaborator setup(*program.checked, &program, diagnostics, &lowered.graph, false);
    Enter enter(setup.elaborator, setup.train);
    Closure called{program.checked->definitions.find(name, false), nullptr, false};
    std::string path = called.definition != nullptr && called.definition->is_layer() ? name : "";
    Range place = program.checked->train == nullptr ? Range{} : program.checked->train->keyword;
    if (is_path(name)) {
      for (const Application& each : applications(setup)) {
        if (each.path != name) continue;
        called = each.made_from;
        place = each.applied;
      }
      path = name;
    }
    if (called.definition == nullptr) internal_error(fmt::format("there is no function '{}'", name));
    record_calls(setup.elaborator, lowered.calls);
    OutsideCall{setup, called, path, place, given, lowered}.run();
    lowered.checks = std::move(setup.checks);
  });
  return lowered;
}

}  // namespace nnc
