#include "passes/vectorize/space.h"

#include <fmt/format.h>

namespace nnc {

void over_axis(Values& values, const Dim& dim, const std::string& name, const std::function<void(Affine)>& body) {
  ProgramBuilder& program = values.kernel().program();
  auto scoped = [&](const Affine& at) {
    values.open_scope();
    body(at);
    values.close_scope();
  };
  int64_t extent = program.extent(dim);
  if (extent == 0) return;
  if (program.at_run_time(dim)) {
    values.kernel().nest.loop(LoopKind::serial, name, LoopBound{}, rows_bound(dim.count), 1, scoped);
  } else if (extent == 1) {
    scoped(Affine::of(0));
  } else {
    values.kernel().nest.serial(name, 0, extent, 1, scoped);
  }
}

namespace {

/// Runs the body with these lanes.
void with_lanes(Values& values, int lanes, std::optional<Affine> active, const Affine& at,
                const std::function<void(Affine)>& body) {
  int lanes_before = values.lanes;
  std::optional<Affine> active_before = values.active;
  values.lanes = lanes;
  values.active = std::move(active);
  values.open_scope();
  body(at);
  values.close_scope();
  values.lanes = lanes_before;
  values.active = active_before;
}

}  // namespace

void over_lanes(Values& values, const Dim& dim, int widest, const std::string& name,
                const std::function<void(Affine)>& body) {
  ProgramBuilder& program = values.kernel().program();
  NestBuilder& nest = values.kernel().nest;
  int64_t extent = program.extent(dim);
  if (extent == 0) return;
  if (program.at_run_time(dim)) {
    int lanes = lanes_for(extent, widest);
    LoopBound whole{0, dim.count, lanes};
    nest.loop(LoopKind::serial, name, LoopBound{}, whole, lanes,
              [&](const Affine& at) { with_lanes(values, lanes, std::nullopt, at, body); });
    if (lanes == 1) return;
    nest.loop(LoopKind::serial, name + "_tail", whole, rows_bound(dim.count), lanes,
              [&](const Affine& at) { with_lanes(values, lanes, rows_affine(dim.count) - at, at, body); });
    return;
  }
  int lanes = lanes_for(extent, widest);
  int64_t whole = extent / lanes * lanes;
  if (whole == lanes) {
    nest.single(name, 0, [&](const Affine& at) { with_lanes(values, lanes, std::nullopt, at, body); });
  }
  if (whole > lanes) {
    nest.serial(name, 0, whole, lanes, [&](const Affine& at) { with_lanes(values, lanes, std::nullopt, at, body); });
  }
  int64_t rest = extent - whole;
  if (rest == 0) return;
  int narrow = lanes_for(rest, lanes);
  std::optional<Affine> active;
  if (rest != narrow) active = Affine::of(rest);
  nest.single(name, whole, [&](const Affine& at) { with_lanes(values, narrow, active, at, body); });
}

namespace {

void over_rest(Values& values, const Shape& shape, int vector_axis, int widest, ElementIndex& at, size_t axis,
               const SpaceBody& body) {
  if (axis == shape.size()) {
    if (vector_axis < 0) return body(at);
    auto number = static_cast<size_t>(vector_axis);
    over_lanes(values, shape[number], widest, fmt::format("i{}", number), [&](const Affine& base) {
      at[number] = {base, values.lanes > 1 ? 1 : 0};
      body(at);
    });
    return;
  }
  if (static_cast<int>(axis) == vector_axis) return over_rest(values, shape, vector_axis, widest, at, axis + 1, body);
  over_axis(values, shape[axis], fmt::format("i{}", axis), [&](const Affine& base) {
    at[axis] = {base, 0};
    over_rest(values, shape, vector_axis, widest, at, axis + 1, body);
  });
}

}  // namespace

void over_space(Values& values, const Shape& shape, int vector_axis, int widest, const SpaceBody& body) {
  for (const Dim& dim : shape) {
    if (dim.count == 0) return;
  }
  ElementIndex at(shape.size());
  over_rest(values, shape, vector_axis, widest, at, 0, body);
}

void over_space_in_blocks(Values& values, const Shape& shape, size_t axis, int64_t size, const SpaceBody& body) {
  NestBuilder& nest = values.kernel().nest;
  int64_t extent = values.kernel().program().extent(shape[axis]), whole = extent / size * size;
  Shape others = shape;
  others.erase(others.begin() + static_cast<std::ptrdiff_t>(axis));
  auto block = [&](const Affine& first, int64_t count) {
    over_space(values, others, -1, 1, [&](const ElementIndex& rest) {
      nest.serial("within", 0, count, 1, [&](const Affine& within) {
        ElementIndex at = rest;
        at.insert(at.begin() + static_cast<std::ptrdiff_t>(axis), {first + within, 0});
        values.open_scope();
        body(at);
        values.close_scope();
      });
    });
  };
  const std::string name = fmt::format("i{}", axis);
  if (whole > 0) nest.serial(name, 0, whole, size, [&](const Affine& first) { block(first, size); });
  if (whole < extent) nest.single(name, whole, [&](const Affine& first) { block(first, extent - whole); });
}

void over_equal_blocks(NestBuilder& nest, const std::string& name, int64_t extent, int64_t most,
                       const std::function<void(int64_t size, const Affine& at)>& body) {
  EqualBlocks blocks = equal_blocks(extent, most);
  int64_t done = 0;
  for (auto [count, length] : {std::pair{blocks.large, blocks.size}, std::pair{blocks.small, blocks.size - 1}}) {
    if (count == 0) continue;
    int64_t end = done + count * length, size = length;
    if (count == 1) nest.single(name, done, [&](const Affine& at) { body(size, at); });
    if (count > 1) nest.serial(name, done, end, size, [&](const Affine& at) { body(size, at); });
    done = end;
  }
}

}  // namespace nnc
