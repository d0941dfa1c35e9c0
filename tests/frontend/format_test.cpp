// nnc fmt's promise: one form for a program, whatever its blanks and line breaks were, which parses to the same
// program.
#include "frontend/format/format.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "frontend/syntax/dump_ast.h"
#include "frontend/syntax/parser.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

std::string format(const std::string& text) {
  SourceFile source("t.nn", text);
  Diagnostics diagnostics;
  std::optional<std::string> result = format_source(source, diagnostics);
  return result ? *result : render(diagnostics, source);
}

bool parses(const std::string& text) {
  SourceFile source("t.nn", text);
  Diagnostics diagnostics;
  parse(source, diagnostics);
  return !diagnostics.has_errors();
}

std::string tree(const std::string& text) {
  SourceFile source("t.nn", text);
  Diagnostics diagnostics;
  return dump_ast(parse(source, diagnostics), source, false);
}

std::vector<std::string> programs_in(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& each : std::filesystem::recursive_directory_iterator(std::string(NNC_SOURCE_DIR) + "/" + folder)) {
    if (each.path().extension() == ".nn") files.push_back(each.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Every program of the repository that parses.
std::vector<std::string> all_programs() {
  std::vector<std::string> files;
  for (const char* folder : {"examples", "frontend/library", "tests"}) {
    for (const std::string& file : programs_in(folder)) {
      if (parses(testing::read_text(file))) files.push_back(file);
    }
  }
  return files;
}

/// The same program with other blanks, and line breaks where one may stand inside a statement.
std::string mangled(const std::string& text, uint32_t seed) {
  std::mt19937 random(seed);
  SourceFile source("t.nn", text);
  Diagnostics diagnostics;
  Parser parser(source, diagnostics);
  parser.file();
  const std::vector<Token>& tokens = parser.tokens().tokens;
  std::string result(text.substr(0, tokens[0].range.begin));
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    result += source.slice(tokens[i].range);
    std::string gap(source.slice({tokens[i].range.end, tokens[i + 1].range.begin}));
    auto blanks = [&](uint32_t least) {
      std::string some;
      for (uint32_t n = least + random() % 3; n > 0; --n) some += random() % 4 == 0 ? '\t' : ' ';
      return some;
    };
    auto sign = [&](const char* wanted) { return tokens[i].kind == TokenKind::sign && tokens[i].text == wanted; };
    bool breakable =
        sign(",") || sign("(") || sign("[") || sign("=") || parser.marks().binary.contains(tokens[i].range.begin);
    if (gap.find('#') != std::string::npos) {
      result += gap;
    } else if (gap.find('\n') != std::string::npos) {
      bool blank = std::count(gap.begin(), gap.end(), '\n') > 1;
      result += blanks(0) + "\n" + (blank ? blanks(0) + "\n" + (random() % 2 == 0 ? "\r\n" : "") : "") + blanks(0);
    } else if (breakable && random() % 4 == 0) {
      result += blanks(0) + "\n" + blanks(0);
    } else {
      result += blanks(gap.empty() ? 0 : 1);
    }
  }
  return result;
}

TEST(Format, AValueWithBlocksThatDoesNotFitStandsOnALineOfItsOwn) {
  std::string head = "fn wanted(both: f32[..S], either: f32[..S], not_both: f32[..S], one: f32[..S]) -> f32[..S] =";
  EXPECT_EQ(format(head + " if gate == 0 { both } else { either }\n"),
            head + "\n  if gate == 0 { both } else { either }\n");
  EXPECT_EQ(
      format(
          head +
          " if gate == 0 { both + either + not_both + one } else { either + not_both + one + both + one + either }\n"),
      head +
          "\n  if gate == 0 {\n    both + either + not_both + one\n  } else {\n    either + not_both + one + both + "
          "one + either\n  }\n");
}

TEST(Format, LeavesEveryExampleAndTheLibraryAsTheyAre) {
  for (const char* folder : {"examples", "frontend/library"}) {
    std::vector<std::string> files = programs_in(folder);
    ASSERT_FALSE(files.empty());
    for (const std::string& file : files) {
      std::string text = testing::read_text(file);
      EXPECT_EQ(format(text), text) << file;
    }
  }
}

TEST(Format, KeepsTheProgramAndIsIdempotent) {
  std::vector<std::string> files = all_programs();
  ASSERT_GT(files.size(), 40u);
  for (const std::string& file : files) {
    std::string text = testing::read_text(file), once = format(text);
    EXPECT_EQ(tree(once), tree(text)) << file;
    EXPECT_EQ(format(once), once) << file;
  }
}

TEST(Format, OtherBlanksAndLineBreaksGiveTheSameText) {
  for (const std::string& file : all_programs()) {
    std::string text = testing::read_text(file), wanted = format(text);
    for (uint32_t seed = 0; seed < 4; ++seed) {
      std::string other = mangled(text, seed);
      ASSERT_EQ(format(other), wanted) << file << " from\n" << other;
    }
  }
}

TEST(Format, LongLinesBreakBeforePipesAndBehindOperators) {
  std::string name(30, 'a');
  EXPECT_EQ(
      format("model n(x: f32[B, 2]) -> f32[B, 1] { x |> " + name + "(1) |> " + name + "(2) |> " + name + "(3) }\n"),
      "model n(x: f32[B, 2]) -> f32[B, 1] {\n"
      "  x\n"
      "    |> " +
          name +
          "(1)\n"
          "    |> " +
          name +
          "(2)\n"
          "    |> " +
          name +
          "(3)\n"
          "}\n");
  EXPECT_EQ(format("fn f(x) {\n s = " + name + " + " + name + " - " + name + " + 1\n s\n}\n"),
            "fn f(x) {\n"
            "  s = " +
                name + " + " + name +
                " -\n"
                "    " +
                name +
                " + 1\n"
                "  s\n"
                "}\n");
}

TEST(Format, LongBracketsOpenAnElementALineAndNumbersFill) {
  std::string name(40, 'a'), numbers = "1";
  for (int i = 2; i <= 60; ++i) numbers += "," + std::to_string(i);
  EXPECT_EQ(format("fn f(" + name + ": f32[B, 2], other: f32[B, 2], third: f32 = 1.0) -> f32[B, 2] { other }\n"),
            "fn f(\n"
            "  " +
                name +
                ": f32[B, 2],\n"
                "  other: f32[B, 2],\n"
                "  third: f32 = 1.0\n"
                ") -> f32[B, 2] {\n"
                "  other\n"
                "}\n");
  std::string text = format("fn f() = [" + numbers + "]\n");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 6) << text;
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) EXPECT_LE(text.find('\n', at) - at, 100u);
}

