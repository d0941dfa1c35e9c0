// What `csv(…)` says of the format of its file: separator, decimal, names.

#include <fmt/format.h>

#include <algorithm>

#include "frontend/program/program_elaborator.h"
#include "frontend/program/source_kinds.h"
#include "frontend/syntax/vocabulary.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;

namespace {

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

char separator(Elaborator& elaborator, const Expr& expr) {
  const bool is_name = expr.kind == ExprKind::name && !elaborator.look_up(expr.text);
  if (is_name && expr.text == "blank") return CsvFormat::kBlanks;
  auto fail = [&](const std::string& message, const std::string& help = "") {
    elaborator.fail("E0607", expr.range, message, help);
  };
  std::optional<std::string> text = column_name(elaborator, expr);
  if (!text) {
    const bool near = is_name && !nearest(expr.text, {"blank"}).empty();
    fail("a separator is a string of one character (\";\", \"\\t\", \"|\"), or blank",
         near ? "did you mean 'blank'?" : "");
  }
  if (text->empty()) fail("a separator is one character (\";\", \"\\t\", \"|\"), and this is none");
  if (text->find_first_not_of(' ') == std::string::npos) fail("blanks as a separator are the word blank", "blank");
  if (*text == "\\t" || *text == "tab") fail("a tab is written \"\\t\"", "\"\\t\"");
  const char c = text->front();
  if (text->size() > 1 || static_cast<unsigned char>(c) >= 0x80) {
    fail(fmt::format("a separator is one character of ASCII (\";\", \"\\t\", \"|\"), not '{}'", *text));
  }
  if (is_letter_or_digit(c) || std::string_view("\"'+-.\\").find(c) != std::string_view::npos ||
      (static_cast<unsigned char>(c) < ' ' && c != '\t')) {
    fail(fmt::format("'{}' can't separate: it may stand in a field", *text));
  }
  return c;
}

std::vector<std::string> names(Elaborator& elaborator, const Expr& expr) {
  if (expr.kind != ExprKind::list) {
    elaborator.fail("E0607", expr.range, "names are a list of strings, one for each column: [\"a\", \"b\"]");
  }
  if (expr.operands.empty()) elaborator.fail("E0607", expr.range, "a list of names without a name");
  std::vector<std::string> names;
  for (const auto& operand : expr.operands) {
    std::optional<std::string> name = column_name(elaborator, *operand);
    if (!name) elaborator.fail("E0607", operand->range, "the name of a column is a string");
    const size_t begin = name->find_first_not_of(" \t");
    if (begin == std::string::npos) {
      elaborator.fail("E0607", operand->range, fmt::format("column {} gets an empty name", names.size() + 1));
    }
    names.push_back(name->substr(begin, name->find_last_not_of(" \t") - begin + 1));
    const auto first = std::find(names.begin(), names.end(), names.back());
    if (first + 1 != names.end()) {
      elaborator.fail(
          "E0607", operand->range,
          fmt::format("columns {} and {} are both called '{}'", first - names.begin() + 1, names.size(), names.back()));
    }
  }
  return names;
}

Range whole(const ast::Argument& argument) { return {argument.name.range.begin, argument.value->range.end}; }

std::vector<std::string> csv_arguments() { return {"split", "seed", "separator", "decimal", "names"}; }

}  // namespace

/// `separator`, `decimal` or `names`, into the format.
bool take_csv_argument(Elaborator& elaborator, const ast::Argument& argument, DataInfo& info) {
  CsvFormat& format = info.format;
  const std::string& name = argument.name.text;
  if (name == "separator") {
    format.separator = separator(elaborator, *argument.value);
  } else if (name == "names") {
    format.names = names(elaborator, *argument.value);
  } else if (name == "decimal") {
    std::optional<std::string> text = column_name(elaborator, *argument.value);
    if (!text || (*text != "." && *text != ",")) {
      elaborator.fail("E0607", argument.value->range, "decimal is \".\" or \",\"");
    }
    format.decimal = text->front();
  } else {
    return false;
  }
  return true;
}

void refuse_csv_argument(Elaborator& elaborator, const Expr& /*call*/, const ast::Argument& argument) {
  const std::string& name = argument.name.text;
  const std::string message = fmt::format("'csv' has no argument '{}'", name);
  if (name == "path" || name == "file" || name == "filename") {
    elaborator.fail("E0323", whole(argument), message + ": its path stands without a name",
                    std::string(elaborator.slice(argument.value->range)));
  }
  if (const std::string help = meaning_of(WordPlace::csv, name, csv_arguments()).help(); !help.empty()) {
    elaborator.fail("E0323", argument.name.range, message, help);
  }
  elaborator.fail("E0323", argument.name.range,
                  fmt::format("{}: it takes a path, {}", message, fmt::join(csv_arguments(), ", ")));
}

/// Refuses a comma, say, that would be both signs.
void check_csv_format(Elaborator& elaborator, const Expr& call, const DataInfo& info) {
  const CsvFormat& format = info.format;
  if (format.separator != format.decimal) return;
  for (const ast::Argument& argument : call.arguments) {
    if (argument.name.text != "decimal" && argument.name.text != "separator") continue;
    elaborator.fail("E0607", whole(argument),
                    fmt::format("'{}' can't be both the separator and the decimal sign", format.decimal),
                    argument.name.text == "separator" ? "separator: \";\"" : "separator: \";\", decimal: \",\"");
  }
}

}  // namespace nnc
