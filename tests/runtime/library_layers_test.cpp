// Layers of the library against closed formulas in long double, in a training's step: the loss is a sum of what the
// layer gives, and the slopes are seen by a parameter in front of it.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cmath>

#include "runtime/weights/weights.h"
#include "tests/runtime/library_functions.h"
#include "tests/runtime/program_folder.h"

namespace nnc::test {
namespace {

constexpr size_t kRows = 3, kSide = 4, kSample = kSide * kSide;

/// Row r, channel c, place s of the data, and the weight of what the layer gives there. The second row is constant.
size_t at(size_t r, size_t c, size_t s) { return r * kSample + c * kSide + s; }
Real input(size_t i) { return i / kSample == 1 ? 0.75L : 2 * std::sin(1.7L * static_cast<Real>(i) + 0.3L) + 0.25L; }
Real weight(size_t i) { return std::cos(0.9L * static_cast<Real>(i)); }

std::string table_of(Real (*number)(size_t)) {
  std::string text = "[";
  for (size_t r = 0; r < kRows; ++r) {
    text += r == 0 ? "[" : ", [";
    for (size_t c = 0; c < kSide; ++c) {
      text += c == 0 ? "[" : ", [";
      for (size_t s = 0; s < kSide; ++s)
        text += fmt::format("{}{:.17g}", s == 0 ? "" : ", ", static_cast<double>(number(at(r, c, s))));
      text += "]";
    }
    text += "]";
  }
  return text + "]";
}

struct Trained {
  std::map<std::string, double> scores;
  std::map<std::string, Tensor> tensors;
};

/// One step of all rows through `body`, which is given h: f32[B, 4, 4] and gives as much.
Trained trained(const std::string& body, const std::string& rate, Element precision) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write(
      "p.nn",
      fmt::format("data d = table {{\n  x: f32[4, 4] = {}\n  c: f32[4, 4] = {}\n}}\n"
                  "model net(x: f32[B, 4, 4]) -> f32[B, 4, 4] {{\n  param w: f32[4, 4] = 1\n  h = x * w\n  {}\n}}\n"
                  "train {{ data = d; valid = d; batch = 3; epochs = 1; shuffle = false\n"
                  "  loss = mean(net(x) * c); optimizer = sgd({}) }}\n",
                  table_of(input), table_of(weight), body, rate));
  options.overrides.precision = precision;
  Session session(std::move(options));
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  Trained result{session.train(request).scores, {}};
  for (auto& [path, tensor] : read_weights(request.out_file).tensors) result.tensors[path] = tensor;
  return result;
}

/// What a layer gives for the numbers of all rows.
using Formula = std::function<Reals(const Reals&)>;

Real loss_of(const Formula& formula, const Reals& w) {
  Reals h;
  for (size_t i = 0; i < kRows * kSample; ++i) h.push_back(static_cast<double>(input(i)) * w[i % kSample]);
  const Reals y = formula(h);
  Real sum = 0;
  for (size_t i = 0; i < y.size(); ++i) sum += y[i] * static_cast<double>(weight(i));
  return sum / static_cast<Real>(y.size());
}

/// Numbers of one group, normalised: the group of a number is `group(i)`.
Formula normalised(size_t (*group)(size_t), Real eps, bool centred = true) {
  return [=](const Reals& x) {
    std::map<size_t, Real> sums, squares, counts;
    for (size_t i = 0; i < x.size(); ++i) sums[group(i)] += x[i], counts[group(i)] += 1;
    auto mean = [&](size_t i) -> Real { return centred ? sums[group(i)] / counts[group(i)] : 0; };
    for (size_t i = 0; i < x.size(); ++i) squares[group(i)] += (x[i] - mean(i)) * (x[i] - mean(i));
    Reals y;
    for (size_t i = 0; i < x.size(); ++i)
      y.push_back((x[i] - mean(i)) / std::sqrt(squares[group(i)] / counts[group(i)] + eps));
    return y;
  };
}

Real all_seen(size_t, size_t) { return 0; }
Real past_seen(size_t t, size_t u) { return u <= t ? 0 : -HUGE_VALL; }
/// What the mask [[0, -1, 2, 0.5], [-1e9, 0, 0, 0], …] adds at t and u.
Real masked(size_t t, size_t u) { return t == 0 ? Reals{0, -1, 2, 0.5L}[u] : t == u + 1 ? -1e9L : 0; }

/// Of one row's 4 × 4 numbers, in parts of `width` columns; `seen` is added to the scores.
Reals attended(const Reals& q, const Reals& k, const Reals& v, size_t width,
               Real (*seen)(size_t t, size_t u) = all_seen) {
  Reals y(q.size());
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t part = 0; part < kSide; part += width) {
      for (size_t t = 0; t < kSide; ++t) {
        Reals shares(kSide);
        Real total = 0;
        for (size_t u = 0; u < kSide; ++u) {
          Real score = 0;
          for (size_t d = part; d < part + width; ++d) score += q[at(r, t, d)] * k[at(r, u, d)];
          total += shares[u] = std::exp(score / std::sqrt(static_cast<Real>(width)) + seen(t, u));
        }
        for (size_t u = 0; u < kSide; ++u) {
          for (size_t d = part; d < part + width; ++d) y[at(r, t, d)] += shares[u] / total * v[at(r, u, d)];
        }
      }
    }
  }
  return y;
}

/// The numbers of each row with the waves of their places added.
Reals with_waves(const Reals& x, Real longest) {
  Reals y = x;
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t t = i / kSide % kSide, d = i % kSide;
    const Real angle = static_cast<Real>(t) / std::pow(longest, static_cast<Real>(d - d % 2) / kSide);
    y[i] += d % 2 == 0 ? std::sin(angle) : std::cos(angle);
  }
  return y;
}

