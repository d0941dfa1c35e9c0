// Items, statements and types.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "frontend/parser.h"

namespace nnc {

using ast::DefinitionKind;
using ast::ItemKind;
using ast::StatementKind;

namespace {

constexpr std::array<std::string_view, 10> kItemWords{"import", "option", "data",  "fn",     "layer",
                                                      "model",  "metric", "train", "export", "expect"};

bool starts_item(std::string_view word) {
  return word == "optimizer" || std::find(kItemWords.begin(), kItemWords.end(), word) != kItemWords.end();
}

/// Whether the word is probably one that starts an item, misspelt.
bool nearly_starts_item(const std::string& word) {
  if (word.size() > 16) return false;
  std::vector<std::string> words(kItemWords.begin(), kItemWords.end());
  words.emplace_back("optimizer");
  return !nearest(word, words).empty();
}

}  // namespace

ast::File Parser::file() {
  ast::File result;
  // The file's doc is the comment that it begins with, above everything else.
  if (!tokens_.docs.empty() && tokens_.docs[0].own_line && tokens_.docs[0].line < peek().line &&
      source_.locate(tokens_.comments[0].range.begin).line == tokens_.docs[0].line) {
    result.doc = tokens_.docs[0].text;
    file_doc_line_ = tokens_.docs[0].line;
  }
  while (peek().kind != TokenKind::end) {
    size_t before = at_;
    brackets_ = 0;
    depth_ = 0;
    try {
      item(result);
    } catch (const Stop&) {
      if (at_ == before) take();
      skip_item();
    }
  }
  return result;
}

// The next item begins at a word of the first column: one of the item words, or two names on a line of which the first
// is nearly one (`layr net`), so that a misspelt word after a mistake is reported too.
void Parser::skip_item() {
  while (peek().kind != TokenKind::end) {
    const Token& token = peek();
    bool word = token.after_newline && token.kind == TokenKind::name;
    bool named = word && peek(1).kind == TokenKind::name && !peek(1).after_newline;
    word = word && (starts_item(token.text) || (named && nearly_starts_item(token.text)));
    if (word && source_.locate(token.range.begin).column == 1) return;
    take();
  }
}

void Parser::end_of(std::string_view what) {
  if (accept(";") || peek().kind == TokenKind::end || peek().after_newline || is("}")) return;
  unexpected(fmt::format("the end of the {}", what));
}

std::string Parser::doc_of(int first_line, int last_line) const {
  std::string above, beside;
  int wanted = first_line - 1;
  for (auto doc = tokens_.docs.rbegin(); doc != tokens_.docs.rend(); ++doc) {
    if (doc->own_line && doc->line == wanted &&
        (doc->line != file_doc_line_ || first_line > file_doc_line_ + 1 || above.empty())) {
      above = above.empty() ? doc->text : fmt::format("{} {}", doc->text, above);
      --wanted;
    }
    if (!doc->own_line && doc->line >= first_line && doc->line <= last_line && beside.empty()) beside = doc->text;
  }
  return beside.empty() ? above : beside;
}

void Parser::item(ast::File& file) {
  const Token& first = peek();
  item_begin_ = first.range.begin;
  if (first.kind != TokenKind::name) unexpected("an item ('option', 'data', 'model', 'train' …)");
  ast::Item item;
  marks_.lines.insert(first.range.begin);
  item.keyword = first.range;
  uint32_t begin = first.range.begin;
  int line = first.line;
  std::string word = take().text;
  if (word == "export") {
    item.exported = true;
    if (!is_word("fn")) unexpected("'fn'");
    word = take().text;
  }
  static const std::vector<std::pair<std::string, DefinitionKind>> kinds{{"fn", DefinitionKind::fn},
                                                                         {"layer", DefinitionKind::layer},
                                                                         {"model", DefinitionKind::model},
                                                                         {"metric", DefinitionKind::metric},
                                                                         {"optimizer", DefinitionKind::optimizer}};
  auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& entry) { return entry.first == word; });
  if (kind != kinds.end()) {
    item.kind = ItemKind::definition;
    item.definition = kind->second;
    definition(item);
  } else if (word == "option") {
    item.kind = ItemKind::option;
    option(item);
  } else if (word == "data") {
    item.kind = ItemKind::data;
    data(item);
  } else if (word == "train") {
    item.kind = ItemKind::train;
    item.entries = entries(false);
  } else if (word == "expect") {
    item.kind = ItemKind::expect;
    item.value = expression();
  } else if (word == "import") {
    fail("E0210", item.keyword, "'import' is reserved and not there yet");
  } else {
    std::vector<std::string> words(kItemWords.begin(), kItemWords.end());
    words.emplace_back("optimizer");
    std::string near = nearest(word, words);
    fail("E0203", item.keyword, fmt::format("'{}' starts no item", word.substr(0, 40)),
         near.empty() ? "" : fmt::format("did you mean '{}'?", near));
  }
  item.range = since(begin);
  if (!peek().after_newline && peek().kind != TokenKind::end && !accept(";")) unexpected("the end of the item");
  item.doc = doc_of(line, tokens_.tokens[at_ - 1].line);
  file.items.push_back(std::move(item));
}

