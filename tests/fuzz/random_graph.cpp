#include "tests/fuzz/random_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ir/graph/builder.h"
#include "ir/graph/op_attributes.h"
#include "tests/fuzz/random_overflow.h"
#include "tests/fuzz/random_shape.h"

namespace nnc {

namespace {

using Axes = std::vector<int64_t>;
constexpr int64_t kSizes[] = {1, 3, 7, 8, 9, 17, 64};
constexpr int kUnitShares[] = {0, 0, 0, 50, 90, 100};  ///< percent of a graph's axes that have one element anyway
constexpr int64_t kMaxElements = 4096;                 ///< of one tensor, B taken as 16
constexpr double kLargest = 30;                        ///< what is larger goes through tanh

/// A value and a bound of its magnitude.
struct Item {
  Value value;
  double bound = 1;
};

class Generator {
 public:
  Generator(uint64_t seed, const RandomGraphOptions& options) : options_(options), random_(seed) {}

  Graph run() {
    graph_.name = "random";
    units_ = kUnitShares[pick(0, static_cast<int64_t>(std::size(kUnitShares)) - 1)];
    int wanted = static_cast<int>(pick(options_.min_nodes, options_.max_nodes));
    for (int i = 0; i < 3; ++i) leaf();
    for (int turns = 0; static_cast<int>(graph_.size()) < wanted && turns < 4 * wanted; ++turns) step();
    finish();
    return std::move(graph_);
  }

 private:
  int64_t pick(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_() % static_cast<uint64_t>(high - low + 1));
  }
  bool chance(int percent) { return pick(1, 100) <= percent; }
  int64_t size() { return chance(units_) ? 1 : kSizes[pick(0, 6)]; }
  const Item& any() { return items_[static_cast<size_t>(pick(0, static_cast<int64_t>(items_.size()) - 1))]; }

  static bool fits(const Shape& shape) {
    std::optional<Dim> count = product(shape);
    return count && shape.size() <= 4 && count->at(16, 16) <= kMaxElements;
  }

  void keep(Value value, double bound) {
    if (bound > kLargest) {
      value = unary("tanh", value);
      bound = 1;
    }
    items_.push_back({value, bound});
  }

  void leaf() {
    Shape shape;
    for (int64_t rank = pick(0, 4); rank > 0; --rank) shape.push_back(size());
    while (!fits(shape)) shape.pop_back();
    Type type(options_.element, shape);
    bool input_leaf = chance(60);
    if (input_leaf && options_.batch && !shape.empty() && chance(70)) {
      type.shape[0] = Dim::rows();
      if (!fits(type.shape)) type.shape.resize(1);
    }
    std::string name = fmt::format("{}{}", input_leaf ? "x" : "w", leaves_++);
    items_.push_back({input_leaf ? input(graph_, InputRole::column, name, type) : variable(graph_, name, type), 2});
  }

  void step() {
    switch (pick(0, 18)) {
      case 0: return chance(30) ? leaf() : function();
      case 1:
      case 2: return function();
      case 3:
      case 4: return arithmetic();
      case 5: return choice();
      case 6: return repeat();
      case 7:
      case 16: return rearrange();
      case 8: return cut();
      case 9: return join();
      case 10: return reduce();
      case 11:
      case 12: return product_sum();
      case 13: return lookup();
      case 14: return window();
      case 17:
      case 18: return spread();
      default: return chance(50) ? recurrence() : special();
    }
  }

  void function() {
    Item a = any();
    Value positive = a.value * a.value + 0.5;
    double square = a.bound * a.bound + 0.5;
    switch (pick(0, 14)) {
      case 0: return keep(unary("tanh", a.value), 1);
      case 1: return keep(unary("sigmoid", a.value), 1);
      case 2: return keep(unary("sin", a.value), 1);
      case 3: return keep(unary("cos", a.value), 1);
      case 4: return keep(unary("erf", a.value), 1);
      case 5: return keep(unary("exp", a.bound > 3 ? unary("tanh", a.value) : a.value), 21);
      case 6: return keep(unary("expm1", a.bound > 3 ? unary("tanh", a.value) : a.value), 21);
      case 7: return keep(unary("log", positive), std::max(0.7, std::log(square)));
      case 8: return keep(unary("log1p", a.value * a.value), std::log(square + 1));
      case 9: return keep(unary("sqrt", positive), std::sqrt(square));
      case 10: return keep(-a.value, a.bound);
      case 11: return keep(binary("power", positive, unary("sin", a.value)), square + 2);
      case 12: return keep(binary("atan2", a.value, positive), 2);
      case 13:
        if (options_.differentiable) return keep(stop_gradient(a.value), a.bound);
        return keep(unary(chance(50) ? "floor" : "sign", a.value), a.bound + 1);
      default:
        if (options_.differentiable) return keep(-a.value, a.bound);
        return keep(unary("absolute", a.value), a.bound);
    }
  }

