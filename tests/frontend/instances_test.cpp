// Making creates parameters: which layers, parameters and states a program has, by their paths.

#include <gtest/gtest.h>

#include "frontend/program/model_layers.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

using Paths = std::vector<std::string>;

/// "net.a x2": each layer below the model with how often it is applied, and each variable of the model itself.
Paths paths_of(const std::string& body, const std::string& before = "") {
  testing::CheckedText text = testing::check_text(before + R"(
data d = table { x: f32[3] = [[0, 0, 1], [0, 1, 0]]; y: f32 = [1, 2] }
model net(x: f32[B, 3]) {
)" + body + R"(
}
train { data = d; loss = mean(net(x)^2) })");
  EXPECT_FALSE(text.diagnostics.has_errors()) << text.rendered();
  Paths paths;
  if (text.program == nullptr) return paths;
  for (const LayerInfo& layer : model_layers(*text.program, nullptr)) {
    if (layer.path != "net")
      paths.push_back(layer.path + (layer.applied == 1 ? "" : " x" + std::to_string(layer.applied)));
    for (const LayerVariable& variable : layer.variables) {
      if (layer.path == "net") paths.push_back("net." + variable.name + ": " + variable.type);
    }
  }
  EXPECT_NE(testing::bind_text(text), nullptr) << text.rendered();
  return paths;
}

TEST(Instances, BoundLayersOfALoopAreOneATurn) {
  EXPECT_EQ(paths_of("s = 0; for i in 0..3 { e = dense(3); s = s + e(x) }; s"), (Paths{"net.e", "net.e_1", "net.e_2"}));
}

TEST(Instances, TurnsMayHaveSizesOfTheirOwn) {
  EXPECT_EQ(paths_of("h = x; for i in 0..3 { e = dense(3 + i); h = e(h) }; h"), (Paths{"net.e", "net.e_1", "net.e_2"}));
}

TEST(Instances, ANameBoundAgainIsAnotherLayer) {
  EXPECT_EQ(paths_of("a = dense(3); h = a(x); a = dense(4); a(h)"), (Paths{"net.a", "net.a_1"}));
}

TEST(Instances, AnAutomaticNameAndABoundOneDoNotMeet) {
  EXPECT_EQ(paths_of("h = x |> dense(3); dense_0 = dense(3); dense_0(h)"), (Paths{"net.dense_0", "net.dense_0_1"}));
  EXPECT_EQ(paths_of("dense_0 = dense(3); dense_0(x) |> dense(3)"), (Paths{"net.dense_0", "net.dense_1"}));
  EXPECT_EQ(paths_of("e_1 = dense(3); h = e_1(x); for i in 0..2 { e = dense(3); h = e(h) }; h"),
            (Paths{"net.e_1", "net.e", "net.e_2"}));
}

TEST(Instances, AppliedTwiceIsStillOne) {
  EXPECT_EQ(paths_of("e = dense(3); e(x) + e(2 * x)"), (Paths{"net.e x2"}));
  EXPECT_EQ(paths_of("e = dense(3); h = x; for i in 0..3 { h = e(h) }; h"), (Paths{"net.e x3"}));
  EXPECT_EQ(paths_of("a = two(3); a(a(x))", R"(
layer two(n: int)(x: f32[B, I]) -> f32[B, n] { e = dense(n); h = e(x); e = dense(n); e(h) })"),
            (Paths{"net.a x2", "net.a.e x2", "net.a.e_1 x2"}));
}

TEST(Instances, ALayerGivenToAFunctionIsNumberedWhereItIsMade) {
  EXPECT_EQ(paths_of("x |> dense(3) |> with(dense(3)) |> with(dense(3))", "fn with(f: layer)(x) = x + f(x)"),
            (Paths{"net.dense_0", "net.dense_1", "net.dense_2"}));
  EXPECT_EQ(paths_of("h = x |> dense(3)\n applied(dense(3), h)", "fn applied(f, x) = f(x)"),
            (Paths{"net.dense_0", "net.dense_1"}));
}

TEST(Instances, ParametersAndStatesOfALoopAreOneATurn) {
  EXPECT_EQ(paths_of("h = x; for i in 0..2 { param a: f32[3 + 0 * i] = ones\n h = h * a }; h"),
            (Paths{"net.a: f32[3]", "net.a_1: f32[3]"}));
  EXPECT_EQ(
      paths_of("h = x |> dense(3); for i in 0..2 { state m: f32[3] = 0\n h = h - m\n next m = mean(h, over: B) }; h"),
      (Paths{"net.m: f32[3]", "net.m_1: f32[3]", "net.dense_0"}));
}

}  // namespace
}  // namespace nnc
