#include "ir/op.h"

#include <fmt/format.h>

#include <unordered_map>

#include "ir/ops/families.h"
#include "support/error.h"

namespace nnc {

namespace {

std::vector<Op> join_families() {
  std::vector<Op> all;
  for (auto* family :
       {leaf_ops, arithmetic_ops, piecewise_ops, comparison_ops, exponential_ops, sigmoidal_ops, function_ops,
        movement_ops, part_ops, reduce_ops, contraction_ops, indexed_ops, window_ops, structured_ops}) {
    for (Op& record : family()) all.push_back(std::move(record));
  }
  return all;
}

/// What holds of every tensor, whatever op makes it.
std::string limits_broken(const Op& op, const Type& type) {
  for (const Type& part : type.parts) {
    if (part.is_tuple()) return fmt::format("'{}' would give a tuple within a tuple", op.name);
    if (std::string wrong = limits_broken(op, part); !wrong.empty()) return wrong;
  }
  if (type.rank() > kMaxRank) {
    return fmt::format("'{}' would give {} axes: {}; the most is {}", op.name, type.rank(), to_string(type), kMaxRank);
  }
  std::optional<Dim> elements = product(type.shape);
  if (!elements || elements->count > INT64_MAX / 64) {
    int symbols = 0;
    for (const Dim& dim : type.shape) {
      if (dim.count < 0) return fmt::format("'{}' would give a negative size: {}", op.name, to_string(type));
      symbols += dim.constant() ? 0 : 1;
    }
    const char* why = symbols > 1 ? "two axes of a size known only at run time" : "more elements than can be counted";
    return fmt::format("'{}' would give {}: {}", op.name, to_string(type), why);
  }
  return "";
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

Inferred infer(const Op& op, std::span<const Type> operands, const Node& node) {
  if (node.op != &op) {
    Node own = node;
    own.op = &op;
    return infer(op, operands, own);
  }
  if (op.arity >= 0 && operands.size() != static_cast<size_t>(op.arity)) {
    return fmt::format("'{}' takes {} operand{}, not {}", op.name, op.arity, op.arity == 1 ? "" : "s", operands.size());
  }
  if (op.op_class != OpClass::structured) {
    for (const Type& type : operands) {
      if (type.is_tuple()) return fmt::format("'{}' takes no tuple: {}", op.name, to_string(type));
    }
  }
  Inferred inferred = op.infer(operands, node);
  if (const Type* type = std::get_if<Type>(&inferred)) {
    if (std::string wrong = limits_broken(op, *type); !wrong.empty()) return wrong;
  }
  return inferred;
}

}  // namespace nnc
