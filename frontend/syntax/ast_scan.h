// A recurrence in the syntax tree: `scan h: f32[B, H] = 0 for xt in x along T { … }`.
#pragma once

#include <vector>

#include "frontend/syntax/ast_types.h"

namespace nnc::ast {

/// What stands before the body. The statement's names are those of the states, then those of the sequences' elements.
struct Scan {
  Range head;                      ///< all that stands before the body
  std::vector<TypePtr> types;      ///< of the states
  std::vector<ExprPtr> starts;     ///< of the states
  std::vector<ExprPtr> sequences;  ///< `for name in sequence`
  ExprPtr axis;                    ///< `along axis`
  bool backwards = false;          ///< `along -axis`

  size_t states() const { return types.size(); }
};

}  // namespace nnc::ast
