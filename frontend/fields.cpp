// Fields of the data as tensors: over raw sources, in the step or when the data is loaded.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "frontend/field_shapes.h"
#include "frontend/program_elaborator.h"
#include "ir/builder.h"
#include "ir/over_rows.h"
#include "support/error.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;

namespace {

const Axis kRows{Size::symbol("B"), "B", false};

const SourceFacts* facts_of(const BoundProgram* bound, const std::string& data, const std::string& source) {
  if (bound == nullptr) return nullptr;
  auto found = bound->facts.find(data);
  if (found == bound->facts.end()) return nullptr;
  for (const SourceFacts& facts : found->second.sources) {
    if (facts.name == source) return &facts;
  }
  return nullptr;
}

Base base_of(Element element) {
  switch (element) {
    case Element::f64: return Base::f64;
    case Element::i32: return Base::i32;
    case Element::u8: return Base::u8;
    case Element::boolean: return Base::boolean;
    case Element::bf16: return Base::bf16;
    case Element::f32: return Base::f32;
  }
  return Base::f32;
}

}  // namespace

void ProgramElaborator::raw_base(const DataDeclaration& data, const DataField& field, const RawSource& source,
                                 TensorType& type) const {
  const SourceFacts* facts = facts_of(bound_, data.info.name, source.name);
  const Base wanted = field.type.base();
  if (source.is_class) {
    type.bases = {Base::label};
    type.classes = source.classes ? Size(*source.classes)
                                  : Size::symbol(fmt::format("{}.{}{}", data.info.name, source.name,
                                                             source.columns.size() > 1 ? ".classes" : ""));
    if (!source.classes && field.direct) type.classes = field.type.classes;
    int64_t found = facts == nullptr ? 0 : std::max<int64_t>(facts->classes, std::ssize(facts->vocabulary));
    if (!source.classes && found > 0) type.classes = Size(found);
  } else if (field.direct && (wanted == Base::i32 || wanted == Base::u8 || wanted == Base::f64)) {
    type.bases = {wanted};  // reading makes sure that the numbers are such
  } else if (facts != nullptr) {
    type.bases = {is_float(facts->element) ? Base::f32 : base_of(facts->element)};
  } else if (data.info.kind == SourceKind::idx) {
    type.bases = {Base::u8};
  }
}

TensorType ProgramElaborator::raw_type(const DataDeclaration& data, const DataField& field,
                                       const RawSource& source) const {
  const SourceFacts* facts = facts_of(bound_, data.info.name, source.name);
  TensorType type;
  type.axes = {kRows};
  raw_base(data, field, source, type);
  bool takes_declared = field.sources.size() == 1 && !moves_elements(*field.entry->value, program_.definitions) &&
                        (!source.is_class || field.direct);
  std::optional<Axes> own;
  if (data.info.kind == SourceKind::csv && !source.is_range) {  // as many as are named, wherever they stand
    own.emplace();
    if (source.columns.size() > 1) own->push_back({Size(static_cast<int64_t>(source.columns.size())), "", false});
  } else if (facts != nullptr) {
    own.emplace();
    for (int64_t extent : facts->sample_shape) own->push_back({Size(extent), "", false});
  }
  takes_declared = takes_declared && (own ? product(*own) == product(field.type.axes)
                                          : !reduces_axes(*field.entry->value, program_.definitions));
  if (takes_declared)
    type.axes.insert(type.axes.end(), field.type.axes.begin(), field.type.axes.end());
  else if (own)
    type.axes.insert(type.axes.end(), own->begin(), own->end());
  else if (source.is_range)
    type.axes.push_back({Size::symbol(data.info.name + "." + source.name), "", false});
  return type;
}

Element ProgramElaborator::raw_element(const DataDeclaration& data, const RawSource& source) const {
  const SourceFacts* facts = facts_of(bound_, data.info.name, source.name);
  if (facts != nullptr) return facts->element;
  return source.is_class ? Element::i32 : data.info.kind == SourceKind::idx ? Element::u8 : Element::f32;
}

bool ProgramElaborator::in_step(const DataDeclaration& data, const DataField& field) const {
  if (!field.scaling_only || data.info.kind != SourceKind::idx) return false;
  const SourceFacts* facts = facts_of(bound_, data.info.name, field.sources[0]);
  return facts == nullptr || facts->element == Element::u8;
}

