#include "runtime/predict/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "frontend/program/prediction.h"
#include "frontend/program/source_kinds.h"
#include "ir/graph/queries.h"
#include "ir/scalar/elements.h"
#include "passes/differentiate.h"
#include "runtime/dataset/predict_input.h"
#include "runtime/io/data_error.h"
#include "runtime/io/quantity.h"
#include "runtime/step/row_function.h"
#include "runtime/train/work.h"
#include "support/default_arithmetic.h"
#include "support/error.h"

namespace nnc {

namespace {

struct Rows {
  Datasets data;
  std::string set, split;
};

/// The split that a word means: what `train` calls valid or test, else the data's split of that name.
std::string split_named(const std::string& word, const TrainInfo& info, const Dataset& data) {
  std::string declared = word == "valid" ? info.valid : word == "test" ? info.test : word == "train" ? info.split : "";
  if (!declared.empty() && data.has(declared)) return declared;
  return data.has(word) ? word : "";
}

std::string chosen_split(const EvaluateRequest& request, const TrainInfo& info, const Dataset& data) {
  std::vector<std::string> there;
  for (const char* word : {"test", "valid", "train"}) {
    if (data.has_rows(split_named(word, info, data))) there.emplace_back(word);
  }
  if (request.split.empty()) return split_named(there.at(0), info, data);
  std::string split = split_named(request.split, info, data);
  if (!split.empty()) return split;
  throw Failure(ExitCode::wrong_command,
                fmt::format("nnc: error: --on {}: the data '{}' has no such split\n help: it has {}",
                            escape_for_terminal(request.split), info.data, fmt::join(there, ", ")));
}

/// Columns of a CSV file for every source, as the data set of the program.
Dataset from_csv(const DataInfo& info, const DataFacts& facts, const EvaluateRequest& request) {
  std::vector<WantedColumn> wanted;
  for (const RawSource& source : info.sources) {
    for (const SourceFacts& known : facts.sources) {
      if (known.name != source.name) continue;
      WantedColumn column{source.name,     known.columns, known.element,        known.sample_shape,
                          source.is_class, source.whole,  {known.vocabulary, 0}};
      if (column.columns.empty()) column.columns = numbered_columns(source.name, known.sample_shape);
      column.vocabulary.classes = known.classes > 0 ? known.classes : source.classes.value_or(INT32_MAX);
      wanted.push_back(std::move(column));
    }
  }
  std::vector<std::string> warnings;
  InputRows input = read_rows_of(request.input, wanted, facts.format, warnings);
  for (const std::string& warning : warnings) {
    if (request.note) request.note(warning);
  }
  return Dataset::of(info, std::move(input));
}

/// The data must be like that of the training: shapes and classes.
void require_alike(const DataFacts& now, const DataFacts& then, const Trained& trained) {
  for (const SourceFacts& source : now.sources) {
    for (const SourceFacts& known : then.sources) {
      if (known.name != source.name) continue;
      bool alike = known.sample_shape == source.sample_shape && known.element == source.element;
      if (alike && (known.vocabulary == source.vocabulary || source.vocabulary.empty())) continue;
      throw Failure(
          ExitCode::wrong_program,
          fmt::format("{}: error: the weights were trained with other data: '{}' of '{}' had {} and {} named "
                      "classes, now it has {} and {}",
                      escape_for_terminal(trained.file), source.name, now.data,
                      fmt::format("[{}] numbers a row", fmt::join(known.sample_shape, ", ")), known.vocabulary.size(),
                      fmt::format("[{}] numbers a row", fmt::join(source.sample_shape, ", ")),
                      source.vocabulary.size()));
    }
  }
}

Rows read_rows(const Trained& trained, const EvaluateRequest& request) {
  const TrainInfo& info = train_info(trained.program());
  Rows rows{{}, info.data, "all"};
  for (DataInfo& declared : data_declarations(trained.session->checked())) {
    if (declared.name != info.data) continue;
    DataFacts facts = stored_facts(trained, info.data);
    if (!request.input.empty() && !kind_of(declared).is_folder && !kind_of(declared).windows) {
      rows.data.sets.push_back(from_csv(declared, facts, request));
    } else {
      if (!request.input.empty()) declared.files.at(0).path = std::filesystem::absolute(request.input).string();
      if (kind_of(declared).windows) declared.characters = facts.sources.at(0).vocabulary;
      if (kind_of(declared).windows && !request.input.empty()) declared.split.clear();
      rows.data.sets.push_back(Dataset::read(declared, trained.session->places()));
      rows.split = chosen_split(request, info, rows.data.sets[0]);
    }
    require_alike(rows.data.sets[0].facts(), facts, trained);
  }
  for (const auto& [path, tensor] : trained.weights.tensors) {
    if (path.starts_with("data.")) rows.data.fitted[path] = tensor;
  }
  return rows;
}

/// The class that each row is given: the result itself, or the place of its greatest element (the first of equals).
std::vector<int64_t> classify(const Trained& trained, const Prediction& prediction, Dataset::Part& part) {
  RowFunction function(prediction.graph, trained.weights.tensors, prediction.settings, trained.session->build_options(),
                       std::min<int64_t>(part.rows, 1024));
  std::vector<Column> columns;
  std::map<std::string, const Column*> inputs;
  columns.reserve(prediction.inputs.size());
  for (const PredictionInput& input : prediction.inputs) {
    const Column& raw = part.raw.at(input.source);
    std::vector<int32_t> all(static_cast<size_t>(part.rows));
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int32_t>(i);
    columns.push_back(converted(select_rows(raw, all), input.type.element, input.source));
    inputs[input.path] = &columns.back();
  }
  function.read(inputs);
  int64_t width = 1;
  for (int64_t size : function.sample_shape()) width *= size;
  int64_t bytes = byte_size(function.element());
  AlignedBytes values(static_cast<size_t>(function.capacity() * width * bytes));
  std::vector<int64_t> classes;
  for (int64_t first = 0; first < part.rows; first += function.capacity()) {
    int64_t rows = std::min(function.capacity(), part.rows - first);
    function.run(first, rows, values.data());
    for (int64_t row = 0; row < rows; ++row) {
      const std::byte* at = values.data() + row * width * bytes;
      auto value = [&](int64_t i) { return load_element(at + i * bytes, function.element()); };
      int64_t best = 0;
      for (int64_t i = 1; i < width; ++i) best = value(i) > value(best) ? i : best;
      classes.push_back(prediction.is_class ? static_cast<int64_t>(value(0)) : best);
    }
  }
  return classes;
}

/// Precision, recall and confusion need a label of one class a row and a model that gives one class or K numbers a row.
void count_classes(const Trained& trained, Rows& rows, Evaluation& evaluation) {
  std::optional<LabelField> label = label_field(trained.program());
  if (!label || label->classes < 2) return;
  std::string name;
  try {
    name = prediction_function(trained.session->checked(), "");
  } catch (const Failure&) {
    return;  // nothing to predict with: the scores stand alone
  }
  Prediction prediction = lower_prediction(trained.program(), name);
  bool from_data = std::all_of(prediction.inputs.begin(), prediction.inputs.end(),
                               [&](const PredictionInput& input) { return input.data == label->data; });
  const Type& type = prediction.graph.type(prediction.graph.result("value").id);
  bool scores = prediction.is_distribution && type.shape[1].count == label->classes;
  if (!from_data || !mixes_rows(differentiate(prediction.graph)).empty() || !(prediction.is_class || scores)) return;
  Dataset& data = rows.data.find(rows.set);
  Dataset::Part& part = data.part(rows.split);
  std::vector<int64_t> given = classify(trained, prediction, part);
  auto count = static_cast<size_t>(label->classes);
  evaluation.classes = label->names;
  for (size_t i = evaluation.classes.size(); i < count; ++i) evaluation.classes.push_back(std::to_string(i));
  evaluation.confusion.assign(count, std::vector<int64_t>(count, 0));
  auto field = part.fields.find(label->field);
  const Column& labels = field != part.fields.end() ? field->second : part.raw.at(label->source);
  for (int32_t row : data.rows(rows.split)) {
    auto is = static_cast<size_t>(labels.number(row)), as = static_cast<size_t>(given[static_cast<size_t>(row)]);
    if (is < count && as < count) ++evaluation.confusion[is][as];
  }
}

}  // namespace

/// Says where training had another loss or other rows than the program, which decides what is evaluated.
void note_other_training(const Trained& trained, const EvaluateRequest& request) {
  std::map<std::string, std::string> now = resolved(trained.program());
  for (const char* key : {"train.loss", "train.data", "train.valid", "train.test"}) {
    auto then = trained.weights.metadata.find(key);
    if (!request.note || then == trained.weights.metadata.end() || !now.contains(key)) continue;
    if (then->second == now.at(key)) continue;
    request.note(fmt::format("note: the weights were trained with {} = {}; this is {}", key + 6,
                             escape_for_terminal(then->second), now.at(key)));
  }
}

Evaluation evaluate(const SessionOptions& options, const EvaluateRequest& request) {
  DefaultArithmetic arithmetic;
  Trained trained = open_trained(options, request.weights_file, request.note);
  const BoundProgram& program = trained.program();
  note_other_training(trained, request);
  const Graph& graph = evaluation_graph(program);
  require_variables(trained, {&graph}, request.note);
  Rows rows = read_rows(trained, request);
  BuildOptions build = trained.session->build_options();
  prepare(rows.data, program, build, {graph});
  SplitView view = split_view(rows.data, rows.set, rows.split);
  Evaluation result;
  result.program = trained.session->name();
  result.rows = static_cast<int64_t>(view.rows.size());
  result.rows_of = !request.input.empty() ? request.input : rows.set + (rows.split == "all" ? "" : "." + rows.split);
  // The training's own block, so that totals are added in the same order as there.
  int64_t block = train_info(program).batch;
  if (auto trained_on = stored_facts(trained, rows.set).rows; trained_on.contains(train_info(program).split)) {
    block = std::min(block, trained_on.at(train_info(program).split));
  }
  Executable executable = Executable::build(graph, build, block, false);
  const int64_t blocks = (result.rows + block - 1) / std::max<int64_t>(block, 1);
  Work work{count_operations(graph, block) * static_cast<double>(blocks),
            executable.program().arena_bytes + executable.program().state_bytes, build.interpret};
  std::string long_one = announced(fmt::format("the evaluation of {}", counted(result.rows, "row")), work);
  if (!long_one.empty() && request.note) request.note(long_one);
  StateBlock state(executable.program());
  for (const std::string& path : state.paths()) state.write(path, trained.weights.tensors.at(path));
  std::map<std::string, double> own = settings(program);
  Steps steps(executable, state, view, own, train_info(program).seed);
  result.scores = evaluate(steps, view, metrics(program)).value();  // nothing stops it
  count_classes(trained, rows, result);
  return result;
}

}  // namespace nnc
