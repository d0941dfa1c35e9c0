#include "codegen/parts.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <utility>

#include "codegen/module.h"
#include "ir/nest/nest_check.h"
#include "ir/scalar/math_program.h"

namespace nnc {

namespace {

/// About so many LLVM instructions take as long as what a part costs beside its code.
constexpr double kLeastCost = 150;

using Function = std::pair<Scalar, Element>;

/// About how many LLVM instructions a kernel becomes, and which functions of the module it calls.
class CodeSize {
 public:
  CodeSize(const Kernel& kernel, const CallFacts& facts, const Target& target)
      : kernel_(kernel), facts_(facts), target_(target), size_(kFunction + of(kernel.body, false)) {}

  double size() const { return size_; }
  const std::set<Function>& calls() const { return calls_; }

 private:
  static constexpr double kFunction = 30, kLoop = 10;  // LLVM's passes over a function and a loop, in instructions

  double of(const Block& block, bool in_loop) {
    double sum = 0;
    for (const Statement& statement : block) {
      const auto* loop = std::get_if<Loop>(&statement);
      if (loop == nullptr) {
        for (ExprId id : exprs_of(kernel_, statement)) sum += of(kernel_.exprs[id], in_loop);
        sum += 1;
        continue;
      }
      const Expansion expansion = expansion_of(*loop, facts_);
      if (!expansion.rolled && expansion.turns == 0) continue;
      const double body = of(loop->body, in_loop || expansion.rolled);
      sum += expansion.rolled ? kLoop + body : static_cast<double>(expansion.turns) * body;
    }
    return sum;
  }

  double of(const Expr& e, bool in_loop) {
    switch (e.kind) {
      case ExprKind::load: return e.place.active || e.place.when || e.place.lane_stride != 1 ? 6 : 2;
      case ExprKind::tree: return 12;
      case ExprKind::apply: return info(e.function).is_math ? of_math(e, in_loop) : 1;
      case ExprKind::constant:
      case ExprKind::read: return 0;
      default: return 1;
    }
  }

  double of_math(const Expr& e, bool in_loop) {
    const size_t length = math_program(e.function, e.type.element, target_.has_fma).steps.size();
    if (stands_apart(length, e.type.lanes, in_loop)) calls_.emplace(e.function, e.type.element);
    return static_cast<double>(length);
  }

  const Kernel& kernel_;
  const CallFacts& facts_;
  const Target& target_;
  std::set<Function> calls_;
  double size_;
};

size_t count_calls(const std::vector<Stage>& stages) {
  size_t count = 0;
  for (const Stage& stage : stages) {
    const auto* repeat = std::get_if<Repeat>(&stage);
    count += repeat != nullptr ? count_calls(repeat->stages) : 1;
  }
  return count;
}

/// What must be in one part, and about how much it is.
struct Unit {
  Part part;
  double cost = 0;
};
bool cheaper(const Unit& a, const Unit& b) { return a.cost < b.cost; }

std::vector<Unit> units_of(const NestProgram& program, const std::vector<CallFacts>& facts) {
  constexpr double kCall = 7;
  std::vector<Unit> units;
  std::map<Function, size_t> by_function;  // the first unit that calls it
  for (size_t kernel = 0; kernel < program.kernels.size(); ++kernel) {
    const CodeSize code(program.kernels[kernel], facts[kernel], program.target);
    Unit unit{{{kernel}, false}, code.size()};
    for (const Function& function : code.calls()) {
      auto [first, added] = by_function.try_emplace(function, units.size());
      if (added || first->second == units.size()) continue;
      Unit& before = units[first->second];
      unit.part.kernels.insert(unit.part.kernels.end(), before.part.kernels.begin(), before.part.kernels.end());
      unit.cost += before.cost;
      before = {};
      for (auto& [other, place] : by_function) {
        if (place == first->second) place = units.size();
      }
    }
    units.push_back(std::move(unit));
  }
  units.push_back({{{}, true}, kCall * static_cast<double>(count_calls(program.stages))});
  std::erase_if(units, [](const Unit& unit) { return unit.part.kernels.empty() && !unit.part.driver; });
  return units;
}

/// Kernels of several parts find each other by name.
bool are_told_apart(const NestProgram& program) {
  std::set<std::string> names;
  return std::all_of(program.kernels.begin(), program.kernels.end(), [&](const Kernel& kernel) {
    return !kernel.name.starts_with(kEntryName) && names.insert(kernel.name).second;
  });
}

Part whole(const NestProgram& program) {
  Part part{std::vector<size_t>(program.kernels.size()), true};
  std::iota(part.kernels.begin(), part.kernels.end(), size_t{0});
  return part;
}

/// The largest first, each to where there is least so far.
std::vector<Unit> spread(const std::vector<Unit>& units, size_t count) {
  std::vector<Unit> parts(count);
  for (const Unit& unit : units) {
    Unit& least = *std::min_element(parts.begin(), parts.end(), cheaper);
    least.cost += unit.cost;
    least.part.driver |= unit.part.driver;
    least.part.kernels.insert(least.part.kernels.end(), unit.part.kernels.begin(), unit.part.kernels.end());
  }
  return parts;
}

}  // namespace

std::vector<Part> divide(const NestProgram& program, const std::vector<CallFacts>& facts, int most) {
  if (most <= 1 || !are_told_apart(program)) return {whole(program)};
  std::vector<Unit> units = units_of(program, facts);
  std::stable_sort(units.begin(), units.end(), [](const Unit& a, const Unit& b) { return cheaper(b, a); });
  double all = 0;
  for (const Unit& unit : units) all += unit.cost;
  for (auto count = static_cast<size_t>(std::clamp(all / kLeastCost, 1.0, static_cast<double>(most))); count > 1;
       --count) {
    std::vector<Unit> parts = spread(units, count);
    if (std::min_element(parts.begin(), parts.end(), cheaper)->cost < kLeastCost) continue;
    std::vector<Part> divided;
    for (Unit& unit : parts) {
      std::sort(unit.part.kernels.begin(), unit.part.kernels.end());
      divided.push_back(std::move(unit.part));
    }
    return divided;
  }
  return {whole(program)};
}

}  // namespace nnc
