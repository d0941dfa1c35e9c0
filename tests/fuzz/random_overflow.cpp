#include "tests/fuzz/random_overflow.h"

#include <array>
#include <string_view>

#include "ir/graph/builder.h"

namespace nnc {

namespace {

constexpr double kFar = 1e4;  ///< exp of most of its multiples leaves f64

template <size_t N>
size_t one_of(std::mt19937_64& random) {
  return static_cast<size_t>(random() % N);
}

/// One more step of a chain; what it makes of an infinity or NaN is one again, or a slope is.
Value wilder(Value wild, Value a, std::mt19937_64& random) {
  constexpr std::array<std::string_view, 12> kFunctions{"exp", "expm1", "log",     "log1p", "sqrt",   "tanh",
                                                        "sin", "erf",   "sigmoid", "cos",   "negate", "absolute"};
  constexpr std::array<std::string_view, 4> kPairs{"power", "minimum", "maximum", "atan2"};
  switch (random() % 8) {
    case 0: return wild * wild;
    case 1: return wild / (a - a);
    case 2: return a / wild;
    case 3: return binary(kPairs[one_of<4>(random)], wild, a);
    case 4: return select(binary("less", a, wild), wild, unary("exp", wild * kFar));
    default: return unary(kFunctions[one_of<12>(random)], wild);
  }
}

/// Harmless for a ≤ 0, beyond f64 for most others.
Value one_sided(Value a, std::mt19937_64& random) {
  Value far = unary("exp", binary("maximum", a, full(*a.graph, 0, a.type())) * kFar);
  switch (random() % 4) {
    case 0: return far;
    case 1: return unary("log", far + 1.0);
    case 2: return unary("expm1", far);
    default: return far * a;
  }
}

}  // namespace

Value chosen_over_overflow(Value a, Value b, std::mt19937_64& random) {
  Value zero = full(*a.graph, 0, a.type());
  if (random() % 3 == 0) return select(binary("greater", a, zero), b, one_sided(a, random));
  Value wild = random() % 2 == 0 ? unary("exp", a * kFar) : unary("log", -(a * a));
  for (uint64_t steps = random() % 4; steps > 0; --steps) wild = wilder(wild, a, random);
  Value always = binary("less", unary("absolute", a), full(*a.graph, 1e6, a.type()));
  return random() % 2 == 0 ? select(always, b, wild) : select(unary("logical_not", always), wild, b);
}

}  // namespace nnc
