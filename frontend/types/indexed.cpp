#include "frontend/types/indexed.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "frontend/types/tensors.h"
#include "ir/graph/builder.h"
#include "ir/graph/op_attributes.h"

namespace nnc {

namespace {

/// How often a loop is used, in how many axes.
size_t uses_of(const IndexedValue& x, size_t loop) {
  return static_cast<size_t>(std::count_if(x.subscripts.begin(), x.subscripts.end(),
                                           [&](const AffineSubscript& one) { return one.factor(loop) != 0; }));
}

bool stands_alone(const AffineSubscript& subscript) {
  return subscript.terms.size() == 1 && subscript.terms[0].second == 1 && subscript.constant == 0;
}

/// Lets the loop run backwards in all of them: of a sum, or of a greatest, that makes no difference.
void turn_round(const std::vector<IndexedValue*>& values, const IndexLoops& loops, size_t loop) {
  for (IndexedValue* value : values) {
    for (AffineSubscript& subscript : value->subscripts) {
      for (auto& [number, factor] : subscript.terms) {
        if (number != loop) continue;
        subscript.constant += factor * (loops[loop].extent.count - 1);
        factor = -factor;
      }
    }
  }
}

/// A reduced loop that is subtracted from another one, `i - k + 2`, is turned round, so that contractions and windows
/// see sums.
void without_differences(const std::vector<IndexedValue*>& values, const IndexLoops& loops) {
  for (size_t loop = 0; loop < loops.size(); ++loop) {
    if (!loops[loop].reduced || !loops[loop].extent.constant()) continue;
    bool subtracted = false, added = false;
    for (const IndexedValue* value : values) {
      for (const AffineSubscript& subscript : value->subscripts) {
        if (subscript.terms.size() < 2) continue;
        subtracted = subtracted || subscript.factor(loop) < 0;
        added = added || subscript.factor(loop) > 0;
      }
    }
    if (subtracted && !added) turn_round(values, loops, loop);
  }
}

/// The axis of one loop alone: cut to its elements, every so many of them, from the last where the loop is subtracted.
void make_plain(IndexedValue& x, size_t axis, const IndexLoops& loops) {
  AffineSubscript& subscript = x.subscripts[axis];
  const auto [loop, factor] = subscript.terms[0];
  const Dim& extent = loops[loop].extent;
  if (stands_alone(subscript) && x.node.type().shape[axis] == extent) return;
  const int64_t step = factor < 0 ? -factor : factor, last = subscript.constant + factor * (extent.count - 1);
  const int64_t first = std::min(subscript.constant, last), end = std::max(subscript.constant, last) + 1;
  const int at = static_cast<int>(axis);
  x.node = slice(x.node, at, first, end, step);
  if (factor < 0) x.node = reverse(x.node, at);
  subscript = {{{loop, 1}}, 0};
}

/// Axes that no cut and no turn makes plain, since they have two loops or share one.
std::vector<size_t> tangled_axes(const IndexedValue& x) {
  const size_t rank = x.subscripts.size();
  std::vector<bool> tangled(rank);
  for (size_t axis = 0; axis < rank; ++axis) {
    tangled[axis] = x.subscripts[axis].terms.size() != 1 || uses_of(x, x.subscripts[axis].terms[0].first) > 1;
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t axis = 0; axis < rank; ++axis) {
      for (size_t other = 0; other < rank && !tangled[axis]; ++other) {
        if (!tangled[other] || x.subscripts[other].factor(x.subscripts[axis].terms[0].first) == 0) continue;
        tangled[axis] = changed = true;
      }
    }
  }
  std::vector<size_t> axes;
  for (size_t axis = 0; axis < rank; ++axis) {
    if (tangled[axis]) axes.push_back(axis);
  }
  return axes;
}

[[noreturn]] void refuse_rows() {
  throw Refusal{"E0701", "a subscript computes with the rows of a batch: their number is known only at run time",
                "each row stands for one sample: let its index stand alone"};
}

/// Looks the elements of the tangled axes up by their computed places; an axis for each of their loops in front.
void look_up(IndexedValue& x, const std::vector<size_t>& tangled, const IndexLoops& loops) {
  const Shape& shape = x.node.type().shape;
  Graph& graph = *x.node.graph;
  std::vector<size_t> own;
  Shape turns;
  for (size_t loop = 0; loop < loops.size(); ++loop) {
    bool used =
        std::any_of(tangled.begin(), tangled.end(), [&](size_t axis) { return x.subscripts[axis].factor(loop) != 0; });
    if (!used) continue;
    if (!loops[loop].extent.constant()) refuse_rows();
    own.push_back(loop);
    turns.push_back(loops[loop].extent);
  }
  const Type places(Element::i32, turns);
  int64_t stride = 1, constant = 0;
  std::vector<int64_t> factors(own.size(), 0), order;
  for (size_t i = tangled.size(); i-- > 0;) {
    const AffineSubscript& subscript = x.subscripts[tangled[i]];
    if (!shape[tangled[i]].constant()) refuse_rows();
    for (size_t j = 0; j < own.size(); ++j) factors[j] += stride * subscript.factor(own[j]);
    constant += stride * subscript.constant;
    stride *= shape[tangled[i]].count;
  }
  Value place = full(graph, static_cast<double>(constant), places);
  for (size_t j = 0; j < own.size(); ++j) {
    place = place + static_cast<double>(factors[j]) * iota(graph, places, static_cast<int>(j));
  }
  Shape merged{Dim(stride)};
  std::vector<AffineSubscript> subscripts;
  for (size_t axis : tangled) order.push_back(static_cast<int64_t>(axis));
  for (size_t loop : own) subscripts.push_back({{{loop, 1}}, 0});
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (std::find(tangled.begin(), tangled.end(), axis) != tangled.end()) continue;
    order.push_back(static_cast<int64_t>(axis));
    merged.push_back(shape[axis]);
    subscripts.push_back(x.subscripts[axis]);
  }
  x.node = gather(reshape(permute(x.node, order), merged), place);
  x.subscripts = std::move(subscripts);
}

