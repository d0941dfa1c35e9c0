#include <fmt/format.h>

#include <array>

#include "ir/graph/node_text.h"
#include "ir/nest/nest_text.h"
#include "ir/print/text.h"

namespace nnc {

namespace {

constexpr std::array<std::string_view, 7> kKinds{"contraction", "rows",    "elementwise", "reduction",
                                                 "updates",     "indexed", "scan"};

std::string indented(const std::string& text, const std::string& indent) {
  std::string result;
  bool line_start = true;
  for (char c : text) {
    if (line_start && c != '\n') result += indent;
    line_start = c == '\n';
    result += c;
  }
  return result;
}

/// A variable's name among the words that follow it.
std::string variable_text(const std::string& name) {
  bool word = name == "kernel" || name == "border" || name == "schedule" || name == "body";
  return word ? quoted(name) : name_text(name);
}

std::string print_kernel(const Partition& partition, const KernelGroup& kernel, const NodeNames& names) {
  std::string text = fmt::format("kernel {} {} {{", name_text(kernel.name), spelling(kernel.kind));
  for (NodeId node : kernel.nodes) text += " %" + names[node];
  text += " } ->";
  for (NodeId node : kernel.outputs) text += " %" + names[node];
  if (!kernel.updates.empty()) text += " updates";
  for (uint32_t number : kernel.updates) text += " " + variable_text(partition.graph.results[number].name);
  text += "\n";
  if (!kernel.border.empty()) text += "  border " + quoted(kernel.border) + "\n";
  if (kernel.schedule) text += "  schedule " + to_string(*kernel.schedule) + "\n";
  for (const Partition& body : kernel.bodies) text += "  body {\n" + indented(print(body), "    ") + "  }\n";
  return text;
}

}  // namespace

std::string_view spelling(KernelKind kind) { return kKinds[static_cast<size_t>(kind)]; }

std::string print(const Partition& partition) {
  NodeNames names(partition.graph);
  std::string text = partition.compiled ? "compiled for " + to_string(*partition.compiled) + "\n" : "";
  text += print(partition.graph);
  for (const KernelGroup& kernel : partition.kernels) text += "\n" + print_kernel(partition, kernel, names);
  return text;
}

}  // namespace nnc
