#include "tests/fuzz/random_shape.h"

#include <vector>

namespace nnc {

namespace {

size_t below(size_t count, std::mt19937_64& generator) { return static_cast<size_t>(generator() % count); }

Shape merged(Shape shape, std::mt19937_64& generator) {
  if (shape.size() < 2) return shape;
  size_t axis = below(shape.size() - 1, generator);
  if (!shape[axis + 1].constant() || (!shape[axis].constant() && axis > 0)) return shape;
  shape[axis].count *= shape[axis + 1].count;
  shape.erase(shape.begin() + static_cast<int64_t>(axis) + 1);
  return shape;
}

Shape split(Shape shape, std::mt19937_64& generator) {
  std::vector<std::pair<size_t, int64_t>> ways;  // an axis, and what the second part gets
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    for (int64_t part = 2; part <= shape[axis].count; ++part) {
      bool parts = shape[axis].count % part == 0 && (part < shape[axis].count || !shape[axis].constant());
      if (parts) ways.emplace_back(axis, part);
    }
  }
  if (ways.empty()) return shape;
  auto [axis, part] = ways[below(ways.size(), generator)];
  shape[axis].count /= part;
  shape.insert(shape.begin() + static_cast<int64_t>(axis) + 1, Dim(part));
  return shape;
}

Shape with_unit(Shape shape, std::mt19937_64& generator) {
  size_t axis = below(shape.size() + 1, generator);
  if (axis < shape.size() && shape[axis] == Dim(1))
    shape.erase(shape.begin() + static_cast<int64_t>(axis));
  else
    shape.insert(shape.begin() + static_cast<int64_t>(axis), Dim(1));
  return shape;
}

}  // namespace

Shape regrouped(const Shape& shape, std::mt19937_64& generator) {
  switch (below(5, generator)) {
    case 0:
    case 1: return split(shape, generator);
    case 2:
    case 3: return merged(shape, generator);
    default: return with_unit(shape, generator);
  }
}

}  // namespace nnc
