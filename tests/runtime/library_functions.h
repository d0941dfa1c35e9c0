// Functions of the library, compiled and run, beside closed formulas in long double.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ir/scalar/type.h"

namespace nnc::test {

using Real = long double;
using Reals = std::vector<Real>;

/// The arguments of `fn f`, by name, each with its axes.
struct Given {
  std::string axes;  ///< "[3, 4]"
  Reals numbers;
};
using Arguments = std::map<std::string, Given>;

/// What `fn f(arguments) = expression` gives, and the slopes of its sum by the argument `by`; in machine code, at
/// `precision`.
struct Found {
  std::vector<double> value, slopes;
};
Found run_function(const std::string& expression, const Arguments& arguments, const std::string& by, Element precision);

/// The slope of a formula by its argument at `place`, by differences of five points, `step` apart or, beyond 1, that
/// share of the argument.
Real difference_slope(const std::function<Real(const Reals&)>& formula, Reals at, size_t place, Real step = 1e-4L);

/// Each number within `tolerance` of the wanted one, relative to it beyond 1.
void expect_close(const std::vector<double>& found, const Reals& wanted, double tolerance, const std::string& where);

}  // namespace nnc::test
