// docs/ops.md, made from the records.
#pragma once

#include <string>

namespace nnc {

/// Every op with its operands, attributes' meaning, derivative and what is special about it, in the order of all_ops().
std::string ops_markdown();

}  // namespace nnc
