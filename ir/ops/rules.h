// What op records share: type rules of the common kinds, and the wording of what they refuse.
#pragma once

#include <string>

#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"

namespace nnc {

using Types = std::span<const Type>;

/// "'add' needs equal types: f32[B, 4] against f32[4] (axis 0: B against nothing)".
std::string types_differ(const Node& node, const Type& a, const Type& b);
/// "'slice': axis 3 of f32[2, 4] does not exist".
std::string no_axis(const Node& node, int64_t axis, const Type& type);

/// All operands have one type, which is the result's: of floats; of floats or i32.
Inferred same_float(Types operands, const Node& node);
Inferred same_number(Types operands, const Node& node);
/// Two operands of one type give bool.
Inferred comparison(Types operands, const Node& node);
/// Operands and result are bool.
Inferred logical(Types operands, const Node& node);
/// What a rule refuses in an attribute's place, beyond its kind (the record's `attributes` say that one).
std::string missing(const Node& node, std::string_view name, std::string_view kind);

/// The element rule of an op that is one scalar function.
template <Scalar function>
ScalarValue one_scalar(Scalars& scalars, ScalarOperands operands, const Node&) {
  return scalars.apply(function, operands);
}

/// Zeros of a value's type.
Value zeros_like(Value value);

}  // namespace nnc