  /// Another item of a's shape, or one made to have it.
  Item partner(const Item& a) {
    std::vector<Item> same;
    for (const Item& item : items_) {
      if (item.value.type() == a.value.type()) same.push_back(item);
    }
    if (chance(80)) return same[static_cast<size_t>(pick(0, static_cast<int64_t>(same.size()) - 1))];
    double number = static_cast<double>(pick(-8, 8)) / 4;
    return {full(graph_, number, a.value.type()), 2};
  }

  void arithmetic() {
    Item a = any(), b = partner(a);
    switch (pick(0, options_.differentiable ? 3 : 5)) {
      case 0: return keep(a.value + b.value, a.bound + b.bound);
      case 1: return keep(a.value - b.value, a.bound + b.bound);
      case 2: return keep(a.value * b.value, a.bound * b.bound);
      case 3: return keep(a.value / (b.value * b.value + 0.5), 2 * a.bound);
      case 4: return keep(binary("minimum", a.value, b.value), std::max(a.bound, b.bound));
      default: return keep(binary("maximum", a.value, b.value), std::max(a.bound, b.bound));
    }
  }

  void choice() {
    if (options_.differentiable) return arithmetic();
    constexpr std::string_view kTests[] = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"};
    Item a = any(), b = partner(a), c = partner(a);
    if (chance(30)) return keep(chosen_over_overflow(a.value, b.value, random_), std::max(b.bound, kLargest));
    Value test = binary(kTests[pick(0, 5)], a.value, b.value);
    if (chance(30)) test = binary(chance(50) ? "logical_and" : "logical_or", test, binary("less", c.value, a.value));
    if (chance(20)) test = unary("logical_not", test);
    if (chance(30)) return keep(cast(test, options_.element), 1);
    keep(select(test, b.value, c.value), std::max(b.bound, c.bound));
  }

  void repeat() {
    Item a = any();
    Shape shape = a.value.type().shape;
    Axes axes;
    for (size_t i = 0; i < shape.size(); ++i) axes.push_back(static_cast<int64_t>(i));
    int64_t at = pick(0, static_cast<int64_t>(shape.size()));
    bool has_rows = std::any_of(shape.begin(), shape.end(), [](const Dim& dim) { return !dim.constant(); });
    bool rows = options_.batch && !has_rows && chance(30);
    shape.insert(shape.begin() + at, rows ? Dim::rows() : Dim(size()));
    if (!fits(shape)) return;
    for (int64_t& axis : axes) axis += axis >= at ? 1 : 0;
    keep(broadcast(a.value, shape, axes), a.bound);
  }

  void rearrange() {
    Item a = any();
    Shape shape = a.value.type().shape;
    if (shape.empty()) return keep(reshape(a.value, {1}), a.bound);
    if (chance(50)) {
      Axes order;
      for (size_t i = 0; i < shape.size(); ++i) order.push_back(static_cast<int64_t>(i));
      for (size_t i = order.size(); i-- > 1;)
        std::swap(order[i], order[static_cast<size_t>(pick(0, static_cast<int64_t>(i)))]);
      return keep(permute(a.value, order), a.bound);
    }
    shape = regrouped(shape, random_);
    if (fits(shape)) keep(reshape(a.value, shape), a.bound);
  }

  /// An axis whose size is a number, or −1.
  int constant_axis(const Shape& shape) {
    std::vector<int> axes;
    for (size_t i = 0; i < shape.size(); ++i) {
      if (shape[i].constant() && shape[i].count > 0) axes.push_back(static_cast<int>(i));
    }
    return axes.empty() ? -1 : axes[static_cast<size_t>(pick(0, static_cast<int64_t>(axes.size()) - 1))];
  }

