// Whole programs: every example trains and meets its own `expect`; the promises about bits hold on the way.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "runtime/train/start_state.h"
#include "runtime/weights/weights.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

using test::example;
using test::train_file;

SessionOptions options_of(const std::string& file) {
  SessionOptions options;
  options.file = file;
  options.data_directory = file.ends_with("xor.nn") ? "" : test::data_folder();
  return options;
}

void expect_met(const TrainResult& result) {
  EXPECT_EQ(result.outcome.end == TrainEnd::not_finite, false);
  ASSERT_FALSE(result.expectations.empty());
  for (const Expectation& expectation : result.expectations) {
    EXPECT_TRUE(expectation.met) << expectation.text << ", found " << expectation.found;
  }
}

/// The weights after a run of so many `epochs` or `steps`, as the bytes of the file.
std::string weights_after(SessionOptions options, const std::string& count, const std::string& unit = "epochs") {
  TempFolder folder;
  options.overrides.train[unit] = count;
  Session session(std::move(options));
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  session.train(request);
  std::ifstream file(request.out_file, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Programs, XorLearns) { expect_met(train_file(options_of(example("xor.nn")))); }

/// A layer, a parameter or a whole turn of a loop that the loss does not see: a warning, and their gradient is 0.
TEST(Programs, WhatNothingUsesStillTrains) {
  for (const char* optimizer : {"sgd(0.01)", "momentum(0.01)", "adam(0.01)"}) {
    TempFolder folder;
    SessionOptions options;
    options.file = folder.write("unused.nn", std::string(R"(
data d = table { x: f32[2] = [[0, 1], [1, 2], [3, 4]]; y: f32 = [1, 2, 3] }
model net(x: f32[B, 2]) -> f32[B] {
  param nothing: f32[2] = ones
  aside = x |> dense(3)
  for i in 0..2 { h = x |> dense(2) }
  x |> dense(1) |> squeeze
}
train { data = d; epochs = 3; loss = mse(net(x), y); optimizer = )") +
                                                 optimizer + " }\n");
    TrainResult result = train_file(options);
    EXPECT_EQ(result.outcome.end, TrainEnd::finished) << optimizer;
  }
}

/// LLVM instructions of everything that trains `layers` equal layers behind one of another size.
int64_t instructions_of(int layers) {
  TempFolder folder;
  std::string net = "x |> dense(64)";
  for (int i = 0; i < layers; ++i) net += " |> relu |> dense(64)";
  SessionOptions options;
  options.file = folder.write("deep.nn",
                              "data d = table { x: f32[2] = [[0, 1], [1, 2]]; y: f32[1] = [[1], [2]] }\n"
                              "model net(x: f32[B, 2]) -> f32[B, 1] = " +
                                  net + " |> relu |> dense(1)\n" +
                                  "train { data = d; batch = 100; epochs = 0; loss = mse(net(x), y)\n"
                                  "  optimizer = adam(1e-3) }\n");
  int64_t count = 0;
  options.on_built = [&](const BuildTimes& times) {
    if (times.graph != "train") return;
    for (const KernelCode& kernel : times.kernels) count += kernel.llvm_instructions;
  };
  train_file(std::move(options));
  return count;
}

TEST(Programs, AnEqualLayerMoreSharesTheCodeOfTheOthers) {
  int64_t four = instructions_of(4), eight = instructions_of(8);
  EXPECT_GT(four, 1000);
  EXPECT_LE(eight - four, 4 * 150);
}

TEST(Programs, AnInitialiserMayHaveOneShape) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("own.nn", R"(
data d = table { x: f32[2] = [[0, 1], [1, 2]]; y: f32 = [1, 2] }
fn rising(scale: f32)() -> f32[2] = scale * (1 + random_uniform(shape: [2]))
model net(x: f32[B, 2]) -> f32[B] {
  param w: f32[2] = rising(2)
  x @ w
}
train { data = d; epochs = 1; loss = mse(net(x), y); optimizer = sgd(0) }
)");
  Session session(std::move(options));
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  session.train(request);
  Tensor w = read_weights(request.out_file).tensors.at("net.w");
  for (double value : w.numbers()) EXPECT_TRUE(value >= 2 && value < 4) << value;
}

/// The number that a built-in gives is a start value, and the definition called next is no initialiser for it.
TEST(Programs, AStartValueMayBeComputedByABuiltIn) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("root.nn", R"(
data d = table { x: f32[2] = [[0, 1], [1, 2]]; y: f32 = [1, 2] }
model net(x: f32[B, 2]) -> f32[B] {
  param w: f32[2] = sqrt(4)
  param v: f32[2] = max(0.5, 0)
  x @ w + x @ v
}
train { data = d; epochs = 1; loss = 1e-3 * l2(net) + mse(net(x), y); optimizer = sgd(0) }
)");
  Session session(std::move(options));
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  EXPECT_EQ(session.train(request).outcome.end, TrainEnd::finished);
  Weights weights = read_weights(request.out_file);
  EXPECT_EQ(weights.tensors.at("net.w").numbers(), (std::vector<double>{2, 2}));
  EXPECT_EQ(weights.tensors.at("net.v").numbers(), (std::vector<double>{0.5, 0.5}));
}

