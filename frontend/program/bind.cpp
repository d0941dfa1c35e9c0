// bind: one walk with the data's numbers, and every graph of the program that needs no more.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "frontend/program/program.h"
#include "frontend/program/program_elaborator.h"
#include "frontend/program/source_kinds.h"
#include "frontend/program/train_keys.h"
#include "support/error.h"

namespace nnc {

namespace {

/// The numbers of sizes that the data decides, from a field's declared type and what it turned out to be.
void find_sizes(BoundProgram& bound, Diagnostics& diagnostics) {
  const CheckedProgram& program = *bound.checked;
  ProgramElaborator setup(program, &bound, diagnostics, nullptr, true);
  Enter enter(setup.elaborator, setup.train);
  for (const DataDeclaration& data : program.data) {
    auto facts = bound.facts.find(data.info.name);
    if (facts == bound.facts.end()) continue;
    if (const std::string_view size = kind_of(data.info).size; !size.empty()) {
      for (const SourceFacts& source : facts->second.sources) {
        bound.sizes[fmt::format("{}.{}", data.info.name, size)] = Size(source.classes);
      }
    }
    for (const DataField& field : data.fields) {
      std::function<TypedTensor(const RawSource&)> raw = [&](const RawSource& source) {
        return TypedTensor{setup.raw_type(data, field, source), {}};
      };
      TypedTensor value;
      try {
        value = setup.field(data, field, raw);
      } catch (const Abandoned&) {
        continue;
      }
      auto found = [&](const Size& declared, const Size& size) {
        std::vector<std::string> symbols = declared.symbols();
        if (symbols.size() == 1 && declared == Size::symbol(symbols[0]) && size.number())
          bound.sizes[symbols[0]] = size;
      };
      for (size_t i = 0; i < field.type.axes.size() && i + 1 < value.type.axes.size(); ++i) {
        found(field.type.axes[i].size, value.type.axes[i + 1].size);
      }
      if (field.type.is(Base::label)) found(field.type.classes, value.type.classes);
    }
  }
}

/// What is exported once more, with the sizes that the data decides: `a: f32[B, 2]` for the columns of the file.
void check_exports(const BoundProgram& bound, Diagnostics& diagnostics) {
  ProgramElaborator setup(*bound.checked, &bound, diagnostics, nullptr, false);
  for (const Definition* definition : bound.checked->definitions.of_user()) {
    if (definition->item->exported && definition->item->body) setup.elaborator.check_alone(*definition);
  }
}

/// A raw source as it stands, or scaled, is no class that is computed unless it is declared as one.
bool may_count_classes(const DataField& field) {
  return !field.direct && (!field.scaling_only || field.type.is(Base::label));
}

/// Lowers each wanted field of the data that is known, and shows what that came to.
void for_each_field(const BoundProgram& bound, Diagnostics& diagnostics, bool (*wanted)(const DataField&),
                    const std::function<void(LoweredField, ProgramElaborator&)>& show) {
  for (const DataDeclaration& data : bound.checked->data) {
    if (bound.facts.find(data.info.name) == bound.facts.end()) continue;
    for (const DataField& field : data.fields) {
      if (!wanted(field)) continue;
      LoweredField lowered{data.info.name, field.name, Graph(fmt::format("{}_{}", data.info.name, field.name))};
      ProgramElaborator fields(*bound.checked, &bound, diagnostics, &lowered.graph, false);
      lowered.in_step = fields.in_step(data, field);
      try {
        lower_field_into(fields, data, field);
      } catch (const Abandoned&) {
      } catch (const Refusal& refusal) {
        diagnostics.error(refusal.code, field.entry->value->range, refusal.message);
      }
      show(std::move(lowered), fields);
    }
  }
}

void check_batch(const BoundProgram& bound, Diagnostics& diagnostics) {
  const CheckedProgram& program = *bound.checked;
  auto facts = bound.facts.find(bound.train.data);
  if (facts == bound.facts.end()) return;
  auto rows = facts->second.rows.find(bound.train.split);
  if (rows == facts->second.rows.end() || program.train_entries.count("batch") == 0) return;
  if (rows->second > 0 && bound.train.batch > rows->second) {
    diagnostics.warning("W0919", program.train_entries.at("batch").range,
                        fmt::format("the batch of {} is larger than the {} rows: every step takes all of them",
                                    bound.train.batch, rows->second));
  }
}

/// Parameters and states whose number of elements was not known before: checking has judged the others.
std::vector<Variable> sized_by_data(const BoundProgram& bound) {
  std::vector<Variable> found;
  for (const Variable& variable : bound.variables) {
    const std::vector<Variable>& before = bound.checked->variables;
    auto same = std::find_if(before.begin(), before.end(), [&](const Variable& v) { return v.path == variable.path; });
    if (same == before.end() || !product(same->type.axes).number()) found.push_back(variable);
  }
  return found;
}

}  // namespace

std::vector<NumberCheck> uncounted_classes(const Checked& program, const std::vector<DataFacts>& facts) {
  BoundProgram bound;
  bound.checked = program;
  bound.train = program->train_info;
  for (const DataFacts& one : facts) bound.facts[one.data] = one;
  std::vector<NumberCheck> found;
  Diagnostics ignored;  // shapes that hang on these counts; `bind` reports what is wrong
  for_each_field(bound, ignored, may_count_classes, [&](const LoweredField&, ProgramElaborator& fields) {
    for (NumberCheck& check : fields.uncounted) found.push_back(std::move(check));
  });
  return found;
}

Bound bind(Checked program, const std::vector<DataFacts>& facts, Diagnostics& diagnostics) {
  auto bound = std::make_shared<BoundProgram>();
  bound->checked = std::move(program);
  const CheckedProgram& checked = *bound->checked;
  bound->train = checked.train_info;
  for (const DataFacts& one : facts) bound->facts[one.data] = one;
  for (const auto& [key, entry] : checked.train_entries) {
    if (entry.source != checked.source) diagnostics.blame_at(entry.range, entry.source->name());
  }
  find_sizes(*bound, diagnostics);
  if (diagnostics.has_errors()) return nullptr;
  check_batch(*bound, diagnostics);
  Diagnostics trial;  // what is no error was told when the program was checked
  check_exports(*bound, trial);
  if (trial.has_errors()) {
    check_exports(*bound, diagnostics);
    return nullptr;
  }
  if (checked.train == nullptr) return bound;
  ProgramElaborator setup(checked, bound.get(), diagnostics, nullptr, true);
  Enter enter(setup.elaborator, setup.train);
  try {
    setup.enter_fields();
    TypedTensor loss = setup.loss();
    // Once more, now that all parameters are known: `l2(net)` may stand before the first `net(x)`.
    if (setup.elaborator.lists_parameters) loss = setup.loss();
    setup.metrics();
    setup.optimize(loss);
  } catch (const Abandoned&) {
    if (!diagnostics.has_errors()) internal_error("a program that checks could not be bound, and nothing says why");
  }
  if (diagnostics.has_errors()) return nullptr;
  bound->variables = setup.elaborator.variables;
  warn_empty_parameters(sized_by_data(*bound), diagnostics);
  bound->optimizer_states = setup.optimizer_states;
  bound->untrained = setup.untrained;
  bound->settings = setup.settings;
  bound->metrics = setup.metric_infos;
  // The fits and checks need their argument as a graph.
  Diagnostics own;
  for_each_field(
      *bound, own, [](const DataField&) { return true; },
      [&](LoweredField field, ProgramElaborator& fields) {
        bound->fields.push_back(std::move(field));
        for (Fit& fit : fields.fits) bound->fits.push_back(std::move(fit));
        for (NumberCheck& check : fields.checks) bound->checks.push_back(std::move(check));
      });
  for (const Diagnostic& diagnostic : own.all()) {
    diagnostics.error(diagnostic.code, diagnostic.range, diagnostic.message);
  }
  if (diagnostics.has_errors()) return nullptr;
  lower_graphs(*bound);
  check_paths_to_loss(*bound, diagnostics);
  if (diagnostics.has_errors()) return nullptr;
  return bound;
}

const TrainInfo& train_info(const BoundProgram& program) { return program.train; }
const std::vector<MetricInfo>& metrics(const BoundProgram& program) { return program.metrics; }
const std::vector<ExpectInfo>& expectations(const BoundProgram& program) { return program.checked->expectations; }
const std::vector<Fit>& fits(const BoundProgram& program) { return program.fits; }
const std::vector<NumberCheck>& number_checks(const BoundProgram& program) { return program.checks; }
std::map<std::string, double> settings(const BoundProgram& program) { return program.settings; }

std::map<std::string, std::string> resolved(const BoundProgram& program) {
  std::map<std::string, std::string> result;
  for (const OptionValue& option : program.checked->options) result[option.info.name] = option.info.value_text;
  for (const TrainKey& key : train_keys()) {
    const std::string value = key.text != nullptr ? key.text(program.train) : "";
    if (!value.empty()) result[fmt::format("train.{}", key.name)] = value;
  }
  for (const auto& [key, entry] : program.checked->train_entries) {
    std::string text(entry.source->slice(entry.entry->value->range));
    result.emplace("train." + key, text);
  }
  return result;
}

}  // namespace nnc
