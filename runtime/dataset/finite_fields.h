// Fields whose value is not finite for a row: found when the data is prepared, before a step would only see that its
// loss is none.
#pragma once

#include "runtime/dataset/dataset.h"

namespace nnc {

/// Every element of a field's column (or of what it is fitted on) is finite; else a Failure with the field, the row and
/// in a CSV file the line. One pass over the bits.
void require_finite(const Dataset& set, const Dataset::Part& part, const std::string& field, const Column& column);

/// The same of a field that the step computes from raw bytes: it is asked for the 256 values that a byte has, and the
/// bytes of the data are looked at only where one of those is not finite.
void require_finite_of_bytes(const Dataset& set, const std::string& field, const BoundProgram& program,
                             const BuildOptions& build);

}  // namespace nnc
