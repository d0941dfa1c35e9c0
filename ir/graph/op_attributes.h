// The attributes of every op that has some: their names, in the order of the text form, and their kinds. An
// `std::optional` may be missing; the element and sizes that the result's type says are not part of the text.
#pragma once

#include "ir/graph/leaf_attributes.h"
#include "ir/graph/view.h"

namespace nnc {

struct CastAttributes {
  Element element = Element::f32;
  static constexpr auto fields() { return std::tuple{element_field(&CastAttributes::element)}; }
};

struct BroadcastAttributes {
  Ints axes{};
  Shape shape{};
  static constexpr auto fields() {
    using V = BroadcastAttributes;
    return std::tuple{field(&V::axes, "axes", "ints: the result's axis of each operand axis"), shape_field(&V::shape)};
  }
};

struct ReshapeAttributes {
  Shape shape{};
  static constexpr auto fields() { return std::tuple{shape_field(&ReshapeAttributes::shape)}; }
};

struct PermuteAttributes {
  Ints order{};
  static constexpr auto fields() {
    return std::tuple{field(&PermuteAttributes::order, "order", "ints: the operand's axis of each result axis")};
  }
};

struct SliceAttributes {
  int64_t axis = 0, begin = 0, end = 0, step = 1;
  static constexpr auto fields() {
    using V = SliceAttributes;
    constexpr std::string_view kWanted = "an integer";
    return std::tuple{field(&V::axis, "axis", kWanted), field(&V::begin, "begin", kWanted),
                      field(&V::end, "end", kWanted), field(&V::step, "step", kWanted)};
  }
};

/// Of concat, reverse and reduce_argmax.
struct AxisAttributes {
  int64_t axis = 0;
  static constexpr auto fields() { return std::tuple{field(&AxisAttributes::axis, "axis", "an integer")}; }
};

struct PadAttributes {
  int64_t axis = 0, low = 0, high = 0, interior = 0;
  double value = 0;
  bool edge = false;
  static constexpr auto fields() {
    using V = PadAttributes;
    constexpr std::string_view kWanted = "an integer";
    return std::tuple{field(&V::axis, "axis", kWanted),
                      field(&V::low, "low", kWanted),
                      field(&V::high, "high", kWanted),
                      field(&V::interior, "interior", kWanted),
                      field(&V::value, "value", "a number with a point"),
                      field(&V::edge, "edge", "0 or 1")};
  }
};

/// `form`: the order of the sum, which the pass layout says.
struct ReduceAttributes {
  Ints axes{};
  std::optional<std::string> form{};
  static constexpr auto fields() {
    using V = ReduceAttributes;
    return std::tuple{field(&V::axes, "axes", "ints in rising order"), field(&V::form, "form", "a text")};
  }
};

struct ContractAttributes {
  std::string index{};
  std::optional<std::string> extents{}, form{};
  static constexpr auto fields() {
    using V = ContractAttributes;
    return std::tuple{field(&V::index, "index", "a text such as \"b i, i o -> b o\""),
                      field(&V::extents, "extents", "a text such as \"k=3\""), field(&V::form, "form", "a text")};
  }
};

struct ScatterAttributes {
  Dim count = 0;
  static constexpr auto fields() {
    return std::tuple{field(&ScatterAttributes::count, "count", "sizes [rows of the result]")};
  }
};

struct WindowAttributes {
  Ints sizes{}, strides{}, dilations{};
  static constexpr auto fields() {
    using V = WindowAttributes;
    constexpr std::string_view kWanted = "ints, one an axis";
    return std::tuple{field(&V::sizes, "sizes", kWanted), field(&V::strides, "strides", kWanted),
                      field(&V::dilations, "dilations", kWanted)};
  }
};

struct ScanAttributes {
  int64_t states = 0, sequences = 0, length = 0;
  std::optional<bool> reverse{};
  static constexpr std::string_view kCount = "a number that is not negative";
  static constexpr auto fields() {
    using V = ScanAttributes;
    return std::tuple{field(&V::states, "states", kCount), field(&V::sequences, "sequences", kCount),
                      field(&V::length, "length", kCount), field(&V::reverse, "reverse", "0 or 1")};
  }
};

struct ProjectAttributes {
  int64_t part = 0;
  static constexpr auto fields() { return std::tuple{field(&ProjectAttributes::part, "part", "an integer")}; }
};

struct SeparateAttributes {
  int64_t number = 0;
  static constexpr auto fields() { return std::tuple{field(&SeparateAttributes::number, "number", "an integer")}; }
};

struct OwnGradientAttributes {
  int64_t arguments = 0;
  static constexpr auto fields() {
    return std::tuple{field(&OwnGradientAttributes::arguments, "arguments", "a number that is not negative")};
  }
};

/// The axis of an op that runs along one: slice, pad, concat, reverse, reduce_argmax, iota.
std::optional<int64_t> axis_of(const Node& node);
/// Whether the text form leaves the attribute out: the result's type says it, or of an input's role its path.
bool is_implied(const Node& node, std::string_view name);
/// Adds to attributes that were read what their text left out.
void add_implied(const Op& op, const std::optional<Type>& type, Attributes& attributes);
/// The order of a reduction's or contraction's sum, where the node says it.
std::optional<std::string> form_on(const Node& node);
/// The node's attributes with that order.
Attributes with_form(const Node& node, std::string form);

}  // namespace nnc
