// The editors' lists of words are the frontend's: nothing missing, nothing that is none.
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "frontend/syntax/definitions.h"
#include "frontend/syntax/parser.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

using Words = std::set<std::string>;

std::string editor_file(const std::string& name) {
  return testing::read_text(std::string(NNC_SOURCE_DIR) + "/editors/" + name);
}

Words words_in(const std::string& list) {
  static const std::regex word("[A-Za-z_][A-Za-z_0-9]*");
  return {std::sregex_token_iterator(list.begin(), list.end(), word), {}};
}

/// The alternatives of the rule of this name in the TextMate grammar.
Words textmate(const std::string& rule) {
  std::string text = editor_file("vscode/syntaxes/nn.tmLanguage.json");
  size_t at = text.find("\"" + rule + "\": {");
  if (at == std::string::npos) return {};
  size_t begin = text.find(")(", text.find("\"match\"", at)) + 2;
  return words_in(text.substr(begin, text.find(')', begin) - begin));
}

Words vim(const std::string& group) {
  std::string text = editor_file("vim/syntax/nn.vim"), start = "syntax keyword " + group + " ";
  size_t at = text.find(start);
  if (at == std::string::npos) return {};
  at += start.size();
  return words_in(text.substr(at, text.find('\n', at) - at));
}

TEST(Editors, BuiltInTypesAndFunctionsAreThoseOfTheChecker) {
  const std::vector<std::string>& names = primitive_names();
  Words wanted(names.begin(), names.end());
  wanted.insert({"int", "string", "true", "false"});
  for (bool in_vim : {false, true}) {
    Words found;
    for (const char* group : {"type", "function", "constant"}) {
      std::string name = group;
      if (in_vim) name = "nn" + std::string(1, static_cast<char>(name[0] - 'a' + 'A')) + name.substr(1);
      found.merge(in_vim ? vim(name) : textmate(name));
    }
    EXPECT_EQ(found, wanted) << (in_vim ? "vim" : "vscode");
  }
}

TEST(Editors, BothListTheSameKeywords) {
  EXPECT_EQ(textmate("item"), vim("nnItem"));
  EXPECT_EQ(textmate("statement"), vim("nnStatement"));
  EXPECT_EQ(textmate("wordOperator"), vim("nnWordOperator"));
  EXPECT_GT(textmate("item").size(), 10u);
  EXPECT_GT(textmate("statement").size(), 8u);
}

TEST(Editors, KeywordsAreThoseOfTheParser) {
  std::span<const std::string_view> items = item_words(), lines = line_words();
  EXPECT_EQ(textmate("item"), Words(items.begin(), items.end()));
  Words found = textmate("statement");
  found.merge(textmate("wordOperator"));
  Words wanted(lines.begin(), lines.end());
  wanted.insert("along");  // a name of an argument, and of `scan`
  EXPECT_EQ(found, wanted);
}

TEST(Editors, EveryItemWordStartsAnItem) {
  for (const std::string& word : textmate("item")) {
    testing::CheckedText text = testing::check_text(word + " 1\n");
    EXPECT_EQ(text.rendered().find("starts no item"), std::string::npos) << word << text.rendered();
  }
}

}  // namespace
}  // namespace nnc
