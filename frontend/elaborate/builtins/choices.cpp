// Elementwise built-ins: where, stop_gradient, and those that the record of an op alone makes.

#include <array>

#include "frontend/elaborate/builtins/builtin_call.h"
#include "frontend/elaborate/builtins/families.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "support/error.h"

namespace nnc {

namespace {

Item call_of_one(const BuiltinCall& call, const Op& op) {
  const TensorBuilder& build = call.at.build;
  const auto* number = call.items[0].as<Number>();
  if (number == nullptr) return call.result(build.function(op.name, call.tensor(0)));
  if (op.name == "floor" && number->size && !number->size->number()) {
    return {Number::whole(Size::floor_of(*number->size)), call.range, ""};
  }
  return {build.function(op.name, *number), call.range, ""};
}

/// A number where the condition and both choices are known as numbers, or may be.
Item where_of_numbers(const BuiltinCall& call, const Truth& truth, const Number& x, const Number& y) {
  if (truth.known && !truth.runtime) return *truth.known ? call.items[1] : call.items[2];
  const TensorBuilder& build = call.at.build;
  Number chosen = Number::unknown();
  if (build.graph != nullptr && truth.node) {
    chosen.node = select(truth.node, build.scalar(x, Element::f64), build.scalar(y, Element::f64));
  }
  return {chosen, call.range, ""};
}

Item where(const BuiltinCall& call) {
  Elaborator& at = call.at;
  const auto *x = call.items[1].as<Number>(), *y = call.items[2].as<Number>();
  const auto* truth = call.items[0].as<Truth>();
  if (truth != nullptr && x != nullptr && y != nullptr) return where_of_numbers(call, *truth, *x, *y);
  TypedTensor condition = truth != nullptr && truth->known && !truth->runtime && at.build.graph != nullptr
                              ? TypedTensor{TensorType(Base::boolean, {}),
                                            constant(*at.build.graph, *truth->known ? 1 : 0, Element::boolean)}
                              : call.tensor(0);
  TypedTensor a, b;
  if (x != nullptr && y != nullptr) {
    a = at.meet(*x, at.frame->floating, call.ranges[1]);
    b = at.meet(*y, at.frame->floating, call.ranges[2]);
  } else if (x != nullptr) {
    b = call.tensor(2);
    a = at.meet(*x, b.type.is(Base::label) ? Base::i32 : arithmetic_base(b.type, b.type, "where"), call.ranges[1]);
  } else {
    a = call.tensor(1);
    b = y != nullptr ? at.meet(*y, arithmetic_base(a.type, a.type, "where"), call.ranges[2]) : call.tensor(2);
  }
  return call.result(at.build.where(condition, a, b));
}

Item stop_gradient(const BuiltinCall& call) {
  if (call.items[0].as<Number>() != nullptr) return call.items[0];
  return call.result(call.at.build.stop_gradient(call.tensor(0)));
}

constexpr std::array kRecords{
    Builtin{.name = "where", .least = 3, .most = 3, .call = where},
    Builtin{.name = "stop_gradient", .call = stop_gradient},
};

}  // namespace

Item call_op(const BuiltinCall& call) {
  const Op* op = find_spelled(call.builtin.name, static_cast<int>(call.items.size()));
  NNC_ASSERT(op != nullptr, "no op is spelled as the built-in");
  if (call.items.size() == 1) return call_of_one(call, *op);
  const auto *x = call.items[0].as<Number>(), *y = call.items[1].as<Number>();
  if (x != nullptr && y != nullptr) return {call.at.build.arithmetic(op->name, *x, *y), call.range, ""};
  return call.at.binary(op->name, call.items[0], call.items[1], call.head(), call.ranges[0], call.ranges[1]);
}

std::span<const Builtin> choice_builtins() { return kRecords; }

}  // namespace nnc
