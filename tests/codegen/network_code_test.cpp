// What must hold of the code of whole networks, as the passes make it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "codegen/jit.h"
#include "ir/text.h"
#include "passes/pipeline.h"

namespace nnc {
namespace {

NestProgram network(const std::string& name, Tier tier, int64_t batch) {
  std::ostringstream text;
  std::filesystem::path path = std::filesystem::path(NNC_SOURCE_DIR) / "tests/golden/networks" / (name + ".nnir");
  text << std::ifstream(path).rdbuf();
  PassOptions options;
  options.target = Target::of(tier);
  options.capacity = batch;
  return run_pipeline(parse_graph(text.str(), name), options);
}

/// Instructions of LLVM's, in all functions.
int count_instructions(const std::string& llvm) {
  std::istringstream lines(llvm);
  bool inside = false;
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("define ")) inside = true;
    if (line.starts_with("}")) inside = false;
    count += inside && line.starts_with("  ") && line[2] != ' ';
  }
  return count;
}

// LLVM's time goes with its instructions: 2500 of them are about 50 ms.
TEST(NetworkCode, AStepOfMnistIsSmall) {
  for (const char* name : {"mnist_adam", "mnist_sgd"}) {
    for (Tier tier : {Tier::avx2, Tier::avx512}) {
      int count = count_instructions(emit_llvm(network(name, tier, 100)));
      EXPECT_LE(count, 2500) << name << " " << spelling(tier);
      EXPECT_GE(count, 1000) << name << " " << spelling(tier);
    }
  }
}

TEST(NetworkCode, AnOptimizersPowersShareOneFunction) {
  std::string llvm = emit_llvm(network("mnist_adam", Tier::avx2, 100));
  size_t first = llvm.find("define internal double @\"power$f64\"");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(llvm.find("define internal double @\"power$f64\"", first + 1), std::string::npos);
  size_t calls = 0;
  for (size_t at = llvm.find("call double @\"power$f64\""); at != std::string::npos;
       at = llvm.find("call double @\"power$f64\"", at + 1))
    ++calls;
  EXPECT_EQ(calls, 2U);
}

}  // namespace
}  // namespace nnc
