#include "runtime/train/trained.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontend/program/functions.h"
#include "frontend/program/train_keys.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "runtime/weights/data_facts.h"
#include "support/error.h"

namespace nnc {

namespace {

/// A source that the program has now and the weights don't know would leave `bind` without its shape.
void require_sources(const Trained& trained, const DataInfo& info, const DataFacts& facts) {
  for (const RawSource& source : info.sources) {
    auto same = [&](const SourceFacts& known) { return known.name == source.name; };
    if (std::any_of(facts.sources.begin(), facts.sources.end(), same)) continue;
    std::vector<std::string> names;
    for (const SourceFacts& known : facts.sources) names.push_back(known.name);
    throw Failure(ExitCode::wrong_program,
                  fmt::format("{}: error: the weights know no source '{}' of the data '{}', only '{}'\n help: the "
                              "program has changed since: train again",
                              escape_for_terminal(trained.file), source.name, info.name, fmt::join(names, "', '")));
  }
}

/// Options of the file that were trained with another value are set to it, unless the command line sets them.
bool take_stored_options(const Session& plain, const Weights& weights, SessionOptions& options, const NoteSink& note) {
  bool changed = false;
  auto say = [&](const std::string& text) {
    if (note) note(text);
  };
  for (const OptionInfo& option : nnc::options(plain.checked())) {
    auto stored = weights.metadata.find(option.name);
    if (stored == weights.metadata.end() || stored->second == option.value_text) continue;
    std::string value = escape_for_terminal(stored->second);
    if (options.overrides.options.contains(option.name)) {
      say(fmt::format("warning: the weights were trained with --{} {}, not {}", option.name, value, option.value_text));
      continue;
    }
    say(fmt::format("note: {} = {}, as the weights were trained with (the file says {})", option.name, value,
                    option.value_text));
    options.overrides.options[option.name] = stored->second;
    changed = true;
  }
  // Of the keys of `train` these decide what an evaluation computes: random numbers are keyed by the seed, and sums
  // are taken batch by batch. Which rows and which loss are evaluated is the program's to say.
  for (const TrainKey& record : train_keys()) {
    if (!record.of_weights) continue;
    const std::string key(record.name);
    auto stored = weights.metadata.find("train." + key);
    bool ours = stored != weights.metadata.end() && has_train(plain.checked()) && !stored->second.empty() &&
                stored->second.find_first_not_of("0123456789") == std::string::npos;
    if (!ours || !options.overrides.train.emplace(key, stored->second).second) continue;
    changed = true;
  }
  auto precision = weights.metadata.find("train.precision");
  if (precision == weights.metadata.end() || options.overrides.precision) return changed;
  options.overrides.precision = parse_element(precision->second);
  return true;
}

}  // namespace

DataFacts stored_facts(const Trained& trained, const std::string& data) {
  if (!has_facts(trained.weights.metadata, data)) {
    throw Failure(ExitCode::wrong_program,
                  fmt::format("{}: error: the weights say nothing of the data '{}' of {}\n help: they are of another "
                              "program, or of an older nnc: train again",
                              escape_for_terminal(trained.file), data, trained.session->source().name()));
  }
  std::optional<DataFacts> facts = read_facts(trained.weights.metadata, data);
  if (facts) return *facts;
  throw Failure(ExitCode::wrong_program,
                fmt::format("{}: error: the metadata '{}' is damaged\n help: train again with this version of nnc",
                            escape_for_terminal(trained.file), facts_key(data)));
}

Trained open_trained(SessionOptions options, const std::string& weights_file, const NoteSink& note) {
  Trained trained;
  trained.file = weights_file;
  trained.weights = read_weights(weights_file, false);
  trained.session = std::make_unique<Session>(options);
  // Before the options, which are another program's too where the data is.
  for (const DataInfo& info : data_declarations(trained.session->checked())) stored_facts(trained, info.name);
  if (take_stored_options(*trained.session, trained.weights, options, note)) {
    trained.session = std::make_unique<Session>(options);
  }
  std::vector<DataFacts> facts;
  for (const DataInfo& info : data_declarations(trained.session->checked())) {
    facts.push_back(stored_facts(trained, info.name));
    require_sources(trained, info, facts.back());
  }
  trained.session->bind(facts);
  const std::string warnings = trained.session->warnings() + trained.session->prepared().warnings;
  if (note && !warnings.empty()) note(warnings);
  return trained;
}

void require_variables(const Trained& trained, const std::vector<const Graph*>& graphs, const NoteSink& note) {
  std::map<std::string, Type> wanted;
  for (const Graph* graph : graphs) {
    for (NodeId id : graph->reachable()) {
      const Node& node = graph->node(id);
      if (node.op->name != "variable") continue;
      Type type = node.type;
      const std::string& path = *leaf_path(node);
      auto stored = trained.weights.tensors.find(path);
      const bool fitted = path.starts_with("data.") && stored != trained.weights.tensors.end();
      if (fitted && is_float(stored->second.type.element))
        type.element = stored->second.type.element;  // it widens to f64
      wanted[path] = type;
    }
  }
  for (const std::string& warning : require_network(wanted, trained.weights, trained.file)) {
    if (note) note(warning);
  }
}

}  // namespace nnc
