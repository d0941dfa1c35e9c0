// Names that are no functions of tensors: words of types, which convert to the type, and constants.

#include <array>
#include <limits>
#include <numbers>

#include "frontend/elaborate/builtins/builtin_call.h"
#include "frontend/elaborate/builtins/families.h"

namespace nnc {

namespace {

Item conversion(const BuiltinCall& call) {
  const Base base = parse_base(call.builtin.name).value();
  const auto* number = call.items[0].as<Number>();
  if (number != nullptr) return call.result(call.at.meet(*number, base, call.ranges[0]));
  return call.result(call.at.build.cast(call.tensor(0), base));
}

constexpr std::array kTypes{
    Builtin{.name = "logit", .call = conversion},
    Builtin{.name = "prob", .call = conversion},
    Builtin{.name = "i32", .call = conversion},
    Builtin{.name = "f32", .call = conversion},
    Builtin{.name = "f64", .call = conversion},
    Builtin{.name = "bf16", .call = conversion},
    Builtin{.name = "u8", .call = conversion},
    Builtin{.name = "bool", .call = conversion},
    Builtin{.name = "class"},
};

constexpr std::array kConstants{
    Builtin{.name = "pi", .value = [](const Elaborator&) { return Item{Number::of(std::numbers::pi), {}, ""}; }},
    Builtin{
        .name = "infinity",
        .value = [](const Elaborator&) { return Item{Number::of(std::numeric_limits<double>::infinity()), {}, ""}; }},
    Builtin{.name = "training",
            .value =
                [](const Elaborator& at) {
                  Truth truth;
                  truth.known = at.training;
                  return Item{truth, {}, ""};
                }},
};

}  // namespace

std::span<const Builtin> type_builtins() { return kTypes; }
std::span<const Builtin> constant_builtins() { return kConstants; }

}  // namespace nnc
