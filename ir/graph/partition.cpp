#include "ir/graph/partition.h"

#include <fmt/format.h>

#include "ir/graph/op.h"

namespace nnc {

std::string to_string(const CompiledFor& compiled) {
  std::string text = fmt::format("{}, {} {} row{}", to_string(compiled.target), compiled.exact ? "exactly" : "up to",
                                 compiled.rows, compiled.rows == 1 ? "" : "s");
  return compiled.workers == 1 ? text : text + fmt::format(", {} threads", compiled.workers);
}

bool needs_loops(const Node& node) {
  switch (node.op->op_class) {
    case OpClass::reduction:
    case OpClass::contraction:
    case OpClass::window:
    case OpClass::structured: return true;
    case OpClass::indexed: return node.op->name != "gather";
    default: return false;
  }
}

}  // namespace nnc
