// check: one walk with sizes that the data decides as symbols; every message that needs no data.

#include "frontend/program/program.h"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <utility>

#include "frontend/program/program_elaborator.h"
#include "frontend/program/understanding.h"
#include "frontend/syntax/imports.h"
#include "frontend/syntax/reserved.h"
#include "support/error.h"

namespace nnc {

namespace {

void check_duplicates(const CheckedProgram& program, Diagnostics& diagnostics) {
  const ast::Item* first = nullptr;
  for (const ast::Item& item : program.file.items) {
    if (item.kind != ast::ItemKind::train) continue;
    if (first != nullptr)
      diagnostics.error("E0307", item.keyword, "a file has one 'train'").note(first->keyword, "the first one");
    else
      first = &item;
  }
}

bool blank(const ast::File& file) { return file.items.empty(); }

/// Settings and arguments of a definition stand in one scope.
void check_arguments(const ast::File& file, Diagnostics& diagnostics) {
  for (const ast::Item& item : file.items) {
    std::map<std::string, Range> seen;
    for (const auto* list : {&item.settings, &item.parameters}) {
      for (const ast::Parameter& parameter : *list) {
        auto [first, fresh] = seen.emplace(parameter.name.text, parameter.name.range);
        if (fresh || parameter.name.empty()) continue;
        diagnostics.error("E0307", parameter.name.range, fmt::format("'{}' is defined twice", parameter.name.text))
            .note(first->second, "first defined here");
      }
    }
  }
}

/// A prediction is one tensor, so what is exported gives one.
void check_exported_value(const Definition& definition, const Item& value, Diagnostics& diagnostics) {
  std::string parts;
  if (const auto* record = value.as<Record>()) parts = fmt::format("'{}'", fmt::join(record->names, "', '"));
  if (parts.empty() && value.as<Tuple>() == nullptr) return;
  const std::string& name = definition.name();
  diagnostics
      .error("E0334", definition.item->name.range,
             fmt::format("'{}' is exported and gives {}{}: a prediction is one tensor", name, describe(value),
                         parts.empty() ? "" : ", " + parts))
      .suggest("an 'export fn' for each of them; 'nnc predict --fn NAME' chooses");
}

/// Each definition of the file alone; a definition that is wrong does not stop the others.
void check_definitions(const CheckedProgram& program, ProgramElaborator& setup) {
  for (const Definition* definition : program.definitions.of_user()) {
    if (definition->item->body) {
      Item value = setup.elaborator.check_alone(*definition);
      if (definition->item->exported) check_exported_value(*definition, value, setup.elaborator.diagnostics);
    }
    if (setup.elaborator.exhausted()) return;
  }
}

void check_optimizer(ProgramElaborator& setup) {
  try {
    setup.optimizer();
  } catch (const Abandoned&) {
  }
}

/// Loss, metrics and optimizer with the axes of the data; nothing is lowered.
void check_training(const CheckedProgram& program, ProgramElaborator& setup) {
  Enter enter(setup.elaborator, setup.train);
  setup.enter_fields();
  TypedTensor loss;
  try {
    loss = setup.loss();
  } catch (const Abandoned&) {
    check_optimizer(setup);
    return;
  }
  bool parameters = false;
  for (const Variable& variable : setup.elaborator.variables) parameters = parameters || !variable.state;
  if (!parameters) {
    setup.elaborator.diagnostics.error("E0918", program.train_entries.at("loss").range,
                                       "the loss uses no parameter: there is nothing to train");
    check_optimizer(setup);
    return;
  }
  try {
    setup.metrics();
    setup.optimize(loss);
  } catch (const Abandoned&) {
  }
  warn_empty_parameters(setup.elaborator.variables, setup.elaborator.diagnostics);
}

/// Every function that is exported must check with what it calls.
void check_exports(const CheckedProgram& program, Diagnostics& diagnostics) {
  for (const ast::Item& item : program.file.items) {
    if (!item.exported) continue;
    for (const ast::Parameter& parameter : item.parameters) {
      if (!parameter.type) {
        diagnostics.error("E0334", parameter.name.range, "an exported function says the types of its arguments");
      }
    }
  }
}

/// Reading the data counts the classes that `balanced` asks for.
void mark_counted(CheckedProgram& program, const ProgramElaborator& setup) {
  for (DataDeclaration& data : program.data) {
    for (RawSource& source : data.info.sources) {
      source.counted = source.counted || setup.counted.contains({data.info.name, source.name});
    }
  }
}

/// Everything behind the syntax. What is wrong in one part does not hide what is wrong in another that stands without
/// it.
void check_items(CheckedProgram& program, Diagnostics& diagnostics) {
  check_options(program, diagnostics);
  bool options_known = !diagnostics.has_errors();
  check_data(program, diagnostics);
  for (const ast::Item& item : program.file.items) {
    if (item.kind == ast::ItemKind::train) program.train = &item;
  }
  if (program.train != nullptr) check_train_keys(program, diagnostics);
  ProgramElaborator definitions(program, nullptr, diagnostics, nullptr, true);
  check_definitions(program, definitions);
  mark_counted(program, definitions);
  check_exports(program, diagnostics);
  check_expectations(program, diagnostics);
  if (program.train == nullptr) return;
  ProgramElaborator training(program, nullptr, diagnostics, nullptr, true);
  if (!diagnostics.has_errors()) {
    check_training(program, training);
    mark_counted(program, training);
    program.variables = training.elaborator.variables;
    program.left_open = training.elaborator.left_open;
    if (!diagnostics.has_errors()) {
      warn_unused_layers(program, diagnostics);
      warn_swapped_target(program, diagnostics);
    }
  } else if (options_known) {
    check_optimizer(training);
  }
}

}  // namespace

Understanding understand(const CheckedProgram& program) {
  Understanding result;
  Diagnostics diagnostics;
  auto look_at = [&](void (*part)(const CheckedProgram&, ProgramElaborator&)) {
    ProgramElaborator setup(program, nullptr, diagnostics, nullptr, true);
    setup.elaborator.on_call = [&](const PlaceOfCall& call) { result.calls.push_back(call); };
    part(program, setup);
    result.constant_options.merge(setup.elaborator.constant_options);
  };
  look_at(check_definitions);
  if (program.train != nullptr) look_at(check_training);
  return result;
}

Checked check(const SourceFile& source, const Overrides& overrides, Diagnostics& diagnostics) {
  auto program = std::make_shared<CheckedProgram>();
  program->source = &source;
  program->overrides = overrides;
  if (overrides.precision) program->train_info.precision = *overrides.precision;
  program->file = parse(source, diagnostics);
  check_imports(program->file, source, diagnostics);
  refuse_reserved_names(program->file, diagnostics);
  if (blank(program->file) && !diagnostics.has_errors()) {
    diagnostics.error("E0200", {0, 0}, "no network defined").suggest("a file has a 'model' and a 'train', or a 'fn'");
  }
  program->definitions.base = Definitions::library();
  program->definitions.add(program->file, source, diagnostics);
  check_duplicates(*program, diagnostics);
  check_arguments(program->file, diagnostics);
  refuse_recursion(program->definitions, diagnostics);
  if (!diagnostics.has_errors()) {
    check_items(*program, diagnostics);
  } else if (only_reserved(diagnostics)) {
    Diagnostics rest;
    check_items(*program, rest);
    add_errors_beside_reserved(rest, diagnostics);
  }
  if (!diagnostics.has_errors()) return program;
  check_train_names(*program, diagnostics);
  return nullptr;
}

Elaborations elaborations(const CheckedProgram& program) { return *program.elaborations; }

std::vector<OptionInfo> options(const CheckedProgram& program) {
  std::vector<OptionInfo> result;
  for (const OptionValue& option : program.options) result.push_back(option.info);
  return result;
}

std::vector<DataInfo> data_declarations(const CheckedProgram& program) {
  std::vector<DataInfo> result;
  for (const DataDeclaration& data : program.data) result.push_back(data.info);
  return result;
}

std::vector<std::string> unchecked(const CheckedProgram& program) { return program.unchecked; }

}  // namespace nnc
