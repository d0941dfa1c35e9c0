// What happens to raw columns before training: values are fitted on the train rows, then the fields that steps read as
// columns are computed once.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "frontend/program/source_kinds.h"
#include "frontend/program/target_fields.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "runtime/data/fit.h"
#include "runtime/dataset/dataset.h"
#include "runtime/dataset/finite_fields.h"
#include "runtime/dataset/lossy_arguments.h"
#include "runtime/dataset/number_checks.h"
#include "runtime/io/data_error.h"
#include "runtime/step/map_rows.h"
#include "support/error.h"

namespace nnc {

namespace {

/// "data.houses.x.mean" → "houses".
std::string data_of(const std::string& path) {
  size_t begin = path.find('.') + 1;
  return path.substr(begin, path.find('.', begin) - begin);
}

/// "data.houses.x.mean" → "x", and so "data.houses.x_1.mean", the second that is fitted in the field.
std::string field_of(const DataInfo& info, const std::string& path) {
  size_t begin = path.find('.', path.find('.') + 1) + 1;
  std::string field = path.substr(begin, path.rfind('.') - begin);
  return info.field_origins.contains(field) ? field : field.substr(0, field.rfind('_'));
}

std::string warning_at(const Origin& where, const std::string& text) {
  return where.known() ? text_warning({where.file, where.line, where.column}, text) : "warning: " + text;
}

/// The columns' names where what is fitted is the columns of a CSV file as they stand.
std::vector<std::string> feature_names(const Dataset& set, const Graph& argument) {
  const std::string source = unchanged_source(argument);
  for (const SourceFacts& facts : set.facts().sources) {
    if (facts.name == source) return facts.columns;
  }
  return {};
}

void fit(Datasets& data, const Fit& request, const std::map<std::string, double>& settings, const BuildOptions& build) {
  Dataset& set = data.find(data_of(request.variables.at(0)));
  Dataset::Part& part = set.part("train");
  const std::string source = unchanged_source(request.argument);
  Column computed;
  if (source.empty()) {
    computed = map_rows(request.argument, raw_inputs(part.raw), {data.fitted, settings}, build, part.rows, "fit");
  }
  const Column& argument = source.empty() ? computed : part.raw.at(source);
  Shape shape = request.argument.type(request.argument.result("value").id).shape;
  shape.erase(shape.begin());  // of rows
  require_finite(set, part, field_of(set.info(), request.variables.at(0)), argument);
  FitInput input{argument, set.rows("train"), feature_names(set, request.argument)};
  Fitted fitted = request.kind == Fit::Kind::minmax ? fit_minmax(input) : fit_standardize(input);
  fitted.shift.type.shape = fitted.scale.type.shape = shape;
  data.fitted[request.variables.at(0)] = std::move(fitted.shift);
  data.fitted[request.variables.at(1)] = std::move(fitted.scale);
  for (const std::string& warning : fitted.warnings) data.warnings.push_back(warning_at(request.origin, warning));
}

/// A class of which the train split knows one label only teaches nothing.
void warn_of_equal_labels(Dataset& set, std::vector<std::string>& warnings) {
  if (!set.has("train")) return;
  const std::vector<int32_t>& rows = set.rows("train");
  for (const RawSource& source : set.info().sources) {
    if (!source.is_class || rows.size() < 2) continue;
    const Column& column = set.part("train").raw.at(source.name);
    if (!column.sample_shape().empty()) continue;
    double first = column.number(rows.front());
    bool equal = std::all_of(rows.begin(), rows.end(), [&](int32_t row) { return column.number(row) == first; });
    if (!equal) continue;
    std::string label = column.words.empty() ? fmt::format("{}", first) : column.words[static_cast<size_t>(first)];
    warnings.push_back(warning_at(source.origin, fmt::format("every row of the train split has the label {}: there is "
                                                             "nothing to tell apart",
                                                             in_quotes(label))));
  }
}

/// What a field comes to in a part: the column that steps read, where there is one.
Column field_column(const Dataset::Part& part, const Graph& graph, const RowValues& values, const BuildOptions& build,
                    const std::string& field) {
  if (auto ready = part.fields.find(field); ready != part.fields.end()) return ready->second;
  return map_rows(graph, raw_inputs(part.raw), values, build, part.rows, field);
}

int64_t most_rows(const Dataset& set) {
  int64_t most = 0;
  for (const Dataset::Part& part : set.parts()) most = std::max(most, part.rows);
  return most;
}

/// A number that is the same in every train row, and which the loss wants, is learned from nothing but itself.
void warn_of_constant_targets(Datasets& data, const BoundProgram& program, const BuildOptions& build) {
  const std::map<std::string, double> own = settings(program);
  for (const TargetField& target : numeric_targets(program)) {
    Dataset& set = data.find(target.data);
    if (!set.has("train")) continue;
    Dataset::Part& part = set.part("train");
    const std::vector<int32_t>& rows = set.rows("train");
    if (rows.size() < 2) continue;
    const Graph& graph = field_graph(program, target.data, target.field);
    const Column column = field_column(part, graph, {data.fitted, own}, build, target.field);
    int64_t size = column.sample_size();
    auto as_first = [&](int32_t row) {
      for (int64_t i = 0; i < size; ++i) {
        if (column.number(row * size + i) != column.number(rows.front() * size + i)) return false;
      }
      return true;
    };
    if (size == 0 || !std::all_of(rows.begin(), rows.end(), as_first)) continue;
    std::string value = size == 1 ? fmt::format("{}", column.number(rows.front())) : "the same";
    data.warnings.push_back(
        warning_at(target.origin, fmt::format("the target '{}' is {} in every row of the train split: "
                                              "there is nothing to learn from it",
                                              target.field, value)));
  }
}

/// Targets of a binary cross entropy are probabilities, in every row of every split.
void check_probabilities(Datasets& data, const BoundProgram& program, const BuildOptions& build) {
  const std::map<std::string, double> own = settings(program);
  for (const TargetField& target : probability_targets(program)) {
    const Graph& graph = field_graph(program, target.data, target.field);
    for (Dataset::Part& part : data.find(target.data).parts()) {
      const Column column = field_column(part, graph, {data.fitted, own}, build, target.field);
      for (int64_t i = 0; i < column.tensor.count(); ++i) {
        double value = column.number(i);
        if (value >= 0 && value <= 1) continue;
        throw origin_failure(target.origin,
                             fmt::format("bce takes targets from 0 to 1, but '{}' is {} in row {} of the data (from 1)",
                                         target.field, value, i / column.sample_size() + 1),
                             "mse is for any number, cross_entropy for class(K) labels");
      }
    }
  }
}

void warn_of_lossy_arguments(Datasets& data, const BoundProgram& program) {
  if (data.fitted.empty()) return;
  try {
    const std::vector<std::string> more = lossy_arguments(program, data.fitted);
    data.warnings.insert(data.warnings.end(), more.begin(), more.end());
  } catch (const Failure&) {
    return;  // a function that can't be predicted with says so when it is asked to
  }
}

/// Fields of the set that graphs read as columns.
std::set<std::string> fields_read(const Dataset& set, const std::vector<Graph>& readers) {
  std::set<std::string> names, paths;
  for (const Graph& graph : readers) {
    for (NodeId id : graph.reachable()) {
      if (role_of(graph.node(id)) == InputRole::column) paths.insert(*leaf_path(graph.node(id)));
    }
  }
  for (const std::string& field : set.info().fields) {
    if (paths.contains(column_path(set.info().name, field))) names.insert(field);
  }
  return names;
}

}  // namespace

void prepare(Datasets& data, const BoundProgram& program, const BuildOptions& build,
             const std::vector<Graph>& readers) {
  const std::map<std::string, double> own = settings(program);
  for (const Fit& request : fits(program)) {
    bool known = data.fitted.contains(request.variables.at(0));
    if (request.kind != Fit::Kind::vocabulary && !known) fit(data, request, own, build);
  }
  check_numbers(data, program, build);
  for (Dataset& set : data.sets) {
    const std::set<std::string> read = fields_read(set, readers);
    for (const std::string& field : set.info().fields) {
      if (!read.contains(field)) {
        if (kind_of(set.info()).windows) continue;  // classes, and what is made of them
        if (computed_in_step(program, set.info().name, field)) require_finite_of_bytes(set, field, program, build);
        continue;
      }
      const Graph& graph = field_graph(program, set.info().name, field);
      RowMap map(graph, {data.fitted, own}, build, most_rows(set));
      for (Dataset::Part& part : set.parts()) {
        part.fields[field] = map.column(raw_inputs(part.raw), part.rows, field);
        require_finite(set, part, field, part.fields[field]);
      }
    }
  }
  check_step_numbers(data, program, build);
  check_probabilities(data, program, build);
  warn_of_constant_targets(data, program, build);
  for (Dataset& set : data.sets) warn_of_equal_labels(set, data.warnings);
  warn_of_lossy_arguments(data, program);
}

SplitView split_view(const Datasets& data, const std::string& set_name, const std::string& split) {
  const Dataset& set = data.find(set_name);
  const Dataset::Part& part = set.part(split);
  SplitView view;
  view.rows = set.rows(split);
  auto add = [&](const std::string& name, const Column& column) {
    view.columns[column_path(set_name, name)] = &column;
  };
  for (const auto& [name, column] : part.raw) add(name, column);
  for (const auto& [name, column] : part.fields) add(name, column);  // a field hides a raw source of its name
  return view;
}

}  // namespace nnc
