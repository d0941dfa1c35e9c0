// A rule of simplify: a small named function that looks at one node and may give an equal, simpler value.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "ir/graph/builder.h"
#include "ir/graph/graph.h"
#include "ir/graph/op.h"

namespace nnc {

/// The node under the lens, already in the new graph. A copy: building a node may move the graph's own.
struct Site {
  Graph& graph;
  Value value;
  Node node;

  Site(Graph& in, Value at) : graph(in), value(at), node(in.node(at.id)) {}

  Value in(size_t operand) const { return graph.value(node.operands[operand]); }
  const Type& type() const { return node.type; }
};

struct Rule {
  std::string_view op;               ///< the op it looks at; empty: every elementwise op
  std::string_view name;             ///< what it does, in symbols
  Value (*apply)(const Site& site);  ///< a value equal bit for bit, or null where it does not apply
};

// Families, in the order in which they are tried.
std::span<const Rule> constant_rules();
std::span<const Rule> arithmetic_rules();
std::span<const Rule> byte_rules();
std::span<const Rule> choice_rules();
std::span<const Rule> movement_rules();
std::span<const Rule> unit_axis_rules();
std::span<const Rule> reduction_rules();

// What rules ask of a value.
bool is_op(Value value, std::string_view name);
/// Operand number i of the node that makes the value.
Value operand(Value value, size_t i = 0);
/// Whether every element is this number: −0 and 0 differ.
bool is_number(Value value, double number);

}  // namespace nnc
