// Attributes of a node: a few named constants, printed and parsed without knowing the op. What knows it reads and
// writes them by a view (op_attributes.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ir/graph/input_role.h"
#include "ir/scalar/type.h"

namespace nnc {

/// Printed as `3`, `0.5` (a double always has a point, an exponent, inf or nan; shortest round trip), `"text"`,
/// `ints [0, 2]`, `sizes [B, 4]`, `f32`, `column`.
using Attribute = std::variant<int64_t, double, std::string, std::vector<int64_t>, Shape, Element, InputRole>;

using Ints = std::vector<int64_t>;

class Attributes {
 public:
  bool has(std::string_view name) const { return find(name) != nullptr; }
  const Attribute* find(std::string_view name) const;
  void set(std::string name, Attribute value);
  const std::vector<std::pair<std::string, Attribute>>& entries() const { return entries_; }
  bool operator==(const Attributes& other) const;  ///< NaN equals NaN, −0 differs from 0
  size_t hash() const;

 private:
  std::vector<std::pair<std::string, Attribute>> entries_;  ///< in the order they were set
};

std::string to_string(const Attribute& attribute);

}  // namespace nnc
