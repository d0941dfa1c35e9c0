// The syntax tree of a .nn file, as the parser builds it and the checker reads it: items and statements, over
// expressions and types. Every node knows its range in the source. Nesting is at most 256 deep.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "frontend/syntax/ast_expressions.h"
#include "frontend/syntax/ast_scan.h"
#include "frontend/syntax/ast_types.h"
#include "support/diagnostics.h"
#include "support/source.h"

namespace nnc::ast {

enum class StatementKind : uint8_t {
  expression,  ///< value
  bind,        ///< names = value (several names: a tuple)
  param,       ///< param name: type = value
  state,       ///< state name: type = value (type may be null)
  next,        ///< next name = value
  loop,        ///< for name in value { block }
  scan,        ///< scan names of states … for names of elements in … along … { block }
  first,       ///< first name = value
  total,       ///< total name = value
};

struct Statement {
  StatementKind kind = StatementKind::expression;
  Range range;
  std::vector<Name> names;
  TypePtr type;
  ExprPtr value;
  std::unique_ptr<Scan> scan;  ///< of a scan
  std::unique_ptr<Block> block;
};

/// Statements; the last one, if it is an expression, is the block's value.
struct Block {
  Range range;
  std::vector<Statement> statements;
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

/// `grad(dy) { dx = … }` behind a function: its derivative, as it says itself.
struct OwnGradient {
  Range word;     ///< the `grad`
  Name arriving;  ///< what arrives at the function's value
  std::unique_ptr<Block> block;
};

struct Item {
  ItemKind kind = ItemKind::definition;
  Range range;
  Range keyword;
  Name name;
  std::string doc;

  // option
  TypePtr type;
  ExprPtr value;  ///< an option's default; a data declaration's source; an expectation; what is imported
  std::unique_ptr<Bounds> bounds;  ///< of an option, or null

  // fn, layer, model, metric, optimizer
  DefinitionKind definition = DefinitionKind::fn;
  bool exported = false;
  bool imported = false;      ///< it stands in a file that this one imports
  bool has_settings = false;  ///< two lists
  std::vector<Parameter> settings;
  std::vector<Parameter> parameters;
  TypePtr result;                         ///< or null
  std::unique_ptr<Block> body;            ///< `= expression` is a block of one expression
  std::unique_ptr<OwnGradient> gradient;  ///< or null

  std::vector<Entry> entries;  ///< of data and train
};

struct File {
  std::string doc;
  std::vector<Item> items;
};

}  // namespace nnc::ast

namespace nnc {

/// Parses a whole program; what could not be parsed is reported and left out or an `error` node. The items of the files
/// that it imports, but for `train` and `expect`, stand before those that use them, and nothing of them is exported.
ast::File parse(const SourceFile& source, Diagnostics& diagnostics);

}  // namespace nnc
