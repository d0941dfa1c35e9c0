// Random programs through all of nnc: machine code and the interpreter train the same weights, bit for bit, on every
// tier that this machine runs, fused and not, on one to four threads. NNC_FUZZ_PROGRAMS says how many (./dev fuzz
// programs N).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>

#include "codegen/jit.h"
#include "runtime/weights/weights.h"
#include "tests/fuzz/cases_to_run.h"
#include "tests/fuzz/random_program.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

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
    for (double value : tensor.numbers()) add(value);
  }
  return text;
}

/// What differs between machine code and interpreter, or nothing.
std::string compare(const std::string& program, SessionOptions options) {
  TempFolder folder;
  options.file = folder.write("p.nn", program);
  if (!runs_here(*options.tier)) options.tier = native_tier();
  SessionOptions interpreted = options;
  interpreted.interpret = true;
  interpreted.threads = 1;
  std::string compiled = trained(options, folder.path("a.safetensors"));
  return compiled == trained(interpreted, folder.path("b.safetensors")) ? "" : "the weights differ";
}

constexpr std::array kTiers{Tier::generic, Tier::avx2, Tier::avx512};

std::string compare(uint64_t seed, const RandomProgramOptions& written = {}) {
  SessionOptions options;
  if (seed % 4 == 0) options.overrides.precision = Element::f64;
  if (seed % 5 == 0) options.fuse_limit = static_cast<int64_t>(seed % 7);
  options.tier = kTiers[seed % kTiers.size()];
  options.threads = 1 + static_cast<int64_t>(seed % 4);
  options.least_shared_work = 0;
  return compare(random_program(seed, written), options);
}

/// Trains `body` of f32[B, 24] on a few rows.
std::string program_of(const std::string& body) {
  std::string x, y;
  for (int row = 0; row < 9; ++row) {
    for (int column = 0; column < 24; ++column) {
      x += (column == 0 ? "[" : ", ") + std::to_string((row * 7 + column * 5) % 11 - 5) + (column == 23 ? "], " : "");
    }
    y += "[" + std::to_string(row % 3) + "], ";
  }
  return "data d = table {\n  x: f32[24] = [" + x + "]\n  y: f32[1] = [" + y + "]\n}\n" +
         "model net(x: f32[B, 24]) -> f32[B, 1] {\n" + body + "}\n" +
         "train {\n  data = d\n  batch = 4\n  epochs = 1\n  loss = mse(net(x), y)\n  optimizer = adam(0.01)\n}\n";
}

// Positions of a split axis and drawn numbers hold vector registers beside the sums; with 16 of them these once did not
// compile.
TEST(Programs, WhoseKernelsCrowdTheRegistersCompileOnEveryTier) {
  const char* bodies[] = {
      "  h = reshape(x, [B, 3, 4, 2]) |> dense(8) |> relu\n  h |> flatten |> dense(1)\n",
      "  h = reshape(x |> dense(18), [B, 3, 2, 3])\n  transpose(h) |> flatten |> dense(1)\n",
      "  h = x |> dense(4)\n  where(random_uniform(shape: [B, 4]) < 0.4, 0, h) |> dense(1)\n",
      "  h = x |> dense(18)\n  k = reshape(h, [B, 3, 2, 3]) |> dropout(0.3)\n"
      "  (k |> flatten |> dense(1)) + (h |> dense(1))\n",
      "  h = reshape(x |> dense(12), [B, 3, 2, 2, 1])\n  k = concat(h, h)\n"
      "  (tanh(k) - k |> flatten |> dense(1)) + (k |> dense(8) |> flatten |> dense(1))\n",
  };
  struct Way {
    Tier tier;
    Element precision;
    int64_t fuse_limit;
  };
  constexpr Way kWays[] = {{Tier::generic, Element::f32, -1},
                           {Tier::avx2, Element::f32, -1},
                           {Tier::avx2, Element::f32, 0},
                           {Tier::avx2, Element::f64, -1},
                           {Tier::avx512, Element::f32, -1}};
  for (const char* body : bodies) {
    for (const Way& way : kWays) {
      SessionOptions options;
      options.tier = way.tier;
      options.overrides.precision = way.precision;
      options.fuse_limit = way.fuse_limit;
      EXPECT_EQ(compare(program_of(body), options), "") << body << spelling(way.tier);
    }
  }
}

