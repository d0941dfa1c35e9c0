// A field used as a function of its raw sources: `houses.x(raw)`.

#include <fmt/format.h>

#include "frontend/program_elaborator.h"
#include "ir/builder.h"
#include "ir/op.h"

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
    if (given.type.is_floating()) {
      if (given.node) result.node = before_rounding(given.node);
      result = elaborator.build.cast(result, Base::f32);
    }
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
      result = elaborator.build.reshape(result, wanted.axes);
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

}  // namespace nnc
