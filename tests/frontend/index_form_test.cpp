// The index form and the layers that are written in it, lowered and interpreted in f64, against closed loops.

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "frontend/syntax/dump_ast.h"
#include "ir/interpret/interpret_graph.h"
#include "ir/verify/verify.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

using testing::check_text;

using Sizes = std::vector<int64_t>;

/// A small tensor in row-major order; reading beyond it gives `outside`.
struct Array {
  Sizes sizes;
  std::vector<double> numbers;
  double outside = 0;

  double at(const Sizes& index) const {
    int64_t place = 0;
    for (size_t i = 0; i < sizes.size(); ++i) {
      if (index[i] < 0 || index[i] >= sizes[i]) return outside;
      place = place * sizes[i] + index[i];
    }
    return numbers.at(static_cast<size_t>(place));
  }
};

int64_t count_of(const Sizes& sizes) {
  int64_t count = 1;
  for (int64_t size : sizes) count *= size;
  return count;
}

Array filled(const Sizes& sizes, double seed) {
  Array array{sizes, {}};
  for (int64_t i = 0; i < count_of(sizes); ++i) array.numbers.push_back(std::sin(seed + 1.7 * static_cast<double>(i)));
  return array;
}

/// Every element by its index.
Array made(const Sizes& sizes, const std::function<double(const Sizes&)>& element) {
  Array array{sizes, {}};
  Sizes index(sizes.size(), 0);
  for (int64_t i = 0; i < count_of(sizes); ++i) {
    array.numbers.push_back(element(index));
    for (size_t axis = sizes.size(); axis-- > 0;) {
      if (++index[axis] < sizes[axis]) break;
      index[axis] = 0;
    }
  }
  return array;
}

using Given = std::map<std::string, Array>;

/// The value of `f` in f64, with tensors for its arguments and parameters.
Array value_of(const std::string& text, const Given& given, int64_t rows = 2) {
  Overrides overrides;
  overrides.precision = Element::f64;
  const auto graph = testing::function_graph(text, "f", overrides);
  if (!graph) return {};
  Tensors inputs;
  for (const auto& [name, array] : given) {
    Shape shape;
    for (int64_t size : array.sizes) shape.emplace_back(size);
    inputs.emplace(name, Tensor{Type(Element::f64, shape), array.numbers});
  }
  const Tensors values = interpret(*graph, inputs, rows);
  const Tensor& found = values.at("value");
  Array result{{}, found.numbers()};
  for (const Dim& dim : found.type.shape) result.sizes.push_back(dim.count);
  return result;
}

void expect_same(const Array& found, const Array& wanted) {
  ASSERT_EQ(found.sizes, wanted.sizes);
  for (size_t i = 0; i < wanted.numbers.size(); ++i) EXPECT_NEAR(found.numbers[i], wanted.numbers[i], 1e-12) << i;
}

// ── The form itself ──

TEST(IndexForm, AProductOfMatricesAndItsEpilogue) {
  const Array x = filled({2, 3}, 0.1), w = filled({3, 4}, 0.2), b = filled({4}, 0.3);
  const std::string text =
      "fn f(x: f32[B, K], w: f32[K, O], b: f32[O]) -> f32[B, O] = [n, o] => sum(k) x[n, k] * w[k, o] + b[o]\n"
      "export fn g(x: f32[B, 3], w: f32[3, 4], b: f32[4]) -> f32[B, 4] = f(x, w, b)\n";
  const std::string called =
      "fn f(x: f32[B, 3], w: f32[3, 4], b: f32[4]) -> f32[B, 4] = "
      "[n, o] => sum(k) x[n, k] * w[k, o] + b[o]\n";
  const Array wanted = made({2, 4}, [&](const Sizes& i) {
    double sum = b.at({i[1]});
    for (int64_t k = 0; k < 3; ++k) sum += x.at({i[0], k}) * w.at({k, i[1]});
    return sum;
  });
  const Given given{{"argument.x", x}, {"argument.w", w}, {"argument.b", b}};
  EXPECT_FALSE(check_text(text).diagnostics.has_errors()) << check_text(text).rendered();
  expect_same(value_of(called, given), wanted);
}

