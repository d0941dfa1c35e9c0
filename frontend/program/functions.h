// The functions of a file by name, and their graphs for arguments from outside: what `nnc run` and `nnc explain`
// evaluate.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "frontend/program/program.h"
#include "ir/interpret/interpret_graph.h"

namespace nnc {

struct FunctionArgument {
  std::string name;
  std::string type;          ///< as written; "" where the function says none
  std::string default_text;  ///< as written; "" where it has none
};
/// A `fn`, `layer` or `model` of the user's file.
struct FunctionInfo {
  std::string name, signature, doc;
  std::vector<FunctionArgument> arguments;  ///< settings first
  bool is_layer = false;                    ///< layer or model: it has parameters
  Origin origin;
};
/// In the order of the file; initialisers, which need the axes of a parameter, are left out.
std::vector<FunctionInfo> functions(const CheckedProgram& program);
/// The layers that the loss applies, by the paths that `nnc summary` lists ("net.dense_0"): their settings are those
/// that they were made with. Empty where the program has no `train`.
std::vector<FunctionInfo> applied_layers(const CheckedProgram& program);
bool has_train(const CheckedProgram& program);
/// What `train` says of them, 0 where it says nothing.
int64_t train_threads(const CheckedProgram& program);
/// Whether the function's graph depends on what the data is: its text, or that of a definition which it uses, mentions
/// a data declaration, or it uses a model while the data decides a size.
bool needs_data(const CheckedProgram& program, const std::string& function);

/// An argument as it was given: numbers with their shape (row-major; {} is a scalar), or the word of a choice.
struct GivenArgument {
  std::vector<int64_t> shape;
  std::vector<double> values;
  std::string word;
};
using GivenArguments = std::map<std::string, GivenArgument>;

/// A call of a library function: the origin that the nodes of its body have, and its tensors in the order of the call.
struct LibraryCallArguments {
  Origin origin;
  std::vector<NodeId> arguments;
};

/// A function's graph for the shapes that were given: every axis is a number.
struct LoweredFunction {
  Graph graph;                      ///< inputs `argument.<name>`; results `value`, of a tuple `value.0`, `value.1`, …
  Tensors arguments;                ///< by path: what was given, and the defaults that are numbers
  std::vector<std::string> labels;  ///< of the results: the names in the tuple; one empty label for a single value
  std::vector<LibraryCallArguments> calls;
  std::vector<NumberCheck> checks;  ///< over the same arguments
};

/// Lowers the function called `name`, which must be one of functions() or of applied_layers(). Axes (B, N, …) are bound
/// from the shapes that are given; what is not given takes its default. An unknown or missing argument, and shapes that
/// don't fit, are a Failure (exit 1) that names both sides.
LoweredFunction lower_call(const BoundProgram& program, const std::string& name, const GivenArguments& given);
/// The calls in training_graph(program), by the nodes of that graph.
std::vector<LibraryCallArguments> training_calls(const BoundProgram& program);

}  // namespace nnc
