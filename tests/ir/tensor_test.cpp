#include "ir/scalar/tensor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ir/graph/convert.h"

namespace nnc {
namespace {

constexpr Element kElements[] = {Element::f32, Element::f64, Element::bf16,
                                 Element::i32, Element::u8,  Element::boolean};

/// What lies in memory is what the interpreter and constants round a number to.
TEST(Tensor, HoldsEachNumberRoundedOnceToItsElement) {
  const std::vector<double> numbers{0,  -0.0, 1,     0.1,    -2.5,  1.00390625, 1.01171875, 255,      300,
                                    -1, 1e10, -1e10, 3.4e38, 1e300, 1e-42,      NAN,        INFINITY, -INFINITY};
  for (Element element : kElements) {
    const Tensor tensor(Type(element, {static_cast<int64_t>(numbers.size())}), numbers);
    ASSERT_EQ(tensor.numbers().size(), numbers.size());
    for (size_t i = 0; i < numbers.size(); ++i) {
      const double held = tensor.number(static_cast<int64_t>(i)), wanted = convert(numbers[i], element);
      EXPECT_TRUE(held == wanted || (std::isnan(held) && std::isnan(wanted)))
          << numbers[i] << " as " << spelling(element) << ": " << held << ", not " << wanted;
    }
  }
}

TEST(Tensor, IsConvertedElementByElement) {
  std::vector<double> numbers(3000);  // more than a piece
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<double>(i) / 7;
  const Tensor wide(Type(Element::f64, {3, 1000}), numbers), narrow = converted(wide, Element::f32);
  EXPECT_EQ(narrow, Tensor(Type(Element::f32, {3, 1000}), numbers));
  EXPECT_NE(converted(narrow, Element::f64), wide);
  EXPECT_EQ(converted(wide, Element::f64), wide);
}

TEST(Tensor, MayHaveNoElements) {
  const Tensor none = Tensor::zeros(Type(Element::f32, {0, 4}));
  EXPECT_EQ(none.count(), 0);
  EXPECT_EQ(none, converted(none, Element::f32));
  EXPECT_TRUE(converted(none, Element::f64).numbers().empty());
}

}  // namespace
}  // namespace nnc
