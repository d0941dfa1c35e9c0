#include "runtime/predict/prediction.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <utility>

#include "frontend/program/functions.h"
#include "frontend/program/prediction.h"
#include "ir/graph/op.h"
#include "ir/graph/queries.h"
#include "ir/scalar/elements.h"
#include "passes/differentiate.h"
#include "runtime/dataset/lossy_arguments.h"
#include "runtime/dataset/number_checks.h"
#include "runtime/dataset/predict_input.h"
#include "runtime/io/data_error.h"
#include "runtime/io/quantity.h"
#include "runtime/io/text_output.h"
#include "runtime/step/map_rows.h"
#include "runtime/step/row_function.h"
#include "runtime/train/outputs.h"
#include "runtime/train/work.h"
#include "support/default_arithmetic.h"
#include "support/diagnostics.h"
#include "support/printable.h"

namespace nnc {

namespace {

constexpr int64_t kInterpretedWork = 1 << 18;  // rows × weights below which the interpreter is done before LLVM

/// The first line: class names of a distribution over them, else the function's name, numbered where it has several.
std::string header(const Prediction& prediction) {
  const Type& type = prediction.graph.type(prediction.graph.result("value").id);
  bool by_row = !type.shape.empty() && !type.shape[0].constant();
  std::vector<int64_t> sample;
  for (size_t axis = by_row ? 1 : 0; axis < type.shape.size(); ++axis) sample.push_back(type.shape[axis].count);
  std::vector<std::string> names = numbered_columns(prediction.function, sample);
  if (prediction.is_distribution && prediction.class_names.size() == names.size()) names = prediction.class_names;
  std::string line;
  for (const std::string& name : names) {
    if (!line.empty()) line += ',';
    append_csv_field(line, name);
  }
  return line + "\n";
}

/// `--out` must be nothing that the command reads, nor a file that is no earlier output of it.
void check_output(const PredictRequest& request, const std::string& program, const Prediction& prediction) {
  if (request.output.empty() || request.output == "-") return;
  Outputs outputs(request.force);
  for (const std::string& read : {program, request.weights_file, request.input}) outputs.reads(read);
  outputs.writes("--out", request.output, text_beginning(header(prediction)));
}

/// What an argument asks of a file: columns by the names that training saw, or by its own.
WantedColumn wanted(const PredictionInput& input, const Trained& trained) {
  WantedColumn column;
  column.name = input.source.empty() ? input.name : input.source;
  column.element = input.type.element;
  for (size_t axis = 1; axis < input.type.shape.size(); ++axis) {
    column.sample_shape.push_back(input.type.shape[axis].count);
  }
  column.columns = numbered_columns(column.name, column.sample_shape);
  column.is_class = input.is_class;
  column.vocabulary.classes = input.classes;
  if (!is_float(column.element)) column.whole = column.element;
  if (input.source.empty()) return column;
  for (const DataInfo& info : data_declarations(trained.session->checked())) {
    for (const RawSource& source : info.sources) {
      if (info.name == input.data && source.name == input.source && source.whole) column.whole = source.whole;
    }
  }
  for (const SourceFacts& source : stored_facts(trained, input.data).sources) {
    if (source.name != input.source) continue;
    if (source.columns.size() == column.columns.size()) column.columns = source.columns;
    column.vocabulary.names = source.vocabulary;
  }
  return column;
}

/// As the file was read whose columns go into the function, or else the data of `train`.
CsvFormat input_format(const Trained& trained, const Prediction& prediction) {
  std::string data = has_train(trained.session->checked()) ? train_info(trained.program()).data : "";
  for (const PredictionInput& input : prediction.inputs) {
    if (input.data.empty()) continue;
    data = input.data;
    break;
  }
  return data.empty() ? CsvFormat{} : stored_facts(trained, data).format;
}

/// The rows of the program's own data that a person who names no file is most likely to mean.
InputRows own_rows(const Trained& trained, const Prediction& prediction, const PredictRequest& request) {
  const TrainInfo& info = train_info(trained.program());
  for (const PredictionInput& input : prediction.inputs) {
    if (input.data == info.data && !input.data.empty()) continue;
    throw Failure(ExitCode::wrong_command,
                  fmt::format("nnc: error: which rows? '{}' of '{}' does not come from the data of the program\n"
                              " help: name a CSV, IDX or NPY file, or - for standard input",
                              input.name, prediction.function));
  }
  std::vector<DataInfo> declared = data_declarations(trained.session->checked());
  auto found = std::find_if(declared.begin(), declared.end(), [&](const DataInfo& d) { return d.name == info.data; });
  Dataset data = Dataset::read(*found, trained.session->places());
  std::string split = !info.test.empty()      ? info.test
                      : data.has_rows("test") ? "test"
                      : !info.valid.empty()   ? info.valid
                                              : info.split;
  const std::vector<int32_t>& rows = data.rows(split);
  if (request.note) {
    request.note(fmt::format("note: no input is named: these are the {} rows of {}{}", rows.size(), info.data,
                             split == "all" ? "" : "." + split));
  }
  const std::string path = found->files.empty() ? "" : found->files[0].path;
  InputRows own{{}, path.empty() ? found->name : path, {}, {}, ','};
  for (const PredictionInput& input : prediction.inputs) {
    WantedColumn want = wanted(input, trained);
    Column column = select_rows(data.part(split).raw.at(input.source), rows);
    column.reshape(want.sample_shape);
    own.columns.push_back(converted(std::move(column), want.element, path));
  }
  return own;
}

/// Lines of the result.
class Lines {
 public:
  Lines(const Prediction& prediction, const RowFunction& function, TextOutput& output)
      : prediction_(prediction), element_(function.element()), output_(output) {
    for (int64_t size : function.sample_shape()) width_ *= size;
    output_.buffer() += header(prediction);
  }

