#include "runtime/train/builds.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "ir/print/text.h"
#include "runtime/train/session.h"

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

}  // namespace
}  // namespace nnc
