// Source text and positions in it. A SourceFile owns the bytes of a program: one file, and behind it the files that it
// imports, whose offsets go on from its own, so that an offset alone says where in which file something stands.
// Positions are byte offsets, and lines and columns (both counted from 1, columns in Unicode code points) are computed
// when something is printed.
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

/// Where a node of an IR comes from: enough to print "mnist.nn:6" without the source at hand.
struct Origin {
  std::string file;
  int line = 0;
  int column = 0;
  std::string note;  ///< "dense_0", "backward of relu"; may be empty

  bool known() const { return line > 0; }
  bool operator==(const Origin&) const = default;
};

class SourceFile {
 public:
  /// One of its files.
  struct Part {
    std::string name;               ///< what messages print: the path as the user wrote it, or "<stdin>"
    Range range;                    ///< its bytes
    std::vector<size_t> imports{};  ///< numbers of the parts that it imports
  };

  SourceFile() : SourceFile("", "") {}
  SourceFile(std::string name, std::string text);
  /// Adds a file and gives its number; a byte order mark of it is left out.
  size_t append(std::string name, std::string_view text);
  void add_import(size_t importer, size_t imported) { parts_[importer].imports.push_back(imported); }
  /// The same with another text in the first file.
  SourceFile with_text(std::string_view text) const;

  const std::string& name() const { return parts_[0].name; }
  std::string_view text() const { return text(0); }  ///< of the first file
  std::string_view text(size_t part) const { return slice(parts_[part].range); }
  std::string_view slice(Range range) const;
  const std::vector<Part>& parts() const { return parts_; }
  /// The file that an offset is of.
  const Part& part_at(uint32_t offset) const;

  /// Line and column of a byte offset in its file; an offset past the end is the end. CR, LF and CRLF each end a line;
  /// a leading byte order mark takes no column. However long the line is, it takes no longer.
  LineColumn locate(uint32_t offset) const;
  Origin origin(uint32_t offset, std::string note = "") const;
  /// Offset of the first byte of the line that an offset is in, and that line without its end-of-line bytes.
  uint32_t line_begin(uint32_t offset) const;
  std::string_view line_at(uint32_t offset) const;
  /// Offset of the first byte of a line of the first file (from 1).
  uint32_t line_start(int line) const;
  int line_count() const { return static_cast<int>(line_starts_.size()); }  ///< of all files

 private:
  void index();
  uint32_t code_points_before(uint32_t offset) const;

  std::vector<Part> parts_;
  std::string text_;  ///< of all parts, with a line's end between them
  std::vector<uint32_t> line_starts_{0};
  std::vector<uint32_t> code_points_;  ///< that begin before each block of the text
};

}  // namespace nnc
