// 1. Mark what a reader sees: leaves and nodes that depend on one. A node that only copies another is that other; the
//    nodes of one call of a library function are one value, its last.
// 2. Name them as the source does, and write each as a formula of the others.
// 3. Where a value and its inputs are scalars, ask the node's own rule for the local derivatives.
#include "runtime/explain/walkthrough.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "ir/graph/builder.h"
#include "ir/graph/node_text.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "ir/graph/resolve.h"
#include "passes/differentiate.h"
#include "runtime/explain/node_alone.h"
#include "runtime/io/literal.h"

namespace nnc {

namespace {

/// A library function applied at one place, as one value.
struct LibraryCall {
  std::string function;
  std::vector<NodeId> nodes;
  std::set<NodeId> results;  ///< those that stand in formulas outside the call
};

class Walk {
 public:
  Walk(const Calculation& calculation, bool expand)
      : calculation_(calculation),
        graph_(calculation.graph),
        backward_(calculation),
        order_(graph_.reachable()),
        expand_(expand),
        seen_(graph_.size(), false),
        copy_of_(graph_.size(), kNoNode),
        call_(graph_.size(), kNoCall) {}

  void run(Walkthrough& walk) {
    mark_given();
    mark_copies();
    mark_calls();
    for (NodeId id : order_) {
      if (shown(id)) add(id, walk);
    }
    for (const Result& result : graph_.results) {
      auto place = place_.find(original(result.node));
      if (place != place_.end()) walk.results.push_back(place->second);
      walk.of_sum = walk.of_sum || graph_.type(result.node).rank() > 0 || graph_.results.size() > 1;
    }
  }

 private:
  static constexpr size_t kNoCall = SIZE_MAX;

  const Node& node(NodeId id) const { return graph_.node(id); }
  Origin origin(NodeId id) const { return graph_.origins(id).empty() ? Origin{} : graph_.origins(id).front(); }
  static bool is_input(const Node& node) { return leaf_path(node) != nullptr; }
  static bool clock(const Node& node) {
    const std::optional<InputRole> role = role_of(node);
    return role == InputRole::seed || role == InputRole::step;
  }
  /// What the reader takes as given: inputs, parameters, random numbers.
  static bool is_given(const Node& node) {
    return (is_input(node) && !clock(node)) || node.op->op_class == OpClass::random;
  }

  /// seen_: what is given, or depends on it. The rest are constants.
  void mark_given() {
    for (NodeId id : order_) {
      seen_[id] = is_given(node(id));
      if (node(id).op->op_class == OpClass::random) continue;
      for (NodeId operand : node(id).operands) seen_[id] = seen_[id] || seen_[operand];
    }
  }

  /// A copy shows nothing new: repeated, of another float type, or with other axes of one element.
  bool copies(NodeId id) const {
    const Node& one = node(id);
    if (one.operands.size() != 1 || one.type.is_tuple() || !graph_.node_name(id).empty()) return false;
    const Type& from = graph_.type(one.operands[0]);
    if (from.is_tuple()) return false;
    bool repeated = one.op == &op("broadcast");
    bool cast = one.op == &op("cast") && is_float(one.type.element) && from.element != Element::boolean;
    if (repeated || cast) return true;
    if (one.op != &op("reshape")) return false;
    auto long_axes = [](const Shape& shape) {
      Shape kept;
      for (const Dim& dim : shape) {
        if (dim != Dim(1)) kept.push_back(dim);
      }
      return kept;
    };
    return long_axes(one.type.shape) == long_axes(from.shape);
  }

  void mark_copies() {
    for (NodeId id : order_) {
      bool copy = !expand_ && seen_[id] && !is_given(node(id)) && copies(id);
      copy_of_[id] = copy ? original(node(id).operands[0]) : id;
    }
  }
  NodeId original(NodeId id) const { return copy_of_[id]; }

