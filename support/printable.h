// Numbers as they are printed.
#pragma once

#include <cmath>
#include <limits>

namespace nnc {

/// The number, a NaN without its sign: that sign says nothing, differs between processors, and "-nan" alarms.
inline double printable(double value) { return std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value; }

}  // namespace nnc
