// Optimizers and schedules of the library against plain loops in doubles, and what initialisers draw.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <numbers>

#include "runtime/weights/weights.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

using Numbers = std::vector<double>;

/// The tensor `net.w` after a training in f64.
Numbers trained(const std::string& program) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("p.nn", program);
  options.overrides.precision = Element::f64;
  Session session(std::move(options));
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  EXPECT_EQ(session.train(request).outcome.end, TrainEnd::finished);
  return read_weights(request.out_file).tensors.at("net.w").numbers();
}

constexpr int kSteps = 5;
const Numbers kSlopes{1, -2, 0.5, 0};  ///< the gradient is slope * w, w starts as 1

/// What a plain loop keeps of one weight.
struct Plain {
  double w = 1, g = 0, m = 0, v = 0, product = 1;
  int step = 0;
  double first(double beta) { return m = beta * m + (1 - beta) * g; }
  double second(double beta) { return v = beta * v + (1 - beta) * g * g; }
};

struct Optimizer {
  std::string expression;
  std::function<void(Plain&)> step;
};

void nadam(Plain& s) {
  const double now = 0.9 * (1 - 0.5 * std::pow(0.96, s.step * 0.004));
  const double ahead = 0.9 * (1 - 0.5 * std::pow(0.96, (s.step + 1) * 0.004));
  s.product *= now;
  const double m = s.first(0.9), v = s.second(0.999) / (1 - std::pow(0.999, s.step));
  const double moment = ahead * m / (1 - s.product * ahead) + (1 - now) * s.g / (1 - s.product);
  s.w -= 0.002 * moment / (std::sqrt(v) + 1e-8);
}

double adam_step(Plain& s, double eps) {
  const double m = s.first(0.9) / (1 - std::pow(0.9, s.step)), v = s.second(0.999) / (1 - std::pow(0.999, s.step));
  return m / (std::sqrt(v) + eps);
}

const std::vector<Optimizer>& optimizers() {
  static const std::vector<Optimizer> all{
      {"sgd(0.1)", [](Plain& s) { s.w -= 0.1 * s.g; }},
      {"momentum(0.1, momentum: 0.8)", [](Plain& s) { s.w -= 0.1 * (s.m = 0.8 * s.m + s.g); }},
      {"nesterov(0.1)",
       [](Plain& s) {
         s.m = 0.9 * s.m + s.g;
         s.w -= 0.1 * (s.g + 0.9 * s.m);
       }},
      {"adagrad(0.1)",
       [](Plain& s) {
         s.v += s.g * s.g;
         s.w -= 0.1 * s.g / (std::sqrt(s.v) + 1e-10);
       }},
      {"adadelta",
       [](Plain& s) {
         const double d = std::sqrt(s.m + 1e-6) / std::sqrt(s.second(0.9) + 1e-6) * s.g;
         s.m = 0.9 * s.m + 0.1 * d * d;
         s.w -= d;
       }},
      {"rmsprop(0.01)", [](Plain& s) { s.w -= 0.01 * s.g / (std::sqrt(s.second(0.99)) + 1e-8); }},
      {"adam(0.01)", [](Plain& s) { s.w -= 0.01 * adam_step(s, 1e-8); }},
      {"adamw(0.01, decay: 0.1)", [](Plain& s) { s.w = s.w * (1 - 0.01 * 0.1) - 0.01 * adam_step(s, 1e-8); }},
      {"nadam", nadam},
      {"lion(0.01, decay: 0.1)",
       [](Plain& s) {
         const double u = 0.9 * s.m + 0.1 * s.g;
         s.w = s.w * (1 - 0.01 * 0.1) - 0.01 * (u > 0 ? 1 : u < 0 ? -1 : 0);
         s.m = 0.99 * s.m + 0.01 * s.g;
       }},
  };
  return all;
}

std::string program_of(const std::string& optimizer) {
  return "data d = table { x: f32[4] = [[1, -2, 0.5, 0]] }\n"
         "model net(x: f32[B, 4]) -> f32[B] {\n  param w: f32[4] = 1\n  sum(0.5 * x * w^2, over: -1)\n}\n"
         "train { data = d; batch = 1; epochs = 5; loss = mean(net(x)); optimizer = " +
         optimizer + " }\n";
}

