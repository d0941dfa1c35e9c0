#include "ir/graph/samples.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {

namespace {

/// "op(f32[2], i32[3]) {…}" as a graph: a type in the list becomes an input.
std::string graph_of_call(std::string_view call) {
  size_t open = call.find('('), close = call.find(')');
  std::string inputs, names;
  int number = 0;
  std::string_view types = call.substr(open + 1, close - open - 1);
  while (!types.empty()) {
    size_t end = std::min(types.find(']'), types.size() - 1) + 1;
    std::string_view type = types.substr(0, end);
    while (type.starts_with(' ') || type.starts_with(',')) type.remove_prefix(1);
    types.remove_prefix(end);
    inputs += fmt::format("  %x{0} = input {{role = column, path = \"x{0}\"}} : {1}\n", number, type);
    names += fmt::format("{}%x{}", number == 0 ? "" : ", ", number);
    ++number;
  }
  return fmt::format("graph sample {{\n{}  %y = {}({}){}\n  yield value = %y\n}}\n", inputs, call.substr(0, open),
                     names, call.substr(close + 1));
}

std::string with_element(std::string text, Element element) {
  if (element == Element::f32) return text;
  std::string to(spelling(element));
  for (size_t at = text.find("f32"); at != std::string::npos; at = text.find("f32", at)) text.replace(at, 3, to);
  return text;
}

}  // namespace

std::vector<std::string> sample_graphs(const Op& op, Element element) {
  std::vector<std::string> graphs;
  for (std::string_view sample : op.check.samples) {
    bool whole = sample.find("graph") == 0;
    graphs.push_back(with_element(whole ? std::string(sample) : graph_of_call(sample), element));
  }
  if (!graphs.empty() || op.op_class != OpClass::elementwise) return graphs;
  std::string_view type = op.check.domain == Domain::boolean ? "bool" : "f32";
  for (std::string_view shape : {"[]", "[1]", "[0]", "[17]", "[B]", "[B, 7]", "[2, 3, 4]"}) {
    std::string call = std::string(op.name) + "(";
    for (int i = 0; i < op.arity; ++i) call += fmt::format("{}{}{}", i == 0 ? "" : ", ", type, shape);
    graphs.push_back(with_element(graph_of_call(call + ")"), element));
  }
  return graphs;
}

}  // namespace nnc
