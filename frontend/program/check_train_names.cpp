// What is wrong with `train` by itself, for a file whose loss can't be checked because of another mistake: so that a
// misspelt optimizer is told with the first answer and not with the second.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "frontend/program/program_parts.h"
#include "frontend/program/train_keys.h"
#include "frontend/syntax/lexer.h"
#include "frontend/syntax/names.h"
#include "frontend/syntax/vocabulary.h"

namespace nnc {

namespace {

/// How often each word stands in the file. A name whose definition was lost to a syntax error stands there twice.
std::map<std::string, int> words_of(const SourceFile& source) {
  Diagnostics ignored;
  std::map<std::string, int> result;
  for (const Token& token : lex(source, ignored).tokens) {
    if (token.kind == TokenKind::name) ++result[token.text];
  }
  return result;
}

/// Every name that the expressions of `train` can mean, as far as it is known: definitions, items, fields, primitives.
std::vector<std::string> names_in_sight(const CheckedProgram& program) {
  std::vector<std::string> result = program.definitions.names(false);
  for (const ast::Item& item : program.file.items) {
    result.push_back(item.name.text);
    if (item.kind != ast::ItemKind::data) continue;
    for (const ast::Entry& entry : item.entries) result.push_back(entry.name.text);
  }
  const std::vector<std::string>& primitives = primitive_names();
  result.insert(result.end(), primitives.begin(), primitives.end());
  for (const char* word : {"true", "false", "step", "epoch", "total_steps", "steps_per_epoch"}) {
    result.emplace_back(word);
  }
  return result;
}

/// The words of every choice: a setting's value may be one.
std::set<std::string> words_of_choices(const Definitions& definitions) {
  std::set<std::string> result;
  for (const auto& list : {definitions.of_user(), definitions.of_library()}) {
    for (const Definition* definition : list) {
      for (const ast::Parameter& setting : definition->item->settings) {
        if (!setting.type) continue;
        for (const ast::Name& word : setting.type->words) result.insert(word.text);
      }
    }
  }
  return result;
}

}  // namespace

void check_train_names(const CheckedProgram& program, Diagnostics& diagnostics) {
  std::vector<const ast::Expr*> values;
  for (const ast::Item& item : program.file.items) {
    if (item.kind != ast::ItemKind::train) continue;
    for (const ast::Entry& entry : item.entries) {
      const TrainKey* key = find_train_key(entry.name.text);
      if (key != nullptr && key->has_expression) values.push_back(entry.value.get());
    }
  }
  if (values.empty()) return;
  std::map<std::string, int> words = words_of(*program.source);
  std::vector<std::string> known = names_in_sight(program);
  std::set<std::string> in_sight = words_of_choices(program.definitions);
  in_sight.insert(known.begin(), known.end());
  auto name = [&](const ast::Expr& expr) {
    // An axis, as in `over: K`, has capitals only.
    const bool axis = std::none_of(expr.text.begin(), expr.text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (axis || in_sight.count(expr.text) != 0 || words[expr.text] > 1) return;
    diagnostics.error("E0302", expr.range, fmt::format("'{}' is not defined", expr.text))
        .suggest(meaning_of(WordPlace::expression, expr.text, known).help());
  };
  for (const ast::Expr* value : values) for_each_name(value, name);
}

}  // namespace nnc