  void cut() {
    Item a = any();
    int axis = constant_axis(a.value.type().shape);
    if (axis < 0) return;
    int64_t count = a.value.type().shape[static_cast<size_t>(axis)].count;
    if (chance(30)) return keep(reverse(a.value, axis), a.bound);
    if (chance(50)) {
      int64_t begin = pick(0, count - 1);
      return keep(slice(a.value, axis, begin, pick(begin + 1, count), pick(1, 3)), a.bound);
    }
    bool edge = chance(30);
    int64_t low = pick(edge ? 0 : -1, 2), high = pick(edge ? 0 : -1, 2), interior = edge ? 0 : pick(0, 1);
    if (count + (count - 1) * interior + low + high < 1) return;
    Value padded = pad(a.value, axis, low, high, interior, chance(50) ? 0 : 0.5, edge);
    if (fits(padded.type().shape)) keep(padded, a.bound + 0.5);
  }

  void join() {
    Item a = any(), b = partner(a);
    int axis = constant_axis(a.value.type().shape);
    if (axis < 0) return;
    Value parts[] = {a.value, b.value};
    Value joined = concat(parts, axis);
    if (fits(joined.type().shape)) keep(joined, std::max(a.bound, b.bound));
  }

  void reduce() {
    Item a = any();
    const Shape& shape = a.value.type().shape;
    if (shape.empty()) return;
    Axes axes;
    double count = 1;
    for (size_t i = 0; i < shape.size(); ++i) {
      if (!chance(60)) continue;
      axes.push_back(static_cast<int64_t>(i));
      count *= static_cast<double>(shape[i].at(16, 16));
    }
    if (axes.empty()) axes.push_back(0);
    int64_t kind = pick(0, options_.differentiable ? 1 : 3);
    if (kind <= 1) return keep(reduce_sum(a.value, axes) * (1.0 / 16), a.bound * count);
    keep(kind == 2 ? reduce_max(a.value, axes) : reduce_min(a.value, axes), a.bound);
  }

  /// The sum or the greatest of all elements: a number.
  Item whole(const Item& a) {
    Axes axes;
    double count = 1;
    for (int axis = 0; axis < a.value.type().rank(); ++axis) {
      axes.push_back(axis);
      count *= static_cast<double>(a.value.type().shape[static_cast<size_t>(axis)].at(16, 16));
    }
    if (!options_.differentiable && chance(40)) return {reduce_max(a.value, axes), a.bound};
    return {reduce_sum(a.value, axes) * (1.0 / 16), a.bound * count};
  }

  /// What a sum says of a tensor, beside each element of it or of another: a norm, a centre, a share.
  void spread() {
    Item a = any(), b = chance(60) ? a : any();
    const Shape shape = b.value.type().shape;
    if (chance(40) && !shape.empty()) return spread_along(b, shape);
    Item number = whole(a);
    if (number.bound > kLargest) number = {unary("tanh", number.value), 1};
    Value each = broadcast_scalar(number.value, shape);
    if (chance(50)) return keep(b.value * each, b.bound * number.bound);
    keep(b.value - each, b.bound + number.bound);
  }

  /// Shares along one axis, which has one element between its sum and its return.
  void spread_along(const Item& b, const Shape& shape) {
    auto last = static_cast<int64_t>(shape.size()) - 1;
    int64_t axis = chance(60) ? last : pick(0, last);
    Axes gone{axis}, kept;
    for (int64_t other = 0; other <= last; ++other) {
      if (other != axis) kept.push_back(other);
    }
    Shape unit = shape;
    unit[static_cast<size_t>(axis)] = Dim(1);
    Value part = unary("sigmoid", b.value), sum = reduce_sum(part, gone);
    Value root = unary("sqrt", reshape(sum, unit));
    keep(part / broadcast(reshape(root, sum.type().shape), shape, kept), 1);
  }

