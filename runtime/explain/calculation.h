// A calculation: a function of a file with numbers for its arguments, or the loss on some samples with its parameters,
// as a graph; its results, and the value and gradient of every node.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "frontend/program/functions.h"
#include "ir/interpret/interpret_graph.h"
#include "runtime/train/session.h"

namespace nnc {

struct CalculationRequest {
  std::string function;                          ///< empty: the only one (run), or the loss where there is a `train`
  std::map<std::string, std::string> arguments;  ///< as text, by name: "1.1", "[1, 2, 3]"
  std::optional<int64_t> sample;                 ///< of the loss: this row of the train split, from 0; none: a batch
  int64_t most_rows = INT64_MAX;                 ///< of the loss: of the batch no more than these
  std::string weights_file;                      ///< of the parameters; empty: the initialisers
  std::string flag;                              ///< of the command that names a function, "--fn"; empty: a bare word
};

/// What is evaluated: the graph as the user wrote it, forward only, with a number for each of its inputs.
struct Calculation {
  Graph graph;
  Tensors inputs;
  int64_t rows = 1;                   ///< B
  bool round = true;                  ///< each value is rounded to its element type (f32); not with --precision f64
  std::string title;                  ///< "bill", "loss"
  std::vector<std::string> labels;    ///< of the results, in order: names in a tuple, "" for a single value
  std::vector<std::string> warnings;  ///< of the weights, ready to print
  std::vector<LibraryCallArguments> calls;
  std::vector<NumberCheck> checks;
};

/// The session and what it shall evaluate. `options` holds every `--name value` of the command line among its option
/// overrides; those that are arguments of the function move to the request. A misspelt function or argument is a
/// Failure (exit 2) with the likely one. `loss_allowed`: without a name the loss is meant where there is a `train`.
struct OpenCalculation {
  std::unique_ptr<Session> session;
  CalculationRequest request;
};
OpenCalculation open_calculation(SessionOptions options, CalculationRequest request, bool loss_allowed);

/// The request's arguments as numbers; what can't be read is a Failure (exit 2).
GivenArguments given_arguments(const CalculationRequest& request);

/// A function applied to its arguments (request.function is not empty), or the loss on samples of the train split.
Calculation calculation(Session& session, const CalculationRequest& request);

/// The results in order, with their labels.
std::vector<std::pair<std::string, Tensor>> evaluate(const Calculation& calculation);

/// Every node's value, and the gradient of the result (of the sum of all its elements, where it is no scalar) by every
/// float node that it depends on.
class Backpropagation {
 public:
  explicit Backpropagation(const Calculation& calculation);

  const Graph& graph() const { return graph_; }
  const Tensor& value(NodeId node) const;
  const Tensor* gradient(NodeId node) const;  ///< null: not a float, or not on the way to the result

  /// By name: an argument ("price"), a parameter ("net.W1"), a field ("x"), a value named in the source ("h"), or ""
  /// for the result. A name that is none of these is an InternalError.
  const Tensor& value(std::string_view name) const { return value(find(name)); }
  const Tensor& gradient(std::string_view name) const;

 private:
  NodeId find(std::string_view name) const;

  const Graph& graph_;
  std::vector<std::optional<Tensor>> values_, gradients_;
};

/// The forward graph with one more result "objective": the sum of every element of its float results, in their type.
Graph with_objective(const Graph& graph);

/// In the order of the file; what stands in no file (fields of data) comes last.
bool declared_before(const Origin& a, const Origin& b);

}  // namespace nnc
