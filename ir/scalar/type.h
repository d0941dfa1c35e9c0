// Types of tensor values: an element type and a shape whose axes may be multiples of a size that is known only at run
// time (the rows of a batch, the samples of a data set).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nnc {

enum class Element : uint8_t { f32, f64, bf16, i32, u8, boolean };

std::string_view spelling(Element element);  ///< "f32", …, "bool"
std::optional<Element> parse_element(std::string_view text);
int64_t byte_size(Element element);
bool is_float(Element element);

/// Sizes that stay symbols until run time: B, the rows of a batch; N, the samples of a column.
enum class Symbol : uint8_t { none, rows, samples };

/// One axis: `count` elements, or `count` times the symbol.
struct Dim {
  int64_t count = 1;
  Symbol symbol = Symbol::none;

  Dim() = default;
  Dim(int64_t constant) : count(constant) {}  // NOLINT(google-explicit-constructor): a number is a size
  Dim(int64_t times, Symbol of) : count(times), symbol(of) {}
  static Dim rows(int64_t times = 1) { return {times, Symbol::rows}; }
  static Dim samples(int64_t times = 1) { return {times, Symbol::samples}; }

  bool constant() const { return symbol == Symbol::none; }
  /// The number of elements when the symbols have these values.
  int64_t at(int64_t rows, int64_t samples = 0) const {
    return symbol == Symbol::rows ? count * rows : symbol == Symbol::samples ? count * samples : count;
  }
  bool operator==(const Dim&) const = default;
};

using Shape = std::vector<Dim>;

std::string to_string(const Dim& dim);      ///< "100", "B", "4*B", "N"
std::string to_string(const Shape& shape);  ///< "[B, 10]"
/// The product, or nothing when two symbols meet or the constant part leaves int64.
std::optional<Dim> product(const Shape& shape);

inline constexpr int kMaxRank = 8;
/// Elements of one tensor, for each row of the batch where it has rows; and of one axis.
inline constexpr int64_t kMostElements = int64_t{1} << 40;
/// Which of nnc's limits a shape breaks, as a sentence; "" where it keeps them all: at most kMaxRank axes, none
/// negative, one of them known only at run time, and kMostElements elements. Axes of 0 do not shrink the product:
/// strides have it.
std::string broken_limit(const Shape& shape);

/// A tensor type, or with `parts` a tuple (the result of a scan).
struct Type {
  Element element = Element::f32;
  Shape shape;
  std::vector<Type> parts;

  Type() = default;
  Type(Element e, Shape s) : element(e), shape(std::move(s)) {}
  static Type scalar(Element e) { return {e, {}}; }
  static Type tuple(std::vector<Type> parts);

  int rank() const { return static_cast<int>(shape.size()); }
  bool is_tuple() const { return !parts.empty(); }
  bool operator==(const Type&) const = default;
};

std::string to_string(const Type& type);  ///< "f32[B, 10]", "f64[]", "(f32[4], f32[8, 4])"

}  // namespace nnc
