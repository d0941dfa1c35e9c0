#include "frontend/program/prediction.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "frontend/program/program_elaborator.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "support/error.h"

namespace nnc {

namespace {

/// The first definition of the file that `wanted` accepts.
template <typename Wanted>
const Definition* first(const CheckedProgram& program, Wanted wanted) {
  for (const Definition* definition : program.definitions.of_user()) {
    if (wanted(*definition)) return definition;
  }
  return nullptr;
}

bool is_model(const Definition& definition) { return definition.kind() == ast::DefinitionKind::model; }

/// The element type of the data's numbers that an argument stands for.
Element source_element(const BoundProgram& program, const PredictionInput& input) {
  auto facts = program.facts.find(input.data);
  if (facts == program.facts.end()) return input.type.element;
  for (const SourceFacts& source : facts->second.sources) {
    if (source.name == input.source) return source.element;
  }
  return input.type.element;
}

/// Elaborates one function over inputs of its own.
struct PredictionBuilder {
  const BoundProgram& program;
  const Definition& definition;
  bool after_fields;
  const std::set<std::string>& wide;  ///< arguments that are f32 and read in f64
  ProgramElaborator& setup;
  Prediction& result;
  Elaborator& elaborator = setup.elaborator;
  std::map<std::string, Axes> shapes = {};  ///< of raw sources: the first that a field declares

  TypedTensor add_input(const std::string& name, const TensorType& type, Element element) {
    std::optional<Shape> shape = shape_of(type.axes);
    NNC_ASSERT(shape.has_value(), "an input whose sizes are not known");
    PredictionInput input{
        input_path(InputRole::argument, name), name, Type(element, *shape), "", "", false, 0, false, {}, ""};
    input.is_class = type.is(Base::label);
    if (input.is_class) input.classes = type.classes.number().value_or(0);
    TypedTensor x{type, nnc::input(result.graph, InputRole::argument, input.path, input.type)};
    auto again = [&](const PredictionInput& other) { return other.path == input.path; };
    if (std::none_of(result.inputs.begin(), result.inputs.end(), again)) result.inputs.push_back(input);
    return x;
  }

  TypedTensor field_of(const DataDeclaration& data, const DataField& field) {
    std::function<TypedTensor(const RawSource&)> raw = [&](const RawSource& source) {
      TensorType type = setup.raw_type(data, field, source);
      const Axes wanted = type.axes;
      type.axes = shapes.emplace(source.name, wanted).first->second;
      TypedTensor from = add_input(source.name, type, setup.raw_element(data, source));
      setup.fed.emplace(from.node.id, std::pair{data.info.name, source.name});
      from.node = cast(from.node, element_of(type.base(), elaborator.build.precision));
      return from.type.axes == wanted ? from : elaborator.build.reshape(from, wanted);
    };
    return setup.field(data, field, raw);
  }

  TypedTensor argument(const ast::Parameter& parameter, Frame& types) {
    const DataDeclaration* data = program.checked->find_data(program.train.data);
    const DataField* field = data != nullptr ? data->field(parameter.name.text) : nullptr;
    if (after_fields && field != nullptr) return field_of(*data, *field);
    TensorType type;
    {
      Enter inside(elaborator, types);
      if (!parameter.type) {
        elaborator.fail("E0334", parameter.name.range, "to predict with a function, say the types of its arguments");
      }
      type = elaborator.type(*parameter.type, true);
      if (!shape_of(type.axes)) {
        elaborator.fail("E0334", parameter.name.range, fmt::format("the sizes of {} are not known", to_string(type)));
      }
    }
    const Element element = element_of(type.base(), elaborator.build.precision);
    const bool widens = wide.contains(parameter.name.text);
    TypedTensor x = add_input(parameter.name.text, type, widens ? Element::f64 : element);
    x.node = cast(x.node, element);
    declare(parameter, widens);
    return x;
  }

  /// How the argument would be declared in f64.
  void declare(const ast::Parameter& parameter, bool narrow) {
    PredictionInput& input = result.inputs.back();
    input.narrow = narrow;
    input.origin = definition.source->origin(parameter.type->range.begin);
    std::string type(definition.source->slice(parameter.type->range));
    if (type.starts_with("f32")) input.wider = fmt::format("{}: f64{}", parameter.name.text, type.substr(3));
  }

  void build() {
    Frame types;
    types.definition = &definition;
    types.source = definition.source;
    types.caller = &setup.train;
    types.call = definition.item->name.range;
    std::vector<Item> arguments;
    std::vector<Range> ranges;
    for (const ast::Parameter& parameter : definition.item->parameters) {
      arguments.push_back({argument(parameter, types), parameter.name.range, ""});
      ranges.push_back(parameter.name.range);
    }
    Range here = definition.item->name.range;
    std::string path = definition.is_layer() ? definition.name() : "";
    Item value = elaborator.apply(Closure{&definition, nullptr, false}, arguments, ranges, here, path);
    TypedTensor tensor = elaborator.tensor(value, here);
    result.graph.results.push_back({ResultKind::value, "value", tensor.node.id});
    result.settings = setup.settings;
    result.checks = std::move(setup.checks);
    describe(tensor.type);
    connect();
  }

