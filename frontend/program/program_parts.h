// What a checked and a bound program hold, and the steps that fill them.
#pragma once

#include <exception>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "frontend/elaborate/frame.h"
#include "frontend/elaborate/reports.h"
#include "frontend/program/program.h"
#include "frontend/syntax/ast.h"
#include "frontend/syntax/definitions.h"

namespace nnc {

struct DataField {
  std::string name;
  const ast::Entry* entry = nullptr;
  TensorType type;                   ///< of one sample; sizes that the data decides are symbols "houses.F"
  std::vector<std::string> sources;  ///< raw sources that it is made of
  bool direct = false;               ///< the raw source as it stands
  bool scaling_only = false;         ///< arithmetic of one raw source with numbers: done in the step when that is u8
};

struct DataDeclaration {
  const ast::Item* item = nullptr;
  DataInfo info;
  std::vector<DataField> fields;
  std::vector<std::string> sizes;  ///< names of sizes that the data decides: "F"
  bool wrong_source = false;       ///< reported; its splits are not known

  const DataField* field(const std::string& name) const;
  const RawSource* source(const std::string& name) const;
};

/// An option's value as the program sees it.
struct OptionValue {
  OptionInfo info;
  Item item;  ///< a number without node
  bool is_setting = false;
};

/// A key of `train`: from the file, or from the command line.
struct TrainEntry {
  const ast::Entry* entry = nullptr;
  const SourceFile* source = nullptr;
  Range range;  ///< in the program's file
};

struct CheckedProgram {
  const SourceFile* source = nullptr;
  ast::File file;
  Definitions definitions;
  Overrides overrides;
  std::vector<OptionValue> options;
  std::vector<DataDeclaration> data;
  const ast::Item* train = nullptr;
  std::map<std::string, TrainEntry> train_entries;
  std::vector<std::pair<std::unique_ptr<SourceFile>, ast::File>> command_line;  ///< what --train.KEY parsed to
  TrainInfo train_info;
  std::vector<ExpectInfo> expectations;
  std::vector<std::string> unchecked;
  std::vector<Variable> variables;  ///< parameters and states of the model, with sizes that the data decides as symbols
  OpenWarnings left_open;           ///< what hangs on a number that only the data knows: binding judges it
  std::shared_ptr<Elaborations> elaborations = std::make_shared<Elaborations>();  ///< so far

  const DataDeclaration* find_data(const std::string& name) const;
};

/// A graph, or what stopped its lowering: thrown when the graph is asked for, as not every command needs it.
struct LoweredGraph {
  Graph graph;
  std::exception_ptr refused;

  const Graph& get() const {
    if (refused) std::rethrow_exception(refused);
    return graph;
  }
};

/// A field over raw sources, with what it makes of them on the way.
struct LoweredField {
  std::string data, field;
  Graph graph;
  bool in_step = false;  ///< computed in the step, from the raw bytes: no column of its own
};

/// The program with the data's numbers, and every graph of it that needs no more, lowered once.
struct BoundProgram {
  Checked checked;
  std::map<std::string, DataFacts> facts;
  std::map<std::string, Size> sizes;  ///< "houses.F" → number
  TrainInfo train;
  std::vector<MetricInfo> metrics;
  std::vector<Fit> fits;
  std::map<std::string, double> settings;
  std::vector<Variable> variables;  ///< parameters and states of the model
  std::vector<Variable> optimizer_states;
  std::set<std::string> untrained;  ///< parameters that the loss reaches through `frozen` alone
  std::vector<NumberCheck> checks;       ///< of fields
  std::vector<NumberCheck> step_checks;  ///< of what functions turn into classes in a step
  std::vector<LoweredField> fields;
  LoweredGraph training, evaluation, initial;
};

// Steps of `check`, each reporting what is wrong.
void check_options(CheckedProgram& program, Diagnostics& diagnostics);
void check_data(CheckedProgram& program, Diagnostics& diagnostics);
void check_train_keys(CheckedProgram& program, Diagnostics& diagnostics);
void check_expectations(CheckedProgram& program, Diagnostics& diagnostics);
/// Warns of layers and models that nothing in the file uses.
void warn_unused_layers(const CheckedProgram& program, Diagnostics& diagnostics);
/// Warns of losses and metrics in `train` whose prediction is data and whose target is computed from parameters, where
/// that gives another number than the other way round.
void warn_swapped_target(const CheckedProgram& program, Diagnostics& diagnostics);
/// Warns of parameters without an element: an axis of theirs is 0.
void warn_empty_parameters(const std::vector<Variable>& variables, Diagnostics& diagnostics);
/// Warns of parameters that the loss's gradient does not reach; when it reaches none, that is an error.
void check_paths_to_loss(const BoundProgram& program, Diagnostics& diagnostics);
/// Names in loss, metrics and optimizer that nothing in the file has, for a file that has other mistakes.
void check_train_names(const CheckedProgram& program, Diagnostics& diagnostics);

/// The dotted name of `valid.mae`, or empty.
std::string dotted(const ast::Expr& expr);

}  // namespace nnc
