// The one contraction, read from its index notation: "b i, i o -> b o" is out[b, o] = Σ_i a[b, i] · b[i, o]. An
// operand's axis may be affine in two loops with positive coefficients and a constant: "b c 2*y+k+1". A loop's extent
// is that of the axis where it stands alone, else it is given: "k=3 y=5".
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/graph/graph.h"
#include "ir/graph/index.h"
#include "ir/scalar/type.h"

namespace nnc {

struct Contraction {
  struct Loop {
    std::string name;
    Dim extent;
    bool known = false;  ///< the extent has been found
  };
  /// The result's loops first, in the order of its axes, then the summed ones in order of appearance.
  std::vector<Loop> loops;
  size_t result_rank = 0;  ///< result axis i runs over loop i
  /// One subscript an axis of each operand, over the loops' numbers; always affine.
  std::array<std::vector<IndexExpr>, 2> subscripts;

  size_t loop(std::string_view name) const;  ///< its number, or loops.size()
  bool is_reduced(size_t loop) const { return loop >= result_rank; }
  Shape result_shape() const;
  /// The number of the loop that stands alone in this axis, or loops.size().
  size_t alone(size_t operand, size_t axis) const;
  bool uses(size_t operand, size_t loop) const;
  /// Whether neighbours of the result read some of the same elements: an axis runs along two loops.
  bool has_windows(size_t operand) const;
  bool has_windows() const { return has_windows(0) || has_windows(1); }
};

/// "b i, i o -> b o" in words: of both operands and of the result.
struct IndexWords {
  std::array<std::vector<std::string>, 3> parts;

  explicit IndexWords(const std::string& index);
  std::string text() const;
};

/// A contraction, or what is wrong with it, naming both shapes and the index.
std::variant<Contraction, std::string> parse_contraction(std::string_view index, std::string_view extents,
                                                         const Shape& a, const Shape& b);
/// Of a node whose op is a contraction and whose operands have these types; it must be well formed.
Contraction contraction_of(const Node& node, std::span<const Type> operands);

}  // namespace nnc
