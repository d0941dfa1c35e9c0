// A graph's text with where its nodes and results stand, for what is read behind it.
#pragma once

#include "ir/graph/graph.h"
#include "ir/graph/partition_text.h"

namespace nnc {

Graph parse_graph(std::string_view text, const std::string& name, GraphText& places);

}  // namespace nnc
