// Networks on data (N1 to N11).
#include <algorithm>
#include <cmath>

#include "runtime/explain/gradient_check.h"
#include "tests/lectures/lecture.h"

namespace nnc::test {
namespace {

double weight(const Tensors& weights, const std::string& path) { return weights.at(path).number(0); }

TEST(Networks, N1LineIsThatOfLeastSquares) {
  const std::vector<double> x{1, 2, 3, 4, 5, 6}, y{3.1, 4.9, 7.2, 9.1, 10.8, 13.2};
  double n = 6, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (size_t i = 0; i < x.size(); ++i) sx += x[i], sy += y[i], sxx += x[i] * x[i], sxy += x[i] * y[i];
  const double a = (n * sxy - sx * sy) / (n * sxx - sx * sx);
  auto weights = trained_weights(training("n1_line.nn", Element::f32));
  EXPECT_NEAR(weight(weights, "line.a"), a, 1e-4);
  EXPECT_NEAR(weight(weights, "line.b"), (sy - a * sx) / n, 1e-4);
}

TEST(Networks, N2LogisticRegressionHasTheDigitsOfAReference) {
  double w = 0, b = 0;
  const std::vector<double> x{2, 4, 6, 8, 10, 12, 14}, y{0, 0, 0, 1, 1, 1, 1};
  auto sigmoid = [](double z) { return 1 / (1 + std::exp(-z)); };
  for (int epoch = 0; epoch < 5000; ++epoch) {
    double dw = 0, db = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double difference = sigmoid(w * x[i] + b) - y[i];
      dw += difference * x[i] / 7;
      db += difference / 7;
    }
    w -= 0.007 * dw;
    b -= 0.007 * db;
  }
  auto weights = trained_weights(training("n2_logistic.nn"));
  const double found_w = weight(weights, "pass.w"), found_b = weight(weights, "pass.b");
  for (double hours : {3.0, 7.0, 17.0, 60.0}) {
    EXPECT_NEAR(sigmoid(found_w * hours + found_b), sigmoid(w * hours + b), 1e-8) << hours;
  }
}

TEST(Networks, N3LargeInputsNeedScaling) {
  auto run = [](const char* scaled) {
    SessionOptions options = training("n3_days.nn", Element::f32);
    options.overrides.options["scaled"] = scaled;
    return train_file(options).scores;
  };
  auto with = run("true"), without = run("false");
  EXPECT_EQ(with.at("train.accuracy"), 1);
  EXPECT_LT(with.at("train.loss"), 0.1);
  EXPECT_GT(without.at("train.loss"), 10 * with.at("train.loss"));
}

TEST(Networks, N4CrossEntropyLearnsFasterWhereASigmoidIsWrong) {
  auto error = [](const char* entropy) {
    SessionOptions options = training("n4_two_losses.nn", Element::f32);
    options.overrides.options["entropy"] = entropy;
    return train_file(options).scores.at("train.error");
  };
  EXPECT_LT(error("true"), 0.1);
  EXPECT_GT(error("false"), 0.5);
}

TEST(Networks, N5ScalingToTheDigits) {
  const Given columns = {{"a",
                          "[[1, 10, 100], [2, 20, 200], [3, 30, 300], [4, 40, 400], [5, 50, 500], "
                          "[6, 60, 600], [7, 70, 700], [8, 80, 800], [9, 90, 900], [10, 100, 1000]]"}};
  const std::vector<double> minmax = results("n5_scaling.nn", "minmax_by_hand", columns)[0];
  const std::vector<double> standard = results("n5_scaling.nn", "standardize_by_hand", columns)[0];
  for (size_t column = 0; column < 3; ++column) {
    EXPECT_EQ(minmax[column], 0);
    EXPECT_NEAR(minmax[3 + column], 0.111111, 5e-7);
    EXPECT_EQ(minmax[27 + column], 1);
    EXPECT_NEAR(standard[column], -1.486301, 5e-7);
    EXPECT_NEAR(standard[3 + column], -1.156012, 5e-7);
  }
}

TEST(Networks, N6StepsAnEpochAreRowsByBatchRoundedUp) {
  for (const auto& [batch, steps] : std::map<std::string, int64_t>{{"10", 1}, {"4", 3}, {"2", 5}, {"1", 10}}) {
    for (const char* shuffle : {"true", "false"}) {
      SessionOptions options = training("n6_batches.nn", Element::f32);
      options.overrides.train["batch"] = batch;
      options.overrides.train["shuffle"] = shuffle;
      EXPECT_EQ(train_file(options).outcome.steps, steps) << batch;
    }
  }
}

TEST(Networks, N7TaipeiNeedsScaledColumns) {
  if (data_folder().empty()) GTEST_SKIP() << "skipped: no data";
  auto rmse = [](const char* scaled) {
    SessionOptions options = training("n7_taipei.nn", Element::f32);
    options.overrides.options["scaled"] = scaled;
    return train_file(options).scores.at("test.rmse");
  };
  EXPECT_LT(rmse("true"), 10);
  EXPECT_GT(rmse("false"), 12);
}

TEST(Networks, N8BostonOverFiveSplits) {
  if (data_folder().empty()) GTEST_SKIP() << "skipped: no data";
  std::vector<double> errors;
  for (const char* cut : {"1", "2", "3", "4", "5"}) {
    SessionOptions options = training("n8_boston.nn", Element::f32);
    options.overrides.options["cut"] = cut;
    errors.push_back(train_file(options).scores.at("test.rmse"));
  }
  std::sort(errors.begin(), errors.end());
  EXPECT_LT(errors[2], 4.5);
}

TEST(Networks, N9MnistReachesItsAccuracyAndItsGradientsAgree) {
  if (data_folder().empty()) GTEST_SKIP() << "skipped: no data";
  double sum = 0;
  for (const char* seed : {"1", "2", "3"}) {
    SessionOptions options = training("n9_mnist.nn", Element::f32);
    options.overrides.train["seed"] = seed;
    const double accuracy = train_file(options).scores.at("valid.accuracy");
    EXPECT_GE(accuracy, 0.965) << "seed " << seed;
    sum += accuracy;
  }
  EXPECT_GE(sum / 3, 0.969);
  for (const GradientReport& report : check_gradients(training("n9_mnist.nn"))) EXPECT_TRUE(report.agrees());
}

/// Two epochs are what its `expect` is of; this is a tenth of one.
TEST(Networks, C1ConvolutionLearnsDigits) {
  if (data_folder().empty()) GTEST_SKIP() << "skipped: no data";
  SessionOptions options = training("c1_convolution.nn", Element::f32);
  options.overrides.train["steps"] = "100";
  EXPECT_GE(train_file(options).scores.at("valid.accuracy"), 0.85);
}

TEST(Networks, R1TextIsLearntFromItsCharacters) {
  SessionOptions options = training("r1_text.nn", Element::f32);
  options.data_directory.clear();  // its text stands beside it
  const auto scores = train_file(options).scores;
  EXPECT_LT(scores.at("valid.loss"), 0.6);
  EXPECT_GT(scores.at("valid.accuracy"), 0.75);
}

TEST(Networks, N9MnistHas39760Parameters) {
  if (data_folder().empty()) GTEST_SKIP() << "skipped: no data";
  SessionOptions options = training("n9_mnist.nn", Element::f32);
  options.overrides.train["steps"] = "1";
  int64_t parameters = 0;
  for (const auto& [path, tensor] : trained_weights(options)) {
    if (path.starts_with("net.")) parameters += tensor.count();
  }
  EXPECT_EQ(parameters, 39'760);
}

TEST(Networks, N10DropoutAndEarlyStoppingMendOverfitting) {
  if (data_folder().empty()) GTEST_SKIP() << "skipped: no data";
  auto scores = [](const char* drop, bool stops) {
    SessionOptions options = training("n10_overfitting.nn", Element::f32);
    options.overrides.options["drop"] = drop;
    if (stops) options.overrides.train["stop"] = "no_improvement(valid.loss, patience: 40, restore: best)";
    return train_file(options).scores;
  };
  auto heart = scores("0", false), dropout = scores("0.3", false), stopped = scores("0", true);
  EXPECT_LT(heart.at("train.loss"), 1);
  EXPECT_GT(heart.at("valid.loss"), 1.15 * stopped.at("valid.loss"));
  EXPECT_GT(stopped.at("train.loss"), 5);
  for (const auto& mended : {dropout, stopped}) EXPECT_LT(mended.at("test.loss"), 0.95 * heart.at("test.loss"));
}

TEST(Networks, N11OptimizersGoDownUnlessTheirRateIsWrong) {
  auto trained = [](const char* optimizer) {
    SessionOptions options = training("n11_descent.nn", Element::f32);
    options.overrides.train["optimizer"] = optimizer;
    return train_file(options);
  };
  for (const char* optimizer : {"sgd(0.9)", "momentum(0.1)", "adagrad(1.5)", "rmsprop(0.3)", "adam(0.3)"}) {
    EXPECT_LT(trained(optimizer).scores.at("train.loss"), 0.1) << optimizer;
  }
  EXPECT_GT(trained("sgd(0.01)").scores.at("train.loss"), 3);
  EXPECT_EQ(trained("sgd(3)").outcome.steps, 28);
}

}  // namespace
}  // namespace nnc::test
