#include "runtime/train/trained.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "frontend/program/functions.h"
#include "frontend/program/source_kinds.h"
#include "ir/graph/op.h"
#include "support/error.h"

namespace nnc {

namespace {

using Json = nlohmann::json;

Json parsed(const Trained& trained, const std::string& key) {
  return Json::parse(trained.weights.metadata.at(key), nullptr, false);
}

[[noreturn]] void damaged(const Trained& trained, const std::string& key) {
  throw Failure(ExitCode::wrong_program,
                fmt::format("{}: error: the metadata '{}' is damaged\n help: train again with this version of nnc",
                            escape_for_terminal(trained.file), key));
}

CsvFormat stored_format(const Json& json) {
  CsvFormat format;
  format.separator = json.at("separator").get<std::string>().at(0);
  format.decimal = json.at("decimal").get<std::string>().at(0);
  format.names = json.at("names").get<std::vector<std::string>>();
  return format;
}

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
  for (const char* key : {"seed", "batch"}) {
    auto stored = weights.metadata.find(std::string("train.") + key);
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

void store_facts(const Datasets& data, Metadata& metadata) {
  for (const Dataset& set : data.sets) {
    DataFacts facts = set.facts();
    Json json{{"rows", facts.rows}, {"sources", Json::array()}};
    if (!facts.computed_classes.empty()) json["classes"] = facts.computed_classes;
    if (kind_of(set.info()).has_columns) {
      json["format"] = {{"separator", std::string(1, facts.format.separator)},
                        {"decimal", std::string(1, facts.format.decimal)},
                        {"names", facts.format.names}};
    }
    for (const SourceFacts& source : facts.sources) {
      json["sources"].push_back({{"name", source.name},
                                 {"element", std::string(spelling(source.element))},
                                 {"shape", source.sample_shape},
                                 {"columns", source.columns},
                                 {"classes", source.classes}});
      if (source.vocabulary.empty()) continue;
      metadata["vocabulary." + facts.data + "." + source.name] = Json(source.vocabulary).dump();
    }
    metadata["facts." + facts.data] = json.dump();
  }
}

DataFacts stored_facts(const Trained& trained, const std::string& data) {
  std::string key = "facts." + data;
  if (!trained.weights.metadata.contains(key)) {
    throw Failure(ExitCode::wrong_program,
                  fmt::format("{}: error: the weights say nothing of the data '{}' of {}\n help: they are of another "
                              "program, or of an older nnc: train again",
                              escape_for_terminal(trained.file), data, trained.session->source().name()));
  }
  try {
    Json json = parsed(trained, key);
    DataFacts facts;
    facts.data = data;
    for (const Json& entry : json.at("sources")) {
      SourceFacts source;
      source.name = entry.at("name");
      source.sample_shape = entry.at("shape").get<std::vector<int64_t>>();
      source.columns = entry.at("columns").get<std::vector<std::string>>();
      source.classes = entry.value("classes", int64_t{0});
      std::optional<Element> element = parse_element(entry.at("element").get<std::string>());
      if (!element) damaged(trained, key);
      source.element = *element;
      std::string words = "vocabulary." + data + "." + source.name;
      if (trained.weights.metadata.contains(words)) {
        source.vocabulary = parsed(trained, words).get<std::vector<std::string>>();
        source.classes = static_cast<int64_t>(source.vocabulary.size());
      }
      facts.sources.push_back(std::move(source));
    }
    if (json.contains("format")) facts.format = stored_format(json.at("format"));
    facts.rows = json.at("rows").get<std::map<std::string, int64_t>>();
    facts.computed_classes = json.value("classes", facts.computed_classes);
    return facts;
  } catch (const Json::exception&) {
    damaged(trained, key);
  } catch (const std::out_of_range&) {  // an empty separator
    damaged(trained, key);
  }
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
  if (note && !trained.session->warnings().empty()) note(trained.session->warnings());
  return trained;
}

void require_variables(const Trained& trained, const std::vector<const Graph*>& graphs, const NoteSink& note) {
  std::map<std::string, Type> wanted;
  for (const Graph* graph : graphs) {
    for (NodeId id : graph->reachable()) {
      const Node& node = graph->node(id);
      if (node.op->name != "variable") continue;
      Type type = node.type;
      const auto& path = node.attributes.get<std::string>("path");
      auto stored = trained.weights.tensors.find(path);
      const bool fitted = path.starts_with("data.") && stored != trained.weights.tensors.end();
      if (fitted && is_float(stored->second.element)) type.element = stored->second.element;  // it widens to f64
      wanted[path] = type;
    }
  }
  for (const std::string& warning : require_network(wanted, trained.weights, trained.file)) {
    if (note) note(warning);
  }
}

}  // namespace nnc
