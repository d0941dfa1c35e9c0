// The one evaluator of the language. It runs definitions over abstract values: with a graph it emits nodes, without one
// it only checks types, with axes that may be symbols. A definition is checked once (`generic`), and a call then
// matches its signature only; when a program is lowered, calls are evaluated through.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "frontend/elaborate/items.h"
#include "frontend/elaborate/open_scan.h"
#include "frontend/elaborate/parameter_view.h"
#include "frontend/elaborate/reports.h"
#include "frontend/syntax/definitions.h"

namespace nnc {

struct Elaborator : Reports {
  Elaborator(const Definitions& definitions, Diagnostics& diagnostics);

  const Definitions& definitions;
  TensorBuilder build;
  bool generic = false;          ///< checking definitions alone
  std::optional<bool> training;  ///< missing: not known
  std::vector<Variable> variables;
  std::map<std::string, size_t> variable_index;
  std::map<std::string, Value> state_now, state_next;  ///< by path, in the graph under construction
  std::vector<Application> applications;   ///< in the order in which they were first applied, owners before the owned
  std::map<std::string, Item> applied;     ///< results of layers by path and arguments
  std::map<std::string, Item> globals;     ///< options, data, and step where it is known
  std::set<std::string> constant_options;  ///< f32 options that an `if` asked for
  std::function<Item(const FieldFunction&, const std::vector<Item>&)> field_function;
  std::function<std::optional<Item>(const DataReference&, const std::string&)> data_member;
  std::function<std::optional<Item>(const ast::Expr&)> data_call;  ///< columns(…), standardize(…) in a data body
  std::function<void(const Origin&, const Items&)> on_apply;  ///< told of each body evaluated, and what it was given
  std::function<void(const PlaceOfCall&)> on_call;            ///< told of every call, where it is set
  std::map<std::string, Range> later;                         ///< names that the file defines further down
  bool lists_parameters = false;                              ///< `params(net)` was asked for, of those known so far
  bool keeps_initialiser = false;                             ///< the next call is a start value
  std::set<double> small_numbers;                             ///< that were warned about
  std::string random_path;                                    ///< where random numbers outside layers are keyed
  Value seed, step;
  std::vector<OpenScan*> scans;  ///< whose bodies are being evaluated, the innermost last
  int scans_made = 0;
  ParameterView view;
  int64_t separated = 0;                                                      ///< values made to ask gradients by
  std::function<void(const TypedTensor&, const Size&, Range)> becomes_class;  ///< told of numbers that become class(K)
  std::function<Item(const FieldFunction&, Range)> balanced;                  ///< weights of a field's classes
  std::function<TypedTensor(const TypedTensor&, Range)> counted_class;  ///< what `one_hot` of it takes in a data body

  // Expressions (elaborate_expressions.cpp).
  Item eval(const ast::Expr& expr);
  Item eval_name(const ast::Expr& expr);
  std::optional<Item> look_up(const std::string& name);
  std::optional<Range> defined_elsewhere(const std::string& name) const;  ///< out of sight, in the same file
  Item eval_chain(const ast::Expr& expr);
  Item binary(std::string_view op, const Item& a, const Item& b, Range at, Range left, Range right);
  std::optional<Item> function_of(const Word& word) const;  ///< the function that a word names: {relu, tanh}
  std::optional<Item> compare_word(const ast::Expr& expr);
  Item compare(const ast::Expr& expr);
  Item compare_items(const std::string& op, const Item& a, const Item& b, Range at, Range left, Range right);
  Item eval_is(const ast::Expr& expr);
  Item logic(bool conjunction, const ast::Expr& expr);
  Item alternatives(const Truth& condition, const ast::Expr& expr);
  const ast::TypeExpr* choice_of(const ast::Expr& expr) const;
  Item choose(const ast::Expr& expr);
  Item eval_index(const ast::Expr& expr);
  Item eval_field(const ast::Expr& expr);
  Item eval_record(const ast::Expr& expr);
  Item eval_index_form(const ast::Expr& expr);                            ///< `[i, j] => …` (index_form.cpp)
  Item eval_list(const ast::Expr& expr);                                  ///< `[1, 5, 1]` (elaborate_lists.cpp)
  Item eval_list_index(const Item& list, const ast::Expr& expr);          ///< one of its numbers, where it is known
  Item unify(const Item& a, const Item& b, const ast::Expr& expr);        ///< the values of the two branches of an `if`
  Truth truth(const ast::Expr& expr, const ast::Expr* choice = nullptr);  ///< the condition of an `if`, or of that one
  TypedTensor tensor(const Item& item, Range range, const std::string& what = "a tensor");
  /// As the builder's; a number that is 0 in the base's element, and was none before, is warned about.
  TypedTensor meet(const Number& number, Base base, Range range);
  TypedTensor meet(const NumberList& list, Base base, Range range);
  /// A number or a list as `meet` makes it; what has a type as it is.
  TypedTensor meet(const Item& item, Base base, Range range);
  /// Whether a number that is not 0 becomes 0 in this element: its kernels take denormals for 0.
  static bool vanishes(double number, Element element);
  Number number(const Item& item, Range range, const std::string& what = "a number");
  Number number_of(const ast::Expr& expr) { return number(eval(expr), expr.range); }
  TypedTensor tensor_of(const ast::Expr& expr) { return tensor(eval(expr), expr.range); }

