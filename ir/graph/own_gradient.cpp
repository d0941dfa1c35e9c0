#include "ir/graph/own_gradient.h"

#include <vector>

#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"

namespace nnc {

Value own_gradient(Value y, std::span<const Value> by, std::span<const Value> invariants,
                   std::shared_ptr<const Graph> body) {
  std::vector<Value> operands{y};
  operands.insert(operands.end(), by.begin(), by.end());
  operands.insert(operands.end(), invariants.begin(), invariants.end());
  const OwnGradientAttributes attributes{static_cast<int64_t>(by.size())};
  return y.graph->add(op("own_gradient"), operands, written(attributes), {std::move(body)});
}

OwnGradient OwnGradient::of(const Node& node) {
  const auto attributes = view_if<OwnGradientAttributes>(node);
  if (!attributes) return {};
  return {node.operands[0], std::span(node.operands).subspan(1, static_cast<size_t>(attributes->arguments))};
}

}  // namespace nnc
