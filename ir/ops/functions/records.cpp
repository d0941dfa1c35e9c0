#include "ir/ops/functions/records.h"

#include <algorithm>

#include "ir/ops/families.h"
#include "ir/scalar/math_program.h"
#include "support/error.h"

namespace nnc {

namespace {

constexpr std::array kRecords{exp_record, log_record, log1p_record, expm1_record, tanh_record, sigmoid_record,
                              sin_record, cos_record, erf_record,   power_record, atan2_record};

size_t number_of(Scalar function) { return static_cast<size_t>(function) - static_cast<size_t>(Scalar::select) - 1; }

}  // namespace

std::vector<Op> function_ops() {
  std::vector<Op> ops;
  for (auto* record : kRecords) ops.push_back(record().op);
  return ops;
}

std::span<const MathFunction> math_functions() {
  static const std::vector<MathFunction> functions = [] {
    std::vector<MathFunction> all(kRecords.size());
    for (auto* make : kRecords) {
      const MathRecord record = make();
      MathFunction& function = all.at(number_of(record.scalar));
      function = record.function;
      function.spelling = record.op.name;
      function.arity = record.op.arity;
    }
    return all;
  }();
  return functions;
}

const MathFunction& math_function(Scalar function) {
  NNC_ASSERT(is_math(function), "this is no math function");
  return math_functions()[number_of(function)];
}

MathProgram math_program(Scalar function, Element element, bool fma) {
  NNC_ASSERT(element == Element::f32 || element == Element::f64, "math functions are those of f32 and f64");
  const MathFunction& record = math_function(function);
  math::MathBuilder builder(element, fma);
  std::vector<math::Term> operands;
  for (int i = 0; i < record.arity; ++i) operands.push_back(builder.operand(static_cast<uint32_t>(i)));
  return builder.finish(record.polynomial(operands));
}

}  // namespace nnc
