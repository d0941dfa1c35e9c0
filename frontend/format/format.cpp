// What fits on a line of 100 columns stands on one line; what does not is broken at its loosest operator (before each
// `|>`, after the others), else inside its brackets, one element a line. A comment inside an expression breaks it
// there. Blocks stay on one line if they stood on one and fit. So line breaks inside a statement are never the
// writer's, and the same tokens always give the same text.
#include "frontend/format/format.h"

#include <algorithm>
#include <array>
#include <optional>

#include "frontend/format/format_lines.h"
#include "frontend/format/format_tree.h"
#include "support/error.h"

namespace nnc {

namespace format {
namespace {

constexpr size_t kIndent = 2;
constexpr int kPipe = 0, kRange = 4;  ///< levels of operators: broken before, never broken

using Pieces = std::vector<Piece>;

class Printer {
 public:
  explicit Printer(const Tree& tree) : tree_(tree), done_(tree.end() + 1) {}

  std::vector<Line> run() {
    statements(tree_.items(), 0, true);
    lead(tree_.end(), 0);
    newline(0);
    return std::move(lines_);
  }

 private:
  // ── Lines ──
  size_t column() const { return current_.indent + current_.code.size(); }
  bool at_start() const { return current_.code.empty(); }
  void put(std::string_view text) { current_.code += text; }
  void blank() {
    if (!at_start()) put(" ");
  }

  void newline(size_t indent) {
    while (current_.code.ends_with(' ')) current_.code.pop_back();
    if (!current_.code.empty() || current_.is_comment) {
      bool opens = open_block_ && !current_.is_comment;
      lines_.push_back(std::move(current_));
      block_start_ = opens;
      open_block_ = false;
    }
    current_ = Line{};
    current_.indent = indent;
  }

  /// Writes the comments before a token, those on lines of their own at `indent`; what follows begins a line then.
  void lead(size_t token, size_t indent) {
    if (done_[token]) return;
    done_[token] = true;
    for (const Remark& remark : tree_.remarks(token)) {
      if (!remark.own_line && !at_start() && current_.comment.empty()) {
        current_.comment = remark.text;
        continue;
      }
      newline(indent);
      current_.comment = remark.text;
      current_.is_comment = true;
      current_.blank_before = remark.blank_before && !block_start_;
    }
    if (!tree_.remarks(token).empty()) newline(indent);
  }

  // ── One line ──
  /// Appends the pieces as one line; false if they can't be one or are longer than `limit`.
  bool flat(const Pieces& pieces, size_t from, size_t to, std::string& text, size_t limit) const {
    for (size_t i = from; i < to; ++i) {
      if (i > from && tree_.space(pieces[i - 1].close, pieces[i].open)) text += ' ';
      if (!flat(pieces[i], text, limit) || text.size() > limit) return false;
    }
    return true;
  }

  bool flat(const Piece& piece, std::string& text, size_t limit) const {
    if (!done_[piece.open] && !tree_.remarks(piece.open).empty()) return false;
    text += tree_.text(piece.open);
    if (piece.kind == PieceKind::word) return true;
    bool block = piece.kind == PieceKind::block;
    if (!tree_.remarks(piece.close).empty() || (block && piece.on_lines && !piece.inner.empty())) return false;
    if (block && !piece.inner.empty()) text += ' ';
    for (size_t i = 0; i < piece.inner.size(); ++i) {
      const Sequence& inner = piece.inner[i];
      if (i > 0 && block && !inner.joined) return false;
      if (i > 0) text += block ? ";  " : ", ";
      if (!flat(inner.pieces, 0, inner.pieces.size(), text, limit)) return false;
    }
    if (block && !piece.inner.empty()) text += ' ';
    text += tree_.text(piece.close);
    return true;
  }

  std::optional<std::string> one_line(const Pieces& pieces, size_t from, size_t to, size_t limit = kWidth) const {
    std::string text;
    if (!flat(pieces, from, to, text, limit)) return std::nullopt;
    return text;
  }

  /// Writes the pieces on the line that stands there if they fit, with `reserve` columns left over.
  bool put_if_it_fits(const Pieces& pieces, size_t from, size_t to, size_t reserve) {
    std::optional<std::string> text = one_line(pieces, from, to);
    if (!text || column() + text->size() + reserve > kWidth) return false;
    put(*text);
    return true;
  }

  // ── Statements ──
  void statements(const std::vector<Sequence>& list, size_t indent, bool items) {
    bool single = false;
    for (const Sequence& each : list) {
      if (each.joined && single && current_.comment.empty() && put_joined(each, items)) continue;
      size_t first = each.pieces.front().open;
      lead(first, indent);
      newline(indent);
      current_.blank_before = tree_.blank_before(first) && !block_start_;
      size_t line = lines_.size();
      sequence(each, indent, 0, true, items);
      single = lines_.size() == line;
      if (!items) find_column(each, single ? current_ : lines_[line]);
    }
  }

