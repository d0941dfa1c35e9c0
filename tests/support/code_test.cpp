#include "support/code.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace nnc {
namespace {

TEST(Code, TypedCodesAreFoundBySpelling) {
  EXPECT_EQ(Code::find("E0312"), Code("E0312"));
  EXPECT_EQ(Code::find("E9999"), std::nullopt);
  EXPECT_EQ(Code::find(""), std::nullopt);
  EXPECT_EQ(Code::find("E0312.md"), std::nullopt);
}

TEST(Code, OnlyOnesOfTheListAreValues) {
  static_assert(!std::is_default_constructible_v<Code>);
  static_assert(!std::is_constructible_v<Code, int>);
  for (const Code code : Code::all()) EXPECT_EQ(Code::find(code.spelling()), code);
}

}  // namespace
}  // namespace nnc