/// `body` of x: f32[B, 3, 4] against the element that it says.
void expect_form(const std::string& body, const Sizes& sizes,
                 const std::function<double(const Array&, const Sizes&)>& element) {
  SCOPED_TRACE(body);
  const Array x = filled({2, 3, 4}, 0.4);
  const std::string text = "fn f(x: f32[B, 3, 4]) = " + body + "\n";
  expect_same(value_of(text, {{"argument.x", x}}), made(sizes, [&](const Sizes& i) { return element(x, i); }));
}

TEST(IndexForm, Maps) {
  expect_form("[n, i, j] => 2 * x[n, i, j] - x[n, 2, j]^2", {2, 3, 4}, [](const Array& x, const Sizes& i) {
    return 2 * x.at(i) - x.at({i[0], 2, i[2]}) * x.at({i[0], 2, i[2]});
  });
  expect_form("[n, j, i] => x[n, i, j]", {2, 4, 3},
              [](const Array& x, const Sizes& i) { return x.at({i[0], i[2], i[1]}); });
  expect_form("[n, i, j] => x[n, 2 - i, 3 - j]", {2, 3, 4},
              [](const Array& x, const Sizes& i) { return x.at({i[0], 2 - i[1], 3 - i[2]}); });
  expect_form("[n, i] => x[n, i, i + 1]", {2, 3},
              [](const Array& x, const Sizes& i) { return x.at({i[0], i[1], i[1] + 1}); });
  expect_form("[n, i, j < 2] => x[n, i, 2 * j + 1] * f32(i + j)", {2, 3, 2}, [](const Array& x, const Sizes& i) {
    return x.at({i[0], i[1], 2 * i[2] + 1}) * static_cast<double>(i[1] + i[2]);
  });
  expect_form("[n, i, j < 3, k < 2] => x[n, i, j + k]", {2, 3, 3, 2},
              [](const Array& x, const Sizes& i) { return x.at({i[0], i[1], i[2] + i[3]}); });
  expect_form("[n, i, j, k] => x[n, i, k] - x[n, j, k]", {2, 3, 3, 4},
              [](const Array& x, const Sizes& i) { return x.at({i[0], i[1], i[3]}) - x.at({i[0], i[2], i[3]}); });
  expect_form("[n, i, j] => where(j <= i, exp(x[n, i, j]), 0)", {2, 3, 4},
              [](const Array& x, const Sizes& i) { return i[2] <= i[1] ? std::exp(x.at(i)) : 0; });
  expect_form("[n, ..s] => x[n, ..s] + max(x[n, 0, 0], 0)", {2, 3, 4},
              [](const Array& x, const Sizes& i) { return x.at(i) + std::max(x.at({i[0], 0, 0}), 0.0); });
  expect_form("sum([n, ..s] => x[n, ..s] > 0, over: 0)", {3, 4}, [](const Array& x, const Sizes& i) {
    return (x.at({0, i[0], i[1]}) > 0 ? 1.0 : 0.0) + (x.at({1, i[0], i[1]}) > 0 ? 1.0 : 0.0);
  });
}

