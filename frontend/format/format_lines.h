// Finished lines of the formatter, and what is aligned between neighbours.
#pragma once

#include <string>
#include <vector>

namespace nnc::format {

inline constexpr size_t kWidth = 100;

/// Neighbours of one kind have their `=` below each other.
enum class Column : uint8_t { none, declaration, metric, field };

struct Line {
  size_t indent = 0;
  std::string code;
  std::string comment;
  bool blank_before = false;
  bool is_comment = false;  ///< nothing but a comment
  Column column = Column::none;
  size_t equals = 0;  ///< where `=` stands in the code, of a line with a column
};

/// The lines as text. Aligned are: `=` of declarations, of a metric's totals and of a data declaration's fields, and
/// comments behind code, on lines that follow each other; a `##` doc stands at column 41 or further right. What would
/// make a line longer than 100 columns is not done.
std::string write_lines(std::vector<Line> lines);

}  // namespace nnc::format
