#include "runtime/train/work.h"

#include <fmt/format.h>

#include "ir/graph/contraction.h"
#include "ir/graph/op.h"
#include "ir/nest/stopping.h"
#include "runtime/io/quantity.h"

namespace nnc {

namespace {

constexpr double kCompiledRate = 4e9;  // operations a second of one core: a few of a vector's lanes each cycle
constexpr double kInterpretedRate = 2e7;
constexpr double kLongSeconds = 30;
constexpr double kLongWait = 1;  // seconds

double elements(const Type& type, int64_t rows) {
  double count = 1;
  for (const Dim& dim : type.shape) count *= static_cast<double>(dim.at(rows, rows));
  return count;
}

double operations(const Graph& graph, const Node& node, int64_t rows) {
  if (node.op == &op("stop_gradient") || node.op == &op("separate")) return 0;
  switch (node.op->op_class) {
    case OpClass::elementwise: return elements(node.type, rows);
    case OpClass::reduction:
    case OpClass::window: return elements(graph.type(node.operands[0]), rows);
    case OpClass::contraction: {
      std::vector<Type> types;
      for (NodeId operand : node.operands) types.push_back(graph.type(operand));
      double count = 2;
      for (const Contraction::Loop& loop : contraction_of(node, types).loops) {
        count *= static_cast<double>(loop.extent.at(rows, rows));
      }
      return count;
    }
    default: return 0;
  }
}

}  // namespace

double count_operations(const Graph& graph, int64_t rows) {
  double count = 0;
  for (NodeId id : graph.reachable()) count += operations(graph, graph.node(id), rows);
  return count;
}

double count_elements(const Graph& graph, int64_t rows) {
  double count = 0;
  for (NodeId id : graph.reachable()) count += elements(graph.type(id), rows);
  return count;
}

std::string announced(std::string_view what, const Work& work) {
  double rate = work.interpreted ? kInterpretedRate : kCompiledRate;
  double seconds = work.operations / rate;
  if (seconds < kLongSeconds) return "";
  return fmt::format("note: {} has about {:.2g} operations and needs {} of memory: about {} at {:.0e} a second", what,
                     work.operations, bytes_text(work.bytes), duration(seconds), rate);
}

std::string announced_wait(const NestProgram& step, bool interpreted) {
  const double slower = interpreted ? kCompiledRate / kInterpretedRate : 1;
  const double seconds = seconds_behind_first_write(step) * slower;
  if (seconds <= kLongWait) return "";
  return fmt::format("note: a step that has begun to change the weights runs to its end: Ctrl-C waits up to about {}",
                     duration(seconds));
}

}  // namespace nnc
