// The tokens of a file as nested sequences: what stands between brackets and in blocks, with the comments before each
// token. The formatter lays this out; of the grammar it knows only what the parser marked.
#pragma once

#include <string_view>
#include <vector>

#include "frontend/syntax/parser.h"

namespace nnc::format {

/// A comment that stands before a token.
struct Remark {
  std::string_view text;      ///< with its signs, without trailing blanks
  bool own_line = false;      ///< not behind code
  bool blank_before = false;  ///< an empty line stands before it
};

struct Piece;
/// A statement, an item, or what stands between two commas.
struct Sequence {
  std::vector<Piece> pieces;
  bool joined = false;  ///< stood on the line of the statement before it, after a `;`
};

enum class PieceKind : uint8_t { word, group, block };

/// A token; or a bracket with what it holds.
struct Piece {
  PieceKind kind = PieceKind::word;
  size_t open = 0;              ///< the token, or the opening bracket
  size_t close = 0;             ///< the closing bracket; of a word the token itself
  std::vector<Sequence> inner;  ///< elements of a group, statements of a block
  bool on_lines = false;        ///< a block whose first statement stood on a line of its own
};

class Tree {
 public:
  Tree(const SourceFile& source, const Parser& parser);

  const std::vector<Sequence>& items() const { return items_; }
  /// The token as it is spelled in the source.
  std::string_view text(size_t token) const { return source_.slice(tokens_[token].range); }
  bool is(size_t token, std::string_view sign) const;
  const std::vector<Remark>& remarks(size_t token) const { return remarks_[token]; }
  bool blank_before(size_t token) const { return blank_before_[token]; }
  size_t end() const { return tokens_.size() - 1; }
  /// Level of the operator between two operands that the token is, 0 the loosest; −1 where it is none.
  int level(size_t token) const;
  /// Whether a blank stands between two tokens that follow each other on one line.
  bool space(size_t left, size_t right) const;

 private:
  void attach_comments(const std::vector<Comment>& comments);
  std::vector<Sequence> lines();
  Sequence sequence(bool in_block);
  Piece piece();
  bool word_operator(size_t token) const;
  bool ends_operand(size_t token) const;

  const SourceFile& source_;
  const std::vector<Token>& tokens_;
  const SyntaxMarks& marks_;
  std::vector<std::vector<Remark>> remarks_;
  std::vector<bool> blank_before_;
  std::vector<Sequence> items_;
  size_t at_ = 0;
};

}  // namespace nnc::format
