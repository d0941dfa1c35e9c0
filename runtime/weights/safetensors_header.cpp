#include "runtime/weights/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "runtime/io/data_error.h"
#include "support/diagnostics.h"

namespace nnc {
namespace {

using Json = nlohmann::json;

/// Reads the header and counts, so that what is found wrong can be told with its offset.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *furthest_ = std::max(*furthest_, ++at_);
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** furthest_;
};

/// Takes the parser's events, as a tree knows neither the offset of what is wrong in it nor that a key came twice, and
/// is whole, at many times the size of the text, before its shape can be looked at. Everything but the one structure
/// that the format allows is an error at once.
class HeaderReader : public nlohmann::json_sax<Json> {
 public:
  HeaderReader(std::string_view text, const std::string& file) : text_(text), file_(file), at_(text.data()) {}

  SafetensorsHeader take() { return std::move(header_); }
  const char** position() { return &at_; }

  bool null() override { fail("null"); }
  bool boolean(bool) override { fail("a boolean"); }
  bool number_integer(number_integer_t value) override { fail(fmt::format("the number {}", value)); }
  bool number_float(number_float_t, const string_t& text) override { fail("the number " + in_quotes(text)); }
  bool binary(binary_t&) override { fail("binary data"); }
  bool number_unsigned(number_unsigned_t value) override;
  bool string(string_t& value) override;
  bool start_object(std::size_t) override;
  bool end_object() override;
  bool start_array(std::size_t) override;
  bool end_array() override;
  bool key(string_t& name) override;
  bool parse_error(std::size_t position, const std::string&, const Json::exception& problem) override {
    std::string message = problem.what();  // "[json.exception.parse_error.101] parse error at …: syntax error …"
    const size_t colon = message.find(": ");
    if (colon != std::string::npos) message = message.substr(colon + 2);
    throw offset_failure(file_, kHeaderLengthBytes + (position > 0 ? position - 1 : 0),
                         "the header is not valid JSON: " + escape_for_terminal(message.substr(0, 200)));
  }

 private:
  enum class Place { start, tensors, metadata, entry, shape, offsets, done };

  [[noreturn]] void error(const std::string& message) const {
    const auto offset = static_cast<uint64_t>(at_ - text_.data());
    throw offset_failure(file_, kHeaderLengthBytes + (offset > 0 ? offset - 1 : 0), message);
  }
  [[noreturn]] void fail(const std::string& found) const { error(fmt::format("{} where {}", found, expected())); }
  std::string expected() const;

