// `expect`: what must hold of a loss or metric after training.

#include <fmt/format.h>

#include <algorithm>

#include "frontend/program/program_elaborator.h"
#include "frontend/syntax/vocabulary.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;

void check_expectations(CheckedProgram& program, Diagnostics& diagnostics) {
  OptionScope scope(program, diagnostics);
  Elaborator& elaborator = scope.elaborator;
  for (const ast::Item& item : program.file.items) {
    if (item.kind != ast::ItemKind::expect) continue;
    const Expr& expr = *item.value;
    try {
      if (expr.kind != ExprKind::compare)
        elaborator.fail("E0913", expr.range, "an expectation compares: expect valid.accuracy > 0.9");
      ExpectInfo info;
      info.text = std::string(program.source->slice(expr.range));
      info.left = dotted(*expr.operands[0]);
      info.comparison = expr.operators[0].text;
      info.origin = program.source->origin(expr.range.begin);
      std::string split = info.left.substr(0, info.left.find('.'));
      std::string name = info.left.find('.') == std::string::npos ? "" : info.left.substr(info.left.find('.') + 1);
      if ((split != "train" && split != "valid" && split != "test") || name.empty()) {
        const std::string near = meaning_of(WordPlace::split, split, {"train", "valid", "test"}).name;
        std::string meant = name.empty() ? "train." + info.left : near.empty() ? "" : near + "." + name;
        elaborator.fail("E0913", expr.operands[0]->range,
                        "an expectation names train.loss, valid.METRIC or test.METRIC first",
                        meant.empty() || info.left.empty() ? "" : fmt::format("did you mean '{}'?", meant));
      }
      if (split != "train" && program.train != nullptr && program.train_entries.count(split) == 0) {
        elaborator.fail("E0913", expr.operands[0]->range, fmt::format("'train' says no '{}'", split));
      }
      std::vector<std::string> names{"loss"};
      if (auto metrics = program.train_entries.find("metrics"); metrics != program.train_entries.end()) {
        if (metrics->second.entry->value->kind != ExprKind::record) throw Abandoned{};  // told with 'metrics'
        for (const ast::Argument& metric : metrics->second.entry->value->arguments) names.push_back(metric.name.text);
      }
      if (program.train != nullptr && std::find(names.begin(), names.end(), name) == names.end()) {
        std::string near = nearest(name, names);
        elaborator.fail("E0913", expr.operands[0]->range, fmt::format("'metrics' has no '{}'", name),
                        near.empty() ? "" : fmt::format("did you mean '{}.{}'?", split, near));
      }
      Number right = elaborator.number_of(*expr.operands[1]);
      if (!right.known) elaborator.fail("E0913", expr.operands[1]->range, "the bound of an expectation is a number");
      info.right = *right.known;
      program.expectations.push_back(info);
    } catch (const Abandoned&) {
    }
  }
}

}  // namespace nnc
