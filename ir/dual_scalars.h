// Scalars on dual numbers: a double and its derivative in one direction. Derivatives at kinks are those of
// docs/numerics.md, written here a second time on purpose: the oracle for the derivative rules of the op records.
#pragma once

#include <vector>

#include "ir/scalars.h"

namespace nnc {

struct Dual {
  double value = 0;
  double tangent = 0;
};

class DualScalars : public Scalars {
 public:
  ScalarValue add(Dual dual, Element element);
  Dual dual(ScalarValue value) const { return values_[value.id]; }
  void clear();

  ScalarValue constant(double value, Element element) override;
  ScalarValue apply(Scalar function, std::span<const ScalarValue> operands) override;
  ScalarValue cast(ScalarValue value, Element element) override;
  Element element(ScalarValue value) const override { return elements_[value.id]; }

 private:
  std::vector<Dual> values_;
  std::vector<Element> elements_;
};

}  // namespace nnc
