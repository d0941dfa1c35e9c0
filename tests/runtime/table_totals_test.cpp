// Metrics whose totals are tables: added up element by element over batches, combined into one number.
#include <gtest/gtest.h>

#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

/// The scores of `metrics` over five rows in batches of two, of the classes 0, 0, 0, 1, 2.
std::map<std::string, double> scores_of(const std::string& metric, const std::string& classes, const std::string& model,
                                        const std::string& metrics) {
  TempFolder folder;
  folder.write("d.csv", "a,b,c,t\n3,1,0,u\n2,1,0,u\n0,1,0,u\n0,4,0,v\n1,0,0,w\n");
  SessionOptions options;
  options.file = folder.write("a.nn", metric + R"(
data d = csv("d.csv") {
  x: f32[3] = columns("a".."c")
  t: class()" + classes + R"() = column("t")
})" + model + R"(
train {
  data = d;  valid = d;  batch = 2;  epochs = 1;  shuffle = false
  loss = cross_entropy(net(x), t)
  metrics = )" + metrics + R"(
  optimizer = sgd(1e-9)
}
)");
  return test::train_file(options).scores;
}

/// The metric `m` where the classes 0, 0, 1, 1, 0 are found.
void expect_score(const std::string& metric, double wanted) {
  std::map<std::string, double> scores = scores_of(metric, "3", R"(
model net(x: f32[B, 3]) -> logit[B, 3] {
  param a: f32 = 1
  a * x
})",
                                                   "{m: m(net(x), t)}");
  EXPECT_NEAR(scores.at("train.m"), wanted, 1e-6) << metric;
  EXPECT_NEAR(scores.at("valid.m"), wanted, 1e-6) << metric;
}

TEST(TableTotals, OfClassesThatTheDataDecides) {
  std::map<std::string, double> scores = scores_of(R"(
metric m(p: logit[B, K], t: class(K)[B]) {
  total hits = sum(one_hot(t) * one_hot(argmax(p)), over: B)
  total rows = sum(one_hot(t), over: B)
  sum(hits) / sum(rows)
})",
                                                   "K", "\nmodel net(x: f32[B, 3]) -> logit[B, d.K] = x |> dense(d.K)",
                                                   "{m: m(net(x), t), a: accuracy(net(x), t)}");
  EXPECT_EQ(scores.at("train.m"), scores.at("train.a"));
  EXPECT_EQ(scores.at("valid.m"), scores.at("valid.a"));
}

TEST(TableTotals, OfEachClass) {
  expect_score(R"(
metric m(better: {high, low} = high)(p: logit[B, K], t: class(K)[B]) {
  total hits = sum(one_hot(t) * one_hot(argmax(p)), over: B)
  total rows = sum(one_hot(t), over: B)
  mean(hits / rows)
})",
               (2.0 / 3 + 1 + 0) / 3);
}

TEST(TableTotals, OfEachPairOfClasses) {
  const std::string counted = R"(
metric m(p: logit[B, K], t: class(K)[B]) {
  total table = transpose(one_hot(t)) @ one_hot(argmax(p))
  total n = B
  shares = table / n
  sum(shares[0..1, 1..2]) + 10 * sum(shares[2..3, 0..1]) + 100 * shares[0, 0]
})";
  expect_score(counted, (1 + 10 + 200) / 5.0);
}

TEST(TableTotals, OfEachColumn) {
  expect_score(R"(
metric m(p: f32[B, K], t: class(K)[B]) {
  total sums = sum(p, over: B)
  max(sums) - sums[0]
})",
               7 - 6);
}

}  // namespace
}  // namespace nnc
