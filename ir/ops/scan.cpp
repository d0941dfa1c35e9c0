#include "ir/ops/scan.h"

#include <fmt/format.h>

#include <array>

#include "ir/graph/backward.h"
#include "ir/graph/builder.h"
#include "ir/ops/rules.h"
#include "support/error.h"

namespace nnc {

namespace {

/// A sequence's element: without the leading axis.
Type element_of(const Type& sequence) {
  return {sequence.element, Shape(sequence.shape.begin() + 1, sequence.shape.end())};
}
Type stacked(const Type& element, int64_t length) {
  Type type = element;
  type.shape.insert(type.shape.begin(), Dim(length));
  return type;
}

std::string check_attributes(Types operands, const Node& node) {
  const auto scan = view<ScanAttributes>(node);
  for (const auto& [value, name] :
       {std::pair(scan.states, "states"), std::pair(scan.sequences, "sequences"), std::pair(scan.length, "length")}) {
    if (value < 0) return missing(node, name, ScanAttributes::kCount);
  }
  const auto states = static_cast<size_t>(scan.states), sequences = static_cast<size_t>(scan.sequences);
  if (states > operands.size() || sequences > operands.size() - states) {
    return fmt::format("'scan' of {} states and {} sequences has only {} operands", states, sequences, operands.size());
  }
  if (node.bodies.size() != 1) return fmt::format("'scan' has one body, not {}", node.bodies.size());
  if (node.bodies[0]->results.size() < states) {
    return fmt::format("'scan' of {} states: its body has {} results", states, node.bodies[0]->results.size());
  }
  if (node.bodies[0]->results.empty()) return "'scan' gives nothing: it has no state and no output";
  for (const Type& type : operands) {
    if (type.is_tuple()) return fmt::format("'scan' takes no tuple: {}", to_string(type));
  }
  return "";
}

std::string check_inputs(Types operands, const Node& node) {
  const Graph& body = *node.bodies[0];
  const auto scan = view<ScanAttributes>(node);
  const auto states = static_cast<size_t>(scan.states), sequences = static_cast<size_t>(scan.sequences);
  const int64_t length = scan.length;
  for (NodeId id : body.reachable()) {
    const Node& input = body.node(id);
    const std::string* path = leaf_path(input);
    if (path == nullptr) continue;
    const std::optional<size_t> index = body_index(input);
    if (!index) return fmt::format("'scan': its body reads '{}', which is none of its inputs", *path);
    const size_t number = *index;
    if (number >= operands.size()) {
      return fmt::format("'scan': its body has an input {} for {} operands", number, operands.size());
    }
    bool sequence = number >= states && number < states + sequences;
    if (sequence && operands[number].rank() == 0) return no_axis(node, 0, operands[number]);
    Type given = sequence ? element_of(operands[number]) : operands[number];
    if (given == input.type) continue;
    return fmt::format("'scan': input {} of its body is {}, but the operand gives {}", number, to_string(input.type),
                       to_string(given));
  }
  for (size_t i = states; i < states + sequences; ++i) {
    if (operands[i].rank() > 0 && operands[i].shape[0] == Dim(length)) continue;
    return fmt::format("'scan' of {} steps: sequence {} is {}", length, i - states, to_string(operands[i]));
  }
  return "";
}

void set_results(Graph& body, const std::vector<Value>& values) {
  for (size_t i = 0; i < values.size(); ++i) {
    body.results.push_back({ResultKind::value, fmt::format("{}", i), values[i].id});
  }
}

/// Writes the derivative of one scan. Note [Derivative of a scan]
/// The reverse scan runs the other way. Its states are the cotangents of the forward states and one accumulator for
/// each invariant; its sequences are the states before each step, the forward sequences, and the outputs' cotangents;
/// its body computes the forward body again and pulls the cotangents back through it.
class ScanGradient {
 public:
  explicit ScanGradient(const Vjp& v) : v_(v), layout_(ScanLayout::of(v.node)), body_(*v.node.bodies[0]) {}

  Gradients build() {
    for (size_t i = 0; i < v_.in.size(); ++i) {
      if (is_float(operand(i).type().element) && !is_sequence(i)) carried_.push_back(i);
    }
    std::vector<Value> initial, sequences, invariants;
    for (size_t i : carried_) {
      initial.push_back(i < layout_.states ? part(i) : full(v_.graph, 0, operand(i).type()));
    }
    for (Value state : states_before()) sequences.push_back(state);
    for (size_t i = 0; i < layout_.sequences; ++i) sequences.push_back(operand(layout_.states + i));
    for (size_t i = 0; i < layout_.outputs; ++i) {
      if (is_float(output_type(i).element)) sequences.push_back(part(layout_.states + i));
    }
    for (size_t i = 0; i < layout_.invariants; ++i) invariants.push_back(operand(first_invariant() + i));
    Value result = scan(v_.graph, initial, sequences, invariants, reverse_body(), layout_.length, !layout_.reverse);
    return distribute(result);
  }

