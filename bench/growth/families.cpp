#include "bench/growth/families.h"

#include <fmt/format.h>

namespace nnc::bench {
namespace {

/// A program around these definitions and the statements of its model, which end in a value f32[B, 1].
std::string around(const std::string& definitions, const std::string& statements,
                   const std::string& training = "optimizer = sgd(0.01)") {
  return fmt::format(R"(data d = table {{
  x: f32[4] = [[1, 2, 3, 4], [2, 3, 4, 5], [3, 4, 5, 6], [4, 5, 6, 7]]
  y: f32[1] = [[3], [5], [7], [9]]
}}
{}model net(x: f32[B, 4]) -> f32[B, 1] {{
{}}}
train {{
  data = d;  batch = 4;  epochs = 1
  loss = mse(net(x), y)
  {}
}}
)",
                     definitions, statements, training);
}

/// `part` for 1 … n, with `between` between them.
std::string repeated(int64_t n, const std::string& between, std::string (*part)(int64_t i)) {
  std::string text;
  for (int64_t i = 1; i <= n; ++i) text += (i == 1 ? "" : between) + part(i);
  return text;
}

std::string scaled(int64_t i) { return fmt::format("x * {}", i); }

std::string equal_layers(int64_t n, const std::string& training) {
  return around("", fmt::format("  h = x\n  for i in 0..{} {{ h = h |> dense(4) |> relu }}\n  dense(1)(h)\n", n),
                training);
}

std::string layers(int64_t n) { return equal_layers(n, "optimizer = sgd(0.01)"); }
std::string adam(int64_t n) { return equal_layers(n, "optimizer = adam(0.01);  clip = norm(1)"); }

std::string residual(int64_t n) {
  return around("", fmt::format("  h = x\n  for i in 0..{} {{ h = h + (h |> dense(4) |> relu |> dense(4)) }}\n"
                                "  dense(1)(h)\n",
                                n));
}

std::string cells(int64_t n) {
  return around("layer cell()(x: f32[B, 4], h: f32[B, 4]) -> f32[B, 4] = tanh(dense(4)(x) + dense(4)(h))\n",
                fmt::format("  step = cell()\n  h = x\n  for i in 0..{} {{ h = step(x, h) }}\n  dense(1)(h)\n", n));
}

std::string concat(int64_t n) { return around("", fmt::format("  dense(1)(concat({}))\n", repeated(n, ", ", scaled))); }

std::string parameters(int64_t n) {
  std::string declared =
      repeated(n, "\n", [](int64_t i) { return fmt::format("  param w{}: f32[4] = uniform(-1, 1)", i); });
  std::string used = repeated(n, "\n", [](int64_t i) { return fmt::format("  h{} = h{} + x * w{}", i, i - 1, i); });
  return around(
      fmt::format("layer many()(x: f32[B, 4]) -> f32[B, 4] {{\n{}\n  h0 = x\n{}\n  h{}\n}}\n", declared, used, n),
      "  dense(1)(many()(x))\n");
}

std::string sum(int64_t n) { return around("", fmt::format("  h = {}\n  dense(1)(h)\n", repeated(n, " + ", scaled))); }

}  // namespace

const std::vector<Family>& families() {
  static const std::vector<Family> all = {
      {"layers", "n dense layers", layers},
      {"adam", "n dense layers, with adam and clip", adam},
      {"residual", "n residual blocks", residual},
      {"cells", "a cell unrolled n times", cells},
      {"concat", "one concat of n tensors", concat},
      {"parameters", "n parameters, a line each", parameters},
      {"sum", "a sum of n terms", sum},
  };
  return all;
}

}  // namespace nnc::bench
