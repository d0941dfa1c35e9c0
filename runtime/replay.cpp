#include "runtime/replay.h"

#include <fmt/format.h>

#include "ir/interpret_graph.h"
#include "ir/op.h"
#include "passes/differentiate.h"

namespace nnc {

namespace {

/// What the loss needs.
Graph forward_of(const Graph& training) {
  Graph forward(training);
  std::erase_if(forward.results, [](const Result& r) { return r.kind != ResultKind::value || r.name != "loss"; });
  return forward;
}

Tensor vector_of(std::vector<double> values) {
  return {Type(Element::i32, {Dim(static_cast<int64_t>(values.size()))}), std::move(values)};
}

Tensor input_of(const FailedStep& step, const std::string& path, const Type& type) {
  const std::vector<int32_t>& rows = step.outcome.failed_rows;
  if (auto column = step.split.columns.find(path); column != step.split.columns.end()) {
    return read_rows(column->second, type, rows);
  }
  if (path == "order") {
    std::vector<double> order(rows.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<double>(i);
    return vector_of(std::move(order));
  }
  if (path == "seed") {
    auto word = [&](int shift) { return static_cast<double>(static_cast<int32_t>(step.seed >> shift)); };
    return vector_of({word(0), word(32)});
  }
  if (path == "step") return {type, {static_cast<double>(step.outcome.steps + 1)}};
  return {type, {step.settings.at(path.substr(path.find('.') + 1))}};
}

std::string described(const Graph& graph, NodeId node) {
  std::string text = fmt::format("{} {}", graph.node(node).op->name, to_string(graph.type(node)));
  const std::vector<Origin>& origins = graph.origins(node);
  if (origins.empty()) return text;
  std::string note = origins[0].note.empty() ? "" : ", " + origins[0].note;
  return text + fmt::format(" ({}:{}{})", origins[0].file, origins[0].line, note);
}

}  // namespace

std::string name_first_not_finite(const FailedStep& step) {
  Graph graph = step.outcome.broken.empty() ? forward_of(step.training) : differentiate(step.training);
  Tensors inputs;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    if (node.op->op_class != OpClass::leaf || !node.attributes.has("path")) continue;
    const auto& path = node.attributes.get<std::string>("path");
    if (node.op == &op("variable")) {
      HostTensor value = step.state.read(path);
      inputs[path] = Tensor{node.type, std::move(value.values)};
    } else {
      inputs[path] = input_of(step, path, node.type);
    }
  }
  auto rows = static_cast<int64_t>(step.outcome.failed_rows.size());
  std::optional<NodeId> first = first_not_finite(graph, inputs, rows);
  return first ? described(graph, *first) : (step.outcome.broken.empty() ? "the loss itself" : step.outcome.broken);
}

}  // namespace nnc
