// Axes of one element: what is reduced to a number and spread back to such an axis, in layers, losses and optimizers.
#include <gtest/gtest.h>

#include "codegen/jit.h"
#include "runtime/weights/weights.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

using Weights = Tensors;

Weights trained(const std::string& program, SessionOptions options) {
  TempFolder folder;
  options.file = folder.write("p.nn", program);
  Session session(std::move(options));
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  EXPECT_EQ(session.train(request).outcome.end, TrainEnd::finished) << program;
  return read_weights(request.out_file).tensors;
}

/// Of a column x[1] and a target: `definitions`, the net's body, and `train` without data and loss.
std::string program_of(const std::string& definitions, const std::string& body, const std::string& train) {
  return "data d = table { x: f32[1] = [[1], [2]]; y: f32[1] = [[1], [3]] }\n" + definitions +
         "model net(x: f32[B, 1]) -> f32[B, 1] {\n" + body +
         "\n}\ntrain { data = d; epochs = 1; loss = mse(net(x), y)\n  " + train + " }\n";
}

TEST(OneElement, ANumberMadeOfItScalesIt) {
  // loss = mean((x + b |b| - y)^2): at b = 0.5 the slope is 2 · mean(0.25, −0.75) · 2 |b| = −0.5.
  std::string program =
      program_of("", "  param b: f32[1] = 0.5\n  x + b * sum(abs(b))", "batch = 2; optimizer = sgd(0.05)");
  EXPECT_FLOAT_EQ(static_cast<float>(trained(program, {}).at("net.b").number(0)), 0.525F);
}

TEST(OneElement, AnOptimizerMeasuresTheGradientOfABiasOfOne) {
  std::string longest = "optimizer longest(lr: f32 = 1)(w, g) { next w = w - lr * sign(g) * max(abs(g)) }\n";
  // At w = 1, b = 0 the slope in w is 2 · mean(0 · 1, −1 · 2) = −2 and in b 2 · mean(0, −1) = −1.
  Weights weights = trained(program_of(longest, "  param w: f32[1] = 1\n  param b: f32[1] = 0\n  x * w + b",
                                       "batch = 2; optimizer = longest(0.5)"),
                            {});
  EXPECT_EQ(weights.at("net.w").number(0), 2);
  EXPECT_EQ(weights.at("net.b").number(0), 0.5);
}

TEST(OneElement, EveryWayToReduceAndSpreadItCompilesToTheInterpretersBits) {
  const char* bodies[] = {
      "  param b: f32[1] = 0.5\n  x + b * max(abs(b)) - b / sqrt(sum(b^2))",
      "  param b: f32[1, 1] = 0.5\n  x + b * sum(b) * min(b, over: 0)",
      "  h = x |> dense(1)\n  h * sum(abs(h))",
      "  h = x |> dense(1)\n  e = exp(h - max(h, over: -1, keep: true))\n  h + e / sum(e, over: -1, keep: true)",
      "  h = x |> dense(1)\n  h - mean(h) + reshape(f32(argmax(h)), [B, 1])",
      "  param W: f32[1, 1] = 0.3\n  x @ (W / sqrt(sum(W^2))) * sum(x)",
      "  param b: f32[1] = 0.5\n  h = x * 0\n  for i in 0..3 { h = tanh(h * sum(b) + x) }\n  h * max(h)",
  };
  std::string optimizers =
      "optimizer longest(lr: f32 = 0.1)(w, g) { next w = w - lr * sign(g) * max(abs(g)) }\n"
      "optimizer unit(lr: f32 = 0.1)(w, g) { state v = zeros; v1 = 0.5 * v + g / (0.1 + sqrt(sum(g^2))); next v = v1\n"
      "  next w = w - lr * v1 * mean(abs(w)) }\n";
  for (const char* body : bodies) {
    for (const char* train :
         {"batch = 1; optimizer = longest(0.1)", "batch = 2; optimizer = unit(0.1); clip = norm(0.1)"}) {
      for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512}) {
        SessionOptions options;
        options.tier = runs_here(tier) ? tier : native_tier();
        if (tier == Tier::avx2) options.overrides.precision = Element::f64;
        SessionOptions interpreted = options;
        interpreted.interpret = true;
        std::string program = program_of(optimizers, body, train);
        Weights compiled = trained(program, options), expected = trained(program, interpreted);
        for (const auto& [name, tensor] : expected)
          EXPECT_EQ(compiled.at(name).numbers(), tensor.numbers()) << name << body;
      }
    }
  }
}

}  // namespace
}  // namespace nnc
