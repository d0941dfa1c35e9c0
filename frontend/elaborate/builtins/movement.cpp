// reshape, permute, transpose, concat and split.

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numeric>

#include "frontend/elaborate/builtins/builtin_call.h"
#include "frontend/elaborate/builtins/families.h"

namespace nnc {

namespace {

using Kind = NamedArgument::Kind;

Item reshape(const BuiltinCall& call) {
  return call.result(call.at.build.reshape(call.tensor(0), call.at.axes(*call.written[1])));
}

Item permute(const BuiltinCall& call) {
  const TypedTensor x = call.tensor(0);
  const std::vector<size_t> order = call.at.positions(*call.written[1], x);
  if (order.size() != x.type.axes.size()) {
    call.at.fail("E0322", call.range, fmt::format("'permute' names every axis of {} once", to_string(x.type)));
  }
  return call.result(call.at.build.permute(x, order));
}

Item transpose(const BuiltinCall& call) {
  const TypedTensor x = call.tensor(0);
  if (x.type.axes.size() < 2) {
    call.at.fail("E0313", call.range, fmt::format("'transpose' needs two axes, not {}", to_string(x.type)));
  }
  std::vector<size_t> order(x.type.axes.size());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return call.result(call.at.build.permute(x, order));
}

Item concat(const BuiltinCall& call) {
  std::vector<TypedTensor> parts;
  for (size_t i = 0; i < call.items.size(); ++i) parts.push_back(call.tensor(i));
  if (parts[0].type.axes.empty()) call.at.fail("E0313", call.ranges[0], "'concat' of scalars");
  return call.result(call.at.build.concat(parts, call.axis(parts[0])));
}

/// How many parts `split` makes.
int64_t parts_of(const BuiltinCall& call, const Number& count) {
  if (!count.known && call.at.generic) throw Abandoned{};  // each call knows
  if (!count.known || *count.known < 1 || *count.known > 4096 || *count.known != std::floor(*count.known)) {
    call.at.fail("E0326", call.ranges[1], "'split' takes the number of parts: a whole number from 1");
  }
  return static_cast<int64_t>(*count.known);
}

Item split(const BuiltinCall& call) {
  const TypedTensor x = call.tensor(0);
  const Number count = call.at.number(call.items[1], call.ranges[1]);
  if (x.type.axes.empty()) call.at.fail("E0313", call.range, "'split' of a scalar");
  const size_t axis = call.axis(x);
  const int64_t parts = parts_of(call, count);
  const Size& whole = x.type.axes[axis].size;
  std::optional<Size> part = whole.divided_by(Size(parts));
  if (!part && whole.number()) {
    call.at.fail("E0320", call.range,
                 fmt::format("an axis of {} can't be split into {} equal parts", to_string(whole), parts));
  }
  if (!part) part = Size::quotient(whole, Size(parts));
  auto items = std::make_shared<Items>();
  Size begin(0);
  for (int64_t i = 0; i < parts; ++i) {
    TypedTensor piece = call.at.build.slice(x, axis, begin, begin + *part);
    piece.type.axes[axis].size = *part;
    items->push_back({piece, call.range, ""});
    begin = begin + *part;
  }
  return {Tuple{items}, call.range, ""};
}

constexpr std::array<NamedArgument, 1> kAlong{{{"along", Kind::axis}}};

constexpr std::array kRecords{
    Builtin{.name = "reshape", .least = 2, .most = 2, .written_from = 1, .places = Places::moved, .call = reshape},
    Builtin{.name = "permute", .least = 2, .most = 2, .written_from = 1, .places = Places::moved, .call = permute},
    Builtin{.name = "transpose", .places = Places::moved, .call = transpose},
    Builtin{.name = "concat", .most = Builtin::kAnyNumber, .named = kAlong, .places = Places::moved, .call = concat},
    Builtin{.name = "split", .least = 2, .most = 2, .named = kAlong, .places = Places::moved, .call = split},
};

}  // namespace

std::span<const Builtin> movement_builtins() { return kRecords; }

}  // namespace nnc
