// Random numbers as ir/scalar/random.h defines them, with i32 operations.
#include "ir/scalar/random.h"
#include "ir/graph/op_attributes.h"

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

  /// Rolled: in straight-line code the keys of all rounds would want registers at once.
  std::array<ScalarValue, 4> run(std::array<ScalarValue, 4> counter, std::array<ScalarValue, 2> key) {
    int lanes = nest_.type(counter[0]).lanes;
    std::array<NestRegister, 4> words{};
    std::array<NestRegister, 2> keys{};
    for (size_t i = 0; i < 4; ++i) {
      words[i] = nest_.reg("word", {Element::i32, lanes});
      nest_.assign(words[i], nest_.splat(counter[i], lanes));
    }
    for (size_t i = 0; i < 2; ++i) {
      keys[i] = nest_.reg("key", {Element::i32, 1});
      nest_.assign(keys[i], key[i]);
    }
    nest_.serial("round", 0, kPhiloxRounds, 1, [&](const Affine&) { one_round(words, keys); });
    for (size_t i = 0; i < 4; ++i) counter[i] = nest_.read(words[i]);
    return counter;
  }

  ScalarValue shifted(ScalarValue value, int bits) {
    return nest_.call(Scalar::shift_right_logical, value, word(static_cast<uint32_t>(bits)));
  }

 private:
  void one_round(const std::array<NestRegister, 4>& words, const std::array<NestRegister, 2>& keys) {
    ScalarValue multiplier0 = word(kPhiloxMultiplier0), multiplier1 = word(kPhiloxMultiplier1);
    ScalarValue zeroth = nest_.read(words[0]), second = nest_.read(words[2]);
    ScalarValue high0 = nest_.call(Scalar::multiply_high_unsigned, multiplier0, zeroth);
    ScalarValue high1 = nest_.call(Scalar::multiply_high_unsigned, multiplier1, second);
    NestRegister low0 = nest_.reg("low", nest_.type(zeroth)), low1 = nest_.reg("low", nest_.type(zeroth));
    NestRegister next = nest_.reg("next", nest_.type(zeroth));
    nest_.assign(low0, multiplier0 * zeroth);
    nest_.assign(low1, multiplier1 * second);
    nest_.assign(next, mixed(high1, nest_.read(words[1]), nest_.read(keys[0])));
    nest_.assign(words[2], mixed(high0, nest_.read(words[3]), nest_.read(keys[1])));
    nest_.assign(words[0], nest_.read(next));
    nest_.assign(words[1], nest_.read(low1));
    nest_.assign(words[3], nest_.read(low0));
    nest_.assign(keys[0], nest_.read(keys[0]) + word(kPhiloxWeyl0));
    nest_.assign(keys[1], nest_.read(keys[1]) + word(kPhiloxWeyl1));
  }
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
  std::array<uint32_t, 2> path = path_words(view<NamedAttributes>(node).path);
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
