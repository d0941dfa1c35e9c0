// Fields of the data as tensors: over raw sources, in the step or when the data is loaded.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "frontend/program/field_shapes.h"
#include "frontend/program/program_elaborator.h"
#include "frontend/program/source_kinds.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/over_rows.h"
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

/// Whether all that the graph reads are bytes, which leave f32 digits enough for what is computed of them.
bool is_of_bytes(const Graph& graph) {
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    if (node.op == &op("input") && node.type.element != Element::u8) return false;
  }
  return true;
}

}  // namespace

void ProgramElaborator::raw_base(const DataDeclaration& data, const DataField& field, const RawSource& source,
                                 TensorType& type) const {
  const SourceFacts* facts = facts_of(bound_, data.info.name, source.name);
  const Base wanted = field.type.base();
  if (source.is_class) {
    const std::string_view own = kind_of(data.info).size;
    type.bases = {Base::label};
    type.classes = source.classes ? Size(*source.classes)
                                  : Size::symbol(fmt::format("{}.{}{}", data.info.name, own.empty() ? source.name : own,
                                                             source.columns.size() > 1 ? ".classes" : ""));
    if (!source.classes && field.direct) type.classes = field.type.classes;
    int64_t found = facts == nullptr ? 0 : std::max<int64_t>(facts->classes, std::ssize(facts->vocabulary));
    if (!source.classes && found > 0) type.classes = Size(found);
  } else if (field.direct && (wanted == Base::i32 || wanted == Base::u8 || wanted == Base::f64)) {
    type.bases = {wanted};  // reading makes sure that the numbers are such
  } else if (facts != nullptr) {
    type.bases = {is_float(facts->element) ? Base::f32 : base_of(facts->element)};
  } else {
    type.bases = {base_of(kind_of(data.info).unread)};
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
  if (!source.columns.empty() && !source.is_range) {  // as many as are named, wherever they stand
    own.emplace();
    if (source.columns.size() > 1) own->push_back({Size(static_cast<int64_t>(source.columns.size())), "", false});
  } else if (kind_of(data.info).windows) {
    own = Axes{{Size(data.info.window), "", false}};
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
  return source.is_class ? Element::i32 : kind_of(data.info).unread;
}

bool ProgramElaborator::in_step(const DataDeclaration& data, const DataField& field) const {
  // Windows overlap: a column of what is made of them would hold every character many times over.
  if (kind_of(data.info).windows) return true;
  const bool narrow = !field.type.is(Base::f64) && (field.direct || !field.type.is(Base::label));
  if (!field.scaling_only || !narrow) return false;
  if (data.field(field.sources[0]) != nullptr) return false;  // whose column hides the raw one from a step
  const SourceFacts* facts = facts_of(bound_, data.info.name, field.sources[0]);
  return (facts == nullptr ? kind_of(data.info).unread : facts->element) == Element::u8;
}

TypedTensor ProgramElaborator::one_sample(const RawSource& source) {
  TypedTensor x = (*field_.raw)(source);
  NNC_ASSERT(!x.type.axes.empty() && x.type.axes[0] == kRows, "a raw source without rows");
  x.type.axes.erase(x.type.axes.begin());
  if (x.node) {
    Type type = x.node.type();
    type.shape.erase(type.shape.begin());
    Value sample = named_input(*elaborator.build.graph, InputRole::stand_in, "sample." + source.name, type);
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
  if (kind_of(data.info).rows_are_fields) return {one_sample(*data.source(field.name)), range, ""};
  if (!kind_of(data.info).has_columns) {
    for (const std::string& name : field.sources) {
      elaborator.frame->scopes[0][name] = {one_sample(*data.source(name)), range, ""};
    }
  }
  return elaborator.eval(*field.entry->value);
}

/// What is computed of numbers of the data is a float unless it says otherwise: said with the word that converts it.
void ProgramElaborator::refuse_kind(const Item& value, const TensorType& wanted, Range range) {
  const auto* x = std::get_if<TypedTensor>(&value.value);
  const Base to = wanted.base();
  const bool number = x != nullptr && (x->type.is(Base::f32) || x->type.is(Base::f64));
  if (!number || (is_float(to) && to != Base::bf16) || to == Base::label) return;
  elaborator.fail("E0332", range,
                  fmt::format("the field '{}' is declared as {}, but this is {}", field_.field->name, to_string(wanted),
                              to_string(x->type)),
                  to == Base::boolean ? fmt::format("{} != 0", elaborator.slice(range))
                                      : fmt::format("convert it: {}({})", spelling(to), elaborator.slice(range)));
}

/// Sizes that differ, with both places: what is declared, and what the data has.
void ProgramElaborator::refuse_shape(const Item& value, const TensorType& wanted, Range range) {
  const auto* x = std::get_if<TypedTensor>(&value.value);
  if (x == nullptr || x->type.axes == wanted.axes || field_.field->entry->type == nullptr) return;
  std::string source = "the table";
  for (const DataFile& file : field_.data->info.files) {
    if (file.array.empty() || file.array == field_.field->sources.at(0)) source = fmt::format("'{}'", file.path);
  }
  elaborator
      .report("E0332", range,
              fmt::format("the field '{}' is declared as {}, but this is {}", field_.field->name, to_string(wanted),
                          to_string(x->type)))
      .label(field_.field->entry->type->range, "declared here")
      .label(range, fmt::format("{}, of {}", to_string(x->type), source));
  throw Abandoned{};
}

Item ProgramElaborator::meet_declared(const Item& value, TensorType& wanted, Range range) {
  Item result = value;
  auto* x = std::get_if<TypedTensor>(&result.value);
  if (x == nullptr) return result;
  if (wanted.is(Base::label)) {
    const RawSource& source = *field_.data->source(field_.field->sources.at(0));
    *x = as_class(*x, field_.field->direct ? raw_type(*field_.data, *field_.field, source).classes : wanted.classes,
                  range);
    if (!wanted.classes.number()) wanted.classes = x->type.classes;
  }
  const bool integer = wanted.is(Base::i32) || wanted.is(Base::u8);
  if (integer && x->type.is(wanted.base()) && !field_.field->direct) check_integers(*x, wanted.base(), range);
  const bool widens = wanted.is(Base::f64) && x->type.is_floating() && !x->type.is(Base::bf16);
  const bool narrows = wanted.is(Base::f32) && x->type.is(Base::f64);
  if (widens || narrows) x->type.bases = wanted.bases;  // all are computed in double here
  return result;
}

TypedTensor ProgramElaborator::field(const DataDeclaration& data, const DataField& field,
                                     const std::function<TypedTensor(const RawSource&)>& raw) {
  Frame frame;
  frame.source = program_.source;
  frame.path = "data." + data.info.name + "." + field.name;
  FieldContext outer = std::exchange(field_, {&data, &field, &raw, 0, 0, {}});
  elaborator.data_call = [this](const Expr& expr) { return data_call(expr); };
  elaborator.counted_class = [this](const TypedTensor& x, Range range) { return as_class(x, {}, range); };
  struct Restore {
    ProgramElaborator& self;
    FieldContext before;
    Element precision;
    ~Restore() {
      self.field_ = before;
      self.elaborator.data_call = nullptr;
      self.elaborator.counted_class = nullptr;
      self.elaborator.build.precision = precision;
    }
  } restore{*this, outer, elaborator.build.precision};
  // Bytes hold few digits: what the step computes of them it computes in its own precision.
  if (!in_step(data, field)) elaborator.build.precision = Element::f64;
  Enter enter(elaborator, frame);
  TensorType wanted = field.type;
  Range range = field.entry->value->range;
  const bool unread = bound_ == nullptr && kind_of(data.info).shape_in_file;
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
    value = meet_declared(value, wanted, range);
    refuse_shape(value, wanted, range);
    Item fitting = elaborator.conform(value, wanted, range, fmt::format("the field '{}'", field.name));
    result = *fitting.as<TypedTensor>();
  }
  if (result.node) result.node = cast(every_row(result.node, range), element_of(wanted.base(), restore.precision));
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
  TensorType type(x.type.is(Base::f64) ? Base::f64 : Base::f32, x.type.axes);
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
    Value argument = fit.argument.value(copy_into(*graph, every_row(x.node, expr.range).id, fit.argument, mapped));
    if (is_of_bytes(fit.argument)) argument = cast(argument, Element::f32);
    fit.argument.results.push_back({ResultKind::value, "value", argument.id});
    fit.origin = elaborator.origin(expr.range);
    Type stored(elaborator.build.precision, known_shape(type.axes));
    shift.node = variable(*graph, fit.variables[0], stored);
    scale.node = variable(*graph, fit.variables[1], stored);
    fits.push_back(std::move(fit));
  }
  TypedTensor centred = elaborator.build.arithmetic("subtract", x, shift);
  return {elaborator.build.arithmetic("divide", centred, scale), expr.range, ""};
}

void ProgramElaborator::enter_fields() {
  const DataDeclaration* data = program_.find_data(program_.train_info.data);
  if (data == nullptr) return;
  Graph* graph = elaborator.build.graph;
  if (graph == nullptr) ++program_.elaborations->programs;
  auto gathered = [&](const std::string& column, const TensorType& type, Element element) {
    Shape shape = known_shape(type.axes);
    Shape stored = shape;
    stored[0] = Dim::samples();
    Value order = named_input(*graph, InputRole::order, "", Type(Element::i32, {Dim::rows()}));
    const std::string path = column_path(data->info.name, column);
    return gather(input(*graph, InputRole::column, path, Type(element, stored)), order);
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
