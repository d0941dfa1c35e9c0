#include "ir/ops/rules.h"

#include <fmt/format.h>

namespace nnc {

std::string types_differ(const Node& node, const Type& a, const Type& b) {
  std::string text = fmt::format("'{}' needs equal types: {} against {}", node.op->name, to_string(a), to_string(b));
  if (a.element != b.element || a.is_tuple() || b.is_tuple()) return text;
  if (a.rank() != b.rank()) return text + fmt::format(" (rank {} against {})", a.rank(), b.rank());
  for (size_t axis = 0; axis < a.shape.size(); ++axis) {
    if (a.shape[axis] == b.shape[axis]) continue;
    return text + fmt::format(" (axis {}: {} against {})", axis, to_string(a.shape[axis]), to_string(b.shape[axis]));
  }
  return text;
}

std::string no_axis(const Node& node, int64_t axis, const Type& type) {
  return fmt::format("'{}': {} has no axis {}", node.op->name, to_string(type), axis);
}

std::string missing(const Node& node, std::string_view name, std::string_view kind) {
  return fmt::format("'{}' needs the attribute '{}', {}", node.op->name, name, kind);
}

namespace {
Inferred same(Types operands, const Node& node) {
  for (const Type& type : operands) {
    if (type.is_tuple()) return fmt::format("'{}' takes no tuple: {}", node.op->name, to_string(type));
    if (!(type == operands[0])) return types_differ(node, operands[0], type);
  }
  return operands[0];
}
}  // namespace

Inferred same_float(Types operands, const Node& node) {
  Inferred result = same(operands, node);
  if (const Type* type = std::get_if<Type>(&result); type != nullptr && !is_float(type->element)) {
    return fmt::format("'{}' takes f32, f64 or bf16, not {}", node.op->name, to_string(*type));
  }
  return result;
}

Inferred same_number(Types operands, const Node& node) {
  Inferred result = same(operands, node);
  if (const Type* type = std::get_if<Type>(&result)) {
    if (is_float(type->element) || type->element == Element::i32) return result;
    return fmt::format("'{}' takes f32, f64, bf16 or i32, not {} (cast it first)", node.op->name, to_string(*type));
  }
  return result;
}

Inferred comparison(Types operands, const Node& node) {
  Inferred result = same(operands, node);
  if (const Type* type = std::get_if<Type>(&result)) return Type(Element::boolean, type->shape);
  return result;
}

Inferred logical(Types operands, const Node& node) {
  Inferred result = same(operands, node);
  if (const Type* type = std::get_if<Type>(&result); type != nullptr && type->element != Element::boolean) {
    return fmt::format("'{}' takes bool, not {}", node.op->name, to_string(*type));
  }
  return result;
}

Value zeros_like(Value value) { return full(*value.graph, 0, value.type()); }

}  // namespace nnc