TEST(IndexForm, Reducers) {
  expect_form("[n] => sum(i, j) x[n, i, j]^2 / 2 + 1", {2}, [](const Array& x, const Sizes& i) {
    double sum = 0;
    for (int64_t a = 0; a < 3; ++a)
      for (int64_t b = 0; b < 4; ++b) sum += std::pow(x.at({i[0], a, b}), 2);
    return sum / 2 + 1;
  });
  expect_form("[n, j] => mean(i) (x[n, i, j] - 1)", {2, 4}, [](const Array& x, const Sizes& i) {
    return (x.at({i[0], 0, i[1]}) + x.at({i[0], 1, i[1]}) + x.at({i[0], 2, i[1]})) / 3 - 1;
  });
  expect_form("[n, i, j] => max(k < 2) x[n, i, 2 * j + k]", {2, 3, 2}, [](const Array& x, const Sizes& i) {
    return std::max(x.at({i[0], i[1], 2 * i[2]}), x.at({i[0], i[1], 2 * i[2] + 1}));
  });
  expect_form("[n, j] => min(i, k < 2) x[n, i, j + 2 * k] * 2", {2, 2}, [](const Array& x, const Sizes& i) {
    double least = 1e9;
    for (int64_t a = 0; a < 3; ++a) least = std::min({least, x.at({i[0], a, i[1]}), x.at({i[0], a, i[1] + 2})});
    return 2 * least;
  });
  expect_form("[n, i, l] => sum(j) x[n, i, j] * x[n, l, j] * x[n, 0, j]", {2, 3, 3},
              [](const Array& x, const Sizes& i) {
                double sum = 0;
                for (int64_t j = 0; j < 4; ++j) {
                  sum += x.at({i[0], i[1], j}) * x.at({i[0], i[2], j}) * x.at({i[0], 0, j});
                }
                return sum;
              });
  expect_form("[n, i] => sum(j < 2, k < 3) x[n, i, j + k] * x[n, k, j]", {2, 3}, [](const Array& x, const Sizes& i) {
    double sum = 0;
    for (int64_t j = 0; j < 2; ++j)
      for (int64_t k = 0; k < 3; ++k) sum += x.at({i[0], i[1], j + k}) * x.at({i[0], k, j});
    return sum;
  });
  expect_form("[n, i, t] => sum(k < 2) x[n, i, t + 1 - k] * x[n, 0, k]", {2, 3, 3}, [](const Array& x, const Sizes& i) {
    return x.at({i[0], i[1], i[2] + 1}) * x.at({i[0], 0, 0}) + x.at({i[0], i[1], i[2]}) * x.at({i[0], 0, 1});
  });
  expect_form("[n] => sum(i < 3) x[n, i, i]", {2}, [](const Array& x, const Sizes& i) {
    return x.at({i[0], 0, 0}) + x.at({i[0], 1, 1}) + x.at({i[0], 2, 2});
  });
  expect_form("[i] => mean(n, j) x[n, i, j]", {3}, [](const Array& x, const Sizes& i) {
    double sum = 0;
    for (int64_t n = 0; n < 2; ++n)
      for (int64_t j = 0; j < 4; ++j) sum += x.at({n, i[0], j});
    return sum / 8;
  });
  expect_form("[n] => sum(..s) x[n, ..s]", {2}, [](const Array& x, const Sizes& i) {
    double sum = 0;
    for (int64_t a = 0; a < 3; ++a)
      for (int64_t b = 0; b < 4; ++b) sum += x.at({i[0], a, b});
    return sum;
  });
}

TEST(IndexForm, IndicesNeedNoTensor) {
  const std::string text =
      "fn mask(T: int)() -> f32[T, T] = [i < T, j < T] => where(j <= i, 0, -1e9)\n"
      "fn f(x: f32[B, 3]) -> f32[3, 3] = mask(3)\n";
  expect_same(value_of(text, {{"argument.x", filled({2, 3}, 1)}}),
              made({3, 3}, [](const Sizes& i) { return i[1] <= i[0] ? 0 : -1e9; }));
}

