// The keys of `train`, from the file and from the command line.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "frontend/program/source_kinds.h"
#include "frontend/program/train_check.h"
#include "frontend/syntax/vocabulary.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;

void TrainCheck::run() {
  collect();
  for (const TrainKey& key : train_keys()) {
    if (key.check != nullptr) key.check(*this, key);
  }
}

const TrainEntry* TrainCheck::find(std::string_view key) const {
  auto found = program.train_entries.find(std::string(key));
  return found == program.train_entries.end() ? nullptr : &found->second;
}

void TrainCheck::fail(Code code, const TrainEntry& entry, const std::string& message, const std::string& help) {
  Diagnostic& diagnostic = elaborator.report(code, entry.range, message);
  if (entry.source != program.source) diagnostic.blame(entry.source->name());
  if (!help.empty()) diagnostic.suggest(help);
  throw Abandoned{};
}

void TrainCheck::collect() {
  std::map<std::string, Range> seen;
  for (const ast::Entry& entry : program.train->entries) {
    const std::string& key = entry.name.text;
    if (find_train_key(key) == nullptr) {
      const Meaning meant = meaning_of(WordPlace::train_key, key, train_key_names());
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

void TrainCheck::override_key(const std::string& key, const std::string& text) {
  std::string argument = fmt::format("--train.{} {}", key, text);
  Range place = program.train->keyword;
  if (const TrainEntry* entry = find(key)) place = entry->entry->name.range;
  elaborator.diagnostics.blame_at(place, argument);
  if (find_train_key(key) == nullptr) {
    const Meaning meant = meaning_of(WordPlace::train_key, key, train_key_names());
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

Frame TrainCheck::frame_of(const TrainEntry& entry) const {
  Frame frame;
  frame.source = entry.source;
  frame.caller = entry.source == program.source ? nullptr : elaborator.frame;
  frame.call = entry.range;
  return frame;
}

Item TrainCheck::value(const TrainEntry& entry) {
  Frame frame = frame_of(entry);
  Enter enter(elaborator, frame);
  return elaborator.eval(*entry.entry->value);
}

void TrainCheck::require(const TrainKey& key, const std::string& help) {
  if (find(key.name) != nullptr || misspelt.count(std::string(key.name)) != 0) return;
  elaborator.diagnostics.error("E0912", program.train->keyword, fmt::format("'train' says no {}", key.name))
      .suggest(help);
}

int64_t TrainCheck::whole(const TrainKey& key) { return whole(key, std::stoll(std::string(key.otherwise))); }

int64_t TrainCheck::whole(const TrainKey& key, int64_t otherwise) {
  constexpr double kMost = 9e18;
  const TrainEntry* entry = find(key.name);
  if (entry == nullptr) return otherwise;
  try {
    Item item = value(*entry);
    const auto* found = item.as<Number>();
    const bool known = found != nullptr && found->known;
    const bool large = known && *found->known > kMost;
    if (known && !large && *found->known >= key.least && *found->known == std::floor(*found->known)) {
      return static_cast<int64_t>(*found->known);
    }
    fail("E0909", *entry,
         fmt::format("'{}' is {}, but this is {}", key.name, large ? "at most 9e18" : key.type,
                     known ? fmt::format("{}", *found->known) : describe(item)));
  } catch (const Abandoned&) {
    return otherwise;
  }
}

bool TrainCheck::flag(const TrainKey& key) {
  const bool otherwise = key.otherwise == "true";
  const TrainEntry* entry = find(key.name);
  if (entry == nullptr) return otherwise;
  try {
    Item item = value(*entry);
    const auto* truth = item.as<Truth>();
    if (truth != nullptr && truth->known) return *truth->known;
    fail("E0909", *entry, fmt::format("'{}' is {}, but this is {}", key.name, key.type, describe(item)));
  } catch (const Abandoned&) {
    return otherwise;
  }
}

std::string TrainCheck::known_part(const TrainEntry& entry, const DataDeclaration& data, const std::string& part) {
  std::vector<std::string> parts;
  for (const auto& [name, share] : data.info.split) parts.push_back(name);
  for (const SourceKind::OwnPart& own : kind_of(data.info).parts) parts.emplace_back(own.name);
  const bool known =
      part.empty() || (parts.empty() && part == "train") || std::find(parts.begin(), parts.end(), part) != parts.end();
  if (known) return part.empty() || parts.empty() ? "all" : part;
  if (data.wrong_source) throw Abandoned{};
  const std::string near = nearest(part, parts);
  const std::string list = parts.empty() ? "" : fmt::format(": it has {}", fmt::join(parts, ", "));
  fail("E0910", entry, fmt::format("the data '{}' has no part '{}'{}", data.info.name, part, list),
       near.empty() ? "" : fmt::format("did you mean '{}.{}'?", data.info.name, near));
}

void TrainCheck::part(const TrainKey& key, std::string* data, std::string& split) {
  const TrainEntry* entry = find(key.name);
  if (entry == nullptr) return;
  try {
    const std::string text = dotted(*entry->entry->value);
    const std::string name = text.substr(0, text.find('.'));
    const DataDeclaration* found = program.find_data(name);
    if (found == nullptr) {
      std::vector<std::string> names;
      for (const DataDeclaration& declaration : program.data) names.push_back(declaration.info.name);
      const std::string near = names.size() == 1 ? names[0] : nearest(name, names);
      fail("E0910", *entry,
           fmt::format("'{}' is no data of this file", name.empty() ? elaborator.slice(entry->range) : name),
           near.empty() ? "" : fmt::format("did you mean '{}'?", near));
    }
    const size_t point = text.find('.');
    std::string part = known_part(*entry, *found, point == std::string::npos ? "" : text.substr(point + 1));
    if (data != nullptr) {
      *data = name;
    } else if (name != info().data) {
      fail("E0910", *entry, fmt::format("'{}' is of the data '{}', and 'data' of '{}'", key.name, name, info().data));
    }
    split = std::move(part);
  } catch (const Abandoned&) {
  }
}

namespace {

/// What `stop` may watch.
std::vector<std::string> watchable(const TrainCheck& train) {
  std::vector<std::string> names{"valid.loss"};
  const TrainEntry* metrics = train.find("metrics");
  if (metrics == nullptr) return names;
  for (const ast::Argument& metric : metrics->entry->value->arguments) names.push_back("valid." + metric.name.text);
  return names;
}

TrainInfo::Stop stop_of(Elaborator& elaborator, const Expr& call) {
  TrainInfo::Stop stop;
  for (const ast::Argument& argument : call.arguments) {
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
  return stop;
}

}  // namespace

void check_stop(TrainCheck& train, const TrainKey& key) {
  const TrainEntry* entry = train.find(key.name);
  if (entry == nullptr) return;
  const Expr& expr = *entry->entry->value;
  try {
    bool known = expr.kind == ExprKind::call && expr.operands[0]->kind == ExprKind::name &&
                 expr.operands[0]->text == "no_improvement";
    if (!known) train.fail("E0911", *entry, fmt::format("'stop' is {}", key.type));
    const TrainInfo::Stop stop = stop_of(train.elaborator, expr);
    std::vector<std::string> names = watchable(train);
    if (std::find(names.begin(), names.end(), stop.metric) == names.end()) {
      std::string near = nearest(stop.metric, names);
      train.fail("E0911", *entry,
                 fmt::format("'no_improvement' watches valid.NAME of 'metrics' or valid.loss, not '{}'", stop.metric),
                 near.empty() ? "" : fmt::format("did you mean '{}'?", near));
    }
    if (train.find("valid") == nullptr) {
      train.fail("E0911", *entry, "'stop' needs 'valid'", "valid = " + train.info().data + ".valid");
    }
    train.info().stop = stop;
  } catch (const Abandoned&) {
  }
}

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

}  // namespace nnc
