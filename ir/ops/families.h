// The tables of op records, one a family; op.cpp joins them in this order.
#pragma once

#include <vector>

#include "ir/graph/op.h"

namespace nnc {

std::vector<Op> leaf_ops();
std::vector<Op> arithmetic_ops();
std::vector<Op> piecewise_ops();  ///< kinks and steps: absolute, floor, maximum
std::vector<Op> comparison_ops();
std::vector<Op> function_ops();  ///< those with a polynomial of their own: functions/
std::vector<Op> movement_ops();
std::vector<Op> part_ops();  ///< movements that take parts or order them anew, pad last
Op pad_op();
std::vector<Op> reduce_ops();
std::vector<Op> contraction_ops();
std::vector<Op> indexed_ops();
std::vector<Op> window_ops();
std::vector<Op> structured_ops();
Op own_gradient_op();

}  // namespace nnc