TEST(IndexForm, SizesAreCheckedOnceWithNamesAndAtEachCall) {
  const std::string text =
      "fn pool(size: int)(x: f32[B, H]) = [n, i] => max(k < size) x[n, size * i + k]\n"
      "fn f(x: f32[B, 7]) -> f32[B, 3] = pool(2)(x)\n";
  EXPECT_EQ(check_text(text).rendered(), "");
  const std::string small =
      "fn pool(size: int)(x: f32[B, H]) = [n, i] => max(k < size) x[n, size * i + k]\n"
      "fn f(x: f32[B, 7]) -> f32[B, 1] = pool(8)(x)\n";
  const std::string said = check_text(small).rendered();
  EXPECT_NE(said.find("t.nn:1:65: error[E0345]"), std::string::npos) << said;
  EXPECT_NE(said.find("'pool' is applied here (line 2)"), std::string::npos) << said;
}

TEST(IndexForm, AWindowThatMovesByTwoHalvesAnAxis) {
  const std::string block =
      "fn halved(x: f32[B, H]) -> f32[B, H/2] = [n, i] => max(k < 2) x[n, 2 * i + k]\n"
      "fn f(x: f32[B, 6]) -> f32[B, 3] = halved(x)\n";
  EXPECT_EQ(check_text(block).rendered(), "");
  const std::string odd = check_text(block + "fn g(x: f32[B, 7]) = halved(x)\n").rendered();
  EXPECT_NE(odd.find("error[E0320]"), std::string::npos) << odd;
}

TEST(IndexForm, TheTreeShowsIndicesAndReducer) {
  SourceFile source("t.nn", "fn f(x: f32[B, 4]) = [n, i < 2, ..s] => sum(k < 3, l) (x[n, i]) + max(n, i)\n");
  const std::string tree = dump_ast(source);
  for (const char* line : {"index form", "loop n", "loop ..s", "reducer sum", "loop k", "loop l", "call"}) {
    EXPECT_NE(tree.find(line), std::string::npos) << line << "\n" << tree;
  }
}

// ── Layers ──

struct Setting {
  int64_t kernel = 3, stride = 1, low = 0, high = 0, dilation = 1, groups = 1;
  int64_t length(int64_t size) const { return (size + low + high - dilation * (kernel - 1) - 1) / stride + 1; }
};

Array convolution(const Array& x, const Array& w, const Array& b, const Setting& s) {
  const int64_t outs = w.sizes[0], ins = w.sizes[1];
  return made({x.sizes[0], outs, s.length(x.sizes[2]), s.length(x.sizes[3])}, [&](const Sizes& i) {
    double sum = b.at({i[1]});
    const int64_t first = i[1] / (outs / s.groups) * ins;
    for (int64_t c = 0; c < ins; ++c)
      for (int64_t k = 0; k < s.kernel; ++k)
        for (int64_t l = 0; l < s.kernel; ++l) {
          sum += x.at({i[0], first + c, i[2] * s.stride + k * s.dilation - s.low,
                       i[3] * s.stride + l * s.dilation - s.low}) *
                 w.at({i[1], c, k, l});
        }
    return sum;
  });
}

void expect_convolution(const std::string& settings, const Setting& s, int64_t ins = 2, int64_t outs = 4) {
  SCOPED_TRACE(settings);
  const Array x = filled({2, ins, 7, 6}, 0.1), w = filled({outs, ins / s.groups, s.kernel, s.kernel}, 0.2),
              b = filled({outs}, 0.3);
  const std::string text = "model net(x: f32[B, " + std::to_string(ins) + ", 7, 6]) = x |> conv2d(" +
                           std::to_string(outs) + settings + ")\nfn f(x: f32[B, " + std::to_string(ins) +
                           ", 7, 6]) = net(x)\n";
  expect_same(value_of(text, {{"argument.x", x}, {"net.conv2d_0.W", w}, {"net.conv2d_0.b", b}}),
              convolution(x, w, b, s));
}

