#include "ir/interpret_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ir/contraction.h"
#include "ir/convert.h"
#include "ir/op.h"
#include "ir/random.h"
#include "support/error.h"

namespace nnc {

namespace {

using Indices = std::vector<int64_t>;

/// Calls body(index, number) for every element of a shape, in row-major order.
template <class Body>
void for_each(const Shape& shape, const Body& body) {
  Indices index(shape.size(), 0);
  int64_t total = count(shape);
  for (int64_t number = 0; number < total; ++number) {
    body(index, static_cast<size_t>(number));
    for (size_t axis = shape.size(); axis-- > 0 && ++index[axis] == shape[axis].count;) index[axis] = 0;
  }
}

size_t number_of(const Shape& shape, std::span<const int64_t> index) {
  int64_t number = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis) number = number * shape[axis].count + index[axis];
  return static_cast<size_t>(number);
}

struct Context {
  const Graph& graph;
  const Node& node;
  std::span<const DualTensor* const> operands;
  int64_t rows;
  DualTensor& result;
};

std::vector<Type> operand_types(const Context& c) {
  std::vector<Type> types;
  for (const DualTensor* operand : c.operands) types.emplace_back(operand->element, operand->shape);
  return types;
}

void leaf(const Context& c) {
  const Attributes& attributes = c.node.attributes;
  if (c.node.op == &op("constant")) {
    c.result.values[0].value = convert(attributes.get<double>("value"), c.node.type.element);
  } else if (c.node.op == &op("size")) {
    c.result.values[0].value = static_cast<double>(attributes.get<Shape>("dim")[0].at(c.rows));
  } else {
    auto axis = static_cast<size_t>(attributes.integer("axis"));
    for_each(c.result.shape, [&](const Indices& index, size_t number) {
      c.result.values[number].value = static_cast<double>(index[axis]);
    });
  }
}

void elementwise(const Context& c) {
  DualScalars scalars;
  std::vector<ScalarValue> x(c.operands.size());
  for (size_t number = 0; number < c.result.values.size(); ++number) {
    scalars.clear();
    for (size_t i = 0; i < x.size(); ++i) x[i] = scalars.add(c.operands[i]->values[number], c.operands[i]->element);
    c.result.values[number] = scalars.dual(c.node.op->scalar(scalars, x, c.node));
  }
}

bool holds(const IndexGuard& guard, std::span<const int64_t> index) {
  int64_t value = guard.expr.evaluate(index);
  return value >= 0 && value < guard.extent && value % guard.multiple == 0;
}

void movement(const Context& c) {
  Movement how = c.node.op->move(operand_types(c), c.node);
  Indices at;
  for_each(c.result.shape, [&](const Indices& index, size_t number) {
    c.result.values[number].value = how.fill_value;
    for (const Access& access : how.accesses) {
      bool here =
          std::all_of(access.guards.begin(), access.guards.end(), [&](const IndexGuard& g) { return holds(g, index); });
      if (!here) continue;
      at.clear();
      for (const IndexExpr& expr : access.index) at.push_back(expr.evaluate(index));
      const DualTensor& from = *c.operands[static_cast<size_t>(access.operand)];
      c.result.values[number] = from.values[number_of(from.shape, at)];
      return;
    }
  });
}

bool better(Scalar combine, double candidate, double best) {
  if (std::isnan(best)) return false;
  return std::isnan(candidate) || (combine == Scalar::minimum ? candidate < best : candidate > best);
}

void reduction(const Context& c) {
  const auto& axes = c.node.attributes.get<Indices>("axes");
  const DualTensor& from = *c.operands[0];
  Scalar combine = c.node.op->combine;
  std::fill(c.result.values.begin(), c.result.values.end(), Dual{c.node.op->identity, 0});
  std::vector<bool> begun(c.result.values.size(), false);
  Indices kept;
  for_each(from.shape, [&](const Indices& index, size_t number) {
    kept.clear();
    for (size_t axis = 0; axis < index.size(); ++axis) {
      if (!std::binary_search(axes.begin(), axes.end(), static_cast<int64_t>(axis))) kept.push_back(index[axis]);
    }
    size_t to = number_of(c.result.shape, kept);
    Dual& sum = c.result.values[to];
    const Dual& term = from.values[number];
    if (combine == Scalar::add) {
      sum = {sum.value + term.value, sum.tangent + term.tangent};
    } else if (!begun[to] || better(combine, term.value, sum.value)) {
      sum = term;
    }
    begun[to] = true;
  });
}

void argmax(const Context& c) {
  auto axis = static_cast<size_t>(c.node.attributes.integer("axis"));
  const DualTensor& from = *c.operands[0];
  std::vector<double> best(c.result.values.size());
  for_each(from.shape, [&](const Indices& index, size_t number) {
    Indices kept = index;
    kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(axis));
    size_t to = number_of(c.result.shape, kept);
    if (index[axis] != 0 && !better(Scalar::maximum, from.values[number].value, best[to])) return;
    best[to] = from.values[number].value;
    c.result.values[to].value = static_cast<double>(index[axis]);
  });
}

