// tests/errors/*.nn: `# expected-error@+1 {{text}}` (or -warning, any offset) says which diagnostic the line below
// gets. Missing and unexpected ones both fail. `# option: lr=3` and `# train: batch=0` give what the command line
// would.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>

#include "frontend/error_codes.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

struct Expected {
  int line = 0;
  std::string severity, text;
  bool found = false;
};

std::vector<Expected> expectations_in(const std::string& text, Overrides& overrides) {
  std::vector<Expected> result;
  std::istringstream lines(text);
  std::string line;
  static const std::regex expected(R"(#\s*expected-(error|warning)@([+-]\d+)\s*\{\{(.*)\}\})");
  static const std::regex given(R"(#\s*(option|train):\s*([\w.]+)=(.*))");
  for (int number = 1; std::getline(lines, line); ++number) {
    std::smatch match;
    if (std::regex_search(line, match, expected)) {
      result.push_back({number + std::stoi(match[2]), match[1], match[3], false});
    } else if (std::regex_search(line, match, given)) {
      (match[1] == "option" ? overrides.options : overrides.train)[match[2]] = match[3];
    }
  }
  return result;
}

TEST(Errors, EveryFileGetsTheAnswersThatItNames) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(NNC_SOURCE_DIR) + "/tests/errors")) {
    if (entry.path().extension() != ".nn") continue;
    ++files;
    SCOPED_TRACE(entry.path().filename().string());
    Overrides overrides;
    std::string text = testing::read_text(entry.path().string());
    std::vector<Expected> expected = expectations_in(text, overrides);
    testing::CheckedText result = testing::check_text(text, overrides, entry.path().filename().string());
    if (result.program != nullptr)
      nnc::bind(result.program, testing::likely_facts(*result.program), result.diagnostics);
    for (const Diagnostic& diagnostic : result.diagnostics.all()) {
      int line = result.source->locate(diagnostic.range.begin).line;
      std::string severity = diagnostic.severity == Severity::error ? "error" : "warning";
      auto match = std::find_if(expected.begin(), expected.end(), [&](const Expected& one) {
        return !one.found && one.line == line && one.severity == severity &&
               (diagnostic.message + " " + diagnostic.code).find(one.text) != std::string::npos;
      });
      if (match == expected.end())
        ADD_FAILURE() << "unexpected: " << render(diagnostic, *result.source);
      else
        match->found = true;
    }
    for (const Expected& one : expected) EXPECT_TRUE(one.found) << "missing at line " << one.line << ": " << one.text;
  }
  EXPECT_GT(files, 20);
}

TEST(Errors, EveryCodeIsExplainedAndEveryExplanationIsUsed) {
  std::set<std::string> used, explained;
  for (const ErrorCode& entry : error_codes()) explained.insert(std::string(entry.code));
  static const std::regex code("\"([EW]0[0-9]{3})\"");
  for (const auto& entry : std::filesystem::directory_iterator(std::string(NNC_SOURCE_DIR) + "/frontend")) {
    if (entry.path().extension() != ".cpp" || entry.path().stem() == "error_codes") continue;
    std::string text = testing::read_text(entry.path().string());
    for (std::sregex_iterator match(text.begin(), text.end(), code), end; match != end; ++match)
      used.insert((*match)[1]);
  }
  EXPECT_EQ(used, explained);
}

TEST(Errors, TheSampleOfTheDesignIsPrintedAsItStandsThere) {
  testing::CheckedText text = testing::check_text(
      "option hidden: int = 50\n"
      "layer f(x: f32[B, 784]) {\n"
      "  param W1: f32[784, hidden] = glorot\n"
      "  param b1: f32[hidden] = zeros\n"
      "  param W2: f32[100, 10] = glorot\n"
      "  h = relu(x @ W1 + b1)\n"
      "  h @ W2\n"
      "}\n");
  std::string rendered = text.rendered();
  EXPECT_EQ(rendered.substr(0, rendered.find('\n')),
            "t.nn:7:5: error[E0312]: '@' needs the inner axes to agree: 50 against 100");
  EXPECT_NE(rendered.find("W2: f32[100, 10], declared at line 5"), std::string::npos) << rendered;
  EXPECT_NE(rendered.find("h: f32[B, 50], from 'relu(x @ W1 + b1)' at line 6"), std::string::npos) << rendered;
  EXPECT_NE(rendered.find("help: 'W2' probably wants 'hidden' (= 50): param W2: f32[hidden, 10]"), std::string::npos);
}

}  // namespace
}  // namespace nnc
