#include "frontend/types/sizes.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

Size symbol(const char* name) { return Size::symbol(name); }

TEST(Sizes, PolynomialsWithTheSameNormalFormAreEqual) {
  Size a = (symbol("H") + Size(1)) * (symbol("H") - Size(1));
  Size b = symbol("H") * symbol("H") - Size(1);
  EXPECT_EQ(a, b);
  EXPECT_EQ(to_string(a), "H^2 - 1");
  EXPECT_NE(a, symbol("H"));
}

TEST(Sizes, DivideExactlyOrNotAtAll) {
  EXPECT_EQ((Size(6) * symbol("H")).divided_by(Size(3)), Size(2) * symbol("H"));
  EXPECT_EQ((symbol("B") * symbol("H")).divided_by(symbol("H")), symbol("B"));
  EXPECT_FALSE(Size(7).divided_by(Size(2)));
  EXPECT_FALSE(symbol("H").divided_by(Size(2)));
  EXPECT_FALSE(Size(7).divided_by(Size(0)));
}

TEST(Sizes, AQuotientBySymbolsMultipliesBack) {
  Size part = Size::quotient(symbol("D"), symbol("h"));
  EXPECT_EQ(to_string(part), "D/h");
  EXPECT_EQ(symbol("B") * symbol("h") * part, symbol("B") * symbol("D"));
  EXPECT_FALSE(part.number());
  EXPECT_EQ(to_string(Size::quotient(symbol("H"), Size(2))), "H/2");
}

TEST(Sizes, RoundedDownOnlyWhatIsNotWholeStaysInside) {
  Size h = symbol("H"), half = Size::quotient(h, Size(2));
  auto rounded = [](const Size& size) { return to_string(Size::floor_of(size)); };
  EXPECT_EQ(rounded(half), "floor(H/2)");
  EXPECT_EQ(rounded(half + Size(1)), "floor(H/2) + 1");
  EXPECT_EQ(rounded(half - Size(1)), "floor(H/2) - 1");
  EXPECT_EQ(rounded(Size(3) * half), "H + floor(H/2)");
  EXPECT_EQ(rounded(Size(-1) * half), "-H + floor(H/2)");
  EXPECT_EQ(rounded(Size::quotient(h + Size(3), Size(2))), "floor(1/2 + H/2) + 1");
  EXPECT_EQ(rounded(h + Size::quotient(symbol("D") * Size(2) + Size(1), Size(2)) - symbol("D")), "H");
  EXPECT_EQ(rounded(h * h + Size(4)), "H^2 + 4");
  EXPECT_EQ(rounded(Size::quotient(h, symbol("D")) + Size(1)), "floor(H/D) + 1");
  EXPECT_EQ(rounded(Size::floor_of(half) + half), "2*floor(H/2)");
}

TEST(Sizes, FractionsOfASymbolAddUp) {
  Size h = symbol("H"), half = Size::quotient(h, Size(2));
  EXPECT_EQ(h - half, half);
  EXPECT_EQ(half + half, h);
  EXPECT_EQ(Size(2) * half, h);
  EXPECT_EQ(half - half, Size(0));
  EXPECT_EQ(Size::quotient(half, Size(3)), Size::quotient(h, Size(6)));
  EXPECT_EQ(to_string(half + Size::quotient(h, Size(3))), "5*H/6");
  EXPECT_EQ(to_string(Size::quotient(h + Size(1), Size(2))), "1/2 + H/2");
  EXPECT_EQ(half * half, Size::quotient(h * h, Size(4)));
  EXPECT_NE(half, h);
  EXPECT_FALSE(half.number());
  EXPECT_FALSE(half.multiple_of("H"));
  EXPECT_EQ(half.symbols(), std::vector<std::string>{"H"});
}

TEST(Sizes, ArithmeticBeyond63BitsIsMarked) {
  Size huge(int64_t{1} << 62);
  EXPECT_TRUE((huge * Size(2)).is_overflow());
  EXPECT_TRUE((huge + huge).is_overflow());
  EXPECT_FALSE((huge - huge).is_overflow());
  EXPECT_EQ((huge - huge).number(), 0);
}

TEST(Sizes, AMultipleOfTheBatchIsSeen) {
  EXPECT_EQ((Size(3) * symbol("B")).multiple_of("B"), 3);
  EXPECT_FALSE((symbol("B") + Size(1)).multiple_of("B"));
  EXPECT_FALSE((symbol("B") * symbol("B")).multiple_of("B"));
}

}  // namespace
}  // namespace nnc
