// Source text and positions in it. A SourceFile owns the bytes of one file; positions are byte offsets, and lines and
// columns (both counted from 1, columns in Unicode code points) are computed when something is printed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nnc {

/// A half-open range of bytes [begin, end) in one source file.
struct Range {
  uint32_t begin = 0;
  uint32_t end = 0;

  /// The smallest range that covers both.
  static Range cover(Range a, Range b);
  bool operator==(const Range&) const = default;
};

struct LineColumn {
  int line = 1;
  int column = 1;
};

class SourceFile {
 public:
  SourceFile() = default;
  /// `name` is what messages print: the path as the user wrote it, or "<stdin>".
  SourceFile(std::string name, std::string text);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }
  std::string_view slice(Range range) const;

  /// Line and column of a byte offset; an offset past the end is the end. CR, LF and CRLF each end a line; a leading
  /// byte order mark takes no column. However long the line is, it takes no longer.
  LineColumn locate(uint32_t offset) const;
  /// The text of a line (from 1) without its end-of-line bytes.
  std::string_view line_text(int line) const;
  /// Offset of a line's first byte.
  uint32_t line_start(int line) const;
  int line_count() const { return static_cast<int>(line_starts_.size()); }

 private:
  uint32_t code_points_before(uint32_t offset) const;

  std::string name_;
  std::string text_;
  std::vector<uint32_t> line_starts_{0};
  std::vector<uint32_t> code_points_;  ///< that begin before each block of the text
};

/// Where a node of an IR comes from: enough to print "mnist.nn:6" without the source at hand.
struct Origin {
  std::string file;
  int line = 0;
  int column = 0;
  std::string note;  ///< "dense_0", "backward of relu"; may be empty

  bool known() const { return line > 0; }
  bool operator==(const Origin&) const = default;
};

}  // namespace nnc
