// The typing rule of `apply` in loop nests, shared by the builder, the parser and the verifier.
#pragma once

#include <span>
#include <string>
#include <variant>

#include "ir/nest/nest.h"

namespace nnc {

/// The type of `function` applied to operands of these types (all of the same lanes), or what is wrong.
std::variant<NestType, std::string> applied_type(Scalar function, std::span<const NestType> operands);

std::string to_string(const NestType& type);  ///< "f32", "f32x8"

}  // namespace nnc
