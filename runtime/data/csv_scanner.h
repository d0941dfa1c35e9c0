// The records of a CSV file (RFC 4180), one at a time, from a file read in blocks: memory is one block or one record,
// whichever is larger.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/data/data_error.h"
#include "runtime/files.h"

namespace nnc {

struct CsvLimits {
  int64_t record_bytes = int64_t{16} << 20;
  int64_t columns = 100'000;
  int64_t labels = 1'000'000;  ///< different texts in one column
};

/// One field of the current record. `text` is what stands in the file, between the quotes if it is quoted.
struct CsvField {
  std::string_view text;
  bool quoted = false;
  bool doubled = false;  ///< holds doubled quotes: use `unquoted`

  /// The field's value: `text`, with doubled quotes made single in `scratch`.
  std::string_view unquoted(std::string& scratch) const;
};

class CsvScanner {
 public:
  CsvScanner(InputFile file, CsvLimits limits);

  /// Goes to the next record; false at the end of the file. CR, LF and CRLF end a record outside quotes; a byte order
  /// mark is skipped. Quotes that never close, text after a closing quote, quotes inside a field without them, and
  /// what exceeds a limit are errors at their place.
  bool next();

  /// The fields of the current record, valid until `next`. A blank line is one empty field without quotes.
  std::span<const CsvField> fields() const { return {fields_.data(), count_}; }
  bool is_blank_line() const { return count_ == 1 && fields_[0].text.empty() && !fields_[0].quoted; }
  /// The physical line (from 1) on which the current record begins.
  int64_t line() const { return line_; }
  /// The place of a field of the current record (of its opening quote), or of the record's end.
  TextPlace place(size_t field) const;
  TextPlace place_of_end() const;

  const InputFile& file() const { return file_; }
  /// The first bytes of the file, while no record has been read.
  std::string_view first_block();

 private:
  enum class Outcome { record, more, end };
  enum class Ending { comma, record, more };

  Outcome scan();
  Ending scan_plain(const char*& at);
  Ending scan_quoted(const char*& at);
  /// The ending of a field at `at`, which stands behind its last byte; moves past it.
  Ending finish_field(const char*& at);
  void refill();
  void add_field(const char* begin, const char* end, bool quoted, bool doubled);
  TextPlace place_at(const char* at) const;

  InputFile file_;
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
