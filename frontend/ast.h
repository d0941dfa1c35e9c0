// The syntax tree of a .nn file, as the parser builds it and the checker reads it. Every node knows its range in the
// source. Nesting is at most 256 deep; a chain of one binary operator is stored flat: `a + b - c` is one node with
// three operands and two operators.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/diagnostics.h"
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
};

struct Expr {
  ExprKind kind = ExprKind::error;
  Range range;
  std::string text;  ///< of a name, string or pack; the operator of a comparison
  double number = 0;
  Name name;  ///< of a field
  std::vector<ExprPtr> operands;
  std::vector<Name> operators;  ///< of a chain: operators[i] stands between operands[i] and operands[i + 1]; of power
                                ///< and compare: one
  std::vector<Argument> arguments;
  std::vector<IndexEntry> indices;
  std::vector<std::unique_ptr<Block>> blocks;
  TypePtr type;  ///< of `is`
};

enum class TypeKind : uint8_t {
  tensor,  ///< bases with axes
  choice,  ///< {same, valid}, perhaps `| int`
  word,    ///< int, string, fn, layer, …: a setting's type
};

/// One axis of a type: a size expression, or `..S`.
struct AxisExpr {
  bool pack = false;
  Name name;  ///< of a pack
  ExprPtr size;
  Range range;
};

struct BaseExpr {
  Name name;        ///< "f32", "logit", "class"
  ExprPtr classes;  ///< of class(K)
};

struct TypeExpr {
  TypeKind kind = TypeKind::tensor;
  Range range;
  std::vector<BaseExpr> bases;  ///< of a tensor: more than one for `(logit | prob)[…]`
  std::vector<AxisExpr> axes;
  bool has_axes = false;
  std::vector<Name> words;   ///< of a choice
  std::vector<Name> others;  ///< types that a choice allows beside its words (`| int`)
  Name word;                 ///< of a word
};

enum class StatementKind : uint8_t {
  expression,  ///< value
  bind,        ///< names = value (several names: a tuple)
  param,       ///< param name: type = value
  state,       ///< state name: type = value (type may be null)
  next,        ///< next name = value
  loop,        ///< for name in value { block }
  first,       ///< first name = value
  total,       ///< total name = value
};

struct Statement {
  StatementKind kind = StatementKind::expression;
  Range range;
  std::vector<Name> names;
  TypePtr type;
  ExprPtr value;
  std::unique_ptr<Block> block;
};

/// Statements; the last one, if it is an expression, is the block's value.
struct Block {
  Range range;
  std::vector<Statement> statements;
};

/// `in 0..<1` behind a setting: an end with `<` is not included, a missing one is infinite.
struct Bounds {
  ExprPtr low, high;  ///< high may be null
  bool low_open = false, high_open = false;
  Range range;
};

struct Parameter {
  Name name;
  TypePtr type;                    ///< null: generic
  ExprPtr otherwise;               ///< the default, or null
  std::unique_ptr<Bounds> bounds;  ///< of a setting, or null
};

enum class ItemKind : uint8_t { import, option, data, definition, train, expect };
enum class DefinitionKind : uint8_t { fn, layer, model, metric, optimizer };

/// `name: type = value` of a data body, `name = value` of train and of a record's metrics.
struct Entry {
  Name name;
  TypePtr type;
  ExprPtr value;
  Range range;
};

struct Item {
  ItemKind kind = ItemKind::definition;
  Range range;
  Range keyword;
  Name name;
  std::string doc;

  // option
  TypePtr type;
  ExprPtr value;   ///< an option's default; a data declaration's source; an expectation
  ExprPtr bounds;  ///< `in 1..4096`

  // fn, layer, model, metric, optimizer
  DefinitionKind definition = DefinitionKind::fn;
  bool exported = false;
  bool has_settings = false;  ///< two lists
  std::vector<Parameter> settings;
  std::vector<Parameter> parameters;
  TypePtr result;               ///< or null
  std::unique_ptr<Block> body;  ///< `= expression` is a block of one expression

  std::vector<Entry> entries;  ///< of data and train
};

struct File {
  std::string doc;
  std::vector<Item> items;
};

}  // namespace nnc::ast

namespace nnc {

/// Parses a whole file; what could not be parsed is reported and left out or an `error` node.
ast::File parse(const SourceFile& source, Diagnostics& diagnostics);

}  // namespace nnc
