// Ops with bodies or tuples (scan, tuple, project), and the placeholder of a gradient.

#include <fmt/format.h>

#include "ir/ops/families.h"
#include "ir/ops/rules.h"
#include "ir/ops/scan.h"

namespace nnc {

namespace {

/// h ← tanh(x·W + h·U), the states put out.
constexpr std::string_view kRecurrence = R"(graph recurrence {
  %h0 = input {role = column, path = "h0"} : f32[B, 3]
  %x = input {role = column, path = "x"} : f32[5, B, 2]
  %W = variable {path = "W"} : f32[2, 3]
  %U = variable {path = "U"} : f32[3, 3]
  %s = scan(%h0, %x, %W, %U) {states = 1, sequences = 1, length = 5} : (f32[B, 3], f32[5, B, 3]) body step {
    %h = input {path = "h", index = 0} : f32[B, 3]
    %xt = input {path = "xt", index = 1} : f32[B, 2]
    %W = input {path = "W", index = 2} : f32[2, 3]
    %U = input {path = "U", index = 3} : f32[3, 3]
    %a = contract(%xt, %W) {index = "b i, i o -> b o"}
    %r = contract(%h, %U) {index = "b i, i o -> b o"}
    %n = add(%a, %r)
    %next = tanh(%n)
    yield h = %next
    yield out = %next
  }
  %last = project(%s) {part = 0}
  %all = project(%s) {part = 1}
  yield value = %last
  yield all = %all
}
)";

/// Two states, of which only one is put out, from the last step to the first.
constexpr std::string_view kBackwards = R"(graph backwards {
  %h0 = variable {path = "h0"} : f32[4]
  %c0 = variable {path = "c0"} : f32[4]
  %x = input {role = column, path = "x"} : f32[3, 4]
  %s = scan(%h0, %c0, %x) {states = 2, sequences = 1, length = 3, reverse = 1} : (f32[4], f32[4], f32[3, 4]) body cell {
    %h = input {path = "h", index = 0} : f32[4]
    %c = input {path = "c", index = 1} : f32[4]
    %xt = input {path = "xt", index = 2} : f32[4]
    %f = sigmoid(%h)
    %k = multiply(%f, %c)
    %c1 = add(%k, %xt)
    %t = tanh(%c1)
    %h1 = multiply(%t, %f)
    %o = exp(%h1)
    yield h = %h1
    yield c = %c1
    yield o = %o
  }
  %h_last = project(%s) {part = 0}
  %c_last = project(%s) {part = 1}
  %o = project(%s) {part = 2}
  yield value = %h_last
  yield c = %c_last
  yield o = %o
}
)";

/// A counter beside a float state, and no output.
constexpr std::string_view kSums = R"(graph sums {
  %s0 = variable {path = "s0"} : f32[]
  %n0 = constant {value = 0.0} : i32[]
  %x = input {role = column, path = "x"} : f32[4, 2]
  %s = scan(%n0, %s0, %x) {states = 2, sequences = 1, length = 4} : (i32[], f32[]) body add_up {
    %n = input {path = "n", index = 0} : i32[]
    %sum = input {path = "sum", index = 1} : f32[]
    %xt = input {path = "xt", index = 2} : f32[2]
    %one = constant {value = 1.0} : i32[]
    %n1 = add(%n, %one)
    %weight = cast(%n1) : f32[]
    %part = reduce_sum(%xt) {axes = ints [0]}
    %weighted = multiply(%part, %weight)
    %kept = multiply(%sum, %weighted)
    %next = add(%kept, %weighted)
    yield n = %n1
    yield sum = %next
  }
  %total = project(%s) {part = 1}
  yield value = %total
}
)";

constexpr std::string_view kTuple = R"(graph pair {
  %a = input {role = column, path = "a"} : f32[3]
  %b = input {role = column, path = "b"} : f32[2]
  %t = tuple(%a, %b) : (f32[3], f32[2])
  %first = project(%t) {part = 0}
  %second = project(%t) {part = 1}
  yield value = %first
  yield second = %second
}
)";

Inferred infer_project(Types operands, const Node& node) {
  const int64_t part = view<ProjectAttributes>(node).part;
  if (part < 0 || part >= static_cast<int64_t>(operands[0].parts.size())) {
    return fmt::format("'project': {} has no part {}", to_string(operands[0]), part);
  }
  return operands[0].parts[static_cast<size_t>(part)];
}

Gradients vjp_project(const Vjp& v) {
  const std::vector<Type>& parts = v.in[0].type().parts;
  std::vector<Value> values;
  for (const Type& part : parts) values.push_back(full(v.graph, 0, part));
  values[static_cast<size_t>(view<ProjectAttributes>(v.node).part)] = v.dout;
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
       .attributes = kAttributes<ScanAttributes>,
       .infer = infer_scan,
       .vjp = vjp_scan,
       .derivative = "a scan the other way over the stacked states, which runs the body's derivative",
       .in_words = "runs through the steps backwards, and adds up over them what all of them share",
       .check = {.samples = {kRecurrence, kBackwards, kSums}}},
      {.name = "project",
       .summary = "part number `part` of a tuple",
       .arity = 1,
       .op_class = OpClass::structured,
       .attributes = kAttributes<ProjectAttributes>,
       .infer = infer_project,
       .vjp = vjp_project,
       .derivative = "dout for that part, 0 for the others",
       .in_words = "passes the gradient on to its part, 0 to the others",
       .check = {.samples = {kRecurrence}}},
      {.name = "tuple",
       .summary = "the operands as one value; only between the rules of a derivative",
       .arity = -1,
       .op_class = OpClass::structured,
       .infer = infer_tuple,
       .vjp = vjp_tuple,
       .derivative = "each operand gets its part of dout",
       .in_words = "gives each part its own piece of the gradient",
       .check = {.samples = {kTuple}}},
      own_gradient_op(),
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