TypedTensor ProgramElaborator::one_sample(const RawSource& source) {
  TypedTensor x = (*field_.raw)(source);
  NNC_ASSERT(!x.type.axes.empty() && x.type.axes[0] == kRows, "a raw source without rows");
  x.type.axes.erase(x.type.axes.begin());
  if (x.node) {
    Type type = x.node.type();
    type.shape.erase(type.shape.begin());
    Value sample = input(*elaborator.build.graph, "sample." + source.name, type);
    field_.rows[sample.id] = x.node;
    x.node = sample;
  }
  return x;
}

Value ProgramElaborator::every_row(Value sample, Range range) {
  auto whole = over_rows(*elaborator.build.graph, sample.id, field_.rows);
  if (const Value* value = std::get_if<Value>(&whole)) return *value;
  elaborator.fail("E0210", range,
                  fmt::format("the field '{}' uses '{}', and that is not there yet in fields", field_.field->name,
                              std::get<std::string>(whole)),
                  "compute it in the model");
}

Item ProgramElaborator::field_value(const DataDeclaration& data, const DataField& field) {
  Range range = field.entry->value->range;
  if (data.info.kind == SourceKind::table) return {one_sample(*data.source(field.name)), range, ""};
  if (data.info.kind == SourceKind::idx) {
    for (const std::string& name : field.sources) {
      elaborator.frame->scopes[0][name] = {one_sample(*data.source(name)), range, ""};
    }
  }
  return elaborator.eval(*field.entry->value);
}

/// What is computed of numbers of the data is f32 unless it says otherwise: said with the word that converts it.
void ProgramElaborator::refuse_kind(const Item& value, const TensorType& wanted, Range range) {
  const auto* x = std::get_if<TypedTensor>(&value.value);
  const Base to = wanted.base();
  if (x == nullptr || !x->type.is(Base::f32) || (is_float(to) && to != Base::f64 && to != Base::bf16)) return;
  if (to == Base::label) return;
  elaborator.fail("E0332", range,
                  fmt::format("the field '{}' is declared as {}, but this is {}", field_.field->name, to_string(wanted),
                              to_string(x->type)),
                  to == Base::boolean ? fmt::format("{} != 0", elaborator.slice(range))
                                      : fmt::format("{}({}) converts it", spelling(to), elaborator.slice(range)));
}

/// Sizes that differ, with both places: what is declared, and what the data has.
void ProgramElaborator::refuse_shape(const Item& value, const TensorType& wanted, Range range) {
  const auto* x = std::get_if<TypedTensor>(&value.value);
  if (x == nullptr || x->type.axes == wanted.axes || field_.field->entry->type == nullptr) return;
  const std::string& path = field_.data->info.path;
  std::string source = path.empty() ? "the table" : fmt::format("'{}'", path);
  elaborator
      .report("E0332", range,
              fmt::format("the field '{}' is declared as {}, but this is {}", field_.field->name, to_string(wanted),
                          to_string(x->type)))
      .label(field_.field->entry->type->range, "declared here")
      .label(range, fmt::format("{}, of {}", to_string(x->type), source));
  throw Abandoned{};
}

TypedTensor ProgramElaborator::field(const DataDeclaration& data, const DataField& field,
                                     const std::function<TypedTensor(const RawSource&)>& raw) {
  Frame frame;
  frame.source = program_.source;
  frame.path = "data." + data.info.name + "." + field.name;
  FieldContext outer = std::exchange(field_, {&data, &field, &raw, 0, {}});
  auto hook = [this](const Expr& expr) { return data_call(expr); };
  elaborator.data_call = hook;
  struct Restore {
    ProgramElaborator& self;
    FieldContext before;
    ~Restore() {
      self.field_ = before;
      self.elaborator.data_call = nullptr;
    }
  } restore{*this, outer};
  Enter enter(elaborator, frame);
  TensorType wanted = field.type;
  Range range = field.entry->value->range;
  const bool unread = bound_ == nullptr && data.info.kind == SourceKind::idx;
  const bool unknown = unread && (moves_elements(*field.entry->value, program_.definitions) ||
                                  reduces_axes(*field.entry->value, program_.definitions));
  Item value = unknown ? Item{TypedTensor{wanted, {}}, range, ""} : field_value(data, field);
  TypedTensor result;
  bool open = unknown;  // the data decides the shape, and is not there
  if (auto* x = std::get_if<TypedTensor>(&value.value)) {
    // Sizes that the data decides: the declared symbols stand for what was found.
    bool same = x->type.axes.size() == wanted.axes.size();
    for (size_t i = 0; same && i < wanted.axes.size(); ++i) {
      if (!wanted.axes[i].size.number() || !x->type.axes[i].size.number()) {
        if (bound_ != nullptr && x->type.axes[i].size.number())
          wanted.axes[i] = x->type.axes[i];
        else
          x->type.axes[i] = wanted.axes[i];
      }
    }
    if (!wanted.classes.number() && x->type.is(Base::label)) wanted.classes = x->type.classes;
    open = open || (bound_ == nullptr && !same && field.sources.size() > 1);
  }
  if (open) {
    result = {wanted, {}};
  } else {
    refuse_kind(value, wanted, range);
    refuse_shape(value, wanted, range);
    Item fitting = elaborator.conform(value, wanted, range, fmt::format("the field '{}'", field.name));
    result = *fitting.as<TypedTensor>();
  }
  if (result.node) result.node = every_row(result.node, range);
  result.type.axes.insert(result.type.axes.begin(), kRows);
  return result;
}