  /// `a = 1;  b = 2`. Items stay together however long they are: a `##` behind them documents each.
  bool put_joined(const Sequence& each, bool items) {
    std::optional<std::string> text = one_line(each.pieces, 0, each.pieces.size(), items ? std::string::npos : kWidth);
    if (!text || (!items && column() + 3 + text->size() > kWidth)) return false;
    put(";  " + *text);
    current_.column = Column::none;
    return true;
  }

  void find_column(const Sequence& each, Line& line) const {
    const Pieces& pieces = each.pieces;
    size_t equals = first_equals(pieces, 0, pieces.size());
    if (equals < 2 || equals == pieces.size()) return;
    std::string_view word = tree_.text(pieces[0].open);
    Column column = word == "param" || word == "state"                        ? Column::declaration
                    : word == "first" || word == "total" || word == "collect" ? Column::metric
                    : tree_.is(pieces[1].open, ":")                           ? Column::field
                                                                              : Column::none;
    std::optional<std::string> head = one_line(pieces, 0, equals + 1);
    if (column == Column::none || !head || !line.code.starts_with(*head)) return;
    line.column = column;
    line.equals = head->size() - 1;
  }

  size_t first_equals(const Pieces& pieces, size_t from, size_t to) const {
    while (from < to && !tree_.is(pieces[from].open, "=")) ++from;
    return from;
  }

  void sequence(const Sequence& each, size_t indent, size_t reserve, bool statement, bool item) {
    const Pieces& pieces = each.pieces;
    if (put_if_it_fits(pieces, 0, pieces.size(), reserve)) return;
    for (size_t i = 0; i < pieces.size();) {
      size_t end = i;
      while (end < pieces.size() && pieces[end].kind != PieceKind::block) ++end;
      bool last = end == pieces.size();
      if (i > 0 && i < end && tree_.space(pieces[i - 1].close, pieces[i].open)) blank();
      if (statement && i == 0) {
        if (assignment(pieces, end, indent, last ? reserve : 2, item)) return;
      } else if (i < end) {
        expression(pieces, i, end, indent, last ? reserve : 2);
      }
      if (!last) block(pieces[end], indent);
      i = end + 1;
    }
  }

  void block(const Piece& piece, size_t indent) {
    lead(piece.open, indent + kIndent);
    blank();
    put("{");
    if (piece.inner.empty() && tree_.remarks(piece.close).empty()) return put("}");
    open_block_ = true;  // a comment behind the `{` stays there, so the line is not ended yet
    statements(piece.inner, indent + kIndent, false);
    lead(piece.close, indent + kIndent);
    newline(indent);
    put("}");
  }

  /// `head = value`, or what of it stands before the first block; true if that was all. The value of a definition that
  /// does not fit stands on a line of its own, and the rest of it is indented as it is.
  bool assignment(const Pieces& pieces, size_t end, size_t& indent, size_t reserve, bool item) {
    size_t equals = first_equals(pieces, 0, end);
    if (equals == end || equals + 1 >= end) {
      expression(pieces, 0, end, indent, reserve);
      return false;
    }
    expression(pieces, 0, equals + 1, indent, 0);
    blank();
    if (put_if_it_fits(pieces, equals + 1, end, reserve)) return false;
    static constexpr std::array<std::string_view, 6> kDefinitions{"fn",     "layer",     "model",
                                                                  "metric", "optimizer", "export"};
    bool definition =
        std::find(kDefinitions.begin(), kDefinitions.end(), tree_.text(pieces[0].open)) != kDefinitions.end();
    if (item && definition) {
      indent += kIndent;
      lead(pieces[equals + 1].open, indent);
      newline(indent);
      if (put_if_it_fits(pieces, equals + 1, pieces.size(), 0)) return true;
    }
    expression(pieces, equals + 1, end, indent, reserve);
    return false;
  }

  // ── Expressions ──
  void expression(const Pieces& pieces, size_t from, size_t to, size_t indent, size_t reserve) {
    if (put_if_it_fits(pieces, from, to, reserve)) return;
    int loosest = -1;
    for (size_t i = from; i < to; ++i) {
      int level = pieces[i].kind == PieceKind::word ? tree_.level(pieces[i].open) : -1;
      if (level >= 0 && level != kRange && (loosest < 0 || level < loosest)) loosest = level;
    }
    if (loosest < 0) return operand(pieces, from, to, indent, reserve);
    for (size_t i = from; i <= to;) {
      size_t end = i;
      while (end < to && (pieces[end].kind != PieceKind::word || tree_.level(pieces[end].open) != loosest)) ++end;
      size_t after = end == to ? reserve : loosest == kPipe ? 0 : 1 + tree_.text(pieces[end].open).size();
      if (i > from && loosest != kPipe) next_operand(pieces, i, end, indent + kIndent, after);
      expression(pieces, i, end, i > from ? indent + kIndent : indent, after);
      if (end < to) {
        lead(pieces[end].open, indent + kIndent);
        if (loosest == kPipe) newline(indent + kIndent);
        blank();
        put(tree_.text(pieces[end].open));
        if (loosest == kPipe) blank();
      }
      i = end + 1;
    }
  }

