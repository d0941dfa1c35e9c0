#include "runtime/dataset/number_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "runtime/dataset/row_inputs.h"
#include "runtime/io/data_error.h"
#include "runtime/step/map_rows.h"
#include "runtime/step/row_function.h"
#include "support/error.h"

namespace nnc {

namespace {

bool is_class(const NumberCheck& check) { return check.whole; }

/// Whether the check is of the class itself, not of a number on the way to it.
bool is_last(const NumberCheck& check) { return check.whole && check.low == 0; }

/// The names of the inputs of this role that numbers are computed of.
std::vector<std::string> inputs_of(const Graph& graph, InputRole role) {
  std::vector<std::string> names;
  for (NodeId id : graph.reachable()) {
    if (role_of(graph.node(id)) != role) continue;
    names.push_back(input_name(role, *leaf_path(graph.node(id))));
  }
  return names;
}

/// "'k' = 3", where one number alone makes the wrong one.
std::string made_of(const std::string& name, const Column& raw, int64_t row, int64_t element, int64_t width) {
  const int64_t size = raw.sample_size();
  if (size != 1 && size != width) return "";
  const double number = raw.number(row * size + (size == 1 ? 0 : element));
  return fmt::format("{} = {}", in_quotes(name), number);
}

/// ", in the field 'y' of 'k' = 3"
std::string whereof(const NumberCheck& check, const std::string& of) {
  const std::string field = check.field.empty() ? "" : fmt::format("in the field {}", in_quotes(check.field));
  const std::string from = of.empty() ? "" : "of " + of;
  const std::string both = fmt::format("{}{}{}", field, field.empty() || from.empty() ? "" : " ", from);
  return both.empty() ? "" : ", " + both;
}

/// Numbers of one part of a data set, and the columns (by name) that they are computed of.
struct Looked {
  const Dataset& set;
  const Dataset::Part& part;
  const NumberCheck& check;
  const Column& numbers;
  std::vector<std::string> sources;
  bool of_step = false;  ///< computed of fields where there is one of the name, else of raw sources

  const Column& source(size_t i) const {
    auto field = part.fields.find(sources[i]);
    return of_step && field != part.fields.end() ? field->second : part.raw.at(sources[i]);
  }

  Failure failure(int64_t at) const {
    const int64_t width = numbers.sample_size(), row = at / width;
    const std::string of = sources.size() == 1 ? made_of(sources[0], source(0), row, at % width, width) : std::string();
    const std::string message = complaint(check, numbers.number(at)) + whereof(check, of);
    const std::string help = advice(check, numbers.tensor);
    const bool same = sources.size() == 1 && source(0).sample_size() == width;
    const std::string first = sources.empty() ? "" : sources[0];
    if (std::optional<TextPlace> place = set.place(first, row, same ? at % width : 0)) {
      return text_failure(
          *place, message,
          fmt::format("at {}:{}:{}: {}", check.origin.file, check.origin.line, check.origin.column, help));
    }
    return origin_failure(check.origin, message + set.row_name(part, row), help);
  }
};

/// What is fitted is not there yet when classes are counted.
void refuse_fitted(const NumberCheck& check) {
  for (NodeId id : check.argument.reachable()) {
    if (check.argument.node(id).op != &op("variable")) continue;
    throw origin_failure(check.origin, "how many classes this has hangs on what is fitted", "say it: class(3)");
  }
}

/// Whether the numbers are others in each step: of parameters, drawn, or of the step's number.
bool hangs_on_the_state(const Graph& graph, const Tensors& fitted) {
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    const std::optional<InputRole> role = role_of(node);
    if (role == InputRole::seed || role == InputRole::step) return true;
    if (const std::string* path = variable_path(node); path != nullptr && !fitted.contains(*path)) return true;
  }
  return false;
}

}  // namespace

int64_t first_misfit(const NumberCheck& check, const Tensor& numbers) {
  const int64_t count = numbers.count();
  for (int64_t i = 0; i < count; ++i) {
    const double number = check.whole ? numbers.number(i) : std::trunc(numbers.number(i));
    if (!(number >= check.low && number <= check.high && number == std::floor(number))) return i;
  }
  return -1;
}

std::string complaint(const NumberCheck& check, double number) {
  const std::string text = std::isnan(number) ? "nan" : fmt::format("{}", number);
  if (!is_class(check)) return fmt::format("{} is no {}", text, check.wanted);
  if (number != std::floor(number) || !is_last(check)) {
    return fmt::format("{} is no class of {}: a class is a whole number", text, check.wanted);
  }
  if (number < 0) return fmt::format("class {} is negative", text);
  return fmt::format("class {} is none of 0..{} ({})", text, check.high, check.wanted);
}

std::string advice(const NumberCheck& check, const Tensor& numbers) {
  double least = INFINITY, largest = -INFINITY;
  bool whole = true, cut = false;
  for (int64_t i = 0; i < numbers.count(); ++i) {
    const double number = numbers.number(i);
    least = std::min(least, number);
    largest = std::max(largest, number);
    whole = whole && number == std::floor(number);
    cut = cut || (std::isfinite(number) && number != std::floor(number));
  }
  if (is_last(check) && whole && least == 1 && largest == check.high + 1) {
    const bool looser = check.text.find_first_of("|<>={") != std::string::npos;  // than minus binds
    return fmt::format("classes count from 0: {}{}{} - 1", looser ? "(" : "", check.text, looser ? ")" : "");
  }
  if (is_last(check) && cut) return fmt::format("floor({}) rounds it down, if that is meant", check.text);
  if (is_class(check) && cut) return fmt::format("i32(floor(…)) in {} rounds it down, if that is meant", check.text);
  return fmt::format("leave such rows out, or compute {} otherwise", check.text);
}