  /// The nodes of a call stand at one place in the user's file, carry the function's name and hang together: the layers
  /// of `x |> dense(64) |> relu |> dense(10)` all stand at the place of the chain.
  void mark_calls() {
    if (expand_) return;
    using Key = std::tuple<std::string, int, int, std::string>;
    std::map<NodeId, Key> keys;
    std::map<NodeId, NodeId> joined;
    auto root = [&](NodeId id) {
      while (joined.at(id) != id) id = joined.at(id);
      return id;
    };
    for (NodeId id : order_) {
      Origin at = origin(id);
      if (at.note.empty() || !seen_[id] || is_given(node(id)) || original(id) != id) continue;
      keys[id] = {at.file, at.line, at.column, at.note};
      joined[id] = id;
      for (NodeId operand : node(id).operands) {
        auto from = keys.find(original(operand));
        if (from != keys.end() && from->second == keys[id]) joined[root(from->first)] = id;
      }
    }
    std::map<NodeId, size_t> numbers;
    for (const auto& [id, key] : keys) {
      auto [found, fresh] = numbers.try_emplace(root(id), calls_.size());
      if (fresh) calls_.push_back({std::get<3>(key), {}, {}});
      call_[id] = found->second;
    }
    for (NodeId id : order_) {
      if (call_[id] != kNoCall) calls_[call_[id]].nodes.push_back(id);
    }
    std::set<NodeId> used_outside;
    for (NodeId id : order_) {
      for (NodeId operand : node(id).operands) {
        NodeId from = original(operand);
        if (original(id) == id && call_[from] != call_[id]) used_outside.insert(from);
      }
    }
    for (const Result& result : graph_.results) used_outside.insert(original(result.node));
    for (LibraryCall& call : calls_) {
      for (NodeId id : call.nodes) {
        if (used_outside.contains(id)) call.results.insert(id);
      }
    }
  }

  bool shown(NodeId id) const {
    if (!seen_[id] || original(id) != id || node(id).type.is_tuple()) return false;
    return call_[id] == kNoCall || calls_[call_[id]].results.contains(id);
  }

  std::string name_of(NodeId id) {
    const Node& one = node(id);
    std::string name = graph_.node_name(id);
    if (const std::string* path = leaf_path(one)) {
      name = *path;
      bool whole = one.op == &op("variable");
      if (!whole) name = name.substr(name.rfind('.') + 1);
    }
    bool result = !graph_.results.empty() && original(graph_.results[0].node) == id && graph_.results.size() == 1;
    if (result && name.empty()) name = calculation_.title;
    if (name.empty()) return fmt::format("#{}", ++unnamed_);
    if (expand_ && !origin(id).note.empty() && !is_input(one)) name = origin(id).note + "." + name;
    int again = ++names_[name];
    return again == 1 ? name : fmt::format("{}_{}", name, again);
  }

  /// A constant in a formula: its number, or its op where its elements differ.
  std::string constant_text(NodeId id) const {
    const Tensor& value = backward_.value(id);
    const std::vector<double> numbers = value.numbers();
    bool same = !numbers.empty() && std::equal(numbers.begin() + 1, numbers.end(), numbers.begin());
    return same ? number_text(numbers[0], value.type.element) : std::string(node(id).op->name);
  }

  /// An operand in a formula; also notes it as an input of `into`.
  std::string operand_text(NodeId id, WalkedValue& into, const Walkthrough& walk) {
    NodeId from = original(id);
    if (!seen_[from]) return constant_text(from);
    auto place = place_.find(from);
    if (place == place_.end()) {  // a tuple: its own operands
      std::string text;
      for (NodeId operand : node(from).operands) {
        text += (text.empty() ? "" : ", ") + operand_text(operand, into, walk);
      }
      return fmt::format("{}({})", node(from).op->name, text);
    }
    if (std::find(into.inputs.begin(), into.inputs.end(), place->second) == into.inputs.end()) {
      into.inputs.push_back(place->second);
    }
    return walk.values[place->second].name;
  }