  void product_sum() {
    Item a = any();
    const Shape shape = a.value.type().shape;
    if (shape.empty() || shape.size() > 3) return;
    if (chance(35)) return convolution(a);
    // a's axes by letters; some of them are shared with a new variable, which has an axis of its own.
    std::string left, right, result;
    Shape weights;
    for (size_t i = 0; i < shape.size(); ++i) {
      char letter = static_cast<char>('a' + i);
      left += fmt::format("{}{}", i == 0 ? "" : " ", letter);
      bool shared = shape[i].constant() && chance(60);
      if (shared) {
        weights.push_back(shape[i]);
        right += fmt::format(" {}", letter);
      }
      if (!shared || chance(20)) result += fmt::format(" {}", letter);
    }
    weights.push_back(Dim(size()));
    right += " z";
    result += " z";
    if (!fits(weights)) return;
    Value w = variable(graph_, fmt::format("w{}", leaves_++), Type(options_.element, weights));
    items_.push_back({w, 2});
    std::string index = left + "," + right + " ->" + result;
    if (chance(30)) {
      Value swapped = contract(w, a.value, right.substr(1) + ", " + left + " ->" + result);
      if (fits(swapped.type().shape)) keep(swapped, 2 * kLargest);
      return;
    }
    Value product = contract(a.value, w, index);
    if (fits(product.type().shape)) keep(product, 2 * kLargest);
  }

  /// A window over the last axis: out[.., y, o] = Σ_k a[.., s·y + d·k] · w[k, o].
  void convolution(const Item& a) {
    const Shape& shape = a.value.type().shape;
    int64_t stride = pick(1, 2), dilation = pick(1, 2), width = pick(1, 3);
    if (!shape.back().constant() || shape.back().count <= (width - 1) * dilation) return;
    int64_t turns = (shape.back().count - 1 - (width - 1) * dilation) / stride + 1;
    std::string lead;
    for (size_t i = 0; i + 1 < shape.size(); ++i) lead += fmt::format("{} ", static_cast<char>('a' + i));
    Value w = variable(graph_, fmt::format("w{}", leaves_++), Type(options_.element, {width, 3}));
    std::string index = fmt::format("{0}{1}*y+{2}*k, k o -> {0}y o", lead, stride, dilation);
    Value product = contract(a.value, w, index, fmt::format("y={}", turns));
    if (fits(product.type().shape)) keep(product, 2 * kLargest);
  }

  void lookup() {
    Item a = any();
    const Shape& shape = a.value.type().shape;
    if (shape.empty() || !shape[0].constant() || shape[0].count == 0) return;
    std::string name = fmt::format("i{}", leaves_++);
    bool has_rows = std::any_of(shape.begin(), shape.end(), [](const Dim& dim) { return !dim.constant(); });
    bool rows = options_.batch && !has_rows && chance(50);
    if (chance(30)) {
      Value index = input(graph_, InputRole::column, name, Type(Element::i32, {shape[0]}));
      return keep(scatter_add(index, a.value, Dim(7)), a.bound * static_cast<double>(shape[0].count));
    }
    Value index = input(graph_, InputRole::column, name, Type(Element::i32, {rows ? Dim::rows() : Dim(size())}));
    Value found = gather(a.value, index);
    if (fits(found.type().shape)) keep(found, a.bound);
  }

  void window() {
    Item a = any();
    int axis = constant_axis(a.value.type().shape);
    size_t rank = a.value.type().shape.size();
    if (axis < 0) return;
    auto at = static_cast<size_t>(axis);
    Axes sizes(rank, 1), strides(rank, 1), dilations(rank, 1);
    sizes[at] = std::min<int64_t>(pick(1, 3), a.value.type().shape[at].count);
    strides[at] = pick(1, 2);
    const Attributes attributes = written(WindowAttributes{sizes, strides, dilations});
    constexpr std::string_view kOps[] = {"window_sum", "window_max", "window_min", "window_argmax"};
    std::string_view name = kOps[options_.differentiable ? 0 : pick(0, 3)];
    std::vector<Value> operand{a.value};
    Value result = graph_.add(op(name), operand, attributes);
    if (op(name).yields_index) return keep(cast(result, options_.element), 3);
    keep(result, 3 * a.bound);
  }