void check_numbers(Datasets& data, const BoundProgram& program, const BuildOptions& build) {
  const std::map<std::string, double> own = settings(program);
  for (const NumberCheck& check : number_checks(program)) {
    const auto has = [&](const Dataset& set) { return set.info().name == check.data; };
    if (std::none_of(data.sets.begin(), data.sets.end(), has)) continue;
    const Dataset& set = data.find(check.data);
    for (const Dataset::Part& part : set.parts()) {
      const Column numbers =
          map_rows(check.argument, raw_inputs(part.raw), {data.fitted, own}, build, part.rows, check.field);
      const int64_t at = first_misfit(check, numbers.tensor);
      if (at >= 0) throw Looked{set, part, check, numbers, inputs_of(check.argument, InputRole::raw)}.failure(at);
    }
  }
}

void check_step_numbers(Datasets& data, const BoundProgram& program, const BuildOptions& build) {
  const std::map<std::string, double> own = settings(program);
  for (const NumberCheck& check : step_checks(program)) {
    Graph graph = read_rows_as_inputs(check.argument);
    graph.name = "check";
    const std::string& name_of_data = train_info(program).data;
    std::vector<std::string> columns = inputs_of(graph, InputRole::column);
    for (std::string& column : columns) column = column_name(name_of_data, input_path(InputRole::column, column));
    if (columns.empty() || hangs_on_the_state(graph, data.fitted)) continue;
    const Dataset& set = data.find(name_of_data);
    for (const Dataset::Part& part : set.parts()) {
      std::map<std::string, const Column*> inputs;
      for (const std::string& name : columns) {
        auto field = part.fields.find(name);
        inputs[column_path(name_of_data, name)] = field != part.fields.end() ? &field->second : &part.raw.at(name);
      }
      const int64_t block = mixes_rows(graph).empty() ? kBlockRows : part.rows;
      const Column numbers = map_rows(graph, inputs, {data.fitted, own}, build, part.rows, "step", block);
      const int64_t at = first_misfit(check, numbers.tensor);
      if (at >= 0) throw Looked{set, part, check, numbers, columns, true}.failure(at);
    }
  }
}

void count_classes(Datasets& data, const Checked& program, const BuildOptions& build) {
  std::map<std::string, double> values;
  for (const OptionInfo& option : options(*program)) {
    if (option.type == "f32") values[option.name] = std::stod(option.value_text);
  }
  for (const NumberCheck& check : uncounted_classes(program, data.facts())) {
    Dataset& set = data.find(check.data);
    refuse_fitted(check);
    const Dataset::Part& part = set.part("train");
    const std::vector<int32_t>& rows = set.rows("train");
    const Column all = map_rows(check.argument, raw_inputs(part.raw), {{}, values}, build, part.rows, check.field);
    Column numbers = select_rows(all, rows);
    auto place = [&](int64_t at) {
      return rows[static_cast<size_t>(at / all.sample_size())] * all.sample_size() + at % all.sample_size();
    };
    const std::vector<std::string> sources = inputs_of(check.argument, InputRole::raw);
    const int64_t wrong = first_misfit(check, numbers.tensor);
    if (wrong >= 0) throw Looked{set, part, check, all, sources}.failure(place(wrong));
    std::map<double, int64_t> first;  // of each class
    for (int64_t i = 0; i < numbers.tensor.count(); ++i) first.emplace(numbers.number(i), i);
    const auto& [largest, at] = *first.rbegin();
    double expected = 0;
    for (const auto& [number, where] : first) {
      if (number != expected) {
        NumberCheck known = check;
        known.high = static_cast<double>(first.size()) - 1;
        known.wanted = fmt::format("the {} classes that the train split has", first.size());
        throw Looked{set, part, known, all, sources}.failure(place(at));
      }
      ++expected;
    }
    set.set_computed_classes(check.key, static_cast<int64_t>(largest) + 1);
  }
}

void check_numbers(const std::vector<NumberCheck>& checks, const std::map<std::string, const Column*>& inputs,
                   const RowValues& values, const BuildOptions& build, const InputRows& rows) {
  for (const NumberCheck& check : checks) {
    const int64_t count = inputs.empty() ? 1 : inputs.begin()->second->rows();
    const int64_t block = mixes_rows(check.argument).empty() ? kBlockRows : count;
    const Column numbers = map_rows(check.argument, inputs, values, build, count, "prediction", block);
    const int64_t at = first_misfit(check, numbers.tensor);
    if (at < 0) continue;
    const int64_t width = numbers.sample_size(), row = at / width;
    const std::vector<std::string> names = inputs_of(check.argument, InputRole::argument);
    const Column* raw = names.size() == 1 ? inputs.at(input_path(InputRole::argument, names[0])) : nullptr;
    const std::string of = raw != nullptr ? made_of(names[0], *raw, row, at % width, width) : "";
    const std::string message = complaint(check, numbers.number(at)) + whereof(check, of);
    const std::string help =
        fmt::format("computed at {}:{}:{}", check.origin.file, check.origin.line, check.origin.column);
    if (row >= rows.lines.rows()) {
      throw file_failure(rows.file, fmt::format("{} in row {} (from 1)", message, row + 1), help);
    }
    size_t input = 0;
    while (raw != nullptr && input < rows.fields.size() && &rows.columns[input] != raw) ++input;
    const bool known = raw != nullptr && input < rows.fields.size() && raw->sample_size() == width;
    const int column = known ? rows.fields[input][static_cast<size_t>(at % width)] : 0;
    throw text_failure(csv_place(rows.file, rows.separator, rows.lines.line(row), column), message, help);
  }
}

}  // namespace nnc