TEST(Format, CommentsStayWhereTheyAre) {
  std::string text =
      "## the file\n"
      "\n"
      "# above\n"
      "option a: int = 3                       ## beside a\n"
      "option bb: int = 3 in 1..5              ## beside bb\n"
      "\n"
      "layer l(\n"
      "  out: int,  # behind a comma\n"
      "  # before an element\n"
      "  init: fn = glorot  # behind the last\n"
      ")(x: f32[..S, I]) -> f32[..S, out] {  # behind the brace\n"
      "  # first in the block\n"
      "  param W: f32[I, out] = init\n"
      "\n"
      "  y = x @ W +  # behind an operator\n"
      "    1\n"
      "  y  # behind the value\n"
      "  # last in the block\n"
      "}  # behind the block\n"
      "# at the end\n";
  EXPECT_EQ(format(text), text);
}

TEST(Format, BlankLinesAreAtMostOneAndNoneAtABrace) {
  EXPECT_EQ(format("\n\n\nfn f(x) {\n\n\n  y = x\n\n\n\n  y\n\n}\n\n\n\nfn g(x) = x\n\n\n"),
            "fn f(x) {\n  y = x\n\n  y\n}\n\nfn g(x) = x\n");
}

TEST(Format, ColumnsAreAligned) {
  EXPECT_EQ(
      format("layer l(x: f32[B, I]) {\nparam W: f32[I, I] = zeros\nparam b: f32[I] = zeros\nh = x @ W + b\nh\n}\n"),
      "layer l(x: f32[B, I]) {\n"
      "  param W: f32[I, I] = zeros\n"
      "  param b: f32[I]    = zeros\n"
      "  h = x @ W + b\n"
      "  h\n"
      "}\n");
  EXPECT_EQ(format("data d = idx(\"m\") {\nx: f32[784] = image / 255\ny: class(10) = label\n}\n"),
            "data d = idx(\"m\") {\n  x: f32[784]  = image / 255\n  y: class(10) = label\n}\n");
}

TEST(Format, SignsStandAsInAFormula) {
  EXPECT_EQ(format("fn f( x :f32[..S],y )->f32 [ ..S ]=-x^ -2+x [ .., 1 ..3 ]*( - y )|>g ( k :- 1 )\n"),
            "fn f(x: f32[..S], y) -> f32[..S] = -x^-2 + x[.., 1..3] * (-y) |> g(k: -1)\n");
  EXPECT_EQ(format("fn f(p:(logit|prob)[..S],m:{a,b}|int=a)=if not(p is logit)and m==a{p}else{-p}\n"),
            "fn f(p: (logit | prob)[..S], m: {a, b} | int = a) = if not (p is logit) and m == a { p } else { -p }\n");
}

TEST(Format, ASyntaxErrorGivesNoText) {
  SourceFile source("t.nn", "fn f(x = x\n");
  Diagnostics diagnostics;
  EXPECT_FALSE(format_source(source, diagnostics).has_value());
  EXPECT_TRUE(diagnostics.has_errors());
}

TEST(Format, AnEmptyFileAndOneOfCommentsOnly) {
  EXPECT_EQ(format(""), "");
  EXPECT_EQ(format("\n\n"), "");
  EXPECT_EQ(format("# a\n\n\n## b   "), "# a\n\n## b\n");
}

TEST(Format, AHundredThousandOperandsAreNoRecursion) {
  std::string text = "fn f(x) = x";
  for (int i = 0; i < 100000; ++i) text += "+x";
  std::string once = format(text + "\n");
  EXPECT_EQ(tree(once), tree(text));
}

}  // namespace
}  // namespace nnc
