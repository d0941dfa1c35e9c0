#include "ir/nest/stopping.h"

#include <algorithm>
#include <map>
#include <utility>

#include "ir/nest/nest_check.h"
#include "ir/nest/nest_work.h"
#include "ir/scalar/math_program.h"

namespace nnc {

namespace {

/// Costs are sums and products of numbers from a text, which may be hostile.
constexpr int64_t kMostCost = int64_t{1} << 60;

int64_t plus(int64_t a, int64_t b) { return std::min(a + b, kMostCost); }
int64_t times(int64_t a, int64_t b) {
  int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? kMostCost : std::min(product, kMostCost);
}

class CostCounter {
 public:
  CostCounter(const Kernel& kernel, const Target& target, int64_t rows)
      : kernel_(kernel), target_(target), rows_(rows), exprs_(kernel.exprs.size(), -1) {}

  KernelCost count() {
    cost_.turn.assign(kernel_.loops.size(), 0);
    cost_.all = of(kernel_.body);
    return std::move(cost_);
  }

 private:
  int64_t of(const Block& block) {
    int64_t sum = 0;
    for (const Statement& statement : block) sum = plus(sum, of(statement));
    return sum;
  }

  int64_t of(const Statement& statement) {
    if (const auto* loop = std::get_if<Loop>(&statement)) {
      cost_.turn[loop->id] = of(loop->body);
      return times(cost_.turn[loop->id], loop->turns(rows_));
    }
    int64_t sum = 0;
    for (ExprId id : exprs_of(kernel_, statement)) sum = plus(sum, once(id));
    const auto* store = std::get_if<Store>(&statement);
    return store == nullptr ? sum : plus(sum, touched(store->place, kernel_.exprs[store->value].type));
  }

  int64_t once(ExprId id) {
    if (exprs_[id] < 0) exprs_[id] = of(kernel_.exprs[id]);
    return exprs_[id];
  }

  int64_t of(const Expr& e) {
    switch (e.kind) {
      case ExprKind::load: return touched(e.place, e.type);
      case ExprKind::cast: return vectors(e.type);
      case ExprKind::tree: return 4;  // halves of a vector of 16, down to one element
      case ExprKind::apply: return times(info(e.function).is_math ? steps(e) : 1, vectors(e.type));
      default: return 0;
    }
  }

  int64_t vectors(NestType type) const {
    const int64_t bytes = type.lanes * byte_size(type.element);
    return type.lanes == 1 ? 1 : (bytes + target_.vector_bytes - 1) / target_.vector_bytes;
  }

  int64_t touched(const Place& place, NestType type) const {
    auto by_lane = [&](const Affine::Term& term) {
      return term.of == Affine::Of::reg && kernel_.registers[term.id].type.lanes > 1;
    };
    const bool apart = place.lane_stride != 1 ||
                       std::any_of(place.subscripts.begin(), place.subscripts.end(), [&](const Affine& subscript) {
                         return std::any_of(subscript.terms.begin(), subscript.terms.end(), by_lane);
                       });
    return apart ? type.lanes : vectors(type);
  }

  int64_t steps(const Expr& e) {
    auto [found, added] = functions_.try_emplace({e.function, e.type.element}, 0);
    if (added) {
      const MathProgram program = math_program(e.function, e.type.element, target_.has_fma);
      found->second = static_cast<int64_t>(program.steps.size());
    }
    return found->second;
  }

  const Kernel& kernel_;
  const Target& target_;
  int64_t rows_;
  KernelCost cost_;
  std::vector<int64_t> exprs_;  ///< by expression; −1: not met yet
  std::map<std::pair<Scalar, Element>, int64_t> functions_;
};

}  // namespace

bool writes_state(const NestProgram& program, const Call& call) {
  const std::vector<Parameter>& parameters = program.kernels[call.kernel].parameters;
  for (size_t i = 0; i < std::min(parameters.size(), call.arguments.size()); ++i) {
    const Buffer& buffer = program.buffers[call.arguments[i].buffer];
    if (parameters[i].written && buffer.role == BufferRole::variable) return true;
  }
  return false;
}

bool writes_state(const NestProgram& program, const Stage& stage) {
  if (const auto* call = std::get_if<Call>(&stage)) return writes_state(program, *call);
  const auto* repeat = std::get_if<Repeat>(&stage);
  return repeat != nullptr && std::any_of(repeat->stages.begin(), repeat->stages.end(),
                                          [&](const Stage& inner) { return writes_state(program, inner); });
}

size_t stages_before_first_write(const NestProgram& program) {
  auto first = std::find_if(program.stages.begin(), program.stages.end(),
                            [&](const Stage& stage) { return writes_state(program, stage); });
  return static_cast<size_t>(first - program.stages.begin());
}

bool polls(const Kernel& kernel) {
  return any_loop(kernel.body, [](const Loop& loop) { return loop.polls > 0; });
}

KernelCost cost_of(const Kernel& kernel, const Target& target, int64_t rows) {
  return CostCounter(kernel, target, rows).count();
}

int64_t cost_of(const Stage& stage, const std::vector<KernelCost>& kernels) {
  constexpr int64_t kCall = 20;
  if (const auto* call = std::get_if<Call>(&stage)) return kCall + kernels[call->kernel].all;
  const auto* repeat = std::get_if<Repeat>(&stage);
  if (repeat == nullptr) return 0;
  int64_t turn = 0;
  for (const Stage& inner : repeat->stages) turn = plus(turn, cost_of(inner, kernels));
  return times(turn, repeat->count);
}

std::vector<KernelCost> costs_of_kernels(const NestProgram& program) {
  std::vector<KernelCost> costs;
  for (const Kernel& kernel : program.kernels) costs.push_back(cost_of(kernel, program.target, program.capacity));
  return costs;
}

double seconds_behind_first_write(const NestProgram& program) {
  const std::vector<KernelCost> costs = costs_of_kernels(program);
  int64_t cost = 0;
  for (size_t i = stages_before_first_write(program); i < program.stages.size(); ++i)
    cost = plus(cost, cost_of(program.stages[i], costs));
  return static_cast<double>(cost) / kInstructionsASecond;
}

}  // namespace nnc
