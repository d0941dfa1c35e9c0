// What a choice does not take has no influence, forward and backward, whatever overflows in it (docs/numerics.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ir/graph/backward.h"
#include "ir/graph/builder.h"
#include "ir/graph/op_attributes.h"
#include "ir/interpret/interpret_graph.h"
#include "tests/fuzz/random_overflow.h"
#include "tests/ir/slopes.h"

namespace nnc {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Build = Value (*)(Value);
using Numbers = std::vector<double>;

Value number(Value like, double value) { return full(*like.graph, value, like.type()); }
Value exp_of(Value x) { return unary("exp", x); }
Value log_of(Value x) { return unary("log", x); }
Value is_less(Value x, double than) { return binary("less", x, number(x, than)); }
Value is_greater(Value x, double than) { return binary("greater", x, number(x, than)); }

void expect_near(const Numbers& found, const Numbers& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], 1e-15 * std::max(1.0, 4 * std::fabs(expected[i]))) << "element " << i;
}

TEST(Choices, SoftplusBeyondItsOverflow) {
  Slopes softplus({1000, 0, -1000}, [](Value x) { return select(is_greater(x, 20), x, log_of(1.0 + exp_of(x))); });
  expect_near(softplus["first"], {1, 0.5, 0});
  expect_near(softplus["second"], {0, 0.25, 0});
}

TEST(Choices, AClampOfAnExponential) {
  Slopes lesser({1000, 0, -1}, [](Value x) { return binary("minimum", exp_of(x), number(x, 1)); });
  expect_near(lesser["first"], {0, 0.5, std::exp(-1)});
  expect_near(lesser["second"], {0, 0.5, std::exp(-1)});
  Slopes clamped({-1000, 1000, 0.5}, [](Value x) {
    return binary("maximum", binary("minimum", unary("expm1", x * x), number(x, 1)), number(x, -1));
  });
  double slope = std::exp(0.25);
  expect_near(clamped["first"], {0, 0, slope});
  expect_near(clamped["second"], {0, 0, 2 * slope + slope});
}

TEST(Choices, APowerTimesALogarithmAtZero) {
  Slopes entropy({0, 1, -1}, [](Value p) { return select(is_greater(p, 0), p * log_of(p), number(p, 0)); });
  expect_near(entropy["first"], {0, 1, 0});
  expect_near(entropy["second"], {0, 1, 0});
}

/// Infinite or NaN at every number that the tests take, or with such slopes.
const std::vector<Build>& broken_expressions() {
  static const std::vector<Build> kAll{
      [](Value x) { return exp_of(1e4 * x * x) * exp_of(-1e4 * x * x); },
      [](Value x) { return exp_of(exp_of(1e4 * x * x)); },
      [](Value x) { return unary("expm1", 1e200 * x * x) * x; },
      [](Value x) { return (1e200 * x) * (1e200 * x) * x; },
      [](Value x) { return 1.0 / (1.0 + exp_of(1e4 * x * x)); },
      [](Value x) { return x / (x - x); },
      [](Value x) { return x / exp_of(1e4 * x * x); },
      [](Value x) { return binary("power", 1e200 * x * x, 3.5 + x * x); },
      [](Value x) { return binary("power", -(x * x), x); },
      [](Value x) { return unary("tanh", log_of(-(x * x))); },
      [](Value x) { return unary("sigmoid", unary("sqrt", -(x * x))); },
      [](Value x) { return unary("absolute", log_of(x - x - 1.0)); },
      [](Value x) { return unary("sin", exp_of(1e4 * x * x)); },
      [](Value x) { return unary("erf", unary("log1p", -2.0 - x * x)); },
      [](Value x) { return select(is_less(x, 0), log_of(exp_of(1e4 * x * x)), exp_of(exp_of(1e4 * x))); },
      [](Value x) { return binary("maximum", exp_of(1e4 * x * x), x) * x; },
      [](Value x) { return binary("minimum", log_of(-(x * x)), x) * x; },
      [](Value x) { return cast(cast(exp_of(1e2 * x * x), Element::f32), Element::f64) * x; },
  };
  return kAll;
}

/// x² with the first derivative 2x and the second 2.
void expect_square(const Slopes& slopes, const char* form, size_t number) {
  EXPECT_EQ(slopes["value"], Numbers({2.25, 0.25})) << form << number;
  EXPECT_EQ(slopes["first"], Numbers({-3, 1})) << form << number;
  EXPECT_EQ(slopes["second"], Numbers({2, 2})) << form << number;
}