  /// "b i, i o -> b o": the plain product of two matrices, or of a matrix and a vector.
  static bool is_matrix_product(const Node& node) {
    if (node.op->op_class != OpClass::contraction) return false;
    const std::string index = view<ContractAttributes>(node).index;
    size_t comma = index.find(", "), arrow = index.find(" -> ");
    if (comma == std::string::npos || arrow == std::string::npos) return false;
    std::string left = index.substr(0, comma), right = index.substr(comma + 2, arrow - comma - 2);
    std::string out = index.substr(arrow + 4);
    size_t last = left.rfind(' '), first = right.find(' ');
    std::string shared = last == std::string::npos ? left : left.substr(last + 1);
    if (shared != right.substr(0, first)) return false;
    std::string rest = last == std::string::npos ? "" : left.substr(0, last);
    if (first != std::string::npos) rest += (rest.empty() ? "" : " ") + right.substr(first + 1);
    return rest == out;
  }

  std::string formula_of(NodeId id, WalkedValue& into, const Walkthrough& walk) {
    const Node& one = node(id);
    if (one.op->op_class == OpClass::random) return "";
    std::vector<std::string> operands;
    for (NodeId operand : one.operands) operands.push_back(operand_text(operand, into, walk));
    if (is_matrix_product(one)) return with_operands("a @ b", operands);
    std::string over;
    if (one.op->op_class == OpClass::reduction) {
      const Ints axes = view<ReduceAttributes>(one).axes;
      bool all = static_cast<int>(axes.size()) == graph_.type(one.operands[0]).rank();
      if (!all) over = fmt::format(", over: {}", fmt::join(axes, ", "));
    }
    if (!one.op->notation.empty() && over.empty()) return with_operands(one.op->notation, operands);
    return fmt::format("{}({}{})", spelling(*one.op), fmt::join(operands, ", "), over);
  }

  /// The formula with only its constants: "*", "/ 4"; of what is written as a call, its name.
  std::string symbol_of(NodeId id, const std::string& formula) const {
    const Node& one = node(id);
    std::string_view notation = is_matrix_product(one) ? "a @ b" : one.op->notation;
    size_t bracket = formula.find('(');
    if (notation.empty() || notation.find('(') != std::string_view::npos) return formula.substr(0, bracket);
    std::vector<std::string> operands;
    for (NodeId operand : one.operands) {
      operands.push_back(seen_[original(operand)] ? "" : constant_text(original(operand)));
    }
    std::string symbol = with_operands(notation, operands);
    size_t first = symbol.find_first_not_of(' '), last = symbol.find_last_not_of(' ');
    return symbol.substr(first, last - first + 1);
  }

  /// A whole call: the function after what its nodes take from outside.
  std::string call_text(const LibraryCall& call, WalkedValue& into, const Walkthrough& walk) {
    std::set<NodeId> inside(call.nodes.begin(), call.nodes.end()), taken;
    std::vector<NodeId> used;  // in the order of their first use: arguments and parameters
    for (NodeId id : call.nodes) {
      for (NodeId operand : node(id).operands) {
        NodeId from = original(operand);
        if (seen_[from] && !inside.contains(from) && taken.insert(from).second) used.push_back(from);
      }
    }
    std::vector<NodeId> ordered = arguments_of(call, taken);
    std::copy_if(used.begin(), used.end(), std::back_inserter(ordered),
                 [&](NodeId id) { return std::find(ordered.begin(), ordered.end(), id) == ordered.end(); });
    std::vector<std::string> operands;
    for (NodeId id : ordered) operands.push_back(operand_text(id, into, walk));
    return fmt::format("{}({})", call.function, fmt::join(operands, ", "));
  }

  /// What the call was given, in its order, as far as its nodes take it; of the calls at the place the first whose
  /// arguments are all taken: the outer one, whose text this is.
  std::vector<NodeId> arguments_of(const LibraryCall& call, const std::set<NodeId>& taken) const {
    Origin at = origin(call.nodes.front());
    for (const LibraryCallArguments& known : calculation_.calls) {
      if (known.origin != at) continue;
      std::vector<NodeId> ordered;
      bool all = true;
      for (NodeId id : known.arguments) {
        if (id == kNoNode || !seen_[original(id)]) continue;
        if (!taken.contains(original(id))) all = false;
        if (std::find(ordered.begin(), ordered.end(), original(id)) == ordered.end()) ordered.push_back(original(id));
      }
      if (all && !ordered.empty()) return ordered;
    }
    return {};
  }