/// The weights after training; none where a number is not finite.
Tensors weights_of(const std::string& program, Element precision) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("p.nn", program);
  options.overrides.precision = precision;
  options.interpret = true;
  Session session(std::move(options));
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  TrainResult result = session.train(request);
  if (result.weights_file.empty()) return {};
  return read_weights(result.weights_file).tensors;
}

/// Where a choice's other side is infinite or NaN, the same weights as where it is 0 (zeros of either sign are equal).
TEST(RandomPrograms, WhatIsNotChosenHasNoInfluence) {
  int tried = 0;
  for (int number = 1; number <= programs_to_run(); ++number) {
    auto seed = static_cast<uint64_t>(number);
    std::string program = random_program(seed);
    if (program.find("beyond(v") == std::string::npos && program.find("beyond(x") == std::string::npos) continue;
    ++tried;
    Element precision = seed % 4 == 0 ? Element::f64 : Element::f32;
    auto found = weights_of(program, precision),
         expected = weights_of(random_program(seed, {.overflow = false}), precision);
    std::string differs = found.size() == expected.size() ? "" : "one has no weights";
    for (const auto& [name, tensor] : expected) {
      if (differs.empty() && found.at(name).numbers() != tensor.numbers()) differs = name;
    }
    EXPECT_EQ(differs, "") << "seed " << seed << ":\n" << program;
  }
  EXPECT_GT(tried, 0);
}

void expect_equal_weights(const RandomProgramOptions& written) {
  for (int number = 1; number <= programs_to_run(); ++number) {
    auto seed = static_cast<uint64_t>(number);
    std::string wrong;
    try {
      wrong = compare(seed, written);
    } catch (const std::exception& error) {
      wrong = error.what();
    }
    EXPECT_EQ(wrong, "") << "seed " << seed << ":\n" << random_program(seed, written);
  }
}

TEST(RandomPrograms, MachineCodeTrainsTheInterpretersWeights) { expect_equal_weights({}); }
TEST(RandomPrograms, OfIndexFormsTrainTheSameByMachineCode) { expect_equal_weights({.indexed = true}); }

/// The largest difference of two weights.
double distance(const Tensors& a, const Tensors& b) {
  double largest = 0;
  for (const auto& [name, tensor] : a) {
    const Tensor& other = b.at(name);
    for (int64_t i = 0; i < other.count(); ++i) {
      largest = std::max(largest, std::abs(tensor.number(i) - other.number(i)));
    }
  }
  return largest;
}

// The squares of these gradients are no f32, or no f64; the step is what it would be for moderate ones.
TEST(RandomPrograms, HugeAndTinyGradientsAreClippedToTheSameStep) {
  int compared = 0, programs = (programs_to_run() + 2) / 3;  // each is trained three times
  for (int number = 1; number <= programs; ++number) {
    auto seed = static_cast<uint64_t>(number);
    bool wide = seed % 3 == 0;
    auto scaled_by = [&](int exponent) {
      return weights_of(random_program(seed, {.exponent = exponent}), wide ? Element::f64 : Element::f32);
    };
    auto plain = scaled_by(10);
    for (int exponent : {wide ? 700 : 80, wide ? -700 : -80}) {
      auto scaled = scaled_by(exponent);
      if (plain.empty() || scaled.empty()) continue;
      EXPECT_LE(distance(plain, scaled), 1e-5) << "seed " << seed << ": 2^" << exponent << "\n" << random_program(seed);
      ++compared;
    }
  }
  EXPECT_GE(compared, programs);
}

}  // namespace
}  // namespace nnc