 private:
  Value operand(size_t i) const { return v_.in[i]; }
  /// The cotangent of part i of the result.
  Value part(size_t i) const { return project(v_.dout, static_cast<int64_t>(i)); }
  bool is_sequence(size_t i) const { return i >= layout_.states && i < first_invariant(); }
  size_t first_invariant() const { return layout_.states + layout_.sequences; }
  const Type& output_type(size_t i) const { return body_.type(body_.results[layout_.states + i].node); }

  /// Each state before each step, stacked. A state that the scan also puts out needs no second run: the outputs one
  /// step further are the states.
  std::vector<Value> states_before() {
    std::vector<Value> stacks(layout_.states);
    bool complete = true;
    for (size_t i = 0; i < layout_.states; ++i) {
      for (size_t k = 0; k < layout_.outputs && !stacks[i]; ++k) {
        if (body_.results[layout_.states + k].node != body_.results[i].node) continue;
        stacks[i] = shifted(operand(i), project(v_.out, static_cast<int64_t>(layout_.states + k)));
      }
      complete = complete && stacks[i];
    }
    if (complete || layout_.states == 0) return stacks;
    auto body = std::make_shared<Graph>(body_.name);
    std::vector<Value> results = inlined(body_, *body, declare(*body, operand_types(), "x"));
    results.resize(layout_.states);
    for (size_t i = 0; i < layout_.states; ++i) {
      results.push_back(body_input(*body, fmt::format("x{}", i), static_cast<int64_t>(i), operand(i).type()));
    }
    set_results(*body, results);
    Value run = scan(v_.graph, v_.in.subspan(0, layout_.states), v_.in.subspan(layout_.states, layout_.sequences),
                     v_.in.subspan(first_invariant()), body, layout_.length, layout_.reverse);
    for (size_t i = 0; i < layout_.states; ++i) {
      if (!stacks[i]) stacks[i] = project(run, static_cast<int64_t>(layout_.states + i));
    }
    return stacks;
  }

  /// The first state, then all outputs but the last, in the order of the steps.
  Value shifted(Value first, Value outputs) const {
    Shape one = first.type().shape;
    one.insert(one.begin(), Dim(1));
    Value head = reshape(first, one);
    if (layout_.length == 0) return outputs;
    if (layout_.reverse) {
      std::array parts{slice(outputs, 0, 1, layout_.length), head};
      return concat(parts, 0);
    }
    std::array parts{head, slice(outputs, 0, 0, layout_.length - 1)};
    return concat(parts, 0);
  }

  std::vector<Type> operand_types() const {
    std::vector<Type> types;
    for (size_t i = 0; i < v_.in.size(); ++i)
      types.push_back(is_sequence(i) ? element_of(operand(i).type()) : operand(i).type());
    return types;
  }

  static std::vector<Value> declare(Graph& body, const std::vector<Type>& types, std::string_view stem) {
    std::vector<Value> inputs;
    for (size_t i = 0; i < types.size(); ++i) {
      inputs.push_back(body_input(body, fmt::format("{}{}", stem, i), static_cast<int64_t>(i), types[i]));
    }
    return inputs;
  }

  /// Inputs: carried cotangents; states, sequence elements, outputs' cotangents; invariants. Results: carried
  /// cotangents; sequence elements' cotangents.
  std::shared_ptr<const Graph> reverse_body() {
    auto body = std::make_shared<Graph>(body_.name + "_backward");
    std::vector<Type> types;
    for (size_t i : carried_) types.push_back(operand(i).type());
    for (size_t i = 0; i < first_invariant(); ++i) types.push_back(operand_types()[i]);
    for (size_t i = 0; i < layout_.outputs; ++i) {
      if (is_float(output_type(i).element)) types.push_back(output_type(i));
    }
    for (size_t i = first_invariant(); i < v_.in.size(); ++i) types.push_back(operand(i).type());
    std::vector<Value> inputs = declare(*body, types, "y");
    size_t states_at = carried_.size(), cotangents_at = states_at + first_invariant();
    std::vector<Value> forward(inputs.begin() + static_cast<std::ptrdiff_t>(states_at),
                               inputs.begin() + static_cast<std::ptrdiff_t>(cotangents_at));
    forward.insert(forward.end(), inputs.end() - static_cast<std::ptrdiff_t>(layout_.invariants), inputs.end());
    std::vector<Value> outputs = inlined(body_, *body, forward);
    std::vector<Seed> seeds;
    size_t next = 0;
    for (size_t i = 0; i < layout_.states; ++i) {
      if (is_float(operand(i).type().element)) seeds.push_back({outputs[i], inputs[next++]});
    }
    next = cotangents_at;
    for (size_t i = 0; i < layout_.outputs; ++i) {
      if (is_float(output_type(i).element)) seeds.push_back({outputs[layout_.states + i], inputs[next++]});
    }
    set_results(*body, pulled(*body, seeds, forward, inputs));
    return body;
  }

