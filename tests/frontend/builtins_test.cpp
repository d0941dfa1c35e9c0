// The records of the built-ins: every call is answered by what its record says, and by nothing else.
#include "frontend/types/builtin.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "frontend/syntax/bases.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

/// What is said of a function of x: f32[B, 4] with this body.
std::string answer(const std::string& body) {
  return testing::check_text("fn f(x: f32[B, 4]) = " + body + "\nfn g(x: f32[B, 4]) = f(x)\n").rendered();
}

std::string call(const Builtin& builtin, size_t arguments) {
  std::string list;
  for (size_t i = 0; i < arguments; ++i) list += i == 0 ? "x" : ", x";
  for (const NamedArgument& argument : builtin.named) {
    if (argument.kind == NamedArgument::Kind::shape) list += fmt::format("{}shape: [B, 4]", list.empty() ? "" : ", ");
  }
  return fmt::format("{}({})", builtin.name, list);
}

TEST(Builtins, HaveEachAName) {
  std::set<std::string_view> names;
  for (const Builtin& builtin : all_builtins()) {
    EXPECT_TRUE(names.insert(builtin.name).second) << builtin.name << " stands twice";
    EXPECT_TRUE(builtin.call == nullptr || builtin.value == nullptr) << builtin.name;
    EXPECT_EQ(find_builtin(builtin.name), &builtin);
  }
}

TEST(Builtins, EveryTypeButAClassConverts) {
  for (int base = 0; base < static_cast<int>(Base::label); ++base) {
    EXPECT_NE(find_builtin_function(spelling(static_cast<Base>(base))), nullptr) << spelling(static_cast<Base>(base));
  }
}

TEST(Builtins, AnotherNumberOfArgumentsIsRefused) {
  for (const Builtin& builtin : all_builtins()) {
    if (builtin.call == nullptr) continue;
    for (size_t arguments = 0; arguments < 5; ++arguments) {
      const std::string text = answer(call(builtin, arguments));
      const bool right = arguments >= builtin.least && arguments <= builtin.most;
      EXPECT_EQ(text.find("E0324") == std::string::npos, right) << call(builtin, arguments) << "\n" << text;
    }
  }
}

TEST(Builtins, AnArgumentByAnotherNameIsRefused) {
  for (const Builtin& builtin : all_builtins()) {
    if (builtin.call == nullptr) continue;
    for (const char* name : {"over", "keep", "along", "shape", "nothing"}) {
      const std::string text = answer(fmt::format("{}({}: 0)", builtin.name, name));
      EXPECT_EQ(text.find("E0323") == std::string::npos, builtin.find(name) != nullptr) << builtin.name << "\n" << text;
    }
  }
}

TEST(Builtins, OneAxisIsOne) {
  for (const Builtin& builtin : all_builtins()) {
    const NamedArgument* argument = builtin.find(NamedArgument::Kind::axis);
    if (argument == nullptr) continue;
    const std::string operands = builtin.least == 2 ? "x, 2" : "x";
    for (const char* axes : {"[]", "[0, 1]"}) {
      const std::string text = answer(fmt::format("{}({}, {}: {})", builtin.name, operands, argument->name, axes));
      EXPECT_NE(text.find(fmt::format("'{}' runs {} one axis", builtin.name, argument->name)), std::string::npos)
          << text;
    }
  }
}

TEST(Builtins, WhatIsGivenByPositionIsShownByName) {
  EXPECT_NE(answer("mean(x, 0)").find("mean(x, over: 0)"), std::string::npos);
  EXPECT_NE(answer("argmax(x, 1)").find("argmax(x, over: 1)"), std::string::npos);
}

TEST(Builtins, ReductionsAreNamedToWhoMissesOne) {
  const std::string text = answer("cumsum(x)");
  for (const Builtin& builtin : all_builtins()) {
    const bool named = text.find(builtin.name) != std::string::npos;
    EXPECT_TRUE(named || builtin.places != Places::reduced) << text;
  }
}

}  // namespace
}  // namespace nnc
