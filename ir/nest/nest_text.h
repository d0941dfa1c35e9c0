// How the parts of a kernel are written, for the printer, the verifier's messages and the interpreter's.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "ir/nest/nest_program.h"

namespace nnc {

/// An identifier as it is; anything else, and words that the text gives a meaning, in quotes.
std::string nest_name(const std::string& name);
std::string quoted(const std::string& text);

/// "rows", "2*rows + 3", "down(2*rows + 3, 8)".
std::string to_string(const LoopBound& bound);

/// Writes one kernel's statements. Values used twice in a statement, and deep ones, get lines "%1 = …" before it.
class NestText {
 public:
  explicit NestText(const Kernel& kernel);

  std::string affine(const Affine& affine) const;
  std::string reg(const RegisterRef& reg) const;
  /// "parallel o in 0..50 by 5"
  std::string loop(const Loop& loop) const;
  /// An Assign or Store with the lines before it, each indented and ended.
  std::string statement(const Statement& statement, const std::string& indent);

 private:
  enum class Level : uint8_t { comparison, sum, product, primary };

  void find_shared(const std::vector<ExprId>& roots);
  std::string place(const Place& place, int lanes);
  /// `typed`: the reader knows the type from the context, so a constant needs none.
  std::string expr(ExprId id, bool typed, Level least = Level::comparison);
  std::string definition(ExprId id, bool typed, Level least);
  std::string apply(const Expr& expr, bool typed, Level least);
  std::string constant(const Expr& expr, bool typed) const;

  const Kernel& kernel_;
  std::vector<bool> self_typed_;  ///< by expression: its type follows from its operands
  std::unordered_map<ExprId, size_t> shared_;
  std::vector<ExprId> shared_order_;
};

}  // namespace nnc
