// What the parts of the nest verifier share: where in a kernel it stands, and how a fault is said.
#pragma once

#include <string>
#include <vector>

#include "ir/nest/nest_program.h"

namespace nnc {

/// For sums and products of numbers from the text, which may be hostile: they stay within ±2^110.
__extension__ using Wide = __int128;

/// A place in a kernel: the loops around it and the statement in its block.
struct NestPosition {
  const Kernel* kernel = nullptr;
  std::vector<const Loop*> loops;  ///< outermost first
  const Block* block = nullptr;
  size_t index = 0;
};

/// Throws an InternalError "kernel 'k': what", followed by the loops around and up to ten statements around the place.
[[noreturn]] void nest_fault(const NestPosition& where, const std::string& what);

/// Calls `visit(position)` for every statement, loops before their bodies.
template <class F>
void visit_statements(NestPosition& position, const Block& block, const F& visit) {
  for (size_t i = 0; i < block.size(); ++i) {
    position.block = &block;
    position.index = i;
    visit(position);
    const auto* loop = std::get_if<Loop>(&block[i]);
    if (loop == nullptr) continue;
    position.loops.push_back(loop);
    visit_statements(position, loop->body, visit);
    position.loops.pop_back();
  }
}

/// Expressions that a statement needs, each once, operands first.
std::vector<ExprId> exprs_of(const Kernel& kernel, const Statement& statement);

// The parts, in the order in which they run; each relies on those before it.
/// Ids, types, ranks, scopes and names.
void check_structure(const Kernel& kernel);
/// Every place and every register subscript within its extents for 1 ≤ rows ≤ capacity (rows = capacity if exact), and
/// no parallel loop writing one place twice.
void check_bounds(const Kernel& kernel, int64_t capacity, bool exact);
/// Registers assigned before they are read, and no more vector registers alive at once than the target has.
void check_registers(const Kernel& kernel, const Target& target);
/// Shared loops: as many shares as workers at most, none within another, every store of what workers have in common
/// within one, and no worker at what another writes.
void check_shares(const Kernel& kernel, int64_t workers, int64_t capacity, bool exact);

}  // namespace nnc
