// Text that a command makes, to standard output or to a file that appears whole or not at all.
#pragma once

#include <memory>
#include <string>

#include "runtime/io/files.h"

namespace nnc {

class TextOutput {
 public:
  /// "" and "-" are standard output. A file is begun at once, so that one that can't be written fails before any work.
  explicit TextOutput(const std::string& path);

  /// What comes next; it is written when there is enough of it.
  std::string& buffer() { return buffer_; }
  void flush_if_large() {
    if (buffer_.size() >= kLarge) flush();
  }
  /// Writes the rest; a file takes its place.
  void finish();

 private:
  static constexpr size_t kLarge = size_t{1} << 18;
  void flush();

  std::unique_ptr<Replacement> file_;
  std::string buffer_;
};

/// Appends a field of a CSV file, in quotes where its text needs them.
void append_csv_field(std::string& to, std::string_view text);

}  // namespace nnc
