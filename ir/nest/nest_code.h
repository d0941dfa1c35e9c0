// The compact form in which the nest interpreter runs a kernel: operations on slots of one block of bytes. A slot holds
// as many values as its expression has lanes, side by side. Registers and constants are slots that last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "ir/nest/nest_program.h"

namespace nnc {

struct NestOp;

/// Told of every byte that a kernel loads or stores.
class AccessObserver {
 public:
  virtual ~AccessObserver() = default;
  virtual void touched(const std::byte* first, size_t bytes, bool written) = 0;
};

/// What operations work on while a kernel runs.
struct NestFrame {
  std::byte* values = nullptr;
  int64_t* loops = nullptr;  ///< by LoopId
  std::byte* const* parameters = nullptr;
  int64_t rows = 0;
  const volatile int32_t* stop = nullptr;  ///< polled by loops that poll; null: never
  int64_t worker = 0;
  AccessObserver* observer = nullptr;  ///< may be null
};

struct CompiledAffine {
  struct Term {
    Affine::Of of;
    uint32_t at;  ///< LoopId, or the register's slot
    int64_t coefficient;
  };
  int64_t constant = 0;
  std::vector<Term> terms;

  int64_t at(const NestFrame& frame) const {
    int64_t value = constant;
    for (const Term& term : terms) {
      value += term.coefficient * (term.of == Affine::Of::loop   ? frame.loops[term.at]
                                   : term.of == Affine::Of::rows ? frame.rows
                                                                 : *reinterpret_cast<int32_t*>(frame.values + term.at));
    }
    return value;
  }
};

struct CompiledPlace {
  struct Axis {
    CompiledAffine subscript;
    std::vector<CompiledAffine::Term> by_lane;  ///< vector registers: an index a lane
    int64_t extent = 0;                         ///< −1: not known (the samples of a column)
    int64_t per_row = 0;                        ///< extent per row where it is a multiple of rows
    int64_t stride = 0;                         ///< in elements
  };
  uint32_t parameter = 0;
  int width = 4;  ///< bytes of an element
  bool boolean = false;
  std::vector<Axis> axes;
  int lane_axis = -1;  ///< −1: lanes do not move
  int64_t lane_stride = 0;
  bool has_active = false;
  CompiledAffine active;
  bool has_condition = false, condition_by_lane = false;
  uint32_t condition = 0;  ///< slot
};

struct CompiledKernel;

/// One operation; `run` knows its types.
struct NestOp {
  void (*run)(NestFrame& frame, const NestOp& op) = nullptr;
  uint32_t to = 0, a = 0, b = 0, c = 0;  ///< slots
  int lanes = 1;
  const CompiledKernel* kernel = nullptr;
  uint32_t extra = 0;  ///< number of a place, of an affine, or a width in bytes
};

/// Operations one after the other; `statement` says which, for messages.
struct CompiledRun {
  std::vector<NestOp> ops;
  uint32_t statement = 0;
};
struct CompiledItem;
struct CompiledLoop {
  LoopId id = 0;
  LoopBound begin, end;
  int64_t step = 1;
  int64_t polls = 0;
  int64_t shares = 1;
  std::vector<CompiledItem> body;
};
struct CompiledItem : std::variant<CompiledRun, CompiledLoop> {
  using variant::variant;
};

struct CompiledKernel {
  std::string name;
  bool shared = false;  ///< every worker of a team runs it
  std::vector<CompiledItem> body;
  std::vector<CompiledPlace> places;
  std::vector<CompiledAffine> affines;
  std::vector<std::vector<CompiledAffine>> subscripts;  ///< of register arrays, with `extents`
  std::vector<std::vector<int64_t>> extents;
  std::vector<std::byte> values;  ///< slots; constants are in place
  size_t loops = 0;
  std::vector<std::string> statements;  ///< as text
};

/// A place was left: caught by the interpreter, which adds kernel and statement.
struct PlaceFault {
  std::string what;
};

}  // namespace nnc
