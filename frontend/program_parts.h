// What a checked and a bound program hold, and the evaluator set up for one of them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "frontend/ast.h"
#include "frontend/definitions.h"
#include "frontend/elaborator.h"
#include "frontend/program.h"

namespace nnc {

struct DataField {
  std::string name;
  const ast::Entry* entry = nullptr;
  TensorType type;                   ///< of one sample; sizes that the data decides are symbols "houses.F"
  std::vector<std::string> sources;  ///< raw sources that it is made of
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

  const DataDeclaration* find_data(const std::string& name) const;
};

/// A plain metric, or an instance of a `metric`.
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
};

// Steps of `check`, each reporting what is wrong.
void check_options(CheckedProgram& program, Diagnostics& diagnostics);
void check_data(CheckedProgram& program, Diagnostics& diagnostics);
void check_train_keys(CheckedProgram& program, Diagnostics& diagnostics);
void check_expectations(CheckedProgram& program, Diagnostics& diagnostics);
/// Warns of layers and models that nothing in the file uses.
void warn_unused_layers(const CheckedProgram& program, Diagnostics& diagnostics);
/// Warns of parameters that the loss's gradient does not reach; when it reaches none, that is an error.
void check_paths_to_loss(const BoundProgram& program, Diagnostics& diagnostics);
/// Names in loss, metrics and optimizer that nothing in the file has, for a file that has other mistakes.
void check_train_names(const CheckedProgram& program, Diagnostics& diagnostics);

/// An elaborator with the program's options, data and train in scope. `bound` may be null (sizes stay symbols).
class ProgramElaborator {
 public:
  ProgramElaborator(const CheckedProgram& program, const BoundProgram* bound, Diagnostics& diagnostics, Graph* graph,
                    bool training);

  Elaborator elaborator;
  Frame train;
  std::map<std::string, double> settings;  ///< inputs `setting.<name>` that were used
  std::vector<Variable> optimizer_states;
  std::vector<MetricInfo> metric_infos;
  std::vector<Fit> fits;
  /// What was given to a field used as a function, and which raw source it stands for: (data, source) by node.
  std::map<NodeId, std::pair<std::string, std::string>> fed;

  /// Puts the fields of the training data into scope, gathered from their columns.
  void enter_fields();
  TypedTensor loss();
  /// The optimizer that `train` names, with its settings; sgd where it names none.
  Closure optimizer();
  /// Adds the metrics' totals to the graph's results.
  void metrics();
  /// Adds the updates of all parameters and states.
  void optimize(const TypedTensor& loss);
  /// A field over raw tensors with a leading axis of rows.
  TypedTensor field(const DataDeclaration& data, const DataField& field,
                    const std::function<TypedTensor(const RawSource&)>& raw);
  /// The type of a raw source with a leading axis of rows, as a field that uses it sees it.
  TensorType raw_type(const DataDeclaration& data, const DataField& field, const RawSource& source) const;
  /// The element type that the data has.
  Element raw_element(const DataDeclaration& data, const RawSource& source) const;
  /// Whether the step itself computes the field from the raw column.
  bool in_step(const DataDeclaration& data, const DataField& field) const;
  Item call_field(const FieldFunction& function, const std::vector<Item>& arguments);
  Item evaluate(const std::string& key);  ///< a key of train

 private:
  void enter_options();
  std::optional<Item> data_call(const ast::Expr& expr);
  Item fitted(const ast::Expr& expr, bool standardize);
  void metric(const std::string& name, const ast::Expr& expr);
  void plain_metric(const std::string& name, const ast::Expr& expr);
  Value first_row(Value value);
  void total(const std::string& name, Value value);
  void update(const Variable& variable, const Closure& optimizer, Value gradient, std::vector<Result>& results);
  std::vector<Value> clipped(std::vector<Value> gradients);
  Number setting_input(const std::string& name, const Number& number);

  const CheckedProgram& program_;
  const BoundProgram* bound_;
  struct FieldContext {
    const DataDeclaration* data = nullptr;
    const DataField* field = nullptr;
    const std::function<TypedTensor(const RawSource&)>* raw = nullptr;
    int fits = 0;
  };
  FieldContext field_;
};

/// The field over `raw.<name>` inputs as the result `value` of the elaborator's graph.
void lower_field_into(ProgramElaborator& setup, const DataDeclaration& data, const DataField& field);

/// As lower_training(program), with an elaborator that `prepare` may set hooks of.
Graph lower_training(const BoundProgram& program, const std::function<void(Elaborator&)>& prepare);

/// Runs `build` with diagnostics of its own; what it reports is a Failure (exit 1) with the rendered text.
void lowering(const BoundProgram& program, const std::function<void(Diagnostics&)>& build);

/// What the checker found in the file's definitions and its `train`: every call in the order in which it was looked at
/// (one in a definition that is used twice may come twice), and the f32 options that decide an `if` or a size.
struct Understanding {
  std::vector<CallSite> calls;
  std::set<std::string> constant_options;
};
Understanding understand(const CheckedProgram& program);

/// The dotted name of `valid.mae`, or empty.
std::string dotted(const ast::Expr& expr);

}  // namespace nnc
