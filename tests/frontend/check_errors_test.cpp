// tests/errors/*.nn: `# expected-error@+1 {{text}}` (or -warning, -note, -help; any offset, none: this line) says which
// diagnostic a line gets. Missing and unexpected ones both fail; notes and help only where the file names any.
// `# option: lr=3` and `# train: batch=0` give what the command line would.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>

#include "frontend/program/functions.h"
#include "support/error.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

struct Expected {
  int line = 0;
  std::string severity, text;
  bool found = false;
};

/// What a file says: `error`, `warning`, `note` or `help`, for its own line or `@+N` lines further.
std::vector<Expected> expectations_in(const std::string& text, Overrides& overrides) {
  std::vector<Expected> result;
  std::istringstream lines(text);
  std::string line;
  static const std::regex expected(R"(#\s*expected-(error|warning|note|help)(?:@([+-]\d+))?\s*\{\{(.*?)\}\})");
  static const std::regex given(R"(#\s*(option|train):\s*([\w.]+)=(.*))");
  for (int number = 1; std::getline(lines, line); ++number) {
    for (std::sregex_iterator match(line.begin(), line.end(), expected), end; match != end; ++match) {
      int offset = (*match)[2].matched ? std::stoi((*match)[2]) : 0;
      result.push_back({number + offset, (*match)[1], (*match)[3], false});
    }
    std::smatch match;
    if (std::regex_search(line, match, given))
      (match[1] == "option" ? overrides.options : overrides.train)[match[2]] = match[3];
  }
  return result;
}

struct Answer {
  int line = 0;
  std::string severity, text;
};

/// A diagnostic, its notes and its help. A note without a place stands at its diagnostic's line.
std::vector<Answer> answers_of(const Diagnostic& diagnostic, const SourceFile& source) {
  auto line_of = [&](Range range) { return source.locate(range.begin).line; };
  int line = line_of(diagnostic.range);
  std::vector<Answer> result{{line, diagnostic.severity == Severity::error ? "error" : "warning",
                              diagnostic.message + " " + std::string(diagnostic.code.spelling())}};
  for (const Note& note : diagnostic.notes)
    result.push_back({note.has_range ? line_of(note.range) : line, "note", note.text});
  if (!diagnostic.help.empty()) result.push_back({line, "help", diagnostic.help});
  return result;
}

/// Everything up to the training graph: a mistake that only lowering finds comes as a Failure with its text.
std::string lower_all(const Bound& bound, const CheckedProgram& program) {
  if (bound == nullptr || !has_train(program)) return "";
  try {
    training_graph(*bound);
    evaluation_graph(*bound);
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "";
}

/// Notes and help are compared where a file names any of that kind.
void compare(std::vector<Expected> expected, const std::vector<Answer>& answers, const std::string& rendered) {
  std::set<std::string> compared{"error", "warning"};
  for (const Expected& one : expected) compared.insert(one.severity);
  for (const Answer& answer : answers) {
    if (compared.count(answer.severity) == 0) continue;
    auto match = std::find_if(expected.begin(), expected.end(), [&](const Expected& one) {
      return !one.found && one.line == answer.line && one.severity == answer.severity &&
             answer.text.find(one.text) != std::string::npos;
    });
    if (match == expected.end())
      ADD_FAILURE() << "unexpected " << answer.severity << " at line " << answer.line << ": " << answer.text << "\n"
                    << rendered;
    else
      match->found = true;
  }
  for (const Expected& one : expected) {
    EXPECT_TRUE(one.found) << "missing " << one.severity << " at line " << one.line << ": " << one.text << "\n"
                           << rendered;
  }
}

std::vector<std::filesystem::path> error_files() {
  std::vector<std::filesystem::path> result;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(NNC_SOURCE_DIR) + "/tests/errors")) {
    if (entry.path().extension() == ".nn") result.push_back(entry.path());
  }
  return result;
}

/// What a file gets, in order; `rendered` is what a user reads.
std::vector<Answer> check_file(const std::string& text, const Overrides& overrides, const std::string& name,
                               std::string& rendered) {
  testing::CheckedText result = testing::check_text(text, overrides, name);
  Bound bound = testing::bind_text(result);
  std::vector<Answer> answers;
  for (const Diagnostic& diagnostic : result.diagnostics.all()) {
    for (Answer& answer : answers_of(diagnostic, *result.source)) answers.push_back(std::move(answer));
  }
  rendered = result.rendered();
  std::string lowering = bound == nullptr ? "" : lower_all(bound, *result.program);
  rendered += lowering;
  static const std::regex first_line(R"(:(\d+):\d+: error\[(E\d+)\]: ([^\n]*))");
  for (std::sregex_iterator match(lowering.begin(), lowering.end(), first_line), end; match != end; ++match)
    answers.push_back({std::stoi((*match)[1]), "error", (*match)[3].str() + " " + (*match)[2].str()});
  return answers;
}

TEST(Errors, EveryFileGetsTheAnswersThatItNames) {
  int files = 0;
  for (const std::filesystem::path& path : error_files()) {
    ++files;
    SCOPED_TRACE(path.filename().string());
    Overrides overrides;
    std::string text = testing::read_text(path.string()), rendered;
    std::vector<Expected> expected = expectations_in(text, overrides);
    compare(expected, check_file(text, overrides, path.filename().string(), rendered), rendered);
  }
  EXPECT_GT(files, 100);
}

TEST(Errors, EveryCodeIsWhatSomeFileGets) {
  std::set<std::string> got, all;
  static const std::regex code(R"([EW]\d{4}$)");
  for (const std::filesystem::path& path : error_files()) {
    Overrides overrides;
    std::string text = testing::read_text(path.string()), rendered;
    expectations_in(text, overrides);
    for (const Answer& answer : check_file(text, overrides, path.filename().string(), rendered)) {
      std::smatch match;
      if (std::regex_search(answer.text, match, code)) got.insert(match[0]);
    }
  }
  for (const Code code : Code::all()) all.emplace(code.spelling());
  EXPECT_EQ(got, all) << "each code needs a file under tests/errors that gets it";
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
