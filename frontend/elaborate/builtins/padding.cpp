// padded: elements put around a tensor's, or between them.

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "frontend/elaborate/builtins/builtin_call.h"
#include "frontend/elaborate/builtins/families.h"

namespace nnc {

namespace {

using ast::Expr;
using ast::ExprKind;
using Kind = NamedArgument::Kind;

/// How many elements; fewer than none only where `below` allows it: those at the ends are taken away then.
Size amount(const BuiltinCall& call, const Expr& expr, bool below) {
  Elaborator& at = call.at;
  Number number = at.number_of(expr);
  if (number.either || (at.generic && !number.known && !number.size)) throw Abandoned{};  // each call knows
  if (number.known && !number.options.empty()) {
    for (const std::string& option : number.options) at.constant_options.insert(option);
    number.size = Number::of(*number.known).size;
  }
  if (!number.size || (number.known && *number.known != std::floor(*number.known))) {
    at.fail("E0320", expr.range,
            number.known ? fmt::format("a number of elements must be whole, and this is {}", *number.known)
                         : "a number of elements must be known at compile time");
  }
  if (!below && number.size->number().value_or(0) < 0) {
    at.fail("E0320", expr.range, fmt::format("a number of elements can't be negative, and this is {}", *number.known));
  }
  return *number.size;
}

const std::vector<ast::ExprPtr>& entries(const BuiltinCall& call, const Expr& list, const TypedTensor& x,
                                         std::string_view what) {
  if (list.kind != ExprKind::list) {
    call.at.fail("E0407", list.range, fmt::format("'padded' takes {} as a list: one number for each axis", what),
                 fmt::format("padded({}, [0, 1])", call.at.slice(call.ranges[0])));
  }
  if (list.operands.size() != x.type.axes.size()) {
    call.at.fail("E0313", list.range,
                 fmt::format("{} numbers for {}, which has {} {}", list.operands.size(), to_string(x.type),
                             x.type.axes.size(), x.type.axes.size() == 1 ? "axis" : "axes"));
  }
  return list.operands;
}

/// `[0, p, (1, 2)]`: how many at each end of an axis, or before and after it; `between: [0, s - 1, 0]`.
Item padded(const BuiltinCall& call) {
  const TypedTensor x = call.tensor(0);
  std::vector<Padding> axes(x.type.axes.size());
  const Expr* list = call.written[1];
  if (list == nullptr) call.at.fail("E0407", call.ranges[1], "'padded' takes its numbers as a list behind the tensor");
  const auto& ends = entries(call, *list, x, "its numbers");
  for (size_t axis = 0; axis < axes.size(); ++axis) {
    const Expr& entry = *ends[axis];
    const bool two = entry.kind == ExprKind::tuple && entry.operands.size() == 2;
    axes[axis].low = amount(call, two ? *entry.operands[0] : entry, true);
    axes[axis].high = two ? amount(call, *entry.operands[1], true) : axes[axis].low;
  }
  if (const Expr* between = call.given("between")) {
    const auto& inner = entries(call, *between, x, "'between'");
    for (size_t axis = 0; axis < axes.size(); ++axis) axes[axis].between = amount(call, *inner[axis], false);
  }
  Number value = Number::of(0);
  if (const Expr* with = call.given("with")) {
    value = call.at.number_of(*with);
    if (!value.known && call.at.generic) throw Abandoned{};
    if (!value.known) call.at.fail("E0326", with->range, "'with' is a number known at compile time");
    for (const std::string& option : value.options) call.at.constant_options.insert(option);
  }
  return call.result(call.at.build.pad(x, axes, *value.known));
}

constexpr std::array<NamedArgument, 2> kNamed{{{"with", Kind::number}, {"between", Kind::amounts}}};

constexpr std::array kRecords{
    Builtin{.name = "padded",
            .least = 2,
            .most = 2,
            .named = kNamed,
            .written_from = 1,
            .places = Places::moved,
            .call = padded},
};

}  // namespace

std::span<const Builtin> padding_builtins() { return kRecords; }

}  // namespace nnc
