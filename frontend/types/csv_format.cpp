#include "frontend/types/csv_format.h"

#include <fmt/format.h>

#include "support/diagnostics.h"

namespace nnc {
namespace {

/// As a string of the language, with nothing in it that a terminal takes for a command.
std::string quoted(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    if (c == '\n' || c == '\t') {
      escaped += c == '\n' ? "\\n" : "\\t";
      continue;
    }
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return '"' + escape_for_terminal(escaped) + '"';
}

}  // namespace

std::string separator_text(char separator) {
  return separator == CsvFormat::kBlanks ? "blank" : quoted(std::string(1, separator));
}

std::string separator_words(char separator) {
  if (separator == '\t') return "a tab";
  return separator == CsvFormat::kBlanks ? "blanks" : "'" + escape_for_terminal(std::string(1, separator)) + "'";
}

std::string names_text(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + quoted(name);
  return "[" + list + "]";
}

std::string csv_text(const std::string& path, const CsvFormat& format) {
  std::string text = "csv(" + quoted(path);
  if (format.separator != ',') text += ", separator: " + separator_text(format.separator);
  if (format.decimal != '.') text += fmt::format(", decimal: \"{}\"", format.decimal);
  if (!format.names.empty()) text += ", names: " + names_text(format.names);
  return text + ")";
}

}  // namespace nnc
