// A program's code is the same in one part and in several, and so are what it computes and what is said of it.
#include "codegen/parts.h"

#include <gtest/gtest.h>

#include <cctype>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "codegen/jit.h"
#include "tests/codegen/contraction_kernel.h"
#include "tests/codegen/nest_runner.h"
#include "tests/codegen/network_program.h"

namespace nnc {
namespace {

/// Without the number that a module gives a function: ".LBB7_2" is ".LBB_2"; and without what lines up comments.
std::string without_numbers(const std::string& line) {
  std::string result;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] != ' ' || !result.ends_with(' ')) result += line[i];
    if (!result.ends_with("BB") && !result.ends_with("CPI")) continue;
    while (i + 1 < line.size() && std::isdigit(static_cast<unsigned char>(line[i + 1])) != 0) ++i;
  }
  return result;
}

/// How a symbol is seen, and where a section begins or a function ends: no code.
bool is_of_the_module(const std::string& line) {
  for (const char* word :
       {"\t.hidden", "\t.globl", "\t.type", "\t.size", "\t.section", "\t.text", "\t.file", "\t.p2align"}) {
    if (line.starts_with(word)) return true;
  }
  return line.find("-- End function") != std::string::npos;
}

/// Each function's code with the constants that it reads, by name.
std::map<std::string, std::string> functions_of(const NestProgram& program, int threads) {
  std::map<std::string, std::string> functions;
  std::istringstream stream(emit_assembly(program, threads));
  std::string name, code;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with(".Lfunc_end")) {
      functions[name] = std::move(code);
      code.clear();
    } else if (!is_of_the_module(line)) {
      if (line.find(" @" + line.substr(0, line.find(':'))) != std::string::npos) name = line.substr(0, line.find(':'));
      code += without_numbers(line) + "\n";
    }
  }
  return functions;
}

struct Network {
  const char* name;
  int64_t batch;
};
constexpr Network kNetworks[] = {
    {"mnist_sgd", 100}, {"mnist_adam", 100}, {"boston_l2_rmsprop", 32}, {"wide_dropout_adam", 64}};

TEST(Parts, AFunctionsCodeIsTheSameInAnyPart) {
  for (const Network& each : kNetworks) {
    for (Tier tier : testing::kAllTiers) {
      const NestProgram program = testing::network_program(each.name, tier, each.batch, tier != Tier::avx2);
      const auto whole = functions_of(program, 1);
      EXPECT_GT(whole.size(), program.kernels.size());  // the driver, too
      for (int threads : {2, 8}) {
        const auto parts = functions_of(program, threads);
        ASSERT_EQ(parts.size(), whole.size()) << each.name << " for " << spelling(tier);
        for (const auto& [name, code] : whole) {
          ASSERT_TRUE(parts.contains(name)) << name;
          EXPECT_EQ(parts.at(name), code) << each.name << " for " << spelling(tier) << " on " << threads;
        }
      }
    }
  }
}

TEST(Parts, EveryKernelIsInOneAndThePartsCostAboutTheSame) {
  const NestProgram program = testing::network_program("mnist_adam", Tier::avx512, 100, true);
  const std::vector<CallFacts> facts = call_facts(program);
  EXPECT_EQ(divide(program, facts, 1).size(), 1U);
  for (int threads : {2, 4, 1000}) {
    std::set<size_t> kernels;
    size_t drivers = 0;
    const std::vector<Part> parts = divide(program, facts, threads);
    EXPECT_GT(parts.size(), 1U);
    EXPECT_LE(parts.size(), static_cast<size_t>(threads));
    EXPECT_LT(parts.size(), 30U);  // however many cores there are
    for (const Part& part : parts) {
      for (size_t kernel : part.kernels) EXPECT_TRUE(kernels.insert(kernel).second);
      drivers += part.driver ? 1 : 0;
    }
    EXPECT_EQ(drivers, 1U);
    EXPECT_EQ(kernels.size(), program.kernels.size());
  }
}

TEST(Parts, ASmallProgramIsOne) {
  for (Tier tier : testing::kAllTiers) {
    const Target target = Target::of(tier);
    const Kernel kernel = testing::contraction_kernel(target, {12, 100, 64}, {4, 2});
    const NestProgram program = testing::program_of(kernel, target);
    EXPECT_EQ(divide(program, call_facts(program), 64).size(), 1U);
  }
}

TEST(Parts, WhatIsSaidOfTheCodeIsTheSameOnAnyNumberOfThreads) {
  for (Tier tier : testing::tiers_here()) {
    const NestProgram program = testing::network_program("mnist_adam", tier, 100, true);
    const CompiledProgram one = compile(program, false, 1), many = compile(program, false, 4);
    ASSERT_EQ(one.kernels().size(), many.kernels().size());
    double in_kernels = 0;
    for (size_t i = 0; i < one.kernels().size(); ++i) {
      EXPECT_EQ(one.kernels()[i].name, many.kernels()[i].name);
      EXPECT_EQ(one.kernels()[i].llvm_instructions, many.kernels()[i].llvm_instructions);
      EXPECT_GT(many.kernels()[i].machine_milliseconds, 0);
      in_kernels += many.kernels()[i].machine_milliseconds;
    }
    EXPECT_LT(in_kernels, many.machine_milliseconds());
  }
}

}  // namespace
}  // namespace nnc
