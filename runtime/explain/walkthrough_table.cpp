// The walk as text: one aligned table, then what changes the result.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "runtime/explain/walkthrough.h"
#include "runtime/io/literal.h"
#include "runtime/io/quantity.h"
#include "support/diagnostics.h"

namespace nnc {

namespace {

constexpr int64_t kShortTensor = 4;  ///< elements that are shown one by one
constexpr size_t kLongestCell = 44;  ///< code points of a formula

size_t width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string cut(const std::string& text, size_t longest) {
  if (width(text) <= longest) return text;
  size_t bytes = 0, points = 0;
  while (points + 1 < longest) {
    ++bytes;
    while ((static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) ++bytes;
    ++points;
  }
  return text.substr(0, bytes) + "…";
}

std::string folded(const Tensor& tensor) {
  double sum = 0, least = INFINITY, most = -INFINITY;
  size_t wrong = 0;
  for (double value : tensor.numbers()) {
    if (!std::isfinite(value)) {
      ++wrong;
      continue;
    }
    sum += value;
    least = std::min(least, value);
    most = std::max(most, value);
  }
  size_t good = static_cast<size_t>(tensor.count()) - wrong;
  std::string text = to_string(tensor.type.shape);
  if (tensor.type.element == Element::boolean) return fmt::format("{} {:.0f} true", text, sum);
  if (good > 0 && least == most) {
    text += fmt::format(" all {:.4g}", least);
  } else if (good > 0) {
    text += fmt::format(" mean {:.4g}, {:.4g} to {:.4g}", sum / static_cast<double>(good), least, most);
  }
  return wrong == 0 ? text : text + fmt::format(", {} not finite", wrong);
}

using Row = std::vector<std::string>;

/// Columns as wide as their widest cell, two blanks between them; the first one is flush right.
std::string table(const std::vector<Row>& rows) {
  std::vector<size_t> widths(rows.at(0).size(), 0);
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      std::string blanks(widths[i] - width(row[i]), ' ');
      line += (i == 0 ? blanks + row[i] : row[i] + blanks) + "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += "  " + line + "\n";
  }
  return text;
}

/// "2 to price, 100 to count".
std::string local_text(const WalkedValue& value, const Walkthrough& walk) {
  std::string text;
  for (size_t i = 0; i < value.local.size(); ++i) {
    Element element = value.value.type.element;
    text += fmt::format("{}×{} to {}", i == 0 ? "" : ", ", number_text(value.local[i], element),
                        walk.values[value.inputs[i]].name);
  }
  return text;
}

std::string what_is_given(const WalkedValue& value) { return value.parameter ? "parameter" : "given"; }

/// "the loss", "bill".
std::string subject(const Walkthrough& walk) {
  if (walk.of_sum) return "the sum";
  return walk.title == "loss" ? "the loss" : walk.title;
}

std::string changes(const WalkedValue& value, const Walkthrough& walk) {
  const Tensor& gradient = *value.gradient;
  std::string title = subject(walk);
  if (gradient.count() != 1 || gradient.type.rank() != 0) return "";
  double slope = gradient.number(0);
  if (!std::isfinite(slope)) return fmt::format("here {} has no slope", title);
  if (slope == 0) return fmt::format("a small change of it leaves {} as it is", title);
  return fmt::format("{} {} by {} for each 1 that this grows", title, slope > 0 ? "grows" : "falls",
                     number_text(std::fabs(slope), gradient.type.element));
}

/// What is given, as the file declares it; fields of data have no line and come last.
std::vector<const WalkedValue*> as_declared(const Walkthrough& walk) {
  std::vector<const WalkedValue*> given;
  for (const WalkedValue& value : walk.values) {
    if (value.given()) given.push_back(&value);
  }
  std::stable_sort(given.begin(), given.end(),
                   [](const WalkedValue* a, const WalkedValue* b) { return declared_before(a->origin, b->origin); });
  return given;
}

std::string heading(const Walkthrough& walk) {
  std::string text = fmt::format("{}: {}", walk.file, walk.title);
  if (walk.title == "loss") text += walk.rows == 1 ? " of one sample" : " of " + counted(walk.rows, "sample");
  if (walk.results.size() == 1) text += " = " + value_text(walk.values[walk.results[0]].value);
  return text + "\n\n";
}

}  // namespace

std::string value_text(const Tensor& tensor, size_t widest) {
  if (tensor.type.rank() == 0) return literal_text(tensor);
  if (tensor.count() <= kShortTensor) {
    std::string text = literal_text(tensor);
    if (width(text) <= widest) return text;
  }
  return folded(tensor);
}

std::string walkthrough_table(const Walkthrough& walk) {
  std::string text = heading(walk);
  if (walk.of_sum) text += "(the result is not one number: the gradients are those of the sum of its elements)\n\n";
  std::vector<Row> rows{{"line", "name", "computed as", "value", "gradient", "local derivative", "in words"}};
  for (const WalkedValue& value : walk.values) {
    std::string line = value.origin.known() ? fmt::format("{}", value.origin.line) : "";
    rows.push_back({line, value.name, value.given() ? what_is_given(value) : cut(value.formula, kLongestCell),
                    value_text(value.value), value.gradient ? value_text(*value.gradient) : "–",
                    local_text(value, walk), value.words});
  }
  text += table(rows);
  std::vector<Row> given;
  for (const WalkedValue* value : as_declared(walk)) {
    if (value->gradient) given.push_back({value->name, value_text(*value->gradient), changes(*value, walk)});
  }
  if (given.empty()) return text;
  text += fmt::format("\nWhat changes {}, and by how much: the gradient by {}\n\n", subject(walk),
                      walk.title == "loss" ? "each parameter and input" : "each argument");
  return text + table(given);
}

}  // namespace nnc
