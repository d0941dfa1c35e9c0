#include "ir/interpret/interpret_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "ir/graph/convert.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/resolve.h"
#include "ir/interpret/interpret_ops.h"
#include "ir/ops/scan.h"
#include "support/error.h"

namespace nnc {

namespace {

constexpr int64_t kMaxElements = int64_t{1} << 30;

[[noreturn]] void refuse(const std::string& what) { throw Failure(ExitCode::wrong_program, "error: " + what); }

enum class Rounding { none, to_elements, as_kernels };

/// Evaluates graphs; a body is evaluated once a step, so calls nest as deep as bodies do.
class Interpreter {
 public:
  Interpreter(int64_t rows, int64_t samples, Rounding rounding)
      : rows_(rows), samples_(samples), round_(rounding != Rounding::none), flush_(rounding == Rounding::as_kernels) {}

  using Leaf = std::function<Cell(const Node& resolved)>;

  /// The cells of the results. `leaf` gives variables and inputs; `watcher` is told each node and may stop the walk.
  std::vector<Cell> run(const Graph& graph, const Leaf& leaf, const Watcher& watcher = {}) {
    std::vector<Cell> cells(graph.size());
    std::vector<uint32_t> uses = graph.use_counts();
    for (NodeId id : graph.reachable()) {
      Node node = resolve(graph.node(id), rows_, samples_);
      check_size(node);
      Cells operands;
      for (NodeId operand : node.operands) operands.push_back(&cells[operand]);
      Origin where = graph.origins(id).empty() ? Origin{} : graph.origins(id).front();
      cells[id] = evaluate(node, operands, leaf, where);
      if (!node.op->differentiable) cells[id].tangents.clear();
      if (round_ && is_float(node.type.element)) round_to(cells[id], node.type.element);
      if (watcher && !watcher(id, node, cells[id], operands)) return {};
      for (NodeId operand : node.operands) {
        if (--uses[operand] == 0) cells[operand] = Cell{};
      }
    }
    std::vector<Cell> results;
    for (const Result& result : graph.results) results.push_back(cells[result.node]);
    return results;
  }

 private:
  void round_to(Cell& cell, Element element) const {
    const double least = element == Element::f64 ? DBL_MIN : FLT_MIN;
    for (double& value : cell.values) {
      value = convert(value, element);
      if (flush_ && std::fabs(value) < least) value = std::copysign(0, value);
    }
  }

  static void check_size(const Node& node) {
    std::vector<const Type*> types{&node.type};
    for (const Type& part : node.type.parts) types.push_back(&part);
    for (const Type* type : types) {
      std::optional<Dim> count = product(type->shape);
      if (!count || count->count > kMaxElements) {
        refuse(fmt::format("'{}' gives {}: too large for the interpreter", node.op->name, to_string(*type)));
      }
    }
  }

  Cell evaluate(const Node& node, const Cells& operands, const Leaf& leaf, const Origin& where) {
    switch (node.op->op_class) {
      case OpClass::leaf: return evaluate_leaf(node, leaf);
      case OpClass::elementwise: return evaluate_elementwise(node, operands, round_);
      case OpClass::movement: return evaluate_movement(node, operands);
      case OpClass::reduction: return evaluate_reduction(node, operands);
      case OpClass::contraction: return evaluate_contraction(node, operands);
      case OpClass::indexed:
        return has_view<ScatterAttributes>(node) ? evaluate_scatter_add(node, operands)
                                                 : evaluate_gather(node, operands);
      case OpClass::window: return evaluate_window(node, operands);
      case OpClass::random: return evaluate_random(node, operands);
      case OpClass::structured: return evaluate_structured(node, operands);
      case OpClass::gradient: unsupported(where, "a gradient before 'differentiate' has replaced it");
    }
    internal_error("an op of no class");
  }

  Cell evaluate_leaf(const Node& node, const Leaf& leaf) {
    if (leaf_path(node) != nullptr) return leaf(node);
    Cell cell{node.type};
    auto count = static_cast<size_t>(element_count(node.type));
    double number = 0;
    if (const double* value = constant_value(node)) number = *value;
    if (const auto size = view_if<SizeAttributes>(node)) number = static_cast<double>(size->dim.count);
    cell.values.assign(count, convert(number, node.type.element));
    if (!has_view<IotaAttributes>(node)) return cell;
    const auto axis = static_cast<size_t>(view<IotaAttributes>(node).axis);
    auto stride = static_cast<size_t>(row_major_strides(node.type.shape)[axis]);
    auto size = static_cast<size_t>(node.type.shape[axis].count);
    for (size_t i = 0; i < count; ++i) cell.values[i] = static_cast<double>(i / stride % size);
    return cell;
  }

  Cell evaluate_structured(const Node& node, const Cells& operands) {
    if (has_view<OwnGradientAttributes>(node)) return *operands[0];
    if (!node.bodies.empty()) return evaluate_scan(node, operands);
    if (const auto project = view_if<ProjectAttributes>(node)) {
      return operands[0]->parts[static_cast<size_t>(project->part)];
    }
    Cell whole{node.type};
    for (const Cell* operand : operands) whole.parts.push_back(*operand);
    return whole;
  }

