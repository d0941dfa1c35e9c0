// Every fix that a message proposes works: done to the program that provoked it, the error is gone and no other has
// come. Where the message carries the changes, these are done. Else it is read as a person reads it: "did you mean
// 'X'?" and a line of code, alone or behind a colon, stand for what the carets or the labels point at, or for the
// declaration of the name that they begin with; "leave X out" takes X away.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "frontend/program/functions.h"
#include "frontend/syntax/edits.h"
#include "frontend/syntax/explanation.h"
#include "support/error.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

/// Help that leaves something to the writer of the program, by its beginning, and what.
const std::vector<std::pair<std::string, std::string>>& no_edits() {
  static const std::string taste = "what is meant is the writer's to say";
  static const std::string own = "what to write is the writer's: a definition of one's own";
  static const std::string which = "one of two things is to change, and either may be the wrong one";
  static const std::string elsewhere = "what changes with it stands elsewhere: in the data, or at calls";
  static const std::vector<std::pair<std::string, std::string>> reasons{
      {"if a { x } else { y } chooses when compiled", which},
      {"give '", which},
      {"take the sum or the mean of the term", which},
      {"add '\"' before the end of the line", taste},
      {"an axis begins in the type of an input", taste},
      {"[i, j] => …, or with a bound", taste},
      {"a subscript is like 2*i + k - 1", taste},
      {"give it a bound:", taste},
      {"a window is at most as large as", which},
      {"call the index otherwise", taste},
      {"take its elements:", taste},
      {"apply it before or after:", taste},
      {"right behind '=>':", taste},
      {"in an index form 'sum' of indices", taste},
      {"give it a name in a line of its own:", taste},
      {"where(condition, a, b) chooses", taste},
      {"one value stands behind '=>'", taste},
      {"it is no number", taste},
      {"what does not depend on it", taste},
      {"how far an index runs is", taste},
      {"a number in a subscript is whole", taste},
      {"each axis has an index there", taste},
      {"in an index form each axis has a subscript", taste},
      {"further axes have an index in the list", taste},
      {"table, csv, idx, npy or chars", taste},
      {"'x' and 'target' are what npy gives", taste},
      {"'array' is what npy gives", taste},
      {"column(\"name\") or columns(\"first\"..\"last\")", taste},
      {"say in the argument's type how many these are", taste},
      {"glorot(fan_in, …)", taste},
      {"next v = …", taste},
      {"scan h: f32[B, H] = 0 for xt in x along T", taste},
      {"a scan runs through a sequence", taste},
      {"along T, where T is", taste},
      {"give the axis a name in the type of the input", taste},
      {"what lives from step to step is a state", taste},
      {"say it in the body: next", taste},
      {"its 'next' stands in the body of its own scan", taste},
      {"apply the layer before the scan or to what it gives", which},
      {"a scan is the last statement", own},
      {"its value is a layer's", own},
      {"an axis of any size has a name", taste},
      {"a field's type is that of one row", taste},
      {"what is computed, as in", taste},
      {"'radam' is not in the library", taste},
      {"a text column is read as a class", taste},
      {"a loop has a number of turns", taste},
      {"the size of an axis is its name in the type", taste},
      {"loops and calls are unfolded when compiling", taste},
      {"total s = sum(", taste},
      {"total n = size(…)", taste},
      {"a file has a 'model' and a 'train', or a 'fn'", own},
      {"an initialiser of your own:", own},
      {"write it as a 'metric':", own},
      {"compute what needs more in a 'fn'", own},
      {"an 'export fn' for each of them", own},
      {"a function is an item of its own", own},
      {"give the column to the function as an argument", elsewhere},
      {"for yes or no: sigmoid and bce", elsewhere},
      {"metrics = {name: accuracy(x, t)}", elsewhere},
      {"settings stand in a first list:", elsewhere},
      {"classes are whole numbers that count from 0", elsewhere},
      {"stop = no_improvement(", elsewhere},
  };
  return reasons;
}

std::string told(const Diagnostic& diagnostic) {
  return std::string(diagnostic.code.spelling()) + " " + diagnostic.message + "\n" + diagnostic.help;
}

struct Found {
  std::vector<Diagnostic> diagnostics;
  std::multiset<std::string> messages;  ///< with their codes
  std::multiset<std::string> told;      ///< those of diagnostics, with their help
  bool checks = false;                  ///< and goes on to the data
};

