// A calculation step by step, as a lecture writes it: every value with its formula, its gradient, and what its
// derivative does with the gradient. What `nnc explain` prints and draws.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "runtime/explain/calculation.h"

namespace nnc {

/// One value that a reader sees. Constants stand in the formulas; repeated copies, casts and the like are the value
/// that they copy; a call of a library function is one value, unless the walk is expanded.
struct WalkedValue {
  NodeId node = kNoNode;
  std::string name;            ///< as in the source ("h", "net.W1"), or "#3"
  std::string formula;         ///< "price * count", "relu(#2)"; empty for what is given
  std::string symbol;          ///< of the formula without what it reads: "*", "/ 4", "relu"
  std::vector<size_t> inputs;  ///< the values in the formula, each once, as positions in the walk
  std::vector<double> local;   ///< ∂ this ∂ inputs, where all of them are scalars; else empty
  std::string words;           ///< "passes the gradient on to both"
  bool parameter = false;      ///< given, and trained
  Origin origin;               ///< the line in the user's file, and the library function it belongs to
  Tensor value;
  std::optional<Tensor> gradient;  ///< none: no float, or no path to the result

  bool given() const { return formula.empty(); }
};

struct Walkthrough {
  std::string file, title;          ///< "apples.nn", "bill"
  int64_t rows = 1;                 ///< of the loss: how many samples
  bool of_sum = false;              ///< the result is no scalar: gradients are those of the sum of its elements
  std::vector<WalkedValue> values;  ///< in the order of computation
  std::vector<size_t> results;      ///< positions in `values`
};

/// `expand`: library functions, copies and casts are shown node by node.
Walkthrough walk_through(const Calculation& calculation, const std::string& file, bool expand);

/// One table of the values in the order of computation, then the gradients of what was given.
std::string walkthrough_table(const Walkthrough& walk);

/// A value in a cell: scalars in full; tensors of up to four elements and `widest` letters as they are, others as
/// shape, mean and range.
std::string value_text(const Tensor& tensor, size_t widest = 48);

}  // namespace nnc
