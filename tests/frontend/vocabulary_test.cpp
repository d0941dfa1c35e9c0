// The words of other tools: what is answered to each is true. A name that is proposed is there, what is to be written
// is understood, and no word means something here already.

#include "frontend/syntax/vocabulary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "frontend/program/functions.h"
#include "frontend/syntax/definitions.h"
#include "frontend/types/builtin.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

/// What an expression may name. A field's also scales columns.
std::vector<std::string> names_of_expressions() {
  std::vector<std::string> names = primitive_names();
  for (const Definition* definition : Definitions::library()->of_library()) names.push_back(definition->name());
  names.insert(names.end(), {"standardize", "minmax", "true", "false"});
  return names;
}

const std::string kProgram =
    "data d = table { x: f32[3] = [[0, 1, 2], [2, 1, 3]]\n y: f32[4] = [[0, 1, 1, 0], [1, 0, 2, 2]] }\n"
    "model net(x: f32[B, 3]) -> f32[B, 4] = x |> dense(4)\n";

/// Every diagnostic of the program, rendered.
std::string answers(const std::string& text) { return testing::check_text(text).rendered(); }

/// What follows `lead` in a help text, up to the remark that may stand behind it.
std::string behind(const std::string& help, const std::string& lead) {
  const size_t at = help.find(lead);
  if (at == std::string::npos) return "";
  std::string text = help.substr(at + lead.size());
  for (const char* remark : {", with your own", ", with the axes", "; scaling"})
    text = text.substr(0, text.find(remark));
  return text;
}

TEST(Vocabulary, NoWordIsANameOfTheLibrary) {
  const std::vector<std::string> names = names_of_expressions();
  for (const auto& [word, meaning] : vocabulary(WordPlace::expression)) {
    const bool there = std::find(names.begin(), names.end(), word) != names.end();
    EXPECT_TRUE(!there || word == "class") << word << " needs no meaning: it is there";
  }
}

TEST(Vocabulary, EveryNameThatIsProposedIsThere) {
  const std::vector<std::string> names = names_of_expressions();
  for (const auto& [word, meaning] : vocabulary(WordPlace::expression)) {
    if (!meaning.starts_with('=')) continue;
    EXPECT_FALSE(meaning_of(WordPlace::expression, std::string(word), names).name.empty()) << word << ": " << meaning;
  }
  for (const auto& [word, meaning] : vocabulary(WordPlace::type)) {
    if (!meaning.starts_with('=')) continue;
    const std::string type(meaning.substr(1));
    EXPECT_EQ(answers("fn f(x: " + type + "[B]) -> " + type + "[B] = x\n"), "") << word;
  }
  for (const auto& [word, meaning] : vocabulary(WordPlace::argument)) {
    if (!meaning.starts_with('=')) continue;
    std::string candidates(meaning.substr(1));
    std::replace(candidates.begin(), candidates.end(), '|', ' ');
    std::istringstream list(candidates);
    for (std::string name; list >> name;) {
      const auto builtins = all_builtins();
      const bool of_builtin = std::any_of(builtins.begin(), builtins.end(),
                                          [&](const Builtin& builtin) { return builtin.find(name) != nullptr; });
      const auto& all = Definitions::library()->of_library();
      const bool there = std::any_of(all.begin(), all.end(), [&](const Definition* definition) {
        const auto& settings = definition->item->settings;
        return std::any_of(settings.begin(), settings.end(), [&](const auto& each) { return each.name.text == name; });
      });
      EXPECT_TRUE(of_builtin || there) << word << ": nothing has an argument '" << name << "'";
    }
  }
}

TEST(Vocabulary, WhatIsToBeWrittenIsUnderstood) {
  const std::vector<std::string> names = names_of_expressions();
  int definitions = 0, expressions = 0;
  for (const auto& [word, meaning] : vocabulary(WordPlace::expression)) {
    const std::string name(word), help = meaning_of(WordPlace::expression, name, names).help();
    if (const std::string definition = behind(help, "write it: "); !definition.empty()) {
      const bool metric = definition.starts_with("metric");
      const std::string use =
          metric ? kProgram + "train { data = d; loss = mse(net(x), y); metrics = {m: " + name + "(net(x), y)} }\n"
                 : "fn t(x: f32[B, 3]) = " + name + "(x)\n";
      EXPECT_NE(answers(use).find("'" + name + "' is not defined"), std::string::npos) << answers(use);
      EXPECT_EQ(answers(definition + "\n" + use), "") << definition;
      ++definitions;
    }
    if (const std::string expression = behind(help, "written "); !expression.empty()) {
      const std::string line = "fn t(x: f32[B, 3], y: f32[B, 3], W: f32[3, 4]) = " + expression + "\n";
      EXPECT_EQ(answers(line), "") << word;
      ++expressions;
    }
  }
  EXPECT_GT(definitions, 4);
  EXPECT_GT(expressions, 30);
}

