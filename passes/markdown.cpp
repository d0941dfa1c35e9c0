// docs/passes.md, from the records of the passes and of simplify's rules.
#include <fmt/format.h>

#include <array>

#include "passes/pipeline.h"
#include "passes/simplify/rule.h"

namespace nnc {

namespace {

struct RuleFamily {
  std::string_view title;
  std::span<const Rule> (*rules)();
};
constexpr std::array kFamilies{RuleFamily{"Constants", constant_rules},
                               RuleFamily{"Arithmetic", arithmetic_rules},
                               RuleFamily{"Bytes", byte_rules},
                               RuleFamily{"Choice, logic and conversion", choice_rules},
                               RuleFamily{"Movement", movement_rules},
                               RuleFamily{"Axes of one element", unit_axis_rules},
                               RuleFamily{"Reductions and contractions", reduction_rules}};

/// A bar would end a table's cell.
std::string in_cell(std::string_view text) {
  std::string escaped;
  for (char c : text) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
  return escaped;
}

}  // namespace

std::string passes_markdown() {
  std::string text =
      "# Passes\n\n"
      "Generated from the records in `passes/` (`NNC_UPDATE_DOCS=1 passes_tests` writes it). Each pass is a pure\n"
      "function; the verifier runs after every one. `nnc opt FILE.nnir --passes=NAME,…` runs any of them on text,\n"
      "`nnc dump --dump-after=NAME` shows what one leaves behind, and `--fuse-limit=N` stops fuse after N fusions.\n\n"
      "| # | pass | does | stands here because |\n|---|---|---|---|\n";
  int number = 0;
  for (const Pass& pass : pipeline()) {
    text += fmt::format("| {} | `{}` | {} | {} |\n", ++number, pass.name, in_cell(pass.summary), in_cell(pass.reason));
  }
  text +=
      "\n## What simplify knows\n\n"
      "Every rule gives the same bits, also for −0, infinities and NaN (whose payload means nothing). What is not "
      "here\n"
      "is not done: `x + 0` turns −0 into 0, `x · 0` and `x − x` are NaN for some x, and exp & co. are never folded,\n"
      "since kernels have their own.\n";
  for (const RuleFamily& family : kFamilies) {
    text += fmt::format("\n### {}\n\n| op | rule |\n|---|---|\n", family.title);
    for (const Rule& rule : family.rules()) {
      std::string name = rule.op.empty() ? "every elementwise op" : fmt::format("`{}`", rule.op);
      text += fmt::format("| {} | {} |\n", name, in_cell(rule.name));
    }
  }
  return text;
}

}  // namespace nnc
