// The orders of docs/numerics.md, written out once more as plain loops over floats, against the lowered kernels: ==.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <span>

#include "ir/text.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

using Floats = std::vector<float>;

Floats floats(const Tensor& tensor) { return {tensor.values.begin(), tensor.values.end()}; }

size_t lanes_of(size_t axis, const Target& target) {
  auto widest = static_cast<size_t>(target.lanes(Element::f32));
  return std::min(std::bit_ceil(axis), widest);
}

float tree(Floats lanes) {
  for (size_t half = lanes.size() / 2; half > 0; half /= 2) {
    for (size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  }
  return lanes[0];
}

/// Accumulators of a reduction in lanes.
struct Accumulators {
  size_t vl;
  std::vector<Floats> sums;

  Accumulators(size_t lanes, size_t count) : vl(lanes), sums(count, Floats(lanes, -0.0F)) {}
  void add(std::span<const float> terms) {
    for (size_t i = 0; i < terms.size(); ++i) sums[i / vl % sums.size()][i % vl] += terms[i];
  }
  float folded() const {
    std::vector<Floats> parts = sums;
    while (parts.size() > 1) {
      std::vector<Floats> pairs;
      for (size_t i = 0; i + 1 < parts.size(); i += 2) {
        pairs.push_back(parts[i]);
        for (size_t l = 0; l < vl; ++l) pairs.back()[l] += parts[i + 1][l];
      }
      if (parts.size() % 2 == 1) pairs.push_back(parts.back());
      parts = pairs;
    }
    return tree(parts[0]);
  }
};

/// x[outer, axis] over both, or, where `rows` says so, over an axis along the rows (of that capacity).
float sum_in_lanes(const Floats& x, size_t axis, const Target& target, size_t rows_capacity = 0) {
  size_t vl = lanes_of(rows_capacity > 0 ? rows_capacity : axis, target);
  size_t count = rows_capacity > 0 ? 1 : std::min<size_t>(4, (axis + vl - 1) / vl);
  bool cut = rows_capacity > 0 || axis > 4096;
  Accumulators all(vl, count);
  float total = -0.0F;
  for (size_t row = 0; row < x.size() / axis; ++row) {
    std::span<const float> line = std::span(x).subspan(row * axis, axis);
    if (!cut) all.add(line);
    for (size_t begin = 0; cut && begin < axis; begin += 4096) {
      Accumulators chunk(vl, count);
      chunk.add(line.subspan(begin, std::min<size_t>(4096, axis - begin)));
      total += chunk.folded();
    }
  }
  return cut ? total : all.folded();
}

/// Column `at` of x[rows, columns] down the rows.
float sum_in_chain(const Floats& x, size_t columns, size_t at) {
  size_t rows = x.size() / columns;
  float total = -0.0F, chunk = -0.0F;
  for (size_t row = 0; row < rows; ++row) {
    if (row > 0 && row % 4096 == 0) total += chunk, chunk = -0.0F;
    chunk += x[row * columns + at];
  }
  return total + chunk;
}

float multiply_add(float a, float b, float c, const Target& target) {
  return target.has_fma ? std::fma(a, b, c) : a * b + c;
}

float outer_product(std::span<const float> a, std::span<const float> b, const Target& target, bool cut) {
  float total = 0, chunk = 0;
  for (size_t k = 0; k < a.size(); ++k) {
    if (cut && k > 0 && k % 4096 == 0) total += chunk, chunk = 0;
    chunk = multiply_add(a[k], b[k], chunk, target);
  }
  return cut ? total + chunk : chunk;
}

/// a[outer, k] and b[outer, k] over both.
float dot_product(std::span<const float> a, std::span<const float> b, size_t axis, const Target& target) {
  size_t vl = lanes_of(axis, target);
  Floats total(vl, 0.0F), chunk(vl, 0.0F);
  for (size_t i = 0; i < a.size(); ++i) {
    size_t k = i % axis;
    if (k > 0 && k % 4096 == 0) {
      for (size_t l = 0; l < vl; ++l) total[l] += chunk[l];
      chunk.assign(vl, 0.0F);
    }
    chunk[k % vl] = multiply_add(a[i], b[i], chunk[k % vl], target);
  }
  for (size_t l = 0; l < vl; ++l) total[l] += chunk[l];
  return tree(total);
}

struct Run {
  Tensors inputs, results;
};

Run run(const std::string& body, const PassOptions& options, int64_t rows) {
  Graph graph = parse_graph("graph g {\n" + body + "  yield y = %y\n}\n", "g");
  Run result;
  result.inputs = sample_inputs(graph, rows, 5);
  result.results = run_nests(lowered(graph, options), graph, result.inputs, rows);
  return result;
}

template <class Check>
void on_tiers(int64_t capacity, const std::string& body, int64_t rows, Check check) {
  for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512}) {
    PassOptions options = options_for(tier, capacity, capacity == rows);
    Run done = run(body, options, rows);
    SCOPED_TRACE(fmt::format("{} {} rows\n{}", spelling(tier), rows, body));
    check(done.inputs, floats(done.results.at("y")), options.target);
  }
}

