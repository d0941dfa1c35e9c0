// Leaves: values without operands, and random numbers, whose operands are only the seed and the step.

#include <fmt/format.h>

#include "ir/ops/families.h"
#include "ir/ops/rules.h"

namespace nnc {

namespace {

Inferred infer_constant(Types, const Node& node) { return Type::scalar(view<ConstantAttributes>(node).element); }

/// The type that a leaf declares, if it has a path.
template <class View>
Inferred declared(const Node& node, const View& leaf) {
  if (leaf.path.empty()) return missing(node, "path", "a text");
  return Type(leaf.element, leaf.shape);
}

Inferred infer_variable(Types, const Node& node) { return declared(node, view<NamedAttributes>(node)); }

/// In a body an input is one of the scan's operands, else it has a role, which is that of its path if that names one.
Inferred infer_input(Types, const Node& node) {
  const auto input = view<InputAttributes>(node);
  if (input.index) {
    if (*input.index < 0) return missing(node, "index", InputAttributes::kIndex);
    if (input.role) return "'input' of a body is one of the scan's operands and has no role";
    return declared(node, input);
  }
  if (!input.role) return missing(node, "role", InputAttributes::kRoles);
  const std::optional<InputRole> said = role_in(input.path);
  if (said && said != input.role) {
    return fmt::format("'input' of the role {} has the path '{}'", spelling(*input.role), input.path);
  }
  return declared(node, input);
}

Inferred infer_iota(Types, const Node& node) {
  const auto [axis, element, shape] = view<IotaAttributes>(node);
  const Type type(element, shape);
  if (axis < 0 || axis >= type.rank()) return no_axis(node, axis, type);
  if (element == Element::boolean || element == Element::u8) {
    return fmt::format("'iota' counts in f32, f64, bf16 or i32, not {}", spelling(element));
  }
  return type;
}

Inferred infer_size(Types, const Node& node) { return Type::scalar(view<SizeAttributes>(node).element); }

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
  const auto drawn = view<NamedAttributes>(node);
  if (drawn.element != Element::f32 && drawn.element != Element::f64) {
    return fmt::format("'random_uniform' draws f32 or f64, not {}", spelling(drawn.element));
  }
  return declared(node, drawn);
}

}  // namespace

std::vector<Op> leaf_ops() {
  return {
      {.name = "constant",
       .summary = "the scalar `value`, rounded once to its element type",
       .op_class = OpClass::leaf,
       .attributes = kAttributes<ConstantAttributes>,
       .infer = infer_constant,
       .derivative = "a constant has no derivative",
       .check = {.domain = Domain::none, .samples = {"constant() {value = 0.1, element = f32}"}}},
      {.name = "variable",
       .summary = "the parameter or state called `path`, as it is at the start of the step",
       .op_class = OpClass::leaf,
       .attributes = kAttributes<NamedAttributes>,
       .infer = infer_variable,
       .derivative = "what gradients are asked for",
       .check = {.domain = Domain::any,
                 .samples = {"variable() {path = \"net.W\", element = f32, shape = sizes [2, 3]}"}}},
      {.name = "input",
       .summary =
           "what its `role` says, called `path`: a column, setting, step, …; in a body, its input number `index`",
       .op_class = OpClass::leaf,
       .attributes = kAttributes<InputAttributes>,
       .infer = infer_input,
       .derivative = "what gradients may be asked for",
       .check = {.domain = Domain::any,
                 .samples = {"input() {role = column, path = \"x\", element = f32, shape = sizes [B, 3]}"}}},
      {.name = "iota",
       .summary = "each element is its own position along `axis`",
       .op_class = OpClass::leaf,
       .attributes = kAttributes<IotaAttributes>,
       .infer = infer_iota,
       .derivative = "a constant has no derivative",
       .check = {.domain = Domain::none,
                 .samples = {"iota() {axis = 1, element = f32, shape = sizes [2, 5]}",
                             "iota() {axis = 0, element = i32, shape = sizes [B]}"}}},
      {.name = "size",
       .summary = "the size `dim` as a number: the rows of the batch, or a multiple",
       .op_class = OpClass::leaf,
       .attributes = kAttributes<SizeAttributes>,
       .infer = infer_size,
       .derivative = "a constant has no derivative",
       .check = {.domain = Domain::none, .samples = {"size() {dim = sizes [B], element = f32}"}}},
      {.name = "random_uniform",
       .summary = "uniform in [0, 1): 24 (f32) or 53 (f64) random bits of Philox, keyed by seed and `path`, counted by "
                  "step, scan index and element",
       .arity = -1,
       .op_class = OpClass::random,
       .attributes = kAttributes<NamedAttributes>,
       .infer = infer_random,
       .differentiable = false,
       .derivative = "a random number has no derivative",
       .check = {.domain = Domain::small_integer,
                 .samples = {"random_uniform(i32[2], i32[]) {path = \"net.a\", element = f32, shape = sizes [3, 5]}",
                             "random_uniform(i32[2], i32[], i32[]) {path = \"net.b\", element = f32, shape = sizes "
                             "[B, 3]}"}}},
  };
}

}  // namespace nnc