TEST(Convolutions, Conv2dIsTheFormula) {
  expect_convolution("", {});
  expect_convolution(", kernel: 1", {.kernel = 1});
  expect_convolution(", stride: 2", {.stride = 2});
  expect_convolution(", pad: same", {.low = 1, .high = 1});
  expect_convolution(", pad: same, kernel: 5, stride: 2", {.kernel = 5, .stride = 2, .low = 2, .high = 2});
  expect_convolution(", pad: same, kernel: 4", {.kernel = 4, .low = 1, .high = 2});
  expect_convolution(", pad: same, kernel: 2", {.kernel = 2, .low = 0, .high = 1});
  expect_convolution(", pad: 2, dilation: 2, stride: 3", {.stride = 3, .low = 2, .high = 2, .dilation = 2});
  expect_convolution(", groups: 2", {.groups = 2});
  expect_convolution(", groups: 4, pad: same", {.low = 1, .high = 1, .groups = 4}, 4, 8);
}

TEST(Convolutions, Conv1dIsTheFormula) {
  for (int64_t groups : {1, 2}) {
    const Array x = filled({2, 2, 9}, 0.1), w = filled({4, 2 / groups, 3}, 0.2), b = filled({4}, 0.3);
    const std::string text = "model net(x: f32[B, 2, 9]) = x |> conv1d(4, stride: 2, dilation: 2, pad: same, groups: " +
                             std::to_string(groups) + ")\nfn f(x: f32[B, 2, 9]) -> f32[B, 4, 5] = net(x)\n";
    const Array wanted = made({2, 4, 5}, [&](const Sizes& i) {
      double sum = b.at({i[1]});
      for (int64_t c = 0; c < 2 / groups; ++c)
        for (int64_t k = 0; k < 3; ++k)
          sum += x.at({i[0], i[1] / (4 / groups) * (2 / groups) + c, 2 * i[2] + 2 * k - 2}) * w.at({i[1], c, k});
      return sum;
    });
    expect_same(value_of(text, {{"argument.x", x}, {"net.conv1d_0.W", w}, {"net.conv1d_0.b", b}}), wanted);
  }
}

/// What each element adds where it goes, as the gradient of a convolution is defined.
Array transposed(const Array& x, const Array& w, const Array& b, const Setting& s) {
  auto length = [&](int64_t size) { return (size - 1) * s.stride - 2 * s.low + s.dilation * (s.kernel - 1) + 1; };
  const Sizes sizes{x.sizes[0], w.sizes[1], length(x.sizes[2]), length(x.sizes[3])};
  Array y = made(sizes, [&](const Sizes& i) { return b.at({i[1]}); });
  made({x.sizes[0], w.sizes[0], w.sizes[1], x.sizes[2], x.sizes[3], s.kernel, s.kernel}, [&](const Sizes& t) {
    const int64_t i = t[3] * s.stride + t[5] * s.dilation - s.low, j = t[4] * s.stride + t[6] * s.dilation - s.low;
    if (i < 0 || j < 0 || i >= sizes[2] || j >= sizes[3]) return 0.0;
    y.numbers[static_cast<size_t>(((t[0] * sizes[1] + t[2]) * sizes[2] + i) * sizes[3] + j)] +=
        x.at({t[0], t[1], t[3], t[4]}) * w.at({t[1], t[2], t[5], t[6]});
    return 0.0;
  });
  return y;
}

TEST(Convolutions, ConvTranspose2dIsTheGradientOfConv2d) {
  const std::vector<std::pair<std::string, Setting>> all{
      {"", {}},
      {", kernel: 2, stride: 2", {.kernel = 2, .stride = 2}},
      {", stride: 2, pad: 1", {.stride = 2, .low = 1}},
      {", stride: 3, pad: 2, dilation: 2", {.stride = 3, .low = 2, .dilation = 2}},
      {", kernel: 2, stride: 3, pad: 2", {.kernel = 2, .stride = 3, .low = 2}},
  };
  for (const auto& [settings, s] : all) {
    SCOPED_TRACE(settings);
    const Array x = filled({2, 2, 4, 3}, 0.1), w = filled({2, 3, s.kernel, s.kernel}, 0.2), b = filled({3}, 0.3);
    const std::string text =
        "model net(x: f32[B, 2, 4, 3]) = x |> conv_transpose2d(3" + settings + ")\nfn f(x: f32[B, 2, 4, 3]) = net(x)\n";
    expect_same(value_of(text, {{"argument.x", x}, {"net.conv_transpose2d_0.W", w}, {"net.conv_transpose2d_0.b", b}}),
                transposed(x, w, b, s));
  }
}

