// What count_work says of kernels whose arithmetic and bytes are known from their formula.
#include "ir/nest/nest_work.h"

#include <gtest/gtest.h>

#include "ir/nest/nest_builder.h"
#include "ir/scalar/math_program.h"
#include "tests/codegen/contraction_kernel.h"

namespace nnc {
namespace {

constexpr Tier kTiers[] = {Tier::generic, Tier::avx2, Tier::avx512, Tier::neon};

/// Shapes that fill no tile: the last vector is masked, the last rows are a tile of their own.
TEST(NestWork, AContractionIsTwiceItsProductsAndEveryElementOnce) {
  for (Tier tier : kTiers) {
    for (testing::ContractionShape shape : {testing::ContractionShape{100, 50, 784}, {12, 32, 7}, {7, 10, 3}}) {
      const auto [m, n, k] = shape;
      KernelWork work = count_work(testing::contraction_kernel(Target::of(tier), shape, {}), Target::of(tier), 1);
      EXPECT_EQ(work.flops_f32, 2 * m * n * k) << spelling(tier);
      EXPECT_EQ(work.flops_f64, 0);
      EXPECT_EQ(work.bytes_read, 4 * (m * k + k * n)) << spelling(tier);
      EXPECT_EQ(work.bytes_written, 4 * m * n) << spelling(tier);
    }
  }
}

TEST(NestWork, RowsThatOnlyARunKnowsAreAsManyAsAreAskedFor) {
  constexpr int64_t kRows = 6, kWide = 5;
  NestBuilder k("gather", Target::of(Tier::avx2));
  ParameterId x = k.parameter("x", Element::f64, {Dim::samples(), kWide});
  ParameterId order = k.parameter("order", Element::i32, {Dim::rows()});
  ParameterId y = k.parameter("y", Element::f64, {Dim::rows(), kWide});
  NestRegister row = k.reg("row", {Element::i32, 1});
  k.serial("b", 0, kRows, 1, [&](Affine b) {
    k.assign(row, k.load(k.place(order, {b})));
    k.serial("i", 0, kWide, 1, [&](Affine i) {
      k.store(k.place(y, {b, i}), k.load(k.place(x, {row.affine(), i})) + k.constant(1, Element::f64));
    });
  });
  KernelWork work = count_work(k.finish(), Target::of(Tier::avx2), kRows);
  EXPECT_EQ(work.flops_f64, kRows * kWide);
  EXPECT_EQ(work.flops_f32, 0);
  EXPECT_EQ(work.bytes_read, kRows * (8 * kWide + 4));
  EXPECT_EQ(work.bytes_written, kRows * 8 * kWide);
}

TEST(NestWork, AFunctionCostsWhatItsPolynomialDoes) {
  constexpr int64_t kMany = 24;
  const Target target = Target::of(Tier::avx2);
  int64_t one = 0;
  for (const MathStep& e : math_program(Scalar::exp, Element::f32, true).steps) {
    if (e.kind != MathStep::Kind::apply) continue;
    one += e.function == Scalar::fused_multiply_add ? 2 : 0;
    const bool counts = e.function == Scalar::add || e.function == Scalar::subtract || e.function == Scalar::multiply ||
                        e.function == Scalar::divide;
    one += counts ? 1 : 0;
  }
  ASSERT_GT(one, 10);
  NestBuilder k("exponentials", target);
  ParameterId x = k.parameter("x", Element::f32, {kMany});
  k.serial("i", 0, kMany, 8,
           [&](Affine i) { k.store(k.place(x, {i}), k.call(Scalar::exp, k.load(k.place(x, {i}), 8))); });
  KernelWork work = count_work(k.finish(), target, 1);
  EXPECT_EQ(work.flops_f32, kMany * one);
  EXPECT_EQ(work.bytes_read, 4 * kMany);
  EXPECT_EQ(work.bytes_written, 4 * kMany);
}

TEST(NestWork, CallSitesAreTheStepsCallsWithTheirTurns) {
  NestProgram program;
  Call a{0, {}}, b{1, {}};
  program.stages = {
      {a}, {FiniteCheck{0}}, {Repeat{5, false, {{b}, {Repeat{3, true, {{a}}}}}}}, {Repeat{0, false, {{a}}}}};
  std::vector<CallSite> sites = call_sites(program);
  ASSERT_EQ(sites.size(), 3u);
  EXPECT_EQ(sites[0].times, 1);
  EXPECT_EQ(sites[1].call->kernel, 1u);
  EXPECT_EQ(sites[1].times, 5);
  EXPECT_EQ(sites[2].times, 15);
}

}  // namespace
}  // namespace nnc