TEST(Programs, BostonMeetsItsExpectation) {
  if (test::data_folder().empty()) GTEST_SKIP() << "skipped: no data";
  expect_met(train_file(options_of(example("boston.nn"))));
}

TEST(Programs, MnistMeetsItsExpectation) {
  if (test::data_folder().empty()) GTEST_SKIP() << "skipped: no data";
  expect_met(train_file(options_of(example("mnist.nn"))));
}

TEST(Programs, EveryRunGivesTheSameBits) {
  SessionOptions options = options_of(example("xor.nn"));
  EXPECT_EQ(weights_after(options, "200"), weights_after(options, "200"));
  if (test::data_folder().empty()) GTEST_SKIP() << "skipped: no data";
  for (const char* file : {"boston.nn", "mnist.nn"}) {
    options = options_of(example(file));
    EXPECT_EQ(weights_after(options, "40", "steps"), weights_after(options, "40", "steps")) << file;
  }
}

/// Boston has a short last batch, so both kernel sets run.
TEST(Programs, InterpreterAndMachineCodeGiveTheSameWeights) {
  struct Case {
    const char *file, *count, *unit;
  };
  for (const Case& each :
       {Case{"xor.nn", "50", "epochs"}, Case{"boston.nn", "2", "epochs"}, Case{"mnist.nn", "2", "steps"}}) {
    if (std::string(each.file) != "xor.nn" && test::data_folder().empty()) GTEST_SKIP() << "skipped: no data";
    SessionOptions compiled = options_of(example(each.file)), interpreted = compiled;
    interpreted.interpret = true;
    EXPECT_EQ(weights_after(interpreted, each.count, each.unit), weights_after(compiled, each.count, each.unit))
        << each.file;
  }
}

TEST(Programs, AnotherSeedGivesOtherWeights) {
  SessionOptions other = options_of(example("xor.nn"));
  other.overrides.train["seed"] = "8";
  EXPECT_NE(weights_after(other, "5"), weights_after(options_of(example("xor.nn")), "5"));
}

/// From the same start weights: those of initialisers are drawn anew for each precision.
TEST(Programs, PrecisionF64AgreesWithF32) {
  SessionOptions single = options_of(example("lectures/b1_step_by_hand.nn")), wide = single;
  single.overrides.train["epochs"] = wide.overrides.train["epochs"] = "100";
  wide.overrides.precision = Element::f64;
  double a = train_file(single).scores.at("train.loss"), b = train_file(wide).scores.at("train.loss");
  EXPECT_NEAR(a, b, 1e-7);
  EXPECT_NE(a, b);
}

TEST(Programs, AShortLastBatchIsWeightedByItsRows) {
  // Four rows in batches of three: with a rate of 0 every epoch's loss is the mean over the four rows.
  SessionOptions whole = options_of(example("xor.nn"));
  whole.overrides.options["lr"] = "0";
  whole.overrides.train["epochs"] = "3";
  SessionOptions cut = whole;
  cut.overrides.train["batch"] = "3";
  EXPECT_NEAR(train_file(whole).scores.at("train.loss"), train_file(cut).scores.at("train.loss"), 1e-6);
}

TEST(Programs, StepsInsteadOfEpochs) {
  SessionOptions options = options_of(example("xor.nn"));
  options.overrides.train["steps"] = "7";
  TrainResult result = train_file(options);
  EXPECT_EQ(result.outcome.steps, 7);
}

TEST(Programs, StopsAtALossThatIsNotFiniteAndKeepsTheLastGoodWeights) {
  TempFolder folder;
  folder.write("bad.nn",
               "data d = table { x: f32[1] = [[1], [2]]\n y: f32[1] = [[1], [2]] }\n"
               "model net(x: f32[B, 1]) -> f32[B, 1] { param w: f32[1, 1] = ones\n x @ w }\n"
               "train { data = d; batch = 2; epochs = 2000; seed = 1\n loss = mean((net(x) - y)^4) + mean(net(x)^6)\n"
               " optimizer = sgd(10.0) }\n");
  SessionOptions options;
  options.file = folder.path("bad.nn");
  Session session(options);
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  TrainResult result = session.train(request);
  EXPECT_EQ(result.outcome.end, TrainEnd::not_finite);
  Weights weights = read_weights(request.out_file);
  EXPECT_TRUE(std::isfinite(weights.tensors.at("net.w").number(0)));
}

