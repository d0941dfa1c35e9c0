// The keys of `train` and the expectations, from the file and from the command line.

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "frontend/program/program_elaborator.h"
#include "frontend/program/source_kinds.h"
#include "frontend/syntax/vocabulary.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;

const std::vector<std::string>& train_keys() {
  static const std::vector<std::string> keys{"data", "valid",   "test",    "batch",     "epochs", "steps",
                                             "seed", "loss",    "metrics", "optimizer", "clip",   "stop",
                                             "save", "shuffle", "threads", "precision", "eval"};
  return keys;
}

namespace {

struct TrainCheck {
  CheckedProgram& program;
  Elaborator& elaborator;
  std::set<std::string> misspelt = {};  ///< keys that another one probably is

  [[noreturn]] void fail(const std::string& code, const TrainEntry& entry, const std::string& message,
                         const std::string& help = "") {
    Diagnostic& diagnostic = elaborator.report(code, entry.range, message);
    if (entry.source != program.source) diagnostic.blame(entry.source->name());
    if (!help.empty()) diagnostic.suggest(help);
    throw Abandoned{};
  }

  const TrainEntry* find(const std::string& key) const {
    auto found = program.train_entries.find(key);
    return found == program.train_entries.end() ? nullptr : &found->second;
  }

  void collect() {
    std::map<std::string, Range> seen;
    for (const ast::Entry& entry : program.train->entries) {
      const std::string& key = entry.name.text;
      if (std::find(train_keys().begin(), train_keys().end(), key) == train_keys().end()) {
        const Meaning meant = meaning_of(WordPlace::train_key, key, train_keys());
        elaborator.diagnostics.error("E0907", entry.name.range, fmt::format("'train' has no setting '{}'", key))
            .suggest(meant.help());
        misspelt.insert(meant.name);
        continue;
      }
      auto [first, fresh] = seen.emplace(key, entry.name.range);
      if (!fresh) {
        elaborator.diagnostics.error("E0908", entry.name.range, fmt::format("'{}' is set twice", key))
            .note(first->second, "first set here");
        continue;
      }
      program.train_entries[key] = {&entry, program.source, entry.value->range};
    }
    for (const auto& [key, text] : program.overrides.train) override_key(key, text);
  }

  void override_key(const std::string& key, const std::string& text) {
    std::string argument = fmt::format("--train.{} {}", key, text);
    Range place = program.train->keyword;
    if (const TrainEntry* entry = find(key)) place = entry->entry->name.range;
    elaborator.diagnostics.blame_at(place, argument);
    if (std::find(train_keys().begin(), train_keys().end(), key) == train_keys().end()) {
      const Meaning meant = meaning_of(WordPlace::train_key, key, train_keys());
      elaborator.diagnostics.error("E0907", place, fmt::format("'train' has no setting '{}'", key))
          .blame("--train." + key)
          .suggest(meant.name.empty() ? meant.text : fmt::format("did you mean --train.{}?", meant.name));
      return;
    }
    auto source = std::make_unique<SourceFile>(argument, fmt::format("train {{ {} = {} }}", key, text));
    Diagnostics own;
    ast::File file = parse(*source, own);
    bool one = !own.has_errors() && file.items.size() == 1 && file.items[0].entries.size() == 1;
    if (!one) {
      elaborator.diagnostics.error("E0901", place, "this can't be read as a value");
      return;
    }
    program.command_line.emplace_back(std::move(source), std::move(file));
    program.train_entries[key] = {&program.command_line.back().second.items[0].entries[0],
                                  program.command_line.back().first.get(), place};
  }

  Frame frame_of(const TrainEntry& entry) const {
    Frame frame;
    frame.source = entry.source;
    frame.caller = entry.source == program.source ? nullptr : elaborator.frame;
    frame.call = entry.range;
    return frame;
  }

