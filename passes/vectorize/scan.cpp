// A scan: a repeat around its body's kernels. States lie in two buffers, before and after a turn; sequences and stacked
// outputs are seen through a stride a turn.
#include "ir/ops/scan.h"
#include "ir/graph/op_attributes.h"

#include <fmt/format.h>

#include "passes/vectorize/lower.h"
#include "support/error.h"

namespace nnc {

namespace {

class ScanLowering {
 public:
  ScanLowering(Lowering& lowering, const Piece& piece)
      : l_(lowering),
        piece_(piece),
        node_(lowering.graph.node(piece.root)),
        layout_(ScanLayout::of(node_)),
        body_(piece.group->bodies.at(0)),
        name_(lowering.prefix + piece.group->name) {}

  void lower() {
    for (size_t i = 0; i < layout_.states; ++i) {
      const Type& type = l_.graph.type(node_.operands[i]);
      before_.push_back(l_.program.temporary(fmt::format("{}.state{}", name_, i), type));
      after_.push_back(l_.program.temporary(fmt::format("{}.next{}", name_, i), type));
      lower_copy(l_, node_.operands[i], before_[i], fmt::format("{}.first{}", piece_.group->name, i));
    }
    for (size_t i = 0; i < layout_.outputs; ++i) {
      stacked_.push_back(
          l_.program.temporary(fmt::format("{}.output{}", name_, i), node_.type.parts[layout_.states + i]));
    }
    run();
    for (NodeId id : l_.graph.reachable()) {
      const Node& part = l_.graph.node(id);
      if (part.op->op_class != OpClass::structured || part.operands.size() != 1 || part.operands[0] != piece_.root)
        continue;
      auto number = static_cast<size_t>(view<ProjectAttributes>(part).part);
      l_.bindings[id] = number < layout_.states ? before_[number] : stacked_[number - layout_.states];
    }
  }

 private:
  /// The element of this turn.
  static View of_turn(View stack, size_t depth) {
    stack.per_turn.resize(depth + 1);
    stack.per_turn[depth] = stack.strides[0];
    stack.shape.erase(stack.shape.begin());
    stack.strides.erase(stack.strides.begin());
    return stack;
  }

  void run() {
    if (layout_.length == 0) return;
    size_t depth = l_.program.open_repeat();
    Lowering inner{l_.program, body_.graph};
    inner.prefix = name_ + ".";
    std::vector<NodeId> inputs = body_inputs(body_.graph, node_.operands.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i] == kNoNode) continue;
      bool state = i < layout_.states, sequence = !state && i < layout_.states + layout_.sequences;
      if (state) {
        inner.bindings[inputs[i]] = before_[i];
        continue;
      }
      const View& operand = l_.bindings.at(node_.operands[i]);  // `schedule` has stored it
      inner.bindings[inputs[i]] = sequence ? of_turn(operand, depth) : operand;
    }
    std::vector<View> results = after_;
    for (const View& stack : stacked_) results.push_back(of_turn(stack, depth));
    lower_body(inner, body_, results);
    for (size_t i = 0; i < layout_.states; ++i) copy_state(i);
    l_.program.close_repeat(layout_.length, layout_.reverse);
  }

  void copy_state(size_t i) {
    KernelWriter writer(l_.program, fmt::format("{}.carry{}", name_, i));
    Values values(writer, l_.graph, l_.bindings);
    const Shape& shape = l_.graph.type(node_.operands[i]).shape;
    over_space(values, shape, vector_axis_of(shape), l_.program.lanes(after_[i].element),
               [&](const ElementIndex& at) { values.store(before_[i], at, values.load(after_[i], at)); });
    writer.finish();
  }

  Lowering& l_;
  const Piece& piece_;
  const Node& node_;
  ScanLayout layout_;
  const Partition& body_;
  std::string name_;
  std::vector<View> before_, after_, stacked_;
};

}  // namespace

void lower_scan(Lowering& lowering, const Piece& piece) { ScanLowering(lowering, piece).lower(); }

}  // namespace nnc
