// The polynomials against the C library in the next wider type: at most 2 ULP, special values exact.
#include "ir/scalar/math_program.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include "tests/ir/nest_kernels.h"

namespace nnc {
namespace {

constexpr int64_t kBlock = 4096;

template <class T>
using Wide = std::conditional_t<sizeof(T) == 4, double, long double>;
template <class T>
constexpr Element kElement = sizeof(T) == 4 ? Element::f32 : Element::f64;

template <class W>
W reference(Scalar function, W x, W y) {
  switch (function) {
    case Scalar::exp: return std::exp(x);
    case Scalar::log: return std::log(x);
    case Scalar::log1p: return std::log1p(x);
    case Scalar::expm1: return std::expm1(x);
    case Scalar::tanh: return std::tanh(x);
    case Scalar::sigmoid: return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
    case Scalar::sin: return std::sin(x);
    case Scalar::cos: return std::cos(x);
    case Scalar::erf: return std::erf(x);
    case Scalar::atan2: return std::atan2(x, y);
    default: return std::pow(x, y);
  }
}

template <class T>
T flushed(T x) {
  return std::fabs(x) < std::numeric_limits<T>::min() ? std::copysign(T(0), x) : x;
}

/// How far `got` lies from the true value, in units in the last place of T; inf where the class is wrong.
template <class T>
double distance(T got, Wide<T> want) {
  using W = Wide<T>;
  constexpr double kWrong = std::numeric_limits<double>::infinity();
  if (std::isnan(want)) return std::isnan(got) ? 0 : kWrong;
  if (std::isnan(got)) return kWrong;
  W tiny = std::numeric_limits<T>::min(), most = std::numeric_limits<T>::max();
  W ulp = std::ldexp(W(1), std::max(std::ilogb(want == 0 || std::isinf(want) ? W(1) : want),
                                    std::numeric_limits<T>::min_exponent - 1) -
                               (std::numeric_limits<T>::digits - 1));
  if (std::fabs(want) < tiny) return std::fabs(W(got)) <= tiny ? 0 : kWrong;  // flushed, or the smallest normal
  if (std::isinf(got)) return std::fabs(want) >= most - 2 * ulp && std::signbit(got) == std::signbit(want) ? 0 : kWrong;
  if (std::fabs(want) > most) return std::fabs(W(got)) >= most - 2 * ulp ? 0 : kWrong;
  return static_cast<double>(std::fabs(W(got) - want) / ulp);
}

template <class T>
std::vector<T> special_values() {
  T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  std::vector<T> values{0,
                        inf,
                        nan,
                        std::numeric_limits<T>::min(),
                        std::numeric_limits<T>::max(),
                        std::numeric_limits<T>::denorm_min(),
                        std::numeric_limits<T>::epsilon(),
                        T(0.5),
                        1,
                        T(1.5),
                        2,
                        3,
                        T(0.8),
                        T(0.7071067811865476),
                        T(1.4142135623730951),
                        4,
                        6,
                        9,
                        10,
                        18,
                        19,
                        30,
                        60,
                        T(87.3),
                        T(87.33654),
                        T(88.72283),
                        T(88.73),
                        T(103),
                        T(708.3),
                        T(709.78),
                        T(709.79),
                        T(745.2),
                        1000,
                        T(1.5707963267948966),
                        T(3.141592653589793),
                        T(0x1p20),
                        T(0x1p24),
                        T(0x1p29),
                        T(0x1p52)};
  std::vector<T> result;
  for (T value : values) {
    for (T near : {value, std::nextafter(value, T(0)), std::nextafter(value, inf)}) {
      result.push_back(near);
      result.push_back(-near);
    }
  }
  return result;
}

template <class T>
T random_value(std::mt19937_64& random, int kind) {
  using B = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  if (kind == 0) return std::bit_cast<T>(static_cast<B>(random()));  // any bits
  auto unit = static_cast<T>(std::uniform_real_distribution<double>(-1, 1)(random));
  constexpr std::array<double, 5> kScales{1, 3, 12, 100, 750};
  return unit * static_cast<T>(kScales[static_cast<size_t>(kind) % kScales.size()]);
}

/// Angles that are hard to reduce: of all doubles those nearest to multiples of π/2 (the first lies 2^-61.5 quarters
/// from one; found by continued fractions), multiples of π/2 rounded, and every power of two, where the choice of bits
/// of 2/π changes; with their neighbours.
std::vector<double> hard_angles() {
  std::vector<double> angles{0x1.8p30};
  const std::pair<double, int> nearest[] = {{6381956970095103, 797}, {6411027962775774, -47}, {7763785107565477, -29},
                                            {5916243447979695, 79},  {8444920710073313, 939}, {5850965514341686, 525},
                                            {8160885118204141, 808}, {8360820580228475, 628}};
  for (auto [mantissa, exponent] : nearest) angles.push_back(std::ldexp(mantissa, exponent));
  constexpr long double kHalfPi = 1.57079632679489661923132169163975144L;
  for (int exponent = 0; exponent < 62; ++exponent) {
    long double turns = std::ldexp(1.0L, exponent);
    for (long double quarters : {turns, turns + 1, turns * 1.5L})
      angles.push_back(static_cast<double>(quarters * kHalfPi));
  }
  for (int exponent = -1022; exponent < 1024; ++exponent) angles.push_back(std::ldexp(1.0, exponent));
  angles.push_back(std::numeric_limits<double>::max());
  angles.push_back(std::numeric_limits<double>::infinity());
  std::vector<double> result;
  for (double angle : angles) {
    for (double near :
         {angle, std::nextafter(angle, 0.0), std::nextafter(angle, std::numeric_limits<double>::infinity())}) {
      result.push_back(near);
      result.push_back(-near);
    }
  }
  return result;
}

/// Evaluates the function on blocks of operands with the interpreter.
template <class T>
class Evaluator {
 public:
  Evaluator(Scalar function, bool fma)
      : function_(function), program_(make(function, fma)), interpreter_(program_), arena_(program_.arena_bytes) {}

