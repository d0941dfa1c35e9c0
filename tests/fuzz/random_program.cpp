#include "tests/fuzz/random_program.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>
#include <string_view>
#include <vector>

#include "tests/fuzz/random_shape.h"

namespace nnc {

namespace {

constexpr int64_t kMostElements = 96;  ///< of one sample
constexpr int kRows = 5;               ///< of the table; batches of 3, so that a short one follows

constexpr const char* kDefinitions = R"(fn bend(a: f32[..S]) -> f32[..S] = a * sigmoid(a)
layer gate(a: f32[..S, I]) -> f32[..S, I] {
  param g: f32[I] = uniform(0.5)
  a * g
}
layer look(i: i32[..S]) -> f32[..S, 3] {
  param W: f32[7, 3] = normal(1.0)
  W[i]
}
layer weigh(a: f32[..S, I]) -> f32[..S, I] {
  param b: f32[I] = uniform(0.5)
  a + b * sum(abs(b))
}
fn shares(a: f32[..S, I]) -> f32[..S, I] {
  e = exp(-abs(a))
  e / sum(e, over: -1, keep: true)
}
optimizer longest(lr: f32 = 0.01)(w, g) {
  next w = w - lr * sign(g) * max(abs(g))
}
optimizer unit(lr: f32 = 0.01)(w, g) {
  next w = w - lr * g / (0.01 + sqrt(sum(g^2)))
}
)";

constexpr const char* kIndexForms = R"(
fn slide_sum(size: int, stride: int, dilation: int)(a: f32[..S, T]) = [..s, t] => sum(k < size) a[..s, t * stride + k * dilation]
fn slide_mean(size: int, stride: int, dilation: int)(a: f32[..S, T]) = [..s, t] => mean(k < size) a[..s, t * stride + k * dilation]
fn slide_max(size: int, stride: int, dilation: int)(a: f32[..S, T]) = [..s, t] => max(k < size) a[..s, t * stride + k * dilation]
fn slide_min(size: int, stride: int, dilation: int)(a: f32[..S, T]) = [..s, t] => min(k < size) a[..s, t * stride + k * dilation]
fn turned(a: f32[..S, T]) = [..s, t] => a[..s, T - 1 - t]
fn numbered(a: f32[..S, T]) = [..s, t] => a[..s, t] * f32(t - 1) + a[..s, 0]
fn lower(a: f32[..S, T]) = [..s, t < T] => sum(k) a[..s, k] * where(k <= t, 1, 0)
fn diagonal(a: f32[B, I, J]) = [n, i < I] => a[n, i, i]
fn products(a: f32[B, I]) = [n, i, j] => a[n, i] * tanh(a[n, j])
layer filter(size: int)(a: f32[..S, T]) {
  param w: f32[size] = uniform(0.5)
  [..s, t] => sum(k) a[..s, t + size - 1 - k] * w[k]
}
)";

/// What stands where no choice takes it: a product of infinities and NaN, with slopes like that.
constexpr const char* kOverflow =
    "fn beyond(a: f32[..S]) -> f32[..S] = exp(1000 + a^2) * expm1(a^2 + 1000) * (1 + log(0 - 1 - a^2))\n";
constexpr const char* kNothing = "fn beyond(a: f32[..S]) -> f32[..S] = 0 * a\n";

/// A value of the model with its shape for one sample.
struct Step {
  std::string name;
  Shape shape;
};

class Writer {
 public:
  Writer(uint64_t seed, const RandomProgramOptions& options) : options_(options), random_(seed) {}

  std::string run() {
    Shape sample{chance(20) ? 1 : pick(2, 9)};
    if (chance(40)) sample.push_back(chance(20) ? 1 : pick(1, 6));
    steps_.push_back({"x", sample});
    int64_t wanted = pick(2, 10);
    for (int tries = 0; static_cast<int64_t>(steps_.size()) <= wanted && tries < 60; ++tries) step();
    return data(sample) + kDefinitions + (options_.indexed ? kIndexForms : "") +
           (options_.overflow ? kOverflow : kNothing) + model(sample) + train();
  }

