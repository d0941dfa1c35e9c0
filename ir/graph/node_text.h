// How single nodes are written, for the printer, the verifier and whoever shows part of a graph.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph/graph.h"

namespace nnc {

/// The names by which a graph's reachable nodes are printed: their own, made unique, or their number in the walk from
/// the results.
class NodeNames {
 public:
  explicit NodeNames(const Graph& graph);
  /// Without the '%'; of an unreachable node "unreachable_" and its id.
  std::string operator[](NodeId id) const;
  const std::vector<NodeId>& order() const { return order_; }

 private:
  std::vector<NodeId> order_;
  std::vector<std::string> names_;  ///< by node
};

/// "%h = tanh(%a) : f32[B, 4]   # xor.nn:3:5 note", without bodies (" body step {…}" stands for them) or newline.
std::string node_line(const Graph& graph, NodeId id, const NodeNames& names);

/// The same up to the type, and the comment that says the first origin ("" when there is none).
std::string node_statement(const Graph& graph, NodeId id, const NodeNames& names);
std::string origin_comment(const Graph& graph, NodeId id);

/// An identifier with dots as it is, anything else in quotes.
std::string name_text(const std::string& name);

/// An op's notation ("a + b") with the operands for its letters.
std::string with_operands(std::string_view notation, std::span<const std::string> operands);

std::string result_title(const Result& result);  ///< "yield y", "update net.W"; of the loss "loss"
std::string_view spelling(ResultKind kind);      ///< "yield", "total", "update", "loss"

}  // namespace nnc
