#include "runtime/weights/data_facts.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "frontend/program/source_kinds.h"

namespace nnc {

namespace {

using Json = nlohmann::json;

Json parsed(const Metadata& metadata, const std::string& key) { return Json::parse(metadata.at(key), nullptr, false); }

std::string vocabulary_key(const std::string& data, const std::string& source) {
  return "vocabulary." + data + "." + source;
}

CsvFormat format_of(const Json& json) {
  CsvFormat format;
  format.separator = json.at("separator").get<std::string>().at(0);
  format.decimal = json.at("decimal").get<std::string>().at(0);
  format.names = json.at("names").get<std::vector<std::string>>();
  return format;
}

std::optional<SourceFacts> source_of(const Json& entry, const Metadata& metadata, const std::string& data) {
  SourceFacts source;
  source.name = entry.at("name");
  source.sample_shape = entry.at("shape").get<std::vector<int64_t>>();
  source.columns = entry.at("columns").get<std::vector<std::string>>();
  source.classes = entry.value("classes", int64_t{0});
  source.counts = entry.value("counts", source.counts);
  const std::optional<Element> element = parse_element(entry.at("element").get<std::string>());
  if (!element) return std::nullopt;
  source.element = *element;
  const std::string words = vocabulary_key(data, source.name);
  if (metadata.contains(words)) {
    source.vocabulary = parsed(metadata, words).get<std::vector<std::string>>();
    source.classes = static_cast<int64_t>(source.vocabulary.size());
  }
  return source;
}

}  // namespace

std::string facts_key(const std::string& data) { return "facts." + data; }

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
      if (!source.counts.empty()) json["sources"].back()["counts"] = source.counts;
      if (source.vocabulary.empty()) continue;
      metadata[vocabulary_key(facts.data, source.name)] = Json(source.vocabulary).dump();
    }
    metadata[facts_key(facts.data)] = json.dump();
  }
}

bool has_facts(const Metadata& metadata, const std::string& data) { return metadata.contains(facts_key(data)); }

std::optional<DataFacts> read_facts(const Metadata& metadata, const std::string& data) {
  try {
    const Json json = parsed(metadata, facts_key(data));
    DataFacts facts;
    facts.data = data;
    for (const Json& entry : json.at("sources")) {
      std::optional<SourceFacts> source = source_of(entry, metadata, data);
      if (!source) return std::nullopt;
      facts.sources.push_back(std::move(*source));
    }
    if (json.contains("format")) facts.format = format_of(json.at("format"));
    facts.rows = json.at("rows").get<std::map<std::string, int64_t>>();
    facts.computed_classes = json.value("classes", facts.computed_classes);
    return facts;
  } catch (const Json::exception&) {
    return std::nullopt;
  } catch (const std::out_of_range&) {  // an empty separator
    return std::nullopt;
  }
}

}  // namespace nnc
