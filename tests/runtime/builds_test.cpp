#include "runtime/train/builds.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ir/print/text.h"
#include "runtime/train/late_code.h"
#include "runtime/train/session.h"
#include "support/error.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

SessionOptions boston() {
  SessionOptions options;
  options.file = std::string(NNC_SOURCE_DIR) + "/examples/boston.nn";
  return options;
}

TEST(Builds, AreWhatEachIsAlone) {
  Session session(boston());
  const Graph& step = training_graph(session.bind_training());
  const BuildOptions options = session.build_options();
  const std::vector<Build> builds{{step, 32, true}, {step, 32, false}, {step, 7, true}};
  const std::vector<Executable> built = build_all(builds, options);
  ASSERT_EQ(built.size(), builds.size());
  for (size_t i = 0; i < builds.size(); ++i) {
    const Executable alone = Executable::build(step, options, builds[i].capacity, builds[i].exact);
    EXPECT_EQ(print(built[i].program()), print(alone.program()));
  }
}

TEST(Builds, AreToldInTheirOrderAndTakeNoLongerThanTheClockSays) {
  Session session(boston());
  const Graph& step = training_graph(session.bind_training());
  BuildOptions options = session.build_options();
  std::vector<BuildTimes> told;
  options.on_built = [&](const BuildTimes& times) { told.push_back(times); };
  const auto start = std::chrono::steady_clock::now();
  build_all({{step, 32, true}, {step, 8, true}, {step, 16, false}}, options);
  const double gone = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  ASSERT_EQ(told.size(), 3U);
  double sum = 0;
  for (size_t i = 0; i < told.size(); ++i) {
    EXPECT_EQ(told[i].capacity, (std::vector<int64_t>{32, 8, 16}[i]));
    EXPECT_FALSE(told[i].kernels.empty());
    EXPECT_GT(told[i].emit, 0);
    EXPECT_LT(told[i].emit + told[i].machine, told[i].all);
    sum += told[i].all;
  }
  EXPECT_LE(sum, gone * 1.001);
}

TEST(Builds, WhatFailsFirstInTheirOrderIsThrown) {
  Session session(boston());
  const Graph& step = training_graph(session.bind_training());
  BuildOptions options = session.build_options();
  std::vector<int64_t> told;
  options.on_built = [&](const BuildTimes& times) { told.push_back(times.capacity); };
  auto message_of = [&](const std::vector<Build>& builds) -> std::string {
    try {
      build_all(builds, options);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  };
  const std::string zero = message_of({{step, 0, true}}), less = message_of({{step, -1, true}});
  EXPECT_NE(zero, "");
  EXPECT_EQ(message_of({{step, 4, true}, {step, 0, true}, {step, -1, true}}), zero);
  EXPECT_EQ(message_of({{step, -1, true}, {step, 0, true}, {step, 4, true}}), less);
  EXPECT_EQ(told, std::vector<int64_t>{4});
}

TEST(LateCode, IsMadeBesideAndToldOfInItsOrder) {
  Session session(boston());
  const Graph& step = training_graph(session.bind_training());
  BuildOptions options = session.build_options();
  std::vector<int64_t> told;
  options.on_built = [&](const BuildTimes& times) {
    told.push_back(times.capacity);
    EXPECT_FALSE(times.kernels.empty());
  };
  std::vector<Executable> built =
      build_all({{step, 32, true, Build::Code::later}, {step, 8, true, Build::Code::later}, {step, 16, true}}, options);
  EXPECT_EQ(told, std::vector<int64_t>{16});
  bool all = false;
  LateCode late;
  late.begin({&built[0], &built[1]}, options);
  late.when_all_told([&] { all = true; });
  EXPECT_FALSE(all) << "by the thread that looks";
  late.require(built[0]);
  EXPECT_EQ(told.at(1), 32);
  late.require_all();
  EXPECT_EQ(told, (std::vector<int64_t>{16, 32, 8}));
  EXPECT_TRUE(all);
  late.require(built[2]);
}

TEST(LateCode, WhatFailsIsThrownWhereItIsLookedAfter) {
  Session session(boston());
  const Graph& step = training_graph(session.bind_training());
  BuildOptions options = session.build_options();
  std::vector<int64_t> told;
  options.on_built = [&](const BuildTimes& times) { told.push_back(times.capacity); };
  Executable here = Executable::plan(step, options, 8, true), behind = Executable::plan(step, options, 16, true);
  options.target = Target::of(native_tier() == Tier::neon ? Tier::avx2 : Tier::neon);
  Executable elsewhere = Executable::plan(step, options, 32, true);
  LateCode late;
  late.begin({&here, &elsewhere, &behind}, options);
  EXPECT_THROW(late.require(elsewhere), Failure);
  EXPECT_EQ(told, std::vector<int64_t>{8});
  EXPECT_THROW(late.require(behind), Failure);
  EXPECT_THROW(late.look(), Failure);
}

/// How many kernels got code, by graph and whether it is for whole batches.
std::map<std::pair<std::string, bool>, size_t> kernels_of(const std::string& keys, const std::string& epochs) {
  TempFolder folder;
  SessionOptions options;
  folder.write("d.csv", "a,b,y\n1,2,3\n2,1,1\n3,5,4\n0,1,1\n2,2,2\n4,1,3\n3,3,3\n0,2,2\n5,1,3\n1,1,1\n");
  options.file = folder.write("p.nn",
                              "data d = csv(\"d.csv\", split: {train: 0.5, valid: 0.5}) {\n"
                              "  x: f32[2] = columns(\"a\", \"b\")\n  y: f32 = column(\"y\")\n}\n"
                              "model net(x: f32[B, 2]) -> f32[B] = x |> dense(1) |> squeeze\n"
                              "train {\n  data = d.train\n  batch = 4\n  loss = mse(net(x), y)\n"
                              "  optimizer = sgd(0.001)\n" +
                                  keys + "}\n");
  options.overrides.train["epochs"] = epochs;
  std::map<std::pair<std::string, bool>, size_t> found;
  options.on_built = [&](const BuildTimes& times) { found[{times.graph, times.exact}] = times.kernels.size(); };
  const TrainResult result = test::train_file(options);
  EXPECT_TRUE(result.scores.contains("train.loss"));
  return found;
}

TEST(LateCode, OnlyWhatATrainingRunsGetsCode) {
  const auto plain = kernels_of("", "2");
  EXPECT_GT(plain.at({"train", true}), 0U);
  EXPECT_GT(plain.at({"train", false}), 0U);
  EXPECT_EQ(plain.at({"evaluate", false}), 0U) << "no split is scored";
  EXPECT_GT(kernels_of("  valid = d.valid\n", "2").at({"evaluate", false}), 0U);
  EXPECT_GT(kernels_of("  test = d.valid\n", "2").at({"evaluate", false}), 0U);
  EXPECT_GT(kernels_of("  eval = true\n", "2").at({"evaluate", false}), 0U);
  const auto none = kernels_of("", "0");
  EXPECT_GT(none.at({"evaluate", false}), 0U) << "of no step there is no mean";
  EXPECT_EQ(none.at({"train", false}), 0U);
}

}  // namespace
}  // namespace nnc
