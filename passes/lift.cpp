// For each scan, in this order:
// 1. What nothing reads goes: outputs, states, sequences.
// 2. Before the loop: nodes of the body that depend on no state. Contractions and what they need are computed for all
//    steps; from there on an elementwise node, as long as what is kept for the steps gets no larger by it.
// 3. Behind the loop: a state to which steps only add. Each term that is a contraction or a sum is computed for all
//    steps, of operands that the loop puts out; so is an output that no state needs, where a contraction makes it.
// A scan's parts are then values of the graph around it, and its projections are replaced by them.
#include "passes/lift.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ir/graph/builder.h"
#include "ir/graph/op_attributes.h"
#include "ir/ops/scan.h"
#include "passes/lift/all_steps.h"
#include "passes/lift/before_loop.h"
#include "passes/lift/behind_loop.h"
#include "passes/lift/orient.h"
#include "passes/rebuild.h"
#include "passes/simplify.h"

namespace nnc {

namespace {

using UsedParts = std::map<NodeId, std::set<size_t>>;

/// Which parts of each scan are read.
UsedParts used_parts(const Graph& graph) {
  UsedParts used;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    if (!has_view<ProjectAttributes>(node)) continue;
    used[node.operands[0]].insert(static_cast<size_t>(view<ProjectAttributes>(node).part));
  }
  return used;
}

bool is_scan(const Node& node) { return has_view<ScanAttributes>(node); }

Value lifted(const Node& node, std::span<const Value> operands, const std::set<size_t>& used) {
  ScanParts scan = ScanParts::of(node, operands);
  if (scan.length == 0) return scan.together();
  scan = oriented(scan);
  scan = with_inputs(scan, before_loop(scan, used));
  return parts_behind_loop(scan, used);
}

}  // namespace

Graph lift(const Graph& graph) {
  const std::vector<NodeId> reachable = graph.reachable();
  const bool scans =
      std::any_of(reachable.begin(), reachable.end(), [&](NodeId id) { return is_scan(graph.node(id)); });
  if (!scans) return graph;
  const UsedParts used = used_parts(graph);
  Graph result = rebuild(graph, [&](Graph& target, NodeId id, const Node& node, std::span<const Value> operands) {
    if (has_view<ProjectAttributes>(node)) return project(operands[0], view<ProjectAttributes>(node).part);
    std::vector<std::shared_ptr<const Graph>> bodies;
    for (const auto& body : node.bodies) bodies.push_back(std::make_shared<const Graph>(lift(*body)));
    if (!is_scan(node) || operands.empty()) return target.add(*node.op, operands, node.attributes, std::move(bodies));
    Node scan = node;
    scan.bodies = std::move(bodies);
    return lifted(scan, operands, used.contains(id) ? used.at(id) : std::set<size_t>{});
  });
  return simplify(result);
}

StageValue run_lift(const StageValue& program, const PassOptions&) { return lift(std::get<Graph>(program)); }

}  // namespace nnc
