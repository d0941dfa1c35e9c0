// Leaves: values without operands, and random numbers, whose operands are only the seed and the step.

#include <fmt/format.h>

#include "ir/ops/families.h"
#include "ir/ops/rules.h"

namespace nnc {

namespace {

Inferred infer_constant(Types, const Node& node) {
  const auto* element = attribute<Element>(node, "element");
  if (attribute<double>(node, "value") == nullptr) return missing(node, "value", "a number with a point");
  if (element == nullptr) return missing(node, "element", "an element type");
  return Type::scalar(*element);
}

Inferred infer_named(Types operands, const Node& node) {
  const auto* path = attribute<std::string>(node, "path");
  if (path == nullptr || path->empty()) return missing(node, "path", "a text");
  return declared_type(operands, node);
}

/// In a body an input is one of the scan's operands, else it has a role, which is that of its path if that names one.
Inferred infer_input(Types operands, const Node& node) {
  if (node.attributes.has("index")) {
    const auto* index = attribute<int64_t>(node, "index");
    if (index == nullptr || *index < 0) return missing(node, "index", "the number of a body's input");
    if (node.attributes.has("role")) return "'input' of a body is one of the scan's operands and has no role";
    return infer_named(operands, node);
  }
  const auto* role = attribute<InputRole>(node, "role");
  if (role == nullptr) return missing(node, "role", "column, raw, argument, total, setting, order, step or seed");
  Inferred named = infer_named(operands, node);
  if (!std::holds_alternative<Type>(named)) return named;
  const auto& path = node.attributes.get<std::string>("path");
  const std::optional<InputRole> said = role_in(path);
  if (said && *said != *role) return fmt::format("'input' of the role {} has the path '{}'", spelling(*role), path);
  return named;
}

Inferred infer_iota(Types operands, const Node& node) {
  Inferred declared = declared_type(operands, node);
  const Type* type = std::get_if<Type>(&declared);
  if (type == nullptr) return declared;
  const auto* axis = attribute<int64_t>(node, "axis");
  if (axis == nullptr) return missing(node, "axis", "an integer");
  if (*axis < 0 || *axis >= type->rank()) return no_axis(node, *axis, *type);
  if (type->element == Element::boolean || type->element == Element::u8) {
    return fmt::format("'iota' counts in f32, f64, bf16 or i32, not {}", spelling(type->element));
  }
  return declared;
}

Inferred infer_size(Types, const Node& node) {
  const auto* dim = attribute<Shape>(node, "dim");
  const auto* element = attribute<Element>(node, "element");
  if (dim == nullptr || dim->size() != 1) return missing(node, "dim", "sizes [one]");
  if (element == nullptr) return missing(node, "element", "an element type");
  return Type::scalar(*element);
}

Inferred infer_random(Types operands, const Node& node) {
  if (operands.size() != 2 && operands.size() != 3) {
    return fmt::format("'random_uniform' takes seed, step and perhaps a scan's index, not {} operands",
                       operands.size());
  }
  if (!(operands[0] == Type(Element::i32, {2}))) {
    return fmt::format("'random_uniform' takes a seed of i32[2], not {}", to_string(operands[0]));
  }
  for (const Type& type : operands.subspan(1)) {
    if (!(type == Type::scalar(Element::i32))) {
      return fmt::format("'random_uniform' takes a step and an index of i32[], not {}", to_string(type));
    }
  }
  Inferred named = infer_named(operands, node);
  const Type* type = std::get_if<Type>(&named);
  if (type != nullptr && type->element != Element::f32 && type->element != Element::f64) {
    return fmt::format("'random_uniform' draws f32 or f64, not {}", spelling(type->element));
  }
  return named;
}

}  // namespace

std::vector<Op> leaf_ops() {
  return {
      {.name = "constant",
       .summary = "the scalar `value`, rounded once to its element type",
       .op_class = OpClass::leaf,
       .infer = infer_constant,
       .element_attribute = true,
       .derivative = "a constant has no derivative",
       .check = {.domain = Domain::none, .samples = {"constant() {value = 0.1, element = f32}"}}},
      {.name = "variable",
       .summary = "the parameter or state called `path`, as it is at the start of the step",
       .op_class = OpClass::leaf,
       .infer = infer_named,
       .element_attribute = true,
       .shape_attribute = true,
       .derivative = "what gradients are asked for",
       .check = {.domain = Domain::any,
                 .samples = {"variable() {path = \"net.W\", element = f32, shape = sizes [2, 3]}"}}},
      {.name = "input",
       .summary =
           "what its `role` says, called `path`: a column, setting, step, …; in a body, its input number `index`",
       .op_class = OpClass::leaf,
       .infer = infer_input,
       .element_attribute = true,
       .shape_attribute = true,
       .derivative = "what gradients may be asked for",
       .check = {.domain = Domain::any,
                 .samples = {"input() {role = column, path = \"x\", element = f32, shape = sizes [B, 3]}"}}},
      {.name = "iota",
       .summary = "each element is its own position along `axis`",
       .op_class = OpClass::leaf,
       .infer = infer_iota,
       .element_attribute = true,
       .shape_attribute = true,
       .derivative = "a constant has no derivative",
       .check = {.domain = Domain::none,
                 .samples = {"iota() {axis = 1, element = f32, shape = sizes [2, 5]}",
                             "iota() {axis = 0, element = i32, shape = sizes [B]}"}}},
      {.name = "size",
       .summary = "the size `dim` as a number: the rows of the batch, or a multiple",
       .op_class = OpClass::leaf,
       .infer = infer_size,
       .element_attribute = true,
       .derivative = "a constant has no derivative",
       .check = {.domain = Domain::none, .samples = {"size() {dim = sizes [B], element = f32}"}}},
      {.name = "random_uniform",
       .summary = "uniform in [0, 1): 24 (f32) or 53 (f64) random bits of Philox, keyed by seed and `path`, counted by "
                  "step, scan index and element",
       .arity = -1,
       .op_class = OpClass::random,
       .infer = infer_random,
       .element_attribute = true,
       .shape_attribute = true,
       .differentiable = false,
       .derivative = "a random number has no derivative",
       .check = {.domain = Domain::small_integer,
                 .samples = {"random_uniform(i32[2], i32[]) {path = \"net.a\", element = f32, shape = sizes [3, 5]}",
                             "random_uniform(i32[2], i32[], i32[]) {path = \"net.b\", element = f32, shape = sizes "
                             "[B, 3]}"}}},
  };
}

}  // namespace nnc
