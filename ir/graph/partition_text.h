// Where a partition stands in the text that it was read from: what a person wrote by hand is refused at its place.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/source.h"

namespace nnc {

struct KernelText {
  Range name, kind;
  std::vector<Range> nodes, outputs, updates;          ///< one each
  Range schedule;                                      ///< all of its clauses
  std::vector<std::pair<std::string, Range>> clauses;  ///< by the word that each begins with

  /// A clause, or the whole schedule where it has none of this word.
  Range clause(std::string_view word) const;
};

/// Of the graph's own nodes and results, by number, where each begins.
struct GraphText {
  std::vector<Range> nodes, results;
};

struct PartitionText {
  std::shared_ptr<const SourceFile> file;
  GraphText graph;
};

/// "file:line:col: error: …" with the line and a caret, a note and a likely fix where there are some.
std::string error_at(const PartitionText& text, Range where, const std::string& message, const std::string& note,
                     const std::string& help);

}  // namespace nnc