/// Its axes, each of one loop alone, in the order of the loops.
Value in_order(const IndexedValue& x) {
  std::vector<int64_t> order(x.subscripts.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return x.subscripts[static_cast<size_t>(a)].terms[0].first < x.subscripts[static_cast<size_t>(b)].terms[0].first;
  });
  return permute(x.node, order);
}

/// As a contraction reads it: at most two loops in a subscript, with factors above 0.
void make_readable(IndexedValue& x, const IndexLoops& loops) {
  const bool readable = std::all_of(x.subscripts.begin(), x.subscripts.end(), [](const AffineSubscript& one) {
    const bool sum = std::all_of(one.terms.begin(), one.terms.end(), [](const auto& term) { return term.second > 0; });
    return one.terms.size() == 1 || (one.terms.size() == 2 && sum && one.constant >= 0);
  });
  if (!readable) {
    x.node = over_loops(x, loops);
    std::vector<AffineSubscript> plain;
    for (size_t loop = 0; loop < loops.size(); ++loop) {
      if (x.uses(loop)) plain.push_back({{{loop, 1}}, 0});
    }
    x.subscripts = std::move(plain);
    return;
  }
  for (size_t axis = 0; axis < x.subscripts.size(); ++axis) {
    if (x.subscripts[axis].terms.size() == 1) make_plain(x, axis, loops);
  }
}

std::string text_of(const AffineSubscript& subscript, const IndexLoops& loops) {
  std::string text;
  for (const auto& [loop, factor] : subscript.terms) {
    text +=
        fmt::format("{}{}{}", text.empty() ? "" : "+", factor == 1 ? "" : fmt::format("{}*", factor), loops[loop].name);
  }
  return subscript.constant == 0 ? text : fmt::format("{}+{}", text, subscript.constant);
}

}  // namespace

int64_t AffineSubscript::factor(size_t loop) const {
  for (const auto& [number, factor] : terms) {
    if (number == loop) return factor;
  }
  return 0;
}

