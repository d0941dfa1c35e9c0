#include "ir/scalar/type.h"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "support/error.h"

namespace nnc {

namespace {
struct ElementInfo {
  Element element;
  std::string_view spelling;
  int64_t bytes;
  bool is_float;
};
constexpr std::array<ElementInfo, 6> kElements{{
    {Element::f32, "f32", 4, true},
    {Element::f64, "f64", 8, true},
    {Element::bf16, "bf16", 2, true},
    {Element::i32, "i32", 4, false},
    {Element::u8, "u8", 1, false},
    {Element::boolean, "bool", 1, false},
}};
const ElementInfo& element_info(Element element) { return kElements[static_cast<size_t>(element)]; }
}  // namespace

std::string_view spelling(Element element) { return element_info(element).spelling; }
int64_t byte_size(Element element) { return element_info(element).bytes; }
bool is_float(Element element) { return element_info(element).is_float; }

std::optional<Element> parse_element(std::string_view text) {
  for (const ElementInfo& info : kElements) {
    if (info.spelling == text) return info.element;
  }
  return std::nullopt;
}

std::string to_string(const Dim& dim) {
  if (dim.constant()) return fmt::format("{}", dim.count);
  const char* symbol = dim.symbol == Symbol::rows ? "B" : "N";
  return dim.count == 1 ? symbol : fmt::format("{}*{}", dim.count, symbol);
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += to_string(shape[i]);
  }
  return text + "]";
}

std::optional<Dim> product(const Shape& shape) {
  Dim result = 1;
  for (const Dim& dim : shape) {
    if (!dim.constant() && !result.constant()) return std::nullopt;
    if (!dim.constant()) result.symbol = dim.symbol;
    if (dim.count < 0 || __builtin_mul_overflow(result.count, dim.count, &result.count)) return std::nullopt;
  }
  return result;
}

std::string broken_limit(const Shape& shape) {
  if (shape.size() > static_cast<size_t>(kMaxRank)) {
    return fmt::format("{} has {} axes, more than the limit of {}", to_string(shape), shape.size(), kMaxRank);
  }
  int64_t elements = 1;
  int symbols = 0;
  for (const Dim& dim : shape) {
    if (dim.count < 0) return fmt::format("{} has a negative size", to_string(shape));
    symbols += dim.constant() ? 0 : 1;
    if (dim.count == 0) continue;
    if (__builtin_mul_overflow(elements, dim.count, &elements) || elements > kMostElements) {
      return fmt::format("{} has more elements than the limit of {}", to_string(shape), kMostElements);
    }
  }
  return symbols > 1 ? to_string(shape) + " has two axes of a size known only at run time" : "";
}

Type Type::tuple(std::vector<Type> parts) {
  NNC_ASSERT(!parts.empty(), "a tuple has at least one part");
  Type type;
  type.parts = std::move(parts);
  return type;
}

std::string to_string(const Type& type) {
  if (!type.is_tuple()) return std::string(spelling(type.element)) + to_string(type.shape);
  std::string text = "(";
  for (size_t i = 0; i < type.parts.size(); ++i) {
    if (i > 0) text += ", ";
    text += to_string(type.parts[i]);
  }
  return text + ")";
}

}  // namespace nnc
