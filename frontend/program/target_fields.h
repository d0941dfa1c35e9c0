// Fields of the data that the loss takes as targets. Some values of theirs are mistakes of the data.
#pragma once

#include <string>
#include <vector>

#include "frontend/program/program.h"

namespace nnc {

struct TargetField {
  std::string data, field;  ///< "iris", "y"
  Origin origin;            ///< a place to report at
};

/// The fields that stand as the target of the library's `bce` within `train`'s loss, by their plain names. A program
/// with a `bce` of its own has none.
std::vector<TargetField> probability_targets(const BoundProgram& program);

/// The numeric fields of the training data that the loss takes beside what goes into a layer or model: what is learned.
/// `origin` is where the data declares them.
std::vector<TargetField> numeric_targets(const BoundProgram& program);

}  // namespace nnc
