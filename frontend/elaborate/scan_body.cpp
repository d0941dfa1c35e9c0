#include "frontend/elaborate/scan_body.h"

#include "frontend/elaborate/body_builder.h"
#include "ir/graph/builder.h"

namespace nnc {

Value scan_of(Graph& graph, const ScanNodes& nodes, const std::string& name) {
  std::vector<Value> results = nodes.next;  // the next states, and the same as outputs
  results.insert(results.end(), nodes.next.begin(), nodes.next.end());
  BodyBuilder builder(graph, nodes.state_inputs, nodes.sequence_inputs, name);
  const std::shared_ptr<Graph> body = builder.build(results);
  std::vector<Value> sequences;
  for (size_t i : builder.used()) sequences.push_back(nodes.sequences[i]);
  return scan(graph, nodes.states, sequences, builder.invariants(), body, nodes.length, nodes.backwards);
}

}  // namespace nnc
