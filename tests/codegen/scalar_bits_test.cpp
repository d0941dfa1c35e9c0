// Every scalar function on every element type that has it, in every width, gives the interpreter's bits.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ir/nest/nest_types.h"
#include "tests/codegen/nest_runner.h"

namespace nnc::testing {
namespace {

constexpr Element kElements[] = {Element::f32, Element::f64, Element::i32, Element::boolean};
constexpr int kCount = 96;  // values an operand: many times all pairs of special ones

void build(NestBuilder& k, Scalar function, Element element, int lanes) {
  auto arity = static_cast<size_t>(info(function).arity);
  std::vector<ParameterId> inputs;
  for (size_t i = 0; i < arity; ++i) {
    bool condition = function == Scalar::select && i == 0;
    inputs.push_back(k.parameter(fmt::format("x{}", i), condition ? Element::boolean : element, {kCount}));
  }
  Element out = info(function).is_boolean ? Element::boolean : element;
  ParameterId result = k.parameter("result", out, {kCount});
  k.serial("n", 0, kCount, lanes, [&](Affine n) {
    std::vector<ScalarValue> operands;
    for (size_t i = 0; i < arity; ++i) operands.push_back(k.load(k.place(inputs[i], {n}), lanes));
    k.store(k.place(result, {n}), k.apply(function, operands));
  });
}

bool is_defined(Scalar function, Element element) {
  std::vector<NestType> types(static_cast<size_t>(info(function).arity), NestType{element, 1});
  if (function == Scalar::select) types[0].element = Element::boolean;
  return std::holds_alternative<NestType>(applied_type(function, types));
}

class ScalarBits : public ::testing::TestWithParam<int> {};

TEST_P(ScalarBits, CompiledIsInterpreted) {
  auto function = static_cast<Scalar>(GetParam());
  int checked = 0;
  for (Element element : kElements) {
    if (!is_defined(function, element)) continue;
    for (int lanes : {1, 2, 4, 8, 16}) {
      SCOPED_TRACE(fmt::format("{} {} x {}", info(function).spelling, spelling(element), lanes));
      on_every_tier([&](NestBuilder& k, const Target& target) {
        bool fused_here = function != Scalar::fused_multiply_add || target.has_fma;
        build(k, fused_here ? function : Scalar::select, element, lanes);
      });
      ++checked;
    }
  }
  EXPECT_GT(checked, 0) << "no element type has " << info(function).spelling;
}

constexpr int kFunctions = static_cast<int>(Scalar::mantissa) + 1;

INSTANTIATE_TEST_SUITE_P(All, ScalarBits, ::testing::Range(0, kFunctions), [](const auto& test) {
  return std::string(nnc::info(static_cast<Scalar>(test.param)).spelling);
});

}  // namespace
}  // namespace nnc::testing
