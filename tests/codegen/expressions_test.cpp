// Every kind of expression and of place gives the interpreter's bits, in every width, and touches nothing outside its
// buffers (the runner's arena lies between guard pages).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/codegen/nest_runner.h"

namespace nnc::testing {
namespace {

constexpr Element kElements[] = {Element::f32, Element::f64, Element::bf16,
                                 Element::i32, Element::u8,  Element::boolean};
constexpr int kWidths[] = {1, 2, 4, 8, 16};

TEST(Expressions, CastsBetweenAllElements) {
  for (Element from : kElements) {
    for (Element to : kElements) {
      for (int lanes : {1, 4, 8, 16}) {
        SCOPED_TRACE(fmt::format("{} to {} x {}", spelling(from), spelling(to), lanes));
        on_every_tier([&](NestBuilder& k, const Target&) {
          ParameterId x = k.parameter("x", from, {128}), y = k.parameter("y", to, {128});
          k.serial("n", 0, 128, lanes,
                   [&](Affine n) { k.store(k.place(y, {n}), k.cast(k.load(k.place(x, {n}), lanes), to)); });
        });
      }
    }
  }
}

TEST(Expressions, BitcastsKeepTheBits) {
  for (int lanes : kWidths) {
    on_every_tier([&](NestBuilder& k, const Target&) {
      ParameterId x = k.parameter("x", Element::f32, {32}), y = k.parameter("y", Element::i32, {32});
      ParameterId z = k.parameter("z", Element::f32, {32});
      k.serial("n", 0, 32, lanes, [&](Affine n) {
        ScalarValue bits = k.bitcast(k.load(k.place(x, {n}), lanes), Element::i32);
        k.store(k.place(y, {n}), bits);
        k.store(k.place(z, {n}), k.bitcast(bits, Element::f32));
      });
    });
  }
}

TEST(Expressions, ConstantsIndicesAndLanes) {
  for (int lanes : kWidths) {
    on_every_tier([&](NestBuilder& k, const Target&) {
      ParameterId y = k.parameter("y", Element::i32, {8, 16}), z = k.parameter("z", Element::f64, {8, 16});
      k.serial("i", 0, 8, 1, [&](Affine i) {
        ScalarValue number = k.index(i * 3 - 5, lanes);
        if (lanes > 1) number = number + k.lane(lanes);
        k.store(k.place(y, {i, Affine::of(0)}), number * k.constant(-7, NestType{Element::i32, lanes}));
        k.store(k.place(z, {i, Affine::of(0)}), k.constant(0.1, NestType{Element::f64, lanes}));
      });
    });
  }
}

TEST(Expressions, TreesReduceInHalves) {
  for (Element element : {Element::f32, Element::f64, Element::i32}) {
    for (Scalar function : {Scalar::add, Scalar::minimum, Scalar::maximum}) {
      for (int lanes : {2, 4, 8, 16}) {
        SCOPED_TRACE(fmt::format("{} {} x {}", info(function).spelling, spelling(element), lanes));
        on_every_tier([&](NestBuilder& k, const Target&) {
          ParameterId x = k.parameter("x", element, {20, lanes}), y = k.parameter("y", element, {20});
          k.serial("i", 0, 20, 1, [&](Affine i) {
            k.store(k.place(y, {i}), k.tree(function, k.load(k.place(x, {i, Affine::of(0)}), lanes)));
          });
        });
      }
    }
  }
}

TEST(Places, ConstantMasksTouchOnlyTheirLanes) {
  for (Element element : kElements) {
    for (int lanes : {4, 8, 16}) {
      for (int active = 0; active <= lanes; active += 3) {
        SCOPED_TRACE(fmt::format("{} x {}, {} active", spelling(element), lanes, active));
        on_every_tier([&](NestBuilder& k, const Target&) {  // the last row ends at the guard page
          ParameterId x = k.parameter("x", element, {3, 5});
          ParameterId y = k.parameter("y", element, {3, active > 0 ? active : 1});
          k.serial("i", 0, 3, 1, [&](Affine i) {
            Affine some = Affine::of(std::min(active, 5));
            ScalarValue value = k.load(k.place(x, {i, Affine::of(0)}, some), lanes);
            k.store(k.place(y, {i, Affine::of(0)}, Affine::of(active)), value);
          });
        });
      }
    }
  }
}

TEST(Places, TailsMaskedByTheLoop) {
  for (int lanes : {4, 8, 16}) {
    for (int size : {1, 3, 7, 8, 9, 17}) {
      on_every_tier([&](NestBuilder& k, const Target&) {
        ParameterId x = k.parameter("x", Element::f32, {size}), y = k.parameter("y", Element::f32, {size});
        k.serial("n", 0, size, lanes, [&](Affine n) {
          Affine left = Affine::of(size) - n;
          k.store(k.place(y, {n}, left), k.load(k.place(x, {n}, left), lanes) * k.constant(2, Element::f32));
        });
      });
    }
  }
}

TEST(Places, ConditionsALaneAndAStatement) {
  for (int lanes : kWidths) {
    for (bool a_lane : {true, false}) {
      if (!a_lane && lanes == 1) continue;
      on_every_tier([&](NestBuilder& k, const Target&) {
        ParameterId x = k.parameter("x", Element::f32, {48}), y = k.parameter("y", Element::f32, {48});
        ParameterId c = k.parameter("c", Element::boolean, {48});
        k.serial("n", 0, 48, lanes, [&](Affine n) {
          ScalarValue when = k.load(k.place(c, {n}), a_lane ? lanes : 1);
          Place from = k.place(x, {n}), to = k.place(y, {n});
          from.when = when.id;
          to.when = when.id;
          k.store(to, k.load(from, lanes) + k.constant(1, Element::f32));
        });
      });
    }
  }
}

TEST(Places, StridedLanesAndOtherAxes) {
  for (int lanes : {2, 4, 8, 16}) {
    on_every_tier([&](NestBuilder& k, const Target&) {
      ParameterId x = k.parameter("x", Element::f32, {16, 5}), y = k.parameter("y", Element::f32, {5, 16});
      ParameterId z = k.parameter("z", Element::f32, {33});
      k.serial("j", 0, 5, 1, [&](Affine j) {  // a column becomes a row
        Place column = k.place(x, {Affine::of(0), j});
        column.lane_axis = 0;
        ScalarValue value = k.load(column, lanes);
        k.store(k.place(y, {j, Affine::of(0)}), value);
        Place apart = k.place(z, {Affine::of(1)});
        apart.lane_stride = 2;
        k.store(apart, value);
      });
    });
  }
}

TEST(Places, RowsByIndex) {
  for (int lanes : {1, 8}) {
    on_every_tier([&](NestBuilder& k, const Target&) {
      ParameterId x = k.parameter("x", Element::f32, {8, 16}), y = k.parameter("y", Element::f32, {10, 16});
      ParameterId order = k.parameter("order", Element::i32, {10});
      NestRegister row = k.reg("row", {Element::i32, 1});
      k.serial("b", 0, 10, 1, [&](Affine b) {
        k.assign(row, k.call(Scalar::bit_and, k.load(k.place(order, {b})), k.constant(7, Element::i32)));
        k.serial("n", 0, 16, lanes,
                 [&](Affine n) { k.store(k.place(y, {b, n}), k.load(k.place(x, {row.affine(), n}), lanes)); });
      });
    });
  }
}

TEST(Places, GatherAndScatterByLane) {
  for (int lanes : {4, 8, 16}) {
    on_every_tier([&](NestBuilder& k, const Target&) {
      ParameterId x = k.parameter("x", Element::f32, {8}), y = k.parameter("y", Element::f32, {32});
      ParameterId index = k.parameter("index", Element::i32, {32}), z = k.parameter("z", Element::f32, {8});
      NestRegister at = k.reg("at", {Element::i32, lanes});
      NestType type{Element::i32, lanes};
      k.serial("n", 0, 32, lanes, [&](Affine n) {
        k.assign(at, k.call(Scalar::bit_and, k.load(k.place(index, {n}), lanes), k.constant(7, type)));
        ScalarValue value = k.load(k.place(x, {at.affine()}), lanes);
        k.store(k.place(y, {n}), value);
        k.store(k.place(z, {at.affine()}), value);  // in rising lanes: the last one stays
      });
    });
  }
}

/// A split axis: places of a row and within it, both of them different in every lane, make one subscript.
TEST(Places, ASubscriptOfSeveralVectors) {
  for (int lanes : {4, 8, 16}) {
    on_every_tier([&](NestBuilder& k, const Target&) {
      ParameterId x = k.parameter("x", Element::f32, {8, 32}), y = k.parameter("y", Element::f32, {32});
      ParameterId z = k.parameter("z", Element::f32, {8, 32});
      NestType type{Element::i32, lanes};
      NestRegister low = k.reg("low", type), high = k.reg("high", type), row = k.reg("row", type);
      NestRegister first = k.reg("first", {Element::i32, 1});
      k.serial("n", 0, 32, lanes, [&](Affine n) {
        ScalarValue number = k.index(n, lanes) + k.lane(lanes);
        k.assign(low, k.call(Scalar::bit_and, number, k.constant(3, type)));
        k.assign(high, k.call(Scalar::shift_right_logical, number, k.constant(2, type)));
        k.assign(row, k.call(Scalar::bit_and, number * k.constant(5, type), k.constant(7, type)));
        k.assign(first, k.constant(1, Element::i32));
        std::vector<Affine> at{row.affine(), high.affine() + low.affine() * 8 - first.affine() + 1};
        ScalarValue value = k.load(k.place(x, at), lanes);
        k.store(k.place(y, {n}), value);
        k.store(k.place(z, at), value);
      });
    });
  }
}

}  // namespace
}  // namespace nnc::testing
