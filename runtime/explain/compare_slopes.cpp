#include "runtime/explain/compare_slopes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ir/interpret/interpret_graph.h"
#include "runtime/explain/node_alone.h"

namespace nnc {

namespace {

constexpr double kTolerance = 1e-6;  ///< relative

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

double NumberOf::moved(const std::string& path, const std::vector<double>& direction, double step) {
  Tensor& tensor = inputs.at(path);
  Tensor before = std::exchange(tensor, nnc::moved(tensor, direction, step));
  double value = interpret(graph, inputs, rows).at(result).number(0);
  tensor = std::move(before);
  return value;
}

ComparedSlope compare(double slope, const Function& at) {
  double here = at(0), floor = 1e-4 * std::max(1.0, std::fabs(here));
  ComparedSlope best{slope, 0, INFINITY, false, ""};
  for (double h : {1e-5, 1e-4, 1e-6, 1e-7}) {
    double up = at(h), down = at(-h);
    double central = (up - down) / (2 * h), right = (up - here) / h, left = (here - down) / h;
    double error = std::fabs(slope - central) / std::max({std::fabs(slope), std::fabs(central), floor});
    bool kink = std::fabs(right - left) > 1e-3 * std::max({std::fabs(right), std::fabs(left), floor});
    double slack = 1e-3 * std::max(std::fabs(right), std::fabs(left));
    bool between = slope >= std::min(left, right) - slack && slope <= std::max(left, right) + slack;
    if (kink && between) error = 0;
    if (error < best.relative_error || !(best.relative_error < INFINITY)) {
      best = {slope, central, error, error <= kTolerance, ""};
    }
    if (best.agrees) return best;
  }
  return best;
}

std::string place_text(const Type& type, size_t element) {
  std::vector<int64_t> place(type.shape.size());
  for (size_t axis = type.shape.size(); axis-- > 0;) {
    auto size = static_cast<size_t>(type.shape[axis].count);
    place[axis] = static_cast<int64_t>(element % size);
    element /= size;
  }
  return place.empty() ? "itself" : fmt::format("element [{}]", fmt::join(place, ", "));
}

std::vector<double> random_direction(size_t count, std::mt19937_64& random) {
  std::vector<double> direction(count);
  double square = 0;
  for (double& each : direction) {
    each = std::normal_distribution<double>()(random);
    square += each * each;
  }
  for (double& each : direction) each /= std::sqrt(square);
  return direction;
}

ComparedSlope worst_slope(NumberOf& scalar, const std::string& path, const Tensor& gradient, std::mt19937_64& random,
                          int elements) {
  const std::vector<double> slopes = gradient.numbers();
  size_t count = slopes.size();
  ComparedSlope worst;
  auto along = [&](const std::vector<double>& direction, const std::string& name) {
    ComparedSlope slope =
        compare(dot(slopes, direction), [&](double step) { return scalar.moved(path, direction, step); });
    slope.along = name;
    bool worse = slope.relative_error > worst.relative_error || worst.along.empty();
    if (worse || (worst.agrees && !slope.agrees)) worst = slope;
  };
  if (count > 1) along(random_direction(count, random), "a random direction");
  for (int turn = 0; turn < elements && (turn == 0 || count > 1); ++turn) {
    size_t element = count == 1 ? 0 : std::uniform_int_distribution<size_t>(0, count - 1)(random);
    std::vector<double> direction(count, 0);
    direction[element] = 1;
    along(direction, place_text(gradient.type, element));
  }
  return worst;
}

}  // namespace nnc