  std::string_view text_;
  const std::string& file_;
  const char* at_;
  Place place_ = Place::start;
  SafetensorsHeader header_;
  std::set<std::string> names_;  ///< of tensors, with "__metadata__"
  std::string key_;              ///< within the entry or the metadata
  std::set<std::string> keys_;
  HeaderEntry entry_;
  std::vector<uint64_t> offsets_;
};

std::string HeaderReader::expected() const {
  switch (place_) {
    case Place::start: return "the header's object is expected";
    case Place::tensors: return fmt::format("an object is expected for {}", in_quotes(entry_.name));
    case Place::metadata: return "__metadata__ holds only strings";
    case Place::entry: return fmt::format("{} of tensor {} is expected", in_quotes(key_), in_quotes(entry_.name));
    case Place::shape: return fmt::format("the shape of tensor {} holds whole numbers from 0", in_quotes(entry_.name));
    case Place::offsets:
      return fmt::format("the data_offsets of tensor {} are two whole numbers from 0", in_quotes(entry_.name));
    case Place::done: break;
  }
  return "the header has ended";
}

bool HeaderReader::number_unsigned(number_unsigned_t value) {
  if (place_ == Place::shape) {
    if (value > static_cast<uint64_t>(INT64_MAX)) error(fmt::format("dimension {} is out of range", value));
    if (entry_.shape.size() >= 64) error(fmt::format("tensor {} has more than 64 axes", in_quotes(entry_.name)));
    entry_.shape.push_back(static_cast<int64_t>(value));
  } else if (place_ == Place::offsets && offsets_.size() < 2) {
    offsets_.push_back(value);
  } else {
    fail(fmt::format("the number {}", value));
  }
  return true;
}

bool HeaderReader::string(string_t& value) {
  if (place_ == Place::metadata) {
    header_.metadata.emplace(key_, value);
  } else if (place_ == Place::entry && key_ == "dtype") {
    const std::optional<StoredElement> element = parse_stored_element(value);
    if (!element) {
      error(fmt::format("tensor {} has element type {}; nnc reads F32 F64 I32 I64 U8 BF16 BOOL", in_quotes(entry_.name),
                        in_quotes(value)));
    }
    entry_.element = *element;
  } else {
    fail("the text " + in_quotes(value));
  }
  return true;
}

bool HeaderReader::start_object(std::size_t) {
  if (place_ == Place::start) {
    place_ = Place::tensors;
  } else if (place_ == Place::tensors) {
    place_ = entry_.name == "__metadata__" ? Place::metadata : Place::entry;
    keys_.clear();
  } else {
    fail("an object");
  }
  return true;
}

bool HeaderReader::end_object() {
  if (place_ == Place::entry) {
    for (const char* needed : {"dtype", "shape", "data_offsets"}) {
      if (!keys_.contains(needed)) error(fmt::format("tensor {} has no {}", in_quotes(entry_.name), in_quotes(needed)));
    }
    entry_.begin = offsets_[0];
    entry_.end = offsets_[1];
    header_.entries.push_back(std::move(entry_));
    entry_ = {};
  }
  place_ = place_ == Place::tensors ? Place::done : Place::tensors;
  return true;
}

bool HeaderReader::start_array(std::size_t) {
  if (place_ != Place::entry || (key_ != "shape" && key_ != "data_offsets")) fail("a list");
  place_ = key_ == "shape" ? Place::shape : Place::offsets;
  return true;
}

bool HeaderReader::end_array() {
  if (place_ == Place::offsets && offsets_.size() != 2) fail(fmt::format("a list of {}", offsets_.size()));
  place_ = Place::entry;
  return true;
}

bool HeaderReader::key(string_t& name) {
  if (place_ == Place::tensors) {
    if (!names_.insert(name).second) error(fmt::format("tensor {} occurs twice", in_quotes(name)));
    if (names_.size() > kMaxTensors) error(fmt::format("more than {} tensors, the limit", kMaxTensors));
    entry_ = {};
    entry_.name = name;
    offsets_.clear();
    return true;
  }
  const char* of = place_ == Place::metadata ? "__metadata__" : "";
  if (!keys_.insert(name).second) {
    error(fmt::format("{} occurs twice in {}", in_quotes(name), in_quotes(*of != '\0' ? of : entry_.name)));
  }
  if (place_ == Place::entry && name != "dtype" && name != "shape" && name != "data_offsets") {
    error(fmt::format("unknown key {} in tensor {}", in_quotes(name), in_quotes(entry_.name)));
  }
  key_ = name;
  return true;
}

/// Bytes of a tensor, or nothing when they leave 63 bits.
std::optional<uint64_t> bytes_of(const HeaderEntry& entry) {
  auto bytes = static_cast<uint64_t>(stored_size(entry.element));
  bool empty = false;
  for (const int64_t size : entry.shape) {
    if (size == 0)
      empty = true;
    else if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes) || bytes > INT64_MAX)
      return {};
  }
  return empty ? 0 : bytes;
}

void check_places(std::vector<HeaderEntry>& entries, uint64_t data_bytes, uint64_t data_offset,
                  const std::string& file) {
  std::stable_sort(entries.begin(), entries.end(), [](const HeaderEntry& a, const HeaderEntry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  uint64_t at = 0;
  for (const HeaderEntry& entry : entries) {
    const auto fail = [&](const std::string& message) {
      throw offset_failure(file, data_offset + std::min(entry.begin, data_bytes),
                           fmt::format("tensor {} {}", in_quotes(entry.name), message));
    };
    const std::string span = fmt::format("[{}, {}]", entry.begin, entry.end);
    if (entry.begin > entry.end) fail(fmt::format("has data_offsets {}, which end before they begin", span));
    if (entry.end > data_bytes) {
      fail(fmt::format("has data_offsets {}, but the file has {} bytes of data: is it cut?", span, data_bytes));
    }
    if (entry.begin < at) fail(fmt::format("has data_offsets {}, which overlap the tensor before it", span));
    if (entry.begin > at) fail(fmt::format("begins at {}, but the tensors before it end at {}", entry.begin, at));
    const std::optional<uint64_t> bytes = bytes_of(entry);
    if (!bytes) fail("has a shape whose bytes are out of range");
    if (*bytes != entry.end - entry.begin) {
      fail(fmt::format("needs {} bytes by its shape and element type, but its data_offsets hold {}", *bytes,
                       entry.end - entry.begin));
    }
    at = entry.end;
  }
  if (at != data_bytes) {
    throw offset_failure(file, data_offset + at, fmt::format("{} bytes after the last tensor", data_bytes - at));
  }
}

}  // namespace

SafetensorsHeader parse_header(std::string_view text, uint64_t data_bytes, const std::string& file) {
  if (text.empty() || text.front() != '{') {
    throw offset_failure(file, kHeaderLengthBytes, "the header does not begin with '{'");
  }
  const size_t last = text.find_last_not_of(' ');
  if (text[last] != '}') {
    throw offset_failure(file, kHeaderLengthBytes + last, "the header does not end with '}' and spaces");
  }
  HeaderReader reader(text, file);
  Json::sax_parse(CountingIterator(text.data(), reader.position()),
                  CountingIterator(text.data() + text.size(), reader.position()), &reader);
  SafetensorsHeader header = reader.take();
  check_places(header.entries, data_bytes, kHeaderLengthBytes + text.size(), file);
  return header;
}

}  // namespace nnc
