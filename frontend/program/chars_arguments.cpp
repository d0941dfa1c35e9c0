// What the source `chars` takes beside its path: the length of a window, and the step from one to the next.
#include <fmt/format.h>

#include <cmath>

#include "frontend/program/source_kinds.h"
#include "support/diagnostics.h"

namespace nnc {

namespace {

constexpr int64_t kLongestWindow = 1 << 20;

}  // namespace

bool take_chars_argument(Elaborator& elaborator, const ast::Argument& argument, DataInfo& info) {
  const std::string& name = argument.name.text;
  if (name != "window" && name != "stride") return false;
  const Number number = elaborator.number_of(*argument.value);
  const double value = number.known.value_or(0);
  if (value < 1 || value > static_cast<double>(kLongestWindow) || value != std::floor(value)) {
    elaborator.fail("E0603", argument.value->range,
                    fmt::format("'{}' is a whole number of characters from 1 to {}{}", name, kLongestWindow,
                                number.known ? fmt::format(", not {}", value) : ""));
  }
  (name == "window" ? info.window : info.stride) = static_cast<int64_t>(value);
  return true;
}

void refuse_chars_argument(Elaborator& elaborator, const ast::Expr& call, const ast::Argument& argument) {
  const std::string near = nearest(argument.name.text, {"window", "stride", "split"});
  elaborator.fail("E0323", argument.name.range,
                  fmt::format("'{}' has no argument '{}'", call.operands[0]->text, argument.name.text),
                  near.empty() ? "it takes window, stride and split" : fmt::format("did you mean '{}'?", near));
}

void check_chars(Elaborator& elaborator, const ast::Expr& call, const DataInfo& info) {
  if (info.window == 0) {
    elaborator.fail("E0603", call.range, "how many characters are a sample? 'chars' needs a window",
                    "chars(\"…\", window: T + 1), for T characters and the one behind each of them");
  }
  if (!info.split_seed) return;
  for (const ast::Argument& argument : call.arguments) {
    if (argument.name.text != "seed") continue;
    elaborator.fail("E0323", argument.name.range,
                    "a text is cut in its order, without a seed: windows overlap, and drawn at random the parts would "
                    "share characters");
  }
}

}  // namespace nnc
