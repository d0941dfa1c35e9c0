#include "frontend/format/format_tree.h"

#include <algorithm>
#include <array>

namespace nnc::format {

namespace {

bool blank_line_in(std::string_view gap) {
  int lines = 0;
  for (size_t i = 0; i < gap.size(); ++i) {
    if (gap[i] == '\n' || (gap[i] == '\r' && (i + 1 == gap.size() || gap[i + 1] != '\n'))) ++lines;
  }
  return lines > 1;
}

std::string_view without_trailing_blanks(std::string_view text) {
  size_t end = text.find_last_not_of(" \t");
  return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

}  // namespace

Tree::Tree(const SourceFile& source, const Parser& parser)
    : source_(source), tokens_(parser.tokens().tokens), marks_(parser.marks()) {
  attach_comments(parser.tokens().comments);
  items_ = lines();
}

void Tree::attach_comments(const std::vector<Comment>& comments) {
  remarks_.resize(tokens_.size());
  blank_before_.resize(tokens_.size());
  uint32_t end = 0;
  auto gap = [&](uint32_t begin) { return source_.text().substr(end, begin - end); };
  auto comment = comments.begin();
  for (size_t i = 0; i < tokens_.size(); ++i) {
    for (; comment != comments.end() && comment->range.begin < tokens_[i].range.begin; ++comment) {
      remarks_[i].push_back({without_trailing_blanks(source_.slice(comment->range)), comment->own_line,
                             blank_line_in(gap(comment->range.begin))});
      end = comment->range.end;
    }
    if (i + 1 == tokens_.size()) {  // a comment may end where the file does
      for (; comment != comments.end(); ++comment) {
        remarks_[i].push_back({without_trailing_blanks(source_.slice(comment->range)), comment->own_line,
                               blank_line_in(gap(comment->range.begin))});
        end = comment->range.end;
      }
    }
    blank_before_[i] = tokens_[i].range.begin >= end && blank_line_in(gap(tokens_[i].range.begin));
    end = std::max(end, tokens_[i].range.end);
  }
}

bool Tree::is(size_t token, std::string_view sign) const {
  return tokens_[token].kind == TokenKind::sign && tokens_[token].text == sign;
}

int Tree::level(size_t token) const {
  auto found = marks_.binary.find(tokens_[token].range.begin);
  return found == marks_.binary.end() || tokens_[token].kind == TokenKind::end ? -1 : static_cast<int>(found->second);
}

/// Statements up to `}` or the end of the file.
std::vector<Sequence> Tree::lines() {
  std::vector<Sequence> list;
  while (at_ < end() && !is(at_, "}")) {
    bool joined = false;
    if (is(at_, ";")) {
      joined = !tokens_[at_].after_newline && !tokens_[at_ + 1].after_newline;
      // A comment before the semicolon stands before what follows it.
      std::vector<Remark> before = std::move(remarks_[at_]);
      remarks_[at_ + 1].insert(remarks_[at_ + 1].begin(), before.begin(), before.end());
      ++at_;
      if (at_ >= end() || is(at_, "}")) break;
    }
    list.push_back(sequence(true));
    list.back().joined = joined;
  }
  return list;
}

Sequence Tree::sequence(bool in_block) {
  Sequence result;
  size_t first = at_;
  while (at_ < end()) {
    if (is(at_, ")") || is(at_, "]") || is(at_, "}")) break;
    if (in_block && (is(at_, ";") || (at_ > first && marks_.lines.contains(tokens_[at_].range.begin)))) break;
    if (!in_block && is(at_, ",")) break;
    result.pieces.push_back(piece());
  }
  return result;
}

Piece Tree::piece() {
  Piece result;
  result.open = result.close = at_++;
  bool block = is(result.open, "{") && marks_.blocks.contains(tokens_[result.open].range.begin);
  if (block) {
    result.kind = PieceKind::block;
    result.on_lines = tokens_[at_].after_newline;
    result.inner = lines();
  } else if (is(result.open, "(") || is(result.open, "[") || is(result.open, "{")) {
    result.kind = PieceKind::group;
    while (at_ < end() && !is(at_, ")") && !is(at_, "]") && !is(at_, "}")) {
      result.inner.push_back(sequence(false));
      if (!is(at_, ",")) break;
      // A comment before a comma stands behind it.
      std::vector<Remark> before = std::move(remarks_[at_]);
      remarks_[at_ + 1].insert(remarks_[at_ + 1].begin(), before.begin(), before.end());
      ++at_;
    }
  } else {
    return result;
  }
  result.close = at_;
  if (at_ < end()) ++at_;
  return result;
}

bool Tree::word_operator(size_t token) const {
  static constexpr std::array<std::string_view, 9> kWords{"and", "or", "not", "is", "in", "if", "else", "for", "along"};
  if (tokens_[token].kind != TokenKind::name || (token > 0 && is(token - 1, "."))) return false;
  return std::find(kWords.begin(), kWords.end(), tokens_[token].text) != kWords.end();
}

bool Tree::ends_operand(size_t token) const {
  if (tokens_[token].kind == TokenKind::name) return !word_operator(token);
  return tokens_[token].kind != TokenKind::sign || is(token, ")") || is(token, "]") || is(token, "}");
}

bool Tree::space(size_t left, size_t right) const {
  for (std::string_view sign : {",", ";", ":", ")", "]", "}", ".", "^"}) {
    if (is(right, sign)) return false;
  }
  for (std::string_view sign : {"(", "[", "{", ".", "^", ".."}) {
    if (is(left, sign)) return false;
  }
  if (is(left, "-") && level(left) < 0) return false;
  // The bounds of a setting, `0..<1` and `0<..`: the sign belongs to the dots.
  if (is(right, "<") && right + 1 < tokens_.size() && is(right + 1, "..")) return false;
  if (is(left, "<") && ((left > 0 && is(left - 1, "..")) || is(right, ".."))) return false;
  if (is(right, "..")) return !ends_operand(left);
  if (is(left, ")") && marks_.reducers.contains(tokens_[left].range.begin)) return true;
  if (is(right, "(") || is(right, "[")) {
    if (tokens_[left].kind == TokenKind::name) return word_operator(left);
    return !is(left, ")") && !is(left, "]");
  }
  return true;
}

}  // namespace nnc::format
