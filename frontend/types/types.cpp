#include "frontend/types/types.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {

bool TensorType::is_floating() const {
  return std::all_of(bases.begin(), bases.end(), [](Base base) { return is_float(base); });
}

bool TensorType::has_pack() const {
  return std::any_of(axes.begin(), axes.end(), [](const Axis& axis) { return axis.pack; });
}

std::string to_string(const Axes& axes) {
  if (axes.empty()) return "";
  std::string text = "[";
  for (size_t i = 0; i < axes.size(); ++i) {
    if (i > 0) text += ", ";
    text += axes[i].pack ? ".." + axes[i].name : to_string(axes[i].size);
  }
  return text + "]";
}

std::string to_string(const TensorType& type) {
  std::string text;
  for (Base base : type.bases) {
    if (!text.empty()) text += " | ";
    text += spelling(base);
    if (base == Base::label) text += fmt::format("({})", to_string(type.classes));
  }
  if (type.bases.size() > 1) text = "(" + text + ")";
  return text + to_string(type.axes);
}

Size product(const Axes& axes) {
  Size size(1);
  for (const Axis& axis : axes) size = size * axis.size;
  return size;
}

Element element_of(Base base, Element precision) {
  switch (base) {
    case Base::f32:
    case Base::logit:
    case Base::prob: return precision;
    case Base::f64: return Element::f64;
    case Base::bf16: return Element::bf16;
    case Base::i32:
    case Base::label: return Element::i32;
    case Base::u8: return Element::u8;
    case Base::boolean: return Element::boolean;
  }
  return precision;
}

std::optional<Dim> dim_of(const Size& size) {
  if (std::optional<int64_t> number = size.number()) return Dim(*number);
  if (std::optional<int64_t> rows = size.multiple_of("B")) return Dim::rows(*rows);
  return std::nullopt;
}

std::optional<Shape> shape_of(const Axes& axes) {
  Shape shape;
  for (const Axis& axis : axes) {
    std::optional<Dim> dim = axis.pack ? std::nullopt : dim_of(axis.size);
    if (!dim) return std::nullopt;
    shape.push_back(*dim);
  }
  return shape;
}

Axes axes_of(const Shape& shape) {
  Axes axes;
  for (const Dim& dim : shape) {
    Size size = dim.constant() ? Size(dim.count) : Size(dim.count) * Size::symbol("B");
    axes.push_back({size, dim == Dim::rows() ? "B" : "", false});
  }
  return axes;
}

}  // namespace nnc