  /// Evaluates in the entry's own file, with errors at the entry's place in the program.
  Item value(const TrainEntry& entry) {
    Frame frame = frame_of(entry);
    Enter enter(elaborator, frame);
    return elaborator.eval(*entry.entry->value);
  }

  std::optional<double> number(const std::string& key, double least, const std::string& wanted) {
    const TrainEntry* entry = find(key);
    if (entry == nullptr) return std::nullopt;
    try {
      Item item = value(*entry);
      const auto* found = item.as<Number>();
      if (found == nullptr || !found->known || !(*found->known >= least) ||
          *found->known != std::floor(*found->known) || *found->known > 9e18) {
        bool large = found != nullptr && found->known && *found->known > 9e18;
        fail("E0909", *entry,
             fmt::format("'{}' is {}, but this is {}", key, large ? "at most 9e18" : wanted,
                         found != nullptr && found->known ? fmt::format("{}", *found->known) : describe(item)));
      }
      return found->known;
    } catch (const Abandoned&) {
      return std::nullopt;
    }
  }

  void flag(const std::string& key, bool& result) {
    const TrainEntry* entry = find(key);
    if (entry == nullptr) return;
    try {
      Item item = value(*entry);
      const auto* truth = item.as<Truth>();
      if (truth == nullptr || !truth->known)
        fail("E0909", *entry, fmt::format("'{}' is true or false, but this is {}", key, describe(item)));
      result = *truth->known;
    } catch (const Abandoned&) {
    }
  }

  /// `mnist.train` → data and split.
  void data(const std::string& key, std::string* name, std::string& split) {
    const TrainEntry* entry = find(key);
    if (entry == nullptr) return;
    try {
      std::string text = dotted(*entry->entry->value);
      std::string data_name = text.substr(0, text.find('.'));
      const DataDeclaration* found = program.find_data(data_name);
      if (found == nullptr) {
        std::vector<std::string> names;
        for (const DataDeclaration& declaration : program.data) names.push_back(declaration.info.name);
        const std::string near = names.size() == 1 ? names[0] : nearest(data_name, names);
        fail(
            "E0910", *entry,
            fmt::format("'{}' is no data of this file", data_name.empty() ? elaborator.slice(entry->range) : data_name),
            near.empty() ? "" : fmt::format("did you mean '{}'?", near));
      }
      std::string part = text.find('.') == std::string::npos ? "" : text.substr(text.find('.') + 1);
      std::vector<std::string> parts;
      for (const auto& [split_name, share] : found->info.split) parts.push_back(split_name);
      for (const SourceKind::OwnPart& own : kind_of(found->info).parts) parts.emplace_back(own.name);
      bool known = part.empty() || (parts.empty() && part == "train") ||
                   std::find(parts.begin(), parts.end(), part) != parts.end();
      if (!known && found->wrong_source) throw Abandoned{};
      if (!known) {
        std::string near = nearest(part, parts);
        std::string list;
        for (const std::string& one : parts) list += (list.empty() ? "" : ", ") + one;
        fail("E0910", *entry,
             fmt::format("the data '{}' has no part '{}'{}", data_name, part, list.empty() ? "" : ": it has " + list),
             near.empty() ? "" : fmt::format("did you mean '{}.{}'?", data_name, near));
      }
      if (name != nullptr)
        *name = data_name;
      else if (data_name != program.train_info.data)
        fail("E0910", *entry,
             fmt::format("'{}' is of the data '{}', and 'data' of '{}'", key, data_name, program.train_info.data));
      split = part.empty() || parts.empty() ? "all" : part;
    } catch (const Abandoned&) {
    }
  }

