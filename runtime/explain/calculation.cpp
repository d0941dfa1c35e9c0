#include "runtime/explain/calculation.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "frontend/program/functions.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "passes/differentiate.h"
#include "runtime/dataset/number_checks.h"
#include "runtime/dataset/row_inputs.h"
#include "runtime/io/data_error.h"
#include "runtime/io/literal.h"
#include "runtime/train/work.h"
#include "runtime/weights/weights.h"
#include "support/default_arithmetic.h"
#include "support/diagnostics.h"
#include "support/error.h"
#include "support/shell_word.h"

namespace nnc {

namespace {

constexpr double kMostOperations = 1 << 27, kMostElements = 1 << 25;  ///< of the loss of a batch, walked through

[[noreturn]] void usage(const std::string& message) {
  throw Failure(ExitCode::wrong_command, "nnc: error: " + message);
}

std::string did_you_mean(const std::string& name, const std::vector<std::string>& candidates, std::string_view before) {
  std::string near = nearest(name, candidates);
  return near.empty() ? "" : fmt::format("; did you mean '{}{}'?", before, near);
}

std::string list_of(const std::vector<FunctionInfo>& found) {
  std::string text;
  for (const FunctionInfo& function : found) text += "\n note: " + function.signature;
  return text;
}

/// The function that is meant; null: the loss. A layer of the model has the path that `nnc summary` gives it.
const FunctionInfo* choose(const std::vector<FunctionInfo>& found, const std::vector<FunctionInfo>& layers,
                           const CalculationRequest& request, const std::string& file, bool loss) {
  const std::string& name = request.function;
  if (name.empty()) {
    if (loss) return nullptr;
    std::vector<const FunctionInfo*> plain;
    for (const FunctionInfo& function : found) {
      if (!function.is_layer) plain.push_back(&function);
    }
    if (plain.size() == 1) return plain.front();
    if (found.size() == 1) return &found.front();
    if (found.empty()) usage(fmt::format("there is no function in {}", escape_for_terminal(file)));
    usage(fmt::format("{} has {} functions; name one of them{}{}", escape_for_terminal(file), found.size(),
                      request.flag.empty() ? "" : fmt::format(": {} {}", request.flag, found.front().name),
                      list_of(found)));
  }
  std::vector<std::string> names;
  const bool path = name.find('.') != std::string::npos;
  for (const FunctionInfo& function : path ? layers : found) {
    if (function.name == name) return &function;
    names.push_back(function.name);
  }
  if (path) {
    usage(fmt::format("no layer that the loss of {} applies is called '{}'{}\n help: 'nnc summary {}' lists them",
                      escape_for_terminal(file), escape_for_terminal(name), did_you_mean(name, names, ""),
                      shell_word(file)));
  }
  usage(fmt::format("there is no function '{}' in {}{}{}", escape_for_terminal(name), escape_for_terminal(file),
                    did_you_mean(name, names, ""), list_of(found)));
}

/// The loss of the training graph, its columns read as inputs of B rows. `calls` are made those of the new graph.
Graph loss_graph(const Graph& training, std::vector<LibraryCallArguments>& calls) {
  std::unordered_map<NodeId, NodeId> mapped;
  Graph graph = read_rows_as_inputs(forward_of(training), &mapped);
  graph.name = kLoss;
  for (LibraryCallArguments& call : calls) {
    for (NodeId& id : call.arguments) {
      auto there = mapped.find(id);
      id = there == mapped.end() ? kNoNode : there->second;
    }
  }
  return graph;
}

std::vector<int32_t> rows_of(const Session& session, const CalculationRequest& request) {
  const TrainInfo& info = train_info(session.bound());
  const std::vector<int32_t>& rows = session.prepared().data.find(info.data).rows(info.split);
  if (!request.sample) return {rows.begin(), rows.begin() + std::min(session.prepared().batch, request.most_rows)};
  auto count = static_cast<int64_t>(rows.size());
  if (*request.sample < 0 || *request.sample >= count) {
    usage(fmt::format("there is no sample {}: '{}' has {} rows, numbered 0 to {}", *request.sample,
                      info.split == "all" ? info.data : info.data + "." + info.split, count, count - 1));
  }
  return {rows[static_cast<size_t>(*request.sample)]};
}

/// A batch is cut to the rows that the interpreter is done with in a few seconds, with every value and gradient kept.
void cut_rows(std::vector<int32_t>& rows, const Graph& graph, std::vector<std::string>& notes) {
  double each =
      std::max({count_operations(graph, 1) / kMostOperations, count_elements(graph, 1) / kMostElements, 1e-12});
  const auto most = static_cast<size_t>(std::clamp(1 / each, 1.0, 1e9));
  if (rows.size() <= most) return;
  notes.push_back(fmt::format("note: these are the first {} of the {} rows of a batch; '--sample N' shows one row",
                              most, rows.size()));
  rows.resize(most);
}

std::string path_of(const Node& node) { return *leaf_path(node); }

/// Variables from the file, or from their initialisers and what was fitted on the data.
void add_variables(const Session& session, const CalculationRequest& request, Calculation& calculation) {
  const BoundProgram& program = session.bound();
  std::map<std::string, Type> wanted;
  for (NodeId id : calculation.graph.reachable()) {
    const Node& node = calculation.graph.node(id);
    if (node.op == &op("variable")) wanted[path_of(node)] = node.type;
  }
  if (wanted.empty()) return;
  if (!request.weights_file.empty()) {
    Weights weights = read_weights(request.weights_file, false);
    for (std::string& warning : require_weights(wanted, weights, request.weights_file)) {
      calculation.warnings.push_back(std::move(warning));
    }
    for (const auto& [path, type] : wanted) {
      calculation.inputs[path] = converted(weights.tensors.at(path), type.element);
    }
    return;
  }
  Graph initial = initial_graph(program);
  std::erase_if(initial.results, [&](const Result& result) { return !wanted.contains(result.name); });
  Tensors start = interpret(initial, calculation.inputs, 1, {.round = true});
  for (const auto& [path, type] : wanted) {
    auto fitted = session.prepared().data.fitted.find(path);
    if (fitted != session.prepared().data.fitted.end()) {
      calculation.inputs[path] = fitted->second;
    } else {
      if (!start.contains(path)) {
        usage(
            fmt::format("'{}' has no value: start values are a training's, and {} has no 'train'; '--weights FILE' "
                        "gives the parameters",
                        path, escape_for_terminal(session.source().name())));
      }
      calculation.inputs[path] = start.at(path);
    }
  }
}

void add_clock(const BoundProgram& program, Calculation& calculation) {
  uint64_t seed = train_info(program).seed;
  auto word = [&](int shift) { return static_cast<double>(static_cast<int32_t>(seed >> shift)); };
  calculation.inputs[input_path(InputRole::seed)] = {Type(Element::i32, {2}), {word(0), word(32)}};
  calculation.inputs[input_path(InputRole::step)] = {Type(Element::i32, {}), {1}};
  for (const auto& [name, value] : settings(program)) {
    calculation.inputs[input_path(InputRole::setting, name)] = {Type(Element::f64, {}), {value}};
  }
}

/// What becomes a class or an integer on the way must be one.
void check_numbers(const Calculation& calculation) {
  for (const NumberCheck& check : calculation.checks) {
    const Graph& graph = check.argument;
    const std::vector<NodeId> nodes = graph.reachable();
    const bool known = std::all_of(nodes.begin(), nodes.end(), [&](NodeId id) {
      return graph.node(id).op != &op("variable") || calculation.inputs.contains(path_of(graph.node(id)));
    });
    if (!known) continue;
    const Tensors found =
        interpret(differentiate(graph), calculation.inputs, calculation.rows, {.round = calculation.round});
    const Tensor& numbers = found.at("value");
    const int64_t at = first_misfit(check, numbers);
    if (at < 0) continue;
    const std::string which = numbers.count() > 1 ? fmt::format(" in row {} (from 1)", at + 1) : "";
    throw origin_failure(check.origin, complaint(check, numbers.number(at)) + which, advice(check, numbers));
  }
}

}  // namespace

OpenCalculation open_calculation(SessionOptions options, CalculationRequest request, bool loss_allowed) {
  std::map<std::string, std::string> given = std::exchange(options.overrides.options, {});
  auto session = std::make_unique<Session>(options);
  std::vector<FunctionInfo> found = functions(session->checked()), layers;
  if (request.function.find('.') != std::string::npos) layers = applied_layers(session->checked());
  bool loss = loss_allowed && has_train(session->checked());
  const FunctionInfo* function = choose(found, layers, request, session->source().name(), loss);
  std::vector<std::string> names, arguments;
  for (const OptionInfo& option : nnc::options(session->checked())) names.push_back(option.name);
  if (function != nullptr) {
    request.function = function->name;
    for (const FunctionArgument& argument : function->arguments) arguments.push_back(argument.name);
  }
  auto among = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  for (const auto& [name, value] : given) {
    if (among(arguments, name)) {
      request.arguments[name] = value;
    } else if (among(names, name)) {
      options.overrides.options[name] = value;
    } else {
      std::vector<std::string> all = arguments;
      all.insert(all.end(), names.begin(), names.end());
      std::string what = function == nullptr
                             ? fmt::format("{} has no option '--{}'", escape_for_terminal(session->source().name()),
                                           escape_for_terminal(name))
                             : fmt::format("'{}' has no argument '--{}'", function->name, name);
      usage(what + did_you_mean(name, all, "--") + (function == nullptr ? "" : "\n note: " + function->signature));
    }
  }
  if (!options.overrides.options.empty()) session = std::make_unique<Session>(options);
  return {std::move(session), std::move(request)};
}

GivenArguments given_arguments(const CalculationRequest& request) {
  GivenArguments given;
  for (const auto& [name, text] : request.arguments) given[name] = parse_literal(name, text);
  return given;
}

Calculation calculation(Session& session, const CalculationRequest& request) {
  DefaultArithmetic arithmetic;
  Calculation result;
  const BoundProgram& program = request.function.empty() ? session.bind_training() : session.bind_for(request.function);
  result.round = train_info(program).precision != Element::f64;
  add_clock(program, result);
  if (!request.function.empty()) {
    LoweredFunction lowered = lower_call(program, request.function, given_arguments(request));
    result.graph = std::move(lowered.graph);
    result.inputs.merge(lowered.arguments);
    result.title = request.function;
    result.labels = std::move(lowered.labels);
    result.calls = std::move(lowered.calls);
    result.checks = std::move(lowered.checks);
  } else {
    const TrainInfo& info = train_info(program);
    std::vector<int32_t> rows = rows_of(session, request);
    result.calls = training_calls(program);
    result.graph = loss_graph(training_graph(program), result.calls);
    if (!request.sample) cut_rows(rows, result.graph, result.warnings);
    result.rows = static_cast<int64_t>(rows.size());
    result.title = "loss";
    result.labels = {"loss"};
    SplitView split = split_view(session.prepared().data, info.data, info.split);
    for (NodeId id : result.graph.reachable()) {
      const Node& node = result.graph.node(id);
      if (role_of(node) != InputRole::column) continue;
      result.inputs[path_of(node)] = select_rows(split.columns.at(path_of(node))->tensor, rows);
    }
  }
  add_variables(session, request, result);
  check_numbers(result);
  Work work{count_operations(result.graph, result.rows),
            static_cast<int64_t>(std::min(8 * count_elements(result.graph, result.rows), 9e18)), true};
  if (std::string note = announced("this calculation", work); !note.empty()) result.warnings.push_back(note);
  return result;
}

std::vector<std::pair<std::string, Tensor>> evaluate(const Calculation& calculation) {
  DefaultArithmetic arithmetic;
  const Graph graph = differentiate(calculation.graph);  // gradients that the program itself asks for
  Tensors values = interpret(graph, calculation.inputs, calculation.rows, {.round = calculation.round});
  std::vector<std::pair<std::string, Tensor>> results;
  for (size_t i = 0; i < calculation.graph.results.size(); ++i) {
    results.emplace_back(calculation.labels.at(i), values.at(calculation.graph.results[i].name));
  }
  return results;
}

Graph with_objective(const Graph& source) {
  Graph graph = source;
  Value objective;
  for (const Result& result : source.results) {
    Value value = graph.value(result.node);
    if (!is_float(value.type().element)) continue;
    std::vector<int64_t> axes;
    for (int axis = 0; axis < value.type().rank(); ++axis) axes.push_back(axis);
    if (!axes.empty()) value = reduce_sum(value, axes);
    objective = !objective ? value : objective + cast(value, objective.type().element);
  }
  if (objective) graph.results.push_back({ResultKind::value, "objective", objective.id});
  return graph;
}

Backpropagation::Backpropagation(const Calculation& calculation)
    : graph_(calculation.graph), values_(graph_.size()), gradients_(graph_.size()) {
  DefaultArithmetic arithmetic;
  Graph all = with_objective(graph_);
  bool differentiable = all.results.size() > graph_.results.size();
  Value objective = differentiable ? all.result("objective") : Value{};
  all.results.clear();
  for (NodeId id : graph_.reachable()) {
    if (graph_.type(id).is_tuple()) continue;
    all.results.push_back({ResultKind::value, fmt::format("value {}", id), id});
    if (!differentiable || !is_float(graph_.type(id).element)) continue;
    Value by = nnc::gradient(objective, all.value(id));
    all.results.push_back({ResultKind::value, fmt::format("gradient {}", id), by.id});
  }
  Tensors found = interpret(differentiate(all), calculation.inputs, calculation.rows, {.round = calculation.round});
  for (NodeId id : graph_.reachable()) {
    auto take = [&](std::string_view kind, std::optional<Tensor>& to) {
      auto tensor = found.find(fmt::format("{} {}", kind, id));
      if (tensor != found.end()) to = std::move(tensor->second);
    };
    take("value", values_[id]);
    take("gradient", gradients_[id]);
  }
}

const Tensor& Backpropagation::value(NodeId node) const {
  NNC_ASSERT(values_.at(node).has_value(), "this node has no value of its own");
  return *values_[node];
}

const Tensor* Backpropagation::gradient(NodeId node) const {
  return gradients_.at(node) ? &*gradients_[node] : nullptr;
}

const Tensor& Backpropagation::gradient(std::string_view name) const {
  const Tensor* found = gradient(find(name));
  if (found == nullptr) internal_error(fmt::format("'{}' has no gradient", name));
  return *found;
}

NodeId Backpropagation::find(std::string_view name) const {
  if (name.empty()) return graph_.results.at(0).node;
  for (NodeId id : graph_.reachable()) {
    const std::string* path = leaf_path(graph_.node(id));
    if (path != nullptr) {
      bool tail = path->ends_with(fmt::format(".{}", name)) && graph_.node(id).op == &op("input");
      if (*path == name || tail) return id;
    }
    if (graph_.node_name(id) == name) return id;
  }
  internal_error(fmt::format("nothing is called '{}'", name));
}

bool declared_before(const Origin& a, const Origin& b) {
  auto place = [](const Origin& origin) { return std::tuple(!origin.known(), origin.line, origin.column); };
  return place(a) < place(b);
}

}  // namespace nnc
