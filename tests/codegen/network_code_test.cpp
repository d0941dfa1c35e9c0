// What must hold of the code of whole networks, as the passes make it.
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "codegen/jit.h"
#include "ir/print/text.h"
#include "passes/pipeline.h"
#include "tests/codegen/assembly_code.h"
#include "tests/codegen/nest_runner.h"
#include "tests/codegen/network_program.h"

namespace nnc {
namespace {

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
      int count = count_instructions(emit_llvm(testing::network_program(name, tier, 100)));
      EXPECT_LE(count, 2500) << name << " " << spelling(tier);
      EXPECT_GE(count, 1000) << name << " " << spelling(tier);
    }
  }
}

struct Network {
  const char* name;
  int64_t batch;
};
constexpr Network kNetworks[] = {
    {"xor_sgd", 4}, {"mnist_sgd", 100}, {"mnist_adam", 100}, {"boston_l2_rmsprop", 32}, {"wide_dropout_adam", 64}};

/// Instructions in the innermost loops of a kernel, and those among them that read or write the stack.
struct InnerLoops {
  int instructions = 0;
  std::vector<std::string> on_stack;
};
InnerLoops inner_loops(const std::string& assembly, const Kernel& kernel) {
  InnerLoops found;
  for (const testing::Line& line : testing::function_code(assembly, kernel.name)) {
    bool once = line.loop.ends_with("_tail");  // the masked rest of an axis
    if (!line.innermost || once || !testing::is_instruction(line.text)) continue;
    ++found.instructions;
    if (testing::touches_stack(line.text)) found.on_stack.push_back(line.text);
  }
  return found;
}

// A sum that leaves its register in the innermost loop costs more than the multiply-add itself. A short row's loops are
// unrolled, so there the loop over rows is the innermost one: with two polynomials in it a constant may lie on the
// stack.
TEST(NetworkCode, NoInnerLoopTouchesTheStack) {
  for (const Network& each : kNetworks) {
    for (Tier tier : testing::kAllTiers) {
      for (bool exact : {true, false}) {
        NestProgram program = testing::network_program(each.name, tier, each.batch, exact);
        std::string assembly = emit_assembly(program);
        int instructions = 0;
        for (const Kernel& kernel : program.kernels) {
          InnerLoops loops = inner_loops(assembly, kernel);
          instructions += loops.instructions;
          int allowed = kernel.summary.find("row registers") != std::string::npos ? loops.instructions / 15 : 0;
          EXPECT_LE(static_cast<int>(loops.on_stack.size()), allowed)
              << each.name << " for " << spelling(tier) << (exact ? ", exactly the batch, " : ", any rows, ")
              << kernel.name << ":\n"
              << fmt::format("{}", fmt::join(loops.on_stack, "\n"));
        }
        EXPECT_GT(instructions, 10) << each.name << " for " << spelling(tier);
      }
    }
  }
}

// In blocks the tile's vectors come from a panel and its sums go on from memory.
TEST(NetworkCode, BlocksOfLargeProductsKeepTheirSumsInRegisters) {
  const char* text = R"(graph g {
  %x = input {path = "column.x"} : f32[B, 1000]
  %d = input {path = "column.d"} : f32[B, 1200]
  %W = variable {path = "W"} : f32[1000, 1200]
  %y = contract(%x, %W) {index = "b i, i o -> b o"} : f32[B, 1200]
  %p = contract(%d, %W) {index = "b o, i o -> b i"} : f32[B, 1000]
  yield y = %y
  yield p = %p
})";
  for (Tier tier : testing::kAllTiers) {
    for (bool exact : {true, false}) {
      PassOptions options;
      options.target = Target::of(tier);
      options.capacity = 130;
      options.exact = exact;
      NestProgram program = run_pipeline(parse_graph(text, "x.nnir"), options);
      std::string assembly = emit_assembly(program);
      int blocks = 0;
      for (const Kernel& kernel : program.kernels) {
        if (kernel.summary.find("block ") != std::string::npos) ++blocks;
        InnerLoops loops = inner_loops(assembly, kernel);
        EXPECT_EQ(fmt::format("{}", fmt::join(loops.on_stack, "\n")), "") << spelling(tier) << " " << kernel.summary;
      }
      EXPECT_EQ(blocks, 2) << spelling(tier);
    }
  }
}

TEST(NetworkCode, AnOptimizersPowersShareOneFunction) {
  std::string llvm = emit_llvm(testing::network_program("mnist_adam", Tier::avx2, 100));
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
