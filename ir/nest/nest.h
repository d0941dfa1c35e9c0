// Loop nests, the lower IR: a kernel is a structured imperative program over typed registers and buffers. All shapes
// are constants (an axis over B has its capacity); only loop bounds and masks may name `rows`. Loops are rolled unless
// they say otherwise; registers may be arrays indexed by unrolled loops, which is how register tiles are written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ir/graph/affine.h"
#include "ir/scalar/scalars.h"
#include "ir/scalar/type.h"

namespace nnc {

using ParameterId = uint32_t;
using ExprId = uint32_t;

/// f32, or f32x8 when lanes > 1.
struct NestType {
  Element element = Element::f32;
  int lanes = 1;
  bool operator==(const NestType&) const = default;
};

/// A place in a parameter: one subscript an axis. With lanes, lane l lies `lane_stride` × l further along `lane_axis`.
/// `active`: only lanes l < active are touched (a load gives 0 in the others). `when`: a bool (scalar, or one a lane);
/// where it is false nothing is touched and a load gives 0.
struct Place {
  ParameterId parameter = 0;
  std::vector<Affine> subscripts = {};
  int lane_axis = -1;  ///< −1: the last
  int64_t lane_stride = 1;
  std::optional<Affine> active = {};
  std::optional<ExprId> when = {};
};

/// A register, or an element of a register array.
struct RegisterRef {
  RegisterId id = 0;
  std::vector<Affine> subscripts = {};  ///< over unrolled loops and constants only
};

enum class ExprKind : uint8_t {
  constant,  ///< `number` (integers too: all are exact in a double), splat over the lanes
  index,     ///< an affine value as i32; with lanes: the same in every lane
  lane,      ///< 0, 1, 2, … as i32
  read,      ///< a register
  load,      ///< from `place`
  splat,     ///< a scalar in every lane
  apply,     ///< `function` of the operands, lane by lane
  cast,      ///< to the type's element: as Scalars::cast
  bitcast,   ///< the same bits as another element of the same size
  tree,      ///< horizontal reduction by `function` (add, minimum, maximum): lane l with l + lanes/2, and so on halving
};

struct Expr {
  ExprKind kind = ExprKind::constant;
  NestType type;
  double number = 0;
  Scalar function = Scalar::add;
  std::vector<ExprId> operands = {};
  Affine affine = {};
  RegisterRef reg = {};
  Place place = {};
};

struct Statement;
using Block = std::vector<Statement>;

/// constant + per_row × rows, rounded down to a multiple.
struct LoopBound {
  int64_t constant = 0;
  int64_t per_row = 0;
  int64_t multiple = 1;
  int64_t at(int64_t rows) const { return (constant + per_row * rows) / multiple * multiple; }
  bool operator==(const LoopBound&) const = default;
};

/// Of a loop whose variable takes begin, begin + step, … < end.
constexpr int64_t count_turns(int64_t begin, int64_t end, int64_t step) {
  return end <= begin ? 0 : (end - begin - 1) / step + 1;
}

enum class LoopKind : uint8_t { serial, parallel, unrolled };

struct Loop {
  LoopId id = 0;
  LoopKind kind = LoopKind::serial;
  LoopBound begin, end;
  int64_t step = 1;  ///< (end − begin) need not be a multiple: the variable takes begin, begin + step, … < end
  Block body;
  int64_t polls = 0;  ///< of a serial loop: after every so many turns the kernel ends where it shall stop; 0: never
  /// Of a parallel loop: its turns are cut into so many parts of neighbours, each of which one worker runs (team.h).
  int64_t shares = 1;

  int64_t turns(int64_t rows) const { return count_turns(begin.at(rows), end.at(rows), step); }
};
struct Assign {
  RegisterRef target;
  ExprId value = 0;
};
struct Store {
  Place place;
  ExprId value = 0;
};
/// `reg = expr` is an Assign; registers assigned in a loop and read after it or in its next turn are carried.
struct Statement : std::variant<Loop, Assign, Store> {
  using variant::variant;
};

/// Whether it holds of any loop of a block, or of one within it.
template <class Holds>
bool any_loop(const Block& block, const Holds& holds) {
  for (const Statement& statement : block) {
    const auto* loop = std::get_if<Loop>(&statement);
    if (loop != nullptr && (holds(*loop) || any_loop(loop->body, holds))) return true;
  }
  return false;
}

}  // namespace nnc
