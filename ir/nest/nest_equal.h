// Equality of loop nests.
#pragma once

#include "ir/nest/nest_program.h"

namespace nnc {

bool equal(const RegisterRef& a, const RegisterRef& b);

/// The same kind, type and fields, operands compared by ExprId (both in one kernel); NaN equals NaN, −0 is not 0.
bool same_expr(const Expr& a, const Expr& b);

/// The same text: everything but the numbering and sharing of expressions.
bool equal(const Kernel& a, const Kernel& b);
/// The same to the numbering of expressions: one is a copy of the other. Cheaper by far.
bool same_kernel(const Kernel& a, const Kernel& b);
bool equal(const NestProgram& a, const NestProgram& b);

}  // namespace nnc
