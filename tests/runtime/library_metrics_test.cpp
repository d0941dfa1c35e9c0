// Metrics of the library against formulas over the whole split, the same for every size of a batch.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

constexpr int kRows = 50, kClasses = 4;
constexpr std::array<double, kClasses> kWeights{1, 5, 0.5, 2};

double score(int row, int k) { return 3 * std::sin(1.3 * row + 2.1 * k * k); }
int label(int row) { return row % 7 == 0 ? 3 : row % 3; }

int found(int row) {
  int best = 0;
  for (int k = 1; k < kClasses; ++k) best = score(row, k) > score(row, best) ? k : best;
  return best;
}

/// What the formulas count.
struct Counts {
  std::array<double, kClasses> hits{}, named{}, rows{};
  double right = 0, among_two = 0, entropy = 0, squares = 0, shares = 0;
  /// Of class 0 as a yes or no: what is found at 0.5 and at 0.9, how much of that is right, and what there is.
  double hits_half = 0, named_half = 0, hits_sure = 0, named_sure = 0;
  double weighted_entropy = 0, weights = 0;  ///< each row by the weight of its label

  Counts() {
    for (int row = 0; row < kRows; ++row) {
      const int t = label(row), f = found(row);
      ++rows.at(t), ++named.at(f);
      if (t == f) ++hits.at(t), ++right;
      double above = 0, sum = 0;
      for (int k = 0; k < kClasses; ++k) {
        above += score(row, k) > score(row, t) ? 1 : 0;
        sum += std::exp(score(row, k));
        squares += std::pow(score(row, k) - 2, 2), shares += std::fabs(score(row, k) - 2) / 2;
      }
      const bool half = score(row, 0) > 0, sure = score(row, 0) > std::log(9.0);
      named_half += half, hits_half += half && t == 0, named_sure += sure, hits_sure += sure && t == 0;
      among_two += above < 2 ? 1 : 0;
      entropy += std::log(sum) - score(row, t);
      weighted_entropy += kWeights.at(t) * (std::log(sum) - score(row, t));
      weights += kWeights.at(t);
    }
  }
  double f1(int k) const { return 2 * hits.at(k) / std::max(named.at(k) + rows.at(k), 1.0); }
  double mean(double (*of)(const Counts&, int)) const {
    double sum = 0;
    for (int k = 0; k < kClasses; ++k) sum += of(*this, k) / kClasses;
    return sum;
  }
  double matthews() const {
    double both = 0, n2 = 0, r2 = 0;
    for (int k = 0; k < kClasses; ++k)
      both += named.at(k) * rows.at(k), n2 += named.at(k) * named.at(k), r2 += rows.at(k) * rows.at(k);
    const double n = kRows;
    return (n * right - both) / std::sqrt((n * n - n2) * (n * n - r2));
  }
};

std::map<std::string, double> scores_of(const std::string& metrics, int batch,
                                        const std::string& loss = "cross_entropy(net(x), t)") {
  std::string csv = "a,b,c,d,t\n";
  for (int row = 0; row < kRows; ++row) {
    for (int k = 0; k < kClasses; ++k) csv += fmt::format("{:.17g},", score(row, k));
    csv += fmt::format("{}\n", label(row));
  }
  TempFolder folder;
  folder.write("d.csv", csv);
  SessionOptions options;
  options.file = folder.write("a.nn", fmt::format(R"(
data d = csv("d.csv") {{
  x: f32[4] = columns("a".."d")
  t: class(4) = column("t")
}}
model net(x: f32[B, 4]) -> logit[B, 4] {{
  param a: f32 = 1
  a * x
}}
train {{
  data = d;  valid = d;  batch = {};  epochs = 1;  shuffle = false
  loss = {}
  metrics = {{{}}}
  optimizer = sgd(1e-30)
}}
)",
                                                  batch, loss, metrics));
  options.overrides.precision = Element::f64;
  return test::train_file(options).scores;
}

