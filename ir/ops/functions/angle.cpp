// Angles as quarter turns and a rest. Up to |x| = 2^30 (Cody and Waite): n = round(x · 2/π), x − n π/2 as a pair; π/2
// lies in five parts of which the first four have 23 bits, so that their products with n are exact.
// Beyond (Payne and Hanek): the fraction of |x| · 2/π, of which only some 180 bits of 2/π decide, chosen by the size of
// x: those of higher weight give whole turns, those of lower weight nothing that counts. It is the rare part of the
// program.
#include "ir/ops/functions/angle.h"

#include <array>
#include <cmath>
#include <span>
#include <vector>

namespace nnc::math {

namespace {

constexpr std::array kHalfPi{1.5707962512969970703125, 7.54978941586159635335207e-8, 5.390302529957764765544681e-15,
                             3.28200316337242327050784e-22, 3.795010772721225565620256e-29};
constexpr double kTwoOverPi = 0.6366197723675813430755;
constexpr double kLimit = 0x1p30;

/// The bits of 2/π in words of 53, each as a number in [0, 1): 2/π = Σ kWords[i] · 2^(53 (1 − i)), the first word being
/// 0. Made with whole numbers of 1400 bits: π = 16 atan(1/5) − 4 atan(1/239).
constexpr std::array kWords{0.0,
                            0x1.45f306dc9c882p-1,
                            0x1.4a7f09d5f47d4p-1,
                            0x1.a6ee06db14accp-1,
                            0x1.3c439041fe516p-1,
                            0x1.d5ef5de2b0db8p-3,
                            0x1.2371d2126e970p-2,
                            0x1.924bba8274600p-8,
                            0x1.21cfe1deb1cb1p-1,
                            0x1.4d39f74411af8p-3,
                            0x1.4baed1213a671p-1,
                            0x1.8135a2fbf209cp-1,
                            0x1.91d639835339fp-1,
                            0x1.272117e2ef7e4p-2,
                            0x1.41d8ffc4bffeep-2,
                            0x1.02cc07f79788cp-1,
                            0x1.6b414da3eda6cp-2,
                            0x1.fb3c9f2c26dd2p-2,
                            0x1.d18fd9a797fa8p-1,
                            0x1.6ba93dd63f5f2p-1,
                            0x1.f17b3d0739f78p-1,
                            0x1.4a525d4d7f6bfp-1,
                            0x1.88fc6ae842b00p-2,
                            0x1.98237e3db5d5fp-1};
constexpr int kWordBits = 53;

/// π/2 as a pair.
constexpr double kHigh = 0x1.921fb54442d18p0, kLow = 0x1.1a62633145c07p-54;

/// size · 2^(53 q) is the operand, size in [2, 2^54); words: those of numbers q to q + 4. Number q − 1 and all before
/// give whole turns; what follows is below 2^-158 quarters.
struct Window {
  Term size;
  std::vector<Term> words;
};
constexpr size_t kWindow = 5;

double power_of_two(int exponent) { return std::ldexp(1.0, exponent); }

/// `size` ≥ 2. Moves along the words by 16, 8, 4, 2 and 1 where the size asks for it. (A word that lies behind the last
/// stays: it is not asked for.)
Window window_at(Term size) {
  std::vector<Term> words;
  for (double word : kWords) words.push_back(size.builder->constant(word));
  for (int step : {16, 8, 4, 2, 1}) {
    Term far = size >= power_of_two(kWordBits * step + 1);
    size = select(far, size * power_of_two(-kWordBits * step), size);
    auto distance = static_cast<size_t>(step);
    size_t needed = kWindow + distance - 1;
    for (size_t i = 0; i < needed && i + distance < words.size(); ++i)
      words[i] = select(far, words[i + distance], words[i]);
    words.resize(needed);
  }
  return {size, words};
}

/// The sum of the terms, rounded; `lost` gets what each addition lost.
Term sum_of(std::span<const Term> terms, std::vector<Term>& lost) {
  Term sum = terms[0];
  for (const Term& term : terms.subspan(1)) {
    Pair next = exact_sum(sum, term);
    sum = next.high;
    lost.push_back(next.low);
  }
  return sum;
}

/// |x| ≤ 2^30.
Angle small_angle(Term x) {
  Term n = nearest_whole(x, kTwoOverPi).number;
  Term first = (x - n * kHalfPi[0]) - n * kHalfPi[1];  // both differences are exact
  Pair sum = exact_sum(first, n * -kHalfPi[2]);
  Pair more = exact_sum(sum.high, n * -kHalfPi[3] + sum.low);
  return {n, ordered_sum(more.high, more.low + n * -kHalfPi[4])};
}

/// `size` ≥ 2. The double nearest to a multiple of π/2 lies 2^-61 quarters from it: three sums, of terms up to 4, about
/// 2^-50 and about 2^-103.
Angle large_angle(Term size) {
  Window window = window_at(size);
  std::array<Pair, kWindow - 1> products;
  for (size_t i = 0; i < products.size(); ++i) {
    double weight = power_of_two(kWordBits * (1 - static_cast<int>(i)));
    products[i] = exact_product(window.size, i == 1 ? window.words[i] : window.words[i] * weight);
  }
  const auto& [first, second, third, fourth] = products;
  Term last = window.size * (window.words.back() * power_of_two(-3 * kWordBits));

  std::vector<Term> fine, finest;
  Term coarse = sum_of(std::array{without_turns(first.high), without_turns(first.low), without_turns(second.high),
                                  second.low, third.high},
                       fine);
  fine.push_back(third.low);
  fine.push_back(fourth.high);
  Term n = floor_of(coarse + 0.5);
  Pair quarter = exact_sum(coarse - n, sum_of(fine, finest));
  Term rest = fourth.low + last;
  for (const Term& term : finest) rest = rest + term;
  quarter = ordered_sum(quarter.high, quarter.low + rest);

  Pair angle = exact_product(quarter.high, size.builder->constant(kHigh));
  return {n, ordered_sum(angle.high, angle.low + (quarter.high * kLow + quarter.low * kHigh))};
}

}  // namespace

Term without_turns(Term p) { return p - floor_of(p * 0.25) * 4.0; }

Angle angle_of(Term x) {
  Angle angle = small_angle(x);
  Term size = absolute(x), far = size > kLimit;
  x.builder->rarely(far, [&] {
    Angle large = large_angle(size);
    Term side = select(x < 0.0, -1.0, x.builder->constant(1));
    angle.quarters = select(far, large.quarters * side, angle.quarters);
    angle.rest.high = select(far, large.rest.high * side, angle.rest.high);
    angle.rest.low = select(far, large.rest.low * side, angle.rest.low);
  });
  return angle;
}

}  // namespace nnc::math
