#include "ir/print/ops_doc.h"

#include <fmt/format.h>

#include "ir/graph/op.h"

namespace nnc {

namespace {

std::string_view title(OpClass op_class) {
  switch (op_class) {
    case OpClass::leaf: return "Leaves";
    case OpClass::elementwise: return "Elementwise: every operand has the result's shape";
    case OpClass::movement: return "Movement: elements change their place";
    case OpClass::reduction: return "Reductions: axes vanish";
    case OpClass::contraction: return "The contraction";
    case OpClass::indexed: return "Indexed: an operand holds row numbers, beyond the table its nearest row";
    case OpClass::window: return "Windows and positions";
    case OpClass::random: return "Random numbers";
    case OpClass::structured: return "Bodies and tuples";
    case OpClass::gradient: return "The gradient";
  }
  return "";
}

/// '|' ends a cell of a table.
std::string cell(std::string_view text) {
  std::string result;
  for (char c : text) result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

std::string call(const Op& op) {
  std::string text(op.name);
  if (op.arity == 0) return text;
  text += "(";
  for (int i = 0; i < op.arity; ++i) text += fmt::format("{}{}", i == 0 ? "" : ", ", static_cast<char>('a' + i));
  return text + (op.arity < 0 ? "…)" : ")");
}

std::string remarks(const Op& op) {
  if (op.pole) return " A zero cotangent passes 0 where the slope is infinite or NaN.";
  return "";
}

}  // namespace

std::string ops_markdown() {
  std::string text =
      "# Ops\n\n"
      "<!-- Made from the records in ir/ops/ by ops_markdown(); NNC_UPDATE_DOCS=1 with the ir tests writes it anew. "
      "-->\n\n"
      "The primitives of the tensor graph. Everything else is written in the language. `dout` is the cotangent of the\n"
      "result `out`; operands are a, b, c in their order. Numbers at kinks and ties: `numerics.md`.\n";
  OpClass before = OpClass::gradient;
  for (const Op& op : all_ops()) {
    if (op.op_class != before || &op == &all_ops().front()) {
      text += fmt::format("\n## {}\n\n| op | meaning | derivative |\n|---|---|---|\n", title(op.op_class));
    }
    before = op.op_class;
    text += fmt::format("| `{}` | {} | {}.{} |\n", call(op), cell(op.summary), cell(op.derivative), remarks(op));
  }
  return text;
}

}  // namespace nnc