  void recurrence() {
    Item a = any();
    const Shape& shape = a.value.type().shape;
    if (shape.empty() || !shape[0].constant() || shape[0].count == 0 || shape[0].count > 9) return;
    Type element(options_.element, Shape(shape.begin() + 1, shape.end()));
    auto body = std::make_shared<Graph>("cell");
    Value h = body_input(*body, "h", 0, element), x = body_input(*body, "x", 1, element);
    Value w = body_input(*body, "w", 2, Type::scalar(options_.element));
    Value next = unary("tanh", h * broadcast_scalar(w, element.shape) + x);
    body->results = {{ResultKind::value, "h", next.id}, {ResultKind::value, "out", (chance(50) ? next : next * x).id}};
    Value states[] = {full(graph_, 0.5, element)}, sequences[] = {a.value};
    Value invariants[] = {variable(graph_, fmt::format("w{}", leaves_++), Type::scalar(options_.element))};
    Value whole = scan(graph_, states, sequences, invariants, body, shape[0].count, chance(30));
    if (chance(50)) keep(project(whole, 0), 1);
    keep(project(whole, 1), std::max(1.0, a.bound));
  }

  void special() {
    if (options_.differentiable) return;
    Item a = any();
    const Shape shape = a.value.type().shape;
    switch (pick(0, 3)) {
      case 0:
        if (options_.batch)
          keep(a.value / broadcast_scalar(size_of(graph_, Dim::rows(), options_.element), shape), a.bound);
        return;
      case 1: {
        int axis = constant_axis(shape);
        if (axis >= 0) keep(iota(graph_, Type(options_.element, shape), axis) * (1.0 / 64), 1);
        return;
      }
      case 2: {
        int axis = constant_axis(shape);
        if (axis >= 0) keep(cast(reduce_argmax(a.value, axis), options_.element) * (1.0 / 16), 4);
        return;
      }
      default: {
        Value seed = input(graph_, InputRole::seed, "seed", Type(Element::i32, {2}));
        Value now = input(graph_, InputRole::step, "step", Type::scalar(Element::i32));
        keep(random_uniform(seed, now, fmt::format("net.r{}", leaves_++), Type(options_.element, shape)), 1);
      }
    }
  }

  void finish() {
    std::vector<bool> used(graph_.size(), false);
    for (NodeId id = 0; id < graph_.size(); ++id) {
      for (NodeId operand : graph_.node(id).operands) used[operand] = true;
    }
    std::vector<Value> open;
    for (const Item& item : items_) {
      if (!used[item.value.id] && std::find(open.begin(), open.end(), item.value) == open.end())
        open.push_back(item.value);
    }
    Value loss;
    for (size_t i = 0; i < open.size(); ++i) {
      graph_.results.push_back({ResultKind::value, fmt::format("value{}", i), open[i].id});
      Axes axes;
      for (int64_t axis = 0; axis < open[i].type().rank(); ++axis) axes.push_back(axis);
      Value part = reduce_sum(unary("sin", open[i]), axes) * (1.0 / 16);
      loss = loss ? loss + part : part;
    }
    graph_.results.push_back({ResultKind::loss, "loss", loss.id});
    if (options_.trains) train(loss);
  }

  /// A step of descent, of fixed length, towards zero, or beside the norm.
  Value stepped(Value w, Value g) {
    Axes all;
    for (int axis = 0; axis < w.type().rank(); ++axis) all.push_back(axis);
    auto each = [&](Value number) { return broadcast_scalar(number, w.type().shape); };
    switch (pick(0, 3)) {
      case 0: return w - g * 0.05;
      case 1: return w - unary("sign", g) * each(reduce_max(unary("absolute", g), all));
      case 2: return w - g / each(unary("sqrt", reduce_sum(g * g, all)) + 0.5);
      default: return w * each(reduce_sum(unary("absolute", w), all)) - g;
    }
  }

  void train(Value loss) {
    for (NodeId id : graph_.reachable()) {
      if (graph_.node(id).op != &op("variable")) continue;
      Value w = graph_.value(id);
      const std::string& path = *leaf_path(graph_.node(id));
      Value next = stepped(w, gradient(loss, w));
      graph_.results.push_back({ResultKind::update, path, next.id});
    }
  }

  RandomGraphOptions options_;
  std::mt19937_64 random_;
  Graph graph_;
  std::vector<Item> items_;
  int leaves_ = 0;
  int units_ = 0;  ///< percent of this graph's axes that have one element anyway
};

}  // namespace

Graph random_graph(uint64_t seed, const RandomGraphOptions& options) { return Generator(seed, options).run(); }

}  // namespace nnc
