#include "ir/graph/op.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "ir/ops/families.h"
#include "ir/ops/rules.h"
#include "support/diagnostics.h"
#include "support/error.h"

namespace nnc {

namespace {

std::vector<Op> join_families() {
  std::vector<Op> all;
  for (auto* family : {leaf_ops, arithmetic_ops, piecewise_ops, comparison_ops, function_ops, movement_ops, part_ops,
                       reduce_ops, contraction_ops, indexed_ops, window_ops, structured_ops}) {
    for (Op& record : family()) all.push_back(std::move(record));
  }
  return all;
}

}  // namespace

std::span<const Op> all_ops() {
  static const std::vector<Op> ops = join_families();
  return ops;
}

const Op* find_op(std::string_view name) {
  static const std::unordered_map<std::string_view, const Op*> by_name = [] {
    std::unordered_map<std::string_view, const Op*> map;
    for (const Op& record : all_ops()) map.emplace(record.name, &record);
    return map;
  }();
  auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

const Op& op(std::string_view name) {
  const Op* found = find_op(name);
  NNC_ASSERT(found != nullptr, fmt::format("there is no op '{}'", name));
  return *found;
}

std::string_view spelling(const Op& op) {
  std::string_view text = op.notation.empty() ? op.name : op.notation;
  if (size_t bracket = text.find('('); bracket != std::string_view::npos) return text.substr(0, bracket);
  if (op.notation.empty()) return text;
  auto begin = text.starts_with("a") ? 1 : 0;  // "a + b", "-a", "not a"
  text = text.substr(begin, text.size() - 1 - begin);
  size_t first = text.find_first_not_of(' '), last = text.find_last_not_of(' ');
  return text.substr(first, last - first + 1);
}

const Op* find_spelled(std::string_view spelling, int arity) {
  for (const Op& op : all_ops()) {
    if (op.op_class == OpClass::elementwise && op.arity == arity && nnc::spelling(op) == spelling) return &op;
  }
  return nullptr;
}

namespace {

/// What is wrong with the attributes' names and kinds, or "".
std::string wrong_attributes(const Op& op, const Node& node) {
  for (const AttributeRule& rule : op.attributes) {
    const Attribute* found = node.attributes.find(rule.name);
    const bool right = found == nullptr ? rule.may_be_missing : rule.fits(*found);
    if (!right) return missing(node, rule.name, rule.wanted);
  }
  for (const auto& [name, value] : node.attributes.entries()) {
    auto is_it = [&](const AttributeRule& rule) { return rule.name == name; };
    if (std::any_of(op.attributes.begin(), op.attributes.end(), is_it)) continue;
    std::vector<std::string> known;
    for (const AttributeRule& rule : op.attributes) known.emplace_back(rule.name);
    const std::string near = nearest(name, known);
    return fmt::format("'{}' has no attribute '{}'{}", op.name, name,
                       near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
  }
  return "";
}

/// By the op's record alone.
Inferred infer_by_rule(const Op& op, std::span<const Type> operands, const Node& node) {
  if (op.arity >= 0 && operands.size() != static_cast<size_t>(op.arity)) {
    return fmt::format("'{}' takes {} operand{}, not {}", op.name, op.arity, op.arity == 1 ? "" : "s", operands.size());
  }
  if (op.op_class != OpClass::structured) {
    for (const Type& type : operands) {
      if (type.is_tuple()) return fmt::format("'{}' takes no tuple: {}", op.name, to_string(type));
    }
  }
  if (std::string wrong = wrong_attributes(op, node); !wrong.empty()) return wrong;
  return op.infer(operands, node);
}

std::string limit_of(const Op& op, const Type& type) {
  for (const Type& part : type.parts) {
    if (part.is_tuple()) return fmt::format("'{}' would give a tuple within a tuple", op.name);
    if (std::string wrong = limit_of(op, part); !wrong.empty()) return wrong;
  }
  std::string wrong = broken_limit(type.shape);
  return wrong.empty() ? "" : fmt::format("'{}' would give {}", op.name, wrong);
}

/// Of the shape that an attribute asks for: before the op's rule, which counts its elements.
std::string asked_limit(const Op& op, const Node& node) {
  for (const AttributeRule& rule : op.attributes) {
    const Attribute* asked = rule.part == TypePart::shape ? node.attributes.find(rule.name) : nullptr;
    const Shape* shape = asked == nullptr ? nullptr : std::get_if<Shape>(asked);
    if (shape != nullptr) return limit_of(op, Type(Element::f32, *shape));
  }
  return "";
}

}  // namespace

Inferred infer(const Op& op, std::span<const Type> operands, const Node& node) {
  if (node.op != &op) {
    Node own = node;
    own.op = &op;
    return infer(op, operands, own);
  }
  if (std::string wrong = asked_limit(op, node); !wrong.empty()) return wrong;
  Inferred inferred = infer_by_rule(op, operands, node);
  if (const Type* type = std::get_if<Type>(&inferred)) {
    if (std::string wrong = limit_of(op, *type); !wrong.empty()) return wrong;
  }
  return inferred;
}

bool breaks_limit(const Op& op, std::span<const Type> operands, const Node& node) {
  if (!asked_limit(op, node).empty()) return true;
  Inferred inferred = infer_by_rule(op, operands, node);
  if (const Type* type = std::get_if<Type>(&inferred)) return !limit_of(op, *type).empty();
  // A position is i32: it cannot name every element of a longer axis.
  return op.yields_index && std::any_of(operands[0].shape.begin(), operands[0].shape.end(),
                                        [](const Dim& size) { return size.count > INT32_MAX; });
}

}  // namespace nnc