  /// The largest distance; `worst` gets the operand.
  double check(const std::vector<T>& x, const std::vector<T>& y, T& worst_x, T& worst_y) {
    double worst = 0;
    const auto& buffers = program_.buffers;
    StepArguments arguments;
    arguments.arena = arena_.data();
    for (size_t begin = 0; begin < x.size(); begin += kBlock) {
      size_t count = std::min<size_t>(kBlock, x.size() - begin);
      std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(begin), count, arena_.template at<T>(buffers[0]));
      if (buffers.size() == 3)
        std::copy_n(y.begin() + static_cast<std::ptrdiff_t>(begin), count, arena_.template at<T>(buffers[1]));
      EXPECT_EQ(interpreter_.run(arguments), 1);
      const T* got = arena_.template at<T>(buffers.back());
      for (size_t i = 0; i < count; ++i) {
        T a = x[begin + i], b = y.empty() ? T(0) : y[begin + i];
        Wide<T> want = reference<Wide<T>>(function_, flushed(a), flushed(b));
        double far = distance<T>(got[i], want);
        if (far > worst) worst = far, worst_x = a, worst_y = b;
      }
    }
    return worst;
  }

 private:
  static NestProgram make(Scalar function, bool fma) {
    Target target = Target::of(Tier::avx2);
    target.has_fma = fma;
    return testing::map_program(function, kElement<T>, kBlock, 8, target);
  }

