#include "ir/parse/parse_schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "support/diagnostics.h"

namespace nnc {

namespace {

constexpr std::array<std::string_view, 11> kClauses{"form",  "serial",   "lanes", "tile",      "last",    "chunk",
                                                    "block", "epilogue", "row",   "recompute", "parallel"};

class ScheduleParser {
 public:
  ScheduleParser(TextReader& reader, KernelText& text) : reader_(reader), text_(text) {}

  Schedule parse() {
    uint32_t begin = reader_.position();
    do clause();
    while (reader_.accept(","));
    refuse_clause_without_comma();
    text_.schedule = {begin, text_.clauses.back().second.end};
    return std::move(result_);
  }

 private:
  void clause() {
    uint32_t begin = reader_.position();
    std::string word = reader_.word("a clause of the schedule");
    value(word, begin);
    text_.clauses.emplace_back(word, reader_.taken_since(begin));
  }

  void value(const std::string& word, uint32_t begin) {
    if (!seen_.insert(word == "serial" ? "lanes" : word).second) {
      reader_.fail_at(begin, fmt::format("the clause '{}' stands twice, or beside its opposite", word));
    }
    if (word == "form") {
      result_.form = one_of({"lanes", "chain", "outer", "dot"});
    } else if (word == "tile") {
      do result_.tile.push_back(loop());
      while (result_.tile.size() < 2 && at_loop());
    } else if (word == "block") {
      result_.block = loop();
      if (at_loop()) result_.block_columns = loop();
    } else if (word == "epilogue") {
      result_.epilogue_in_memory = one_of({"memory", "registers"}) == "memory";
    } else if (word == "row") {
      result_.row_in_registers = one_of({"registers", "memory"}) == "registers";
    } else if (word == "recompute") {
      result_.recompute = true;
    } else if (word == "parallel") {
      result_.parallel = reader_.word("a loop");
      if (at_number()) result_.shares = size();
    } else if (word != "serial") {
      sized(word, begin);
    }
  }

  void sized(const std::string& word, uint32_t begin) {
    for (auto [name, clause] :
         {std::pair{"lanes", &result_.lanes}, {"last", &result_.last}, {"chunk", &result_.chunk}}) {
      if (word != name) continue;
      *clause = loop();
      return;
    }
    std::string near = nearest(word, {kClauses.begin(), kClauses.end()});
    reader_.fail_at(begin,
                    fmt::format("a schedule has no clause '{}'; the clauses are {}", word, fmt::join(kClauses, ", ")),
                    near.empty() ? "" : fmt::format("did you mean '{}'?", near));
  }

  /// What stands behind a schedule is no clause: one there has lost its comma.
  void refuse_clause_without_comma() {
    const char first = reader_.peek();
    if (first < 'a' || first > 'z') return;
    const uint32_t here = reader_.position();
    const std::string word = reader_.word("a word");
    reader_.advance_to(here);
    if (std::find(kClauses.begin(), kClauses.end(), word) == kClauses.end()) return;
    const std::string before = text_.clauses.back().first;
    reader_.fail_at(here, "expected ',' between two clauses of a schedule",
                    fmt::format("write a comma behind the clause '{}'", before));
  }

  /// Whether another loop of the clause follows, a name and a number, not what stands behind a schedule.
  bool at_loop() {
    if (reader_.at_end() || reader_.peek() == ',') return false;
    uint32_t here = reader_.position();
    bool ends = reader_.accept("}");
    if (!ends) reader_.word("a loop");
    bool number = at_number();
    reader_.advance_to(here);
    return !ends && number;
  }

  LoopSize loop() {
    LoopSize result;
    result.loop = reader_.word("a loop");
    result.size = size();
    return result;
  }

  bool at_number() { return !reader_.at_end() && reader_.peek() >= '0' && reader_.peek() <= '9'; }

  int64_t size() {
    uint32_t begin = reader_.position();
    int64_t size = reader_.integer();
    if (size < 1) reader_.fail_at(begin, "a size is at least 1");
    return size;
  }

  std::string one_of(std::initializer_list<std::string_view> words) {
    uint32_t begin = reader_.position();
    std::string word = reader_.word("a word");
    for (std::string_view known : words) {
      if (word == known) return word;
    }
    std::string near = nearest(word, {words.begin(), words.end()});
    reader_.fail_at(begin, fmt::format("expected one of {}, found '{}'", fmt::join(words, ", "), word),
                    near.empty() ? "" : fmt::format("did you mean '{}'?", near));
  }

  TextReader& reader_;
  KernelText& text_;
  Schedule result_;
  std::set<std::string> seen_;
};

}  // namespace

Schedule parse_schedule(TextReader& reader, KernelText& text) { return ScheduleParser(reader, text).parse(); }

}  // namespace nnc