  std::string rule_in_words(NodeId id) const {
    const Node& one = node(id);
    if (one.op->in_words.empty()) return "lets no gradient through";
    std::string words(one.op->in_words);
    bool twice = one.operands.size() == 2 && original(one.operands[0]) == original(one.operands[1]);
    return twice ? words + "; here one value is both and gets both" : words;
  }

  void add(NodeId id, Walkthrough& walk) {
    WalkedValue value;
    value.node = id;
    value.origin = origin(id);
    value.parameter = node(id).op == &op("variable");
    value.value = backward_.value(id);
    if (const Tensor* gradient = backward_.gradient(id)) value.gradient = *gradient;
    if (!is_given(node(id))) {
      const LibraryCall* call = call_[id] == kNoCall ? nullptr : &calls_[call_[id]];
      bool whole = call != nullptr && call->nodes.size() > 1 && call->results.size() == 1;
      value.formula = whole ? call_text(*call, value, walk) : formula_of(id, value, walk);
      value.words = whole ? fmt::format("the chain rule through its {} steps (--expand shows them)", call->nodes.size())
                          : rule_in_words(id);
      value.symbol = whole ? call->function : symbol_of(id, value.formula);
      if (!whole) value.local = local_derivatives(id, value);
    }
    value.name = name_of(id);
    place_[id] = walk.values.size();
    walk.values.push_back(std::move(value));
  }

  /// By each input of the formula, from the node's own rule, where everything is a scalar float.
  std::vector<double> local_derivatives(NodeId id, const WalkedValue& value) const {
    const Node& one = node(id);
    auto scalar = [&](NodeId each) {
      const Type& type = graph_.type(each);
      return !type.is_tuple() && type.rank() == 0 && is_float(type.element);
    };
    bool all = scalar(id) && std::all_of(one.operands.begin(), one.operands.end(), scalar) && !value.inputs.empty();
    if (!all || one.op->vjp == nullptr) return {};
    std::vector<Type> types;
    Tensors inputs;
    for (size_t i = 0; i < one.operands.size(); ++i) {
      types.push_back(graph_.type(one.operands[i]));
      inputs[fmt::format("{}", i)] = backward_.value(one.operands[i]);
    }
    Graph alone = node_alone(one, types);
    Value out = alone.result("out");
    alone.results.clear();
    for (size_t i = 0; i < types.size(); ++i) {
      alone.results.push_back(
          {ResultKind::value, fmt::format("{}", i), gradient(out, alone.value(static_cast<NodeId>(i))).id});
    }
    Tensors slopes = interpret(differentiate(alone), inputs, 1, {.round = calculation_.round});
    std::vector<double> local(value.inputs.size(), 0);
    for (size_t i = 0; i < one.operands.size(); ++i) {
      auto place = place_.find(original(one.operands[i]));
      if (place == place_.end()) continue;
      auto at = std::find(value.inputs.begin(), value.inputs.end(), place->second);
      if (at == value.inputs.end()) continue;
      local[static_cast<size_t>(at - value.inputs.begin())] += slopes.at(fmt::format("{}", i)).number(0);
    }
    return local;
  }

  const Calculation& calculation_;
  const Graph& graph_;
  Backpropagation backward_;
  std::vector<NodeId> order_;
  bool expand_;
  std::vector<bool> seen_;
  std::vector<NodeId> copy_of_;
  std::vector<size_t> call_;
  std::vector<LibraryCall> calls_;
  std::unordered_map<NodeId, size_t> place_;
  std::map<std::string, int> names_;
  int unnamed_ = 0;
};

}  // namespace

Walkthrough walk_through(const Calculation& calculation, const std::string& file, bool expand) {
  Walkthrough walk;
  walk.file = file;
  walk.title = calculation.title;
  walk.rows = calculation.rows;
  Walk(calculation, expand).run(walk);
  return walk;
}

}  // namespace nnc
