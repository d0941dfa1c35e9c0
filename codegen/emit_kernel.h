// One loop nest as one LLVM function. Registers of the nest become SSA values here (phis at loops), unrolled loops are
// expanded, addresses are chains of constant strides that each loop extends once. No alloca, no call in a loop, no flag
// of fast math; what LLVM adds is instruction selection and register allocation.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "codegen/code_shape.h"
#include "codegen/emit_scalar.h"
#include "ir/nest/nest_program.h"

namespace nnc {

/// void kernel(ptr parameter0, …, i64 rows), internal, into `module`; where a loop is shared, the number of the worker
/// follows; where a loop polls, the flag's ptr comes last.
llvm::Function* declare_kernel(const Kernel& kernel, const CallFacts& facts, llvm::Module& module);
/// And its code.
llvm::Function* emit_kernel(const Kernel& kernel, const Target& target, const CallFacts& facts, llvm::Module& module);

/// The emitter's state, shared by the files that emit statements, expressions, places and scalar functions.
class KernelEmitter {
 public:
  KernelEmitter(const Kernel& kernel, const Target& target, const CallFacts& facts, llvm::Module& module);
  llvm::Function* emit();

 private:
  /// A pointer that a loop moves: its phi gets the way back when the loop is closed.
  struct Moving {
    llvm::PHINode* phi = nullptr;
    int64_t bytes = 0;  ///< a turn
  };
  /// A loop being emitted: its variable, and the addresses that depend on it and on nothing deeper.
  struct Frame {
    LoopId id = 0;
    llvm::Value* value = nullptr;  ///< i64; a constant while unrolling
    int64_t step = 1;
    llvm::Value* begin = nullptr;
    llvm::BasicBlock* before = nullptr;  ///< null for an unrolled turn, as is body
    llvm::BasicBlock* body = nullptr;
    std::map<std::vector<int64_t>, llvm::Value*> addresses = {};  ///< by parameter and the coefficients so far
    std::vector<Moving> moving = {};
  };
  /// How a rolled loop goes on: the blocks that jump to its next turn, and the one that leaves it.
  struct Edges {
    std::vector<llvm::BasicBlock*> back;
    llvm::BasicBlock* out = nullptr;
  };
  /// A loop that polls: at the turn `until` it looks at the flag, and then has the next such turn.
  struct Pauses {
    int64_t stride = 0;  ///< of the loop's variable between two
    llvm::PHINode* until = nullptr;
  };
  /// A register element that changes in a loop.
  struct Carried {
    RegisterId reg = 0;
    size_t element = 0;
    llvm::Value* initial = nullptr;
    llvm::PHINode* phi = nullptr;
  };

  // statements (emit_kernel.cpp)
  void emit_block(const Block& block);
  void emit_loop(const Loop& loop);
  void emit_unrolled(const Loop& loop);
  void emit_shared(const Loop& loop);
  void emit_rolled(const Loop& loop, llvm::Value* begin, llvm::Value* end);
  std::vector<Carried> open_carried(const Block& body, llvm::BasicBlock* before);
  void close_carried(const Block& body, const std::vector<Carried>& carried, llvm::BasicBlock* before,
                     const Edges& edges, bool guarded);
  llvm::Value* next_pause(llvm::Value* turn, llvm::Value* end, const Pauses& pauses);
  Edges emit_pause(const Pauses& pauses, llvm::Value* next, llvm::Value* end, llvm::BasicBlock* body,
                   llvm::BasicBlock* after);
  void emit_store(const Store& store);
  llvm::Value* bound(const LoopBound& bound);
  llvm::Value* rows();
  llvm::Value* worker();  ///< of a kernel with shared loops
  std::vector<RegisterId> assigned_in(const Block& block) const;
  size_t slot(const RegisterRef& reg) const;

  void refresh_caches();  ///< forgets what was cached in another basic block

  // expressions (emit_expr.cpp)
  llvm::Value* expr(ExprId id);
  llvm::Value* compute(const Expr& expr);
  llvm::Value* splat(llvm::Value* scalar, int lanes);
  llvm::Value* tree(const Expr& expr);
  llvm::Value* math(Scalar function, std::span<llvm::Value* const> operands, NestType type);
  std::optional<int64_t> known(const Affine& affine) const;
  llvm::Value* affine(const Affine& affine);        ///< i64; the part from vector registers is not allowed
  bool is_by_lane(const Affine::Term& term) const;  ///< a register with an index for every lane
  bool is_by_lane(const Place& place) const;

  // places (emit_place.cpp)
  llvm::Value* load(const Place& place, NestType type);
  llvm::Value* load_once(llvm::Type* type, llvm::Value* pointer, llvm::Align align);
  void store_prefix(llvm::Value* value, llvm::Value* pointer, int64_t active, llvm::Align align);
  void store(const Place& place, llvm::Value* value, NestType type);
  llvm::Value* address(const Place& place);  ///< of lane 0
  llvm::Value* chain(ParameterId parameter, const std::map<LoopId, int64_t>& by_loop);
  llvm::Value* link(Frame& frame, llvm::Value* outer, int64_t bytes);
  llvm::Value* offset(llvm::Value* pointer, int64_t bytes);
  llvm::Value* mask(const Place& place, int lanes);  ///< null when all lanes are touched
  int64_t lane_bytes(const Place& place) const;
  llvm::Value* lane_address(const Place& place, llvm::Value* first, int lane);
  llvm::Value* from_memory(llvm::Value* value, NestType type);
  llvm::Value* to_memory(llvm::Value* value, NestType type);
  llvm::Type* memory_type(NestType type);

  const Kernel& kernel_;
  const CallFacts facts_;
  const bool target_has_masks_, polls_;
  llvm::Module& module_;
  llvm::LLVMContext& context_;
  llvm::IRBuilder<> builder_;
  ScalarEmitter scalars_;
  llvm::Function* function_ = nullptr;
  std::vector<std::vector<llvm::Value*>> registers_;  ///< by register, then element of its array
  std::vector<Frame> frames_;
  std::map<ExprId, llvm::Value*> computed_;  ///< within one statement
  // Within one basic block, so that the same place in several statements of an unrolled loop is loaded once.
  std::map<std::pair<llvm::Value*, int64_t>, llvm::Value*> pointers_;    ///< by pointer and constant offset
  std::map<std::pair<llvm::Value*, llvm::Type*>, llvm::Value*> loaded_;  ///< since the last store
  std::map<std::pair<llvm::Value*, int>, llvm::Value*> splats_;          ///< by scalar and lanes
  llvm::BasicBlock* cached_in_ = nullptr;
};

}  // namespace nnc
