// The orders of docs/numerics.md, written out once more as plain loops over floats, against the lowered kernels: ==.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <span>

#include "ir/print/text.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

using Floats = std::vector<float>;

Floats floats(const Tensor& tensor) {
  const std::vector<double> numbers = tensor.numbers();
  return {numbers.begin(), numbers.end()};
}

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

/// What one chain may add.
constexpr size_t kReduction = 128, kContraction = 1024;

/// The summed axes, outermost first. The first one, or where that says so the last one, may go along the rows of a
/// batch of this capacity.
struct Axes {
  std::vector<size_t> extents;
  size_t along_rows = SIZE_MAX;
  size_t capacity = 0;

  size_t at_capacity(size_t axis) const { return axis == along_rows ? capacity : extents[axis]; }
};

size_t divided_up(size_t a, size_t b) { return (a + b - 1) / b; }

/// Where each chunk ends, as positions in row-major order over all axes; one chain takes a term every `step` elements
/// of the last axis.
std::vector<size_t> chunk_ends(const Axes& axes, size_t step, size_t longest) {
  size_t last = axes.extents.size() - 1, all = 1, terms = 1, cut = 0;
  auto turns = [&](size_t axis) { return divided_up(axes.at_capacity(axis), axis == last ? step : 1); };
  for (size_t axis = 0; axis <= last; ++axis) all *= axes.extents[axis], terms *= turns(axis);
  if (terms <= longest) return {all};
  size_t turns_behind = 1, behind = 1, block = 1;
  for (cut = last;; --cut) {
    size_t most = longest / turns_behind;
    if (cut == axes.along_rows) {
      block = most * (cut == last ? step : 1);
      break;
    }
    if (turns(cut) > most) {
      block = divided_up(turns(cut), divided_up(turns(cut), most)) * (cut == last ? step : 1);
      break;
    }
    turns_behind *= turns(cut);
    behind *= axes.extents[cut];
  }
  std::vector<size_t> ends;
  size_t line = axes.extents[cut] * behind;
  for (size_t begin = 0; begin < all; begin += line) {
    for (size_t at = 0; at < line; at += block * behind) ends.push_back(begin + std::min(line, at + block * behind));
  }
  return ends;
}

/// Halves of which the first has the largest power of two that leaves something, lane by lane.
Floats tree_of_chunks(std::span<const Floats> totals) {
  if (totals.size() == 1) return totals[0];
  size_t half = std::bit_ceil(totals.size()) / 2;
  Floats left = tree_of_chunks(totals.first(half)), right = tree_of_chunks(totals.subspan(half));
  for (size_t l = 0; l < left.size(); ++l) left[l] += right[l];
  return left;
}

/// The sum of each chunk by `sum(begin, end)`, combined.
template <class Sum>
Floats in_chunks(const Axes& axes, size_t step, size_t longest, Sum sum) {
  std::vector<Floats> totals;
  size_t begin = 0;
  for (size_t end : chunk_ends(axes, step, longest)) {
    totals.push_back(sum(begin, end));
    begin = end;
  }
  return tree_of_chunks(totals);
}

float sum_in_lanes(const Floats& x, const Axes& axes, const Target& target) {
  size_t last = axes.extents.size() - 1, line = axes.extents[last];
  size_t vl = lanes_of(axes.at_capacity(last), target);
  size_t count = last == axes.along_rows ? 1 : std::min<size_t>(4, divided_up(line, vl));
  Floats total = in_chunks(axes, vl * count, kReduction, [&](size_t begin, size_t end) {
    Accumulators chunk(vl, count);
    while (begin < end) {
      size_t stop = std::min(end, (begin / line + 1) * line);
      chunk.add(std::span(x).subspan(begin, stop - begin));
      begin = stop;
    }
    return Floats{chunk.folded()};
  });
  return total[0];
}

/// Output `at` of x[summed…, outputs].
float sum_in_chain(const Floats& x, size_t outputs, size_t at, const Axes& axes) {
  Floats total = in_chunks(axes, 1, kReduction, [&](size_t begin, size_t end) {
    float chunk = -0.0F;
    for (size_t k = begin; k < end; ++k) chunk += x[k * outputs + at];
    return Floats{chunk};
  });
  return total[0];
}

