// docs/language.md and README.md are kept true: a sample fenced as `nn` gets no remark from checking, from binding to
// likely data and from lowering; one fenced as `nn E0311` gets just that code.

#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "frontend/program/functions.h"
#include "frontend/syntax/definitions.h"
#include "support/error.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

struct Sample {
  int line = 0;
  std::string code;  ///< that it gets; empty: none
  std::string text;
};

std::string page(const std::string& name) { return testing::read_text(std::string(NNC_SOURCE_DIR) + "/" + name); }

std::vector<Sample> samples_of(const std::string& name) {
  std::vector<Sample> samples;
  std::istringstream lines(page(name));
  bool open = false;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (open && line == "```") {
      open = false;
    } else if (open) {
      samples.back().text += line + "\n";
    } else if (line == "```nn" || line.rfind("```nn ", 0) == 0) {
      open = true;
      samples.push_back({number, line.size() > 6 ? line.substr(6) : "", ""});
    }
  }
  EXPECT_FALSE(open) << name << " ends within a sample";
  return samples;
}

/// What a user reads about the sample, by whatever step finds it.
std::string remarks_on(const std::string& text) {
  testing::CheckedText checked = testing::check_text(text);
  Bound bound = testing::bind_text(checked);
  std::string remarks = checked.rendered();
  if (bound == nullptr || !has_train(*checked.program)) return remarks;
  try {
    training_graph(*bound);
    evaluation_graph(*bound);
  } catch (const Failure& failure) {
    remarks += failure.what();
  }
  return remarks;
}

std::set<std::string> codes_in(const std::string& remarks) {
  static const std::regex code(R"((?:error|warning)\[([EW]\d{4})\])");
  std::set<std::string> codes;
  for (std::sregex_iterator match(remarks.begin(), remarks.end(), code), end; match != end; ++match)
    codes.insert((*match)[1]);
  return codes;
}

TEST(LanguagePage, EverySampleGetsWhatItsFenceSays) {
  for (const char* name : {"docs/language.md", "README.md"}) {
    std::vector<Sample> samples = samples_of(name);
    EXPECT_FALSE(samples.empty()) << name;
    for (const Sample& sample : samples) {
      SCOPED_TRACE(std::string(name) + ":" + std::to_string(sample.line));
      std::string remarks = remarks_on(sample.text);
      std::set<std::string> wanted;
      if (!sample.code.empty()) wanted.insert(sample.code);
      EXPECT_EQ(codes_in(remarks), wanted) << remarks;
    }
  }
}

TEST(LanguagePage, NamesEveryPrimitiveAndEveryDefinitionOfTheLibrary) {
  std::string text = page("docs/language.md");
  static const std::regex word("[a-z][a-z0-9_]*");
  std::set<std::string> words;
  for (std::sregex_iterator match(text.begin(), text.end(), word), end; match != end; ++match)
    words.insert(match->str());
  for (const Definition* definition : Definitions::library()->of_library())
    EXPECT_TRUE(words.count(definition->name()) != 0) << definition->name();
  for (const std::string& primitive : primitive_names()) EXPECT_TRUE(words.count(primitive) != 0) << primitive;
}

}  // namespace
}  // namespace nnc
