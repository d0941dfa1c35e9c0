// Random programs through all of nnc: machine code and the interpreter train the same weights, bit for bit, on every
// tier that this machine runs, fused and not. NNC_FUZZ_PROGRAMS says how many (./dev fuzz programs N).
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstdlib>

#include "codegen/jit.h"
#include "runtime/weights.h"
#include "tests/fuzz/random_program.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

int programs_to_run() {
  if (const char* asked = std::getenv("NNC_FUZZ_PROGRAMS")) return std::atoi(asked);
#if defined(__SANITIZE_ADDRESS__)
  return 15;
#else
  return 60;
#endif
}

/// The scores and the weights after training, as bits, and how it ended.
std::string trained(SessionOptions options, const std::string& out) {
  Session session(std::move(options));
  TrainRequest request;
  request.out_file = out;
  request.force = true;
  TrainResult result = session.train(request);
  std::string text = std::to_string(static_cast<int>(result.outcome.end)) + result.not_kept;
  auto add = [&](double value) { text += " " + std::to_string(std::bit_cast<uint64_t>(value)); };
  for (const auto& [name, score] : result.scores) {
    text += "\n" + name;
    add(score);
  }
  if (result.weights_file.empty()) return text;
  for (const auto& [name, tensor] : read_weights(out).tensors) {
    text += "\n" + name;
    for (double value : tensor.values) add(value);
  }
  return text;
}

std::string compare(uint64_t seed) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("p.nn", random_program(seed));
  if (seed % 4 == 0) options.overrides.precision = Element::f64;
  if (seed % 5 == 0) options.fuse_limit = static_cast<int64_t>(seed % 7);
  constexpr std::array kTiers{Tier::generic, Tier::avx2, Tier::avx512};
  options.tier = kTiers[seed % kTiers.size()];
  if (!runs_here(*options.tier)) options.tier = native_tier();
  SessionOptions interpreted = options;
  interpreted.interpret = true;
  std::string compiled = trained(options, folder.path("a.safetensors"));
  return compiled == trained(interpreted, folder.path("b.safetensors")) ? "" : "the weights differ";
}

TEST(RandomPrograms, MachineCodeTrainsTheInterpretersWeights) {
  for (int number = 1; number <= programs_to_run(); ++number) {
    auto seed = static_cast<uint64_t>(number);
    std::string wrong;
    try {
      wrong = compare(seed);
    } catch (const std::exception& error) {
      wrong = error.what();
    }
    EXPECT_EQ(wrong, "") << "seed " << seed << ":\n" << random_program(seed);
  }
}

}  // namespace
}  // namespace nnc
