// Reductions of nothing or of one element, and contractions of permuted operands.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "ir/graph/contraction.h"
#include "ir/graph/op_attributes.h"
#include "passes/simplify/rule.h"

namespace nnc {

namespace {

/// The identity of each reduction leaves its one operand as it is: −0 + x = x, max(−inf, x) = x.
Value reduce_of_one(const Site& site) {
  const Shape& from = site.in(0).type().shape;
  for (int64_t axis : view<ReduceAttributes>(site.node).axes) {
    if (from[static_cast<size_t>(axis)] != Dim(1)) return {};
  }
  return reshape(site.in(0), site.type().shape);
}

Value argmax_of_one(const Site& site) {
  auto axis = static_cast<size_t>(view<AxisAttributes>(site.node).axis);
  return site.in(0).type().shape[axis] == Dim(1) ? full(site.graph, 0, site.type()) : Value{};
}

Value project_tuple(const Site& site) { return project(site.in(0), view<ProjectAttributes>(site.node).part); }

std::vector<std::string> loops_in_order(const Node& node, std::span<const Type> types) {
  std::vector<std::string> names;
  for (const Contraction::Loop& loop : contraction_of(node, types).loops) names.push_back(loop.name);
  return names;
}

/// A permuted operand is read through its subscripts instead, unless that changes the order in which loops are summed.
Value contract_of_permuted(const Site& site) {
  std::array operands{site.in(0), site.in(1)};
  auto contraction = view<ContractAttributes>(site.node);
  IndexWords index(contraction.index);
  bool found = false;
  for (size_t i : {0, 1}) {
    if (!is_op(operands[i], "permute")) continue;
    const Ints order = view<PermuteAttributes>(site.graph.node(operands[i].id)).order;
    std::vector<std::string> subscripts(order.size());
    for (size_t axis = 0; axis < order.size(); ++axis) {
      subscripts[static_cast<size_t>(order[axis])] = index.parts[i][axis];
    }
    index.parts[i] = std::move(subscripts);
    operands[i] = operand(operands[i]);
    found = true;
  }
  if (!found) return {};
  std::array before{site.in(0).type(), site.in(1).type()};
  std::array after{operands[0].type(), operands[1].type()};
  Node direct = site.node;
  contraction.index = index.text();
  direct.attributes = written(contraction);
  if (loops_in_order(site.node, before) != loops_in_order(direct, after)) return {};
  return site.graph.add(*direct.op, operands, direct.attributes);
}

constexpr std::array kRules{
    Rule{"reduce_sum", "sum over no axis or axes of one element = reshape", reduce_of_one},
    Rule{"reduce_max", "greatest over no axis or axes of one element = reshape", reduce_of_one},
    Rule{"reduce_min", "least over no axis or axes of one element = reshape", reduce_of_one},
    Rule{"reduce_argmax", "argmax of one element = 0", argmax_of_one},
    Rule{"project", "a part of a tuple = it", project_tuple},
    Rule{"contract", "contract(permute(x), y) = contract(x, y) by other subscripts", contract_of_permuted},
};

}  // namespace

std::span<const Rule> reduction_rules() { return kRules; }

}  // namespace nnc
