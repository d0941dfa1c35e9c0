#include "runtime/train/replay.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "ir/graph/node_text.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "ir/interpret/blame.h"
#include "passes/differentiate.h"
#include "support/error.h"

namespace nnc {

namespace {

Tensor vector_of(const std::vector<double>& values) {
  return {Type(Element::i32, {Dim(static_cast<int64_t>(values.size()))}), values};
}

Tensor input_of(const FailedStep& step, InputRole role, const std::string& path, const Type& type) {
  const std::vector<int32_t>& rows = step.outcome.failed_rows;
  switch (role) {
    case InputRole::column: return select_rows(step.split.columns.at(path)->tensor, rows);
    case InputRole::order: {
      std::vector<double> order(rows.size());
      for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<double>(i);
      return vector_of(order);
    }
    case InputRole::seed: {
      auto word = [&](int shift) { return static_cast<double>(static_cast<int32_t>(step.seed >> shift)); };
      return vector_of({word(0), word(32)});
    }
    case InputRole::step: return {type, {static_cast<double>(step.outcome.steps + 1)}};
    case InputRole::setting: return {type, {step.settings.at(input_name(role, path))}};
    default: internal_error(fmt::format("a training step has the input '{}'", path));
  }
}

Tensors inputs_of(const FailedStep& step, const Graph& graph) {
  Tensors inputs;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    if (leaf_path(node) == nullptr) continue;
    const std::string& path = *leaf_path(node);
    if (node.op == &op("variable")) {
      inputs[path] = step.state.read(path);
    } else {
      inputs[path] = input_of(step, role_of(node).value(), path, node.type);
    }
  }
  return inputs;
}

bool is_given(const Node& node) { return leaf_path(node) != nullptr; }

/// What the user calls it: of 'setting.rate' the option's name.
std::string given_name(const Node& node) { return input_name(InputRole::setting, *leaf_path(node)); }

/// "exp f32[100, 10] (mnist.nn:14, cross_entropy)"
std::string described(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  bool given = is_given(node);
  std::string name = given ? "'" + given_name(node) + "'" : std::string(node.op->name);
  std::string text = fmt::format("{} {}", name, to_string(node.type));
  const std::vector<Origin>& origins = graph.origins(id);
  if (origins.empty() || given) return text;
  std::string note = origins[0].note.empty() ? "" : ", " + origins[0].note;
  return text + fmt::format(" ({}:{}{})", origins[0].file, origins[0].line, note);
}

std::string usual_mend(const FailedStep& step) {
  return step.settings.contains("clip") ? "a smaller learning rate, or a smaller 'clip', is the usual mend"
                                        : "a smaller learning rate, or 'clip = norm(1.0)' in train, is the usual mend";
}

/// What came of which numbers.
class Cause {
 public:
  Cause(const FailedStep& step, const Graph& graph, const Blame& blame)
      : step_(step), node_(graph.node(blame.node)), blame_(blame) {
    // A setting is f64; what is computed in f32 casts it.
    given_ = is_given(node_) || (is("cast") && is_given(graph.node(node_.operands[0])));
    const std::vector<Origin>& origins = graph.origins(blame.node);
    in_slope_ = !origins.empty() && origins[0].note.starts_with("backward");
  }

  std::string text() const {
    if (is_given(node_)) return fmt::format("it holds {} before the step", number(blame_.value));
    std::string what = given_                                       ? number(blame_.operands[0])
                       : node_.op->op_class == OpClass::elementwise ? formula()
                                                                    : "a sum of finite numbers";
    std::string text = !undefined()               ? fmt::format("{} is too large for {}", what, element())
                       : std::isnan(blame_.value) ? fmt::format("{} is not defined", what)
                                                  : fmt::format("{} is infinite", what);
    return in_slope_ ? text + ", in a slope" : text;
  }

  /// Of a given number that its cast makes infinite.
  bool of_cast() const { return given_ && !is_given(node_); }

