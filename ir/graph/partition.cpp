#include "ir/graph/partition.h"

#include "ir/graph/op.h"

namespace nnc {

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
