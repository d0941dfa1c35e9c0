// Types, of tensors and of settings.

#include <algorithm>
#include <array>

#include "frontend/syntax/parser.h"

namespace nnc {

ast::BaseExpr Parser::base() {
  ast::BaseExpr result;
  result.name = name("a type");
  if (result.name.text == "class" && accept("(")) {
    ++brackets_;
    result.classes = level(5);
    expect(")", "after the number of classes");
    --brackets_;
  }
  return result;
}

/// `[B, ..S]` behind a type, if it is there.
void Parser::axes_of(ast::TypeExpr& type) {
  if (!is("[") || !continues()) return;
  take();
  ++brackets_;
  type.has_axes = true;
  while (!is("]")) {
    ast::AxisExpr axis;
    uint32_t axis_begin = peek().range.begin;
    if (accept("..")) {
      axis.pack = true;
      axis.name = name("the name of further axes");
    } else {
      axis.size = level(5);
    }
    axis.range = since(axis_begin);
    type.axes.push_back(std::move(axis));
    if (!accept(",")) break;
  }
  expect("]", "at the end of the axes");
  --brackets_;
}

ast::TypePtr Parser::type() {
  auto result = std::make_unique<ast::TypeExpr>();
  uint32_t begin = peek().range.begin;
  Deeper deeper(*this);
  static constexpr std::array<std::string_view, 4> kWords{"int", "string", "fn", "layer"};
  if (accept("{")) {
    result->kind = ast::TypeKind::choice;
    do result->words.push_back(name("a word of the choice"));
    while (accept(",") && !is("}"));
    expect("}", "at the end of the choice");
    while (continues() && accept("|")) {
      result->others.push_back(name("a type"));
      axes_of(*result);
    }
  } else if (std::find(kWords.begin(), kWords.end(), peek().text) != kWords.end()) {
    result->kind = ast::TypeKind::word;
    result->word = name("a type");
  } else {
    if (accept("(")) {
      do result->bases.push_back(base());
      while (accept("|"));
      expect(")", "at the end of the types");
    } else {
      result->bases.push_back(base());
    }
    axes_of(*result);
  }
  result->range = since(begin);
  return result;
}

}  // namespace nnc
