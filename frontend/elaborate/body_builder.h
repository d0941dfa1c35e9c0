// A part of a graph as a body of its own: what depends on some stand-ins, which become its inputs.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "ir/graph/graph.h"

namespace nnc {

class BodyBuilder {
 public:
  /// `inputs` are the body's first inputs; those of `perhaps` follow where the results need them.
  BodyBuilder(Graph& graph, std::vector<Value> inputs, std::vector<Value> perhaps, const std::string& name);

  /// The results are called by their numbers. What they need and does not depend on an input is read.
  std::shared_ptr<Graph> build(const std::vector<Value>& results);

  /// What the body reads of the graph around it, as values of that graph: inputs behind all others.
  std::vector<Value> invariants() const;
  /// Which of `perhaps` became inputs, by their place among them.
  const std::vector<size_t>& used() const { return used_; }

 private:
  void mark();
  void mark_differentiated();
  void mark_between(NodeId value, NodeId by);
  void add_input(NodeId id);
  Value body_input_of(NodeId id, const std::string& name);
  bool computed_within(NodeId id) const;
  std::set<NodeId> needed(const std::vector<Value>& results) const;
  NodeId made(NodeId id);

  Graph& graph_;
  std::vector<Value> inputs_, perhaps_;
  std::shared_ptr<Graph> body_;
  std::vector<bool> depends_, constant_, between_;
  std::unordered_map<NodeId, NodeId> mapped_;
  std::vector<NodeId> invariants_;
  std::vector<size_t> used_;
  int64_t count_ = 0;
};

}  // namespace nnc