  int64_t width() const { return width_; }

  void write(const std::byte* values, int64_t rows) {
    int64_t step = byte_size(element_);
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t i = 0; i < width_; ++i, values += step) {
        if (i > 0) output_.buffer() += ',';
        append(values);
      }
      output_.buffer() += '\n';
      output_.flush_if_large();
    }
  }

 private:
  template <typename T>
  void number(const std::byte* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    char text[64];
    auto end = std::to_chars(text, text + sizeof text, static_cast<T>(printable(value)));
    output_.buffer().append(text, end.ptr);
  }

  void append(const std::byte* at) {
    switch (element_) {
      case Element::f32: return number<float>(at);
      case Element::f64: return number<double>(at);
      case Element::boolean: output_.buffer() += *at == std::byte{0} ? "false" : "true"; return;
      default: break;
    }
    if (element_ == Element::bf16) {
      output_.buffer() += fmt::format("{}", printable(load_element(at, element_)));
      return;
    }
    auto value = static_cast<int64_t>(load_element(at, element_));
    if (prediction_.is_class && value >= 0 && std::cmp_less(value, prediction_.class_names.size())) {
      append_csv_field(output_.buffer(), prediction_.class_names[static_cast<size_t>(value)]);
    } else {
      fmt::format_to(std::back_inserter(output_.buffer()), "{}", value);
    }
  }

  const Prediction& prediction_;
  Element element_;
  TextOutput& output_;
  int64_t width_ = 1;
};

int64_t weights_read(const Graph& graph) {
  int64_t count = 1;
  for (NodeId id : graph.reachable()) {
    if (graph.node(id).op->name != "variable") continue;
    int64_t elements = 1;
    for (const Dim& dim : graph.type(id).shape) elements *= dim.count;
    count += elements;
  }
  return count;
}

/// Rows a call: the block, or all of them where rows depend on each other.
int64_t rows_a_call(const Prediction& prediction, int64_t rows, int64_t block) {
  const std::string mixing = mixes_rows(differentiate(prediction.graph));
  if (mixing.empty()) return std::min(rows, block);
  if (rows <= kWholeRows) return rows;
  throw Failure(ExitCode::wrong_program,
                fmt::format("error: in '{}' a row's result depends on other rows, by {}: it can't be cut into blocks, "
                            "and {} rows are more than the {} that run at once\n help: predict for fewer rows",
                            prediction.function, mixing, rows, kWholeRows));
}

}  // namespace

PredictResult predict(const SessionOptions& options, const PredictRequest& request) {
  DefaultArithmetic arithmetic;
  Trained trained = open_trained(options, request.weights_file, request.note);
  std::string name = prediction_function(trained.session->checked(), request.function);
  Prediction prediction = lower_prediction(trained.program(), name);
  // The function may use a part of the network only; the weights are of the whole of it.
  const Graph& network = has_train(trained.session->checked()) ? evaluation_graph(trained.program()) : prediction.graph;
  require_variables(trained, {&prediction.graph, &network}, request.note);
  check_output(request, options.file, prediction);
  TextOutput output(request.output);

  InputRows rows_of_input;
  std::vector<std::string> warnings = lossy_arguments(prediction, trained.program(), trained.weights.tensors);
  if (request.input.empty()) {
    rows_of_input = own_rows(trained, prediction, request);
  } else {
    std::vector<WantedColumn> want;
    for (const PredictionInput& input : prediction.inputs) want.push_back(wanted(input, trained));
    rows_of_input = read_rows_of(request.input, want, input_format(trained, prediction), warnings);
  }
  const std::vector<Column>& columns = rows_of_input.columns;
  for (const std::string& warning : warnings) {
    if (request.note) request.note(warning);
  }
  PredictResult result;
  result.rows = columns.empty() ? 1 : columns[0].rows();
  BuildOptions build = trained.session->build_options();
  build.interpret = build.interpret || result.rows * weights_read(prediction.graph) < kInterpretedWork;
  RowFunction function(prediction.graph, trained.weights.tensors, prediction.settings, build,
                       rows_a_call(prediction, result.rows, request.block));
  std::map<std::string, const Column*> inputs;
  for (size_t i = 0; i < columns.size(); ++i) inputs[prediction.inputs[i].path] = &columns[i];
  function.read(inputs);
  check_numbers(prediction.checks, inputs, {trained.weights.tensors, prediction.settings}, build, rows_of_input);
  const int64_t blocks = (result.rows + function.capacity() - 1) / function.capacity();
  Work work{count_operations(prediction.graph, function.capacity()) * static_cast<double>(blocks), function.bytes(),
            build.interpret};
  std::string long_one = announced(fmt::format("the prediction of {}", counted(result.rows, "row")), work);
  if (!long_one.empty() && request.note) request.note(long_one);

  Lines lines(prediction, function, output);
  AlignedBytes values(static_cast<size_t>(function.capacity() * lines.width() * byte_size(function.element())));
  for (int64_t first = 0; first < result.rows; first += function.capacity()) {
    int64_t rows = std::min(function.capacity(), result.rows - first);
    auto start = std::chrono::steady_clock::now();
    function.run(first, rows, values.data());
    result.kernel_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    lines.write(values.data(), function.by_row() ? rows : 1);
  }
  output.finish();
  return result;
}

}  // namespace nnc
