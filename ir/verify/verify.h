// The verifiers of both IRs. They run after every pass, always.
#pragma once

#include <string>

#include "ir/graph/graph.h"
#include "ir/graph/partition.h"
#include "ir/nest/nest_program.h"

#include "support/error.h"

namespace nnc {

/// What is wrong with a partition; of one that was read, also as its writer is told it, with the line and a caret.
class PartitionFault : public InternalError {
 public:
  PartitionFault(const std::string& message, std::string in_the_text)
      : InternalError(message), in_the_text_(std::move(in_the_text)) {}
  const std::string& in_the_text() const { return in_the_text_; }

 private:
  std::string in_the_text_;
};

/// Each throws an InternalError that names what is wrong and prints the ten nodes (or statements) around the fault.
/// Graph: operands precede users, types are what the records infer, bodies fit, results exist and updates match their
/// variables' types.
void verify(const Graph& graph);
/// Partition (a PartitionFault): every reachable non-leaf node lies in exactly one kernel, kernels are in an order in
/// which values are made before they are read and variables read before they are updated in place.
void verify(const Partition& partition);
/// Nests: registers declared and used with their types, subscripts within bounds over all loop ranges, vector registers
/// live at once within the target's, no parallel loop writes one place twice, arguments fit parameters.
/// `before`: a program that verify has passed. Kernels that stand there as they are here are not looked at again, but
/// for how they are called.
void verify(const NestProgram& program, const NestProgram* before = nullptr);

/// Vector registers of the target that are alive at once in a kernel, at most: what verify compares with those it has.
int64_t vector_registers_of(const Kernel& kernel, const Target& target);

}  // namespace nnc
