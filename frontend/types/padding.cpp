// Elements put around a tensor's, or between them.

#include <fmt/format.h>

#include "frontend/types/tensors.h"
#include "ir/graph/builder.h"

namespace nnc {

namespace {

/// The axis with its padding: its elements and those between them, and the ends.
Size padded_size(const Size& size, const Padding& padding) {
  const Size ends = padding.low + padding.high;
  return padding.between == Size(0) ? size + ends : size + (size - Size(1)) * padding.between + ends;
}

bool is_empty(const Padding& padding) {
  return padding.low == Size(0) && padding.high == Size(0) && padding.between == Size(0);
}

int64_t known(const Size& size) {
  const std::optional<int64_t> number = size.number();
  if (!number) throw Refusal{"E0701", fmt::format("the size {} is not known when compiling", to_string(size)), ""};
  return *number;
}

}  // namespace

TypedTensor TensorBuilder::pad(const TypedTensor& x, const std::vector<Padding>& axes, double value) const {
  if (x.type.is(Base::boolean) || x.type.is(Base::label)) {
    throw Refusal{"E0401", fmt::format("'padded' needs numbers, not {}", to_string(x.type)), ""};
  }
  TypedTensor out = x;
  for (size_t axis = 0; axis < axes.size(); ++axis) {
    if (is_empty(axes[axis])) continue;
    Axis& size = out.type.axes[axis];
    if (size.pack) {
      throw Refusal{"E0313", fmt::format("the axes '..{}' can't be padded", size.name), "0 leaves them as they are"};
    }
    if (size.size.mentions("B") && graph != nullptr) {
      throw Refusal{"E0701", "'padded' can't add to the rows of a batch: their number is known only at run time", ""};
    }
    const Size whole = padded_size(size.size, axes[axis]);
    if (whole.number().value_or(0) < 0) {
      throw Refusal{"E0320",
                    fmt::format("'padded' takes more away from axis {} of {} than there is", axis, to_string(x.type)),
                    ""};
    }
    size = {whole, "", false};
    if (graph == nullptr) continue;
    out.node = nnc::pad(out.node, static_cast<int>(axis), known(axes[axis].low), known(axes[axis].high),
                        known(axes[axis].between), value);
  }
  require_limits(out.type);
  return out;
}

}  // namespace nnc
