#include "runtime/report/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "frontend/program/model_layers.h"
#include "ir/graph/queries.h"
#include "passes/pipeline.h"
#include "runtime/train/work.h"

namespace nnc {

namespace {

/// "39 760"
std::string grouped(double count) {
  std::string digits = fmt::format("{:.0f}", count);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, " ");
  return digits;
}

struct Totals {
  double parameters = 0, states = 0, frozen = 0;
  bool known = true;
};

using Row = std::array<std::string, 4>;

std::string count_text(const LayerVariable& variable) {
  return variable.elements ? grouped(static_cast<double>(*variable.elements)) : "?";
}

/// The layer with the sum of its own parameters. A layer of the library names them in its row; what the user declared
/// has a row each, and so has all state.
void add_rows(const LayerInfo& layer, Totals& totals, std::vector<Row>& rows) {
  std::string named;
  double count = 0;
  bool known = true, frozen = false;
  std::vector<Row> own;
  for (const LayerVariable& variable : layer.variables) {
    double elements = static_cast<double>(variable.elements.value_or(0));
    (variable.state ? totals.states : totals.parameters) += elements;
    totals.known = totals.known && variable.elements.has_value();
    if (variable.frozen) totals.frozen += elements;
    frozen = frozen || variable.frozen;
    if (!variable.state) {
      count += elements;
      known = known && variable.elements.has_value();
    }
    if (layer.library && !variable.state) {
      named += fmt::format("{}{}: {}", named.empty() ? "  " : ", ", variable.name, variable.type);
    } else {
      own.push_back({"  " + variable.name, variable.state ? "state" : "param", variable.type,
                     count_text(variable) + (variable.state    ? ", not trained"
                                             : variable.frozen ? ", frozen: not trained"
                                                               : "")});
    }
  }
  std::string shared = layer.applied > 1 ? fmt::format("  (shared: applied {} times)", layer.applied) : "";
  if (frozen && layer.library) shared += "  (frozen: not trained)";
  rows.push_back({layer.path, layer.kind, layer.output, (known ? grouped(count) : "?") + named + shared});
  rows.insert(rows.end(), own.begin(), own.end());
}

std::string table(const std::vector<LayerInfo>& layers, Totals& totals) {
  std::vector<Row> rows{{"layer", "kind", "output", "parameters"}};
  for (const LayerInfo& layer : layers) add_rows(layer, totals, rows);
  std::array<size_t, 4> widths{};
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (size_t i = 0; i < rows.size(); ++i) {
    text += fmt::format("{:<{}}  {:<{}}  {:<{}}  {}\n", rows[i][0], widths[0], rows[i][1], widths[1], rows[i][2],
                        widths[2], rows[i][3]);
    size_t ruled = widths[0] + widths[1] + widths[2] + widths[3] + 6;
    if (i == 0) text += std::string(std::min<size_t>(ruled, 100), '-') + "\n";
  }
  return text;
}

std::string costs(const Session& session) {
  Graph graph = training_graph(session.bound());
  int64_t batch = session.prepared().batch;
  double forward_count = count_operations(forward_of(graph), batch), step_count = 0;
  PassOptions options;
  options.target = session.build_options().target;
  options.capacity = batch;
  PipelineObserver observer;
  observer.after = [&](const Pass& pass, const StageValue& program, bool) {
    if (pass.name == std::string_view("differentiate")) {
      step_count = count_operations(std::get<Graph>(program), batch);
    }
  };
  NestProgram program = run_pipeline(std::move(graph), options, observer);
  double state = 0;
  for (const Buffer& buffer : program.buffers) {
    if (buffer.role != BufferRole::variable || !buffer.name.starts_with("optimizer.")) continue;
    double count = static_cast<double>(byte_size(buffer.element));
    for (const Dim& dim : buffer.shape) count *= static_cast<double>(dim.at(batch));
    state += count;
  }
  auto both = [&](double count) {
    return fmt::format("{} a row, {} a batch of {}", grouped(count / static_cast<double>(batch)), grouped(count),
                       batch);
  };
  return fmt::format(
      "optimizer state   {} bytes\n"
      "forward and loss  {} operations\n"
      "training step     {} operations\n"
      "arena             {} bytes at the peak of a step\n"
      "operations: 2 for each product that a contraction adds up, 1 an element of an elementwise op or a reduction\n",
      grouped(state), both(forward_count), both(step_count), grouped(static_cast<double>(program.arena_bytes)));
}

}  // namespace

std::string summarize(Session& session) {
  if (model_layers(session.checked(), nullptr).empty()) {
    throw Failure(ExitCode::wrong_program,
                  fmt::format("{}: error: there is no model to sum up: no layer is applied in the loss of a 'train'\n"
                              " help: 'nnc explain {}' shows the values of a calculation",
                              escape_for_terminal(session.source().name()), escape_for_terminal(session.file())));
  }
  const bool known = session.bind_if_present().empty();
  Totals totals;
  std::string text = table(model_layers(session.checked(), known ? &session.bound() : nullptr), totals);
  text += fmt::format("\ntotal             {} parameters{}\n", grouped(totals.parameters),
                      totals.known ? "" : " and those whose size the data decides, shown as ?");
  if (totals.frozen > 0) text += fmt::format("frozen            {} of them, not trained\n", grouped(totals.frozen));
  if (!known) {
    return text +
           "note: the data was not found, so what a step costs is not known; name its folder with --data DIR or "
           "NNC_DATA\n";
  }
  const auto width = static_cast<double>(byte_size(train_info(session.bound()).precision));
  if (totals.states > 0) text += fmt::format("state             {} numbers, not trained\n", grouped(totals.states));
  text += fmt::format("weights           {} bytes\n", grouped((totals.parameters + totals.states) * width));
  return text + costs(session);
}

}  // namespace nnc
