// Diagnostics as text: the first line that editors parse, the source with carets, what each range is, notes, help.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "support/diagnostics.h"

namespace nnc {

namespace {

constexpr size_t kWidestLine = 110;  // code points of a source line that are shown around the caret

std::string_view word(Severity severity) {
  return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "note";
}

/// A range on one line, in columns from 0 of what is shown.
struct Mark {
  size_t column = 0;
  size_t width = 1;
  bool primary = false;
  std::string text;
};

size_t next_code_point(std::string_view text, size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  return at;
}

/// One source line as it is shown: every code point one column (tabs are blanks, what can't be printed is '?'), cut to
/// a window around `column`.
struct ShownLine {
  std::string text;
  size_t skipped = 0;

  ShownLine(std::string_view line, size_t column) {
    bool wide = line.size() > kWidestLine;
    skipped = wide && column > kWidestLine / 2 ? column - kWidestLine / 2 : 0;
    size_t number = 0;
    for (size_t at = 0; at < line.size() && number < skipped + kWidestLine; ++number) {
      size_t next = next_code_point(line, at);
      std::string_view point = line.substr(at, next - at);
      at = next;
      if (number < skipped) continue;
      if (point == "\t") {
        text += ' ';
      } else {
        text += escape_for_terminal(point) == point ? std::string(point) : "?";
      }
    }
  }
};

std::vector<Mark> marks_on(Range primary_range, const std::vector<Label>& labels, const SourceFile& source,
                           uint32_t line, size_t skipped) {
  std::vector<Mark> marks;
  auto add = [&](Range range, bool primary, const std::string& text) {
    if (source.line_begin(range.begin) != line) return;
    LineColumn begin = source.locate(range.begin), end = source.locate(std::max(range.end, range.begin));
    auto column = static_cast<size_t>(begin.column - 1);
    size_t width = end.line == begin.line ? static_cast<size_t>(std::max(end.column - begin.column, 1)) : 1;
    if (column < skipped || column >= skipped + kWidestLine) return;
    marks.push_back({column - skipped, std::min(width, kWidestLine - (column - skipped)), primary, text});
  };
  for (const Label& label : labels) add(label.range, false, label.text);
  add(primary_range, true, "");
  std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.column < b.column; });
  return marks;
}

void underline(std::string& row, const Mark& mark) {
  row.resize(std::max(row.size(), mark.column + mark.width), ' ');
  for (size_t i = 0; i < mark.width; ++i) {
    char& place = row[mark.column + i];
    if (mark.primary) place = i == 0 ? '^' : '~';
    if (!mark.primary && place == ' ') place = '-';
  }
}

/// Carets under the line, then the labels from the rightmost to the left, each hanging from its range.
std::string drawn(const std::vector<Mark>& marks, const std::string& gutter) {
  std::string row;
  for (const Mark& mark : marks) {
    if (!mark.primary) underline(row, mark);
  }
  for (const Mark& mark : marks) {
    if (mark.primary) underline(row, mark);
  }
  std::string text = gutter + row + "\n";
  for (size_t i = marks.size(); i-- > 0;) {
    if (marks[i].text.empty()) continue;
    std::string line;
    for (size_t j = 0; j < i; ++j) {
      if (marks[j].text.empty() || marks[j].column >= marks[i].column) continue;
      line.resize(std::max(line.size(), marks[j].column), ' ');
      if (line.size() == marks[j].column) line += '|';
    }
    line.resize(std::max(line.size(), marks[i].column), ' ');
    text += gutter + line + escape_for_terminal(marks[i].text) + "\n";
  }
  return text;
}

/// The source line of an offset with everything that a diagnostic marks on it.
std::string excerpt(Range primary, const std::vector<Label>& labels, const SourceFile& source, uint32_t offset) {
  const LineColumn at = source.locate(offset);
  ShownLine shown(source.line_at(offset), static_cast<size_t>(at.column - 1));
  std::string number = fmt::format("{:>5} | ", at.line);
  return number + shown.text + "\n" +
         drawn(marks_on(primary, labels, source, source.line_begin(offset), shown.skipped),
               std::string(number.size() - 2, ' ') + "| ");
}

/// "line 3", with the file where that is not the diagnostic's own.
std::string place_of(Range range, const SourceFile& source, const Diagnostic& diagnostic) {
  const SourceFile::Part& part = source.part_at(range.begin);
  const int line = source.locate(range.begin).line;
  if (&part == &source.part_at(diagnostic.range.begin)) return fmt::format("line {}", line);
  return fmt::format("{}:{}", escape_for_terminal(part.name), line);
}

}  // namespace

std::string render(const Diagnostic& diagnostic, const SourceFile& source) {
  LineColumn at = source.locate(diagnostic.range.begin);
  std::string message =
      diagnostic.argument.empty() ? diagnostic.message : diagnostic.argument + ": " + diagnostic.message;
  const std::string file = escape_for_terminal(source.part_at(diagnostic.range.begin).name);
  std::string text = fmt::format("{}:{}:{}: {}[{}]: {}\n", file, at.line, at.column, word(diagnostic.severity),
                                 diagnostic.code.spelling(), escape_for_terminal(message));
  std::map<uint32_t, uint32_t> lines{{source.line_begin(diagnostic.range.begin), diagnostic.range.begin}};
  for (const Label& label : diagnostic.labels) lines.emplace(source.line_begin(label.range.begin), label.range.begin);
  for (auto [begin, offset] : lines) text += excerpt(diagnostic.range, diagnostic.labels, source, offset);
  for (const Note& note : diagnostic.notes) {
    if (!note.has_range) {
      text += fmt::format(" note: {}\n", escape_for_terminal(note.text));
      continue;
    }
    text += fmt::format(" note: {} ({})\n", escape_for_terminal(note.text), place_of(note.range, source, diagnostic));
    text += excerpt(note.range, {}, source, note.range.begin);
  }
  if (!diagnostic.help.empty()) text += fmt::format(" help: {}\n", escape_for_terminal(diagnostic.help));
  return text;
}

std::string render_uncoded(const SourceFile& source, Range range, const std::string& message, const std::string& note,
                           const std::string& help) {
  LineColumn at = source.locate(range.begin);
  std::string text = fmt::format("{}:{}:{}: error: {}\n", escape_for_terminal(source.part_at(range.begin).name),
                                 at.line, at.column, escape_for_terminal(message));
  text += excerpt(range, {}, source, range.begin);
  if (!note.empty()) text += fmt::format(" note: {}\n", escape_for_terminal(note));
  if (!help.empty()) text += fmt::format(" help: {}\n", escape_for_terminal(help));
  return text;
}

std::string render(const Diagnostics& diagnostics, const SourceFile& source) {
  constexpr size_t kMost = 20;
  std::vector<const Diagnostic*> sorted;
  for (const Diagnostic& diagnostic : diagnostics.all()) sorted.push_back(&diagnostic);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Diagnostic* a, const Diagnostic* b) { return a->range.begin < b->range.begin; });
  std::string text;
  for (size_t i = 0; i < sorted.size() && i < kMost; ++i) text += render(*sorted[i], source);
  if (sorted.size() > kMost) text += fmt::format("… and {} more\n", sorted.size() - kMost);
  if (diagnostics.error_count() > 1) text += fmt::format("{} errors\n", diagnostics.error_count());
  return text;
}

}  // namespace nnc