std::optional<Item> ProgramElaborator::data_call(const Expr& expr) {
  if (field_.data == nullptr || expr.operands[0]->kind != ExprKind::name) return std::nullopt;
  const std::string& word = expr.operands[0]->text;
  if (word == "column" || word == "columns") {
    std::string name;
    for (const ast::Argument& argument : expr.arguments) {
      const Expr& value = *argument.value;
      auto said = [&](const Expr& one) { return column_name(elaborator, one).value_or(""); };
      if (value.kind == ExprKind::range)
        name = said(*value.operands[0]) + ".." + said(*value.operands[1]);
      else
        name += (name.empty() ? "" : ",") + said(value);
    }
    const RawSource* source = field_.data->source(name);
    if (source == nullptr) {
      elaborator.fail("E0603", expr.range,
                      fmt::format("'{}' stands in a field's own expression, not in what it calls", word),
                      "give the column to the function as an argument");
    }
    return Item{one_sample(*source), expr.range, ""};
  }
  if (word == "standardize" || word == "minmax") return fitted(expr, word == "standardize");
  return std::nullopt;
}

Item ProgramElaborator::fitted(const Expr& expr, bool standardize) {
  if (expr.arguments.size() != 1) {
    elaborator.fail("E0324", expr.range, fmt::format("'{}' takes one argument", expr.operands[0]->text));
  }
  TypedTensor x = elaborator.tensor_of(*expr.arguments[0].value);
  if (!x.type.is_floating()) x = elaborator.build.cast(x, Base::f32);
  TensorType type(Base::f32, x.type.axes);
  std::string path = fmt::format("data.{}.{}", field_.data->info.name, field_.field->name);
  if (field_.fits++ > 0) path += fmt::format("_{}", field_.fits - 1);
  Fit fit;
  fit.kind = standardize ? Fit::Kind::standardize : Fit::Kind::minmax;
  fit.variables = standardize ? std::vector<std::string>{path + ".mean", path + ".deviation"}
                              : std::vector<std::string>{path + ".low", path + ".range"};
  TypedTensor shift{type, {}}, scale{type, {}};
  if (Graph* graph = elaborator.build.graph) {
    fit.argument = Graph("fit");
    std::unordered_map<NodeId, NodeId> mapped;
    fit.argument.results.push_back(
        {ResultKind::value, "value", copy_into(*graph, every_row(x.node, expr.range).id, fit.argument, mapped)});
    fit.origin = elaborator.origin(expr.range);
    Type stored(elaborator.build.precision, known_shape(type.axes));
    shift.node = variable(*graph, fit.variables[0], stored);
    scale.node = variable(*graph, fit.variables[1], stored);
    fits.push_back(std::move(fit));
  }
  TypedTensor centred = elaborator.build.arithmetic("subtract", x, shift);
  return {elaborator.build.arithmetic("divide", centred, scale), expr.range, ""};
}

