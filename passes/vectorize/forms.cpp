#include "passes/vectorize/forms.h"

#include <algorithm>

#include "ir/contraction.h"

namespace nnc {

ReductionForm reduction_form(const Node& node, const Type& operand) {
  if (node.attributes.has("form")) {
    return node.attributes.get<std::string>("form") == "lanes" ? ReductionForm::lanes : ReductionForm::chain;
  }
  const auto& axes = node.attributes.get<std::vector<int64_t>>("axes");
  for (size_t axis = operand.shape.size(); axis-- > 0;) {
    if (operand.shape[axis] == Dim(1)) continue;
    bool reduced = std::find(axes.begin(), axes.end(), static_cast<int64_t>(axis)) != axes.end();
    return reduced ? ReductionForm::lanes : ReductionForm::chain;
  }
  return ReductionForm::chain;
}

int accumulators_of(const Dim& axis, int lanes) {
  if (!axis.constant()) return 1;
  return static_cast<int>(std::clamp<int64_t>((axis.count + lanes - 1) / lanes, 1, 4));
}

ContractionForm contraction_form(const Node& node, std::span<const Type> operands) {
  if (node.attributes.has("form")) {
    return node.attributes.get<std::string>("form") == "dot" ? ContractionForm::dot : ContractionForm::outer;
  }
  Contraction c = contraction_of(node, operands);
  size_t last = c.loops.size();
  for (size_t operand = 0; operand < 2; ++operand) {
    if (operands[operand].rank() == 0) return ContractionForm::outer;
    size_t alone = c.alone(operand, operands[operand].shape.size() - 1);
    if (alone == c.loops.size() || !c.is_reduced(alone)) return ContractionForm::outer;
    if (last != c.loops.size() && last != alone) return ContractionForm::outer;
    last = alone;
  }
  return ContractionForm::dot;
}

}  // namespace nnc
