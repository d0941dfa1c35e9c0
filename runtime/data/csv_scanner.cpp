#include "runtime/data/csv_scanner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "runtime/data/number_text.h"

namespace nnc {
namespace {

constexpr size_t kBlock = size_t{1} << 20;

}  // namespace

std::string_view CsvField::unquoted(std::string& scratch) const {
  if (!quoted) return text;
  if (!doubled) return trimmed(text);
  scratch.clear();
  for (size_t i = 0; i < text.size(); ++i) {
    scratch += text[i];
    if (text[i] == '"') ++i;  // the second of a pair
  }
  return trimmed(scratch);
}

CsvScanner::CsvScanner(std::unique_ptr<ByteStream> bytes, std::string path, char separator, CsvLimits limits)
    : bytes_(std::move(bytes)), path_(std::move(path)), limits_(limits) {
  buffer_.resize(std::clamp<uint64_t>(bytes_->most_left(), 15, kBlock - 1) + 1);
  begin_ = end_ = buffer_.data();
  cut_at(separator);
}

CsvScanner::CsvScanner(std::string_view text, char separator, CsvLimits limits)
    : limits_(limits), buffer_(text.begin(), text.end()), at_end_of_file_(true), started_(true) {
  begin_ = buffer_.data();
  end_ = begin_ + buffer_.size();
  cut_at(separator);
}

void CsvScanner::cut_at(char separator) {
  NNC_ASSERT(line_ == 0, "records have been read");
  separator_ = separator;
  special_ = {};
  for (const char c : {separator, '\n', '\r', '"'}) special_[static_cast<unsigned char>(c)] = true;
  if (separator == CsvFormat::kBlanks) special_['\t'] = true;
}

std::string_view CsvScanner::first_block() {
  NNC_ASSERT(line_ == 0, "records have been read");
  if (!started_) {
    started_ = true;
    refill();
  }
  return {begin_, static_cast<size_t>(end_ - begin_)};
}

bool CsvScanner::next() {
  if (line_ == 0 && first_block().starts_with("\xef\xbb\xbf")) begin_ += 3;
  line_ = next_line_;
  for (;;) {
    const int64_t line_before = next_line_;
    const Outcome outcome = scan();
    if (outcome != Outcome::more) return outcome == Outcome::record;
    next_line_ = line_before;
    refill();
  }
}

bool CsvScanner::next_row() {
  while (next()) {
    if (!is_blank_line()) return true;
  }
  return false;
}

/// Moves the unfinished record to the front of the buffer, makes room if it fills it, and reads on.
void CsvScanner::refill() {
  const auto kept = static_cast<size_t>(end_ - begin_);
  if (kept == buffer_.size()) {
    if (static_cast<int64_t>(kept) >= limits_.record_bytes) {
      throw text_failure({path_, line_, 1},
                         fmt::format("a record longer than the limit of {} bytes", limits_.record_bytes),
                         "is a closing quote missing, or is this no CSV?");
    }
    const size_t room = std::min(buffer_.size() * 2, static_cast<size_t>(limits_.record_bytes));
    std::vector<char> larger(room);
    std::memcpy(larger.data(), begin_, kept);
    buffer_ = std::move(larger);
  } else {
    std::memmove(buffer_.data(), begin_, kept);
  }
  const size_t got = bytes_->read(std::as_writable_bytes(std::span(buffer_).subspan(kept)));
  at_end_of_file_ = got < buffer_.size() - kept;
  begin_ = buffer_.data();
  end_ = begin_ + kept + got;
}

CsvScanner::Outcome CsvScanner::scan() {
  count_ = 0;
  record_ = begin_;
  const char* at = begin_;
  if (at == end_) return at_end_of_file_ ? Outcome::end : Outcome::more;
  for (;;) {
    const Ending ending = scan_field(at);
    if (ending == Ending::more) return Outcome::more;
    if (ending == Ending::record) break;
    if (static_cast<int64_t>(count_) >= limits_.columns) {
      throw text_failure(place_at(at), fmt::format("more than {} columns, the limit", limits_.columns));
    }
  }
  begin_ = at;
  return Outcome::record;
}

void CsvScanner::add_field(const char* begin, const char* end, bool quoted, bool doubled) {
  if (count_ == fields_.size()) fields_.emplace_back();
  fields_[count_++] = {{begin, static_cast<size_t>(end - begin)}, quoted, doubled};
}

CsvScanner::Ending CsvScanner::scan_field(const char*& at) {
  while (at < end_ && is_padding(*at)) ++at;
  return at < end_ && *at == '"' ? scan_quoted(at) : scan_plain(at);
}

CsvScanner::Ending CsvScanner::scan_plain(const char*& at) {
  const char* start = at;
  while (at < end_ && !special_[static_cast<unsigned char>(*at)]) ++at;
  if (at == end_ && !at_end_of_file_) return Ending::more;
  if (at < end_ && *at == '"') {
    throw text_failure(place_at(at), "a quote inside a field that does not begin with one",
                       "put the whole field in quotes and double those inside it");
  }
  const char* last = at;
  while (last > start && is_padding(last[-1])) --last;
  add_field(start, last, false, false);
  return finish_field(at);
}

CsvScanner::Ending CsvScanner::scan_quoted(const char*& at) {
  const char* opening = at++;
  bool doubled = false;
  for (;; ++at) {
    while (at < end_ && *at != '"' && *at != '\n' && *at != '\r') ++at;
    if (at == end_) {
      if (!at_end_of_file_) return Ending::more;
      throw text_failure(place_at(opening), "this quote is never closed");
    }
    if (*at == '"') {
      if (at + 1 == end_ && !at_end_of_file_) return Ending::more;
      if (at + 1 == end_ || at[1] != '"') break;
      doubled = true;
      ++at;
    } else if (*at == '\n' || at + 1 == end_ || at[1] != '\n') {
      ++next_line_;
    }
  }
  add_field(opening + 1, at, true, doubled);
  ++at;
  while (at < end_ && is_padding(*at) && !is_separator(*at)) ++at;
  if (at < end_ && !is_separator(*at) && *at != '\n' && *at != '\r') {
    throw text_failure(place_at(opening), "text after the closing quote of this field",
                       "a quote inside a field is written twice");
  }
  return finish_field(at);
}

CsvScanner::Ending CsvScanner::finish_field(const char*& at) {
  if (at == end_) {
    if (!at_end_of_file_) return Ending::more;
    ++next_line_;
    return Ending::record;
  }
  if (separator_ == CsvFormat::kBlanks) {
    const char* run = at;
    while (at < end_ && is_separator(*at)) ++at;
    if (at > run && at < end_ && *at != '\n' && *at != '\r') return Ending::field;
    if (at == end_) return finish_field(at);
  }
  const char c = *at++;
  if (c == separator_) return Ending::field;
  if (c == '\r') {
    if (at == end_ && !at_end_of_file_) return Ending::more;
    if (at < end_ && *at == '\n') ++at;
  }
  ++next_line_;
  return Ending::record;
}

TextPlace CsvScanner::place_at(const char* at) const {
  TextPlace place{path_, line_, 1};
  for (const char* p = record_; p < at; ++p) {
    if (*p == '\n' || (*p == '\r' && (p + 1 == end_ || p[1] != '\n'))) {
      ++place.line;
      place.column = 1;
    } else if ((static_cast<unsigned char>(*p) & 0xC0) != 0x80 && *p != '\r') {
      ++place.column;
    }
  }
  return place;
}

TextPlace CsvScanner::place(size_t field) const {
  const CsvField& found = fields_[field];
  return place_at(found.text.data() - (found.quoted ? 1 : 0));
}

TextPlace CsvScanner::place_of_end() const {
  const CsvField& last = fields_[count_ - 1];
  return place_at(last.text.data() + last.text.size() + (last.quoted ? 1 : 0));
}

}  // namespace nnc
