#include "passes/vectorize/values.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "support/error.h"

namespace nnc {

Values::Values(KernelWriter& kernel, const Graph& graph, const Bindings& bindings)
    : kernel_(kernel), nest_(kernel.nest), graph_(graph), bindings_(bindings) {}

const View* Values::stored(NodeId id) const {
  auto found = bindings_.find(id);
  return found == bindings_.end() ? nullptr : &found->second;
}

void Values::know(NodeId id, const ElementIndex& at, ScalarValue value) {
  known_[id].push_back({at, when_ ? std::optional<ExprId>(when_->id) : std::nullopt, value});
  log_.push_back(id);
}

void Values::close_scope() {
  for (; log_.size() > scopes_.back(); log_.pop_back()) known_[log_.back()].pop_back();
  scopes_.pop_back();
}

ScalarValue Values::pin(ScalarValue value, const std::string& name) {
  NestRegister reg = nest_.reg(name, nest_.type(value));
  if (nest_.type(value).lanes > 1) vector_registers_.insert(reg.id);
  nest_.assign(reg, value);
  return nest_.read(reg);
}

AxisIndex Values::in_register(ScalarValue value, const std::string& name) {
  NestRegister reg = nest_.reg(name, nest_.type(value));
  if (nest_.type(value).lanes > 1) vector_registers_.insert(reg.id);
  nest_.assign(reg, value);
  return {reg.affine(), 0};
}

/// The latest: a register, where one was made of the value.
const Values::Known* Values::known(NodeId id, const ElementIndex& at) const {
  auto found = known_.find(id);
  if (found == known_.end()) return nullptr;
  std::optional<ExprId> when = when_ ? std::optional<ExprId>(when_->id) : std::nullopt;
  const std::vector<Known>& values = found->second;
  auto latest =
      std::find_if(values.rbegin(), values.rend(), [&](const Known& k) { return k.when == when && k.at == at; });
  return latest == values.rend() ? nullptr : &*latest;
}

ScalarValue Values::element(NodeId id, const ElementIndex& at) {
  if (const Known* value = known(id, at)) return value->value;
  ScalarValue value = compute(id, at);
  if (shared.contains(id) && !when_) value = pin(value, graph_.node_name(id).empty() ? "v" : graph_.node_name(id));
  know(id, at, value);
  return value;
}

ScalarValue Values::compute(NodeId id, const ElementIndex& at) {
  if (const View* view = own.contains(id) ? nullptr : stored(id))
    return load(flat && !view->shape.empty() ? view->flattened() : *view, at);
  const Node& node = graph_.node(id);
  switch (node.op->op_class) {
    case OpClass::leaf: return leaf(node, at);
    case OpClass::elementwise: {
      std::vector<ScalarValue> operands;
      for (NodeId operand : node.operands) operands.push_back(element(operand, at));
      return apply(node, operands);
    }
    case OpClass::movement: return move(node, at);
    case OpClass::random: return random_element(*this, node, at);
    case OpClass::indexed: {
      NNC_ASSERT(node.op->name == "gather", fmt::format("'{}' is not computed element by element", node.op->name));
      const Type &table = graph_.type(node.operands[0]), &index = graph_.type(node.operands[1]);
      auto split = at.begin() + index.rank();
      ElementIndex row{row_number(node.operands[1], {at.begin(), split}, table.shape[0])};
      row.insert(row.end(), split, at.end());
      return element(node.operands[0], row);
    }
    default: break;
  }
  internal_error(fmt::format("vectorize: an element of '{}' is asked for, which lies nowhere", node.op->name));
}

ScalarValue Values::leaf(const Node& node, const ElementIndex& at) {
  Element element = node.type.element;
  if (const double* value = constant_value(node)) return nest_.constant(*value, element);
  if (const std::optional<int64_t> axis = axis_of(node)) {
    return nest_.cast(position(at[static_cast<size_t>(*axis)]), element);
  }
  NNC_ASSERT(has_view<SizeAttributes>(node), fmt::format("leaf '{}' lies nowhere", node.op->name));
  const Dim dim = view<SizeAttributes>(node).dim;
  if (!kernel_.program().at_run_time(dim)) {
    return nest_.constant(static_cast<double>(kernel_.program().extent(dim)), element);
  }
  return nest_.cast(nest_.index(rows_affine(dim.count)), element);
}

/// bf16 and u8 are stored, not computed with: they take part as f32 and i32.
ScalarValue Values::apply(const Node& node, std::span<const ScalarValue> operands) {
  auto wider = [](Element element) {
    if (element == Element::bf16) return Element::f32;
    return element == Element::u8 ? Element::i32 : element;
  };
  bool casts = has_view<CastAttributes>(node);
  bool chooses = node.op->arity == 3 && graph_.type(node.operands[0]).element == Element::boolean;
  std::vector<ScalarValue> values(operands.begin(), operands.end());
  if (!casts && !chooses) {
    for (ScalarValue& value : values) value = nest_.cast(value, wider(nest_.element(value)));
  }
  ScalarValue result = node.op->scalar(nest_, values, node);
  return nest_.cast(result, node.type.element);
}

ScalarValue Values::move(const Node& node, const ElementIndex& at) {
  if (flat) {
    bool scalar = graph_.type(node.operands[0]).rank() == 0;
    return element(node.operands[0], scalar ? ElementIndex{} : at);
  }
  const Movement movement = movement_of(graph_, node);
  ScalarValue value{};
  bool set = false;
  auto fill = [&] { return nest_.constant(movement.fill_value, node.type.element); };
  for (size_t i = movement.accesses.size(); i-- > 0;) {
    const Access& access = movement.accesses[i];
    bool never = false;
    std::optional<ScalarValue> holds = condition(access.guards, at, never);
    if (never) continue;
    std::optional<ScalarValue> outer = when_;
    if (holds) {
      if (!set) value = fill();
      when_ = outer ? nest_.call(Scalar::logical_and, *outer, *holds) : *holds;
    }
    ScalarValue chosen = element(node.operands[static_cast<size_t>(access.operand)], map(access.index, at));
    when_ = outer;
    value = holds ? nest_.select(*holds, chosen, value) : chosen;
    set = true;
  }
  return set ? value : fill();
}

std::optional<ScalarValue> Values::condition(const std::vector<IndexGuard>& guards, const ElementIndex& at,
                                             bool& never) {
  std::optional<ScalarValue> all;
  auto require = [&](ScalarValue test) { all = all ? nest_.call(Scalar::logical_and, *all, test) : test; };
  for (const IndexGuard& guard : guards) {
    AxisIndex index = map(guard.expr, at);
    if (index.lane == 0 && index.base.terms.empty()) {
      int64_t value = index.base.constant;
      if (value < 0 || value >= guard.extent || value % guard.multiple != 0) never = true;
      continue;
    }
    ScalarValue value = position(index);
    auto number = [&](int64_t constant) { return nest_.constant(static_cast<double>(constant), Element::i32); };
    require(nest_.call(Scalar::greater_equal, value, number(0)));
    require(nest_.call(Scalar::less, value, number(guard.extent)));
    if (guard.multiple != 1) {
      require(nest_.call(Scalar::equal, nest_.call(Scalar::remainder, value, number(guard.multiple)), number(0)));
    }
  }
  return all;
}

}  // namespace nnc
