// A scalar computation recorded once from an op's record and then run for every element, in double or with a tangent.
#pragma once

#include <span>
#include <vector>

#include "ir/graph/op.h"

namespace nnc {

/// A value and its derivative in one direction.
struct Dual {
  double value = 0;
  double tangent = 0;
};

/// The meaning of a function on numbers of one element type (i32 wraps); what only nests use is an InternalError.
double apply_scalar(Scalar function, std::span<const double> operands, Element element);
/// The same with the documented derivative at kinks and ties.
Dual apply_scalar(Scalar function, std::span<const Dual> operands, Element element);

/// The number that an elementwise op gives for numbers, in double.
double apply_op(const Op& op, std::span<const double> operands);

class ScalarTape : public Scalars {
 public:
  /// Records what the op's `scalar` rule does with operands of these element types.
  ScalarTape(const Node& node, std::span<const Element> operands);

  ScalarValue constant(double value, Element element) override;
  ScalarValue apply(Scalar function, std::span<const ScalarValue> operands) override;
  ScalarValue cast(ScalarValue value, Element element) override;
  Element element(ScalarValue value) const override { return steps_[value.id].element; }

  /// One element. `slots` is scratch of slots() numbers. Casts between floats round only when asked to.
  template <class Number>
  Number run(std::span<const Number> operands, std::span<Number> slots) const;
  size_t slots() const { return steps_.size(); }
  bool round = false;

 private:
  enum class Kind : uint8_t { operand, constant, apply, cast };
  struct Step {
    Kind kind;
    Element element;
    double number = 0;
    Scalar function = Scalar::add;
    std::vector<uint32_t> operands = {};
  };
  ScalarValue push(Step step);

  std::vector<Step> steps_;
  uint32_t result_ = 0;
};

}  // namespace nnc
