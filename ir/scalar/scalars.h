// The scalar meaning of elementwise ops, written once and used by everyone: an op's record computes with handles of a
// `Scalars`, and whoever evaluates supplies one (doubles, dual numbers, loop-nest expressions).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ir/scalar/type.h"

namespace nnc {

/// Everything that a scalar computation can apply. The same list serves tensor ops and loop nests; the last group only
/// appears in nests. Table of names, arities and result rules: scalars.cpp, and the records of ir/ops/functions/.
enum class Scalar : uint8_t {
  // correctly rounded arithmetic and exact bit operations
  add,
  subtract,
  multiply,
  divide,
  negate,
  absolute,
  sign,
  floor,
  minimum,
  maximum,
  square_root,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  logical_and,
  logical_or,
  logical_not,
  select,
  // functions with a polynomial of their own: each has a record in ir/ops/functions/
  exp,
  log,
  log1p,
  expm1,
  tanh,
  sigmoid,
  sin,
  cos,
  erf,
  power,
  atan2,
  // only in nests: fused multiply-add, and integer operations on i32
  fused_multiply_add,
  shift_left,
  shift_right_logical,
  bit_and,
  bit_or,
  bit_xor,
  multiply_high_unsigned,
  remainder,
  // only in nests, on f32 and f64: parts of the bits. M is the width of the mantissa field (23, 52)
  add_exponent,  ///< bits of a plus (bits of b) << M, modulo the width: a × 2^n where b = 1.5 × 2^M + n
  exponent,      ///< the exponent field less its bias, as a float (the sign is ignored): floor(log2 |a|) of a normal a
  mantissa,      ///< the mantissa field under the exponent of 1 and sign +: in [1, 2)
};

constexpr bool is_math(Scalar function) { return function > Scalar::select && function < Scalar::fused_multiply_add; }

struct ScalarInfo {
  Scalar function;
  std::string_view spelling;  ///< as in the text of nests: "add", "exp", "fma"
  int arity;
  bool is_math;     ///< expanded into a program of many machine operations
  bool is_boolean;  ///< the result is bool whatever the operands are
};

const ScalarInfo& info(Scalar function);
std::optional<Scalar> parse_scalar(std::string_view text);

class Scalars;

/// A handle of a scalar under evaluation.
struct ScalarValue {
  Scalars* owner = nullptr;
  uint32_t id = 0;
};

class Scalars {
 public:
  virtual ~Scalars() = default;
  /// A constant of the given element type, rounded once to it.
  virtual ScalarValue constant(double value, Element element) = 0;
  virtual ScalarValue apply(Scalar function, std::span<const ScalarValue> operands) = 0;
  /// Conversion between element types; floats to integers truncate, saturate, and map NaN to 0; to bool: `!= 0`.
  virtual ScalarValue cast(ScalarValue value, Element element) = 0;
  virtual Element element(ScalarValue value) const = 0;

  ScalarValue call(Scalar function, ScalarValue a) { return apply(function, {&a, 1}); }
  ScalarValue call(Scalar function, ScalarValue a, ScalarValue b);
  ScalarValue call(Scalar function, ScalarValue a, ScalarValue b, ScalarValue c);
};

// Arithmetic on handles; a double meets the other operand's element type.
ScalarValue operator+(ScalarValue a, ScalarValue b);
ScalarValue operator-(ScalarValue a, ScalarValue b);
ScalarValue operator*(ScalarValue a, ScalarValue b);
ScalarValue operator/(ScalarValue a, ScalarValue b);
ScalarValue operator-(ScalarValue a);
ScalarValue operator+(ScalarValue a, double b);
ScalarValue operator-(double a, ScalarValue b);
ScalarValue operator*(double a, ScalarValue b);

}  // namespace nnc
