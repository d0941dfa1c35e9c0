// What happens to raw columns before training: values are fitted on the train rows, then the fields that steps read as
// columns are computed once.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "runtime/data/fit.h"
#include "runtime/dataset.h"
#include "runtime/map_rows.h"
#include "support/error.h"

namespace nnc {

namespace {

std::map<std::string, const Column*> raw_inputs(const Dataset::Part& part) {
  std::map<std::string, const Column*> inputs;
  for (const auto& [name, column] : part.raw) inputs["raw." + name] = &column;
  return inputs;
}

/// "data.houses.x.mean" → "houses".
std::string data_of(const std::string& path) {
  size_t begin = path.find('.') + 1;
  return path.substr(begin, path.find('.', begin) - begin);
}

void fit(Datasets& data, const Fit& request, const BuildOptions& build) {
  Dataset& set = data.find(data_of(request.variables.at(0)));
  Dataset::Part& part = set.part("train");
  Column argument = map_rows(request.argument, raw_inputs(part), data.fitted, build, part.rows, "fit");
  FitInput input{argument, set.rows("train"), request.variables.at(0), request.variables.at(1), {}};
  Fitted fitted = request.kind == Fit::Kind::minmax ? fit_minmax(input) : fit_standardize(input);
  for (FittedTensor* tensor : {&fitted.shift, &fitted.scale}) {
    data.fitted[tensor->name] = HostTensor{Element::f64, argument.sample_shape, tensor->values};
  }
  data.warnings.insert(data.warnings.end(), fitted.warnings.begin(), fitted.warnings.end());
}

/// Names after "column.SET." that graphs read and that are fields.
std::set<std::string> fields_read(const Dataset& set, const std::vector<Graph>& readers) {
  std::set<std::string> names;
  std::string prefix = "column." + set.info().name + ".";
  const std::vector<std::string>& fields = set.info().fields;
  for (const Graph& graph : readers) {
    for (NodeId id : graph.reachable()) {
      const Attribute* path = graph.node(id).attributes.find("path");
      if (path == nullptr || !std::holds_alternative<std::string>(*path)) continue;
      const auto& text = std::get<std::string>(*path);
      if (!text.starts_with(prefix)) continue;
      std::string name = text.substr(prefix.size());
      if (std::find(fields.begin(), fields.end(), name) != fields.end()) names.insert(name);
    }
  }
  return names;
}

}  // namespace

void prepare(Datasets& data, const BoundProgram& program, const BuildOptions& build,
             const std::vector<Graph>& readers) {
  for (const Fit& request : fits(program)) {
    if (request.kind != Fit::Kind::vocabulary) fit(data, request, build);
  }
  for (Dataset& set : data.sets) {
    for (const std::string& field : fields_read(set, readers)) {
      Graph graph = lower_field(program, set.info().name, field);
      for (Dataset::Part& part : set.parts()) {
        part.fields[field] = map_rows(graph, raw_inputs(part), data.fitted, build, part.rows, field);
      }
    }
  }
}

SplitView split_view(Datasets& data, const std::string& set_name, const std::string& split) {
  Dataset& set = data.find(set_name);
  Dataset::Part& part = set.part(split);
  SplitView view;
  view.rows = set.rows(split);
  auto add = [&](const std::string& name, const Column& column) {
    view.columns["column." + set_name + "." + name] = ColumnView{column.storage.data(), column.element, column.rows};
  };
  for (const auto& [name, column] : part.raw) add(name, column);
  for (const auto& [name, column] : part.fields) add(name, column);  // a field hides a raw source of its name
  return view;
}

}  // namespace nnc