  /// After an operator: on the same line if the operand fits there, else on the next.
  void next_operand(const Pieces& pieces, size_t from, size_t to, size_t indent, size_t after) {
    lead(pieces[from].open, indent);
    std::optional<std::string> text = one_line(pieces, from, to);
    if (!text || column() + 1 + text->size() + after > kWidth) newline(indent);
    blank();
  }

  /// No operator stands at this level: words and brackets. A bracket is opened if what comes up to the next one, or
  /// the end, does not fit.
  void operand(const Pieces& pieces, size_t from, size_t to, size_t indent, size_t reserve) {
    for (size_t i = from; i < to; ++i) {
      bool apart = i > from && tree_.space(pieces[i - 1].close, pieces[i].open);
      lead(pieces[i].open, indent + kIndent);
      if (apart) blank();
      if (pieces[i].kind == PieceKind::word) {
        put(tree_.text(pieces[i].open));
        continue;
      }
      size_t next = i + 1;
      while (next < to && pieces[next].kind == PieceKind::word) ++next;
      std::optional<std::string> alone = one_line(pieces, i, i + 1);
      std::optional<std::string> tail = one_line(pieces, i, next);
      if (alone && tail && column() + tail->size() + (next < to ? 1 : reserve) <= kWidth) {
        put(*alone);
      } else {
        open(pieces[i], indent);
      }
    }
  }

  /// A bracket over several lines: an element a line; numbers as many as fit.
  void open(const Piece& piece, size_t indent) {
    put(tree_.text(piece.open));
    bool numbers = std::all_of(piece.inner.begin(), piece.inner.end(), [&](const Sequence& each) {
      return each.pieces.back().kind == PieceKind::word && each.pieces.size() <= 2 &&
             (each.pieces.size() == 1 || tree_.is(each.pieces[0].open, "-"));
    });
    size_t inner = indent + kIndent;
    for (size_t i = 0; i < piece.inner.size(); ++i) {
      const Pieces& pieces = piece.inner[i].pieces;
      lead(pieces.front().open, inner);
      std::optional<std::string> text = one_line(pieces, 0, pieces.size());
      bool same_line = numbers && i > 0 && text && column() + text->size() + 2 <= kWidth;
      if (!same_line) newline(inner);
      blank();
      sequence(piece.inner[i], inner, 1, false, false);
      if (i + 1 < piece.inner.size()) put(",");
    }
    lead(piece.close, inner);
    newline(indent);
    put(tree_.text(piece.close));
  }

  const Tree& tree_;
  std::vector<bool> done_;  ///< by token: its comments are written
  std::vector<Line> lines_;
  Line current_;
  bool open_block_ = false;  ///< the current line opens a block
  bool block_start_ = true;  ///< the line before this one opened a block: no blank line here
};

/// What formatting may not change: the tokens but `;` and a comma before a closing bracket, and the comments.
std::vector<std::string> essence(const SourceFile& source, const Tokens& tokens) {
  std::vector<std::string> words;
  auto is = [&](size_t i, std::string_view sign) {
    return tokens.tokens[i].kind == TokenKind::sign && tokens.tokens[i].text == sign;
  };
  for (size_t i = 0; i + 1 < tokens.tokens.size(); ++i) {
    bool closes = is(i + 1, ")") || is(i + 1, "]") || is(i + 1, "}");
    if (!is(i, ";") && !(is(i, ",") && closes)) words.emplace_back(source.slice(tokens.tokens[i].range));
  }
  for (const Comment& comment : tokens.comments) {
    std::string_view text = source.slice(comment.range);
    words.emplace_back(text.substr(0, text.find_last_not_of(" \t") + 1));
  }
  return words;
}

}  // namespace
}  // namespace format

std::optional<std::string> format_source(const SourceFile& source, Diagnostics& diagnostics) {
  Parser parser(source, diagnostics);
  parser.file();
  if (diagnostics.has_errors()) return std::nullopt;
  format::Tree tree(source, parser);
  std::string text = format::write_lines(format::Printer(tree).run());
  SourceFile written(source.name(), text);
  Diagnostics mistakes;
  Parser again(written, mistakes);
  again.file();
  bool same = !mistakes.has_errors() && again.marks().lines.size() == parser.marks().lines.size() &&
              format::essence(written, again.tokens()) == format::essence(source, parser.tokens());
  NNC_ASSERT(same, "formatting changed the program");
  return text;
}

}  // namespace nnc
