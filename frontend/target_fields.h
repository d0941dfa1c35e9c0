// Fields of the data that the loss takes as probabilities: what lies outside 0..1 there is a mistake of the data.
#pragma once

#include <string>
#include <vector>

#include "frontend/program.h"

namespace nnc {

struct TargetField {
  std::string data, field;  ///< "iris", "y"
  Origin origin;            ///< of its name in the loss
};

/// The fields that stand as the target of the library's `bce` within `train`'s loss, by their plain names. A program
/// with a `bce` of its own has none.
std::vector<TargetField> probability_targets(const BoundProgram& program);

}  // namespace nnc
