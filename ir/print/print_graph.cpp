#include <fmt/format.h>

#include "ir/graph/node_text.h"
#include "ir/print/text.h"

namespace nnc {

namespace {

/// A graph or body under way; bodies stand on a stack, so that depth costs no calls.
struct Level {
  const Graph* graph;
  NodeNames names;
  size_t next_node = 0;
  size_t next_body = 0;  ///< of the node before next_node
};

void print_results(const Level& level, const std::string& indent, std::string& text) {
  for (const Result& result : level.graph->results) {
    text += fmt::format("{}{} = %{}\n", indent, result_title(result), level.names[result.node]);
  }
}

}  // namespace

std::string print(const Graph& graph) {
  std::string text = fmt::format("graph {} {{\n", name_text(graph.name));
  std::vector<Level> stack;
  stack.push_back({&graph, NodeNames(graph)});
  while (!stack.empty()) {
    Level& level = stack.back();
    std::string indent(2 * stack.size(), ' ');
    const std::vector<NodeId>& order = level.names.order();
    if (level.next_node > 0) {
      const auto& bodies = level.graph->node(order[level.next_node - 1]).bodies;
      if (level.next_body < bodies.size()) {
        const Graph* body = bodies[level.next_body++].get();
        bool first = level.next_body == 1;
        std::string origin = first ? origin_comment(*level.graph, order[level.next_node - 1]) : "";
        text += fmt::format(" body {} {{{}\n", name_text(body->name), origin);
        stack.push_back({body, NodeNames(*body)});
        continue;
      }
      text += "\n";
    }
    if (level.next_node < order.size()) {
      NodeId id = order[level.next_node++];
      level.next_body = 0;
      text += indent + node_statement(*level.graph, id, level.names);
      if (level.graph->node(id).bodies.empty()) text += origin_comment(*level.graph, id);
      continue;
    }
    print_results(level, indent, text);
    stack.pop_back();
    text += std::string(2 * stack.size(), ' ') + "}";
  }
  return text + "\n";
}

}  // namespace nnc
