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

constexpr std::string_view kNotDone =
    "\n## What these passes leave\n\n"
    "- *layout* puts the rows of a batch last around convolutions (the step of LeNet-5, batch 64, takes about half as "
    "long),\n"
    "  whatever their number: for a handful of rows lanes stay empty. Everything else lies as it is written. Weights "
    "as `[o, i]`\n"
    "  made a step of 784-50-10 15 % faster on AVX2 and 6 % on AVX-512, and layers of 128 units up to 30 % slower; "
    "the\n"
    "  one operand whose neighbours lie apart is packed for the contraction that reads it.\n"
    "- *fuse* merges along values. Kernels that share none stay apart even where their shapes agree: in `xor`, `mnist` "
    "and\n"
    "  `boston` no two such elementwise kernels exist. All scalars of a step (learning rates, powers of β, counts) are "
    "one\n"
    "  kernel (cut where it would store more than six). The update of a bias runs in the sum that makes its gradient, "
    "as\n"
    "  that of a weight in its contraction; only where a gradient has other readers is its update a kernel of its "
    "own.\n"
    "- *schedule* shares one loop of a kernel, *plan* sees whole buffers: a barrier also stands between two kernels "
    "that\n"
    "  cut what they share alike, and small kernels run on one thread while the others wait.\n"
    "- Scalars are loaded and computed before the loops that use them, and after the sum where only the epilogue "
    "does;\n"
    "  other values are computed where they are used, so that each register belongs to a sum.\n";

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
  text += kNotDone;
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
