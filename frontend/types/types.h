// The types of the language: what a tensor's elements mean (logit, prob and class(K) are numbers underneath and
// different above) and its axes, printed as users write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/syntax/bases.h"
#include "frontend/types/sizes.h"
#include "ir/scalar/type.h"

namespace nnc {

/// One axis, or with `pack` any further axes (`..S`), whose product is then `size`.
struct Axis {
  Size size;
  std::string name;  ///< as written, when it was a name: `over` and `permute` find it by this; may be empty
  bool pack = false;
  bool operator==(const Axis& other) const { return pack == other.pack && size == other.size; }
};
using Axes = std::vector<Axis>;

/// `bases` has several entries only for a parameter that lists types: `(logit | prob)[..S]`.
struct TensorType {
  std::vector<Base> bases{Base::f32};
  Size classes;  ///< K of class(K)
  Axes axes;

  TensorType() = default;
  TensorType(Base base, Axes a) : bases{base}, axes(std::move(a)) {}

  Base base() const { return bases.front(); }
  bool is(Base base) const { return bases.size() == 1 && bases.front() == base; }
  bool is_floating() const;  ///< every alternative is a float
  bool has_pack() const;
  bool operator==(const TensorType&) const = default;
};

std::string to_string(const Axes& axes);        ///< "[B, 10]"; "" for a scalar
std::string to_string(const TensorType& type);  ///< "f32[B, 50]", "class(10)[B]", "(logit | prob)[..S, K]"
Size product(const Axes& axes);

/// The IR's element under `precision` (what f32, logit and prob are compiled as).
Element element_of(Base base, Element precision);
/// The IR's axis; nothing when it is neither a number nor a multiple of B.
std::optional<Dim> dim_of(const Size& size);
std::optional<Shape> shape_of(const Axes& axes);
Axes axes_of(const Shape& shape);

}  // namespace nnc