void Parser::option(ast::Item& item) {
  item.name = name("the option's name");
  expect(":", "and the option's type");
  item.type = type();
  expect("=", "and the option's default");
  item.value = level(5);
  if (is_word("in") && continues()) {
    take();
    item.bounds = level(4);
  }
}

void Parser::data(ast::Item& item) {
  item.name = name("the data's name");
  expect("=", "and the data's source");
  item.value = postfix();
  item.entries = entries(true);
}

std::vector<ast::Entry> Parser::entries(bool typed) {
  marks_.blocks.insert(expect("{", typed ? "and the fields" : "and the settings of 'train'").range.begin);
  std::vector<ast::Entry> list;
  while (!is("}")) {
    if (peek().kind == TokenKind::end) unexpected("'}'");
    uint32_t begin = peek().range.begin;
    size_t before = at_;
    marks_.lines.insert(begin);
    try {
      ast::Entry entry;
      entry.name = name(typed ? "a field's name" : "a setting's name");
      if (typed) {
        expect(":", "and the field's type");
        entry.type = type();
      }
      expect("=", "and a value");
      entry.value = expression();
      entry.range = since(begin);
      list.push_back(std::move(entry));
      end_of(typed ? "field" : "setting");
    } catch (const Stop&) {
      if (at_ == before) take();
      skip_statement();
    }
  }
  take();
  return list;
}

std::vector<ast::Parameter> Parser::parameters() {
  expect("(", "and the parameters");
  ++brackets_;
  std::vector<ast::Parameter> list;
  while (!is(")")) {
    ast::Parameter parameter;
    parameter.name = name("a parameter's name");
    if (accept(":")) parameter.type = type();
    if (accept("=")) parameter.otherwise = expression();
    if (is_word("in")) parameter.bounds = bounds();
    list.push_back(std::move(parameter));
    if (!accept(",")) break;
  }
  expect(")", "at the end of the parameters");
  --brackets_;
  return list;
}

std::unique_ptr<ast::Bounds> Parser::bounds() {
  take();  // in
  auto bounds = std::make_unique<ast::Bounds>();
  uint32_t begin = peek().range.begin;
  bounds->low = level(5);
  bounds->low_open = accept("<");
  expect("..", "between the bounds");
  bounds->high_open = accept("<");
  if (bounds->high_open || (!is(",") && !is(")"))) bounds->high = level(5);
  bounds->range = since(begin);
  return bounds;
}

void Parser::definition(ast::Item& item) {
  item.name = name("a name");
  item.parameters = parameters();
  if (is("(") && continues()) {
    item.has_settings = true;
    item.settings = std::move(item.parameters);
    item.parameters = parameters();
  }
  for (const ast::Parameter& parameter : item.parameters) {
    if (parameter.bounds) {
      fail("E0904", parameter.bounds->range,
           fmt::format("only a setting has bounds, and '{}' is a parameter", parameter.name.text),
           "settings stand in a first list: fn f(a: f32 = 0.5 in 0..1)(x: f32[..S]) = …");
    }
  }
  if (accept("->")) item.result = type();
  if (accept("=")) {
    item.body = std::make_unique<ast::Block>();
    ast::Statement statement;
    statement.value = expression();
    statement.range = statement.value->range;
    item.body->range = statement.range;
    item.body->statements.push_back(std::move(statement));
  } else {
    if (!is("{")) unexpected("'=' or '{'");
    item.body = block();
  }
  if (is_word("grad") && is("(", 1)) fail("E0210", peek().range, "'grad' is reserved and not there yet");
}

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

