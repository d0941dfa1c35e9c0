// How often a training walks its program and builds: once a stage, and once a graph and set of kernels.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/train/session.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

struct Counted {
  Elaborations elaborations;
  std::vector<BuildTimes> builds;

  size_t distinct() const {
    std::set<std::tuple<std::string, bool>> found;
    for (const BuildTimes& build : builds) found.emplace(build.graph, build.exact);
    return found.size();
  }
};

Counted trained(const std::string& example) {
  Counted counted;
  SessionOptions options;
  options.file = std::string(NNC_SOURCE_DIR) + "/examples/" + example;
  options.overrides.train["epochs"] = "1";
  options.on_built = [&](const BuildTimes& built) { counted.builds.push_back(built); };
  Session session(options);
  TrainRequest request;
  request.write_weights = false;
  session.train(request);
  counted.elaborations = elaborations(session.checked());
  return counted;
}

TEST(Elaborations, AProgramIsWalkedOnceWithSymbolsAndOnceWithNumbers) {
  const Counted xor_run = trained("xor.nn");
  EXPECT_EQ(xor_run.elaborations.programs, 2);
  EXPECT_EQ(xor_run.builds.size(), xor_run.distinct());
}

TEST(Elaborations, EveryGraphIsLoweredAndBuiltOnce) {
  if (std::getenv("NNC_DATA") == nullptr) GTEST_SKIP() << "skipped: no data";
  const Counted mnist = trained("mnist.nn");
  EXPECT_EQ(mnist.elaborations.programs, 2);
  EXPECT_EQ(mnist.elaborations.graphs, 5) << "training, evaluation, start values, two fields";
  EXPECT_EQ(mnist.builds.size(), 5u) << "each of them: 60 000 rows are whole steps";
  EXPECT_EQ(mnist.distinct(), 5u);
  const Counted boston = trained("boston.nn");
  EXPECT_EQ(boston.elaborations.programs, 2);
  EXPECT_EQ(boston.builds.size(), boston.distinct());
}

}  // namespace
}  // namespace nnc
