// The records of a CSV file (RFC 4180, with any separator), one at a time, from a file read in blocks: memory is one
// block or one record, whichever is larger.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/types/csv_format.h"
#include "runtime/data/byte_stream.h"
#include "runtime/io/data_error.h"

namespace nnc {

struct CsvLimits {
  int64_t record_bytes = int64_t{16} << 20;
  int64_t columns = 100'000;
  int64_t labels = 1'000'000;  ///< different texts in one column
};

/// One field of the current record. `text` is what stands in the file, between the quotes if it is quoted; blanks and
/// tabs around a field belong to none.
struct CsvField {
  std::string_view text;
  bool quoted = false;
  bool doubled = false;  ///< holds doubled quotes: use `unquoted`

  /// The field's value: `text` without blanks around it, and with doubled quotes made single in `scratch`.
  std::string_view unquoted(std::string& scratch) const;
};

class CsvScanner {
 public:
  /// `path` is for messages.
  CsvScanner(std::unique_ptr<ByteStream> bytes, std::string path, char separator, CsvLimits limits);
  /// A text in memory, which ends there; its path is empty.
  CsvScanner(std::string_view text, char separator, CsvLimits limits);

  /// Goes to the next record; false at the end of the file. CR, LF and CRLF end a record outside quotes; a byte order
  /// mark is skipped. Quotes that never close, text after a closing quote, quotes inside a field without them, and
  /// what exceeds a limit are errors at their place.
  bool next();

  /// The fields of the current record, valid until `next`. A line without anything but blanks is one empty field
  /// without quotes.
  std::span<const CsvField> fields() const { return {fields_.data(), count_}; }
  bool is_blank_line() const { return count_ == 1 && fields_[0].text.empty() && !fields_[0].quoted; }
  /// Goes to the next record that is no blank line.
  bool next_row();
  /// The physical line (from 1) on which the current record begins.
  int64_t line() const { return line_; }
  /// The place of a field of the current record (of its opening quote), or of the record's end.
  TextPlace place(size_t field) const;
  TextPlace place_of_end() const;

  const std::string& path() const { return path_; }
  /// Whether the file changed since it was opened.
  bool changed() const { return bytes_ != nullptr && bytes_->changed(); }
  /// The first bytes of the file, while no record has been read, and whether they are all.
  std::string_view first_block();
  bool is_first_block_all() const { return at_end_of_file_; }
  /// Another separator, while no record has been read.
  void cut_at(char separator);

 private:
  enum class Outcome { record, more, end };
  enum class Ending { field, record, more };

  Outcome scan();
  Ending scan_field(const char*& at);
  Ending scan_plain(const char*& at);
  Ending scan_quoted(const char*& at);
  /// The ending of a field at `at`, which stands behind its last byte; moves past it.
  Ending finish_field(const char*& at);
  void refill();
  void add_field(const char* begin, const char* end, bool quoted, bool doubled);
  TextPlace place_at(const char* at) const;

  /// Blanks beside a field's text or its quotes.
  bool is_padding(char c) const { return c == ' ' || (c == '\t' && separator_ != '\t'); }
  bool is_separator(char c) const { return c == separator_ || (c == '\t' && separator_ == CsvFormat::kBlanks); }

  std::unique_ptr<ByteStream> bytes_;  ///< none of a text in memory
  std::string path_;
  char separator_ = ',';
  std::array<bool, 256> special_{};  ///< the bytes that end the plain run of a field without quotes
  CsvLimits limits_;
  std::vector<char> buffer_;
  const char* begin_ = nullptr;   ///< of the current record while scanning, else of the next one
  const char* end_ = nullptr;     ///< of what has been read
  const char* record_ = nullptr;  ///< of the current record
  bool at_end_of_file_ = false;
  bool started_ = false;
  int64_t line_ = 0;
  int64_t next_line_ = 1;
  std::vector<CsvField> fields_;  ///< the first `count_` are the current record's
  size_t count_ = 0;
};

}  // namespace nnc
