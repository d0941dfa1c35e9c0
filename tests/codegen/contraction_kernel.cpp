#include "tests/codegen/contraction_kernel.h"

#include <fmt/format.h>

namespace nnc::testing {

namespace {

class Writer {
 public:
  Writer(const Target& target, ContractionShape shape, ContractionTile tile)
      : shape_(shape), tile_(tile), lanes_(target.lanes(Element::f32)), k_("contraction", target) {
    a_ = k_.parameter("a", Element::f32, {shape.m, shape.k});
    b_ = k_.parameter("b", Element::f32, {shape.k, shape.n});
    c_ = k_.parameter("c", Element::f32, {shape.m, shape.n});
    k_.set_summary(fmt::format("OUTER {}x{}, K {}", tile.rows, tile.vectors * lanes_, shape.k));
  }

  Kernel write() {
    int64_t across = int64_t{tile_.vectors} * lanes_, whole = shape_.n / across * across;
    k_.serial("j", 0, whole, across, [&](Affine j) { down(j, across); });
    if (whole < shape_.n) down(Affine::of(whole), shape_.n - whole);
    return k_.finish();
  }

 private:
  /// At most two heights of tile, which differ by one row.
  void down(const Affine& j, int64_t active) {
    int64_t tiles = (shape_.m + tile_.rows - 1) / tile_.rows, high = (shape_.m + tiles - 1) / tiles;
    int64_t end = (shape_.m - tiles * (high - 1)) * high;
    k_.serial("i", 0, end, high, [&](Affine i) { one(i, j, static_cast<int>(high), active); });
    if (end == shape_.m) return;
    k_.serial("i", end, shape_.m, high - 1, [&](Affine i) { one(i, j, static_cast<int>(high - 1), active); });
  }

  Place masked(Place place, const Affine& v, int64_t active) const {
    if (active < int64_t{tile_.vectors} * lanes_) place.active = Affine::of(active) - v * lanes_;
    return place;
  }

  void one(const Affine& i0, const Affine& j0, int rows, int64_t active) {
    NestType type{Element::f32, lanes_};
    NestRegister acc = k_.reg("acc", type, {rows, tile_.vectors});
    auto each = [&](const std::function<void(Affine, Affine)>& body) {
      k_.unrolled("r", rows, [&](Affine r) { k_.unrolled("v", tile_.vectors, [&](Affine v) { body(r, v); }); });
    };
    auto add = [&](const Affine& n) {
      each([&](Affine r, Affine v) {
        ScalarValue left = k_.load(k_.place(a_, {i0 + r, n}));
        ScalarValue right = k_.load(masked(k_.place(b_, {n, j0 + v * lanes_}), v, active), lanes_);
        k_.assign(acc.at(r, v), k_.multiply_add(k_.splat(left, lanes_), right, k_.read(acc.at(r, v))));
      });
    };
    each([&](Affine r, Affine v) { k_.assign(acc.at(r, v), k_.constant(0, type)); });
    int64_t whole = shape_.k / tile_.unroll * tile_.unroll;
    k_.serial("k", 0, whole, tile_.unroll,
              [&](Affine n) { k_.unrolled("u", tile_.unroll, [&](Affine u) { add(n + u); }); });
    k_.serial("k", whole, shape_.k, 1, add);
    each([&](Affine r, Affine v) {
      k_.store(masked(k_.place(c_, {i0 + r, j0 + v * lanes_}), v, active), k_.read(acc.at(r, v)));
    });
  }

  ContractionShape shape_;
  ContractionTile tile_;
  int lanes_;
  NestBuilder k_;
  ParameterId a_ = 0, b_ = 0, c_ = 0;
};

}  // namespace

Kernel contraction_kernel(const Target& target, ContractionShape shape, ContractionTile tile) {
  return Writer(target, shape, tile).write();
}

}  // namespace nnc::testing
