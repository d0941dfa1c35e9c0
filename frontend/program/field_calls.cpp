// A field used as a function of its raw sources: `houses.x(raw)`.

#include <fmt/format.h>

#include "frontend/program/program_elaborator.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/resolve.h"

namespace nnc {

namespace {

/// An argument as it was given, where it was only rounded since.
Value before_rounding(Value x) {
  const Node& node = x.graph->node(x.id);
  if (node.op != &op("cast")) return x;
  Value wider = x.graph->value(node.operands[0]);
  const bool given = x.graph->node(wider.id).op == &op("input") && wider.type().element == Element::f64;
  return given ? wider : x;
}

/// The number of rows that the arguments have, where it is known: `nnc run` gives one.
std::optional<int64_t> rows_of(const std::vector<Item>& arguments) {
  for (const Item& argument : arguments) {
    const auto* x = argument.as<TypedTensor>();
    if (x == nullptr || x->type.axes.empty()) continue;
    if (std::optional<int64_t> rows = x->type.axes[0].size.number()) return rows;
  }
  return std::nullopt;
}

/// A field is made of B rows. Where the number of rows is known, inputs of B rows stand for the arguments while it is
/// made, and then what was made of them is made for so many.
struct KnownRows {
  Graph* graph;  ///< null when only types are checked
  std::optional<int64_t> rows;
  std::map<std::string, Value> arguments = {};  ///< by the path of the input that stands for one

  void forget(TypedTensor& x, const std::string& source) {
    if (!rows || x.type.axes.empty() || x.type.axes[0].size != Size(*rows)) return;
    x.type.axes[0] = {Size::symbol("B"), "B", false};
    if (!x.node) return;
    std::string path = input_path(InputRole::stand_in, "given." + source);
    arguments.insert_or_assign(path, x.node);
    x.node = input(*graph, InputRole::stand_in, path, Type(x.node.type().element, known_shape(x.type.axes)));
  }

  void restore(TypedTensor& value) const {
    if (!rows) return;
    value.type.axes[0] = {Size(*rows), "", false};
    if (value.node) value.node = restored(*graph, value.node.id);
  }

  /// A graph of its own that reads the same inputs.
  void restore(Graph& copy) const {
    if (!rows) return;
    for (Result& result : copy.results) result.node = restored(copy, result.node).id;
  }

 private:
  Value restored(Graph& where, NodeId id) const {
    std::unordered_map<NodeId, Value> given;
    std::unordered_map<NodeId, NodeId> copied;
    for (NodeId node = 0, end = static_cast<NodeId>(where.size()); node < end; ++node) {
      const std::string* path = leaf_path(where.node(node));
      if (path == nullptr || where.node(node).op != &op("input")) continue;
      auto found = arguments.find(*path);
      if (found == arguments.end()) continue;
      Value argument = found->second;
      if (&where != graph) argument = where.value(copy_into(*graph, argument.id, where, copied));
      given.emplace(node, argument);
    }
    return at_rows(where, id, *rows, std::move(given));
  }
};

}  // namespace

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
  KnownRows known_rows{elaborator.build.graph, rows_of(arguments)};
  auto raw = [&](const RawSource& source) {
    size_t position = 0;
    while (field->sources[position] != source.name) ++position;
    TypedTensor given = elaborator.tensor(arguments[position], here);
    TensorType wanted = raw_type(*data, *field, source);
    bool exact = field->direct && (wanted.is(Base::i32) || wanted.is(Base::u8) || wanted.is(Base::f64));
    bool classes_of_its_own = wanted.is(Base::label) && !field->direct;
    bool converts = (given.type.is(Base::u8) || (given.type.is_floating() && !exact)) && !classes_of_its_own;
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
    if (given.type.is_floating() && given.node) result.node = before_rounding(given.node);
    known_rows.forget(result, source.name);
    const Size count = product(result.type.axes);
    if (given.type.is_floating()) result = elaborator.build.cast(result, Base::f32);
    const bool unread = !dim_of(product(wanted.axes));  // how many columns, the data says when it is read
    if (unread && dim_of(count)) {
      result.type.axes = wanted.axes;
    } else if (unread) {
      elaborator.fail("E0331", here,
                      fmt::format("'{}.{}' takes the columns {}, and is given {}", function.data, function.field,
                                  source.name, to_string(given.type)),
                      "say in the argument's type how many these are, such as f32[B, 13]");
    } else if (count == product(wanted.axes)) {
      result = elaborator.build.reshape(result, wanted.axes);
    } else {
      elaborator.fail("E0331", here,
                      fmt::format("'{}.{}' takes {} as its field is declared, and is given {}", function.data,
                                  function.field, to_string(wanted), to_string(given.type)));
    }
    return result;
  };
  std::function<TypedTensor(const RawSource&)> raw_function = raw;
  const size_t checked = checks.size();
  TypedTensor value = this->field(*data, *field, raw_function);
  for (size_t i = checked; i < checks.size(); ++i) known_rows.restore(checks[i].argument);
  known_rows.restore(value);
  return {value, here, ""};
}

}  // namespace nnc
