// Words, numbers, strings and signs of a .nn file. Newlines are no tokens: each token knows whether one came before it.
#pragma once

#include <string>
#include <vector>

#include "support/diagnostics.h"
#include "support/source.h"

namespace nnc {

enum class TokenKind : uint8_t { name, number, string, sign, end };

struct Token {
  TokenKind kind = TokenKind::end;
  Range range;
  std::string text;  ///< of a string: its content
  double number = 0;
  bool after_newline = false;
  int line = 1;
};

/// A `##` comment.
struct DocComment {
  int line = 1;
  bool own_line = false;
  std::string text;
};

/// Any comment, with its signs and as it was written: what the formatter keeps.
struct Comment {
  Range range;
  bool own_line = false;  ///< nothing but blanks before it
};

struct Tokens {
  std::vector<Token> tokens;  ///< the last one is `end`
  std::vector<Comment> comments;
  std::vector<DocComment> docs;
};

/// Of one of its files.
Tokens lex(const SourceFile& source, Diagnostics& diagnostics, size_t part = 0);

}  // namespace nnc
