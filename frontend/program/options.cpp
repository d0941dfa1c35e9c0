// Options: their defaults, and what the command line says instead.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "frontend/program/program_elaborator.h"
#include "frontend/program/train_keys.h"
#include "frontend/syntax/vocabulary.h"

namespace nnc {

namespace {

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

struct OptionCheck {
  CheckedProgram& program;
  Elaborator& elaborator;
  const ast::Item& item;
  OptionValue& option;
  const std::string* given;  ///< text of the command line, or null

  Diagnostics& diagnostics() const { return elaborator.diagnostics; }

  [[noreturn]] void wrong(Code code, const std::string& message) const {
    Diagnostic& diagnostic = diagnostics().error(code, given != nullptr ? item.name.range : item.value->range, message);
    if (given != nullptr) diagnostic.blame(fmt::format("--{} {}", item.name.text, *given));
    throw Abandoned{};
  }

  [[noreturn]] void wrong(const std::string& wanted) const {
    wrong("E0901", fmt::format("the option '{}' is {}{}", item.name.text, wanted,
                               given != nullptr ? "" : ": the default is not"));
  }

  void number(const std::string& type) {
    Number value;
    if (given != nullptr) {
      std::optional<double> parsed = parse_number(*given);
      if (!parsed) wrong(type == "int" ? "a whole number" : "a number");
      value = Number::of(*parsed);
    } else {
      value = elaborator.number_of(*item.value);
    }
    if (!value.known || !std::isfinite(*value.known)) wrong("a finite number");
    if (type == "int" && *value.known != std::floor(*value.known)) wrong("a whole number");
    if (item.bounds) range(*value.known);
    option.info.value_text = fmt::format("{}", *value.known);
    value.runtime = type != "int";
    if (value.runtime) {
      value.options = {item.name.text};
      value.size.reset();
      option.is_setting = true;
    }
    option.item = {value, item.name.range, fmt::format("option at line {}", elaborator.line_of(item.name.range))};
  }

  void range(double value) {
    const ast::Bounds& bounds = *item.bounds;
    double low = elaborator.number_of(*bounds.low).known.value_or(0);
    double high = std::numeric_limits<double>::infinity();
    if (bounds.high) high = elaborator.number_of(*bounds.high).known.value_or(0);
    option.info.range_text = elaborator.slice(item.bounds->range);
    if (low > high || (low == high && (bounds.low_open || bounds.high_open))) {
      diagnostics().error("E0904", item.bounds->range, "these bounds are empty");
      throw Abandoned{};
    }
    bool above = bounds.low_open ? value > low : value >= low;
    if (above && (bounds.high_open ? value < high : value <= high)) return;
    wrong("E0902", fmt::format("the option '{}' is {}, and lies in {}", item.name.text, value, option.info.range_text));
  }

  void run() {
    option.info.name = item.name.text;
    option.info.doc = item.doc;
    option.info.type = elaborator.slice(item.type->range);
    option.info.default_text = elaborator.slice(item.value->range);
    option.info.origin = program.source->origin(item.name.range.begin);
    const ast::TypeExpr& type = *item.type;
    if (type.kind == ast::TypeKind::choice) return choice(type);
    std::string word = type.kind == ast::TypeKind::word ? type.word.text : type.bases[0].name.text;
    bool scalar = type.axes.empty() && !type.has_axes;
    if (scalar && (word == "int" || word == "f32" || word == "f64")) return number(word);
    if (word == "string") {
      std::string text = given != nullptr ? *given : "";
      if (given == nullptr) {
        if (item.value->kind != ast::ExprKind::string) wrong("a string");
        text = item.value->text;
      }
      option.item = {Text{text}, item.name.range, ""};
      option.info.value_text = text;
      return;
    }
    if (scalar && word == "bool") {
      std::string text = given != nullptr ? *given : option.info.default_text;
      if (text != "true" && text != "false") wrong("true or false");
      Truth truth;
      truth.known = text == "true";
      option.item = {truth, item.name.range, ""};
      option.info.value_text = text;
      return;
    }
    diagnostics().error("E0905", type.range,
                        fmt::format("an option is int, f32, bool, string or a choice, not {}", option.info.type));
    throw Abandoned{};
  }

  void choice(const ast::TypeExpr& type) {
    std::string text = given != nullptr ? *given : option.info.default_text;
    std::vector<std::string> words;
    std::string list;
    for (const ast::Name& word : type.words) {
      words.push_back(word.text);
      list += (list.empty() ? "" : ", ") + word.text;
    }
    if (std::find(words.begin(), words.end(), text) == words.end()) wrong("one of " + list);
    option.info.value_text = text;
    option.item = {Word{text, words}, item.name.range, ""};
  }
};

}  // namespace

/// A flag is an option, or a key of train with the word before it: `--batch-size 32` is `--train.batch 32`.
static std::string meant_by_flag(const std::string& flag, const std::vector<std::string>& options) {
  if (std::string near = nearest(flag, options); !near.empty()) return fmt::format("did you mean --{}?", near);
  std::string key = flag;
  std::replace(key.begin(), key.end(), '-', '_');
  const Meaning meant = meaning_of(WordPlace::train_key, key, train_key_names());
  return meant.name.empty() ? meant.text : fmt::format("did you mean --train.{}?", meant.name);
}

void check_options(CheckedProgram& program, Diagnostics& diagnostics) {
  Elaborator elaborator(program.definitions, diagnostics);
  Frame frame;
  frame.source = program.source;
  Enter enter(elaborator, frame);
  static const std::vector<std::string> flags{"help", "version", "data", "seed",   "epochs",  "steps", "precision",
                                              "init", "out",     "log",  "interp", "threads", "target"};
  std::vector<std::string> names;
  for (const ast::Item& item : program.file.items) {
    if (item.kind == ast::ItemKind::option) elaborator.later[item.name.text] = item.name.range;
  }
  for (const ast::Item& item : program.file.items) {
    if (item.kind != ast::ItemKind::option) continue;
    names.push_back(item.name.text);
    if (std::find(flags.begin(), flags.end(), item.name.text) != flags.end()) {
      diagnostics.error("E0906", item.name.range,
                        fmt::format("--{} is a flag of nnc: an option can't have its name", item.name.text));
    }
    auto given = program.overrides.options.find(item.name.text);
    OptionValue option;
    try {
      OptionCheck{program, elaborator, item, option,
                  given == program.overrides.options.end() ? nullptr : &given->second}
          .run();
    } catch (const Abandoned&) {
      option.item = {Poison{}, item.name.range, ""};
    }
    elaborator.globals[item.name.text] = option.item;
    elaborator.later.erase(item.name.text);
    program.options.push_back(std::move(option));
  }
  for (const auto& [name, value] : program.overrides.options) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    diagnostics.error("E0903", {0, 0}, fmt::format("the program has no option '{}'", name))
        .blame("--" + name)
        .suggest(meant_by_flag(name, names));
  }
}

}  // namespace nnc
