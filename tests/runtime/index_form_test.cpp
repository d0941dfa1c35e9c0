// Layers that are written in index form: their gradients, by every parameter and by what stands in front of them,
// against central differences.
#include <gtest/gtest.h>

#include "runtime/explain/gradient_check.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

/// A net of `body` over h: f32[B, 4, 6, 5], which depends on a parameter, and k: f32[B, 4, 9].
void expect_right_gradients(const std::string& body) {
  SCOPED_TRACE(body);
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("a.nn", R"(
data d = table { x: f32[2] = [[0.3, -1.2], [0.9, 0.4], [-0.7, 1.5]];  y: f32[1] = [[0.2], [-0.6], [1.1]] }
model net(x: f32[B, 2]) -> f32[B, 1] {
  h = reshape(x |> dense(120), [B, 4, 6, 5]) |> tanh
  k = reshape(x |> dense(36), [B, 4, 9]) |> tanh
  y = )" + body + R"(
  y |> flatten |> dense(1)
}
train { data = d;  batch = 3;  loss = mse(net(x), y) }
)");
  for (const GradientReport& report : check_gradients(options)) {
    EXPECT_FALSE(report.gradients.empty());
    EXPECT_TRUE(report.agrees()) << report_text("a.nn", report);
  }
}

TEST(IndexFormGradients, OfConvolutions) {
  expect_right_gradients("h |> conv2d(3) |> tanh |> conv2d(2, kernel: 2, pad: same)");
  expect_right_gradients("h |> conv2d(4, stride: 2, pad: 1, groups: 2)");
  expect_right_gradients("h |> conv2d(2, pad: same, dilation: 2)");
  expect_right_gradients("k |> conv1d(3, stride: 3) |> tanh |> conv1d(3, kernel: 2, groups: 3)");
  expect_right_gradients("h |> conv_transpose2d(2, stride: 2, pad: 1)");
  expect_right_gradients("h |> conv_transpose2d(3, kernel: 2, stride: 3, dilation: 2)");
}

TEST(IndexFormGradients, OfPools) {
  for (const char* pool : {"max_pool", "avg_pool(3, stride: 1)", "max_pool(3, stride: 2, pad: 1)",
                           "avg_pool(2, pad: 1)", "global_avg_pool"}) {
    expect_right_gradients(std::string("h |> ") + pool);
  }
}

TEST(IndexFormGradients, OfForms) {
  expect_right_gradients("[n, c, t] => sum(i) k[n, c, t + 4 - i] * k[n, i, 0]");
  expect_right_gradients("[n, c] => k[n, c, 2 * c + 1] * k[n, c, 0]");
  expect_right_gradients("[n, t, i < 3] => k[n, i, t + i] * f32(t)");
  expect_right_gradients("[n, i, j] => sum(t) k[n, i, t] * k[n, j, t] * k[n, 0, t] / (1 + k[n, j, 1]^2)");
  expect_right_gradients("[n, c, t] => min(i < 3) k[n, c, t + 2 * i] * exp(k[n, c, i])");
  expect_right_gradients("[n] => mean(..s) h[n, ..s]^2");
}

}  // namespace
}  // namespace nnc
