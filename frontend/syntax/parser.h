// The parser: recursive descent with two tokens of look-ahead. A mistake ends the statement, entry or item that it
// stands in; the next one is parsed as if nothing had happened.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "frontend/syntax/ast.h"
#include "frontend/syntax/lexer.h"

namespace nnc {

/// What the parser knows of the tokens and the tree does not keep; the formatter lays out by it. Byte offsets.
struct SyntaxMarks {
  std::unordered_set<uint32_t> lines;           ///< where an item, a statement or an entry begins
  std::unordered_set<uint32_t> blocks;          ///< `{` of blocks and bodies, not of records and choices
  std::unordered_map<uint32_t, size_t> binary;  ///< operators between two operands → level, 0 the loosest
  std::unordered_set<uint32_t> reducers;        ///< `)` of `sum(k)` in an index form: what it sums stands apart
};

/// Words that begin an item, and those that begin or go on with a line within one; behind a point and before `=` and
/// `:` each is a name like any other. The editors' files list the same.
std::span<const std::string_view> item_words();
std::span<const std::string_view> line_words();

class Parser {
 public:
  /// Of one of the source's files.
  Parser(const SourceFile& source, Diagnostics& diagnostics, size_t part = 0);
  ast::File file();

  const Tokens& tokens() const { return tokens_; }
  const SyntaxMarks& marks() const { return marks_; }

 private:
  struct Stop {             ///< after an error was reported
    bool reserved = false;  ///< what stands there is of the language, but not there yet
  };

  // Tokens.
  const Token& peek(size_t ahead = 0) const;
  bool is(std::string_view text, size_t ahead = 0) const;
  bool is_word(std::string_view text, size_t ahead = 0) const;
  const Token& take();
  bool accept(std::string_view sign);
  const Token& expect(std::string_view sign, std::string_view where);
  ast::Name name(std::string_view what);
  bool continues() const;  ///< the next token belongs to the same statement
  Range since(uint32_t begin) const;
  [[noreturn]] void fail(Code code, Range range, const std::string& message, const std::string& help = "",
                         std::vector<Change> changes = {});
  [[noreturn]] void reserved(std::string_view what, Range range);
  [[noreturn]] void unexpected(std::string_view wanted, const std::string& help = "", std::vector<Change> changes = {});
  [[noreturn]] void refuse_colon(std::string_view wanted);  ///< before an indented block
  size_t end_of_indented(size_t colon, int margin) const;
  bool after_unreadable() const;  ///< what is missing here is a mistake of the lexer's once more
  std::string help_behind_call() const;
  std::string help_here() const;  ///< what was probably meant by the token that stands here (parse_help.cpp)

  // Items (parse_items.cpp).
  void item(ast::File& file);
  void body_of(ast::Item& item);
  void option(ast::Item& item);
  void data(ast::Item& item);
  void definition(ast::Item& item);
  void own_gradient(ast::Item& item);
  void train(ast::Item& item);
  void import(ast::Item& item);
  std::vector<ast::Entry> entries(bool typed);
  [[noreturn]] void refuse_arguments();
  std::vector<ast::Parameter> parameters();
  std::unique_ptr<ast::Bounds> bounds();
  bool begins_item() const;
  void skip_item();
  void refuse_unclosed(uint32_t open);
  void end_of(std::string_view what);
  std::string doc_of(int first_line, int last_line) const;
  ast::TypePtr type();
  void axes_of(ast::TypeExpr& type);
  ast::BaseExpr base();

  // Statements (parse_items.cpp).
  std::unique_ptr<ast::Block> block();
  ast::Statement statement();
  void loop_in_parentheses();
  ast::Statement unread(size_t first) const;
  ast::ExprPtr unread_value(Range range) const;
  void skip_statement();

  // Recurrences (parse_scan.cpp).
  ast::Statement scan();
  void scan_states(ast::Statement& statement);
  void scan_sequences(ast::Statement& statement);
  void scan_axis(ast::Scan& scan);
  [[noreturn]] void refuse_scan();

  // Expressions (parse_expressions.cpp).
  ast::ExprPtr expression();
  ast::ExprPtr level(size_t level);
  ast::ExprPtr unary();
  ast::ExprPtr power();
  ast::ExprPtr postfix();
  ast::ExprPtr primary();
  ast::ExprPtr parenthesised(uint32_t begin);
  ast::ExprPtr list(uint32_t begin);
  ast::ExprPtr choose();
  std::vector<ast::Argument> arguments(std::string_view close);
  void refuse_equals(const ast::Argument& argument);
  // Of their own, so that the functions that call themselves hold no texts on the stack.
  [[noreturn]] void refuse_chain(const ast::Expr& before, const ast::Name& again);
  std::vector<ast::IndexEntry> indices();
  ast::ExprPtr make(ast::ExprKind kind, uint32_t begin) const;

  // The index form (parse_index_form.cpp).
  ast::ExprPtr index_form();  ///< `[i, j] => body`, or what is looser than nothing but |>
  [[noreturn]] void refuse_arrow();
  ast::LoopIndex loop_of(ast::Expr& entry);
  static bool is_reducer(std::string_view word);  ///< sum, mean, max, min
  bool begins_reducer() const;
  ast::ExprPtr reducer();

  struct Deeper {  ///< counts nesting
    explicit Deeper(Parser& parser);
    ~Deeper() { --parser.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    Parser& parser;
  };

  const SourceFile& source_;
  Diagnostics& diagnostics_;
  Tokens tokens_;
  std::vector<uint32_t> unreadable_;  ///< where the lexer reported errors
  uint32_t item_begin_ = 0;
  SyntaxMarks marks_;
  size_t at_ = 0;
  size_t body_ = SIZE_MAX;  ///< the token where the body of the index form begins that was opened last
  int file_doc_line_ = 0;   ///< 0: the file has no doc
  int depth_ = 0;
  int suffixes_ = 0;  ///< most calls, indices and fields behind each other on a way down the expression read last
  int brackets_ = 0;  ///< open ( [ or record: newlines are blanks
};

}  // namespace nnc