TEST(LibraryOptimizers, FiveStepsAreThoseOfAPlainLoop) {
  for (const Optimizer& optimizer : optimizers()) {
    const Numbers found = trained(program_of(optimizer.expression));
    for (size_t i = 0; i < kSlopes.size(); ++i) {
      Plain plain;
      for (plain.step = 1; plain.step <= kSteps; ++plain.step) {
        plain.g = kSlopes[i] * plain.w;
        optimizer.step(plain);
      }
      EXPECT_NEAR(found[i], plain.w, 1e-12) << optimizer.expression;
    }
  }
}

TEST(LibraryOptimizers, LambScalesByTheNormsOfAWholeParameter) {
  const Numbers found = trained(program_of("lamb(0.01, decay: 0.1)"));
  std::vector<Plain> all(kSlopes.size());
  for (int step = 1; step <= kSteps; ++step) {
    double weights = 0, moves = 0;
    Numbers move;
    for (size_t i = 0; i < all.size(); ++i) {
      all[i].step = step;
      all[i].g = kSlopes[i] * all[i].w;
      move.push_back(adam_step(all[i], 1e-6) + 0.1 * all[i].w);
      weights += all[i].w * all[i].w, moves += move[i] * move[i];
    }
    for (size_t i = 0; i < all.size(); ++i) all[i].w -= 0.01 * std::sqrt(weights / moves) * move[i];
  }
  for (size_t i = 0; i < all.size(); ++i) EXPECT_NEAR(found[i], all[i].w, 1e-12);
}

struct Schedule {
  std::string expression;
  std::function<double(int step)> rate;  ///< of 12 steps, three an epoch
};

double half_cosine(double from, double to, double share) {
  return to + (from - to) * 0.5 * (1 + std::cos(std::numbers::pi * share));
}

const std::vector<Schedule>& schedules() {
  static const std::vector<Schedule> all{
      {"constant(0.5)", [](int) { return 0.5; }},
      {"step_decay(2, every: 2)", [](int step) { return step <= 6 ? 2 : 0.2; }},
      {"exponential(2, 0.5)", [](int step) { return 2 * std::pow(0.5, (step - 1) / 3); }},
      {"linear_decay(2)", [](int step) { return 2 * (12 - step) / 11.0; }},
      {"linear_decay(0.5, to: 2, over: 2)", [](int step) { return step >= 6 ? 2 : 0.5 + 1.5 * (step - 1) / 5; }},
      {"polynomial(2, to: 0.5, power: 3)", [](int step) { return 0.5 + 1.5 * std::pow((12 - step) / 11.0, 3); }},
      {"warmup(2, epochs: 2)", [](int step) { return step >= 6 ? 2 : step / 3.0; }},
      {"cosine_restarts(2, first: 1)", [](int step) { return half_cosine(2, 0, (step - 1) % 3 / 3.0); }},
      {"cosine_restarts(2, first: 1, times: 2, low: 0.5)",
       [](int step) {
         return half_cosine(2, 0.5, step <= 3 ? (step - 1) / 3.0 : step <= 9 ? (step - 4) / 6.0 : (step - 10) / 12.0);
       }},
      {"one_cycle(2)",
       [](int step) {
         const double top = 0.3 * 12 - 1, at = step - 1;
         if (at <= top) return half_cosine(2.0 / 25, 2, at / top);
         return half_cosine(2, 2.0 / 25 / 1e4, (at - top) / (11 - top));
       }},
  };
  return all;
}