  // Statements (elaborate_statements.cpp).
  Item run(const ast::Block& block, bool own_scope);
  void bind(const ast::Name& name, Item item, const ast::Expr& value);
  void assign(const std::string& name, Item item);
  void loop(const ast::Statement& statement);
  void param(const ast::Statement& statement);
  void state(const ast::Statement& statement);
  void next(const ast::Statement& statement);

  // Recurrences (elaborate_scan.cpp).
  Item scan(const ast::Statement& statement);
  bool next_of_scan(const ast::Statement& statement);  ///< false: it is no state of a scan that is meant
  void refuse_in_scan(const std::string& name, size_t scope, Range range);  ///< a name of outside bound in a body

  // Types and sizes (elaborate_types.cpp).
  TensorType type(const ast::TypeExpr& type, bool introduces = false);
  Size size(const ast::Expr& expr);
  /// `None`, of other tools an axis of any size, would be a name as any other: two of them one size. `instead` is what
  /// could stand there.
  void refuse_nothing(const ast::Expr& size, const std::string& instead = "",
                      const std::string& help = "an axis of any size has a name, such as B");
  Axes written_axes(const ast::TypeExpr& choice);                              ///< of the tensor that it may be
  Axes axes(const ast::Expr& list);                                            ///< of `shape:` and reshape
  std::vector<size_t> positions(const ast::Expr& expr, const TypedTensor& x);  ///< of `over:`, `along:`
  /// Binds the callee's axis names to those of the argument, or reports why the two don't fit.
  void match(Frame& callee, const ast::Parameter& parameter, Item& argument, Range range);
  void match_axis(Frame& callee, const ast::Expr& written, Axis& found, const std::function<void(const Size&)>& wrong);
  Item conform(const Item& value, const TensorType& wanted, Range range, const std::string& what, Range declared = {});

  // Calls (elaborate_calls.cpp).
  Item call(const ast::Expr& expr);
  Item call_item(const Item& callee, const std::vector<ast::Argument>& arguments, std::vector<Item> first, Range range,
                 Range callee_range, std::vector<Range> first_ranges);
  Item apply(const Closure& closure, std::vector<Item> arguments, std::vector<Range> ranges, Range range,
             const std::string& path);
  Item start_value(const ast::Expr& expr);  ///< of a param or state: a call of an initialiser stays a function
  Item apply_initialiser(const Item& start, const TensorType& wanted, const std::string& path, Range range);
  Item make(const Closure& closure, Range range);
  std::string name_instance(Instance& instance, const std::string& bound = "");
  void bind_settings(const Closure& closure, Frame& callee);
  Item setting(const Definition& definition, const ast::Parameter& parameter, Item given, Range range);
  void check_bounds(const Definition& definition, const ast::Parameter& parameter, const Item& given, Range range);
  Item unknown_setting(const ast::Parameter& parameter);
  /// Settings that are lists, against their types, once the arguments have said how long the callee's axes are.
  void match_lists(Frame& callee);
  Item argument_value(const Definition& definition, const ast::Argument& argument, size_t position, bool settings_open);
  Item call_closure(const Closure& closure, const std::vector<ast::Argument>& arguments, std::vector<Item> first,
                    Range range, Range callee_range, std::vector<Range> first_ranges);
  Item result_of(const Definition& definition, Frame& callee);
  /// The value of a definition that says its own gradient, with that (elaborate_own_gradient.cpp); others as it is.
  Item with_own_gradient(const Definition& definition, const Item& value, const std::vector<Item>& arguments);
  Item check_alone(const Definition& definition);  ///< once, with unknown settings and axes

  // Built-in functions (builtins/).
  Item call_builtin(const Builtin& builtin, const std::vector<ast::Argument>& arguments, std::vector<Item> first,
                    Range range, std::vector<Range> ranges);
  Value random(const Shape& shape, Base base);

  TypedTensor variable_tensor(const Variable& variable);
};

}  // namespace nnc
