// Expressions of the syntax tree. A chain of one binary operator is stored flat: `a + b - c` is one node with three
// operands and two operators.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/source.h"

namespace nnc::ast {

struct Expr;
struct TypeExpr;
struct Block;
using ExprPtr = std::unique_ptr<Expr>;
using TypePtr = std::unique_ptr<TypeExpr>;

/// A word with its place.
struct Name {
  std::string text;
  Range range;
  bool empty() const { return text.empty(); }
};

/// `value`, or `name: value`.
struct Argument {
  Name name;
  ExprPtr value;
};

/// One entry of `x[…]`: a position, `a..b`, or `..` for a whole axis (both null).
struct IndexEntry {
  ExprPtr position;  ///< or null
  ExprPtr begin, end;
  Range range;
  bool whole = false;
};

/// One index of an index form or of its reducer: `i`, `i < size`, or `..s` for further axes.
struct LoopIndex {
  Name name;
  ExprPtr bound;  ///< or null
  bool pack = false;
};

enum class ExprKind : uint8_t {
  error,    ///< reported by the parser
  number,   ///< number
  string,   ///< text
  name,     ///< text
  call,     ///< operands[0](arguments)
  index,    ///< operands[0][indices]
  field,    ///< operands[0].name
  negate,   ///< - operands[0]
  invert,   ///< not operands[0]
  chain,    ///< operands joined by operators of one level: + - | * / @ | and | or | |>
  power,    ///< operands[0] ^ operands[1]
  compare,  ///< operands[0] op operands[1]
  is,       ///< operands[0] is type
  range,    ///< operands[0] .. operands[1]
  list,     ///< [operands…]
  tuple,    ///< (operands…), two or more
  record,   ///< {name: value, …} in arguments
  pack,     ///< ..name, in a list
  choose,   ///< if operands[0] blocks[0] else blocks[1] (an `else if` is a block of one `if`)
  block,    ///< { … } where an expression is the body
  indexed,  ///< [loops] => operands[0]
  reduced,  ///< text(loops) operands[0], right behind `=>`: sum(k) a[i, k] * b[k, j]
};

struct Expr {
  ExprKind kind = ExprKind::error;
  Range range;
  std::string text;  ///< of a name, string or pack; the operator of a comparison; the reducer's word
  double number = 0;
  Name name;  ///< of a field
  std::vector<ExprPtr> operands;
  std::vector<Name> operators;  ///< of a chain: operators[i] stands between operands[i] and operands[i + 1]; of power
                                ///< and compare: one
  std::vector<Argument> arguments;
  std::vector<IndexEntry> indices;
  std::vector<LoopIndex> loops;  ///< of an index form or a reducer
  std::vector<std::unique_ptr<Block>> blocks;
  TypePtr type;  ///< of `is`
};

}  // namespace nnc::ast
