// What must hold of every tier's code, also of tiers that this machine does not run: kernels call nothing, their inner
// loops touch no stack, and a contraction's loop is loads and multiply-adds.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "codegen/jit.h"
#include "tests/codegen/assembly_code.h"
#include "tests/codegen/contraction_kernel.h"
#include "tests/codegen/nest_runner.h"

namespace nnc::testing {
namespace {

NestProgram contraction(Tier tier, ContractionTile tile) {
  Target target = Target::of(tier);
  return program_of(contraction_kernel(target, {64, 64, 64}, tile), target);
}

ContractionTile best_tile(Tier tier) {
  switch (tier) {
    case Tier::generic: return {4, 2, 1};
    case Tier::avx2: return {6, 2, 1};
    case Tier::avx512: return {14, 2, 1};
    case Tier::neon: return {8, 3, 1};
  }
  return {};
}

TEST(Assembly, NoInnerLoopOfAContractionTouchesTheStack) {
  for (Tier tier : kAllTiers) {
    for (int unroll : {1, 2, 4}) {
      ContractionTile tile = best_tile(tier);
      tile.unroll = unroll;
      std::vector<Line> code = function_code(emit_assembly(contraction(tier, tile)), "contraction");
      int in_loop = 0;
      for (const Line& line : code) {
        if (!line.innermost || !is_instruction(line.text)) continue;
        ++in_loop;
        EXPECT_FALSE(touches_stack(line.text)) << spelling(tier) << ": " << line.text;
      }
      EXPECT_GT(in_loop, 10) << spelling(tier);
    }
  }
}

TEST(Assembly, TheInnerLoopIsLoadsAndMultiplyAdds) {
  struct Expected {
    Tier tier;
    const char* multiply_add;
    int most_others;  ///< loads, broadcasts, and four to count and jump
  };
  for (Expected e :
       {Expected{Tier::avx2, "vfmadd", 12}, Expected{Tier::avx512, "vfmadd", 20}, Expected{Tier::neon, "fmla", 20}}) {
    ContractionTile tile = best_tile(e.tier);
    int per_body = tile.rows * tile.vectors, found = 0, others = 0;
    bool first_loop = false, over = false;
    for (const Line& line : function_code(emit_assembly(contraction(e.tier, tile)), "contraction")) {
      over = over || (first_loop && !line.innermost);
      if (!line.innermost || over || !is_instruction(line.text)) continue;
      first_loop = true;
      (line.text.find(e.multiply_add) != std::string::npos ? found : others) += 1;
    }
    bool equalized = found == per_body || found == per_body - tile.vectors;
    EXPECT_TRUE(equalized || found % tile.vectors == 0) << spelling(e.tier) << ": " << found;
    EXPECT_GE(found, per_body / 2) << spelling(e.tier);
    EXPECT_LE(others, e.most_others) << spelling(e.tier);
  }
}

/// A kernel with every function that its target has, on every type.
Kernel everything(const Target& target, int lanes) {
  NestBuilder k("everything", target);
  for (Element element : {Element::f32, Element::f64}) {
    ParameterId x = k.parameter("x", element, {64}), y = k.parameter("y", element, {64});
    ParameterId i = k.parameter("i", Element::i32, {64}), b = k.parameter("b", Element::u8, {64});
    ParameterId h = k.parameter("h", Element::bf16, {64});
    k.serial("n", 0, 64, lanes, [&](Affine n) {
      Affine left = Affine::of(61) - n;
      ScalarValue a = k.load(k.place(x, {n}, left), lanes), c = k.load(k.place(y, {n}), lanes);
      for (Scalar f : {Scalar::exp, Scalar::log, Scalar::log1p, Scalar::expm1, Scalar::tanh, Scalar::sigmoid,
                       Scalar::sin, Scalar::cos, Scalar::erf, Scalar::floor, Scalar::square_root, Scalar::sign})
        k.store(k.place(y, {n}, left), k.call(f, a));
      for (Scalar f : {Scalar::power, Scalar::divide, Scalar::minimum, Scalar::maximum})
        k.store(k.place(y, {n}), k.call(f, a, c));
      k.store(k.place(i, {n}), k.cast(a, Element::i32));
      k.store(k.place(b, {n}), k.cast(a, Element::u8));
      k.store(k.place(h, {n}), k.cast(a, Element::bf16));
      k.store(k.place(y, {n}), k.cast(k.load(k.place(h, {n}), lanes), element));
      k.store(k.place(y, {n}), k.cast(k.load(k.place(b, {n}), lanes), element));
      ScalarValue whole = k.load(k.place(i, {n}), lanes);
      k.store(k.place(i, {n}), k.call(Scalar::multiply_high_unsigned, whole, whole) * whole);
      if (lanes > 1) k.store(k.place(y, {n}), k.tree(Scalar::add, k.multiply_add(a, c, a)));
    });
  }
  return k.finish();
}

TEST(Assembly, KernelsCallNothingInAnyTier) {
  for (Tier tier : kAllTiers) {
    Target target = Target::of(tier);
    for (int lanes : {1, target.lanes(Element::f32)}) {
      std::string assembly = emit_assembly(program_of(everything(target, lanes), target));
      int instructions = 0;
      for (const Line& line : function_code(assembly, "everything")) {
        instructions += is_instruction(line.text);
        EXPECT_FALSE(is_call(line.text)) << spelling(tier) << " x " << lanes << ": " << line.text;
      }
      EXPECT_GT(instructions, 200) << spelling(tier);
    }
  }
}

TEST(Assembly, WithoutFmaNothingIsFused) {
  std::string text = emit_llvm(program_of(everything(Target::of(Tier::generic), 4), Target::of(Tier::generic)));
  EXPECT_EQ(text.find("llvm.fma"), std::string::npos);
  EXPECT_EQ(text.find("fmuladd"), std::string::npos);
  EXPECT_EQ(text.find(" fast "), std::string::npos);
  EXPECT_EQ(text.find("alloca"), std::string::npos);
}

TEST(Assembly, DumpsNameTheSourceLines) {
  Target target = Target::of(Tier::avx2);
  NestBuilder k("forward_dense_0", target);
  ParameterId x = k.parameter("x", Element::f32, {});
  k.store(k.place(x, {}), k.constant(1, Element::f32));
  k.add_origin({"mnist.nn", 10, 3, "dense_0"});
  NestProgram program = program_of(k.finish(), target);
  for (const std::string& text : {emit_llvm(program), emit_assembly(program)}) {
    EXPECT_NE(text.find(" kernel forward_dense_0"), std::string::npos);
    EXPECT_NE(text.find("mnist.nn:10:3 dense_0"), std::string::npos);
  }
}

TEST(Assembly, SaysWhatEveryKernelCost) {
  for (Tier tier : tiers_here()) {
    CompiledProgram compiled = compile(contraction(tier, best_tile(tier)));
    ASSERT_EQ(compiled.kernels().size(), 2U);  // and the driver
    EXPECT_EQ(compiled.kernels()[0].name, "contraction");
    EXPECT_GT(compiled.kernels()[0].llvm_instructions, 50);
    EXPECT_LT(compiled.kernels()[0].llvm_instructions, 500);
    double in_kernels = 0;
    for (const KernelCode& kernel : compiled.kernels()) {
      EXPECT_GT(kernel.machine_milliseconds, 0) << kernel.name;
      in_kernels += kernel.machine_milliseconds;
    }
    EXPECT_LT(in_kernels, compiled.machine_milliseconds());
  }
}

}  // namespace
}  // namespace nnc::testing