  void stop() {
    const TrainEntry* entry = find("stop");
    if (entry == nullptr) return;
    const Expr& expr = *entry->entry->value;
    try {
      bool known = expr.kind == ExprKind::call && expr.operands[0]->kind == ExprKind::name &&
                   expr.operands[0]->text == "no_improvement";
      if (!known) fail("E0911", *entry, "'stop' is no_improvement(metric, patience: n, restore: best)");
      TrainInfo::Stop stop;
      for (const ast::Argument& argument : expr.arguments) {
        const std::string& name = argument.name.text;
        if (name.empty() && stop.metric.empty()) {
          stop.metric = dotted(*argument.value);
        } else if (name == "patience") {
          Number patience = elaborator.number_of(*argument.value);
          if (!patience.known || *patience.known < 1 || *patience.known != std::floor(*patience.known)) {
            elaborator.fail("E0909", argument.value->range, "'patience' is a whole number from 1");
          }
          stop.patience = static_cast<int64_t>(*patience.known);
        } else if (name == "restore") {
          if (dotted(*argument.value) != "best") elaborator.fail("E0911", argument.value->range, "'restore' is best");
          stop.restore_best = true;
        } else {
          std::string near = nearest(name, {"patience", "restore"});
          elaborator.fail("E0323", argument.name.range, fmt::format("'no_improvement' has no argument '{}'", name),
                          near.empty() ? "" : fmt::format("did you mean '{}'?", near));
        }
      }
      std::vector<std::string> names = watchable();
      if (std::find(names.begin(), names.end(), stop.metric) == names.end()) {
        std::string near = nearest(stop.metric, names);
        fail("E0911", *entry,
             fmt::format("'no_improvement' watches valid.NAME of 'metrics' or valid.loss, not '{}'", stop.metric),
             near.empty() ? "" : fmt::format("did you mean '{}'?", near));
      }
      if (find("valid") == nullptr)
        fail("E0911", *entry, "'stop' needs 'valid'", "valid = " + program.train_info.data + ".valid");
      program.train_info.stop = stop;
    } catch (const Abandoned&) {
    }
  }

  std::vector<std::string> watchable() const {
    std::vector<std::string> names{"valid.loss"};
    const TrainEntry* metrics = find("metrics");
    if (metrics == nullptr) return names;
    for (const ast::Argument& metric : metrics->entry->value->arguments) names.push_back("valid." + metric.name.text);
    return names;
  }

  void run() {
    collect();
    TrainInfo& info = program.train_info;
    if (find("data") == nullptr && misspelt.count("data") == 0)
      elaborator.diagnostics.error("E0912", program.train->keyword, "'train' says no data").suggest("data = NAME");
    if (find("loss") == nullptr && misspelt.count("loss") == 0) {
      elaborator.diagnostics.error("E0912", program.train->keyword, "'train' says no loss")
          .suggest("loss = mse(net(x), y)");
    }
    data("data", &info.data, info.split);
    if (!info.data.empty()) {
      data("valid", nullptr, info.valid);
      data("test", nullptr, info.test);
    }
    info.batch = static_cast<int64_t>(number("batch", 1, "a whole number from 1").value_or(32));
    info.epochs = static_cast<int64_t>(number("epochs", 0, "a whole number from 0").value_or(0));
    info.steps = static_cast<int64_t>(number("steps", 0, "a whole number from 0").value_or(0));
    if (find("epochs") != nullptr && find("steps") != nullptr) {
      bool given = program.overrides.train.count("steps") != 0;
      if (given || program.overrides.train.count("epochs") != 0)
        (given ? info.epochs : info.steps) = 0;
      else
        elaborator.diagnostics.error("E0908", find("steps")->range, "'epochs' and 'steps' are both set: one of them");
    }
    if (find("epochs") == nullptr && find("steps") == nullptr) info.epochs = 10;
    info.seed = static_cast<uint64_t>(number("seed", 0, "a whole number from 0").value_or(0));
    if (number("threads", 1, "a whole number from 1").value_or(1) > 1) {
      elaborator.diagnostics.warning("W0925", find("threads")->range, "kernels run on one thread in this version")
          .suggest("leave 'threads' out");
    }
    flag("shuffle", info.shuffle);
    flag("eval", info.evaluate_train);
    if (const TrainEntry* precision = find("precision")) {
      std::string text = dotted(*precision->entry->value);
      if (text != "f32" && text != "f64")
        elaborator.diagnostics.error("E0909", precision->range, "'precision' is f32 or f64");
      info.precision = text == "f64" ? Element::f64 : Element::f32;
    }
    if (program.overrides.precision) info.precision = *program.overrides.precision;
    if (const TrainEntry* save = find("save")) {
      elaborator.diagnostics.error("E0210", save->range, "'save' is reserved and not there yet")
          .suggest("--out FILE names the weights' file");
    }
    stop();
  }
};

}  // namespace