TEST(Choices, WhateverBreaksInTheOtherBranch) {
  for (size_t i = 0; i < broken_expressions().size(); ++i) {
    Build broken = broken_expressions()[i];
    Numbers at{-1.5, 0.5};
    expect_square({at, [&](Value x) { return select(is_less(x, 9), x * x, broken(x)); }}, "second branch, ", i);
    expect_square({at, [&](Value x) { return select(is_greater(x, 9), broken(x), x * x); }}, "first branch, ", i);
    expect_square({at,
                   [&](Value x) {
                     Value inner = select(is_less(x, 8), broken(x) * x, x);
                     return select(is_less(x, 9), x * x, inner);
                   }},
                  "nested, ", i);
    expect_square({at,
                   [&](Value x) {
                     Value inner = select(is_less(x, 8), x * x, broken(x));
                     return select(is_less(x, 9), inner, broken(inner));
                   }},
                  "shared, ", i);
  }
}

TEST(Choices, WhatRandomExpressionsBreak) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    std::mt19937_64 random(seed);
    Slopes slopes({1.5, 0.5, 0.25}, [&](Value x) { return chosen_over_overflow(x, x * x * x, random); });
    expect_near(slopes["first"], {6.75, 0.75, 0.1875});
    expect_near(slopes["second"], {9, 3, 1.5});
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(Choices, AValueUsedOnBothSides) {
  Slopes both({1000, 2}, [](Value x) {
    Value square = x * x;
    return select(is_greater(x, 9), square, exp_of(square)) + square;
  });
  double e = std::exp(4);
  expect_near(both["first"], {4000, 4 * e + 4});
  // Outside the choice the slope is infinite, and stays.
  Slopes outside({1000}, [](Value x) {
    Value grown = exp_of(x);
    return select(is_greater(x, 9), x, grown * x) + 1e-300 * grown;
  });
  EXPECT_EQ(outside["first"], Numbers({kInfinity}));
}

TEST(Choices, MovementsWithinTheExpression) {
  Slopes moved({1000, 0.5, -2}, [](Value x) {
    Value table = broadcast(x, {2, 3}, std::array<int64_t, 1>{1});
    Value grown = permute(exp_of(table), std::array<int64_t, 2>{1, 0});
    Value flat = reshape(grown * grown, {6});
    Value turned = reverse(reverse(flat, 0), 0);
    std::array parts{slice(turned, 0, 0, 2), slice(turned, 0, 2, 6)};
    Value whole = concat(parts, 0);
    Value places = reshape(permute(table, std::array<int64_t, 2>{1, 0}), {6});
    return select(is_greater(places, 9), places, pad(whole, 0, 0, 0));
  });
  expect_near(moved["first"], {2, 4 * std::exp(1.0), 4 * std::exp(-4.0)});
}

TEST(Choices, OneNumberForManyElements) {
  for (bool taken : {false, true}) {
    Slopes slopes({1000}, [&](Value x) {
      Value many = broadcast(exp_of(x), {3, 1}, std::array<int64_t, 1>{1});
      Value place = iota(*x.graph, many.type(), 0);
      return select(is_less(place, taken ? 2 : 3), number(many, 1), many);
    });
    EXPECT_EQ(slopes["first"], Numbers({taken ? kInfinity : 0}));
  }
}

TEST(Choices, ExtremaOverAxesAndWindows) {
  std::vector<int64_t> axis{0}, two{2}, one{1};
  Slopes least({1000, 0, 2000}, [&](Value x) { return reduce_min(exp_of(x), axis); });
  EXPECT_EQ(least["first"], Numbers({0, 1, 0}));
  Slopes windows({1000, 0, 2000, -1}, [&](Value x) {
    std::vector<Value> operand{exp_of(x)};
    return x.graph->add(op("window_min"), operand, written(WindowAttributes{two, two, one}));
  });
  EXPECT_EQ(windows["first"], Numbers({0, 1, 0, std::exp(-1.0)}));
}

TEST(Choices, KeepWhatIsChosen) {
  Slopes infinite({1000}, [](Value x) { return select(is_greater(x, 0), exp_of(x), number(x, 0)); });
  EXPECT_EQ(infinite["first"], Numbers({kInfinity}));
  Slopes undefined({1000}, [](Value x) { return select(is_greater(x, 0), exp_of(x) - exp_of(x) * 2.0, x); });
  EXPECT_TRUE(std::isnan(undefined["first"][0]) || std::isinf(undefined["first"][0]));
  Slopes product({1000}, [](Value x) { return select(is_greater(x, 0), 1.0 / exp_of(x), x); });
  EXPECT_TRUE(std::isnan(product["first"][0]));
}

/// A choice among sums asks for no guard, nor does a product with a number.
TEST(Choices, OfSumsAddNothing) {
  Slopes relu({-1, 2}, [](Value x) { return select(is_less(x, 0), 0.01 * x, x + 1.0); });
  EXPECT_EQ(relu["first"], Numbers({0.01, 1}));
  int selects = 0;
  for (NodeId id : relu.graph.reachable()) selects += relu.graph.node(id).op == &op("select") ? 1 : 0;
  EXPECT_EQ(selects, 3);  // the choice and its two shares
}

}  // namespace
}  // namespace nnc