/// A key of other tools, and the same program with what the answer proposes in its place.
TEST(Vocabulary, KeysOfTrainAreMendedByTheirAnswers) {
  const std::string head = kProgram + "train {\n  data = d;  valid = d\n  loss = mse(net(x), y)\n  ";
  int tried = 0;
  for (const auto& [word, meaning] : vocabulary(WordPlace::train_key)) {
    const std::string key(word);
    const std::string wrong = answers(head + key + " = 1\n}\n");
    EXPECT_NE(wrong.find("'train' has no setting '" + key + "'"), std::string::npos) << wrong;
    EXPECT_NE(wrong.find(" help: "), std::string::npos) << wrong;
    for (const char* entry : {"optimizer = ", "stop = ", "clip = "}) {
      const size_t at = meaning.find(entry);
      if (at == std::string_view::npos) continue;
      EXPECT_EQ(answers(head + std::string(meaning.substr(at)) + "\n}\n"), "") << meaning;
      ++tried;
    }
    if (const size_t term = meaning.find("+ 1e-4"); term != std::string_view::npos) {
      const std::string loss = "loss = mse(net(x), y) " + std::string(meaning.substr(term));
      EXPECT_EQ(answers(kProgram + "train { data = d;  " + loss + " }\n"), "") << meaning;
      ++tried;
    }
  }
  EXPECT_GT(tried, 10);
}

/// What looks like a name of the library and means something else is never answered with that name.
TEST(Vocabulary, AMeaningIsNeverChangedForASpelling) {
  const std::vector<std::string> names = names_of_expressions();
  for (const auto& [word, other] : {std::pair{"adamw", "adam"},
                                    {"nadam", "adam"},
                                    {"AdamW", "adam"},
                                    {"radam", "adam"},
                                    {"std", "sgd"},
                                    {"gelu", "elu"},
                                    {"selu", "elu"},
                                    {"silu", "elu"},
                                    {"relu6", "relu"},
                                    {"sinh", "sin"},
                                    {"cosh", "cos"},
                                    {"atanh", "tanh"},
                                    {"tan", "tanh"},
                                    {"log2", "log"},
                                    {"exp2", "exp"},
                                    {"rmse", "mse"},
                                    {"mape", "mae"},
                                    {"argmin", "argmax"},
                                    {"erfc", "erf"},
                                    {"rsqrt", "sqrt"},
                                    {"logsoftmax2", "softmax"},
                                    {"var", "param"}}) {
    EXPECT_NE(meaning_of(WordPlace::expression, word, names).name, other) << word;
  }
  EXPECT_EQ(meaning_of(WordPlace::type, "i64", {"f64", "i32"}).name, "i32");
  EXPECT_EQ(meaning_of(WordPlace::expression, "class", names).name, "") << "no name is proposed for itself";
  EXPECT_EQ(meaning_of(WordPlace::expression, "net", {"net"}).name, "");
}

TEST(Vocabulary, SlipsOfThePenAreStillFound) {
  const std::vector<std::string> names = names_of_expressions();
  for (const auto& [word, meant] : {std::pair{"rleu", "relu"},
                                    {"sigmod", "sigmoid"},
                                    {"crossentropy", "cross_entropy"},
                                    {"Adam", "adam"},
                                    {"SGD", "sgd"},
                                    {"ReLU", "relu"},
                                    {"OneHot", "one_hot"},
                                    {"dens", "dense"},
                                    {"droput", "dropout"}}) {
    EXPECT_EQ(meaning_of(WordPlace::expression, word, names).name, meant) << word;
  }
}

}  // namespace
}  // namespace nnc