  Scalar function_;
  NestProgram program_;
  NestInterpreter interpreter_;
  testing::Arena arena_;
};

constexpr Scalar kFunctions[] = {Scalar::exp, Scalar::log, Scalar::log1p, Scalar::expm1, Scalar::tanh, Scalar::sigmoid,
                                 Scalar::sin, Scalar::cos, Scalar::erf,   Scalar::power, Scalar::atan2};

template <class T>
void check_samples(Scalar function, bool fma, size_t count) {
  std::mt19937_64 random(static_cast<uint64_t>(function) * 2 + (fma ? 1 : 0));
  std::vector<T> x = special_values<T>(), y;
  bool two = info(function).arity == 2, power = function == Scalar::power;
  if (two) {
    std::vector<T> values = x;
    x.clear();
    for (T a : values) {
      for (T b : values) x.push_back(a), y.push_back(b);
    }
  }
  for (int i = 0; x.size() < count; ++i) {
    T value = random_value<T>(random, i % 6);
    x.push_back(power && i % 4 != 0 ? std::fabs(value) : value);
    if (!two) continue;
    if (!power) {  // any two; or a quotient near one of any size, where the octants meet
      y.push_back(i % 3 == 0 ? value * (1 + random_value<T>(random, 1) / 4) : random_value<T>(random, i / 6 % 6));
      continue;
    }
    // Exponents for which the result mostly stays in range; some whole.
    T range = T(sizeof(T) == 4 ? 90 : 720) / std::max(std::fabs(std::log(std::fabs(value))), T(0.01));
    T exponent = random_value<T>(random, 1) / 3 * range;
    y.push_back(i % 5 == 0 ? std::floor(exponent) : exponent);
  }
  T worst_x = 0, worst_y = 0;
  double worst = Evaluator<T>(function, fma).check(x, y, worst_x, worst_y);
  EXPECT_LE(worst, 2) << info(function).spelling << "(" << worst_x << ", " << worst_y << ") "
                      << (sizeof(T) == 4 ? "f32" : "f64") << (fma ? " with fma" : " without fma");
  ::testing::Test::RecordProperty(std::string(info(function).spelling) + (fma ? "_fma" : ""), std::to_string(worst));
}

// A million each; fewer where the checks of the sanitizers or of a debug build would take long.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
constexpr size_t kSamples = 1'000'000;
#else
constexpr size_t kSamples = 100'000;
#endif

TEST(Math, SinglesStayWithinTwoUlp) {
  for (Scalar function : kFunctions) {
    check_samples<float>(function, true, kSamples);
    check_samples<float>(function, false, kSamples / 4);
  }
}

TEST(Math, DoublesStayWithinTwoUlp) {
  for (Scalar function : kFunctions) {
    check_samples<double>(function, true, kSamples);
    check_samples<double>(function, false, kSamples / 4);
  }
}

// Of all exponents alike, both signs.
TEST(Math, SineAndCosineHoldForEveryDouble) {
  std::mt19937_64 random(5);
  std::vector<double> x = hard_angles();
  while (x.size() < kSamples) {
    uint64_t bits = random(), exponent = 1 + random() % 2046;
    x.push_back(std::bit_cast<double>((bits & 0x800FFFFFFFFFFFFFU) | exponent << 52));
  }
  for (Scalar function : {Scalar::sin, Scalar::cos}) {
    for (bool fma : {true, false}) {
      double worst_x = 0, none = 0;
      double worst = Evaluator<double>(function, fma).check(x, {}, worst_x, none);
      EXPECT_LE(worst, 2) << info(function).spelling << "(" << std::hexfloat << worst_x << ")"
                          << (fma ? " with fma" : " without fma");
      RecordProperty(std::string(info(function).spelling) + (fma ? "_fma" : ""), std::to_string(worst));
    }
  }
}

template <class T>
T single_value(Scalar function, T x, T y = 0) {
  NestProgram program = testing::map_program(function, kElement<T>, 1, 1, Target::of(Tier::avx2));
  testing::Arena arena(program.arena_bytes);
  StepArguments arguments;
  arguments.arena = arena.data();
  *arena.at<T>(program.buffers[0]) = x;
  if (program.buffers.size() == 3) *arena.at<T>(program.buffers[1]) = y;
  interpret_nests(program, arguments);
  return *arena.at<T>(program.buffers.back());
}

TEST(Math, ZerosKeepTheirSign) {
  for (Scalar function : {Scalar::log1p, Scalar::expm1, Scalar::tanh, Scalar::sin, Scalar::erf}) {
    for (double zero : {0.0, -0.0}) {
      EXPECT_EQ(std::signbit(single_value(function, zero)), std::signbit(zero)) << info(function).spelling;
      EXPECT_EQ(single_value(function, zero), 0.0);
      EXPECT_EQ(std::signbit(single_value(function, static_cast<float>(zero))), std::signbit(zero));
    }
  }
  EXPECT_EQ(single_value(Scalar::exp, 0.0F), 1.0F);
  EXPECT_EQ(single_value(Scalar::cos, -0.0), 1.0);
  EXPECT_EQ(single_value(Scalar::sigmoid, 0.0F), 0.5F);
}

TEST(Math, PowerHasItsSpecialValues) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const double kNaN = std::numeric_limits<double>::quiet_NaN();
  const double bases[] = {0.0, -0.0, 1, -1, 2, -2, 0.5, -0.5, kInf, -kInf, kNaN};
  const double exponents[] = {0.0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, kInf, -kInf, kNaN, 1e300, -1e300};
  for (double x : bases) {
    for (double y : exponents) {
      double want = std::pow(x, y), got = single_value(Scalar::power, x, y);
      if (std::isnan(want)) {
        EXPECT_TRUE(std::isnan(got)) << x << "^" << y << " = " << got;
      } else {
        EXPECT_DOUBLE_EQ(got, want) << x << "^" << y;
        EXPECT_EQ(std::signbit(got), std::signbit(want)) << x << "^" << y;
      }
    }
  }
}

template <class T>
void check_quadrants() {
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const T values[] = {
      0, T(-0.0), 1, -1, T(0.5), T(-2), inf, -inf, nan, std::numeric_limits<T>::max(), -std::numeric_limits<T>::min()};
  for (T y : values) {
    for (T x : values) {
      const T got = single_value(Scalar::atan2, y, x), want = std::atan2(y, x);
      if (std::isnan(want)) {
        EXPECT_TRUE(std::isnan(got)) << y << ", " << x << " gives " << got;
      } else if (std::fabs(want) < std::numeric_limits<T>::min()) {
        EXPECT_EQ(got, 0) << y << ", " << x;
        EXPECT_EQ(std::signbit(got), std::signbit(want)) << y << ", " << x;
      } else {
        EXPECT_NEAR(got, want, 2 * std::numeric_limits<T>::epsilon() * std::fabs(want)) << y << ", " << x;
      }
    }
  }
}

TEST(Math, Atan2HasTheQuadrantsZerosAndInfinitiesOfC) {
  check_quadrants<float>();
  check_quadrants<double>();
  // A denormal is a zero of its sign.
  constexpr double kTiny = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(single_value(Scalar::atan2, -kTiny, -1.0), -std::numbers::pi);
  EXPECT_EQ(single_value(Scalar::atan2, 0.0, -kTiny), std::numbers::pi);
  EXPECT_EQ(single_value(Scalar::atan2, -std::numeric_limits<float>::denorm_min(), -1.0F),
            std::numbers::pi_v<float> * -1);
}

TEST(Math, ExpIsShort) {
  size_t operations = 0;
  for (const MathStep& e : math_program(Scalar::exp, Element::f32, true).steps) {
    operations += e.kind == MathStep::Kind::apply ? 1 : 0;
  }
  EXPECT_LE(operations, 20U);
}

}  // namespace
}  // namespace nnc
