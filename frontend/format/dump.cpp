// The typed program as text: every definition with its type, data fields, parameters and the settings of `train`.

#include <fmt/format.h>

#include "frontend/program/program_elaborator.h"
#include "frontend/program/train_keys.h"

namespace nnc {

namespace {

/// What of `train` is no setting with a value but an equation or a name, as the file has it.
std::string objective_entries(const CheckedProgram& program) {
  std::string text;
  for (const TrainKey& key : train_keys()) {
    auto found = program.train_entries.find(std::string(key.name));
    if (!key.as_written || found == program.train_entries.end()) continue;
    const TrainEntry& entry = found->second;
    text += fmt::format("  {} = {}\n", key.name, entry.source->slice(entry.entry->value->range));
  }
  return text;
}

/// The settings with a value, each as it holds: of two that exclude each other the one that does.
std::string settings_of_train(const TrainInfo& info) {
  std::string text;
  for (const TrainKey& key : train_keys()) {
    const TrainKey* other = find_train_key(key.excludes);
    const std::string value = key.as_written || key.text == nullptr ? "" : key.text(info);
    const bool by_other = other != nullptr && value == "0" && (key.otherwise == value || other->text(info) != value);
    if (!value.empty() && !by_other) text += fmt::format("  {} = {}\n", key.name, value);
  }
  return text;
}

}  // namespace

std::string dump_typed(const CheckedProgram& program, bool equations) {
  std::string text;
  for (const OptionValue& option : program.options) {
    text += fmt::format("option {}: {} = {}{}\n", option.info.name, option.info.type, option.info.value_text,
                        option.info.range_text.empty() ? "" : " in " + option.info.range_text);
  }
  for (const DataDeclaration& data : program.data) {
    text += fmt::format("data {} {{\n", data.info.name);
    for (const DataField& field : data.fields) {
      std::string sources;
      for (const std::string& source : field.sources) sources += (sources.empty() ? "" : ", ") + source;
      text += fmt::format("  {}: {}   # from {}\n", field.name, to_string(field.type), sources);
    }
    text += "}\n";
  }
  Diagnostics diagnostics;
  ProgramElaborator setup(program, nullptr, diagnostics, nullptr, true);
  for (const Definition* definition : program.definitions.of_user()) {
    Item value = setup.elaborator.check_alone(*definition);
    std::string type = value.as<Poison>() != nullptr ? "checked at each call" : describe(value);
    text += fmt::format("{}   # {}\n", signature(*definition, equations), type);
    for (const Variable& variable : setup.elaborator.variables) {
      text += fmt::format("  {} {}: {}\n", variable.state ? "state" : "param", variable.path, to_string(variable.type));
    }
  }
  if (program.train == nullptr) return text;
  ProgramElaborator training(program, nullptr, diagnostics, nullptr, true);
  try {
    Enter enter(training.elaborator, training.train);
    training.enter_fields();
    training.loss();
  } catch (const Abandoned&) {
    return text;
  }
  text += "train {\n";
  text += settings_of_train(program.train_info);
  if (equations) text += objective_entries(program);
  for (const Variable& variable : training.elaborator.variables) {
    text += fmt::format("  {} {}: {}\n", variable.state ? "state" : "param", variable.path, to_string(variable.type));
  }
  text += "}\n";
  for (const ExpectInfo& expectation : program.expectations) text += "expect " + expectation.text + "\n";
  return text;
}

}  // namespace nnc
