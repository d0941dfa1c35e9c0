// The header of an NPY file: the one dict literal that NumPy writes, read without any other of Python's syntax.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

#include "ir/scalar/type.h"
#include "runtime/data/npy.h"
#include "runtime/io/data_error.h"

namespace nnc {
namespace {

struct RefusedType {
  std::string_view kinds;
  std::string_view what, help;
};
constexpr std::array<RefusedType, 5> kRefused{
    {{"O", "Python objects, which are never unpickled", "save numbers: np.save(\"x.npy\", a.astype(np.float32))"},
     {"c", "complex numbers", "save the parts as an axis: np.stack([a.real, a.imag], -1)"},
     {"V", "records of bytes", "save each field as an array of its own: np.save(\"x.npy\", a[\"x\"])"},
     {"SaU", "texts", "number them: np.unique(a, return_inverse=True)[1]"},
     {"mM", "times", "save them as numbers: a.astype(np.float64)"}}};
constexpr const char* kLegal = "b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4 and f8 are read";

class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  NpyHeader parse() {
    refuse_foreign_bytes();
    skip_blanks();
    if (!take('{')) fail("the header is no dict: it does not begin with '{'");
    while (!(skip_blanks(), take('}'))) {
      entry();
      skip_blanks();
      if (!take(',') && !at('}')) fail("',' or '}' is expected here");
    }
    for (const Key& key : keys_) {
      if (!key.given) fail(fmt::format("the header has no '{}'", key.name));
    }
    skip_blanks();
    if (at_ < text_.size()) fail("bytes after the end of the header's dict");
    return header_;
  }

 private:
  struct Key {
    std::string_view name;
    bool given = false;
  };

  [[noreturn]] void fail(std::string message, std::string help = "") const {
    fail_at(at_, std::move(message), std::move(help));
  }
  [[noreturn]] static void fail_at(size_t at, std::string message, std::string help = "") {
    throw NpyFault{at, std::move(message), std::move(help)};
  }

  /// All that is legal is ASCII, whatever the version allows.
  void refuse_foreign_bytes() const {
    for (size_t i = 0; i < text_.size(); ++i) {
      const auto byte = static_cast<unsigned char>(text_[i]);
      const bool blank = byte == '\t' || byte == '\n' || byte == '\r';
      if ((byte >= 0x20 || blank) && byte < 0x7F) continue;
      fail_at(i, fmt::format("the header holds the byte {:02X}: it is text of ASCII", byte));
    }
  }

  bool at(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool take(char c) { return at(c) && (++at_, true); }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void skip_blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  /// A string in either quotes; what is escaped is none of the strings that may stand here.
  std::string_view string(std::string_view what) {
    const char quote = at('"') ? '"' : '\'';
    const size_t begin = at_ + 1;
    if (!take(quote)) fail(fmt::format("{} in quotes is expected here", what));
    const size_t end = text_.find(quote, begin);
    if (end == std::string_view::npos) fail_at(begin - 1, "the quotes are not closed");
    at_ = end + 1;
    return text_.substr(begin, end - begin);
  }

  void entry() {
    const size_t begin = at_;
    const std::string_view name = string("a key");
    skip_blanks();
    if (!take(':')) fail("':' is expected here");
    skip_blanks();
    for (Key& key : keys_) {
      if (key.name != name) continue;
      if (key.given) fail_at(begin, fmt::format("'{}' stands twice in the header", name));
      key.given = true;
      if (name == "descr") return descr();
      return name == "shape" ? shape() : order();
    }
    fail_at(begin, fmt::format("{} is no key of a header: it has descr, fortran_order and shape",
                               in_quotes(std::string(name))));
  }

  void order() {
    if (take("True"))
      header_.fortran_order = true;
    else if (!take("False"))
      fail("'fortran_order' is True or False");
  }

  void descr() {
    const size_t begin = at_;
    if (at('[') || at('('))
      refuse_type(begin, text_[at_] == '[' ? "a structured type" : "a type with a shape", kRefused[2].help);
    const std::string_view text = string("a type");
    const bool has_order = !text.empty() && std::string_view("<>|=").find(text[0]) != std::string_view::npos;
    const std::string_view type = text.substr(has_order ? 1 : 0);
    for (const RefusedType& refused : kRefused) {
      if (type.empty() || refused.kinds.find(type[0]) == std::string_view::npos) continue;
      refuse_type(begin, fmt::format("'{}' is of {}", text, refused.what), refused.help);
    }
    static constexpr std::array<std::string_view, 12> kTypes{"b1", "i1", "i2", "i4", "i8", "u1",
                                                             "u2", "u4", "u8", "f2", "f4", "f8"};
    const std::string_view plain = type == "?" ? "b1" : type;
    bool known = false;
    for (const std::string_view one : kTypes) known = known || one == plain;
    const bool wide_float = type == "f16" || type == "f12" || type == "g";
    if (!known) refuse_type(begin, in_quotes(std::string(text)), wide_float ? "save it as a.astype(np.float64)" : "");
    header_.kind = plain[0];
    header_.element_bytes = plain[1] - '0';
    header_.descr = text;
    const bool orders = header_.element_bytes > 1;
    if (orders && (!has_order || text[0] == '|')) {
      fail_at(begin, fmt::format("'{}' does not say the order of its bytes: '<{}' or '>{}'", text, plain, plain));
    }
    header_.big_endian = orders && text[0] == '>';
  }

  [[noreturn]] static void refuse_type(size_t begin, const std::string& what, std::string_view help) {
    fail_at(begin, fmt::format("unsupported type: {}; {}", what, kLegal), std::string(help));
  }

  void shape() {
    header_.shape_at = at_;
    if (!take('(')) fail("a shape is a tuple: (3,) or (2, 3)");
    bool comma = true;
    while (!(skip_blanks(), take(')'))) {
      if (!comma) fail("',' or ')' is expected here");
      header_.shape.push_back(size());
      skip_blanks();
      comma = take(',');
    }
    if (header_.shape.size() == 1 && comma == false) {
      fail_at(header_.shape_at, "a shape of one axis is written (3,)");
    }
    if (header_.shape.size() > static_cast<size_t>(kMaxRank)) {
      fail_at(header_.shape_at, fmt::format("{} axes, more than the limit of {}", header_.shape.size(), kMaxRank));
    }
  }

  /// A whole number from 0; Python 2 put an L behind long ones.
  int64_t size() {
    if (at('-')) fail("a size is negative");
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    const std::string_view digits = text_.substr(begin, at_ - begin);
    if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) fail_at(begin, "a size is a whole number");
    int64_t value = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc{}) {
      fail_at(begin, "a size beyond the limit of 2^63 - 1");
    }
    take('L');
    return value;
  }

  std::string_view text_;
  size_t at_ = 0;
  NpyHeader header_;
  std::array<Key, 3> keys_{{{"descr"}, {"fortran_order"}, {"shape"}}};
};

}  // namespace

std::variant<NpyHeader, NpyFault> parse_npy_header(std::string_view text) {
  try {
    return HeaderParser(text).parse();
  } catch (NpyFault& fault) {
    return std::move(fault);
  }
}

}  // namespace nnc
