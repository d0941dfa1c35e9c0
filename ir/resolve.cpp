#include "ir/resolve.h"

namespace nnc {

namespace {
Shape resolve(const Shape& shape, int64_t rows, int64_t samples) {
  Shape result;
  for (const Dim& dim : shape) result.push_back(dim.at(rows, samples));
  return result;
}
}  // namespace

Type resolve(const Type& type, int64_t rows, int64_t samples) {
  Type result(type.element, resolve(type.shape, rows, samples));
  for (const Type& part : type.parts) result.parts.push_back(resolve(part, rows, samples));
  return result;
}

Node resolve(const Node& node, int64_t rows, int64_t samples) {
  Node result = node;
  result.type = resolve(node.type, rows, samples);
  for (const auto& [name, value] : node.attributes.entries()) {
    if (const Shape* shape = std::get_if<Shape>(&value)) result.attributes.set(name, resolve(*shape, rows, samples));
  }
  return result;
}

}  // namespace nnc
