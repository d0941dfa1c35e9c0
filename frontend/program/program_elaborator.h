// The evaluator set up for one program: its options, data and train in scope.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "frontend/elaborate/elaborator.h"
#include "frontend/program/program_parts.h"

namespace nnc {

/// An elaborator that knows the program's options alone, for as long as it lives.
struct OptionScope {
  OptionScope(const CheckedProgram& program, Diagnostics& diagnostics);

  Elaborator elaborator;
  Frame frame;
  Enter enter;
};

/// An elaborator with the program's options, data and train in scope. `bound` may be null (sizes stay symbols).
class ProgramElaborator {
 public:
  ProgramElaborator(const CheckedProgram& program, const BoundProgram* bound, Diagnostics& diagnostics, Graph* graph,
                    bool training);

  Elaborator elaborator;
  Frame train;
  std::map<std::string, double> settings;  ///< inputs `setting.<name>` that were used
  std::vector<Variable> optimizer_states;
  std::set<std::string> untrained;  ///< parameters that the loss reaches through `frozen` alone
  std::vector<MetricInfo> metric_infos;
  std::vector<Fit> fits;
  std::vector<NumberCheck> checks;     ///< numbers that became classes or integers
  std::vector<NumberCheck> uncounted;  ///< of those, classes of which the data decides how many there are, and did not
  std::set<std::pair<std::string, std::string>> counted;  ///< (data, source) of classes that `balanced` asks for
  /// What was given to a field used as a function, and which raw source it stands for: (data, source) by node.
  std::map<NodeId, std::pair<std::string, std::string>> fed;

  /// Puts the fields of the training data into scope, gathered from their columns.
  void enter_fields();
  TypedTensor loss();
  /// The optimizer that `train` names, with its settings; sgd where it names none.
  Closure optimizer();
  /// Adds the metrics' totals to the graph's results.
  void metrics();
  /// Adds the totals of a single number: "NAME.sum", of what is a mean over rows, and "NAME.above.0", "NAME.below.0" of
  /// each quotient of sums in it.
  void add_totals(const std::string& name, const TypedTensor& value);
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
  /// A weight for each class of a field, so that all classes count alike.
  Item balanced(const FieldFunction& function, Range range);
  Item evaluate(const std::string& key);  ///< a key of train

 private:
  /// Where an entry of `train` is evaluated: in `train` itself, or, of the command line, in `given`, made so.
  Frame& frame_of_entry(const TrainEntry& entry, Frame& given);
  Range place_of_optimizer() const;  ///< the keyword of `train` where it names none
  void enter_options();
  void raw_base(const DataDeclaration& data, const DataField& field, const RawSource& source, TensorType& type) const;
  void find_variables();
  std::optional<Item> data_call(const ast::Expr& expr);
  Item fitted(const ast::Expr& expr, bool standardize);
  /// A raw source as the field's expression sees it: one sample, without the axis of rows.
  TypedTensor one_sample(const RawSource& source);
  /// What was computed of one sample, for every row.
  Value every_row(Value sample, Range range);
  /// Field expressions are computed in double and rounded once, to what `wanted` asks for.
  Item meet_declared(const Item& value, TensorType& wanted, Range range);
  // Numbers that become classes or integers (field_checks.cpp).
  void check_class(const TypedTensor& x, const Size& classes, Range range);
  void check_integers(const TypedTensor& x, Base base, Range range);
  void add_check(Value number, NumberCheck check, Range range);
  /// Numbers of a field as a class of that many, or of as many as the data has; other tensors as they are.
  TypedTensor as_class(const TypedTensor& x, const std::optional<Size>& declared, Range range);
  Size computed_classes(const TypedTensor& x, Range range);
  void refuse_shape(const Item& value, const TensorType& wanted, Range range);
  void refuse_kind(const Item& value, const TensorType& wanted, Range range);
  Item field_value(const DataDeclaration& data, const DataField& field);
  void metric(const std::string& name, const ast::Expr& expr);
  void plain_metric(const std::string& name, const ast::Expr& expr);
  void update(const Variable& variable, const Closure& optimizer, Value gradient, std::vector<Result>& results);
  std::vector<Value> clipped(std::vector<Value> gradients);
  Number setting_input(const std::string& name, const Number& number);

  const CheckedProgram& program_;
  const BoundProgram* bound_;
  struct FieldContext {
    const DataDeclaration* data = nullptr;
    const DataField* field = nullptr;
    const std::function<TypedTensor(const RawSource&)>* raw = nullptr;
    int fits = 0, classes = 0;                    ///< so far
    std::unordered_map<NodeId, Value> rows = {};  ///< by the node that stands for one sample of it
  };
  FieldContext field_;
};

/// The field over `raw.<name>` inputs as the result `value` of the elaborator's graph.
void lower_field_into(ProgramElaborator& setup, const DataDeclaration& data, const DataField& field);

/// The column that `"medv"`, or an option of type string, names; nothing for any other expression.
std::optional<std::string> column_name(Elaborator& elaborator, const ast::Expr& expr);

/// Lowers training, evaluation and start values of a program whose parameters are known, and keeps them in it.
void lower_graphs(BoundProgram& program);
/// One training step, with an elaborator that `prepare` may set hooks of.
Graph lower_training(const BoundProgram& program, const std::function<void(Elaborator&)>& prepare);

/// Runs `build` with diagnostics of its own; what it reports is a Failure (exit 1) with the rendered text.
void lowering(const BoundProgram& program, const std::function<void(Diagnostics&)>& build);

}  // namespace nnc