TEST(LibrarySchedules, EachStepHasItsRate) {
  for (const Schedule& schedule : schedules()) {
    // The gradient is 1, 10 or 100 by the row, and the weight a sum of rates for each.
    const Numbers found = trained(
        "data d = table { x: f32[3] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]] }\n"
        "model net(x: f32[B, 3]) -> f32[B] {\n  param w: f32[3] = 0\n  sum(x * w, over: -1)\n}\n"
        "train { data = d; batch = 1; epochs = 4; shuffle = false; loss = mean(net(x)) * 2^step\n"
        "  optimizer = sgd(" +
        schedule.expression + ")\n}\n");
    Numbers wanted(3, 0);
    for (int step = 1; step <= 12; ++step)
      wanted[static_cast<size_t>((step - 1) % 3)] -= schedule.rate(step) * std::pow(2, step);
    for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(found[i], wanted[i], 1e-12 * 4096) << schedule.expression;
  }
}

/// The start values of a parameter of these sizes.
Numbers started(const std::string& initialiser, int rows, int columns) {
  return trained(fmt::format(
      "data d = table {{ x: f32 = [1] }}\n"
      "model net(x: f32[B]) -> f32[B] {{\n  param w: f32[{}, {}] = {}\n  x * sum(w)\n}}\n"
      "train {{ data = d; batch = 1; epochs = 1; seed = 5; loss = mean(net(x)); optimizer = sgd(1e-30) }}\n",
      rows, columns, initialiser));
}

TEST(LibraryInitialisers, HaveTheirVarianceAndBounds) {
  struct Wanted {
    std::string initialiser;
    double variance, bound;
  };
  // The variance of a normal number within two deviations.
  const double truncated = 0.774;
  for (const Wanted& wanted : {Wanted{"glorot", 2.0 / 300, std::sqrt(6.0 / 300)},
                               {"glorot_normal", 2.0 / 300, 1},
                               {"he", 2.0 / 100, 1},
                               {"he_uniform", 2.0 / 100, std::sqrt(6.0 / 100)},
                               {"lecun", 1.0 / 100, 1},
                               {"lecun_uniform", 1.0 / 100, std::sqrt(3.0 / 100)},
                               {"truncated(0.5)", 0.25 * truncated, 1}}) {
    const Numbers w = started(wanted.initialiser, 100, 200);
    double sum = 0, squares = 0, largest = 0;
    for (double x : w) sum += x, squares += x * x, largest = std::max(largest, std::fabs(x));
    const auto count = static_cast<double>(w.size());
    EXPECT_NEAR(squares / count, wanted.variance, 0.04 * wanted.variance) << wanted.initialiser;
    EXPECT_NEAR(sum / count, 0, 4 * std::sqrt(wanted.variance / count)) << wanted.initialiser;
    EXPECT_LE(largest, wanted.bound) << wanted.initialiser;
    EXPECT_GT(largest, 0.99 * std::min(wanted.bound, 3 * std::sqrt(wanted.variance))) << wanted.initialiser;
  }
}

TEST(LibraryInitialisers, IdentityIsGainOnTheDiagonal) {
  for (auto [rows, columns] : {std::pair{5, 12}, {12, 5}, {7, 7}}) {
    const Numbers w = started("identity", rows, columns), half = started("identity(gain: 0.5)", rows, columns);
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < columns; ++j) {
        const auto place = static_cast<size_t>(i * columns + j);
        EXPECT_NEAR(w[place], i == j ? 1 : 0, 1e-29) << rows << " x " << columns;
        EXPECT_NEAR(half[place], i == j ? 0.5 : 0, 1e-29) << rows << " x " << columns;
      }
    }
  }
}

TEST(LibraryInitialisers, OrthogonalRowsOrColumnsAreOrthonormal) {
  for (auto [rows, columns] : {std::pair{5, 12}, {12, 5}, {30, 30}}) {
    const Numbers w = started("orthogonal", rows, columns);
    const int few = std::min(rows, columns), many = std::max(rows, columns);
    auto at = [&](int i, int k) { return w[static_cast<size_t>(rows <= columns ? i * columns + k : k * columns + i)]; };
    for (int i = 0; i < few; ++i) {
      for (int j = 0; j < few; ++j) {
        double product = 0;
        for (int k = 0; k < many; ++k) product += at(i, k) * at(j, k);
        EXPECT_NEAR(product, i == j ? 1 : 0, 1e-12) << rows << " x " << columns;
      }
    }
  }
}

}  // namespace
}  // namespace nnc