Array pooled(const Array& x, const Setting& s, bool greatest) {
  Array from = x;
  from.outside = greatest ? -1e9 : 0;
  return made({x.sizes[0], x.sizes[1], s.length(x.sizes[2]), s.length(x.sizes[3])}, [&](const Sizes& i) {
    double best = -1e9, sum = 0;
    for (int64_t k = 0; k < s.kernel; ++k)
      for (int64_t l = 0; l < s.kernel; ++l) {
        const double one = from.at({i[0], i[1], i[2] * s.stride + k - s.low, i[3] * s.stride + l - s.low});
        best = std::max(best, one);
        sum += one;
      }
    return greatest ? best : sum / static_cast<double>(s.kernel * s.kernel);
  });
}

TEST(Convolutions, PoolsAreWindows) {
  const Array x = filled({2, 3, 7, 6}, 0.1);
  const std::vector<std::pair<std::string, Setting>> all{
      {"", {.kernel = 2, .stride = 2}},
      {"(3)", {.kernel = 3, .stride = 3}},
      {"(3, stride: 2, pad: 1)", {.kernel = 3, .stride = 2, .low = 1, .high = 1}},
      {"(2, stride: 1)", {.kernel = 2, .stride = 1}},
  };
  for (const auto& [settings, s] : all) {
    for (const bool greatest : {false, true}) {
      SCOPED_TRACE(settings);
      const std::string text =
          std::string("fn f(x: f32[B, 3, 7, 6]) = x |> ") + (greatest ? "max_pool" : "avg_pool") + settings + "\n";
      expect_same(value_of(text, {{"argument.x", x}}), pooled(x, s, greatest));
    }
  }
  expect_same(value_of("fn f(x: f32[B, 3, 7, 6]) = global_avg_pool(x)\n", {{"argument.x", x}}),
              made({2, 3}, [&](const Sizes& i) {
                double sum = 0;
                for (int64_t k = 0; k < 7; ++k)
                  for (int64_t l = 0; l < 6; ++l) sum += x.at({i[0], i[1], k, l});
                return sum / 42;
              }));
}

TEST(Padding, PutsNumbersAroundAndBetween) {
  const Array x = filled({2, 3}, 0.7);
  auto expect_padded = [&](const std::string& arguments, const Sizes& sizes,
                           const std::function<double(const Sizes&)>& element) {
    SCOPED_TRACE(arguments);
    expect_same(value_of("fn f(x: f32[B, 3]) = padded(x, " + arguments + ")\n", {{"argument.x", x}}),
                made(sizes, element));
  };
  expect_padded("[0, 1]", {2, 5}, [&](const Sizes& i) { return x.at({i[0], i[1] - 1}); });
  expect_padded("[0, (0, 2)]", {2, 5}, [&](const Sizes& i) { return x.at(i); });
  expect_padded("[0, (-1, 1)]", {2, 3}, [&](const Sizes& i) { return x.at({i[0], i[1] + 1}); });
  expect_padded("[0, 1], with: 4.5", {2, 5},
                [&](const Sizes& i) { return i[1] == 0 || i[1] == 4 ? 4.5 : x.at({i[0], i[1] - 1}); });
  expect_padded("[0, 0], between: [0, 2]", {2, 7},
                [&](const Sizes& i) { return i[1] % 3 == 0 ? x.at({i[0], i[1] / 3}) : 0; });
}

}  // namespace
}  // namespace nnc
