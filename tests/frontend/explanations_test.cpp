// The pages of `nnc explain`: every code has one, its first example gets just that code, its second nothing at all.

#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "frontend/program/functions.h"
#include "frontend/syntax/explanation.h"
#include "support/error.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

/// `\xE2` in an example stands for that byte: it can't stand in a page that one reads.
std::string with_bytes(const std::string& text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "\\x") == 0) {
      result += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::vector<std::string> examples(const std::string& page) {
  std::vector<std::string> result;
  const std::string open = "\n```nn\n", close = "\n```\n";
  for (size_t at = page.find(open); at != std::string::npos; at = page.find(open, at)) {
    at += open.size();
    size_t end = page.find(close, at);
    result.push_back(with_bytes(page.substr(at, end - at + 1)));
  }
  return result;
}

/// The codes that a program gets from checking, binding to likely data, and lowering; `answers` is what was printed.
std::set<std::string> codes_of(const std::string& text, std::string& answers) {
  Overrides overrides;
  std::smatch given;
  if (std::regex_search(text, given, std::regex(R"(^# nnc check \S+ --(\w+) (\S+))"))) {
    overrides.options[given[1]] = given[2];
  }
  testing::CheckedText checked = testing::check_text(text, overrides);
  Bound bound = testing::bind_text(checked);
  answers = checked.rendered();
  if (bound != nullptr && has_train(*checked.program)) {
    try {
      training_graph(*bound);
    } catch (const Failure& failure) {
      answers += failure.what();
    }
  }
  std::set<std::string> codes;
  static const std::regex code(R"((?:error|warning)\[([EW]\d{4})\])");
  for (std::sregex_iterator match(answers.begin(), answers.end(), code), end; match != end; ++match)
    codes.insert((*match)[1]);
  return codes;
}

TEST(Explanations, EveryCodeHasAPageWhoseExamplesDoWhatItSays) {
  // Files in another encoding, and nesting and names beyond all measure: there are tests of them, but no page to read.
  const std::set<std::string> without_example{"E0101", "E0109", "E0201", "E0804"};
  for (const Code entry : Code::all()) {
    const std::string code(entry.spelling());
    SCOPED_TRACE(code);
    std::string page(explanation(entry));
    ASSERT_EQ(page.rfind("# " + code + ": ", 0), 0U) << "frontend/explanations/" << code << ".md";
    EXPECT_NE(page.find(entry.meaning()), std::string::npos) << "the page says what the list of codes says";
    std::vector<std::string> shown = examples(page);
    EXPECT_EQ(shown.size(), without_example.count(code) != 0 ? 0U : 2U);
    if (shown.size() != 2) continue;
    std::string answers;
    EXPECT_EQ(codes_of(shown[0], answers), std::set<std::string>{code}) << answers;
    EXPECT_EQ(codes_of(shown[1], answers), std::set<std::string>{}) << answers;
  }
}

}  // namespace
}  // namespace nnc
