// What a program says and training never reaches: layers that nothing applies, parameters without a path to the loss.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "frontend/names.h"
#include "frontend/program_elaborator.h"
#include "ir/op.h"

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
  }
  for (const auto& [key, entry] : program.train_entries) for_each_name(entry.entry->value.get(), use);
  for (const Definition* definition : program.definitions.of_user()) {
    if (!definition->is_layer() || used.count(definition->name()) != 0) continue;
    diagnostics.warning("W0510", definition->item->name.range,
                        fmt::format("the {} '{}' is never used", spelling(definition->kind()), definition->name()));
  }
}

namespace {

/// The nodes that a value's gradient reaches, and where it ends on the way.
struct GradientPaths {
  const Graph& graph;
  std::set<NodeId> reached = {};
  std::vector<NodeId> cuts = {};

  void walk(NodeId from) {
    std::vector<NodeId> open{from};
    while (!open.empty()) {
      NodeId id = open.back();
      open.pop_back();
      if (!reached.insert(id).second) continue;
      const Node& node = graph.node(id);
      bool passes = node.op->differentiable && is_float(node.type.element);
      if (!passes) cuts.push_back(id);
      if (passes) open.insert(open.end(), node.operands.begin(), node.operands.end());
    }
  }

  /// The cut that hides `variable`; nothing where no path leads there at all.
  std::optional<NodeId> cut_before(NodeId variable) const {
    for (NodeId cut : cuts) {
      std::set<NodeId> below;
      std::vector<NodeId> open{cut};
      while (!open.empty()) {
        NodeId id = open.back();
        open.pop_back();
        if (!below.insert(id).second) continue;
        if (id == variable) return cut;
        const Node& node = graph.node(id);
        open.insert(open.end(), node.operands.begin(), node.operands.end());
      }
    }
    return std::nullopt;
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
  std::string cut;  ///< what hides them from the loss, or empty
};

std::vector<Lost> parameters_without_path(const ProgramElaborator& setup, const Graph& graph, NodeId loss) {
  GradientPaths paths{graph};
  paths.walk(loss);
  std::vector<Lost> lost;
  for (const Variable& variable : setup.elaborator.variables) {
    if (variable.state) continue;
    std::optional<NodeId> node;
    for (NodeId id = 0; id < graph.size(); ++id) {
      const Attribute* path = graph.node(id).attributes.find("path");
      bool named =
          path != nullptr && graph.node(id).op->name == "variable" && std::get<std::string>(*path) == variable.path;
      if (named) node = id;
    }
    if (node && paths.reached.count(*node) != 0) continue;
    std::optional<NodeId> cut = node ? paths.cut_before(*node) : std::nullopt;
    Lost one{variable.applied, {variable.path}, cut ? paths.described(*cut) : ""};
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
  Graph graph("loss");
  Diagnostics own;
  ProgramElaborator setup(*program.checked, &program, own, &graph, true);
  Enter enter(setup.elaborator, setup.train);
  TypedTensor loss;
  try {
    setup.enter_fields();
    loss = setup.loss();
  } catch (const Abandoned&) {
    return;  // lowering says what is wrong
  } catch (const Refusal&) {
    return;
  }
  std::vector<Lost> lost = parameters_without_path(setup, graph, loss.node.id);
  size_t count = 0;
  for (const Lost& one : lost) count += one.paths.size();
  if (count > 0 && count == parameters_of(setup.elaborator.variables)) {
    const Lost& first = lost.front();
    diagnostics.error("E0918", program.checked->train_entries.at("loss").range,
                      first.cut.empty()
                          ? std::string("the loss uses no parameter: there is nothing to train")
                          : fmt::format("no parameter has a path to the loss: {} passes no gradient", first.cut));
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
                              : fmt::format("{} passes no gradient", one.cut));
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
