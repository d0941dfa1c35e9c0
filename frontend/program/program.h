// From source to graphs, as the session drives it:
//   parse → check (types, shapes, options; needs no data) → bind (facts of the data) → lower one graph per purpose.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "frontend/program/train_info.h"
#include "frontend/types/data_info.h"
#include "ir/graph/graph.h"
#include "support/diagnostics.h"

namespace nnc {

/// What the command line says about the program: text, checked against the declarations by `check`.
struct Overrides {
  std::map<std::string, std::string> options;  ///< --lr 3e-4
  std::map<std::string, std::string> train;    ///< --train.batch 32
  std::optional<Element> precision;            ///< --precision f64
};

/// An option as --help and `show` print it.
struct OptionInfo {
  std::string name, type, default_text, value_text, range_text, doc;
  Origin origin;
};

/// How often a program was walked so far. Checking walks it once, with sizes that the data decides as symbols, binding
/// once more with numbers; besides, every graph is lowered once. Commands that explain or predict ask for more.
struct Elaborations {
  int programs = 0, graphs = 0;
};

struct CheckedProgram;
struct BoundProgram;
using Checked = std::shared_ptr<const CheckedProgram>;
using Bound = std::shared_ptr<const BoundProgram>;

/// Parses and checks; null when there are errors. The SourceFile must outlive the program.
Checked check(const SourceFile& source, const Overrides& overrides, Diagnostics& diagnostics);
Elaborations elaborations(const CheckedProgram& program);
std::vector<OptionInfo> options(const CheckedProgram& program);
std::vector<DataInfo> data_declarations(const CheckedProgram& program);
/// What `check` could not check without the data: one line each.
std::vector<std::string> unchecked(const CheckedProgram& program);

/// What `train` takes of data that was just read must have rows: an error at the key of `train` that names a part
/// without any.
void check_parts(const CheckedProgram& program, const std::vector<DataFacts>& facts, Diagnostics& diagnostics);

/// Gives data sizes their numbers and checks what needs them (feature counts, classes); null when there are errors.
Bound bind(Checked program, const std::vector<DataFacts>& facts, Diagnostics& diagnostics);
const TrainInfo& train_info(const BoundProgram& program);
const std::vector<MetricInfo>& metrics(const BoundProgram& program);
const std::vector<ExpectInfo>& expectations(const BoundProgram& program);
const std::vector<Fit>& fits(const BoundProgram& program);
/// What the numbers of fields must be that become classes or integers.
const std::vector<NumberCheck>& number_checks(const BoundProgram& program);
/// The same of numbers that functions turn into classes in a step, over the rows that a step reads.
const std::vector<NumberCheck>& step_checks(const BoundProgram& program);
/// Classes that fields compute from the data, which decides how many there are: their numbers by field. With the count
/// in `computed_classes` of the facts, `bind` knows it.
std::vector<NumberCheck> uncounted_classes(const Checked& program, const std::vector<DataFacts>& facts);
/// Values of the `setting.<name>` inputs of the graphs: f32 options and what `train` fixes at run time.
std::map<std::string, double> settings(const BoundProgram& program);
/// Every option and train key with its value, for the weights' metadata.
std::map<std::string, std::string> resolved(const BoundProgram& program);

// Graphs. Inputs: `column.<data>.<field or raw source>` [N, …], `order` i32[B], `setting.<name>` f64[], `step` i32[]
// (from 1), `seed` i32[2]. Results: `loss`; totals "metric.total"; an update per parameter and state.
// They are the program's own: lowered once, when it was bound. One that could not be lowered is a Failure here (exit 1)
// with the diagnostics, and so is a training or evaluation of a program without `train`.
const Graph& training_graph(const BoundProgram& program);    ///< one step; gradients are `gradient` nodes
const Graph& evaluation_graph(const BoundProgram& program);  ///< totals: see combine_totals
const Graph& initial_graph(const BoundProgram& program);  ///< an update for every parameter, state and optimizer state
/// A field over raw sources: inputs `raw.<name>` [B, …], result `value`. A field whose training-graph input is a column
/// of its own is computed with this once for each split.
const Graph& field_graph(const BoundProgram& program, const std::string& data, const std::string& field);
/// Whether a field is computed in the step from the raw bytes, element by element, and is no column of its own.
bool computed_in_step(const BoundProgram& program, const std::string& data, const std::string& field);
/// The graph alone of lower_prediction (prediction.h): inputs `argument.<name>`, result `value`.
Graph lower_function(const BoundProgram& program, const std::string& name);

/// The typed program as `dump --stage=typed` prints it; without `equations` only what they come to, so that programs
/// that mean the same give the same text.
std::string dump_typed(const CheckedProgram& program, bool equations = true);

}  // namespace nnc
