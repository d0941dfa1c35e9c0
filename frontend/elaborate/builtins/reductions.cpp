// sum, mean, max, min and argmax.

#include <fmt/format.h>

#include <array>

#include "frontend/elaborate/builtins/builtin_call.h"
#include "frontend/elaborate/builtins/families.h"
#include "ir/graph/builder.h"

namespace nnc {

namespace {

using Kind = NamedArgument::Kind;
using Positions = std::vector<int64_t>;

Item reduce(const BuiltinCall& call) {
  const TypedTensor x = call.tensor(0);
  const std::vector<size_t> axes = call.axes(x);
  const bool keep = call.flag("keep");
  Item result = call.result(call.at.build.reduce(call.name(), *call.builtin.reduction, x, axes, keep));
  if (axes.size() < x.type.axes.size() && !keep) {
    result.kept = x.type.axes;
    for (size_t axis : axes) result.kept[axis] = {Size(1), "", false};
  }
  return result;
}

/// max(x, over: K) reduces, max(x, y) compares element by element.
Item extremum(const BuiltinCall& call) {
  if (call.items.size() == 1) return reduce(call);
  if (!call.named.empty()) {
    const auto& [name, value] = *call.named.begin();
    call.at.fail("E0323", value->range,
                 fmt::format("'{}' of two compares element by element: '{}' is of one alone", call.name(), name));
  }
  return call_op(call);
}

Item argmax(const BuiltinCall& call) {
  const TypedTensor x = call.tensor(0);
  if (x.type.axes.empty()) call.at.fail("E0313", call.range, "'argmax' of a scalar");
  return call.result(call.at.build.argmax(x, call.axis(x)));
}

Value sum_of(const TensorBuilder&, Value x, const Positions& axes, const Size&) { return reduce_sum(x, axes); }
Value max_of(const TensorBuilder&, Value x, const Positions& axes, const Size&) { return reduce_max(x, axes); }
Value min_of(const TensorBuilder&, Value x, const Positions& axes, const Size&) { return reduce_min(x, axes); }

Value mean_of(const TensorBuilder& build, Value x, const Positions& axes, const Size& count) {
  const Value sum = reduce_sum(x, axes), size = build.scalar(Number::whole(count), x.type().element);
  return sum / broadcast_scalar(size, sum.type().shape);
}

constexpr Reduction kSum{.value = sum_of, .linear = true, .keeps_integers = true, .of_nothing = true};
constexpr Reduction kMean{.value = mean_of, .linear = true, .averages = true};
constexpr Reduction kMax{.value = max_of, .keeps_integers = true};
constexpr Reduction kMin{.value = min_of, .keeps_integers = true};

constexpr std::array<NamedArgument, 2> kOverAxes{{{"over", Kind::axes}, {"keep", Kind::flag}}};
constexpr std::array<NamedArgument, 1> kOverOne{{{"over", Kind::axis}}};

constexpr std::array kRecords{
    Builtin{.name = "sum", .named = kOverAxes, .places = Places::reduced, .reduction = &kSum, .call = reduce},
    Builtin{.name = "mean", .named = kOverAxes, .places = Places::reduced, .reduction = &kMean, .call = reduce},
    Builtin{
        .name = "max", .most = 2, .named = kOverAxes, .places = Places::reduced, .reduction = &kMax, .call = extremum},
    Builtin{
        .name = "min", .most = 2, .named = kOverAxes, .places = Places::reduced, .reduction = &kMin, .call = extremum},
    Builtin{.name = "argmax", .named = kOverOne, .places = Places::reduced, .call = argmax},
};

}  // namespace

std::span<const Builtin> reduction_builtins() { return kRecords; }

}  // namespace nnc