/// What a program gets from checking and, if asked, from binding to likely data and lowering.
Found diagnose(const std::string& text, const Overrides& overrides, bool with_data = true) {
  testing::CheckedText checked = testing::check_text(text, overrides);
  const bool checks = checked.program != nullptr;
  Bound bound = with_data ? testing::bind_text(checked) : nullptr;
  Found found{checked.diagnostics.all(), {}, {}, checks};
  for (const Diagnostic& each : found.diagnostics) {
    found.messages.insert(std::string(each.code.spelling()) + " " + each.message);
    found.told.insert(told(each));
  }
  if (bound == nullptr || !has_train(*checked.program)) return found;
  try {
    training_graph(*bound);
    evaluation_graph(*bound);
  } catch (const Failure& failure) {
    static const std::regex first_line(R"(error\[(E\d+)\]: ([^\n]*))");
    const std::string what = failure.what();
    for (std::sregex_iterator match(what.begin(), what.end(), first_line), end; match != end; ++match)
      found.messages.insert((*match)[1].str() + " " + (*match)[2].str());
  }
  return found;
}

struct Case {
  std::string name, text;
  Overrides overrides;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(NNC_SOURCE_DIR) + "/tests/errors")) {
    if (entry.path().extension() != ".nn") continue;
    Case one{entry.path().filename().string(), testing::read_text(entry.path().string()), {}};
    static const std::regex given(R"(#\s*(option|train):\s*([\w.]+)=(.*))");
    for (std::sregex_iterator match(one.text.begin(), one.text.end(), given), end; match != end; ++match)
      ((*match)[1] == "option" ? one.overrides.options : one.overrides.train)[(*match)[2]] = (*match)[3];
    all.push_back(std::move(one));
  }
  for (const Code code : Code::all()) {
    std::string page(explanation(code));
    size_t begin = page.find("\n```nn\n"), end = page.find("\n```\n", begin + 7);
    if (begin == std::string::npos || page.find("\\x") != std::string::npos) continue;
    Case one{std::string(code.spelling()) + ".md", page.substr(begin + 7, end - begin - 6), {}};
    std::smatch match;
    static const std::regex given(R"(^# nnc check \S+ --(\w+) (\S+))");
    if (std::regex_search(one.text, match, given)) one.overrides.options[match[1]] = match[2];
    all.push_back(std::move(one));
  }
  return all;
}

Range range_of(size_t begin, size_t end) { return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)}; }

/// Behind the bracket that closes what opens at `open`; the end where none does.
size_t closed(const std::string& text, size_t open) {
  int depth = 0;
  for (size_t at = open; at < text.size(); ++at) {
    if (text[at] == '(' || text[at] == '[' || text[at] == '{') ++depth;
    if ((text[at] == ')' || text[at] == ']' || text[at] == '}') && --depth == 0) return at + 1;
  }
  return text.size();
}

/// The line around a place, without its indentation and a comment.
Range line_at(const std::string& text, size_t place) {
  size_t begin = place > 0 ? text.rfind('\n', place - 1) : std::string::npos;
  begin = begin == std::string::npos ? 0 : begin + 1;
  begin = std::min(text.find_first_not_of(' ', begin), text.size());
  size_t end = std::min(text.find('\n', place), text.size());
  if (size_t comment = text.find("  #", begin); comment < end) end = comment;
  return range_of(std::min(begin, end), end);
}

/// What a fix may stand for: what the carets, the labels and the notes point at, the call or `if` that begins there,
/// and their lines.
std::vector<Range> targets(const Diagnostic& diagnostic, const std::string& text) {
  std::vector<Range> all{diagnostic.range};
  for (const Label& label : diagnostic.labels) all.push_back(label.range);
  for (const Note& note : diagnostic.notes) {
    if (note.has_range) all.push_back(note.range);
  }
  const std::vector<Range> pointed = all;
  for (const Range& range : pointed) {
    if (range.end < text.size() && text[range.end] == '(')
      all.push_back(range_of(range.begin, closed(text, range.end)));
    if (range.begin < text.size() && text[range.begin] == '(') {
      all.push_back(range_of(range.begin, closed(text, range.begin)));
    }
    if (text.compare(range.end, 2, ": ") == 0) {  // an argument by name
      all.push_back(range_of(range.begin, text.find_first_of(",)\n", range.end)));
    }
    if (range.begin >= 3 && text.compare(range.begin - 3, 3, "if ") == 0) {
      size_t end = closed(text, text.find('{', range.end));
      if (text.compare(end, 6, " else ") == 0) end = closed(text, end + 6);
      all.push_back(range_of(range.begin - 3, end));
    }
  }
  Range whole = diagnostic.range;  // of an operation: its operands
  for (const Label& label : diagnostic.labels) whole = Range::cover(whole, label.range);
  all.push_back(whole);
  for (const Range& range : pointed) {
    const size_t word = range.begin < 2 ? std::string::npos : text.find_last_of(" (", range.begin - 2);
    if (word != std::string::npos) all.push_back(range_of(word + 1, range.end));  // with the word before it
    all.push_back(line_at(text, range.begin));
  }
  return all;
}

