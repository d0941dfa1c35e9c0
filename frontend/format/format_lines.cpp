#include "frontend/format/format_lines.h"

#include <algorithm>

namespace nnc::format {

namespace {

constexpr size_t kDocColumn = 40;

bool is_doc(const Line& line) { return line.comment.starts_with("##"); }

/// Calls `align(begin, end)` for each longest run of neighbours that belong together.
template <class Member, class Align>
void each_run(std::vector<Line>& lines, const Member& member, const Align& align) {
  for (size_t begin = 0; begin < lines.size();) {
    size_t end = begin + 1;
    if (member(lines[begin], lines[begin])) {
      while (end < lines.size() && !lines[end].blank_before && member(lines[begin], lines[end])) ++end;
      align(begin, end);
    }
    begin = end;
  }
}

void align_equals(std::vector<Line>& lines) {
  auto member = [](const Line& first, const Line& line) {
    return line.column != Column::none && line.column == first.column && line.indent == first.indent;
  };
  each_run(lines, member, [&](size_t begin, size_t end) {
    size_t widest = 0;
    for (size_t i = begin; i < end; ++i) widest = std::max(widest, lines[i].equals);
    for (size_t i = begin; i < end; ++i) {
      if (lines[i].indent + lines[i].code.size() + widest - lines[i].equals > kWidth) return;
    }
    for (size_t i = begin; i < end; ++i) lines[i].code.insert(lines[i].equals, widest - lines[i].equals, ' ');
  });
}

void align_comments(std::vector<Line>& lines) {
  auto member = [](const Line& first, const Line& line) {
    bool apart =
        &line != &first && (first.code.starts_with('}') || line.code.starts_with('}') || line.indent != first.indent);
    return !line.comment.empty() && !line.is_comment && !apart && is_doc(line) == is_doc(first);
  };
  each_run(lines, member, [&](size_t begin, size_t end) {
    size_t column = is_doc(lines[begin]) ? kDocColumn : 0;
    for (size_t i = begin; i < end; ++i) column = std::max(column, lines[i].indent + lines[i].code.size() + 2);
    for (size_t i = begin; i < end; ++i) {
      lines[i].code.resize(column - lines[i].indent, ' ');
      lines[i].code += lines[i].comment;
    }
  });
}

}  // namespace

std::string write_lines(std::vector<Line> lines) {
  align_equals(lines);
  align_comments(lines);
  std::string text;
  for (const Line& line : lines) {
    if (line.blank_before && !text.empty()) text += '\n';
    text += std::string(line.indent, ' ') + (line.is_comment ? line.comment : line.code) + '\n';
  }
  return text;
}

}  // namespace nnc::format