Item ProgramElaborator::call_field(const FieldFunction& function, const std::vector<Item>& arguments) {
  const DataDeclaration* data = program_.find_data(function.data);
  const DataField* field = data->field(function.field);
  Range here = function.call;
  if (arguments.size() != field->sources.size()) {
    elaborator.fail(
        "E0324", here,
        fmt::format("'{}.{}' takes {} {}, one for each raw source, {} given", function.data, function.field,
                    field->sources.size(), field->sources.size() == 1 ? "argument" : "arguments", arguments.size()));
  }
  auto raw = [&](const RawSource& source) {
    size_t position = 0;
    while (field->sources[position] != source.name) ++position;
    TypedTensor given = elaborator.tensor(arguments[position], here);
    TensorType wanted = raw_type(*data, *field, source);
    bool exact = field->direct && (wanted.is(Base::i32) || wanted.is(Base::u8) || wanted.is(Base::f64));
    bool converts = given.type.is(Base::u8) || (given.type.is_floating() && !exact);
    if (!given.type.is(wanted.base()) && !converts) {
      elaborator.fail("E0330", here,
                      fmt::format("'{}.{}' wants {}, but this is {}", function.data, function.field, to_string(wanted),
                                  to_string(given.type)));
    }
    const std::optional<int64_t> classes = given.type.classes.number(), known = wanted.classes.number();
    if (given.type.is(Base::label) && wanted.is(Base::label) && classes && known && *classes != *known) {
      elaborator.fail("E0404", here,
                      fmt::format("'{}.{}' takes {}, but this is {}: {} classes against {}", function.data,
                                  function.field, to_string(wanted), to_string(given.type), *classes, *known));
    }
    if (elaborator.build.graph != nullptr) fed.emplace(given.node.id, std::pair{function.data, source.name});
    TypedTensor result = given;
    const Size count = product(given.type.axes);
    const bool unread = !dim_of(product(wanted.axes));  // how many columns, the data says when it is read
    if (unread && dim_of(count)) {
      result.type.axes = wanted.axes;
    } else if (unread) {
      elaborator.fail("E0331", here,
                      fmt::format("'{}.{}' takes the columns {}, and is given {}", function.data, function.field,
                                  source.name, to_string(given.type)),
                      "say in the argument's type how many these are, such as f32[B, 13]");
    } else if (count == product(wanted.axes)) {
      result = elaborator.build.reshape(given, wanted.axes);
    } else {
      elaborator.fail("E0331", here,
                      fmt::format("'{}.{}' takes {} as its field is declared, and is given {}", function.data,
                                  function.field, to_string(wanted), to_string(given.type)));
    }
    return result;
  };
  std::function<TypedTensor(const RawSource&)> raw_function = raw;
  return {this->field(*data, *field, raw_function), here, ""};
}

void ProgramElaborator::enter_fields() {
  const DataDeclaration* data = program_.find_data(program_.train_info.data);
  if (data == nullptr) return;
  Graph* graph = elaborator.build.graph;
  auto gathered = [&](const std::string& column, const TensorType& type, Element element) {
    Shape shape = known_shape(type.axes);
    Shape stored = shape;
    stored[0] = Dim::samples();
    Value order = input(*graph, "order", Type(Element::i32, {Dim::rows()}));
    return gather(input(*graph, fmt::format("column.{}.{}", data->info.name, column), Type(element, stored)), order);
  };
  std::map<std::string, Axes> shapes;  // a raw column has one, whatever shapes fields declare of it
  for (const DataField& field : data->fields) {
    TypedTensor value;
    if (graph != nullptr) graph->current_origin = elaborator.origin(field.entry->name.range);
    try {
      auto raw = [&](const RawSource& source) {
        TypedTensor x{raw_type(*data, field, source), {}};
        if (graph == nullptr) return x;
        const Axes wanted = x.type.axes;
        x.type.axes = shapes.emplace(source.name, wanted).first->second;
        Value rows = gathered(source.name, x.type, raw_element(*data, source));
        x.node = cast(rows, element_of(x.type.base(), elaborator.build.precision));
        return x.type.axes == wanted ? x : elaborator.build.reshape(x, wanted);
      };
      std::function<TypedTensor(const RawSource&)> raw_function = raw;
      if (graph == nullptr || in_step(*data, field)) {
        value = this->field(*data, field, raw_function);
      } else {
        // A column of its own; its type comes from a check without a graph.
        elaborator.build.graph = nullptr;
        auto typed = [&](const RawSource& source) { return TypedTensor{raw_type(*data, field, source), {}}; };
        std::function<TypedTensor(const RawSource&)> typed_function = typed;
        value = this->field(*data, field, typed_function);
        elaborator.build.graph = graph;
        value.node = gathered(field.name, value.type, element_of(value.type.base(), elaborator.build.precision));
      }
    } catch (const Abandoned&) {
      elaborator.build.graph = graph;
      train.scopes[0][field.name] = {Poison{}, field.entry->name.range, ""};
      continue;
    }
    if (value.node) graph->set_name(value.node.id, field.name);
    train.scopes[0][field.name] = {
        value, field.entry->name.range,
        fmt::format("field of '{}' at line {}", data->info.name, elaborator.line_of(field.entry->name.range))};
  }
}

}  // namespace nnc
