// The arithmetic of whoever calls has no part in what a session computes, and is the same when it is back.
#include <gtest/gtest.h>

#include <cfenv>
#include <fstream>

#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

std::string weights_in(const TempFolder& folder, int mode) {
  SessionOptions options;
  options.file = folder.write("net.nn", R"(
data d = table { x: f32[2] = [[0.1, 0.7], [0.3, 1e-3], [7.7, 0.9]]; y: f32 = [0.1, 0.2, 0.3] }
model net(x: f32[B, 2]) -> f32[B] = x |> dense(5) |> tanh |> dense(1) |> squeeze
train { data = d; batch = 2; epochs = 4; loss = mse(net(x), y); optimizer = adam(cosine(0.03)) }
)");
  TrainRequest request;
  request.out_file = folder.path("net.safetensors");
  std::fesetround(mode);
  {
    Session session(options);
    session.train(request);
  }
  EXPECT_EQ(std::fegetround(), mode);
  std::fesetround(FE_TONEAREST);
  return folder.read("net.safetensors");
}

TEST(Arithmetic, ARoundingModeOfTheCallerChangesNoBit) {
  TempFolder folder;
  std::string nearest = weights_in(folder, FE_TONEAREST);
  for (int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) EXPECT_EQ(weights_in(folder, mode), nearest) << mode;
}

}  // namespace
}  // namespace nnc
