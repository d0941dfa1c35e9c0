// All built-ins: the functions that are some by the record of their op alone, and those with a record of their own.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>

#include "frontend/elaborate/builtins/builtin_call.h"
#include "frontend/elaborate/builtins/families.h"
#include "ir/graph/op.h"

namespace nnc {

namespace {

/// Whether the op is a built-in by its record alone: an elementwise function of one operand, or of two under its own
/// name (max and min are reductions too).
bool is_function(const Op& op) {
  const bool written_as_call =
      op.notation.empty() || (op.arity == 1 && op.notation.find('(') != std::string_view::npos);
  const bool one_or_two = op.arity == 1 || op.arity == 2;
  return op.op_class == OpClass::elementwise && one_or_two && written_as_call && op.attributes.empty();
}

std::vector<Builtin> with_records() {
  std::vector<Builtin> all;
  for (auto* family : {reduction_builtins, choice_builtins, movement_builtins, padding_builtins, lookup_builtins,
                       random_builtins, gradient_builtins, type_builtins, constant_builtins}) {
    for (const Builtin& record : family()) all.push_back(record);
  }
  return all;
}

std::vector<Builtin> join() {
  const std::vector<Builtin> records = with_records();
  std::vector<Builtin> all;
  for (const Op& op : all_ops()) {
    const std::string_view name = spelling(op);
    const bool has_record =
        std::any_of(records.begin(), records.end(), [&](const Builtin& record) { return record.name == name; });
    if (!is_function(op) || has_record) continue;
    const auto arity = static_cast<size_t>(op.arity);
    all.push_back({.name = name, .least = arity, .most = arity, .call = call_op});
  }
  all.insert(all.end(), records.begin(), records.end());
  return all;
}

}  // namespace

const NamedArgument* Builtin::find(std::string_view argument) const {
  const auto found =
      std::find_if(named.begin(), named.end(), [&](const NamedArgument& one) { return one.name == argument; });
  return found == named.end() ? nullptr : &*found;
}

const NamedArgument* Builtin::find(NamedArgument::Kind kind) const {
  const auto found =
      std::find_if(named.begin(), named.end(), [&](const NamedArgument& one) { return one.kind == kind; });
  return found == named.end() ? nullptr : &*found;
}

std::span<const Builtin> all_builtins() {
  static const std::vector<Builtin> all = join();
  return all;
}

const Builtin* find_builtin(std::string_view name) {
  static const std::unordered_map<std::string_view, const Builtin*> by_name = [] {
    std::unordered_map<std::string_view, const Builtin*> map;
    for (const Builtin& builtin : all_builtins()) map.emplace(builtin.name, &builtin);
    return map;
  }();
  auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

const Builtin* find_builtin_function(std::string_view name) {
  const Builtin* found = find_builtin(name);
  return found == nullptr || found->call == nullptr ? nullptr : found;
}

const std::vector<std::string>& primitive_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Builtin& builtin : all_builtins()) all.emplace_back(builtin.name);
    return all;
  }();
  return names;
}

bool is_primitive(std::string_view name) {
  const Builtin* found = find_builtin(name);
  return found != nullptr && !found->may_be_defined;
}

std::string reductions_in_words() {
  std::vector<std::string_view> names;
  for (const Builtin& builtin : all_builtins()) {
    if (builtin.places == Places::reduced) names.push_back(builtin.name);
  }
  const std::string_view last = names.back();
  names.pop_back();
  return fmt::format("{} and {}", fmt::join(names, ", "), last);
}

}  // namespace nnc