  std::string help() const {
    if (given_) return help_for_given();
    if (undefined()) return in_slope_ ? std::string(kSlopeHelp) : help_for_undefined();
    if (step_.outcome.steps > 0) return usual_mend(step_);
    std::string wider = node_.type.element == Element::f64 ? "" : ", or compute in f64 (--precision f64)";
    return "bring the inputs to about 1 ('standardize') and start from smaller weights" + wider;
  }

 private:
  static constexpr std::string_view kSlopeHelp =
      "at this number the slope is infinite or not defined, whatever the learning rate: keep the argument away from "
      "it, as in sqrt(x + 1e-6), or choose around it: where(x > 0, sqrt(x), 0)";

  bool is(std::string_view name) const { return node_.op == &op(name); }

  /// Not too large, but outside of what the op is defined for, or at its pole.
  bool undefined() const {
    if (node_.op->op_class != OpClass::elementwise) return false;
    if (std::isnan(blame_.value)) return true;
    const std::vector<double>& x = blame_.operands;
    return (is("divide") && x[1] == 0) || is("log") || is("log1p") || (is("power") && x[0] == 0);
  }

  static std::string number(double value) { return std::isnan(value) ? "nan" : fmt::format("{:.6g}", value); }
  std::string element() const { return std::string(to_string(node_.type.element)); }

  std::string formula() const {
    std::string_view notation = node_.op->notation;
    bool call = notation.empty() || notation.find('(') != std::string_view::npos;
    std::vector<std::string> operands;
    for (double operand : blame_.operands) {
      operands.push_back(!call && std::signbit(operand) ? fmt::format("({})", number(operand)) : number(operand));
    }
    if (!notation.empty()) return with_operands(notation, operands);
    return fmt::format("{}({})", node_.op->name, fmt::join(operands, ", "));
  }

  std::string help_for_undefined() const {
    if (is("log")) return "keep the argument of 'log' above 0: log(max(x, 1e-6)), or where(x > 0, log(x), 0)";
    if (is("log1p")) return "keep the argument of 'log1p' above -1: log1p(max(x, -0.999999))";
    if (is("divide")) return "keep the divisor away from 0: add a small number, or where(y == 0, 0, x / y)";
    if (is("sqrt")) return "keep the argument of 'sqrt' from falling below 0: sqrt(max(x, 0))";
    if (is("power")) return "keep the base above 0: max(x, 1e-6)^y";
    return "keep its argument where it is defined, or choose around it: where(condition, f(x), 0)";
  }

  std::string help_for_given() const {
    if (!is("variable")) return "a smaller number there is the mend";
    if (step_.from_file) return "start from finite weights; --finite refuses others";
    return "its initialiser gives that: see 'param', or 'state', in the model";
  }

  const FailedStep& step_;
  const Node& node_;
  const Blame& blame_;
  bool given_ = false, in_slope_ = false;
};

}  // namespace

NotFinite explain_not_finite(const FailedStep& step) {
  const std::string& broken = step.outcome.broken;
  Graph graph = broken.empty() ? forward_of(step.training) : differentiate(step.training);
  auto result = std::find_if(graph.results.begin(), graph.results.end(), [&](const Result& candidate) {
    return broken.empty() || (candidate.kind == ResultKind::update && candidate.name == broken);
  });
  std::optional<Blame> blame;
  if (result != graph.results.end()) {
    auto rows = static_cast<int64_t>(step.outcome.failed_rows.size());
    blame = first_to_blame(graph, result->node, inputs_of(step, graph), rows);
  }
  if (!blame) {
    return {broken.empty() ? "the loss itself" : broken, usual_mend(step)};
  }
  Cause cause(step, graph, *blame);
  NodeId shown = cause.of_cast() ? graph.node(blame->node).operands[0] : blame->node;
  return {described(graph, shown) + ": " + cause.text(), cause.help()};
}

}  // namespace nnc
