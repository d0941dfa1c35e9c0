// The shapes that source takes in the syntax tree: precedence, line rules, recovery, and no recursion on length.

#include "frontend/syntax/parser.h"

#include <gtest/gtest.h>

#include "frontend/syntax/dump_ast.h"

namespace nnc {
namespace {

using ast::ExprKind;

struct Parsed {
  SourceFile source;
  Diagnostics diagnostics;
  ast::File file;
};

Parsed parse_text(const std::string& text) {
  Parsed result;
  result.source = SourceFile("t.nn", text);
  result.file = parse(result.source, result.diagnostics);
  return result;
}

/// The expression with every grouping written as parentheses.
std::string grouped(const ast::Expr& expr) {
  switch (expr.kind) {
    case ExprKind::number: return std::to_string(static_cast<int>(expr.number));
    case ExprKind::name: return expr.text;
    case ExprKind::negate: return "(-" + grouped(*expr.operands[0]) + ")";
    case ExprKind::invert: return "(not " + grouped(*expr.operands[0]) + ")";
    case ExprKind::range: return "(" + grouped(*expr.operands[0]) + " .. " + grouped(*expr.operands[1]) + ")";
    case ExprKind::chain:
    case ExprKind::power:
    case ExprKind::compare: {
      std::string text = "(" + grouped(*expr.operands[0]);
      for (size_t i = 1; i < expr.operands.size(); ++i)
        text += " " + expr.operators[i - 1].text + " " + grouped(*expr.operands[i]);
      return text + ")";
    }
    default: return "?";
  }
}

/// How the body of a definition groups, or the diagnostics.
std::string body(const std::string& expression) {
  Parsed parsed = parse_text("fn f(a, b, c, d) = " + expression + "\n");
  if (parsed.diagnostics.has_errors()) return render(parsed.diagnostics, parsed.source);
  return grouped(*parsed.file.items.at(0).body->statements.at(0).value);
}

TEST(Parser, OperatorsBindAsTheTableSays) {
  EXPECT_EQ(body("a + b * c"), "(a + (b * c))");
  EXPECT_EQ(body("a @ b + c"), "((a @ b) + c)");
  EXPECT_EQ(body("-a ^ 2"), "(-(a ^ 2))");
  EXPECT_EQ(body("a ^ b ^ c"), "(a ^ (b ^ c))");
  EXPECT_EQ(body("2 ^ -1"), "(2 ^ (-1))");
  EXPECT_EQ(body("a or b and not c == d"), "(a or (b and (not (c == d))))");
  EXPECT_EQ(body("a + 1 < b * 2"), "((a + 1) < (b * 2))");
  EXPECT_EQ(body("a |> b |> c"), "(a |> b |> c)");
  EXPECT_EQ(body("1..5"), "(1 .. 5)");
  EXPECT_EQ(body("0..a + 1"), "(0 .. (a + 1))");
}

TEST(Parser, OneLevelOfOperatorsIsOneFlatNode) {
  EXPECT_EQ(body("a - b + c - d"), "(a - b + c - d)");
  std::string text = "fn f(x) = x";
  for (int i = 0; i < 100000; ++i) text += i % 2 == 0 ? "+x" : "-x";
  Parsed parsed = parse_text(text + "\n");
  ASSERT_FALSE(parsed.diagnostics.has_errors()) << render(parsed.diagnostics, parsed.source);
  EXPECT_EQ(parsed.file.items.at(0).body->statements.at(0).value->operands.size(), 100001u);
}

TEST(Parser, AMillionBracketsReachTheLimitOnce) {
  for (const char* sign : {"[", "(", "-"}) {
    std::string text = "fn f(x) = ";
    for (int i = 0; i < 1000000; ++i) text += sign;
    Parsed parsed = parse_text(text);
    ASSERT_EQ(parsed.diagnostics.error_count(), 1) << sign;
    EXPECT_EQ(parsed.diagnostics.all()[0].code.spelling(), "E0201");
  }
}

TEST(Parser, ALineEndsAStatementUnlessItGoesOn) {
  Parsed parsed =
      parse_text("fn f(x) {\n  a = x +\n    1\n  b = a\n    |> relu\n  c = max(a,\n    b)\n  d = 1; e = 2\n  -c\n}\n");
  ASSERT_FALSE(parsed.diagnostics.has_errors()) << render(parsed.diagnostics, parsed.source);
  const auto& statements = parsed.file.items.at(0).body->statements;
  ASSERT_EQ(statements.size(), 6u);
  EXPECT_EQ(statements[1].value->kind, ExprKind::chain);
  EXPECT_EQ(statements[5].value->kind, ExprKind::negate);
}

TEST(Parser, KeywordsAreNamesWhereNoItemBegins) {
  Parsed parsed = parse_text("fn f(data, train: f32) = data.train + g(train, next: 1)\n");
  EXPECT_FALSE(parsed.diagnostics.has_errors()) << render(parsed.diagnostics, parsed.source);
}

TEST(Parser, MistakesAreIndependent) {
  Parsed parsed = parse_text("fn f(x) = x + )\nfn g(x) = x\nfn h(x) = x < x < x\nlayr k(x) = x\nfn m(x) = x\n");
  ASSERT_EQ(parsed.diagnostics.error_count(), 3) << render(parsed.diagnostics, parsed.source);
  EXPECT_EQ(parsed.diagnostics.all()[0].code.spelling(), "E0202");
  EXPECT_EQ(parsed.diagnostics.all()[1].code.spelling(), "E0204");
  EXPECT_EQ(parsed.diagnostics.all()[2].code.spelling(), "E0203");
  EXPECT_NE(parsed.diagnostics.all()[2].help.find("'layer'"), std::string::npos);
}

TEST(Parser, EveryCutOfAWideFileGetsAnAnswer) {
  const std::string text =
      "## doc\noption n: int = 4 in 1..9 ## units\n"
      "data d = table { x: f32[2] = [[0, 1]] }\n"
      "layer c(pad: {same, valid} | int = valid)(x: (logit | prob)[B, ..S]) -> f32[B] {\n"
      "  param W: f32[n, 2 * n] = normal(1.0)\n  (p, q) = split(x[.., 0..n], 2)\n"
      "  for i in 0..3 { p = p |> relu }\n  if pad == same { p } else { q }\n}\n"
      "train { data = d; metrics = {a: mean(x)} }\nexpect train.loss < 0.1\n";
  Parsed whole = parse_text(text);
  ASSERT_FALSE(whole.diagnostics.has_errors()) << render(whole.diagnostics, whole.source);
  for (size_t length = 0; length < text.size(); ++length) {
    Parsed cut = parse_text(text.substr(0, length));
    render(cut.diagnostics, cut.source);
    dump_ast(cut.file, cut.source);
  }
}

}  // namespace
}  // namespace nnc
