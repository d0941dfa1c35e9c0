// Loops of every kind and the registers that they carry, with constant bounds and with rows known at run time.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/codegen/contraction_kernel.h"
#include "tests/codegen/nest_runner.h"

namespace nnc::testing {
namespace {

TEST(Loops, CarryRegistersThroughNests) {
  on_every_tier([&](NestBuilder& k, const Target&) {
    ParameterId x = k.parameter("x", Element::f32, {6, 7}), y = k.parameter("y", Element::f32, {6});
    ParameterId total = k.parameter("total", Element::f64, {});
    NestRegister all = k.reg("all", {Element::f64, 1}), row = k.reg("row", {Element::f32, 1});
    k.assign(all, k.constant(0, Element::f64));
    k.parallel("i", 0, 6, 1, [&](Affine i) {
      k.assign(row, k.constant(0, Element::f32));
      k.serial("j", 0, 7, 1, [&](Affine j) { k.assign(row, k.read(row) + k.load(k.place(x, {i, j}))); });
      k.store(k.place(y, {i}), k.read(row));
      k.assign(all, k.read(all) + k.cast(k.read(row), Element::f64));
    });
    k.store(k.place(total, {}), k.read(all));
  });
}

TEST(Loops, StepsNeedNotDivide) {
  for (int end : {0, 1, 5, 12, 13}) {
    on_every_tier([&](NestBuilder& k, const Target&) {
      ParameterId y = k.parameter("y", Element::i32, {16});
      k.serial("i", 2, end, 5, [&](Affine i) { k.store(k.place(y, {i}), k.index(i)); });
    });
  }
}

TEST(Loops, TurnsOfEarlierLoopsStay) {  // two loops swap two registers
  on_every_tier([&](NestBuilder& k, const Target&) {
    ParameterId y = k.parameter("y", Element::i32, {4});
    NestRegister a = k.reg("a", {Element::i32, 1}), b = k.reg("b", {Element::i32, 1}),
                 t = k.reg("t", {Element::i32, 1});
    k.assign(a, k.constant(1, Element::i32));
    k.assign(b, k.constant(1, Element::i32));
    for (int turns : {5, 8}) {
      k.serial("fibonacci", 0, turns, 1, [&](Affine) {
        k.assign(t, k.read(a) + k.read(b));
        k.assign(a, k.read(b));
        k.assign(b, k.read(t));
      });
      k.store(k.place(y, {Affine::of(turns % 4)}), k.read(a));
      k.store(k.place(y, {Affine::of(turns % 4 + 2)}), k.read(b));
    }
  });
}

TEST(Loops, StoresAreSeenByLaterLoads) {  // also by one of the same place in the same statement's block
  on_every_tier([&](NestBuilder& k, const Target&) {
    ParameterId y = k.parameter("y", Element::f32, {9});
    k.serial("i", 0, 8, 1, [&](Affine i) {
      k.store(k.place(y, {i}), k.load(k.place(y, {i})) + k.constant(1, Element::f32));
      k.store(k.place(y, {i + 1}), k.load(k.place(y, {i})) + k.load(k.place(y, {i + 1})));
    });
  });
}

TEST(Loops, RowsAtRunTime) {
  for (int64_t rows : {1, 2, 7, 8, 9, 16, 17, 33}) {
    on_every_tier(
        [&](NestBuilder& k, const Target& target) {
          int lanes = target.lanes(Element::f32);
          ParameterId x = k.parameter("x", Element::f32, {33, 3}), y = k.parameter("y", Element::f32, {33, 3});
          ParameterId sums = k.parameter("sums", Element::f32, {3, 33});
          NestRegister last = k.reg("last", {Element::f32, 1});
          k.assign(last, k.constant(-1, Element::f32));
          LoopBound whole{0, 1, 2};
          k.loop(LoopKind::parallel, "pair", {}, whole, 2, [&](Affine b) {
            k.unrolled("i", 2, [&](Affine i) {
              k.serial("j", 0, 3, 1,
                       [&](Affine j) { k.store(k.place(y, {b + i, j}), k.load(k.place(x, {b + i, j}))); });
            });
            k.assign(last, k.load(k.place(x, {b, Affine::of(1)})));
          });
          k.loop(LoopKind::serial, "one", whole, rows_bound(), 1,
                 [&](Affine b) { k.store(k.place(y, {b, Affine::of(2)}), k.read(last)); });
          k.loop(LoopKind::serial, "n", {}, rows_bound(), lanes, [&](Affine n) {
            Place column = k.place(x, {n, Affine::of(0)}, rows_affine() - n);
            column.lane_axis = 0;
            k.store(k.place(sums, {Affine::of(1), n}, rows_affine() - n), k.load(column, lanes));
          });
        },
        33, false, rows);
  }
}

TEST(Loops, ContractionsOfAllTilesAndTails) {
  for (Tier tier : tiers_here()) {
    Target target = Target::of(tier);
    for (ContractionShape shape : {ContractionShape{1, 1, 1}, {6, 16, 8}, {7, 17, 9}, {13, 50, 21}, {29, 64, 3}}) {
      for (ContractionTile tile : {ContractionTile{6, 2, 1}, {4, 3, 2}, {14, 2, 4}}) {
        if (tile.rows * tile.vectors + tile.vectors + 1 > target.vector_registers) continue;
        SCOPED_TRACE(
            fmt::format("{}: {}x{}x{} tile {}x{}", spelling(tier), shape.m, shape.n, shape.k, tile.rows, tile.vectors));
        expect_same_bits(program_of(contraction_kernel(target, shape, tile), target));
      }
    }
  }
}

}  // namespace
}  // namespace nnc::testing
