// The first value that is not finite and reaches the result.
#include "ir/interpret/blame.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "ir/graph/builder.h"

namespace nnc {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class BlameTest : public testing::Test {
 protected:
  /// What is to blame for `result` where x holds these numbers.
  std::optional<Blame> blame(Value result, std::vector<double> numbers) {
    graph_.results = {{ResultKind::loss, "loss", result.id}};
    return first_to_blame(graph_, result.id, {{"x", {x_.type(), std::move(numbers)}}}, 1);
  }
  Value number(double value) { return full(graph_, value, x_.type()); }
  Value sum(Value value) { return reduce_sum(value, std::vector<int64_t>{0}); }

  Graph graph_;
  Value x_ = input(graph_, InputRole::column, "x", Type(Element::f32, {3}));
};

TEST_F(BlameTest, TheCauseNotWhatFollowsNorTheFill) {
  Value masked = select(binary("less", x_, number(0)), number(-kInfinity), x_);
  Value powered = unary("exp", unary("exp", masked));
  Value loss = sum(powered - powered * 2.0);
  EXPECT_FALSE(blame(loss, {-1, 1, 2}));
  std::optional<Blame> found = blame(loss, {-1, 5, 2});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->node, powered.id);
  EXPECT_EQ(found->value, kInfinity);
  EXPECT_NEAR(found->operands.at(0), std::exp(5.0), 1e-4);
}

TEST_F(BlameTest, WhatAChoiceDoesNotTakeIsNotToBlame) {
  Value guarded = select(binary("greater", x_, number(0)), unary("log", x_), number(0));
  Value lesser = binary("minimum", unary("exp", x_ * 1000.0), number(1));
  Value square = x_ * x_;
  Value loss = sum(guarded + lesser + square);
  EXPECT_FALSE(blame(loss, {0, 1, -1}));
  std::optional<Blame> found = blame(loss, {0, 1e30, -1});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->node, square.id);
  EXPECT_EQ(found->operands, std::vector<double>({1e30F, 1e30F}));
}

TEST_F(BlameTest, ElementsAreFollowedThroughMovementsAndSums) {
  // Row 0 is log(0), which no one takes; row 2 is log(-1).
  Value logarithm = unary("log", x_);
  Value rows = broadcast(logarithm, {3, 2}, std::array<int64_t, 1>{0});
  Value kept = slice(rows, 0, 1, 3);
  Value sums = reduce_sum(kept, std::vector<int64_t>{1});
  std::optional<Blame> found = blame(sum(reverse(sums, 0)), {0, 1, -1});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->node, logarithm.id);
  EXPECT_EQ(found->operands, std::vector<double>({-1}));
}

TEST_F(BlameTest, SumsContractionsAndWhatIsGiven) {
  Value total = sum(x_);
  EXPECT_EQ(blame(total, {3e38, 3e38, 1})->node, total.id);
  Value product = contract(x_, x_, "i, i ->");
  EXPECT_EQ(blame(product, {1e20, 1, 1})->node, product.id);
  EXPECT_EQ(blame(total, {kInfinity, 1, 1})->node, x_.id);
}

/// Kernels take denormals for zeros.
TEST_F(BlameTest, ADenormalIsAZero) {
  Value quotient = 1.0 / x_;
  EXPECT_EQ(blame(sum(quotient), {1e-39, 1, 1})->operands, std::vector<double>({1, 0}));
}

}  // namespace
}  // namespace nnc