  std::vector<Value> pulled(Graph& body, const std::vector<Seed>& seeds, const std::vector<Value>& forward,
                            const std::vector<Value>& inputs) {
    std::vector<Value> gradients = pull_back(body, seeds, forward);
    std::vector<Value> results;
    for (size_t k = 0; k < carried_.size(); ++k) {
      size_t i = carried_[k];
      Value gradient = gradients[i] ? gradients[i] : full(body, 0, operand(i).type());
      if (i >= layout_.states) gradient = gradients[i] ? inputs[k] + gradient : inputs[k];
      results.push_back(gradient);
    }
    for (size_t i = layout_.states; i < first_invariant(); ++i) {
      if (!is_float(operand(i).type().element)) continue;
      results.push_back(gradients[i] ? gradients[i] : full(body, 0, forward[i].type()));
    }
    return results;
  }

  Gradients distribute(Value result) const {
    Gradients gradients(v_.in.size());
    int64_t next = 0;
    for (size_t i : carried_) gradients[i] = project(result, next++);
    for (size_t i = layout_.states; i < first_invariant(); ++i) {
      if (is_float(operand(i).type().element)) gradients[i] = project(result, next++);
    }
    return gradients;
  }

  const Vjp& v_;
  ScanLayout layout_;
  const Graph& body_;
  std::vector<size_t> carried_;  ///< operands whose cotangent the reverse scan carries: float states, then invariants
};

}  // namespace

ScanLayout ScanLayout::of(const Node& node) {
  ScanLayout layout;
  const auto scan = view<ScanAttributes>(node);
  layout.states = static_cast<size_t>(scan.states);
  layout.sequences = static_cast<size_t>(scan.sequences);
  layout.invariants = node.operands.size() - layout.states - layout.sequences;
  layout.outputs = node.bodies[0]->results.size() - layout.states;
  layout.length = scan.length;
  layout.reverse = scan.reverse.value_or(false);
  return layout;
}

std::vector<NodeId> body_inputs(const Graph& body, size_t count) {
  std::vector<NodeId> inputs(count, kNoNode);
  for (NodeId id : body.reachable()) {
    const std::optional<size_t> number = body_index(body.node(id));
    if (!number) continue;
    NNC_ASSERT(*number < count, fmt::format("a body has an input {} for {} operands", *number, count));
    inputs[*number] = id;
  }
  return inputs;
}

std::vector<Value> inlined(const Graph& body, Graph& target, std::span<const Value> inputs) {
  std::unordered_map<NodeId, NodeId> mapped;
  std::vector<NodeId> own = body_inputs(body, inputs.size());
  for (size_t i = 0; i < own.size(); ++i) {
    if (own[i] != kNoNode) mapped.emplace(own[i], inputs[i].id);
  }
  std::vector<Value> results;
  for (const Result& result : body.results)
    results.push_back(target.value(copy_into(body, result.node, target, mapped)));
  return results;
}

Inferred infer_scan(Types operands, const Node& node) {
  if (std::string wrong = check_attributes(operands, node); !wrong.empty()) return wrong;
  if (std::string wrong = check_inputs(operands, node); !wrong.empty()) return wrong;
  const Graph& body = *node.bodies[0];
  const auto scan = view<ScanAttributes>(node);
  const auto states = static_cast<size_t>(scan.states);
  std::vector<Type> parts;
  for (size_t i = 0; i < body.results.size(); ++i) {
    const Type& type = body.type(body.results[i].node);
    if (type.is_tuple()) return fmt::format("'scan': result {} of its body is a tuple", i);
    if (i < states && !(type == operands[i])) {
      return fmt::format("'scan': state {} is {} before a step and {} after it", i, to_string(operands[i]),
                         to_string(type));
    }
    parts.push_back(i < states ? type : stacked(type, scan.length));
  }
  return Type::tuple(std::move(parts));
}

Gradients vjp_scan(const Vjp& v) { return ScanGradient(v).build(); }

}  // namespace nnc