ast::TypePtr Parser::type() {
  auto result = std::make_unique<ast::TypeExpr>();
  uint32_t begin = peek().range.begin;
  Deeper deeper(*this);
  static constexpr std::array<std::string_view, 4> kWords{"int", "string", "fn", "layer"};
  if (accept("{")) {
    result->kind = ast::TypeKind::choice;
    do result->words.push_back(name("a word of the choice"));
    while (accept(","));
    expect("}", "at the end of the choice");
    while (continues() && accept("|")) result->others.push_back(name("a type"));
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
    if (is("[") && continues()) {
      take();
      ++brackets_;
      result->has_axes = true;
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
        result->axes.push_back(std::move(axis));
        if (!accept(",")) break;
      }
      expect("]", "at the end of the axes");
      --brackets_;
    }
  }
  result->range = since(begin);
  return result;
}

std::unique_ptr<ast::Block> Parser::block() {
  Deeper deeper(*this);
  auto result = std::make_unique<ast::Block>();
  uint32_t begin = expect("{", "to open the block").range.begin;
  marks_.blocks.insert(begin);
  int outer = std::exchange(brackets_, 0);
  while (!is("}")) {
    if (peek().kind == TokenKind::end) unexpected("'}'");
    size_t before = at_;
    int depth = depth_;
    try {
      marks_.lines.insert(peek().range.begin);
      result->statements.push_back(statement());
      end_of("statement");
    } catch (const Stop&) {
      depth_ = depth;
      brackets_ = 0;
      if (at_ == before) take();
      skip_statement();
    }
  }
  take();
  brackets_ = outer;
  result->range = since(begin);
  return result;
}

/// To the next line of the block, past blocks that open on the way; an item at the margin ends the search.
void Parser::skip_statement() {
  int open = 0;
  while (peek().kind != TokenKind::end) {
    const Token& token = peek();
    bool item_here = token.after_newline && token.kind == TokenKind::name && starts_item(token.text) &&
                     source_.locate(token.range.begin).column == 1;
    if (item_here) throw Stop{};
    if (open <= 0 && (token.after_newline || is("}"))) return;
    if (is("{") || is("(") || is("[")) ++open;
    if (is("}") || is(")") || is("]")) --open;
    take();
  }
}

ast::Statement Parser::statement() {
  ast::Statement result;
  uint32_t begin = peek().range.begin;
  static const std::vector<std::pair<std::string, StatementKind>> kinds{
      {"param", StatementKind::param}, {"state", StatementKind::state}, {"next", StatementKind::next},
      {"first", StatementKind::first}, {"total", StatementKind::total}, {"collect", StatementKind::collect}};
  auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& entry) { return is_word(entry.first); });
  bool keyword = peek().kind == TokenKind::name && !is("=", 1) && peek(1).kind == TokenKind::name;
  if (kind != kinds.end() && keyword) {
    take();
    result.kind = kind->second;
    result.names.push_back(name("a name"));
    bool typed = result.kind == StatementKind::param || result.kind == StatementKind::state;
    if (typed && accept(":")) result.type = type();
    if (result.kind == StatementKind::param && !result.type) unexpected("':' and the parameter's type");
    expect("=", "and a value");
    result.value = expression();
  } else if (is_word("for") && keyword) {
    take();
    result.kind = StatementKind::loop;
    result.names.push_back(name("a name"));
    if (!is_word("in")) unexpected("'in'");
    take();
    result.value = level(1);
    result.block = block();
  } else if (peek().kind == TokenKind::name && is("=", 1)) {
    result.kind = StatementKind::bind;
    result.names.push_back(name("a name"));
    take();
    result.value = expression();
  } else {
    result.value = expression();
    bool tuple = result.value->kind == ast::ExprKind::tuple;
    if (tuple && is("=") && continues()) {
      take();
      result.kind = StatementKind::bind;
      for (const auto& operand : result.value->operands) {
        if (operand->kind != ast::ExprKind::name) fail("E0202", operand->range, "a name is wanted here");
        result.names.push_back({operand->text, operand->range});
      }
      result.value = expression();
    }
  }
  result.range = since(begin);
  return result;
}

}  // namespace nnc
