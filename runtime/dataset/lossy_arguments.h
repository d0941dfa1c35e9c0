// Arguments of exported functions that are f32 and stand for numbers of the data that f32 has too few digits for.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "frontend/program/prediction.h"
#include "ir/scalar/tensor.h"

namespace nnc {

/// A warning for each argument in f32 that goes into a field fitted on numbers so far from 0, beside how much they
/// differ, that rounding them to f32 is felt. `fitted`: values by variable path.
std::vector<std::string> lossy_arguments(const Prediction& prediction, const BoundProgram& program,
                                         const Tensors& fitted);

/// The same of every exported function.
std::vector<std::string> lossy_arguments(const BoundProgram& program, const Tensors& fitted);

}  // namespace nnc
