// The tables of built-in records, one a family; builtins.cpp joins them in this order, behind the functions that are
// built-ins by the record of their op alone.
#pragma once

#include <span>

#include "frontend/types/builtin.h"

namespace nnc {

std::span<const Builtin> reduction_builtins();
std::span<const Builtin> choice_builtins();  ///< element by element: where, stop_gradient
std::span<const Builtin> movement_builtins();
std::span<const Builtin> padding_builtins();
std::span<const Builtin> lookup_builtins();  ///< pick and one_hot; size and params, which look names up
std::span<const Builtin> random_builtins();
std::span<const Builtin> gradient_builtins();  ///< grad and frozen, which take functions
std::span<const Builtin> type_builtins();  ///< words of types; each but class(K) converts
std::span<const Builtin> constant_builtins();

}  // namespace nnc