float multiply_add(float a, float b, float c, const Target& target) {
  return target.has_fma ? std::fma(a, b, c) : a * b + c;
}

float outer_product(std::span<const float> a, std::span<const float> b, const Axes& axes, const Target& target) {
  Floats total = in_chunks(axes, 1, kContraction, [&](size_t begin, size_t end) {
    float chunk = 0;
    for (size_t k = begin; k < end; ++k) chunk = multiply_add(a[k], b[k], chunk, target);
    return Floats{chunk};
  });
  return total[0];
}

float dot_product(std::span<const float> a, std::span<const float> b, const Axes& axes, const Target& target) {
  size_t last = axes.extents.size() - 1, line = axes.extents[last];
  size_t vl = last == axes.along_rows ? static_cast<size_t>(target.lanes(Element::f32)) : lanes_of(line, target);
  return tree(in_chunks(axes, vl, kContraction, [&](size_t begin, size_t end) {
    Floats chunk(vl, 0.0F);
    for (size_t i = begin; i < end; ++i) {
      size_t k = i % line;
      chunk[k % vl] = multiply_add(a[i], b[i], chunk[k % vl], target);
    }
    return chunk;
  }));
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

TEST(SummationOrder, LanesAlongConstantAxes) {
  std::vector<std::vector<size_t>> shapes{{3, 1},     {3, 3},      {3, 8},       {3, 17},       {3, 63},
                                          {3, 4097},  {2, 20000},  {1, 40961},   {400, 2},      {129, 16},
                                          {50, 7, 9}, {3, 200, 5}, {2, 3, 9000}, {5, 1, 300, 3}};
  for (const std::vector<size_t>& shape : shapes) {
    on_tiers(1,
             fmt::format("  %x = variable {{path = \"x\"}} : f32[{0}]\n  %y = reduce_sum(%x) {{axes = ints [{1}]}} "
                         ": f32[]\n",
                         fmt::join(shape, ", "),
                         shape.size() == 2   ? "0, 1"
                         : shape.size() == 3 ? "0, 1, 2"
                                             : "0, 1, 2, 3"),
             1, [&](const Tensors& inputs, const Floats& y, const Target& target) {
               Axes axes;
               for (size_t extent : shape) {
                 if (extent > 1) axes.extents.push_back(extent);
               }
               EXPECT_EQ(y[0], sum_in_lanes(floats(inputs.at("x")), axes, target));
             });
  }
}

TEST(SummationOrder, LanesAlongTheRows) {
  const std::string body =
      "  %x = input {role = column, path = \"x\"} : f32[B]\n  %y = reduce_sum(%x) {axes = ints [0]} : f32[]\n";
  for (int64_t rows : {1, 7, 100, 512, 1024, 2048, 5000}) {
    for (int64_t capacity : {rows, int64_t{6000}}) {
      on_tiers(capacity, body, rows, [&](const Tensors& inputs, const Floats& y, const Target& target) {
        Axes axes{{static_cast<size_t>(rows)}, 0, static_cast<size_t>(capacity)};
        EXPECT_EQ(y[0], sum_in_lanes(floats(inputs.at("x")), axes, target));
      });
    }
  }
}

TEST(SummationOrder, LanesBehindTheRows) {
  const std::string body =
      "  %x = input {role = column, path = \"x\"} : f32[B, 5, 40]\n  %y = reduce_sum(%x) {axes = ints [0, 1, 2]} : "
      "f32[]\n";
  for (int64_t rows : {1, 7, 100, 128, 300}) {
    for (int64_t capacity : {rows, int64_t{400}}) {
      on_tiers(capacity, body, rows, [&](const Tensors& inputs, const Floats& y, const Target& target) {
        Axes axes{{static_cast<size_t>(rows), 5, 40}, 0, static_cast<size_t>(capacity)};
        EXPECT_EQ(y[0], sum_in_lanes(floats(inputs.at("x")), axes, target));
      });
    }
  }
}

TEST(SummationOrder, ChainsDownTheRows) {
  const std::string body =
      "  %x = input {role = column, path = \"x\"} : f32[B, 3]\n  %y = reduce_sum(%x) {axes = ints [0]} : f32[3]\n";
  for (int64_t rows : {1, 100, 128, 129, 256, 1000, 4096, 5000}) {
    for (int64_t capacity : {rows, int64_t{6000}}) {
      on_tiers(capacity, body, rows, [&](const Tensors& inputs, const Floats& y, const Target&) {
        Axes axes{{static_cast<size_t>(rows)}, 0, static_cast<size_t>(capacity)};
        for (size_t at = 0; at < 3; ++at) EXPECT_EQ(y[at], sum_in_chain(floats(inputs.at("x")), 3, at, axes));
      });
    }
  }
}

TEST(SummationOrder, ChainsOverSeveralAxes) {
  // The bias of a convolution: over rows, height and width.
  const std::string body =
      "  %x = input {role = column, path = \"x\"} : f32[B, 5, 9, 18]\n  %y = reduce_sum(%x) {axes = ints [0, 1, 2]} : "
      "f32[18]\n";
  for (int64_t rows : {1, 2, 3, 20, 33}) {
    for (int64_t capacity : {rows, int64_t{40}}) {
      on_tiers(capacity, body, rows, [&](const Tensors& inputs, const Floats& y, const Target&) {
        Axes axes{{static_cast<size_t>(rows), 5, 9}, 0, static_cast<size_t>(capacity)};
        for (size_t at = 0; at < 18; ++at) EXPECT_EQ(y[at], sum_in_chain(floats(inputs.at("x")), 18, at, axes));
      });
    }
  }
  for (std::vector<size_t> shape : {std::vector<size_t>{300, 7}, {2, 129}, {3, 1000}, {11, 12, 13}}) {
    on_tiers(1,
             fmt::format("  %x = variable {{path = \"x\"}} : f32[{0}, 2]\n  %y = reduce_sum(%x) {{axes = ints [{1}]}} "
                         ": f32[2]\n",
                         fmt::join(shape, ", "), shape.size() == 2 ? "0, 1" : "0, 1, 2"),
             1, [&](const Tensors& inputs, const Floats& y, const Target&) {
               for (size_t at = 0; at < 2; ++at)
                 EXPECT_EQ(y[at], sum_in_chain(floats(inputs.at("x")), 2, at, Axes{shape}));
             });
  }
}

TEST(SummationOrder, SumsOfWindows) {
  on_tiers(
      1,
      "  %x = variable {path = \"x\"} : f32[30, 40]\n"
      "  %y = window_sum(%x) {sizes = ints [20, 30], strides = ints [10, 10], dilations = ints [1, 1]} : f32[2, 2]\n",
      1, [&](const Tensors& inputs, const Floats& y, const Target&) {
        Floats x = floats(inputs.at("x"));
        for (size_t at = 0; at < 4; ++at) {
          Floats window;
          for (size_t i = 0; i < 600; ++i) window.push_back(x[(at / 2 * 10 + i / 30) * 40 + at % 2 * 10 + i % 30]);
          EXPECT_EQ(y[at], sum_in_chain(window, 1, 0, Axes{{20, 30}}));
        }
      });
}

TEST(SummationOrder, DotProducts) {
  constexpr size_t kShortestDot = 32;  // shorter sums are one chain each
  for (size_t axis : {2, 5, 16, 31, 32, 33, 4096, 9001, 40000}) {
    on_tiers(
        1,
        fmt::format("  %a = variable {{path = \"a\"}} : f32[2, {0}]\n  %b = variable {{path = \"b\"}} : f32[3, {0}]\n"
                    "  %y = contract(%a, %b) {{index = \"m k, n k -> m n\"}} : f32[2, 3]\n",
                    axis),
        1, [&](const Tensors& inputs, const Floats& y, const Target& target) {
          Floats a = floats(inputs.at("a")), b = floats(inputs.at("b"));
          for (size_t i = 0; i < 6; ++i) {
            std::span<const float> left(a.data() + i / 3 * axis, axis), right(b.data() + i % 3 * axis, axis);
            float expected = axis < kShortestDot ? outer_product(left, right, Axes{{axis}}, target)
                                                 : dot_product(left, right, Axes{{axis}}, target);
            EXPECT_EQ(y[i], expected) << axis;
          }
        });
  }
}

TEST(SummationOrder, DotProductsOverTwoLoops) {
  for (auto [outer, inner] : {std::pair<size_t, size_t>{20, 300}, {500, 100}, {3, 20000}}) {
    on_tiers(1,
             fmt::format("  %a = variable {{path = \"a\"}} : f32[3, {0}, {1}]\n  %b = variable {{path = \"b\"}} : "
                         "f32[{0}, {1}]\n  %y = contract(%a, %b) {{index = \"m j k, j k -> m\"}} : f32[3]\n",
                         outer, inner),
             1, [&](const Tensors& inputs, const Floats& y, const Target& target) {
               Floats a = floats(inputs.at("a")), b = floats(inputs.at("b"));
               size_t all = outer * inner;
               for (size_t i = 0; i < 3; ++i)
                 EXPECT_EQ(y[i], dot_product(std::span(a).subspan(i * all, all), b, Axes{{outer, inner}}, target));
             });
  }
}

TEST(SummationOrder, DotProductsAlongTheRows) {
  const std::string body =
      "  %a = input {role = column, path = \"a\"} : f32[B]\n  %b = input {role = column, path = \"b\"} : f32[B]\n"
      "  %y = contract(%a, %b) {index = \"k, k -> \"} : f32[]\n";
  for (int64_t rows : {1, 100, 4096, 16384, 20001}) {
    for (int64_t capacity : {std::max(rows, int64_t{16}), int64_t{25000}}) {
      on_tiers(capacity, body, rows, [&](const Tensors& inputs, const Floats& y, const Target& target) {
        Axes axes{{static_cast<size_t>(rows)}, 0, static_cast<size_t>(capacity)};
        EXPECT_EQ(y[0], dot_product(floats(inputs.at("a")), floats(inputs.at("b")), axes, target));
      });
    }
  }
}

/// a[summed…, 3] and b[summed…, 2] to [3, 2].
void check_outer(const Tensors& inputs, const Floats& y, const Axes& axes, const Target& target) {
  Floats a = floats(inputs.at("a")), b = floats(inputs.at("b"));
  for (size_t i = 0; i < 6; ++i) {
    Floats left, right;
    for (size_t k = 0; k < a.size() / 3; ++k) left.push_back(a[k * 3 + i / 2]), right.push_back(b[k * 2 + i % 2]);
    EXPECT_EQ(y[i], outer_product(left, right, axes, target));
  }
}

TEST(SummationOrder, OuterProducts) {
  for (std::vector<size_t> shape :
       {std::vector<size_t>{1024}, {1025}, {5000}, {10000}, {100, 60}, {7, 3000}, {2, 4, 300}}) {
    std::string axes = fmt::format("{}", fmt::join(shape, ", "));
    const char* loops = shape.size() == 1 ? "k" : shape.size() == 2 ? "j k" : "i j k";
    on_tiers(
        1,
        fmt::format("  %a = variable {{path = \"a\"}} : f32[{0}, 3]\n  %b = variable {{path = \"b\"}} : f32[{0}, 2]\n"
                    "  %y = contract(%a, %b) {{index = \"{1} m, {1} n -> m n\"}} : f32[3, 2]\n",
                    axes, loops),
        1, [&](const Tensors& inputs, const Floats& y, const Target& target) {
          check_outer(inputs, y, Axes{shape}, target);
        });
  }
}

TEST(SummationOrder, OuterProductsDownTheRows) {
  for (bool two : {false, true}) {
    std::string body = fmt::format(
        "  %a = input {{role = column, path = \"a\"}} : f32[B{0}, 3]\n  %b = input {{role = column, path = \"b\"}} : "
        "f32[B{0}, 2]\n"
        "  %y = contract(%a, %b) {{index = \"j{1} m, j{1} n -> m n\"}} : f32[3, 2]\n",
        two ? ", 300" : "", two ? " k" : "");
    for (int64_t rows : {1, 100, 1024, 1025, 3000}) {
      if (two) rows = (rows + 99) / 100;
      for (int64_t capacity : {rows, two ? int64_t{40} : int64_t{4000}}) {
        on_tiers(capacity, body, rows, [&](const Tensors& inputs, const Floats& y, const Target& target) {
          Axes axes{{static_cast<size_t>(rows)}, 0, static_cast<size_t>(capacity)};
          if (two) axes.extents.push_back(300);
          check_outer(inputs, y, axes, target);
        });
      }
    }
  }
}

TEST(SummationOrder, TilesOfOuterProducts) {  // whole tiles and masked ends
  constexpr size_t kSteps = 2051, kRows = 19, kColumns = 41;
  on_tiers(
      1,
      fmt::format("  %a = variable {{path = \"a\"}} : f32[{0}, {1}]\n  %b = variable {{path = \"b\"}} : f32[{0}, {2}]\n"
                  "  %y = contract(%a, %b) {{index = \"k m, k n -> m n\"}} : f32[{1}, {2}]\n",
                  kSteps, kRows, kColumns),
      1, [&](const Tensors& inputs, const Floats& y, const Target& target) {
        Floats a = floats(inputs.at("a")), b = floats(inputs.at("b"));
        for (size_t i = 0; i < y.size(); ++i) {
          Floats left, right;
          for (size_t k = 0; k < kSteps; ++k) {
            left.push_back(a[k * kRows + i / kColumns]);
            right.push_back(b[k * kColumns + i % kColumns]);
          }
          EXPECT_EQ(y[i], outer_product(left, right, Axes{{kSteps}}, target));
        }
      });
}

/// The rows of x[places, columns] whose number is `row`, at one column.
float sum_of_row(const Floats& x, const Floats& numbers, size_t columns, size_t row, size_t at, size_t table,
                 const Axes& places) {
  Floats total = in_chunks(places, 1, std::max<size_t>(128, 64 * table), [&](size_t begin, size_t end) {
    float chunk = 0;
    for (size_t place = begin; place < end; ++place) {
      if (static_cast<size_t>(numbers[place]) == row) chunk += x[place * columns + at];
    }
    return Floats{chunk};
  });
  return total[0];
}

TEST(SummationOrder, RowsAtComputedPlaces) {
  for (size_t columns : {1, 5, 37}) {
    for (size_t places : {100, 400, 5000}) {
      on_tiers(
          1,
          fmt::format("  %i = variable {{path = \"i\"}} : i32[{0}]\n  %x = variable {{path = \"x\"}} : f32[{0}, {1}]\n"
                      "  %y = scatter_add(%i, %x) {{count = sizes [6]}} : f32[6, {1}]\n",
                      places, columns),
          1, [&](const Tensors& inputs, const Floats& y, const Target&) {
            Floats x = floats(inputs.at("x")), numbers = floats(inputs.at("i"));
            for (size_t i = 0; i < y.size(); ++i) {
              EXPECT_EQ(y[i], sum_of_row(x, numbers, columns, i / columns, i % columns, 6, Axes{{places}}));
            }
          });
    }
  }
}

TEST(SummationOrder, RowsAtComputedPlacesOfABatch) {
  const std::string body =
      "  %i = input {role = column, path = \"i\"} : i32[B, 10]\n  %x = input {role = column, path = \"x\"} : f32[B, "
      "10, 5]\n"
      "  %y = scatter_add(%i, %x) {count = sizes [6]} : f32[6, 5]\n";
  for (int64_t rows : {1, 38, 39, 200}) {
    for (int64_t capacity : {rows, int64_t{300}}) {
      on_tiers(capacity, body, rows, [&](const Tensors& inputs, const Floats& y, const Target&) {
        Floats x = floats(inputs.at("x")), numbers = floats(inputs.at("i"));
        Axes places{{static_cast<size_t>(rows), 10}, 0, static_cast<size_t>(capacity)};
        for (size_t i = 0; i < y.size(); ++i) EXPECT_EQ(y[i], sum_of_row(x, numbers, 5, i / 5, i % 5, 6, places));
      });
    }
  }
}

}  // namespace
}  // namespace nnc
