// From source to graphs, as the session drives it:
//   parse → check (types, shapes, options; needs no data) → bind (facts of the data) → lower one graph per purpose.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ir/graph.h"
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

/// Where the numbers of a data declaration come from.
enum class SourceKind : uint8_t { table, csv, idx };
/// One raw source of a data declaration, in order of appearance: `columns("crim".."lstat")`, `column("medv")`, `image`,
/// `label`, or a field of a table.
struct RawSource {
  std::string name;                  ///< "crim..lstat", "medv", "image", "x"
  std::vector<std::string> columns;  ///< csv: one name, or the two ends of a range
  bool is_range = false;
  bool is_class = false;           ///< used as class(K): integers or text, numbered by the vocabulary
  std::optional<int64_t> classes;  ///< the declared K of class(K); none: the data decides
  Origin origin;
};
/// Something fitted on the train split: `variables` are the paths that hold it ("data.houses.x.mean", …), `argument`
/// the graph from raw inputs (`raw.<name>`) to the tensor that it is fitted on.
struct Fit {
  enum class Kind : uint8_t { standardize, minmax, vocabulary } kind = Kind::standardize;
  std::vector<std::string> variables;
  Graph argument;
  Origin origin;
};
struct DataInfo {
  std::string name;
  SourceKind kind = SourceKind::table;
  std::string path;                                   ///< as written; "" for a table
  std::vector<std::pair<std::string, double>> split;  ///< shares in the order written; empty: no split
  std::optional<uint64_t> split_seed;
  std::vector<RawSource> sources;
  std::vector<std::string> fields;  ///< `column.<data>.<name>` is the field of that name, else the raw source
  std::map<std::string, std::vector<std::vector<double>>> table;  ///< by field: one flat row a sample
  Origin origin;
};

/// What the data turned out to be, read by the runtime before `bind`.
struct SourceFacts {
  std::string name;
  Element element = Element::f32;
  std::vector<int64_t> sample_shape;    ///< of one sample: {28, 28}, {13}, {}
  std::vector<std::string> vocabulary;  ///< of text classes, sorted
  std::vector<std::string> columns;     ///< of a CSV file: the names in its header
};
struct DataFacts {
  std::string data;
  std::vector<SourceFacts> sources;
  std::map<std::string, int64_t> rows;  ///< by split ("train", "valid", "test"), and "all"
};

/// `train` as checked, with every default in place.
struct TrainInfo {
  std::string data, split;                    ///< "houses", "train" ("all" without a split)
  std::string valid, test;                    ///< split names, empty when none
  int64_t batch = 32, epochs = 0, steps = 0;  ///< one of epochs and steps is not 0
  uint64_t seed = 0;
  bool shuffle = true, evaluate_train = false;
  Element precision = Element::f32;
  struct Stop {
    std::string metric;  ///< "valid.mae"
    int64_t patience = 10;
    bool restore_best = false;
  };
  std::optional<Stop> stop;
};
struct MetricInfo {
  std::string name;
  bool higher_is_better = false;
  std::vector<std::string> totals;  ///< names of the totals in training and evaluation graphs, after "NAME."
  Graph combine;  ///< inputs `total.<name>` f64[] → `value` f64[]; empty graph: one plain weighted mean
};
struct ExpectInfo {
  std::string text;        ///< "valid.accuracy > 0.96"
  std::string left;        ///< "valid.accuracy", "train.loss"
  std::string comparison;  ///< "<", "<=", ">", ">=", "==", "!="
  double right = 0;
  Origin origin;
};

struct CheckedProgram;
struct BoundProgram;
using Checked = std::shared_ptr<const CheckedProgram>;
using Bound = std::shared_ptr<const BoundProgram>;

/// Parses and checks; null when there are errors. The SourceFile must outlive the program.
Checked check(const SourceFile& source, const Overrides& overrides, Diagnostics& diagnostics);
std::vector<OptionInfo> options(const CheckedProgram& program);
std::vector<DataInfo> data_declarations(const CheckedProgram& program);
/// What `check` could not check without the data: one line each.
std::vector<std::string> unchecked(const CheckedProgram& program);

/// Gives data sizes their numbers and checks what needs them (feature counts, classes); null when there are errors.
Bound bind(Checked program, const std::vector<DataFacts>& facts, Diagnostics& diagnostics);
const TrainInfo& train_info(const BoundProgram& program);
const std::vector<MetricInfo>& metrics(const BoundProgram& program);
const std::vector<ExpectInfo>& expectations(const BoundProgram& program);
const std::vector<Fit>& fits(const BoundProgram& program);
/// Values of the `setting.<name>` inputs of the graphs: f32 options and what `train` fixes at run time.
std::map<std::string, double> settings(const BoundProgram& program);
/// Every option and train key with its value, for the weights' metadata.
std::map<std::string, std::string> resolved(const BoundProgram& program);

// Graphs. Inputs: `column.<data>.<field or raw source>` [N, …], `order` i32[B], `setting.<name>` f64[], `step` i32[]
// (from 1), `seed` i32[2]. Results: `loss`; totals "metric.total"; an update per parameter and state.
Graph lower_training(const BoundProgram& program);    ///< one step; gradients are `gradient` nodes
Graph lower_evaluation(const BoundProgram& program);  ///< totals only: "loss.sum" (rows × loss), "rows", the metrics'
Graph lower_initial(const BoundProgram& program);     ///< an update for every parameter, state and optimizer state
/// A field over raw sources: inputs `raw.<name>` [B, …], result `value`. A field whose training-graph input is a column
/// of its own is computed with this once for each split.
Graph lower_field(const BoundProgram& program, const std::string& data, const std::string& field);
/// The graph alone of lower_prediction (prediction.h): inputs `argument.<name>`, result `value`.
Graph lower_function(const BoundProgram& program, const std::string& name);

/// The typed program as `dump --stage=typed` prints it.
std::string dump_typed(const CheckedProgram& program);

}  // namespace nnc
