// Ops with bodies or tuples (scan, tuple, project), and the placeholder of a gradient.

#include <fmt/format.h>

#include "ir/ops/families.h"
#include "ir/ops/rules.h"
#include "ir/ops/scan.h"

namespace nnc {

namespace {

Inferred infer_project(Types operands, const Node& node) {
  if (attribute<int64_t>(node, "part") == nullptr) return missing(node, "part", "an integer");
  int64_t part = node.attributes.integer("part");
  if (part < 0 || part >= static_cast<int64_t>(operands[0].parts.size())) {
    return fmt::format("'project': {} has no part {}", to_string(operands[0]), part);
  }
  return operands[0].parts[static_cast<size_t>(part)];
}

Gradients vjp_project(const Vjp& v) {
  const std::vector<Type>& parts = v.in[0].type().parts;
  std::vector<Value> values;
  for (const Type& part : parts) values.push_back(full(v.graph, 0, part));
  values[static_cast<size_t>(v.node.attributes.integer("part"))] = v.dout;
  return {tuple(v.graph, values)};
}

Inferred infer_tuple(Types operands, const Node& node) {
  if (operands.empty()) return fmt::format("'{}' needs at least one operand", node.op->name);
  return Type::tuple({operands.begin(), operands.end()});
}

Gradients vjp_tuple(const Vjp& v) {
  Gradients gradients;
  for (size_t i = 0; i < v.in.size(); ++i) {
    bool path = is_float(v.in[i].type().element);
    gradients.push_back(path ? project(v.dout, static_cast<int64_t>(i)) : Value{});
  }
  return gradients;
}

Inferred infer_gradient(Types operands, const Node&) {
  if (operands[0].rank() != 0 || !is_float(operands[0].element)) {
    return fmt::format("'gradient' is taken of a number, not of {}", to_string(operands[0]));
  }
  if (!is_float(operands[1].element)) {
    return fmt::format("'gradient' is taken with respect to floats, not {}", to_string(operands[1]));
  }
  return operands[1];
}

}  // namespace

std::vector<Op> structured_ops() {
  return {
      {.name = "scan",
       .summary =
           "a loop of `length` steps with one body: its inputs are the states, one element of each sequence, the "
           "invariants; its results the next states, then outputs, which are stacked; `reverse` runs from the last",
       .arity = -1,
       .op_class = OpClass::structured,
       .infer = infer_scan,
       .vjp = vjp_scan,
       .derivative = "a scan the other way over the stacked states, which runs the body's derivative",
       .check = {.domain = Domain::any, .samples = {"scan() {}"}}},
      {.name = "project",
       .summary = "part number `part` of a tuple",
       .arity = 1,
       .op_class = OpClass::structured,
       .infer = infer_project,
       .vjp = vjp_project,
       .derivative = "dout for that part, 0 for the others",
       .check = {.samples = {"project(scan) {part = 0}"}}},
      {.name = "tuple",
       .summary = "the operands as one value; only between the rules of a derivative",
       .arity = -1,
       .op_class = OpClass::structured,
       .infer = infer_tuple,
       .vjp = vjp_tuple,
       .derivative = "each operand gets its part of dout",
       .check = {.samples = {"project(tuple) {part = 0}"}}},
      {.name = "gradient",
       .summary = "the derivative of the number a by the tensor b; `differentiate` replaces it",
       .arity = 2,
       .op_class = OpClass::gradient,
       .infer = infer_gradient,
       .differentiable = true,
       .derivative = "that of what replaces it",
       .check = {.domain = Domain::none, .samples = {"gradient(f32[], f32[3]) {}"}}},
  };
}

}  // namespace nnc
