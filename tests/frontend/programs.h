// Helpers of the frontend's tests: a program from text, with the diagnostics that it got.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "frontend/program/program.h"
#include "ir/verify/verify.h"
#include "support/diagnostics.h"
#include "support/source.h"

namespace nnc::testing {

struct CheckedText {
  std::unique_ptr<SourceFile> source;
  Diagnostics diagnostics;
  Checked program;

  std::string rendered() const { return render(diagnostics, *source); }
};

inline CheckedText check_text(const std::string& text, const Overrides& overrides = {},
                              const std::string& name = "t.nn") {
  CheckedText result;
  result.source = std::make_unique<SourceFile>(name, text);
  result.program = check(*result.source, overrides, result.diagnostics);
  return result;
}

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::string example(const std::string& name) {
  return read_text(std::string(NNC_SOURCE_DIR) + "/examples/" + name);
}

/// Facts as if the data held what is declared: idx images of 28 × 28 bytes, npy arrays as in docs/language.md, columns
/// of floats, `rows` rows a split.
inline std::vector<DataFacts> likely_facts(const CheckedProgram& program, int64_t columns = 13, int64_t rows = 400) {
  std::vector<DataFacts> all;
  for (const DataInfo& data : data_declarations(program)) {
    DataFacts facts;
    facts.data = data.name;
    for (const RawSource& source : data.sources) {
      SourceFacts one;
      one.name = source.name;
      one.element = source.is_class ? Element::i32 : Element::f32;
      if (data.kind == "idx") one.element = Element::u8;
      if (source.name == "image") one.sample_shape = {28, 28};
      if (source.name == "signal") one.sample_shape = {64, 3};
      if (source.name == "array") one.sample_shape = {14};
      if (source.is_range) one.sample_shape = {columns};
      if (data.kind == "csv" && source.is_class && !source.classes) one.vocabulary = {"left", "right"};
      if (data.kind == "chars") {
        one.vocabulary = {"a", "b", "c"};
        one.classes = 3;
        one.sample_shape = {data.window};
      }
      if (data.kind == "table") {
        auto count = static_cast<int64_t>(data.table.at(source.name).at(0).size());
        one.sample_shape = {count};
      }
      facts.sources.push_back(one);
    }
    facts.rows = {{"train", rows}, {"valid", 50}, {"test", 100}, {"all", rows}};
    all.push_back(facts);
  }
  return all;
}

inline Bound bind_text(CheckedText& text) {
  return text.program == nullptr ? nullptr : nnc::bind(text.program, likely_facts(*text.program), text.diagnostics);
}

/// The graph of a function of the program; nothing, and a failed test, where the text has errors.
inline std::optional<Graph> function_graph(const std::string& text, const std::string& name,
                                           const Overrides& overrides = {}) {
  CheckedText program = check_text(text, overrides);
  Bound bound = bind_text(program);
  if (bound == nullptr) {
    ADD_FAILURE() << program.rendered();
    return std::nullopt;
  }
  Graph graph = lower_function(*bound, name);
  verify(graph);
  return graph;
}

}  // namespace nnc::testing
