// The typed program as text: every definition with its type, data fields, parameters and the settings of `train`.

#include <fmt/format.h>

#include "frontend/program/program_elaborator.h"

namespace nnc {

namespace {

/// What of `train` is no setting with a value but an equation or a name, as the file has it.
std::string objective_entries(const CheckedProgram& program) {
  std::string text;
  for (const char* key : {"valid", "test", "loss", "metrics", "optimizer", "clip", "stop"}) {
    auto found = program.train_entries.find(key);
    if (found == program.train_entries.end()) continue;
    const TrainEntry& entry = found->second;
    text += fmt::format("  {} = {}\n", key, entry.source->slice(entry.entry->value->range));
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
  const TrainInfo& info = program.train_info;
  text +=
      fmt::format("  data = {}{}\n  batch = {}\n", info.data, info.split == "all" ? "" : "." + info.split, info.batch);
  text += info.steps > 0 ? fmt::format("  steps = {}\n", info.steps) : fmt::format("  epochs = {}\n", info.epochs);
  text +=
      fmt::format("  seed = {}\n  shuffle = {}\n  precision = {}\n", info.seed, info.shuffle, spelling(info.precision));
  if (equations) text += objective_entries(program);
  for (const Variable& variable : training.elaborator.variables) {
    text += fmt::format("  {} {}: {}\n", variable.state ? "state" : "param", variable.path, to_string(variable.type));
  }
  text += "}\n";
  for (const ExpectInfo& expectation : program.expectations) text += "expect " + expectation.text + "\n";
  return text;
}

}  // namespace nnc
