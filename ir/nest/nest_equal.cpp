#include "ir/nest/nest_equal.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "ir/graph/convert.h"

namespace nnc {

namespace {

/// Constants are what they are in their element.
bool same_number(double a, double b, Element element) {
  a = convert(a, element);
  b = convert(b, element);
  return (std::isnan(a) && std::isnan(b)) || std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

bool same_place_but_condition(const Place& a, const Place& b, size_t rank) {
  auto axis = [&](const Place& p) { return p.lane_axis < 0 ? static_cast<int>(rank) - 1 : p.lane_axis; };
  return a.parameter == b.parameter && a.subscripts == b.subscripts && axis(a) == axis(b) &&
         a.lane_stride == b.lane_stride && a.active == b.active && a.when.has_value() == b.when.has_value();
}

/// Everything of an expression but its operands.
bool same_head(const Expr& a, const Expr& b) {
  if (a.kind != b.kind || a.type != b.type || a.operands.size() != b.operands.size()) return false;
  switch (a.kind) {
    case ExprKind::constant: return same_number(a.number, b.number, a.type.element);
    case ExprKind::index: return a.affine == b.affine;
    case ExprKind::read: return equal(a.reg, b.reg);
    case ExprKind::load: return same_place_but_condition(a.place, b.place, a.place.subscripts.size());
    case ExprKind::apply:
    case ExprKind::tree: return a.function == b.function;
    default: return true;
  }
}

/// Compares two kernels, remembering pairs of expressions that are equal.
class KernelComparison {
 public:
  /// `numbered`: the expressions are known to be the same, number by number.
  KernelComparison(const Kernel& a, const Kernel& b, bool numbered) : a_(a), b_(b), numbered_(numbered) {}

  bool exprs(ExprId x, ExprId y) {
    if (numbered_) return x == y;
    std::vector<std::pair<ExprId, ExprId>> pending{{x, y}};
    while (!pending.empty()) {
      auto pair = pending.back();
      pending.pop_back();
      if (!equal_.insert(pair).second) continue;
      const Expr& a = a_.exprs[pair.first];
      const Expr& b = b_.exprs[pair.second];
      if (!same_head(a, b)) return false;
      for (size_t i = 0; i < a.operands.size(); ++i) pending.emplace_back(a.operands[i], b.operands[i]);
      if (a.kind == ExprKind::load && a.place.when) pending.emplace_back(*a.place.when, *b.place.when);
    }
    return true;
  }

  bool blocks(const Block& a, const Block& b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i) {
      if (!statements(a[i], b[i])) return false;
    }
    return true;
  }

 private:
  bool statements(const Statement& a, const Statement& b) {
    if (a.index() != b.index()) return false;
    if (const auto* loop = std::get_if<Loop>(&a)) {
      const auto& other = std::get<Loop>(b);
      return loop->id == other.id && loop->kind == other.kind && loop->begin == other.begin && loop->end == other.end &&
             loop->step == other.step && loop->polls == other.polls && loop->shares == other.shares &&
             blocks(loop->body, other.body);
    }
    if (const auto* assign = std::get_if<Assign>(&a)) {
      const auto& other = std::get<Assign>(b);
      return equal(assign->target, other.target) && exprs(assign->value, other.value);
    }
    const auto& store = std::get<Store>(a);
    const auto& other = std::get<Store>(b);
    return same_place_but_condition(store.place, other.place, store.place.subscripts.size()) &&
           exprs(store.value, other.value) && (!store.place.when || exprs(*store.place.when, *other.place.when));
  }

  const Kernel& a_;
  const Kernel& b_;
  const bool numbered_;
  std::set<std::pair<ExprId, ExprId>> equal_;
};

bool same_parameter(const Parameter& a, const Parameter& b) {
  return a.name == b.name && a.element == b.element && a.shape == b.shape && a.strides == b.strides &&
         a.read == b.read && a.written == b.written && a.per_worker == b.per_worker;
}
bool same_register(const Register& a, const Register& b) {
  return a.name == b.name && a.type == b.type && a.extents == b.extents;
}
bool same_buffer(const Buffer& a, const Buffer& b) {
  return a.name == b.name && a.role == b.role && a.element == b.element && a.shape == b.shape &&
         a.strides == b.strides && a.slot == b.slot && a.offset == b.offset && a.bytes == b.bytes &&
         a.per_worker == b.per_worker;
}

template <class T, class F>
bool all_same(const std::vector<T>& a, const std::vector<T>& b, F same) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

bool same_argument(const Argument& a, const Argument& b) {
  return a.buffer == b.buffer && a.offset == b.offset && a.per_turn == b.per_turn && a.updated == b.updated;
}

bool same_stage(const Stage& a, const Stage& b) {
  if (a.index() != b.index()) return false;
  if (const auto* call = std::get_if<Call>(&a)) {
    const auto& other = std::get<Call>(b);
    return call->kernel == other.kernel && call->polls == other.polls &&
           all_same(call->arguments, other.arguments, same_argument);
  }
  if (const auto* check = std::get_if<FiniteCheck>(&a)) return check->buffer == std::get<FiniteCheck>(b).buffer;
  if (std::holds_alternative<Barrier>(a)) return true;
  const auto& repeat = std::get<Repeat>(a);
  const auto& other = std::get<Repeat>(b);
  return repeat.count == other.count && repeat.reverse == other.reverse &&
         all_same(repeat.stages, other.stages, same_stage);
}

bool same_but_code(const Kernel& a, const Kernel& b) {
  return a.name == b.name && a.summary == b.summary && a.origins == b.origins && a.loops == b.loops &&
         all_same(a.parameters, b.parameters, same_parameter) && all_same(a.registers, b.registers, same_register);
}

}  // namespace

bool equal(const RegisterRef& a, const RegisterRef& b) { return a.id == b.id && a.subscripts == b.subscripts; }

bool same_expr(const Expr& a, const Expr& b) {
  return same_head(a, b) && a.operands == b.operands && (a.kind != ExprKind::load || a.place.when == b.place.when);
}

bool equal(const Kernel& a, const Kernel& b) {
  return same_but_code(a, b) && KernelComparison(a, b, false).blocks(a.body, b.body);
}

bool same_kernel(const Kernel& a, const Kernel& b) {
  return same_but_code(a, b) && all_same(a.exprs, b.exprs, same_expr) &&
         KernelComparison(a, b, true).blocks(a.body, b.body);
}

bool equal(const NestProgram& a, const NestProgram& b) {
  return a.name == b.name && a.target == b.target && a.capacity == b.capacity && a.exact == b.exact &&
         a.has_barriers == b.has_barriers && a.arena_bytes == b.arena_bytes && a.state_bytes == b.state_bytes &&
         all_same(a.buffers, b.buffers, same_buffer) &&
         all_same(a.kernels, b.kernels, [](const Kernel& x, const Kernel& y) { return equal(x, y); }) &&
         all_same(a.stages, b.stages, same_stage);
}

}  // namespace nnc
