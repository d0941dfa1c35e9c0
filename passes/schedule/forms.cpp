#include "passes/schedule/forms.h"

#include <algorithm>

#include "ir/graph/op_attributes.h"
#include "passes/layout.h"

namespace nnc {

namespace {

/// As layout chose it; for a graph that has not seen layout, as it would.
std::string form_on(const Node& node, std::span<const Type> operands) {
  return form_on(node).value_or(form_of(node, operands));
}

}  // namespace

ReductionForm reduction_form(const Node& node, const Type& operand) {
  return form_on(node, {&operand, 1}) == "lanes" ? ReductionForm::lanes : ReductionForm::chain;
}

int accumulators_of(const Dim& axis, int lanes) {
  if (!axis.constant()) return 1;
  return static_cast<int>(std::clamp<int64_t>((axis.count + lanes - 1) / lanes, 1, 4));
}

ContractionForm contraction_form(const Node& node, std::span<const Type> operands) {
  return form_on(node, operands) == "dot" ? ContractionForm::dot : ContractionForm::outer;
}

}  // namespace nnc