/// A range that nothing ends goes to the end of the text.
std::string replaced(const std::string& text, Range range, const std::string& with) {
  range.end = std::min(range.end, static_cast<uint32_t>(text.size()));
  Edits edits;
  edits.replace(range, with);
  return edits.apply(text);
}

/// A word at the places that a message points at, in place of which another stands.
void replace_words(const Diagnostic& diagnostic, const std::string& text, const std::string& word,
                   const std::string& with, std::vector<std::string>& programs) {
  for (const Range& range : targets(diagnostic, text)) {
    size_t at = text.find(word, range.begin);
    if (at != std::string::npos && at < range.end)
      programs.push_back(replaced(text, range_of(at, at + word.size()), with));
  }
}

/// A call in place of one of the same function.
void replace_calls(const std::string& text, const std::string& code, std::vector<std::string>& programs) {
  const size_t list = code.find('(');
  if (list == std::string::npos || list == 0) return;
  const std::string head = code.substr(0, list + 1);
  for (size_t at = text.find(head); at != std::string::npos; at = text.find(head, at + 1))
    programs.push_back(replaced(text, range_of(at, closed(text, at + list)), code));
}

/// "layer name()(x: type) -> type" in place of the head of that definition.
void redefine(const std::string& text, const std::string& code, std::vector<std::string>& programs) {
  size_t list = code.find('(');
  size_t at = list == std::string::npos ? list : text.find(code.substr(0, list + 1));
  if (at != std::string::npos)
    programs.push_back(replaced(text, range_of(at, text.find_first_of("={", at)), code + " "));
}

/// "name: type" and "param name: type" in place of the declaration of that name.
void redeclare(const std::string& text, const std::string& code, std::vector<std::string>& programs) {
  size_t colon = code.find(": ");
  if (colon == std::string::npos) return;
  for (size_t at = text.find(code.substr(0, colon + 2)); at != std::string::npos;
       at = text.find(code.substr(0, colon + 2), at + 1)) {
    size_t end = at + colon + 2;
    while (end < text.size() && text.find_first_of("=,){\n", end) != end)
      end = text[end] == '[' || text[end] == '(' ? closed(text, end) : end + 1;
    programs.push_back(replaced(text, range_of(at, end), code + (text[end] == '=' ? " " : "")));
  }
}

/// The programs that the help may mean.
std::vector<std::string> readings(const Diagnostic& diagnostic, const std::string& text) {
  std::vector<std::string> programs, codes;
  const std::string& help = diagnostic.help;
  std::smatch match;
  static const std::regex quoted("'([^']*)'");
  if (std::regex_search(help, match, std::regex(R"(did you mean '(.*)'\?$)"))) {
    codes.push_back(match[1]);
    for (std::sregex_iterator word(diagnostic.message.begin(), diagnostic.message.end(), quoted), end; word != end;
         ++word)
      replace_words(diagnostic, text, (*word)[1], match[1], programs);
  } else if (std::regex_search(help, match, std::regex(R"(leave (?:the )?'?([\w=,]+)'? out)"))) {
    const std::string what = match[1];
    for (const auto& [word, with] :
         std::vector<std::pair<std::string, std::string>>{{" |> " + what, ""}, {what + "(", "("}, {what + " ", ""}})
      replace_words(diagnostic, text, word, with, programs);
    size_t entry = text.find(what + " = ");
    if (entry != std::string::npos) {
      programs.push_back(replaced(text, range_of(entry, text.find_first_of(";\n}", entry)), ""));
    }
    programs.push_back(replaced(text, line_at(text, diagnostic.range.begin), ""));
    programs.push_back(replaced(text, diagnostic.range, ""));
  } else if (std::regex_search(help, match, std::regex(R"(stands behind '(\S+)'$)"))) {
    codes.push_back(match[1]);
  } else if (std::regex_search(help, match, std::regex(R"(written '?([^\s':]+)'?(:|$))"))) {
    codes.push_back(match[1]);
  } else if (std::regex_search(help, match, std::regex(R"(make the '(\w+)' a '(\w+)')"))) {
    size_t at = text.rfind(match[1].str() + " ", diagnostic.range.begin);
    if (at != std::string::npos) programs.push_back(replaced(text, range_of(at, at + match[1].length()), match[2]));
  } else {
    codes.push_back(help);
    for (const std::string& before : std::vector<std::string>{": ", " is "}) {
      for (size_t at = help.find(before); at != std::string::npos; at = help.find(before, at + 1))
        codes.push_back(help.substr(at + before.size()));
    }
    for (const std::string& behind : std::vector<std::string>{": ", ", or "})
      codes.push_back(help.substr(0, help.find(behind)));
  }
  for (const std::string& code : codes) {
    for (const Range& range : targets(diagnostic, text)) programs.push_back(replaced(text, range, code));
    redeclare(text, code, programs);
    redefine(text, code, programs);
    replace_calls(text, code, programs);
    programs.push_back(code + "\n" + text);
    if (size_t block = text.find("{\n", diagnostic.range.begin); block != std::string::npos)
      programs.push_back(replaced(text, range_of(block + 2, block + 2), code + "\n"));
  }
  return programs;
}