void window(const Context& c) {
  const Attributes& attributes = c.node.attributes;
  if (!attributes.has("sizes")) return argmax(c);
  const auto &sizes = attributes.get<Indices>("sizes"), &strides = attributes.get<Indices>("strides"),
             &dilations = attributes.get<Indices>("dilations");
  Shape offsets;
  for (int64_t size : sizes) offsets.emplace_back(size);
  const DualTensor& from = *c.operands[0];
  Scalar combine = c.node.op->combine;
  for_each(c.result.shape, [&](const Indices& index, size_t to) {
    Dual total{c.node.op->identity, 0};
    int64_t winner = 0;
    for_each(offsets, [&](const Indices& offset, size_t number) {
      Indices at(index.size());
      for (size_t axis = 0; axis < at.size(); ++axis)
        at[axis] = index[axis] * strides[axis] + offset[axis] * dilations[axis];
      const Dual& term = from.values[number_of(from.shape, at)];
      bool sum = combine == Scalar::add && !c.node.op->yields_index;
      if (sum) total = {total.value + term.value, total.tangent + term.tangent};
      Scalar order = c.node.op->yields_index ? Scalar::maximum : combine;
      if (sum || (number != 0 && !better(order, term.value, total.value))) return;
      total = term;
      winner = static_cast<int64_t>(number);
    });
    c.result.values[to] = c.node.op->yields_index ? Dual{static_cast<double>(winner), 0} : total;
  });
}

void contraction(const Context& c) {
  Contraction how = contraction_of(c.node, operand_types(c));
  Shape loops;
  for (const Contraction::Loop& loop : how.loops) loops.emplace_back(loop.extent.at(c.rows));
  std::fill(c.result.values.begin(), c.result.values.end(), Dual{});
  Indices at;
  auto element = [&](size_t operand, const Indices& index) {
    at.clear();
    for (const IndexExpr& expr : how.subscripts[operand]) at.push_back(expr.evaluate(index));
    return c.operands[operand]->values[number_of(c.operands[operand]->shape, at)];
  };
  for_each(loops, [&](const Indices& index, size_t) {
    Dual a = element(0, index), b = element(1, index);
    Dual& sum = c.result.values[number_of(c.result.shape, {index.data(), how.result_rank})];
    sum.value += a.value * b.value;
    sum.tangent += a.tangent * b.value + a.value * b.tangent;
  });
}

int64_t clamped_row(const Dual& index, int64_t rows) {
  return std::clamp<int64_t>(static_cast<int64_t>(index.value), 0, rows - 1);
}

void indexed(const Context& c) {
  bool gathers = c.node.op == &op("gather");
  const DualTensor& table = gathers ? *c.operands[0] : c.result;
  const DualTensor& numbers = gathers ? *c.operands[1] : *c.operands[0];
  int64_t rows = table.shape[0].count;
  auto size = static_cast<size_t>(count(Shape(table.shape.begin() + 1, table.shape.end())));
  for (size_t i = 0; i < numbers.values.size(); ++i) {
    auto row = static_cast<size_t>(clamped_row(numbers.values[i], rows));
    for (size_t j = 0; j < size; ++j) {
      if (gathers) {
        c.result.values[i * size + j] = table.values[row * size + j];
        continue;
      }
      Dual& sum = c.result.values[row * size + j];
      const Dual& term = c.operands[1]->values[i * size + j];
      sum = {sum.value + term.value, sum.tangent + term.tangent};
    }
  }
}

void random(const Context& c) {
  auto word = [&](size_t operand, size_t i) {
    return static_cast<uint32_t>(static_cast<int32_t>(c.operands[operand]->values[i].value));
  };
  const auto& path = c.node.attributes.get<std::string>("path");
  uint32_t scan_index = c.operands.size() > 2 ? word(2, 0) : 0;
  for (size_t i = 0; i < c.result.values.size(); ++i) {
    auto words = random_words({word(0, 0), word(0, 1)}, path, word(1, 0), scan_index, static_cast<uint32_t>(i));
    c.result.values[i].value = c.result.element == Element::f64 ? uniform_f64(words) : uniform_f32(words);
  }
}

}  // namespace

int64_t count(const Shape& shape) {
  int64_t total = 1;
  for (const Dim& dim : shape) total *= dim.count;
  return total;
}

DualTensor zeros(Element element, Shape shape) {
  auto total = static_cast<size_t>(count(shape));
  return {element, std::move(shape), std::vector<Dual>(total), {}};
}

void interpret_node(const Graph& graph, const Node& node, std::span<const DualTensor* const> operands, int64_t rows,
                    DualTensor& result) {
  Context context{graph, node, operands, rows, result};
  switch (node.op->op_class) {
    case OpClass::leaf: return leaf(context);
    case OpClass::elementwise: return elementwise(context);
    case OpClass::movement: return movement(context);
    case OpClass::reduction: return reduction(context);
    case OpClass::contraction: return contraction(context);
    case OpClass::indexed: return indexed(context);
    case OpClass::window: return window(context);
    case OpClass::random: return random(context);
    default: internal_error(fmt::format("the interpreter cannot evaluate '{}'", node.op->name));
  }
}

}  // namespace nnc
