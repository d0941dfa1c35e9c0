// Typed views of an op's attributes: a struct whose members are the attributes, read from a node by `view`, written by
// `written`. What the struct says of its members (`fields`, see op_attributes.h) is also what the op's record refuses.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "ir/graph/attributes.h"
#include "ir/graph/graph.h"
#include "ir/graph/op.h"
#include "support/error.h"

namespace nnc {

/// How a member of this type stands among a node's attributes.
template <class T>
struct Stored {
  static bool fits(const Attribute& attribute) { return std::holds_alternative<T>(attribute); }
  static T from(const Attribute& attribute) { return std::get<T>(attribute); }
  static Attribute to(T value) { return value; }
};

/// As 0 or 1.
template <>
struct Stored<bool> {
  static bool fits(const Attribute& attribute) { return attribute == to(false) || attribute == to(true); }
  static bool from(const Attribute& attribute) { return std::get<int64_t>(attribute) != 0; }
  static Attribute to(bool value) { return int64_t{value}; }
};

/// As a list of one size.
template <>
struct Stored<Dim> {
  static bool fits(const Attribute& attribute) {
    const Shape* sizes = std::get_if<Shape>(&attribute);
    return sizes != nullptr && sizes->size() == 1;
  }
  static Dim from(const Attribute& attribute) { return std::get<Shape>(attribute)[0]; }
  static Attribute to(const Dim& value) { return Shape{value}; }
};

template <class T>
inline constexpr bool kMayBeMissing = false;
template <class T>
inline constexpr bool kMayBeMissing<std::optional<T>> = true;
template <class T>
struct Stored<std::optional<T>> : Stored<T> {};

/// A member of the view, the attribute's name, and what a refusal asks for: "an integer".
template <class View, class T>
struct Field {
  T View::* member;
  std::string_view name, wanted;
  TypePart part = TypePart::none;
};

template <class View, class T>
constexpr Field<View, T> field(T View::* member, std::string_view name, std::string_view wanted) {
  return {member, name, wanted};
}
template <class View>
constexpr Field<View, Element> element_field(Element View::* member) {
  return {member, "element", "an element type", TypePart::element};
}
template <class View>
constexpr Field<View, Shape> shape_field(Shape View::* member) {
  return {member, "shape", "the sizes of the result", TypePart::shape};
}

/// What the record of an op with these attributes says of them.
template <class View>
inline constexpr auto kAttributes = std::apply(
    []<class... T>(const Field<View, T>&... each) {
      return std::array{AttributeRule{each.name, each.wanted, kMayBeMissing<T>, each.part, &Stored<T>::fits}...};
    },
    View::fields());

/// Whether the node's op has these attributes.
template <class View>
bool has_view(const Node& node) {
  return node.op->attributes.data() == kAttributes<View>.data();
}

/// The attributes of a node whose op has these.
template <class View>
View view(const Node& node) {
  NNC_ASSERT(has_view<View>(node), "the attributes of '" + std::string(node.op->name) + "' are read as another op's");
  View result;
  auto take = [&](const auto& each) {
    using T = std::remove_reference_t<decltype(result.*each.member)>;
    const Attribute* found = node.attributes.find(each.name);
    if (found != nullptr) result.*each.member = Stored<T>::from(*found);
  };
  std::apply([&](const auto&... each) { (take(each), ...); }, View::fields());
  return result;
}

/// The same, or nothing where its op has others.
template <class View>
std::optional<View> view_if(const Node& node) {
  if (!has_view<View>(node)) return std::nullopt;
  return view<View>(node);
}

/// What a node with this view has; what may be missing is left out.
template <class View>
Attributes written(const View& view) {
  Attributes attributes;
  auto put = [&]<class T>(const Field<View, T>& each) {
    const T& value = view.*each.member;
    if constexpr (kMayBeMissing<T>) {
      if (value) attributes.set(std::string(each.name), Stored<T>::to(*value));
    } else {
      attributes.set(std::string(each.name), Stored<T>::to(value));
    }
  };
  std::apply([&](const auto&... each) { (put(each), ...); }, View::fields());
  return attributes;
}

}  // namespace nnc