// At the first step the loss is finite and its slope, that of x^0.5 at 0, is not.
TEST(Programs, StopsAtAnUpdateThatIsNotFiniteAndKeepsTheLastGoodWeights) {
  TempFolder folder;
  folder.write("bad.nn",
               "data d = table { x: f32[1] = [[1], [1], [0]] }\n"
               "model net(x: f32[B, 1]) -> f32[B, 1] { param w: f32[1, 1] = ones\n x @ w }\n"
               "train { data = d; batch = 1; epochs = 2; shuffle = false; seed = 1\n loss = -mean(net(x)^0.5)\n"
               " optimizer = sgd(0.5) }\n");
  SessionOptions options;
  options.file = folder.path("bad.nn");
  Session session(options);
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  TrainResult result = session.train(request);
  EXPECT_EQ(result.outcome.end, TrainEnd::not_finite);
  EXPECT_EQ(result.outcome.steps, 2);
  EXPECT_EQ(result.outcome.broken, "net.w");
  EXPECT_NE(result.not_finite.first.find("bad.nn:5"), std::string::npos) << result.not_finite.first;
  Weights weights = read_weights(request.out_file);
  EXPECT_NEAR(weights.tensors.at("net.w").number(0), 1.47360679774998, 1e-6);  // 1, 1.25, 1.25 + 0.25 / sqrt(1.25)
  EXPECT_EQ(weights.metadata.at("step"), "2");
}

// As Ctrl-C and SIGTERM do while the program compiles.
TEST(Programs, ARunStoppedBeforeItsFirstStepLeavesWhatIsThere) {
  TempFolder folder;
  const std::string file = folder.write("w.safetensors", "");
  Session session(options_of(example("xor.nn")));
  int32_t stop = 1;
  TrainRequest request;
  request.out_file = file;
  request.stop = &stop;
  TrainResult result = session.train(request);
  EXPECT_EQ(result.outcome.end, TrainEnd::interrupted);
  EXPECT_EQ(result.not_kept, "no step was completed");
  EXPECT_EQ(result.weights_file, "");
  EXPECT_EQ(folder.read("w.safetensors"), "");
  EXPECT_EQ(folder.files(), 1);
}

/// A network with a split of each kind, trained for two epochs.
SessionOptions split_program(TempFolder& folder) {
  folder.write("d.csv", "x,y\n1,2\n2,3\n3,4\n4,5\n5,6\n6,7\n7,8\n8,9\n9,10\n10,11\n");
  SessionOptions options;
  options.file = folder.write(
      "a.nn",
      "data d = csv(\"d.csv\", split: {train: 0.6, valid: 0.2, test: 0.2}) { x: f32[1] = column(\"x\")\n"
      " y: f32[1] = column(\"y\") }\n"
      "model net(x: f32[B, 1]) -> f32[B, 1] = x |> dense(1)\n"
      "train { data = d.train; valid = d.valid; test = d.test; batch = 2; epochs = 2; loss = mse(net(x), y) "
      "}\nexpect test.loss < 1e9\n");
  return options;
}

TEST(Programs, ScoringThatIsStoppedLeavesTheWeightsSavedAndJudgesNothing) {
  TempFolder folder;
  Session session(split_program(folder));
  int32_t stop = 0;
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  request.stop = &stop;
  request.on_epoch = [&](const EpochReport& report) { stop = report.epoch == 2 ? 1 : 0; };
  TrainResult result = session.train(request);
  EXPECT_EQ(result.outcome.end, TrainEnd::interrupted);
  EXPECT_EQ(result.outcome.steps, 6);
  EXPECT_TRUE(result.scores.empty());
  EXPECT_TRUE(result.expectations.empty()) << "nobody knows whether it is met";
  EXPECT_EQ(read_weights(request.out_file).metadata.at("step"), "6");
}