 private:
  int64_t pick(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_() % static_cast<uint64_t>(high - low + 1));
  }
  bool chance(int percent) { return pick(1, 100) <= percent; }
  template <size_t N>
  std::string_view one_of(const std::array<std::string_view, N>& words) {
    return words[static_cast<size_t>(pick(0, N - 1))];
  }

  static std::vector<int64_t> sizes(const Shape& shape) {
    std::vector<int64_t> result;
    for (const Dim& dim : shape) result.push_back(dim.count);
    return result;
  }
  /// "[B, 2, 3]"
  static std::string batch(const Shape& shape) {
    return shape.empty() ? "[B]" : fmt::format("[B, {}]", fmt::join(sizes(shape), ", "));
  }
  static int64_t elements(const Shape& shape) { return product(shape)->count; }

  /// One of the latest values, so that most are used.
  const Step& any() {
    size_t back = static_cast<size_t>(pick(1, std::min<int64_t>(3, static_cast<int64_t>(steps_.size()))));
    return steps_[steps_.size() - back];
  }
  const Step* other(const Shape& shape, bool but_last) {
    std::vector<const Step*> found;
    for (const Step& step : steps_) {
      bool fits = step.shape.size() == shape.size() && !step.shape.empty();
      for (size_t i = 0; fits && i + (but_last ? 1 : 0) < shape.size(); ++i) fits = step.shape[i] == shape[i];
      if (fits) found.push_back(&step);
    }
    return found.empty() ? nullptr : found[static_cast<size_t>(pick(0, static_cast<int64_t>(found.size()) - 1))];
  }

  void keep(const std::string& expression, Shape shape) {
    if (shape.size() > 4 || elements(shape) > kMostElements || elements(shape) == 0) return;
    std::string name = fmt::format("v{}", steps_.size());
    body_ += fmt::format("  {} = {}\n", name, expression);
    steps_.push_back({name, std::move(shape)});
  }

  void step() {
    if (options_.indexed && chance(50)) return index_form();
    switch (pick(0, 18)) {
      case 0:
      case 1: return regroup();
      case 2: return transpose();
      case 3: return cut();
      case 4: return join();
      case 5: return reduce();
      case 6: return arithmetic();
      case 7: return function();
      case 8:
      case 9: return dense();
      case 10: return centre();
      case 11: return choose();
      case 12: return multiply();
      case 13: return look_up();
      case 14: return gate();
      case 15:
      case 16: return beside_a_sum();
      case 17: return avoid();
      default: return random_numbers();
    }
  }

  void regroup() {
    Step a = any();
    Shape shape = a.shape;
    for (int64_t times = pick(1, 3); times > 0; --times) shape = regrouped(shape, random_);
    keep(fmt::format("reshape({}, {})", a.name, batch(shape)), shape);
  }
  void transpose() {
    Step a = any();
    if (a.shape.size() < 2) return;
    std::swap(a.shape[a.shape.size() - 1], a.shape[a.shape.size() - 2]);
    keep(fmt::format("transpose({})", a.name), a.shape);
  }
  void cut() {
    Step a = any();
    if (a.shape.empty()) return;
    auto axis = static_cast<size_t>(pick(0, static_cast<int64_t>(a.shape.size()) - 1));
    int64_t begin = pick(0, a.shape[axis].count - 1), end = pick(begin + 1, a.shape[axis].count);
    std::vector<std::string> indices(a.shape.size() + 1, "..");
    bool one = chance(25);
    indices[axis + 1] = one ? fmt::format("{}", begin) : fmt::format("{}..{}", begin, end);
    if (one)
      a.shape.erase(a.shape.begin() + static_cast<int64_t>(axis));
    else
      a.shape[axis] = end - begin;
    keep(fmt::format("{}[{}]", a.name, fmt::join(indices, ", ")), a.shape);
  }
  void join() {
    Step a = any();
    const Step* b = other(a.shape, true);
    if (b == nullptr) return;
    a.shape.back().count += b->shape.back().count;
    keep(fmt::format("concat({}, {})", a.name, b->name), a.shape);
  }
  void reduce() {
    Step a = any();
    if (a.shape.empty()) return;
    int64_t axis = pick(0, static_cast<int64_t>(a.shape.size()) - 1);
    bool stays = chance(50);
    if (stays)
      a.shape[static_cast<size_t>(axis)] = 1;
    else
      a.shape.erase(a.shape.begin() + axis);
    keep(fmt::format("{}({}, over: {}{})", one_of<4>({"sum", "mean", "max", "min"}), a.name, axis + 1,
                     stays ? ", keep: true" : ""),
         a.shape);
  }
  void arithmetic() {
    Step a = any();
    const Step* b = other(a.shape, false);
    if (b == nullptr) return;
    constexpr std::array<std::string_view, 6> kForms{"{0} * tanh({1})",   "{0} - {1}",
                                                     "max({0}, {1})",     "where({0} > {1}, {0}, 0.5 * {1})",
                                                     "{0} / (1 + {1}^2)", "min({0}, 0.3) + {1}"};
    keep(fmt::format(fmt::runtime(one_of(kForms)), a.name, b->name), a.shape);
  }
  void function() {
    Step a = any();
    constexpr std::array<std::string_view, 10> kForms{"tanh({})",
                                                      "sigmoid({}) - 0.5",
                                                      "relu({})",
                                                      "elu({})",
                                                      "sin({})",
                                                      "abs({})",
                                                      "leaky_relu({}, slope: 0.1)",
                                                      "exp(0 - abs({}))",
                                                      "sqrt(abs({}) + 0.1)",
                                                      "bend({})"};
    keep(fmt::format(fmt::runtime(one_of(kForms)), a.name), a.shape);
  }
  void avoid() {
    Step a = any();
    constexpr std::array<std::string_view, 4> kForms{"where(abs({0}) < 1e30, tanh({0}), beyond({0}))",
                                                     "where(abs({0}) > 1e30, beyond({0}) / (1 + beyond({0})), {0})",
                                                     "min({0}, where(abs({0}) < 1e30, {0} + 1, beyond({0})))",
                                                     "max({0}, where({0} > -1e30, {0} - 1, 1 / beyond({0})))"};
    keep(fmt::format(fmt::runtime(one_of(kForms)), a.name), a.shape);
  }
  void dense() {
    Step a = any();
    if (a.shape.empty()) return;
    a.shape.back() = chance(30) ? 1 : pick(2, 9);
    keep(fmt::format("{} |> dense({})", a.name, a.shape.back().count), a.shape);
  }
  void centre() {
    Step a = any();
    if (a.shape.empty()) return;
    int64_t axis = pick(1, static_cast<int64_t>(a.shape.size()));
    keep(fmt::format("{0} - mean({0}, over: {1}, keep: true)", a.name, axis), a.shape);
  }
  void choose() {
    Step a = any();
    if (a.shape.empty()) return;
    a.shape.pop_back();
    keep(fmt::format("pick({0}, argmax({0}))", a.name), a.shape);
  }
  void multiply() {
    Step a = any();
    if (a.shape.size() < 2) return;
    a.shape.back() = a.shape[a.shape.size() - 2];
    keep(fmt::format("tanh({0}) @ transpose({0})", a.name), a.shape);
  }
  void look_up() {
    Step a = any();
    if (a.shape.empty()) return;
    a.shape.back() = 3;
    keep(fmt::format("look(argmax({}))", a.name), a.shape);
  }
  void gate() {
    Step a = any();
    if (!a.shape.empty()) keep(fmt::format("{} |> gate", a.name), a.shape);
  }
  /// Sums of all elements or of a row, spread again.
  void beside_a_sum() {
    Step a = any();
    if (a.shape.empty()) return;
    constexpr std::array<std::string_view, 5> kForms{"{} |> weigh", "shares({})", "{0} / (1 + sum(abs({0})))",
                                                     "{0} - 0.1 * max({0}, over: -1, keep: true)",
                                                     "{0} * (0.1 + min(abs({0})))"};
    keep(fmt::format(fmt::runtime(one_of(kForms)), a.name), a.shape);
  }
  /// Index forms of a[.., T], whose other axes are one index, and of a[.., I, T].
  void index_form() {
    Step a = any();
    if (a.shape.empty()) return;
    switch (pick(0, 7)) {
      case 0: return slide(a);
      case 1: return map_last(a);
      case 2: return diagonal(a);
      case 3: return products(a);
      case 4: return convolve(a);
      case 5: return pool(a);
      case 6: return spread_windows(a);
      default: return filter(a);
    }
  }
  void slide(Step a) {
    const int64_t length = a.shape.back().count, size = pick(1, std::min<int64_t>(length, 4)), stride = pick(1, 3);
    const int64_t dilation = size > 1 ? pick(1, (length - 1) / (size - 1)) : 1;
    a.shape.back() = (length - 1 - dilation * (size - 1)) / stride + 1;
    keep(fmt::format("slide_{}({}, {}, {})({})", one_of<4>({"sum", "mean", "max", "min"}), size, stride, dilation,
                     a.name),
         a.shape);
  }
  void map_last(const Step& a) {
    keep(fmt::format(fmt::runtime(one_of<3>({"turned({})", "numbered({})", "lower({})"})), a.name), a.shape);
  }
  void diagonal(Step a) {
    if (a.shape.size() != 2 || a.shape[0].count > a.shape[1].count) return;
    a.shape.pop_back();
    keep(fmt::format("diagonal({})", a.name), a.shape);
  }
  void products(Step a) {
    if (a.shape.size() != 1) return;
    a.shape.push_back(a.shape.back());
    keep(fmt::format("products({})", a.name), a.shape);
  }
  void convolve(Step a) {
    if (a.shape.size() < 2 || a.shape.size() > 3) return;
    const int64_t kernel = pick(1, 3), stride = pick(1, 2), pad = pick(0, 2), outs = pick(1, 4);
    const int64_t groups = chance(30) ? a.shape[0].count : 1;
    a.shape[0] = outs * groups;
    for (size_t axis = 1; axis < a.shape.size(); ++axis) {
      if (a.shape[axis].count + 2 * pad < kernel) return;
      a.shape[axis] = (a.shape[axis].count + 2 * pad - kernel) / stride + 1;
    }
    keep(fmt::format("{} |> conv{}d({}, kernel: {}, stride: {}, pad: {}, groups: {})", a.name, a.shape.size() - 1,
                     outs * groups, kernel, stride, pad, groups),
         a.shape);
  }
  void pool(Step a) {
    if (a.shape.size() != 3) return;
    const int64_t size = pick(1, 3), stride = pick(1, 2), pad = pick(0, size / 2);
    for (size_t axis : {1, 2}) {
      if (a.shape[axis].count + 2 * pad < size) return;
      a.shape[axis] = (a.shape[axis].count + 2 * pad - size) / stride + 1;
    }
    keep(fmt::format("{} |> {}_pool({}, stride: {}, pad: {})", a.name, one_of<2>({"max", "avg"}), size, stride, pad),
         a.shape);
  }
  void spread_windows(Step a) {
    if (a.shape.size() != 3) return;
    const int64_t kernel = pick(1, 3), stride = pick(1, 2), outs = pick(1, 3);
    a.shape[0] = outs;
    for (size_t axis : {1, 2}) a.shape[axis] = (a.shape[axis].count - 1) * stride + kernel;
    keep(fmt::format("{} |> conv_transpose2d({}, kernel: {}, stride: {})", a.name, outs, kernel, stride), a.shape);
  }
  void filter(Step a) {
    const int64_t length = a.shape.back().count, size = pick(1, std::min<int64_t>(length, 4));
    a.shape.back() = length - size + 1;
    keep(fmt::format("{} |> filter({})", a.name, size), a.shape);
  }
  void random_numbers() {
    Step a = any();
    keep(fmt::format("{} |> dropout(0.3)", a.name), a.shape);
  }

  std::string data(const Shape& sample) {
    auto number = [&] { return static_cast<double>(pick(-20, 20)) / 10; };
    std::vector<std::string> rows, targets;
    for (int row = 0; row < kRows; ++row) {
      std::vector<std::string> parts;
      int64_t width = sample.back().count;
      for (int64_t part = 0; part < elements(sample) / width; ++part) {
        std::vector<double> numbers(static_cast<size_t>(width));
        std::generate(numbers.begin(), numbers.end(), number);
        parts.push_back(fmt::format("[{}]", fmt::join(numbers, ", ")));
      }
      rows.push_back(sample.size() == 1 ? parts[0] : fmt::format("[{}]", fmt::join(parts, ", ")));
      targets.push_back(fmt::format("{}", number()));
    }
    return fmt::format("data d = table {{\n  x: f32[{}] = [{}]\n  y: f32 = [{}]\n}}\n", fmt::join(sizes(sample), ", "),
                       fmt::join(rows, ", "), fmt::join(targets, ", "));
  }

  std::string model(const Shape& sample) {
    const Step& last = steps_.back();
    std::string end =
        last.shape.size() == 1 ? last.name : fmt::format("reshape({}, [B, {}])", last.name, elements(last.shape));
    return fmt::format("model net(x: f32[B, {}]) -> f32[B] {{\n{}  {} |> dense(1) |> squeeze\n}}\n",
                       fmt::join(sizes(sample), ", "), body_, end);
  }

  std::string train() {
    std::string loss = chance(50) ? "mse(net(x), y)" : "mean(abs(net(x) - y))";
    if (chance(30)) loss += " + 0.01 * l2(net)";
    if (options_.exponent) return train_scaled(loss, *options_.exponent);
    std::string_view optimizer =
        one_of<6>({"sgd(0.05)", "momentum(0.05)", "adam(0.01)", "rmsprop(0.01)", "longest(0.01)", "unit(0.01)"});
    std::string text = fmt::format("train {{\n  data = d;  batch = {};  steps = 4\n  loss = {}\n  optimizer = {}\n",
                                   chance(20) ? 1 : 3, loss, optimizer);
    if (chance(30)) text += "  clip = norm(0.5)\n";
    if (chance(50)) text += "  metrics = {mae: mean(abs(net(x) - y)), r2: r2(net(x), y)}\n";
    return text + "}\n";
  }

  /// One step of the length 0.05, whatever the power of two that the loss is multiplied by.
  static std::string train_scaled(const std::string& loss, int exponent) {
    double down = std::ldexp(1.0, std::min(exponent - 10, 0));  // so that gradients are longer than the bound
    return fmt::format(
        "train {{\n  data = d;  batch = 3;  steps = 1\n  loss = {} * ({})\n  optimizer = sgd({})\n"
        "  clip = norm({})\n}}\n",
        std::ldexp(1.0, exponent), loss, 1 / down, 0.05 * down);
  }

  RandomProgramOptions options_;
  std::mt19937_64 random_;
  std::vector<Step> steps_;
  std::string body_;
};

}  // namespace

std::string random_program(uint64_t seed, const RandomProgramOptions& options) { return Writer(seed, options).run(); }

}  // namespace nnc