TEST(SummationOrder, LanesAlongAConstantAxis) {
  for (size_t axis : {1, 3, 8, 17, 40, 63, 4096, 4097, 9000}) {
    on_tiers(1,
             fmt::format("  %x = variable {{path = \"x\"}} : f32[3, {0}]\n  %y = reduce_sum(%x) {{axes = ints [0, 1]}} "
                         ": f32[]\n",
                         axis),
             1, [&](const Tensors& inputs, const Floats& y, const Target& target) {
               Floats x = floats(inputs.at("x"));
               // Where the last axis has one element the first is the one that counts.
               EXPECT_EQ(y[0], sum_in_lanes(x, axis == 1 ? 3 : axis, target));
             });
  }
}

TEST(SummationOrder, LanesAlongTheRows) {
  const std::string body = "  %x = input {path = \"x\"} : f32[B]\n  %y = reduce_sum(%x) {axes = ints [0]} : f32[]\n";
  for (int64_t rows : {1, 7, 100, 5000}) {
    for (int64_t capacity : {rows, int64_t{6000}}) {
      on_tiers(capacity, body, rows, [&](const Tensors& inputs, const Floats& y, const Target& target) {
        EXPECT_EQ(y[0], sum_in_lanes(floats(inputs.at("x")), static_cast<size_t>(rows), target,
                                     static_cast<size_t>(capacity)));
      });
    }
  }
}

TEST(SummationOrder, ChainsDownTheRows) {
  const std::string body =
      "  %x = input {path = \"x\"} : f32[B, 3]\n  %y = reduce_sum(%x) {axes = ints [0]} : f32[3]\n";
  for (int64_t rows : {1, 100, 4096, 5000}) {
    for (int64_t capacity : {rows, int64_t{6000}}) {
      on_tiers(capacity, body, rows, [&](const Tensors& inputs, const Floats& y, const Target&) {
        for (size_t at = 0; at < 3; ++at) EXPECT_EQ(y[at], sum_in_chain(floats(inputs.at("x")), 3, at));
      });
    }
  }
}

TEST(SummationOrder, DotProducts) {
  constexpr size_t kShortestDot = 32;  // shorter sums are one chain each
  for (size_t axis : {2, 5, 16, 31, 32, 33, 4096, 9001}) {
    on_tiers(
        1,
        fmt::format("  %a = variable {{path = \"a\"}} : f32[2, {0}]\n  %b = variable {{path = \"b\"}} : f32[3, {0}]\n"
                    "  %y = contract(%a, %b) {{index = \"m k, n k -> m n\"}} : f32[2, 3]\n",
                    axis),
        1, [&](const Tensors& inputs, const Floats& y, const Target& target) {
          Floats a = floats(inputs.at("a")), b = floats(inputs.at("b"));
          for (size_t i = 0; i < 6; ++i) {
            std::span<const float> left(a.data() + i / 3 * axis, axis), right(b.data() + i % 3 * axis, axis);
            float expected =
                axis < kShortestDot ? outer_product(left, right, target, true) : dot_product(left, right, axis, target);
            EXPECT_EQ(y[i], expected) << axis;
          }
        });
  }
}

TEST(SummationOrder, DotProductsOverTwoLoopsAreNotCut) {
  on_tiers(1,
           "  %a = variable {path = \"a\"} : f32[3, 20, 300]\n  %b = variable {path = \"b\"} : f32[20, 300]\n"
           "  %y = contract(%a, %b) {index = \"m j k, j k -> m\"} : f32[3]\n",
           1, [&](const Tensors& inputs, const Floats& y, const Target& target) {
             Floats a = floats(inputs.at("a")), b = floats(inputs.at("b"));
             for (size_t i = 0; i < 3; ++i)
               EXPECT_EQ(y[i], dot_product(std::span(a).subspan(i * 6000, 6000), b, 300, target));
           });
}

TEST(SummationOrder, OuterProductsOverOneLoopAreCutAndOverTwoAreNot) {
  on_tiers(1,
           "  %a = variable {path = \"a\"} : f32[5000, 3]\n  %b = variable {path = \"b\"} : f32[5000, 2]\n"
           "  %y = contract(%a, %b) {index = \"k m, k n -> m n\"} : f32[3, 2]\n",
           1, [&](const Tensors& inputs, const Floats& y, const Target& target) {
             Floats a = floats(inputs.at("a")), b = floats(inputs.at("b"));
             for (size_t i = 0; i < 6; ++i) {
               Floats left, right;
               for (size_t k = 0; k < 5000; ++k) left.push_back(a[k * 3 + i / 2]), right.push_back(b[k * 2 + i % 2]);
               EXPECT_EQ(y[i], outer_product(left, right, target, true));
             }
           });
  on_tiers(1,
           "  %a = variable {path = \"a\"} : f32[100, 60, 3]\n  %b = variable {path = \"b\"} : f32[100, 60, 2]\n"
           "  %y = contract(%a, %b) {index = \"j k m, j k n -> m n\"} : f32[3, 2]\n",
           1, [&](const Tensors& inputs, const Floats& y, const Target& target) {
             Floats a = floats(inputs.at("a")), b = floats(inputs.at("b"));
             for (size_t i = 0; i < 6; ++i) {
               Floats left, right;
               for (size_t k = 0; k < 6000; ++k) left.push_back(a[k * 3 + i / 2]), right.push_back(b[k * 2 + i % 2]);
               EXPECT_EQ(y[i], outer_product(left, right, target, false));
             }
           });
}

}  // namespace
}  // namespace nnc
