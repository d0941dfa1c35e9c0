#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ir/graph/builder.h"
#include "ir/print/text.h"
#include "passes/fuse.h"
#include "passes/pipeline.h"
#include "support/error.h"

namespace nnc {
namespace {

Graph small_graph() {
  Graph graph("small");
  Value x = input(graph, InputRole::column, "x", Type(Element::f32, {Dim::rows(), 3}));
  graph.results.push_back({ResultKind::value, "output", (unary("tanh", x) * 1.0).id});
  return graph;
}

PassOptions options() {
  PassOptions options;
  options.target = Target::of(Tier::avx2);
  options.capacity = 8;
  return options;
}

TEST(Pipeline, DocumentIsWhatTheRecordsSay) {
  std::filesystem::path path = std::filesystem::path(NNC_SOURCE_DIR) / "docs/passes.md";
  if (std::getenv("NNC_UPDATE_DOCS") != nullptr) std::ofstream(path) << passes_markdown();
  std::ostringstream written;
  written << std::ifstream(path).rdbuf();
  EXPECT_EQ(written.str(), passes_markdown()) << "run passes_tests once with NNC_UPDATE_DOCS=1";
}

TEST(Pipeline, EveryPassHasANameASummaryAndAReason) {
  for (const Pass& pass : pipeline()) {
    EXPECT_EQ(find_pass(pass.name), &pass);
    EXPECT_FALSE(pass.summary.empty()) << pass.name;
    EXPECT_FALSE(pass.reason.empty()) << pass.name;
  }
  EXPECT_EQ(find_pass("inline"), nullptr);
}

TEST(Pipeline, ObserverSeesEveryPassOnceWithWhetherItChangedAnything) {
  std::vector<std::string> seen;
  std::vector<PassTime> times;
  PipelineObserver observer;
  observer.after = [&](const Pass& pass, const StageValue&, bool changed) {
    seen.push_back(std::string(pass.name) + (changed ? "" : " (unchanged)"));
  };
  observer.times = &times;
  run_pipeline(small_graph(), options(), observer);
  EXPECT_EQ(seen.front(), "differentiate (unchanged)");
  EXPECT_EQ(seen.size(), pipeline().size());
  ASSERT_EQ(times.size(), pipeline().size());
  for (size_t i = 0; i < times.size(); ++i) EXPECT_EQ(times[i].name, pipeline()[i].name);
}

TEST(Pipeline, EveryStageReadsBack) {
  PipelineObserver observer;
  observer.after = [](const Pass& pass, const StageValue& stage, bool) {
    std::string text = print(stage);
    EXPECT_EQ(print(parse_stage(text, "t")), text) << pass.name;
    EXPECT_EQ(print(parse_stage("\n# a remark\n# and one more\n" + text, "t")), text) << pass.name;
  };
  run_pipeline(small_graph(), options(), observer);
}

TEST(Pipeline, APassOnTheWrongStageIsTheUsersMistake) {
  const Pass* vectorize = find_pass("vectorize");
  std::vector<const Pass*> passes{vectorize};
  try {
    run_passes(small_graph(), passes, options());
    FAIL() << "a graph was taken for a partition";
  } catch (const Failure& failure) {
    EXPECT_NE(std::string(failure.what()).find("pass 'vectorize' cannot follow here"), std::string::npos);
  }
}

StageValue fuse_and_lose_a_kernel(const StageValue& program, const PassOptions& options) {
  Partition partition = fuse(std::get<Graph>(program), options);
  partition.kernels.clear();
  return partition;
}

TEST(Pipeline, AWrongPassIsNamedWithWhatReproducesIt) {
  Pass broken{"broken", "drops kernels", "for this test", fuse_and_lose_a_kernel};
  std::vector<const Pass*> passes{&broken};
  PassOptions any_rows = options();
  any_rows.exact = false;
  try {
    run_passes(small_graph(), passes, any_rows);
    FAIL() << "the verifier let a lost kernel pass";
  } catch (const PassFailure& failure) {
    std::string said = failure.what();
    EXPECT_TRUE(said.starts_with("pass 'broken': ")) << said;
    EXPECT_EQ(said.find("graph small {"), std::string::npos) << "the whole program is not for the terminal: " << said;
    EXPECT_EQ(failure.flags(), "--passes=broken --target=avx2 --batch=8 --any-rows");
    EXPECT_EQ(failure.reproducer(), print(small_graph()));
    EXPECT_THROW(run_passes(parse_stage(failure.reproducer(), "again"), passes, any_rows), PassFailure);
  }
}

TEST(Pipeline, ATensorBeyondAllMemoryIsALimitAndNoFault) {
  Graph graph("large");
  Value x = input(graph, InputRole::column, "x", Type(Element::f32, {Dim::rows(), int64_t{1} << 40}));
  graph.results.push_back({ResultKind::value, "output", unary("exp", x).id});
  PassOptions few = options(), many = options();
  many.capacity = int64_t{1} << 40;
  EXPECT_NO_THROW(run_pipeline(graph, few));
  try {
    run_pipeline(graph, many);
    FAIL() << "2^82 bytes were planned";
  } catch (const Unsupported& limit) {
    EXPECT_STREQ(
        limit.what(),
        "error: not supported: a tensor f32[B, 1099511627776] with 1099511627776 rows needs 4.84e+24 bytes, more "
        "than the limit of 70368744177664");
  }
}

}  // namespace
}  // namespace nnc
