#include "ir/graph/leading_axis.h"

#include <utility>
#include <vector>

#include "ir/graph/builder.h"
#include "ir/graph/op_attributes.h"

namespace nnc {

namespace {

Ints one_further(Ints axes, bool leading_too) {
  for (int64_t& axis : axes) ++axis;
  if (leading_too) axes.insert(axes.begin(), 0);
  return axes;
}

template <class View>
Attributes along_next(View one) {
  ++one.axis;
  return written(one);
}

}  // namespace

Shape with_leading(const Dim& leading, Shape shape) {
  shape.insert(shape.begin(), leading);
  return shape;
}

Attributes with_leading_axis(const Node& node, const Dim& leading) {
  if (auto cut = view_if<SliceAttributes>(node)) return along_next(*cut);
  if (auto padding = view_if<PadAttributes>(node)) return along_next(*padding);
  if (auto one = view_if<AxisAttributes>(node)) return along_next(*one);
  if (auto repeated = view_if<BroadcastAttributes>(node)) {
    return written(BroadcastAttributes{one_further(repeated->axes, true), with_leading(leading, repeated->shape)});
  }
  if (auto same = view_if<ReshapeAttributes>(node)) {
    return written(ReshapeAttributes{with_leading(leading, same->shape)});
  }
  if (auto turned = view_if<PermuteAttributes>(node)) {
    return written(PermuteAttributes{one_further(turned->order, true)});
  }
  if (auto reduced = view_if<ReduceAttributes>(node)) {
    return written(ReduceAttributes{one_further(reduced->axes, false), reduced->form});
  }
  auto window = view_if<WindowAttributes>(node);
  if (!window) return node.attributes;
  for (Ints* each : {&window->sizes, &window->strides, &window->dilations}) each->insert(each->begin(), 1);
  return written(*window);
}

std::string with_leading_loop(const std::string& index, std::string loop, bool first, bool second, bool result) {
  while (index.find(loop) != std::string::npos) loop += loop.back();
  const size_t comma = index.find(','), arrow = index.find("->");
  auto part = [&](size_t from, size_t to, bool leading) {
    std::string text = index.substr(from, to - from);
    text.erase(0, text.find_first_not_of(' '));
    text.erase(text.find_last_not_of(' ') + 1);
    if (!leading) return text;
    return text.empty() ? loop : loop + " " + text;
  };
  return part(0, comma, first) + ", " + part(comma + 1, arrow, second) + " -> " + part(arrow + 2, index.size(), result);
}

Value repeated_along(const Dim& leading, Value value) {
  Ints axes;
  for (int64_t axis = 1; axis <= value.type().rank(); ++axis) axes.push_back(axis);
  return broadcast(value, with_leading(leading, value.type().shape), axes);
}

}  // namespace nnc