size_t by_row(size_t i) { return i / kSide; }
size_t by_channel(size_t i) { return i / kSide % kSide; }
size_t by_half(size_t i) { return i / (kSample / 2); }

struct Layer {
  std::string body;
  Formula formula;
};

TEST(LibraryLayers, AgreeWithTheirFormulas) {
  const Formula rows = normalised(by_row, 1e-5L);
  auto residual = [&](const Reals& x) {
    Reals y = rows(x);
    for (size_t i = 0; i < x.size(); ++i) y[i] += x[i];
    return y;
  };
  // Of axes of one size, each is found by its name.
  for (const Layer& layer : std::vector<Layer>{
           {"batch_norm(h)", normalised(by_channel, 1e-5L)},
           {"layer_norm(h)", rows},
           {"group_norm(2)(h)", normalised(by_half, 1e-5L)},
           {"rms_norm(h)", normalised(by_row, 1e-6L, false)},
           {"h |> residual(layer_norm())", residual},
           {"time_distributed(group_norm(1))(h)", rows},
           {"positional(h)", [](const Reals& x) { return with_waves(x, 10000); }},
           {"h |> positional(9)", [](const Reals& x) { return with_waves(x, 9); }},
           {"attention(h, h, h)", [](const Reals& x) { return attended(x, x, x, kSide); }},
           {"attention(h, h, h, causal: true)", [](const Reals& x) { return attended(x, x, x, kSide, past_seen); }},
           {"attention(h, h, h, mask: [[0, -1, 2, 0.5], [-1e9, 0, 0, 0], [0, -1e9, 0, 0], [0, 0, -1e9, 0]])",
            [](const Reals& x) { return attended(x, x, x, kSide, masked); }}}) {
    Reals slopes;  // by small steps: the constant row bends within sqrt(eps)
    for (size_t i = 0; i < kSample; ++i)
      slopes.push_back(
          1 - difference_slope([&](const Reals& w) { return loss_of(layer.formula, w); }, Reals(kSample, 1), i, 1e-5L));
    const Real loss = loss_of(layer.formula, Reals(kSample, 1));
    Trained exact = trained(layer.body, "1", Element::f64);
    expect_close({exact.scores.at("train.loss")}, {loss}, 1e-12, layer.body);
    expect_close(exact.tensors.at("net.w").numbers(), slopes, 1e-9, "slope of " + layer.body);
    EXPECT_NEAR(trained(layer.body, "1", Element::f32).scores.at("train.loss"), static_cast<double>(loss), 1e-6)
        << layer.body;
  }
}

TEST(LibraryLayers, BatchNormKeepsWhatItSawForEvaluation) {
  Trained found = trained("batch_norm(h)", "1e-30", Element::f64);
  const std::vector<double> mean = found.tensors.at("net.batch_norm_0.running_mean").numbers();
  const std::vector<double> variance = found.tensors.at("net.batch_norm_0.running_var").numbers();
  Reals means(kSide), variances(kSide);
  const Real count = kRows * kSide;
  for (size_t i = 0; i < kRows * kSample; ++i) means[by_channel(i)] += static_cast<double>(input(i)) / count;
  for (size_t i = 0; i < kRows * kSample; ++i)
    variances[by_channel(i)] += std::pow(static_cast<double>(input(i)) - means[by_channel(i)], 2) / (count - 1);
  Reals wanted_mean, wanted_variance;
  for (size_t c = 0; c < kSide; ++c) {
    wanted_mean.push_back(0.1L * means[c]);
    wanted_variance.push_back(0.9L + 0.1L * variances[c]);
  }
  expect_close(mean, wanted_mean, 1e-12, "running_mean");
  expect_close(variance, wanted_variance, 1e-12, "running_var");
  auto kept = [&](const Reals& x) {
    Reals y;
    for (size_t i = 0; i < x.size(); ++i)
      y.push_back((x[i] - wanted_mean[by_channel(i)]) / std::sqrt(wanted_variance[by_channel(i)] + 1e-5L));
    return y;
  };
  expect_close({found.scores.at("valid.loss")}, {loss_of(kept, Reals(kSample, 1))}, 1e-12, "valid.loss");
}

void expect_heads(const std::string& layer, Real (*seen)(size_t t, size_t u)) {
  Trained found = trained(layer, "1e-30", Element::f64);
  auto times = [&](const Reals& x, const char* name) {
    const std::vector<double> w = found.tensors.at(fmt::format("net.multi_head_attention_0.{}", name)).numbers();
    Reals y(x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      for (size_t k = 0; k < kSide; ++k) y[i] += x[i / kSide * kSide + k] * w[k * kSide + i % kSide];
    }
    return y;
  };
  auto formula = [&](const Reals& x) {
    return times(attended(times(x, "W_q"), times(x, "W_k"), times(x, "W_v"), 2, seen), "W_o");
  };
  expect_close({found.scores.at("train.loss")}, {loss_of(formula, Reals(kSample, 1))}, 1e-12, layer);
}

TEST(LibraryLayers, AttentionOfSeveralHeadsIsThatOfTheParts) {
  expect_heads("multi_head_attention(2)(h)", all_seen);
  expect_heads("multi_head_attention(2, causal: true)(h)", past_seen);
  expect_heads(
      "m = [t < 4, u < 4] => where(t == 0, [0, -1, 2, 0.5][u], where(t == u + 1, -1e9, 0))\n"
      "  multi_head_attention(2, mask: m)(h)",
      masked);
}

}  // namespace
}  // namespace nnc::test
