#include "runtime/train/evaluator.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "ir/interpret/interpret_graph.h"
#include "support/error.h"

namespace nnc {

namespace {

double combine(const MetricInfo& metric, const std::map<std::string, double>& totals) {
  Tensors inputs;
  for (const std::string& total : metric.totals) {
    inputs[input_path(InputRole::total, total)] =
        Tensor{Type::scalar(Element::f64), {totals.at(metric.name + "." + total)}};
  }
  return interpret(metric.combine, inputs, 1).at("value").number(0);
}

}  // namespace

Scores combine_totals(const std::map<std::string, double>& totals, const std::vector<MetricInfo>& metrics) {
  Scores scores;
  if (auto sum = totals.find("loss.sum"); sum != totals.end()) {
    double& loss = scores["loss"] = sum->second / totals.at("rows");
    for (int i = 0; totals.contains(fmt::format("loss.above.{}", i)); ++i) {
      loss += totals.at(fmt::format("loss.above.{}", i)) / totals.at(fmt::format("loss.below.{}", i));
    }
  }
  for (const MetricInfo& metric : metrics) scores[metric.name] = combine(metric, totals);
  return scores;
}

std::optional<Scores> evaluate(Steps& evaluation, const SplitView& split, const std::vector<MetricInfo>& metrics,
                               const int32_t* stop) {
  std::map<std::string, double> totals;
  int64_t rows = static_cast<int64_t>(split.rows.size());
  int64_t block = evaluation.executable().program().capacity;
  auto add = [&](int64_t first_row, int64_t block_rows, int64_t count) {
    Steps::Run run = evaluation.run(split.rows.data() + first_row, block_rows, 1, count, stop);
    if (run.done < count) return false;
    for (size_t slot = 0; slot < evaluation.outputs().size(); ++slot) {
      double& total = totals[evaluation.outputs()[slot]->name];
      for (int64_t step = 0; step < count; ++step) total += evaluation.scalar(static_cast<int>(slot), step);
    }
    return true;
  };
  int64_t full = rows / block;
  if (full > 0 && !add(0, block, full)) return std::nullopt;
  if (rows % block != 0 && !add(full * block, rows % block, 1)) return std::nullopt;
  return combine_totals(totals, metrics);
}

std::string not_finite_metrics(const Scores& scores, const std::string& when) {
  std::vector<std::string> names;
  for (const auto& [name, value] : scores) {
    const auto loss = scores.find(name.substr(0, name.find('.')) + ".loss");
    const bool alone = loss == scores.end() || std::isfinite(loss->second);
    if (!std::isfinite(value) && alone) names.push_back(name);
  }
  if (names.empty()) return "";
  return fmt::format(
      "warning: {} {}{} not finite, while the loss is\n"
      " help: a metric divides by what may be 0 (r2: by the deviation of a target that is the same in every row), or "
      "leaves what a function is defined for; 'stop' and 'expect' take no nan for better or met",
      fmt::join(names, ", "), when, names.size() == 1 ? "is" : "are");
}

}  // namespace nnc