TEST(LibraryMetrics, AreThoseOfTheWholeSplitForEveryBatch) {
  const Counts c;
  struct Metric {
    const char* expression;
    double wanted;
  };
  const std::vector<Metric> all{
      {"accuracy(net(x), t)", c.right / kRows},
      {"top_k(2)(net(x), t)", c.among_two / kRows},
      {"top_k(4)(net(x), t)", 1},
      {"precision(net(x), t)",
       c.mean([](const Counts& s, int k) { return s.hits.at(k) / std::max(s.named.at(k), 1.0); })},
      {"precision(micro)(net(x), t)", c.right / kRows},
      {"precision(1)(net(x), t)", c.hits[1] / std::max(c.named[1], 1.0)},
      {"recall(net(x), t)", c.mean([](const Counts& s, int k) { return s.hits.at(k) / s.rows.at(k); })},
      {"recall(micro)(net(x), t)", c.right / kRows},
      {"recall(3)(net(x), t)", c.hits[3] / c.rows[3]},
      {"f1(net(x), t)", c.mean([](const Counts& s, int k) { return s.f1(k); })},
      {"f1(micro)(net(x), t)", c.right / kRows},
      {"f1(2)(net(x), t)", c.f1(2)},
      {"matthews(net(x), t)", c.matthews()},
      {"perplexity(net(x), t)", std::exp(c.entropy / kRows)},
      {"binary_precision(net(x)[.., 0], one_hot(t)[.., 0])", c.hits_half / c.named_half},
      {"binary_precision(sigmoid(net(x)[.., 0]), one_hot(t)[.., 0], threshold: 0.9)", c.hits_sure / c.named_sure},
      {"binary_recall(net(x)[.., 0], one_hot(t)[.., 0])", c.hits_half / c.rows[0]},
      {"binary_recall(0.9)(net(x)[.., 0], one_hot(t)[.., 0])", c.hits_sure / c.rows[0]},
      {"binary_f1(net(x)[.., 0], one_hot(t)[.., 0])", 2 * c.hits_half / (c.named_half + c.rows[0])},
      {"binary_f1(net(x)[.., 0], 0 * x[.., 0], threshold: 1)", 0},
      {"rmse(x, 0 * x + 2)", std::sqrt(c.squares / (kRows * kClasses))},
      {"mape(x, 0 * x + 2)", 100 * c.shares / (kRows * kClasses)},
  };
  std::string metrics;
  for (size_t i = 0; i < all.size(); ++i) metrics += fmt::format("{}m{}: {}", i == 0 ? "" : ", ", i, all[i].expression);
  for (int batch : {7, 32, kRows}) {
    const auto scores = scores_of(metrics, batch);
    for (size_t i = 0; i < all.size(); ++i) {
      for (const char* split : {"train", "valid"}) {
        const double wanted = all[i].wanted;
        EXPECT_NEAR(scores.at(fmt::format("{}.m{}", split, i)), wanted, 1e-12 * std::max(1.0, wanted))
            << all[i].expression << " of " << split << " in batches of " << batch;
      }
    }
  }
}

TEST(LibraryMetrics, QuotientsOfSumsAreThoseOfTheWholeSplitForEveryBatch) {
  const Counts c;
  const double entropy = c.weighted_entropy / c.weights, mean = c.entropy / kRows;
  const std::string weighted = "cross_entropy(net(x), t, weights: [1, 5, 0.5, 2])";
  const std::vector<std::pair<std::string, double>> all{
      {weighted, entropy},
      {weighted + " + 0.25 * l2(net)", entropy + 0.25},
      {"2 * " + weighted + " / 3 - cross_entropy(net(x), t)", 2 * entropy / 3 - mean},
      {"1 - (" + weighted + " - 0.5 * " + weighted + ")", 1 - entropy / 2},
      {"sum((net(x) - 2)^2) / sum(0 * x + 2)", c.squares / (2 * kRows * kClasses)},
  };
  for (int batch : {7, 32, kRows}) {
    for (const auto& [loss, wanted] : all) {
      const auto scores = scores_of("m: " + loss, batch, loss);
      for (const char* score : {"valid.loss", "valid.m", "train.m"}) {
        EXPECT_NEAR(scores.at(score), wanted, 1e-12) << score << " of " << loss << " in batches of " << batch;
      }
    }
  }
}

}  // namespace
}  // namespace nnc
