// Items, and where the next one begins after a mistake.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "frontend/syntax/bases.h"
#include "frontend/syntax/definitions.h"
#include "frontend/syntax/parser.h"
#include "frontend/syntax/vocabulary.h"

namespace nnc {

using ast::DefinitionKind;
using ast::ItemKind;

namespace {

constexpr std::array<std::string_view, 11> kItemWords{"import", "option", "data",      "fn",     "layer", "model",
                                                      "metric", "train",  "optimizer", "export", "expect"};
/// Words that begin or go on with a line within an item, and have a name behind them.
constexpr std::array<std::string_view, 16> kLineWords{"param", "state", "next", "first", "total", "collect",
                                                      "scan",  "for",   "if",   "else",  "in",    "is",
                                                      "and",   "or",    "not",  "grad"};

template <size_t count>
bool among(const std::array<std::string_view, count>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The word that starts an item and that this one probably is, misspelt; empty: none.
std::string nearest_item_word(const std::string& word) {
  return word.size() > 16 ? "" : nearest(word, {kItemWords.begin(), kItemWords.end()});
}

}  // namespace

std::span<const std::string_view> item_words() { return kItemWords; }
std::span<const std::string_view> line_words() { return kLineWords; }

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

/// Whether an item begins here, at a word of the first column: one of the item words, or one that stands where such a
/// word does (`layr net`, `network net(`, `trian {`), so that it is reported after another mistake too.
bool Parser::begins_item() const {
  const Token& token = peek();
  if (!token.after_newline || token.kind != TokenKind::name || source_.locate(token.range.begin).column != 1)
    return false;
  if (among(kItemWords, token.text)) return true;
  if (among(kLineWords, token.text) || peek(1).after_newline) return false;
  bool near = !nearest_item_word(token.text).empty();
  if (peek(1).kind != TokenKind::name) return near && is("{", 1);
  return near || (!peek(2).after_newline && (is("(", 2) || is("{", 2) || is("=", 2) || is(":", 2)));
}

void Parser::skip_item() {
  while (peek().kind != TokenKind::end && !begins_item()) take();
}

/// The end of the file, or an item at the margin, before the '}' of what was opened at `open`: the brace is missing.
void Parser::refuse_unclosed(uint32_t open) {
  if (peek().kind == TokenKind::end) {
    if (after_unreadable()) throw Stop{};
    diagnostics_.error("E0202", peek().range, "'}' is wanted here, not the end of the file")
        .note({open, open + 1}, "opened here");
    throw Stop{};
  }
  bool item = peek(1).kind == TokenKind::name || (is_word("train") && is("{", 1));
  if (!item || !among(kItemWords, peek().text) || !begins_item()) return;
  diagnostics_.error("E0202", peek().range, fmt::format("'}}' is wanted before '{}'", peek().text))
      .note({open, open + 1}, "opened here");
  throw Stop{};
}

void Parser::end_of(std::string_view what) {
  if (accept(";") || peek().kind == TokenKind::end || peek().after_newline || is("}")) return;
  const std::string end = fmt::format("the end of the {}", what);
  if (!is(",") || !help_here().empty()) unexpected(end);
  if (peek(1).after_newline) unexpected(end, fmt::format("leave the ',' out: a {} ends with its line", what));
  unexpected(end, fmt::format("a {} ends with its line, or with ';'", what), {{peek().range, ";"}});
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
  try {
    body_of(item);
  } catch (const Stop& stop) {
    // Its name is known, and what it would be worth is not: uses of it are no mistakes.
    bool named = stop.reserved && item.kind == ItemKind::definition && !item.name.empty();
    if (named && item.body == nullptr) item.body = std::make_unique<ast::Block>();
    if (named && item.body->statements.empty()) {
      item.body->range = since(begin);
      item.body->statements.emplace_back().range = item.body->range;
      item.body->statements.back().value = unread_value(item.body->range);
    }
    item.range = since(begin);
    if (stop.reserved && item.body) file.items.push_back(std::move(item));
    throw;
  }
  item.range = since(begin);
  if (is(",")) end_of("item");
  if (!peek().after_newline && peek().kind != TokenKind::end && !accept(";")) unexpected("the end of the item");
  item.doc = doc_of(line, tokens_.tokens[at_ - 1].line);
  file.items.push_back(std::move(item));
}

/// What stands behind the word that the item begins with, and that word.
void Parser::body_of(ast::Item& item) {
  std::string word = take().text;
  if (word == "export") {
    item.exported = true;
    const uint32_t here = peek().range.begin;
    if (!is_word("fn") && is("(", 1))
      unexpected("'fn'", fmt::format("export fn {}(…) = …", peek().text), {{{here, here}, "fn "}});
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
    item.kind = ItemKind::import;
    import(item);
  } else {
    Meaning meant;
    if (word.size() <= 16) meant = meaning_of(WordPlace::item, word, {kItemWords.begin(), kItemWords.end()});
    const bool table = at_ == 1 && (is(",") || is(";"));  // the names of columns
    if (table)
      meant = {"", "a CSV file is no program: 'nnc data FILE' shows it, and csv(\"FILE\") in a program reads it"};
    fail("E0203", item.keyword, fmt::format("'{}' starts no item", word.substr(0, 40)), meant.help());
  }
}

/// `import "layers.nn"` or `import std.losses`
void Parser::import(ast::Item& item) {
  if (peek().kind != TokenKind::string && !is_word("std"))
    unexpected("the file's path", "import \"layers.nn\", or a part of the library: import std.losses");
  item.value = postfix();
}

void Parser::option(ast::Item& item) {
  item.name = name("the option's name");
  if (!is(":")) unexpected("':' and the option's type", fmt::format("option {}: int = 4", item.name.text));
  take();
  item.type = type();
  if (!is("=")) {
    unexpected("'=' and the option's default",
               fmt::format("option {}: {} = …", item.name.text, source_.slice(item.type->range)));
  }
  take();
  item.value = level(5);
  if (is_word("in") && continues()) {
    item.bounds = bounds();
  }
}

void Parser::data(ast::Item& item) {
  item.name = name("the data's name");
  expect("=", "and the data's source");
  item.value = postfix();
  item.entries = entries(true);
}

/// `train(d) { … }`
void Parser::refuse_arguments() {
  std::vector<Change> changes;
  if (peek(1).kind == TokenKind::name && is(")", 2) && is("{", 3)) {
    const uint32_t inside = peek(3).range.end;
    const char* end = peek(4).after_newline ? "" : ";";
    changes = {{{peek().range.begin, peek(2).range.end}, ""},
               {{inside, inside}, fmt::format(" data = {}{}", peek(1).text, end)}};
  }
  unexpected("'{' and the settings of 'train'", "the data is one of the settings: train { data = d",
             std::move(changes));
}

std::vector<ast::Entry> Parser::entries(bool typed) {
  const std::string fields = "what a row gives stands in braces: { x: f32 = column(\"name\") }";
  if (!is("{") && typed) unexpected("'{' and the fields", fields);
  if (is("=")) unexpected("'{' and the settings of 'train'", "leave '=' out: train { … }");
  if (is("(")) refuse_arguments();
  const uint32_t open = expect("{", "and the settings of 'train'").range.begin;
  marks_.blocks.insert(open);
  std::vector<ast::Entry> list;
  while (!is("}")) {
    refuse_unclosed(open);
    uint32_t begin = peek().range.begin;
    size_t before = at_;
    marks_.lines.insert(begin);
    ast::Entry entry;
    try {
      entry.name = name(typed ? "a field's name" : "a setting's name");
      if (typed) {
        expect(":", "and the field's type");
        entry.type = type();
      }
      if (is(":") && !typed) {
        Range at = take().range;
        ast::ExprPtr value = expression();
        fail("E0202", at, "a setting of 'train' has '=' behind its name, not ':'",
             fmt::format("{} = {}", entry.name.text, source_.slice(value->range)));
      }
      expect("=", "and a value");
      entry.value = expression();
      entry.range = since(begin);
      list.push_back(std::move(entry));
      end_of(typed ? "field" : "setting");
    } catch (const Stop& stop) {
      if (at_ == before) take();
      skip_statement();
      if (!stop.reserved) continue;
      entry.range = since(begin);
      entry.value = unread_value(entry.range);
      list.push_back(std::move(entry));
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
    if (accept(":")) {
      parameter.type = type();
      while (parameter.type->kind == ast::TypeKind::tensor && accept("|")) parameter.others.push_back(type());
    }
    if (accept("=")) parameter.otherwise = expression();
    if (is_word("in")) parameter.bounds = bounds();
    const bool type_first = !parameter.type && peek().kind == TokenKind::name && !is_word("in");
    if (type_first) {
      std::string first = parameter.name.text, second = peek().text;
      if (!parse_base(second)) std::swap(first, second);
      unexpected("')' at the end of the parameters",
                 fmt::format("a type stands behind the name: {}: {}", first, parse_base(second) ? second : "f32"));
    }
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
  bool ends = is(",") || is(")") || is(";") || !continues() || peek().kind == TokenKind::end;
  if (bounds->high_open || !ends) bounds->high = level(5);
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
  for (const ast::Parameter& setting : item.settings) {
    if (setting.others.empty()) continue;
    fail("E0202", setting.others.front()->range, "only a tensor may be of several types, and this is a setting");
  }
  for (const ast::Parameter& parameter : item.parameters) {
    if (parameter.bounds) {
      fail("E0904", parameter.bounds->range,
           fmt::format("only a setting has bounds, and '{}' is a parameter", parameter.name.text),
           "settings stand in a first list: fn f(a: f32 = 0.5 in 0..1)(x: f32[..S]) = …");
    }
  }
  if (accept("->")) item.result = type();
  bool block_behind = is("=") && is("{", 1) && !(peek(2).kind == TokenKind::name && is(":", 3));
  if (block_behind) {
    diagnostics_.error("E0202", peek().range, "a block has no '=' before it")
        .suggest(fmt::format("leave '=' out: {} {}(…) {{ … }}", spelling(item.definition), item.name.text));
    take();
  }
  if (!block_behind && accept("=")) {
    item.body = std::make_unique<ast::Block>();
    ast::Statement statement;
    statement.value = expression();
    statement.range = statement.value->range;
    item.body->range = statement.range;
    item.body->statements.push_back(std::move(statement));
  } else {
    if (is(":") && peek(1).after_newline) refuse_colon("'=' or '{'");
    if (!is("{")) unexpected("'=' or '{'", is("=>") || is(":") ? "the value stands behind '='" : "");
    item.body = block();
  }
  if (is_word("grad") && is("(", 1)) own_gradient(item);
}

/// `grad(dy) { dx = … }` behind a function.
void Parser::own_gradient(ast::Item& item) {
  item.gradient = std::make_unique<ast::OwnGradient>();
  marks_.lines.insert(peek().range.begin);
  item.gradient->word = take().range;
  if (item.definition != DefinitionKind::fn) {
    fail("E0351", item.gradient->word,
         fmt::format("a 'fn' says a gradient of its own, and '{}' is a {}", item.name.text, spelling(item.definition)));
  }
  expect("(", "and a name for the gradient that arrives");
  item.gradient->arriving = name("a name for the gradient that arrives");
  expect(")", "behind the gradient that arrives");
  if (!is("{")) unexpected("'{' and the gradients", "grad(dy) { dx = … }");
  item.gradient->block = block();
}

}  // namespace nnc
