// An expression with its slopes, for tests of derivatives.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "ir/graph/backward.h"
#include "ir/graph/builder.h"
#include "ir/interpret/interpret_graph.h"

namespace nnc {

/// The values of an expression of x and the first two derivatives of their sum.
struct Slopes {
  Graph graph;
  Tensors inputs;

  template <class Expression>
  Slopes(std::vector<double> at, Expression build) {
    Type type(Element::f64, {static_cast<int64_t>(at.size())});
    inputs["x"] = {type, std::move(at)};
    Value x = input(graph, InputRole::column, "x", type);
    Value made = build(x);
    add("value", made);
    Value first = derivative(made, x);
    add("first", first);
    add("second", derivative(first, x));
  }
  std::vector<double> operator[](const std::string& name) const {
    return interpret(graph, inputs, 1).at(name).numbers();
  }

 private:
  void add(std::string name, Value value) { graph.results.push_back({ResultKind::value, std::move(name), value.id}); }
  Value derivative(Value of, Value by) {
    std::array seeds{Seed{of, full(graph, 1, of.type())}};
    std::array wanted{by};
    Value found = pull_back(graph, seeds, wanted)[0];
    return found ? found : full(graph, 0, by.type());
  }
};

}  // namespace nnc
