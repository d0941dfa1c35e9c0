// What a program says and training never reaches: layers that nothing applies, parameters without a path to the loss.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "frontend/program/program_elaborator.h"
#include "frontend/syntax/names.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"

namespace nnc {

void warn_unused_layers(const CheckedProgram& program, Diagnostics& diagnostics) {
  std::set<std::string> used;
  auto use = [&](const ast::Expr& name) { used.insert(name.text); };
  for (const Definition* definition : program.definitions.of_user()) {
    auto other = [&](const ast::Expr& name) {
      if (name.text != definition->name()) use(name);
    };
    for (const ast::Parameter& setting : definition->item->settings) for_each_name(setting.otherwise.get(), other);
    if (definition->item->body) for_each_name(*definition->item->body, other);
    if (const auto& own = definition->item->gradient; own && own->block) for_each_name(*own->block, other);
  }
  for (const auto& [key, entry] : program.train_entries) for_each_name(entry.entry->value.get(), use);
  for (const Definition* definition : program.definitions.of_user()) {
    if (definition->item->imported) continue;  // another program may use it
    if (!definition->is_layer() || used.count(definition->name()) != 0) continue;
    diagnostics.warning("W0510", definition->item->name.range,
                        fmt::format("the {} '{}' is never used", spelling(definition->kind()), definition->name()));
  }
}

namespace {

/// The way from a value to what its gradient might reach, and which nodes on it pass no gradient.
struct GradientPaths {
  const Graph& graph;
  /// Of each node that is reached: the last node before it that passes no gradient, or none.
  std::unordered_map<NodeId, NodeId> behind_cut = {};

  /// The ways with the fewest cuts come first: behind a cut a node is visited once nothing is left before it. So a cut
  /// that is told is one whose removal opens the path, not one that lies beside it in the library's `softmax`.
  void walk(NodeId value) {
    std::vector<std::pair<NodeId, NodeId>> open{{value, kNoNode}}, behind;
    while (!open.empty() || !behind.empty()) {
      if (open.empty()) std::swap(open, behind);
      auto [id, cut] = open.back();
      open.pop_back();
      if (!behind_cut.emplace(id, cut).second) continue;
      std::vector<std::pair<NodeId, NodeId>>& next = cuts(id) ? behind : open;
      for (NodeId operand : graph.node(id).operands) next.emplace_back(operand, cuts(id) ? id : cut);
    }
  }

  bool cuts(NodeId id) const {
    const Node& node = graph.node(id);
    return !node.op->differentiable || !is_float(node.type.element);
  }

  /// What stands between the value and `variable` and passes no gradient, the last of it first; none where nothing of
  /// the value comes from there, or where the path is free.
  std::vector<NodeId> cuts_before(NodeId variable) const {
    std::vector<NodeId> found;
    for (NodeId cut = behind_cut.at(variable); cut != kNoNode; cut = behind_cut.at(cut)) found.push_back(cut);
    return found;
  }

  /// "'floor' at line 7"
  std::string described(NodeId cut) const {
    std::string text = fmt::format("'{}'", spelling(*graph.node(cut).op));
    for (const Origin& origin : graph.origins(cut)) {
      if (origin.known()) return fmt::format("{} at line {}", text, origin.line);
    }
    return text;
  }
};

/// Parameters that are told together: those of one layer stand at one place.
struct Lost {
  Range place;
  std::vector<std::string> paths;
  std::string cut;  ///< what hides them from the loss, or empty: "'floor' at line 7 passes"
};

std::unordered_map<std::string, NodeId> variables_by_path(const Graph& graph) {
  std::unordered_map<std::string, NodeId> nodes;
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    if (const std::string* path = variable_path(node)) nodes[*path] = id;
  }
  return nodes;
}

std::vector<Lost> parameters_without_path(const std::vector<Variable>& variables, const Graph& graph,
                                          const std::set<std::string>& untrained) {
  GradientPaths paths{graph};
  paths.walk(loss_of(graph));
  std::unordered_map<std::string, NodeId> nodes = variables_by_path(graph);
  std::vector<Lost> lost;
  for (const Variable& variable : variables) {
    if (variable.state || untrained.contains(variable.path)) continue;
    auto node = nodes.find(variable.path);
    bool used = node != nodes.end() && paths.behind_cut.contains(node->second);
    std::vector<NodeId> cuts = used ? paths.cuts_before(node->second) : std::vector<NodeId>{};
    if (used && cuts.empty()) continue;
    std::vector<std::string> names;
    for (NodeId cut : cuts) names.push_back(paths.described(cut));
    std::string told = fmt::format("{} {}", fmt::join(names, " and "), names.size() == 1 ? "passes" : "pass");
    Lost one{variable.applied, {variable.path}, used ? told : ""};
    auto same = std::find_if(lost.begin(), lost.end(),
                             [&](const Lost& each) { return each.place == one.place && each.cut == one.cut; });
    if (same == lost.end())
      lost.push_back(one);
    else
      same->paths.push_back(variable.path);
  }
  return lost;
}

size_t parameters_of(const std::vector<Variable>& variables) {
  return static_cast<size_t>(
      std::count_if(variables.begin(), variables.end(), [](const Variable& v) { return !v.state; }));
}

}  // namespace

void check_paths_to_loss(const BoundProgram& program, Diagnostics& diagnostics) {
  if (program.training.refused) return;  // whoever asks for the graph is told
  std::vector<Lost> lost = parameters_without_path(program.variables, program.training.graph, program.untrained);
  size_t count = program.untrained.size();
  for (const Lost& one : lost) count += one.paths.size();
  if (lost.empty() && count > 0 && count == parameters_of(program.variables)) {
    diagnostics.error("E0918", program.checked->train_entries.at("loss").range,
                      "every parameter is frozen: there is nothing to train");
    return;
  }
  if (count > 0 && count == parameters_of(program.variables)) {
    const Lost& first = lost.front();
    diagnostics.error("E0918", program.checked->train_entries.at("loss").range,
                      first.cut.empty()
                          ? std::string("the loss uses no parameter: there is nothing to train")
                          : fmt::format("no parameter has a path to the loss: {} no gradient", first.cut));
    return;
  }
  for (const Lost& one : lost) {
    bool many = one.paths.size() > 1;
    std::string names = fmt::format("'{}'", fmt::join(one.paths, "', '"));
    diagnostics
        .warning("W0920", one.place,
                 fmt::format("the {} {} {} no path to the loss: {} gradient is always 0",
                             many ? "parameters" : "parameter", names, many ? "have" : "has", many ? "their" : "its"))
        .note(one.cut.empty() ? std::string("the loss does not use what comes of it")
                              : fmt::format("{} no gradient", one.cut));
  }
}

void warn_empty_parameters(const std::vector<Variable>& variables, Diagnostics& diagnostics) {
  std::vector<Lost> empty;
  for (const Variable& variable : variables) {
    if (variable.state || product(variable.type.axes).number() != 0) continue;
    std::string shown = fmt::format("{} {}", variable.path, to_string(variable.type));
    auto same =
        std::find_if(empty.begin(), empty.end(), [&](const Lost& each) { return each.place == variable.applied; });
    if (same == empty.end())
      empty.push_back({variable.applied, {shown}, ""});
    else
      same->paths.push_back(shown);
  }
  for (const Lost& one : empty) {
    diagnostics.warning("W0926", one.place,
                        fmt::format("{} without an element, as an axis is 0: {}",
                                    one.paths.size() > 1 ? "parameters" : "a parameter", fmt::join(one.paths, ", ")));
  }
}

}  // namespace nnc
