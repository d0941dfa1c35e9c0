#include "ir/interpret_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "ir/contraction.h"
#include "ir/convert.h"
#include "ir/dual_scalars.h"
#include "ir/interpret_node.h"
#include "ir/op.h"
#include "ir/ops/scan.h"
#include "support/error.h"

namespace nnc {

namespace {

Shape resolved(const Shape& shape, int64_t rows) {
  Shape result;
  for (const Dim& dim : shape) result.push_back(dim.symbol == Symbol::rows ? Dim(dim.count * rows) : dim);
  return result;
}

struct Inputs {
  const Tensors* values = nullptr;
  const Tensors* tangents = nullptr;              ///< null: none
  const std::vector<DualTensor>* body = nullptr;  ///< of a scan's body, by index
};

class Interpreter {
 public:
  Interpreter(const Graph& graph, Inputs inputs, int64_t rows, bool round)
      : graph_(graph), inputs_(inputs), rows_(rows), round_(round) {}

  /// Evaluates everything that the results reach; `seen` hears of each node and may end the walk.
  void run(const std::function<bool(NodeId, const DualTensor&)>& seen = {}) {
    for (NodeId id : graph_.reachable()) {
      DualTensor value = evaluate(id);
      if (round_ && is_float(value.element)) {
        for (Dual& dual : value.values) dual.value = convert(dual.value, value.element);
      }
      bool goes_on = !seen || seen(id, value);
      values_[id] = std::move(value);
      if (!goes_on) return;
    }
  }

  const DualTensor& at(NodeId id) const { return values_.at(id); }

 private:
  DualTensor evaluate(NodeId id) {
    const Node& node = graph_.node(id);
    std::vector<const DualTensor*> operands;
    for (NodeId operand : node.operands) operands.push_back(&values_.at(operand));
    if (node.op == &op("scan")) return scan(node, operands);
    if (node.op == &op("project")) return operands[0]->parts[static_cast<size_t>(node.attributes.integer("part"))];
    if (node.op == &op("tuple")) return tuple_of(operands);
    if (node.op->op_class == OpClass::leaf && node.attributes.has("path")) return leaf(node);
    DualTensor result = shaped(node.type);
    interpret_node(graph_, node, operands, rows_, result);
    return result;
  }

  DualTensor shaped(const Type& type) const { return zeros(type.element, resolved(type.shape, rows_)); }

  static DualTensor tuple_of(const std::vector<const DualTensor*>& operands) {
    DualTensor tuple;
    for (const DualTensor* operand : operands) tuple.parts.push_back(*operand);
    return tuple;
  }

  DualTensor leaf(const Node& node) {
    if (inputs_.body != nullptr && node.attributes.has("index")) {
      return (*inputs_.body)[static_cast<size_t>(node.attributes.integer("index"))];
    }
    const auto& path = node.attributes.get<std::string>("path");
    auto found = inputs_.values->find(path);
    NNC_ASSERT(found != inputs_.values->end(), fmt::format("the interpreter is given no '{}'", path));
    DualTensor result = shaped(node.type);
    if (!node.type.shape.empty() && node.type.shape[0].symbol == Symbol::samples)
      result.shape = found->second.type.shape;
    result.values.assign(found->second.values.size(), Dual{});
    NNC_ASSERT(static_cast<int64_t>(result.values.size()) == count(result.shape),
               fmt::format("'{}' is given {} numbers", path, result.values.size()));
    for (size_t i = 0; i < result.values.size(); ++i) result.values[i].value = found->second.values[i];
    if (inputs_.tangents == nullptr) return result;
    if (auto tangent = inputs_.tangents->find(path); tangent != inputs_.tangents->end()) {
      for (size_t i = 0; i < result.values.size(); ++i) result.values[i].tangent = tangent->second.values[i];
    }
    return result;
  }

  DualTensor scan(const Node& node, const std::vector<const DualTensor*>& operands) {
    ScanLayout about = ScanLayout::of(node);
    const Graph& body = *node.bodies[0];
    std::vector<DualTensor> inputs;
    for (const DualTensor* operand : operands) inputs.push_back(*operand);
    DualTensor result;
    for (const Type& part : node.type.parts) result.parts.push_back(shaped(part));
    for (int64_t turn = 0; turn < about.length; ++turn) {
      int64_t step = about.reverse ? about.length - 1 - turn : turn;
      for (size_t i = 0; i < about.sequences; ++i) {
        inputs[about.states + i] = slice_of(*operands[about.states + i], step);
      }
      Interpreter inner(body, {inputs_.values, inputs_.tangents, &inputs}, rows_, round_);
      inner.run();
      for (size_t i = 0; i < body.results.size(); ++i) {
        const DualTensor& value = inner.at(body.results[i].node);
        if (i >= about.states) put_slice(result.parts[i], step, value);
      }
      std::vector<DualTensor> next;
      for (size_t i = 0; i < about.states; ++i) next.push_back(inner.at(body.results[i].node));
      std::move(next.begin(), next.end(), inputs.begin());
    }
    for (size_t i = 0; i < about.states; ++i) result.parts[i] = inputs[i];
    return result;
  }

  static DualTensor slice_of(const DualTensor& from, int64_t step) {
    DualTensor part = zeros(from.element, Shape(from.shape.begin() + 1, from.shape.end()));
    auto size = static_cast<std::ptrdiff_t>(part.values.size());
    std::copy_n(from.values.begin() + step * size, size, part.values.begin());
    return part;
  }

  static void put_slice(DualTensor& into, int64_t step, const DualTensor& part) {
    auto size = static_cast<std::ptrdiff_t>(part.values.size());
    std::copy(part.values.begin(), part.values.end(), into.values.begin() + step * size);
  }

  const Graph& graph_;
  Inputs inputs_;
  int64_t rows_;
  bool round_;
  std::unordered_map<NodeId, DualTensor> values_;
};

Tensor tensor_of(const DualTensor& from, double Dual::* part) {
  Tensor tensor{Type(from.element, from.shape), {}};
  for (const Dual& dual : from.values) tensor.values.push_back(dual.*part);
  return tensor;
}

}  // namespace

Tensors interpret(const Graph& graph, const Tensors& inputs, int64_t rows, const InterpretOptions& options) {
  Interpreter interpreter(graph, {&inputs, nullptr, nullptr}, rows, options.round);
  interpreter.run();
  Tensors results;
  for (const Result& result : graph.results)
    results[result.name] = tensor_of(interpreter.at(result.node), &Dual::value);
  return results;
}

DualResult interpret_dual(const Graph& graph, const Tensors& inputs, const Tensors& tangents, int64_t rows) {
  Interpreter interpreter(graph, {&inputs, &tangents, nullptr}, rows, false);
  interpreter.run();
  DualResult results;
  for (const Result& result : graph.results) {
    results.values[result.name] = tensor_of(interpreter.at(result.node), &Dual::value);
    results.tangents[result.name] = tensor_of(interpreter.at(result.node), &Dual::tangent);
  }
  return results;
}

std::optional<NodeId> first_not_finite(const Graph& graph, const Tensors& inputs, int64_t rows) {
  std::optional<NodeId> first;
  Interpreter interpreter(graph, {&inputs, nullptr, nullptr}, rows, true);
  interpreter.run([&](NodeId id, const DualTensor& value) {
    bool finite =
        std::all_of(value.values.begin(), value.values.end(), [](const Dual& d) { return std::isfinite(d.value); });
    if (!finite && is_float(value.element)) first = id;
    return finite;
  });
  return first;
}

}  // namespace nnc
