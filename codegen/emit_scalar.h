// Scalar functions, casts and constants as LLVM values, for scalars and vectors alike: each is one machine operation or
// a few, and means what ir/scalar/scalar_semantics.h says.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <span>

#include "ir/graph/target.h"
#include "ir/nest/nest.h"
#include "ir/scalar/math_program.h"

namespace nnc {

class ScalarEmitter {
 public:
  /// Emits where `builder` stands. The builder must outlive it.
  ScalarEmitter(llvm::IRBuilder<>& builder, const Target& target) : builder_(builder), target_(target) {}

  /// Everything but the functions with a polynomial; `element` is that of the operands (of a select: of its values).
  llvm::Value* apply(Scalar function, std::span<llvm::Value* const> operands, Element element);
  /// A function with a polynomial: its program, inlined with the operands' lanes. Its rare part becomes a block that is
  /// jumped over where no lane asks for it, so the builder may stand in another block afterwards.
  llvm::Value* math(Scalar function, std::span<llvm::Value* const> operands, NestType type);
  /// How many operations that is.
  size_t math_length(Scalar function, Element element) const;
  /// As Scalars::cast: floats to integers truncate, saturate and send NaN to 0; anything to bool is "not zero".
  llvm::Value* cast(llvm::Value* value, Element from, NestType to);

  llvm::Type* type_of(NestType type);
  llvm::Value* constant(double number, NestType type);
  llvm::Value* like(llvm::Value* shape, double number);  ///< a constant of the same type

 private:
  llvm::Value* step(const MathProgram& program, const MathStep& step, std::span<llvm::Value* const> values,
                    std::span<llvm::Value* const> given, int lanes);
  llvm::Value* compare(Scalar function, llvm::Value* a, llvm::Value* b, bool is_float);
  llvm::Value* extremum(bool maximum, llvm::Value* a, llvm::Value* b, Element element);
  llvm::Value* float_function(Scalar function, std::span<llvm::Value* const> operands, Element element);
  llvm::Value* float_bits(Scalar function, std::span<llvm::Value* const> operands, Element element);
  llvm::Value* floor_by_rounding(llvm::Value* value, Element element);
  llvm::Value* integer_function(Scalar function, std::span<llvm::Value* const> operands);
  llvm::Value* quotient(bool divide, llvm::Value* a, llvm::Value* b);
  llvm::Value* shift(bool left, llvm::Value* a, llvm::Value* b);
  llvm::Value* to_bfloat(llvm::Value* value, Element from, NestType to);

  llvm::IRBuilder<>& builder_;
  const Target target_;
};

}  // namespace nnc