TEST(Programs, AnEpochWhoseValidationIsStoppedIsKeptWithoutItsScores) {
  TempFolder folder;
  Session session(split_program(folder));
  const BoundProgram& program = session.bind_training();
  const TrainInfo& info = train_info(program);
  SplitView split = split_view(session.prepared().data, info.data, info.split);
  Compiled compiled = compile(session.prepared(), session.build_options(), std::ssize(split.rows));
  StateBlock state = start_state(program, session.build_options(), compiled.exact, 0);
  Steps steps(compiled.exact, state, split, settings(program), 0);
  int64_t validations = 0;
  TrainSetup setup{&info, &metrics(program), &split, &steps, nullptr, &state, [&]() -> std::optional<Scores> {
                     if (++validations > 1) return std::nullopt;
                     return Scores{{"loss", 1}};
                   }};
  TrainOutcome outcome = train(setup, {});
  EXPECT_EQ(outcome.end, TrainEnd::interrupted);
  EXPECT_EQ(outcome.steps, 6);
  ASSERT_EQ(outcome.history.size(), 2U);
  EXPECT_EQ(outcome.history[0].valid.size(), 1U);
  EXPECT_TRUE(outcome.history[1].valid.empty());
  EXPECT_TRUE(outcome.valid.empty());
}

TEST(Programs, AnEvaluationThatIsStoppedHasNoScores) {
  TempFolder folder;
  Session session(split_program(folder));
  const BoundProgram& program = session.bind_training();
  SplitView split = split_view(session.prepared().data, train_info(program).data, "train");
  Executable evaluation = Executable::build(evaluation_graph(program), session.build_options(), 4, false);
  StateBlock state(evaluation.program());
  Steps steps(evaluation, state, split, settings(program), 0);
  int32_t stop = 0;
  EXPECT_TRUE(evaluate(steps, split, metrics(program), &stop).has_value());
  stop = 1;
  EXPECT_FALSE(evaluate(steps, split, metrics(program), &stop).has_value());
}

TEST(Programs, WeightsStartARunAgain) {
  TempFolder folder;
  SessionOptions options = options_of(example("xor.nn"));
  Session first(options);
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  first.train(request);
  options.overrides.train["epochs"] = "1";
  Session second(options);
  TrainRequest again;
  again.init_file = request.out_file;
  again.write_weights = false;
  EXPECT_LT(second.train(again).scores.at("train.loss"), 0.01);
}

TEST(Programs, WeightsOfAnotherNetworkAreRefusedWithEveryDifference) {
  TempFolder folder;
  SessionOptions options = options_of(example("xor.nn"));
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  Session(options).train(request);
  options.overrides.options["hidden"] = "5";
  TrainRequest again;
  again.init_file = request.out_file;
  again.write_weights = false;
  Session wider(options);
  try {
    wider.train(again);
    FAIL() << "weights of another shape were taken";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), ExitCode::wrong_program);
    EXPECT_NE(std::string(failure.what()).find("net.W1"), std::string::npos) << failure.what();
    EXPECT_NE(std::string(failure.what()).find("net.b1"), std::string::npos) << failure.what();
  }
}

TEST(Programs, TextClassesAreKeptWithTheWeights) {
  TempFolder folder;
  folder.write("animals.csv", "size,kind\n1,mouse\n2,mouse\n8,cow\n9,cow\n");
  folder.write("animals.nn",
               "data animals = csv(\"animals.csv\") { x: f32 = column(\"size\")\n y: class(2) = column(\"kind\") }\n"
               "model net(x: f32[B]) -> logit[B, 2] { param w: f32[2] = zeros\n param b: f32[2] = zeros\n"
               " logit(reshape(x, [B, 1]) * w + b) }\n"
               "train { data = animals; batch = 4; epochs = 3; seed = 1\n loss = cross_entropy(net(x), y)\n"
               " optimizer = sgd(0.1) }\n");
  SessionOptions options;
  options.file = folder.path("animals.nn");
  Session session(options);
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  session.train(request);
  Weights weights = read_weights(request.out_file);
  EXPECT_EQ(weights.metadata.at("vocabulary.animals.kind"), "[\"cow\",\"mouse\"]");
}

TEST(Programs, EarlyStoppingRestoresTheBestEpoch) {
  if (test::data_folder().empty()) GTEST_SKIP() << "skipped: no data";
  TempFolder folder;
  Session session(options_of(example("boston.nn")));
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  TrainResult result = session.train(request);
  ASSERT_EQ(result.outcome.end, TrainEnd::stopped_early);
  double best = result.outcome.history.at(0).valid.at("mae");
  for (const EpochReport& report : result.outcome.history) best = std::min(best, report.valid.at("mae"));
  EXPECT_EQ(result.scores.at("valid.mae"), best);
  // The file says of which moment its weights are.
  int64_t steps_an_epoch = result.outcome.steps / result.outcome.epochs;
  Weights weights = read_weights(request.out_file);
  EXPECT_EQ(weights.metadata.at("epoch"), std::to_string(result.outcome.best_epoch));
  EXPECT_EQ(weights.metadata.at("step"), std::to_string(result.outcome.best_epoch * steps_an_epoch));
}

}  // namespace
}  // namespace nnc
