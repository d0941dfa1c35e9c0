#include "frontend/types/row_use.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {

bool has_rows(const Axes& axes) {
  return std::any_of(axes.begin(), axes.end(), [](const Axis& axis) { return axis.size.mentions("B"); });
}

RowUse added(const RowUse& a, const RowUse& b) { return {a.mean || b.mean, a.mixed.empty() ? b.mixed : a.mixed}; }

RowUse multiplied(std::string_view sign, const RowUse& a, const Axes& a_axes, const RowUse& b, const Axes& b_axes) {
  bool bends = (a.mean && (b.mean || has_rows(b_axes))) || (b.mean && has_rows(a_axes));
  return bends ? bent(sign, a, b) : added(a, b);
}

RowUse bent(std::string_view name, const RowUse& a, const RowUse& b) {
  RowUse both = added(a, b);
  if (both.any() && both.mixed.empty()) both.mixed = fmt::format("'{}' of a mean over rows", name);
  return both;
}

RowUse reduced(std::string_view name, const RowUse& x) {
  return {x.mean, x.mixed.empty() ? fmt::format("'{}' over the rows of a batch", name) : x.mixed};
}

RowUse averaged(const RowUse& x) { return {true, x.mixed}; }

}  // namespace nnc
