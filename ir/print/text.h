// The text form of both IRs: what every dump prints, and an input format. Printing numbers nodes by a walk from the
// results. Parsing gives back an equal graph (equivalent(), names and origins included).
//
//   graph train {
//     %x = input {path = "column.x", type…} : f32[B, 2]
//     %h_0 = contract(%x, %W) {index = "b i, i o -> b o"} : f32[B, 4]   # xor.nn:15:15 backward of dense_0
//     yield loss = %loss
//     total accuracy.hits = %n_12
//     update net.W = %w_1
//   }
#pragma once

#include <string>
#include <string_view>

#include "ir/graph/graph.h"
#include "ir/graph/partition.h"
#include "ir/nest/nest_program.h"

namespace nnc {

std::string print(const Graph& graph);
std::string print(const Partition& partition);
std::string print(const NestProgram& program);

// Each throws a Failure "file:line:col: error: …" (exit 1) on malformed text; `name` is the file's name for messages.
// The result has passed the verifier.
Graph parse_graph(std::string_view text, const std::string& name);
Partition parse_partition(std::string_view text, const std::string& name);
NestProgram parse_nests(std::string_view text, const std::string& name);

}  // namespace nnc
