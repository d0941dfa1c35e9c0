// A slope that backpropagation found against central differences.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "ir/graph/graph.h"
#include "ir/scalar/tensor.h"

namespace nnc {

/// One slope that was compared: along a random direction, or of a single element.
struct ComparedSlope {
  double backpropagation = 0, differences = 0, relative_error = 0;
  bool agrees = true;
  std::string along;  ///< "a random direction", "element [3, 1]"
};

using Function = std::function<double(double)>;  ///< the result after a step along the direction

/// Compares with the best of several steps; what differs from side to side is a kink.
ComparedSlope compare(double slope, const Function& at);

/// A graph with one number as its result, as a function of one of its inputs.
struct NumberOf {
  const Graph& graph;
  const std::string& result;
  Tensors inputs;
  int64_t rows;

  double moved(const std::string& path, const std::vector<double>& direction, double step);
};

/// "element [3, 1]" of a tensor of this type; "itself" of a number.
std::string place_text(const Type& type, size_t element);

/// Of length 1.
std::vector<double> random_direction(size_t count, std::mt19937_64& random);

/// The random direction and some single elements; the worst of them.
ComparedSlope worst_slope(NumberOf& scalar, const std::string& path, const Tensor& gradient, std::mt19937_64& random,
                          int elements);

}  // namespace nnc
