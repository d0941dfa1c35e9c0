// Random numbers as ir/random.h defines them, with i32 operations.
#include "ir/random.h"

#include <array>

#include "passes/vectorize/values.h"
#include "support/fault.h"

namespace nnc {

namespace {

/// Philox4x32-10 on values of the kernel.
class PhiloxWriter {
 public:
  explicit PhiloxWriter(NestBuilder& nest) : nest_(nest) {}

  ScalarValue word(uint32_t bits) {
    return nest_.constant(static_cast<double>(static_cast<int32_t>(bits)), Element::i32);
  }

  std::array<ScalarValue, 4> run(std::array<ScalarValue, 4> counter, std::array<ScalarValue, 2> key) {
    for (int round = 0; round < kPhiloxRounds; ++round) {
      ScalarValue multiplier0 = word(kPhiloxMultiplier0), multiplier1 = word(kPhiloxMultiplier1);
      ScalarValue high0 = nest_.call(Scalar::multiply_high_unsigned, multiplier0, counter[0]);
      ScalarValue high1 = nest_.call(Scalar::multiply_high_unsigned, multiplier1, counter[2]);
      ScalarValue low0 = multiplier0 * counter[0], low1 = multiplier1 * counter[2];
      counter = {mixed(high1, counter[1], key[0]), low1, mixed(high0, counter[3], key[1]), low0};
      key = {key[0] + word(kPhiloxWeyl0), key[1] + word(kPhiloxWeyl1)};
    }
    return counter;
  }

  ScalarValue shifted(ScalarValue value, int bits) {
    return nest_.call(Scalar::shift_right_logical, value, word(static_cast<uint32_t>(bits)));
  }

 private:
  ScalarValue mixed(ScalarValue a, ScalarValue b, ScalarValue c) {
    return nest_.call(Scalar::bit_xor, nest_.call(Scalar::bit_xor, a, b), c);
  }

  NestBuilder& nest_;
};

/// The row-major number of the element.
ScalarValue element_number(Values& values, const Shape& shape, const ElementIndex& at) {
  if (values.flat) return values.position(at[0]);
  ProgramBuilder& program = values.kernel().program();
  NestBuilder& nest = values.kernel().nest;
  if (at.empty()) return nest.constant(0, Element::i32);
  AxisIndex number = at[0];
  for (size_t axis = 1; axis < at.size(); ++axis) {
    if (program.at_run_time(shape[axis])) {
      ScalarValue rows = nest.index(rows_affine(shape[axis].count));
      ScalarValue sum = values.position(number) * rows + values.position(at[axis]);
      for (size_t next = axis + 1; next < at.size(); ++next) {
        ScalarValue extent = nest.constant(static_cast<double>(program.extent(shape[next])), Element::i32);
        sum = sum * extent + values.position(at[next]);
      }
      return sum;
    }
    int64_t extent = program.extent(shape[axis]);
    number = {(extent == 0 ? Affine{} : number.base * extent) + at[axis].base, number.lane * extent + at[axis].lane};
  }
  return values.position(number);
}

}  // namespace

ScalarValue random_element(Values& values, const Node& node, const ElementIndex& at) {
  NestBuilder& nest = values.kernel().nest;
  PhiloxWriter philox(nest);
  bool flat = values.flat;
  ScalarValue number = element_number(values, node.type.shape, at);
  values.flat = false;
  std::array<uint32_t, 2> path = path_words(node.attributes.get<std::string>("path"));
  if (fault(Fault::wrong_seed)) path = {0, 0};
  std::array<ScalarValue, 2> key{};
  for (int64_t i = 0; i < 2; ++i) {
    ScalarValue seed = values.element(node.operands[0], {{Affine::of(i), 0}});
    key[static_cast<size_t>(i)] = nest.call(Scalar::bit_xor, seed, philox.word(path[static_cast<size_t>(i)]));
  }
  ScalarValue step = values.element(node.operands[1], {});
  ScalarValue scan_index = node.operands.size() > 2 ? values.element(node.operands[2], {}) : philox.word(0);
  values.flat = flat;
  std::array<ScalarValue, 4> words = philox.run({number, step, scan_index, philox.word(0)}, key);
  if (node.type.element == Element::f32) {
    return nest.cast(philox.shifted(words[0], 8), Element::f32) * nest.constant(0x1p-24, Element::f32);
  }
  ScalarValue high = nest.cast(philox.shifted(words[0], 5), Element::f64);
  ScalarValue low = nest.cast(philox.shifted(words[1], 6), Element::f64);
  return (high * nest.constant(0x1p26, Element::f64) + low) * nest.constant(0x1p-53, Element::f64);
}

}  // namespace nnc
