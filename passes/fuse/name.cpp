#include "passes/fuse/name.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "ir/graph/op.h"

namespace nnc {

namespace {

std::string as_identifier(std::string_view text) {
  std::string name;
  for (char c : text) {
    bool word = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    if (word || (!name.empty() && name.back() != '_')) name += word ? c : '_';
  }
  while (!name.empty() && name.back() == '_') name.pop_back();
  return name;
}

/// The last two parts of a path: "net.dense_0.W" → "dense_0_W".
std::string short_path(const std::string& path) {
  size_t dot = path.rfind('.');
  size_t before = dot == std::string::npos || dot == 0 ? std::string::npos : path.rfind('.', dot - 1);
  return as_identifier(before == std::string::npos ? path : path.substr(before + 1));
}

/// The node that a kernel is about: its contraction or first reduction, else the last value that it makes.
NodeId heart_of(const Graph& graph, const KernelGroup& kernel) {
  for (NodeId node : kernel.nodes) {
    OpClass op_class = graph.node(node).op->op_class;
    if (op_class == OpClass::contraction || op_class == OpClass::reduction) return node;
  }
  return kernel.outputs.empty() ? kernel.nodes.back() : kernel.outputs.back();
}

/// Schedules, settings and bias corrections, computed once a step.
bool only_scalars(const Graph& graph, const KernelGroup& kernel) {
  return kernel.kind == KernelKind::elementwise &&
         std::all_of(kernel.nodes.begin(), kernel.nodes.end(),
                     [&](NodeId node) { return graph.type(node).rank() == 0; });
}

}  // namespace

std::string describe(const Graph& graph, NodeId node) {
  const std::string& name = graph.node_name(node);
  return fmt::format("{}{} {}", graph.node(node).op->name, name.empty() ? "" : " %" + name,
                     to_string(graph.type(node)));
}

std::string KernelNames::make(const KernelGroup& kernel) {
  std::string name;
  if (kernel.kind == KernelKind::updates && !kernel.nodes.empty()) {
    name = "small_updates";
  } else if (!kernel.updates.empty() || kernel.nodes.empty()) {
    name = "update_" + short_path(graph_.results[kernel.updates.front()].name);
  } else if (only_scalars(graph_, kernel)) {
    name = "scalars";
  } else {
    const std::vector<Origin>& origins = graph_.origins(heart_of(graph_, kernel));
    std::string from = origins.empty() ? "" : origins.front().note;
    bool backward = from.starts_with("backward");
    if (backward) from = from.starts_with("backward of ") ? from.substr(12) : "";
    for (size_t i = 0; i < kernel.outputs.size() && from.empty(); ++i) from = graph_.node_name(kernel.outputs[i]);
    if (from.empty()) from = graph_.node(heart_of(graph_, kernel)).op->name;
    name = fmt::format("{}_{}", backward ? "backward" : "forward", as_identifier(from));
  }
  return names_.make(name);
}

}  // namespace nnc