  static Cell step_element(const Cell& sequence, int64_t step, int64_t length) {
    Cell element{Type(sequence.type.element, Shape(sequence.type.shape.begin() + 1, sequence.type.shape.end()))};
    auto width = static_cast<std::ptrdiff_t>(sequence.values.size()) / std::max<int64_t>(length, 1);
    auto begin = sequence.values.begin() + step * width;
    element.values.assign(begin, begin + width);
    if (!sequence.moves()) return element;
    auto moving = sequence.tangents.begin() + step * width;
    element.tangents.assign(moving, moving + width);
    return element;
  }

  Cell evaluate_scan(const Node& node, const Cells& operands) {
    ScanLayout layout = ScanLayout::of(node);
    Cell whole{node.type};
    for (size_t i = 0; i < layout.states; ++i) whole.parts.push_back(*operands[i]);
    for (size_t i = layout.states; i < node.type.parts.size(); ++i) {
      Cell stack{node.type.parts[i]};
      stack.values.resize(static_cast<size_t>(element_count(stack.type)));
      whole.parts.push_back(std::move(stack));
    }
    for (int64_t turn = 0; turn < layout.length; ++turn) {
      int64_t step = layout.reverse ? layout.length - 1 - turn : turn;
      auto leaf = [&](const Node& input) {
        const size_t number = body_index(input).value();
        if (number < layout.states) return whole.parts[number];
        bool sequence = number < layout.states + layout.sequences;
        return sequence ? step_element(*operands[number], step, layout.length) : *operands[number];
      };
      std::vector<Cell> results = run(*node.bodies[0], leaf);
      for (size_t i = 0; i < results.size(); ++i) {
        if (i < layout.states) {
          whole.parts[i] = std::move(results[i]);
          continue;
        }
        Cell& stack = whole.parts[i];
        auto at = static_cast<std::ptrdiff_t>(results[i].values.size()) * step;
        std::copy(results[i].values.begin(), results[i].values.end(), stack.values.begin() + at);
        if (!results[i].moves()) continue;
        stack.tangents.resize(stack.values.size());
        std::copy(results[i].tangents.begin(), results[i].tangents.end(), stack.tangents.begin() + at);
      }
    }
    return whole;
  }

  int64_t rows_, samples_;
  bool round_, flush_;
};

/// N, read off the first input that has it.
int64_t find_samples(const Graph& graph, const Tensors& inputs) {
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    const std::string* path = leaf_path(node);
    if (path == nullptr) continue;
    auto given = inputs.find(*path);
    if (given == inputs.end() || given->second.type.rank() != node.type.rank()) continue;
    for (size_t axis = 0; axis < node.type.shape.size(); ++axis) {
      const Dim& dim = node.type.shape[axis];
      if (dim.symbol == Symbol::samples && dim.count > 0) return given->second.type.shape[axis].count / dim.count;
    }
  }
  return 0;
}

Interpreter::Leaf leaves(const Tensors& inputs, const Tensors& tangents) {
  return [&inputs, &tangents](const Node& node) {
    const std::string& path = *leaf_path(node);
    auto given = inputs.find(path);
    if (given == inputs.end()) refuse(fmt::format("the graph's {} '{}' has no value", node.op->name, path));
    const Tensor& tensor = given->second;
    if (tensor.count() != element_count(node.type)) {
      refuse(fmt::format("the graph's {} '{}' is {}, but {} of {} values was given", node.op->name, path,
                         to_string(node.type), to_string(tensor.type), tensor.count()));
    }
    Cell cell{node.type, tensor.numbers()};
    auto moving = tangents.find(path);
    if (moving != tangents.end() && is_float(node.type.element)) cell.tangents = moving->second.numbers();
    return cell;
  };
}

}  // namespace

DualTensors interpret_dual(const Graph& graph, const Tensors& inputs, const Tensors& tangents, int64_t rows,
                           const InterpretOptions& options) {
  Interpreter interpreter(rows, find_samples(graph, inputs), options.round ? Rounding::to_elements : Rounding::none);
  std::vector<Cell> cells = interpreter.run(graph, leaves(inputs, tangents));
  DualTensors results;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string& name = graph.results[i].name;
    const Type exact(Element::f64, cells[i].type.shape);
    if (!cells[i].moves()) cells[i].tangents.assign(cells[i].values.size(), 0);
    const bool as_declared = options.round || !is_float(cells[i].type.element);
    results.tangents[name] = {exact, cells[i].tangents};
    results.values[name] = {as_declared ? cells[i].type : exact, cells[i].values};
  }
  return results;
}

Tensors interpret(const Graph& graph, const Tensors& inputs, int64_t rows, const InterpretOptions& options) {
  return interpret_dual(graph, inputs, {}, rows, options).values;
}

Tensor moved(const Tensor& tensor, std::span<const double> direction, double step) {
  std::vector<double> numbers = tensor.numbers();
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] += step * direction[i];
  return {Type(Element::f64, tensor.type.shape), numbers};
}

void watch(const Graph& graph, const Tensors& inputs, int64_t rows, const Watcher& watcher) {
  const Tensors none;
  Interpreter(rows, find_samples(graph, inputs), Rounding::as_kernels).run(graph, leaves(inputs, none), watcher);
}

}  // namespace nnc
