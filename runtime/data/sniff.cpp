#include "runtime/data/sniff.h"

#include <algorithm>
#include <cctype>

namespace nnc {
namespace {

std::string_view without_blanks(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos ? std::string_view{} : text.substr(begin);
}

bool starts_with_word(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() && std::equal(lower.begin(), lower.end(), text.begin(), [](char want, char have) {
           return want == (have >= 'A' && have <= 'Z' ? static_cast<char>(have + 32) : have);
         });
}

bool is_html(std::string_view text) {
  return starts_with_word(text, "<!doctype") || starts_with_word(text, "<html") || starts_with_word(text, "<head") ||
         starts_with_word(text, "<body");
}

/// JSON begins with a bracket and goes on with what may follow one; a column called "[m]" does not.
bool is_json(std::string_view text) {
  if (text.empty() || (text[0] != '{' && text[0] != '[')) return false;
  const std::string_view rest = without_blanks(text.substr(1));
  if (rest.empty()) return true;
  if (text[0] == '{') return rest[0] == '"' || rest[0] == '}';
  return rest[0] == '{' || rest[0] == '[' || rest[0] == '"' || rest[0] == ']';
}

Likeness packed(std::string_view start) {
  if (start.starts_with("\x1f\x8b")) return {"gzip", "unpack it first: gunzip FILE"};
  if (start.starts_with("PK\x03\x04")) {
    return {"a zip archive or a spreadsheet", "unpack it, or export the sheet as CSV"};
  }
  if (start.starts_with("%PDF-")) return {"a PDF", ""};
  if (start.starts_with("BZh")) return {"bzip2", "unpack it first: bunzip2 FILE"};
  if (start.starts_with(std::string_view("\xfd"
                                         "7zXZ",
                                         5))) {
    return {"xz", "unpack it first: unxz FILE"};
  }
  return {};
}

Likeness marked_up(std::string_view start) {
  const std::string_view text = without_blanks(start);
  if (is_html(text)) return {"an HTML page", "a download may have failed and saved an error page"};
  if (starts_with_word(text, "<?xml")) return {"XML", ""};
  if (is_json(text)) return {"JSON", ""};
  return {};
}

}  // namespace

Likeness unlike_text(std::string_view start) {
  if (Likeness found = packed(start); !found.what.empty()) return found;
  if (start.starts_with("\xff\xfe") || start.starts_with("\xfe\xff")) return {"UTF-16 text", "save it as UTF-8"};
  if (start.find('\0') != std::string_view::npos) {
    const std::string_view head = start.substr(0, 64);
    const auto zeros = static_cast<size_t>(std::count(head.begin(), head.end(), '\0'));
    if (zeros * 5 >= head.size() * 2 && zeros * 5 <= head.size() * 3) return {"UTF-16 text", "save it as UTF-8"};
    return {"a binary file, with NUL bytes", ""};
  }
  std::string_view text = start;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return marked_up(text);
}

Likeness unlike_binary(std::string_view start) {
  if (Likeness found = packed(start); !found.what.empty()) return found;
  if (Likeness found = marked_up(start); !found.what.empty()) return found;
  if (start.starts_with("\x93NUMPY")) return {"a NumPy array", ""};
  if (start.starts_with("\x89PNG")) return {"a PNG picture", ""};
  const std::string_view head = start.substr(0, 64);
  const bool text = !head.empty() && std::all_of(head.begin(), head.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || byte == '\n' || byte == '\r' || (byte >= 32 && byte < 127);
  });
  return text ? Likeness{"a text file", ""} : Likeness{};
}

}  // namespace nnc