  /// What the numbers of the result mean.
  void describe(const TensorType& type) {
    result.is_class = type.is(Base::label);
    result.is_logit = type.is(Base::logit);
    result.is_prob = type.is(Base::prob);
    bool probable = type.is(Base::prob) || type.is(Base::logit);
    result.is_distribution = probable && type.axes.size() == 2;
    std::optional<LabelField> label = label_field(program);
    if (!label) return;
    std::optional<int64_t> classes = result.is_class          ? type.classes.number()
                                     : result.is_distribution ? type.axes[1].size.number()
                                                              : std::nullopt;
    if (classes == label->classes) result.class_names = label->names;
  }

  /// Which raw source each argument stands for: the field saw it, perhaps in another shape or element type.
  void connect() {
    for (const auto& [fed, origin] : setup.fed) {
      NodeId id = fed;
      while (result.graph.node(id).op->name == "cast" || result.graph.node(id).op->name == "reshape") {
        id = result.graph.node(id).operands.at(0);
      }
      const std::string* path = leaf_path(result.graph.node(id));
      if (path == nullptr) continue;
      for (PredictionInput& input : result.inputs) {
        if (*path == input.path) std::tie(input.data, input.source) = origin;
      }
    }
  }
};

}  // namespace

std::string model_name(const CheckedProgram& program) {
  const Definition* model = first(program, is_model);
  return model == nullptr ? "" : model->name();
}

std::string prediction_function(const CheckedProgram& program, const std::string& asked) {
  if (asked.empty()) {
    if (first(program, [](const Definition& d) { return d.item->exported && d.name() == "predict"; })) return "predict";
    if (first(program, is_model) != nullptr) return "";
    throw Failure(ExitCode::wrong_program,
                  fmt::format("{}:1:1: error: nothing to predict with: there is neither a 'model' nor an 'export fn "
                              "predict'\n help: name a function of the file with --fn NAME",
                              program.source->name()));
  }
  std::vector<std::string> names;
  for (const Definition* definition : program.definitions.of_user()) {
    bool function = definition->kind() == ast::DefinitionKind::fn || definition->is_layer();
    if (function && !definition->is_initialiser()) names.push_back(definition->name());
  }
  if (std::find(names.begin(), names.end(), asked) != names.end()) return asked;
  std::string near = nearest(asked, names);
  std::string help = !near.empty()   ? fmt::format("did you mean '{}'?", near)
                     : names.empty() ? std::string("the file has no function")
                                     : fmt::format("the file has '{}'", fmt::join(names, "', '"));
  throw Failure(ExitCode::wrong_command, fmt::format("nnc: error: --fn: there is no function '{}' in {}\n help: {}",
                                                     escape_for_terminal(asked), program.source->name(), help));
}

Prediction lower_prediction(const BoundProgram& program, const std::string& name) {
  const Definition* definition = first(*program.checked, [&](const Definition& candidate) {
    return name.empty() ? is_model(candidate) : candidate.name() == name;
  });
  NNC_ASSERT(definition != nullptr, fmt::format("there is no function '{}'", name));
  auto lower = [&](const std::set<std::string>& wide) {
    Prediction result;
    result.function = definition->name();
    result.graph = Graph(name.empty() ? "predict" : name);
    lowering(program, [&](Diagnostics& diagnostics) {
      ProgramElaborator setup(*program.checked, &program, diagnostics, &result.graph, false);
      Enter enter(setup.elaborator, setup.train);
      PredictionBuilder{program, *definition, name.empty(), wide, setup, result}.build();
    });
    return result;
  };
  Prediction result = lower({});
  std::set<std::string> wide;  // what stands for numbers of the data is read as they are
  for (const PredictionInput& input : result.inputs) {
    const bool rounds = !input.source.empty() && input.type.element == Element::f32;
    if (rounds && source_element(program, input) == Element::f64) wide.insert(input.name);
  }
  return wide.empty() ? result : lower(wide);
}

std::vector<std::string> exported_functions(const BoundProgram& program) {
  std::vector<std::string> names;
  for (const Definition* definition : program.checked->definitions.of_user()) {
    if (definition->item->exported && definition->item->body) names.push_back(definition->name());
  }
  return names;
}

Graph lower_function(const BoundProgram& program, const std::string& name) {
  return lower_prediction(program, name).graph;
}

std::optional<LabelField> label_field(const BoundProgram& program) {
  const DataDeclaration* data = program.checked->find_data(program.train.data);
  if (data == nullptr) return std::nullopt;
  std::optional<LabelField> found;
  for (const DataField& field : data->fields) {
    if (!field.type.is(Base::label) || !field.type.axes.empty() || field.sources.size() != 1) continue;
    if (found) return std::nullopt;
    found = LabelField{data->info.name, field.name, field.sources[0], 0, {}};
    std::optional<int64_t> classes = field.type.classes.number();
    for (const std::string& symbol : field.type.classes.symbols()) {
      if (auto size = program.sizes.find(symbol); size != program.sizes.end()) classes = size->second.number();
    }
    found->classes = classes.value_or(0);
    auto facts = program.facts.find(data->info.name);
    if (facts == program.facts.end()) continue;
    for (const SourceFacts& source : facts->second.sources) {
      if (source.name == found->source && field.direct) found->names = source.vocabulary;
    }
  }
  return found;
}

}  // namespace nnc
