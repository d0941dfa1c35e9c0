// A whole compiled variant: buffers, the kernels over them, and the order in which they run. `vectorize` makes it,
// `plan` gives the buffers their places, the interpreter and codegen run it.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "ir/graph/target.h"
#include "ir/nest/nest.h"
#include "support/source.h"

namespace nnc {

using BufferId = uint32_t;

/// How a kernel sees a buffer: element, shape and strides (in elements) are part of the kernel, so that kernels that
/// differ only in the buffers they are called with are one function.
struct Parameter {
  std::string name;
  Element element = Element::f32;
  Shape shape;  ///< constants; axis 0 of a column may be samples
  std::vector<int64_t> strides;
  bool read = false, written = false;
  bool per_worker = false;  ///< every worker has one of its own
};

struct Register {
  std::string name;
  NestType type;
  std::vector<int64_t> extents = {};  ///< of a register array
};

struct Kernel {
  std::string name;
  std::vector<Parameter> parameters;
  std::vector<Register> registers;
  std::vector<std::string> loops;  ///< names by LoopId, unique
  std::vector<Expr> exprs;         ///< by ExprId; operands precede users
  Block body;
  std::vector<Origin> origins;  ///< source lines that it computes
  std::string summary;          ///< "OUTER 6x16, K 784": what the dump shows beside the name
};

/// Where a buffer lives. Outside the arena: columns, order, settings, step, seed and outputs come from StepArguments.
enum class BufferRole : uint8_t {
  variable,   ///< persistent: in the state block, at `offset` bytes
  temporary,  ///< within a step: in the arena, at `offset` bytes
  column,     ///< data column number `slot`, all samples
  order,      ///< i32: the row numbers of this step
  setting,    ///< f64 scalar number `slot`
  step,       ///< i32 scalar, counts from 1
  seed,       ///< i32[2]
  output,     ///< result number `slot` (values and totals, in graph order); the driver advances it every step
};

struct Buffer {
  std::string name;
  BufferRole role = BufferRole::temporary;
  Element element = Element::f32;
  Shape shape;
  std::vector<int64_t> strides;
  int slot = 0;
  int64_t offset = -1;      ///< bytes, set by plan, a multiple of 64
  int64_t bytes = 0;        ///< with padding, set by whoever makes the buffer
  bool per_worker = false;  ///< a temporary of which every worker has one of its own, `bytes` behind the one before
};

/// offset + Σ stride × turn of the enclosing repeats, in elements, added to the buffer's base.
struct Argument {
  BufferId buffer = 0;
  int64_t offset = 0;
  std::vector<int64_t> per_turn = {};  ///< by depth of repeat, outermost first
  bool updated = false;                ///< of a variable: its new value is read, which an earlier call has written
};
struct Call {
  uint32_t kernel = 0;
  std::vector<Argument> arguments;
  /// The stop flag is polled in its kernel's loops that poll, and behind it: where it is set the step ends there, not
  /// done. Only before the first call that writes a variable.
  bool polls = false;
};
/// Ends the run before anything after it when this f32/f64 scalar is not finite.
struct FiniteCheck {
  BufferId buffer = 0;
};
/// No worker goes on before all have come here.
struct Barrier {};
struct Stage;
/// A scan: its stages `count` times, turns 0, 1, … or count−1, … 0.
struct Repeat {
  int64_t count = 0;
  bool reverse = false;
  std::vector<Stage> stages;
};
struct Stage : std::variant<Call, FiniteCheck, Repeat, Barrier> {
  using variant::variant;
};

struct NestProgram {
  std::string name;
  Target target;
  int64_t capacity = 1;  ///< rows a step at most
  bool exact = true;     ///< rows is always `capacity`; else it comes at run time, 1 ≤ rows ≤ capacity
  int64_t workers = 1;   ///< threads that run a step together (team.h)
  std::vector<Buffer> buffers;
  std::vector<Kernel> kernels;
  std::vector<Stage> stages;
  bool has_barriers = false;  ///< of several workers: all that they need are there; set by plan
  int64_t arena_bytes = 0;    ///< set by plan
  int64_t state_bytes = 0;    ///< set by plan; the same for every variant of one program
};

std::string_view spelling(BufferRole role);

}  // namespace nnc