std::string dotted(const Expr& expr) {
  if (expr.kind == ExprKind::name) return expr.text;
  if (expr.kind == ExprKind::field) {
    std::string left = dotted(*expr.operands[0]);
    return left.empty() ? "" : left + "." + expr.name.text;
  }
  return "";
}

void check_train_keys(CheckedProgram& program, Diagnostics& diagnostics) {
  OptionScope scope(program, diagnostics);
  TrainCheck{program, scope.elaborator}.run();
}

void check_expectations(CheckedProgram& program, Diagnostics& diagnostics) {
  OptionScope scope(program, diagnostics);
  Elaborator& elaborator = scope.elaborator;
  for (const ast::Item& item : program.file.items) {
    if (item.kind != ast::ItemKind::expect) continue;
    const Expr& expr = *item.value;
    try {
      if (expr.kind != ExprKind::compare)
        elaborator.fail("E0913", expr.range, "an expectation compares: expect valid.accuracy > 0.9");
      ExpectInfo info;
      info.text = std::string(program.source->slice(expr.range));
      info.left = dotted(*expr.operands[0]);
      info.comparison = expr.operators[0].text;
      LineColumn at = program.source->locate(expr.range.begin);
      info.origin = {program.source->name(), at.line, at.column, ""};
      std::string split = info.left.substr(0, info.left.find('.'));
      std::string name = info.left.find('.') == std::string::npos ? "" : info.left.substr(info.left.find('.') + 1);
      if ((split != "train" && split != "valid" && split != "test") || name.empty()) {
        const std::string near = meaning_of(WordPlace::split, split, {"train", "valid", "test"}).name;
        std::string meant = name.empty() ? "train." + info.left : near.empty() ? "" : near + "." + name;
        elaborator.fail("E0913", expr.operands[0]->range,
                        "an expectation names train.loss, valid.METRIC or test.METRIC first",
                        meant.empty() || info.left.empty() ? "" : fmt::format("did you mean '{}'?", meant));
      }
      if (split != "train" && program.train != nullptr && program.train_entries.count(split) == 0) {
        elaborator.fail("E0913", expr.operands[0]->range, fmt::format("'train' says no '{}'", split));
      }
      std::vector<std::string> names{"loss"};
      if (auto metrics = program.train_entries.find("metrics"); metrics != program.train_entries.end()) {
        if (metrics->second.entry->value->kind != ExprKind::record) throw Abandoned{};  // told with 'metrics'
        for (const ast::Argument& metric : metrics->second.entry->value->arguments) names.push_back(metric.name.text);
      }
      if (program.train != nullptr && std::find(names.begin(), names.end(), name) == names.end()) {
        std::string near = nearest(name, names);
        elaborator.fail("E0913", expr.operands[0]->range, fmt::format("'metrics' has no '{}'", name),
                        near.empty() ? "" : fmt::format("did you mean '{}.{}'?", split, near));
      }
      Number right = elaborator.number_of(*expr.operands[1]);
      if (!right.known) elaborator.fail("E0913", expr.operands[1]->range, "the bound of an expectation is a number");
      info.right = *right.known;
      program.expectations.push_back(info);
    } catch (const Abandoned&) {
    }
  }
}

}  // namespace nnc