bool is_of_syntax(const std::string& message) { return message.starts_with("E01") || message.starts_with("E02"); }

/// Whether the change has brought a mistake. What another mistake of the file has hidden is none.
bool has_fresh(const Found& before, const Found& after) {
  const bool hid = std::any_of(before.messages.begin(), before.messages.end(), is_of_syntax);
  const bool may_show = before.messages.size() > 1 && after.messages.size() <= before.messages.size();
  return std::any_of(after.messages.begin(), after.messages.end(), [&](const std::string& message) {
    return !before.messages.contains(message) && (is_of_syntax(message) || !(hid || may_show));
  });
}

/// Of a mistake in the command line: the flag that it means.
bool works_as_flag(const Case& one, const Diagnostic& diagnostic, const std::string& wrong) {
  std::smatch match;
  if (!std::regex_search(diagnostic.help, match, std::regex(R"(did you mean --(\w+)\?)"))) return false;
  Overrides overrides = one.overrides;
  auto given = overrides.options.extract(overrides.options.begin());
  given.key() = match[1];
  overrides.options.insert(std::move(given));
  return !diagnose(one.text, overrides, false).messages.contains(wrong);
}

std::string changed(const Diagnostic& diagnostic, const std::string& text) {
  Edits edits;
  for (const Change& change : diagnostic.changes) edits.replace(change.range, change.text);
  return edits.apply(text);
}

bool works(const Case& one, const Found& before, const Diagnostic& diagnostic) {
  const std::string wrong = std::string(diagnostic.code.spelling()) + " " + diagnostic.message;
  if (!diagnostic.argument.empty()) return works_as_flag(one, diagnostic, wrong);
  const std::vector<std::string> programs =
      diagnostic.changes.empty() ? readings(diagnostic, one.text) : std::vector{changed(diagnostic, one.text)};
  return std::any_of(programs.begin(), programs.end(), [&](const std::string& program) {
    const Found after = diagnose(program, one.overrides, before.checks);
    return after.told.count(told(diagnostic)) < before.told.count(told(diagnostic)) && !has_fresh(before, after);
  });
}

TEST(Fixes, EveryOneThatAMessageProposesWorks) {
  int tried = 0;
  std::set<std::string> used;
  for (const Case& one : cases()) {
    const Found before = diagnose(one.text, one.overrides);
    for (const Diagnostic& diagnostic : before.diagnostics) {
      if (diagnostic.help.empty()) continue;
      auto excused = std::find_if(no_edits().begin(), no_edits().end(),
                                  [&](const auto& entry) { return diagnostic.help.starts_with(entry.first); });
      if (diagnostic.changes.empty() && excused != no_edits().end()) {
        used.insert(excused->first);
        continue;
      }
      ++tried;
      EXPECT_TRUE(works(one, before, diagnostic)) << one.name << ": " << diagnostic.code.spelling() << " "
                                                  << diagnostic.message << "\n help: " << diagnostic.help;
    }
  }
  EXPECT_GT(tried, 100);
  for (const auto& [help, reason] : no_edits()) EXPECT_TRUE(used.contains(help)) << "no message begins so: " << help;
}

}  // namespace
}  // namespace nnc
