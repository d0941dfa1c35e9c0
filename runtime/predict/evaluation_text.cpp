#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/io/quantity.h"
#include "runtime/predict/evaluation.h"
#include "support/diagnostics.h"
#include "support/printable.h"

namespace nnc {

namespace {

int64_t sum_of(const std::vector<int64_t>& counts) {
  int64_t sum = 0;
  for (int64_t count : counts) sum += count;
  return sum;
}

int64_t column_sum(const Evaluation& evaluation, size_t column) {
  int64_t sum = 0;
  for (const std::vector<int64_t>& row : evaluation.confusion) sum += row[column];
  return sum;
}

/// "-" where there is nothing to divide by: a class that no row has, or that is never predicted.
std::string share(int64_t part, int64_t whole) {
  return whole == 0 ? "-" : fmt::format("{:.4f}", static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace

std::string evaluation_text(const Evaluation& evaluation) {
  std::string text = fmt::format("{} on {}: {}\n", evaluation.program, escape_for_terminal(evaluation.rows_of),
                                 counted(evaluation.rows, "row"));
  size_t name_width = 9;
  for (const auto& [name, value] : evaluation.scores) name_width = std::max(name_width, name.size());
  for (const auto& [name, value] : evaluation.scores)
    text += fmt::format("  {:<{}}  {:.6g}\n", name, name_width, printable(value));
  if (evaluation.confusion.empty()) return text;
  std::vector<std::string> names;
  size_t width = 5;
  for (const std::string& name : evaluation.classes) {
    names.push_back(escape_for_terminal(name));
    width = std::max(width, names.back().size());
  }
  text += fmt::format("\n{:<{}}  precision  recall    rows\n", "class", width);
  for (size_t i = 0; i < names.size(); ++i) {
    int64_t hit = evaluation.confusion[i][i], rows = sum_of(evaluation.confusion[i]);
    text += fmt::format("{:<{}}  {:>9}  {:>6}  {:>6}\n", names[i], width, share(hit, column_sum(evaluation, i)),
                        share(hit, rows), rows);
  }
  text += fmt::format("\nconfusion: a line is the true class, a column the predicted one\n{:<{}}", "", width);
  for (const std::string& name : names) text += fmt::format("  {:>{}}", name, width);
  for (size_t i = 0; i < names.size(); ++i) {
    text += fmt::format("\n{:<{}}", names[i], width);
    for (int64_t count : evaluation.confusion[i]) text += fmt::format("  {:>{}}", count, width);
  }
  return text + "\n";
}

std::string evaluation_json(const Evaluation& evaluation) {
  nlohmann::ordered_json json{{"program", evaluation.program},
                              {"on", evaluation.rows_of},
                              {"rows", evaluation.rows},
                              {"scores", evaluation.scores}};
  if (!evaluation.confusion.empty()) {
    json["classes"] = evaluation.classes;
    json["confusion"] = evaluation.confusion;
  }
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace nnc
