#include "ir/nest/nest_types.h"

#include <fmt/format.h>

namespace nnc {

namespace {

bool is_bitwise(Scalar function) { return function >= Scalar::shift_left && function <= Scalar::remainder; }
bool is_logical(Scalar function) {
  return function == Scalar::logical_and || function == Scalar::logical_or || function == Scalar::logical_not;
}
bool floats_only(Scalar function) {
  return info(function).is_math || function == Scalar::square_root || function == Scalar::fused_multiply_add ||
         function >= Scalar::add_exponent;
}

/// Whether `function` is defined on the element. u8 and bf16 are stored, cast and selected, never computed with.
bool defined_on(Scalar function, Element element) {
  switch (element) {
    case Element::f32:
    case Element::f64: return !is_bitwise(function) && !is_logical(function);
    case Element::i32: return !floats_only(function) && !is_logical(function);
    case Element::boolean: return is_logical(function) || function == Scalar::equal || function == Scalar::not_equal;
    case Element::bf16:
    case Element::u8: return false;
  }
  return false;
}

}  // namespace

std::string to_string(const NestType& type) {
  return type.lanes == 1 ? std::string(spelling(type.element))
                         : fmt::format("{}x{}", spelling(type.element), type.lanes);
}

std::variant<NestType, std::string> applied_type(Scalar function, std::span<const NestType> operands) {
  const ScalarInfo& record = info(function);
  if (operands.size() != static_cast<size_t>(record.arity)) {
    return fmt::format("'{}' takes {} operands, not {}", record.spelling, record.arity, operands.size());
  }
  bool select = function == Scalar::select;
  if (select && operands[0].element != Element::boolean) {
    return fmt::format("'select' takes a bool first, not {}", to_string(operands[0]));
  }
  const NestType& type = operands[select ? 1 : 0];
  for (size_t i = select ? 1 : 0; i < operands.size(); ++i) {
    if (operands[i] != type) {
      return fmt::format("'{}' takes operands of one type, not {} and {}", record.spelling, to_string(type),
                         to_string(operands[i]));
    }
  }
  if (operands[0].lanes != type.lanes) return fmt::format("'select' takes as many conditions as values");
  if (!select && !defined_on(function, type.element)) {
    return fmt::format("'{}' is not defined on {}", record.spelling, spelling(type.element));
  }
  return record.is_boolean ? NestType{Element::boolean, type.lanes} : type;
}

}  // namespace nnc
