#include "ir/graph/op_attributes.h"
#include "ir/graph/resolve.h"
#include "tests/fuzz/random_graph.h"

namespace nnc {

namespace {

double uniform(std::mt19937_64& generator, double low, double high) {
  return low + (high - low) * static_cast<double>(generator() >> 11) * 0x1p-53;
}

template <class Make>
Tensors leaves_of(const Graph& graph, int64_t rows, Make make) {
  Tensors tensors;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    if (leaf_path(node) == nullptr) continue;
    Tensor tensor = Tensor::uninitialised(resolve(node.type, rows, rows + 3));
    for (int64_t i = 0; i < tensor.count(); ++i) tensor.set(i, make(node.type.element));
    tensors[*leaf_path(node)] = std::move(tensor);
  }
  return tensors;
}

}  // namespace

double random_number(Domain domain, std::mt19937_64& generator) {
  switch (domain) {
    case Domain::positive: return uniform(generator, 0.2, 3);
    case Domain::unit: return uniform(generator, 0.05, 0.95);
    case Domain::nonzero: return uniform(generator, 0.3, 2) * (generator() % 2 == 0 ? 1 : -1);
    case Domain::above_minus_one: return uniform(generator, -0.7, 2);
    case Domain::boolean: return static_cast<double>(generator() % 2);
    default: return uniform(generator, -2, 2);
  }
}

Tensors random_inputs(const Graph& graph, int64_t rows, uint64_t seed, Domain domain) {
  std::mt19937_64 generator(seed);
  return leaves_of(graph, rows, [&](Element element) {
    if (element == Element::boolean) return static_cast<double>(generator() % 2);
    if (element == Element::i32) return static_cast<double>(generator() % 13) - 3;  // some lie beyond the tables
    if (element == Element::u8) return static_cast<double>(generator() % 256);
    double number = random_number(domain, generator);
    return element == Element::f64 ? number : static_cast<double>(static_cast<float>(number));
  });
}

Tensors random_direction(const Graph& graph, int64_t rows, uint64_t seed) {
  std::mt19937_64 generator(seed);
  return leaves_of(graph, rows, [&](Element element) { return is_float(element) ? uniform(generator, -1, 1) : 0.0; });
}

}  // namespace nnc
