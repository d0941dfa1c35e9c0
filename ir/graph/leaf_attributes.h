// The attributes of leaves: constants, variables, random numbers, inputs, positions and sizes; see op_attributes.h.
#pragma once

#include "ir/graph/view.h"

namespace nnc {

struct ConstantAttributes {
  double value = 0;
  Element element = Element::f32;
  static constexpr auto fields() {
    using V = ConstantAttributes;
    return std::tuple{field(&V::value, "value", "a number with a point"), element_field(&V::element)};
  }
};

/// Of a variable and a random number.
struct NamedAttributes {
  std::string path{};
  Element element = Element::f32;
  Shape shape{};
  static constexpr auto fields() {
    using V = NamedAttributes;
    return std::tuple{field(&V::path, "path", "a text"), element_field(&V::element), shape_field(&V::shape)};
  }
};

/// In a body an input has an `index`, else a role.
struct InputAttributes {
  std::optional<InputRole> role{};
  std::string path{};
  std::optional<int64_t> index{};
  Element element = Element::f32;
  Shape shape{};
  static constexpr std::string_view kRoles = "column, raw, argument, total, setting, order, step or seed";
  static constexpr std::string_view kIndex = "the number of a body's input";
  static constexpr auto fields() {
    using V = InputAttributes;
    return std::tuple{field(&V::role, "role", kRoles), field(&V::path, "path", "a text"),
                      field(&V::index, "index", kIndex), element_field(&V::element), shape_field(&V::shape)};
  }
};

struct IotaAttributes {
  int64_t axis = 0;
  Element element = Element::f32;
  Shape shape{};
  static constexpr auto fields() {
    using V = IotaAttributes;
    return std::tuple{field(&V::axis, "axis", "an integer"), element_field(&V::element), shape_field(&V::shape)};
  }
};

struct SizeAttributes {
  Dim dim = 0;
  Element element = Element::f32;
  static constexpr auto fields() {
    using V = SizeAttributes;
    return std::tuple{field(&V::dim, "dim", "sizes [one]"), element_field(&V::element)};
  }
};

/// The path of a variable or input; null of another node.
const std::string* leaf_path(const Node& node);
/// The path of a variable; null of another node.
const std::string* variable_path(const Node& node);
/// The number that a constant is; null of another node.
const double* constant_value(const Node& node);
/// Which input of its body the node is; nothing of another node.
std::optional<size_t> body_index(const Node& node);

}  // namespace nnc
