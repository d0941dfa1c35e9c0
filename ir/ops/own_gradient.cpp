// A value whose derivative its definition says itself: the value is its first operand, and a body gives the gradients.

#include <fmt/format.h>

#include "ir/graph/op_attributes.h"
#include "ir/ops/families.h"
#include "ir/ops/rules.h"
#include "ir/ops/scan.h"

namespace nnc {

namespace {

constexpr std::string_view kSquare = R"(graph square {
  %x = variable {path = "x"} : f32[3]
  %y = multiply(%x, %x)
  %z = own_gradient(%y, %x, %x) {arguments = 1} : f32[3] body slopes {
    %dy = input {path = "dy", index = 0} : f32[3]
    %x1 = input {path = "x", index = 1} : f32[3]
    %p = multiply(%dy, %x1)
    %dx = add(%p, %p)
    yield x = %dx
  }
  yield value = %z
}
)";

std::string misfit(Types operands, const Node& node) {
  const int64_t arguments = view<OwnGradientAttributes>(node).arguments;
  if (arguments < 0 || static_cast<size_t>(arguments) + 1 > operands.size()) {
    return fmt::format("'own_gradient' of {} arguments has {} operands", arguments, operands.size());
  }
  const auto count = static_cast<size_t>(arguments);
  if (node.bodies.size() != 1) return fmt::format("'own_gradient' has one body, not {}", node.bodies.size());
  const Graph& body = *node.bodies[0];
  if (body.results.size() != count) {
    return fmt::format("'own_gradient' of {} arguments: its body gives {}", count, body.results.size());
  }
  for (size_t i = 0; i < count; ++i) {
    if (body.type(body.results[i].node) == operands[i + 1]) continue;
    return fmt::format("'own_gradient': argument {} is {}, and its gradient {}", i, to_string(operands[i + 1]),
                       to_string(body.type(body.results[i].node)));
  }
  for (NodeId id : body.reachable()) {
    const Node& input = body.node(id);
    if (leaf_path(input) == nullptr) continue;
    const std::optional<size_t> index = body_index(input);
    if (!index || *index + count >= operands.size()) {
      return fmt::format("'own_gradient': its body reads '{}', which is none of its inputs", *leaf_path(input));
    }
    const Type& given = operands[*index == 0 ? 0 : *index + count];
    if (!(given == input.type)) {
      return fmt::format("'own_gradient': input {} of its body is {}, but it gets {}", *index, to_string(input.type),
                         to_string(given));
    }
  }
  return "";
}

Inferred infer_own_gradient(Types operands, const Node& node) {
  if (std::string wrong = misfit(operands, node); !wrong.empty()) return wrong;
  return operands[0];
}

Gradients vjp_own_gradient(const Vjp& v) {
  const auto count = static_cast<size_t>(view<OwnGradientAttributes>(v.node).arguments);
  std::vector<Value> inputs{v.dout};
  inputs.insert(inputs.end(), v.in.begin() + 1 + static_cast<std::ptrdiff_t>(count), v.in.end());
  const std::vector<Value> own = inlined(*v.node.bodies[0], v.graph, inputs);
  Gradients gradients(v.in.size());
  for (size_t i = 0; i < count; ++i) gradients[i + 1] = own[i];
  return gradients;
}

}  // namespace

Op own_gradient_op() {
  return {.name = "own_gradient",
          .summary =
              "the first operand; its gradients by the `arguments` operands behind it are what the body makes of the "
              "gradient that arrives and of the operands behind those",
          .arity = -1,
          .op_class = OpClass::structured,
          .attributes = kAttributes<OwnGradientAttributes>,
          .infer = infer_own_gradient,
          .vjp = vjp_own_gradient,
          .derivative = "what the body gives",
          .in_words = "passes on what its definition says, in `grad`",
          .check = {.samples = {kSquare}}};
}

}  // namespace nnc