bool IndexedValue::uses(size_t loop) const { return uses_of(*this, loop) > 0; }

Value over_loops(IndexedValue x, const IndexLoops& loops) {
  if (const std::vector<size_t> tangled = tangled_axes(x); !tangled.empty()) look_up(x, tangled, loops);
  for (size_t axis = 0; axis < x.subscripts.size(); ++axis) make_plain(x, axis, loops);
  return in_order(x);
}

Value summed_product(IndexedValue a, IndexedValue b, const IndexLoops& loops) {
  without_differences({&a, &b}, loops);
  make_readable(a, loops);
  make_readable(b, loops);
  std::string text, extents;
  for (const IndexedValue* value : {&a, &b}) {
    if (value == &b) text += ",";
    for (const AffineSubscript& subscript : value->subscripts) {
      text += fmt::format("{}{}", text.empty() ? "" : " ", text_of(subscript, loops));
    }
  }
  text += " ->";
  for (size_t loop = 0; loop < loops.size(); ++loop) {
    if (!a.uses(loop) && !b.uses(loop)) continue;
    if (!loops[loop].reduced) text += " " + loops[loop].name;
    bool alone = false;
    for (const IndexedValue* value : {&a, &b}) {
      for (const AffineSubscript& one : value->subscripts)
        alone = alone || (stands_alone(one) && one.factor(loop) != 0);
    }
    if (alone) continue;
    extents += fmt::format("{}{}={}", extents.empty() ? "" : " ", loops[loop].name, loops[loop].extent.count);
  }
  return contract(a.node, b.node, text, extents);
}

std::optional<Value> window_of(std::string_view reducer, IndexedValue x, const IndexLoops& loops) {
  without_differences({&x}, loops);
  const size_t rank = x.subscripts.size();
  std::vector<int64_t> sizes(rank, 1), strides(rank, 1), dilations(rank, 1), vanish;
  bool windows = false;
  for (size_t axis = 0; axis < rank; ++axis) {
    AffineSubscript& subscript = x.subscripts[axis];
    for (const auto& [loop, factor] : subscript.terms) {
      if (uses_of(x, loop) > 1) return std::nullopt;
    }
    if (subscript.terms.size() == 1) {
      make_plain(x, axis, loops);
      if (loops[subscript.terms[0].first].reduced) vanish.push_back(static_cast<int64_t>(axis));
      continue;
    }
    const bool two = subscript.terms.size() == 2 &&
                     loops[subscript.terms[0].first].reduced != loops[subscript.terms[1].first].reduced;
    if (!two || subscript.constant < 0) return std::nullopt;
    const size_t inner = loops[subscript.terms[0].first].reduced ? 0 : 1;
    const auto [within, dilation] = subscript.terms[inner];
    const auto [moves, stride] = subscript.terms[1 - inner];
    if (dilation < 1 || stride < 1 || !loops[within].extent.constant() || !loops[moves].extent.constant()) return {};
    sizes[axis] = loops[within].extent.count;
    strides[axis] = stride;
    dilations[axis] = dilation;
    const int64_t reach = stride * (loops[moves].extent.count - 1) + dilation * (sizes[axis] - 1) + 1;
    x.node = slice(x.node, static_cast<int>(axis), subscript.constant, subscript.constant + reach);
    subscript = {{{moves, 1}}, 0};
    windows = true;
  }
  if (windows) {
    const WindowAttributes window{sizes, strides, dilations};
    x.node = x.node.graph->add(op(fmt::format("window_{}", reducer)), std::array{x.node}, written(window));
  }
  if (!vanish.empty()) {
    x.node = reducer == "sum"   ? reduce_sum(x.node, vanish)
             : reducer == "max" ? reduce_max(x.node, vanish)
                                : reduce_min(x.node, vanish);
    for (size_t i = vanish.size(); i-- > 0;) x.subscripts.erase(x.subscripts.begin() + vanish[i]);
  }
  return in_order(x);
}

}  // namespace nnc
