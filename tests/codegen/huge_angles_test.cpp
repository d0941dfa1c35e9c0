// The rare part of sin and cos in f64 through machine code: it is jumped over unless a lane holds an angle beyond 2^30,
// and whichever lane that is, every lane gets the interpreter's bits.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "codegen/jit.h"
#include "ir/interpret/interpret_nests.h"
#include "tests/codegen/nest_runner.h"

namespace nnc::testing {
namespace {

constexpr double kHuge[] = {0x1.0000000000001p30,   // the first beyond the limit
                            0x1.6ac5b262ca1ffp849,  // the double nearest to a multiple of π/2
                            std::numeric_limits<double>::max(),
                            std::numeric_limits<double>::infinity(),
                            0x1p53,
                            1e22,
                            0x1.921fb54442d18p600,
                            1e300};

/// Vectors of ordinary angles, of which each holds one huge one, in every lane in turn and of either sign; some hold a
/// NaN beside it, some nothing huge, and the last ones are huge throughout.
std::vector<double> angles(int lanes) {
  std::vector<double> x;
  for (size_t i = 0; i < std::size(kHuge) * 2; ++i) {
    double huge = i % 2 == 0 ? kHuge[i / 2] : -kHuge[i / 2];
    for (int at = 0; at < lanes; ++at) {
      for (int lane = 0; lane < lanes; ++lane) x.push_back(lane == at ? huge : 0.7 * lane - 3.1 * at + 0.01);
      if (i % 3 == 0 && lanes > 1) x[x.size() - 1 - static_cast<size_t>(at)] = std::nan("");
    }
    for (int lane = 0; lane < lanes; ++lane) x.push_back(i % 2 == 0 ? 0x1p30 - lane : 0.0);
  }
  for (int lane = 0; lane < 2 * lanes; ++lane) x.push_back(kHuge[static_cast<size_t>(lane) % std::size(kHuge)]);
  return x;
}

/// y = function(x), `lanes` at a time; the last 3 places of y are masked.
NestProgram map_program(const Target& target, Scalar function, int lanes, int64_t count) {
  NestBuilder k("map", target);
  ParameterId x = k.parameter("x", Element::f64, {count}), y = k.parameter("y", Element::f64, {count});
  k.serial("n", 0, count, lanes, [&](Affine n) {
    Affine active = Affine::of(count - 3) - n;
    k.store(k.place(y, {n}, active), k.call(function, k.load(k.place(x, {n}, active), lanes)));
  });
  return program_of(k.finish(), target);
}

double ulps(double got, long double want) {
  if (std::isnan(want) || std::isnan(got))
    return std::isnan(want) && std::isnan(got) ? 0 : std::numeric_limits<double>::infinity();
  double near = std::fabs(static_cast<double>(want));
  double ulp = std::nextafter(near, std::numeric_limits<double>::infinity()) - near;
  return static_cast<double>(std::fabs(got - want) / ulp);
}

/// Compiled and interpreted give the same bits, within 2 ULP.
void check(const NestProgram& program, Scalar function, const std::vector<double>& x, size_t active) {
  GuardedBytes compiled(static_cast<size_t>(program.arena_bytes)), interpreted(compiled.size());
  std::fill_n(compiled.data(), compiled.size(), std::byte{0});
  auto offset = static_cast<size_t>(program.buffers[1].offset);
  std::copy(x.begin(), x.end(), reinterpret_cast<double*>(compiled.data()));
  std::copy_n(compiled.data(), compiled.size(), interpreted.data());
  StepArguments arguments, same;
  arguments.arena = compiled.data();
  same.arena = interpreted.data();
  compile(program).run(arguments);
  interpret_nests(program, same);
  size_t bytes = x.size() * sizeof(double);
  EXPECT_EQ(difference({compiled.data() + offset, bytes}, {interpreted.data() + offset, bytes}, Element::f64), "");
  const auto* y = reinterpret_cast<const double*>(compiled.data() + offset);
  for (size_t i = 0; i < active; ++i) {
    auto wide = static_cast<long double>(x[i]);
    EXPECT_LE(ulps(y[i], function == Scalar::sin ? std::sin(wide) : std::cos(wide)), 2) << "of " << x[i];
  }
}

TEST(HugeAngles, AnyLaneMayHoldOne) {
  for (Tier tier : tiers_here()) {
    for (Scalar function : {Scalar::sin, Scalar::cos}) {
      for (int lanes : {1, 2, 4, 8, 16}) {
        SCOPED_TRACE(fmt::format("{} {} x {}", spelling(tier), info(function).spelling, lanes));
        std::vector<double> x = angles(lanes);
        auto count = static_cast<int64_t>(x.size());
        check(map_program(Target::of(tier), function, lanes, count), function, x, x.size() - 3);
      }
    }
  }
}

// There the program is a function of the module.
TEST(HugeAngles, OutsideOfLoops) {
  for (Tier tier : tiers_here()) {
    SCOPED_TRACE(spelling(tier));
    NestBuilder k("once", Target::of(tier));
    auto count = static_cast<int64_t>(std::size(kHuge));
    ParameterId x = k.parameter("x", Element::f64, {count}), y = k.parameter("y", Element::f64, {count});
    for (int64_t n = 0; n < count; ++n)
      k.store(k.place(y, {Affine::of(n)}), k.call(Scalar::sin, k.load(k.place(x, {Affine::of(n)}))));
    check(program_of(k.finish(), Target::of(tier)), Scalar::sin, {std::begin(kHuge), std::end(kHuge)},
          std::size(kHuge));
  }
}

TEST(HugeAngles, OnlyTheyTakeTheJump) {
  for (Tier tier : kAllTiers) {
    Target target = Target::of(tier);
    for (Element element : {Element::f32, Element::f64}) {
      NestBuilder k("map", target);
      int lanes = target.lanes(element);
      ParameterId x = k.parameter("x", element, {64}), y = k.parameter("y", element, {64});
      k.serial("n", 0, 64, lanes,
               [&](Affine n) { k.store(k.place(y, {n}), k.call(Scalar::sin, k.load(k.place(x, {n}), lanes))); });
      std::string text = emit_llvm(program_of(k.finish(), target));
      EXPECT_EQ(text.find("rare:") != std::string::npos, element == Element::f64) << spelling(tier);
    }
  }
}

}  // namespace
}  // namespace nnc::testing
