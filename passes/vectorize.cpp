#include "passes/vectorize.h"

#include <fmt/format.h>

#include "passes/vectorize/lower.h"
#include "passes/vectorize/share.h"
#include "support/error.h"

namespace nnc {

namespace {

constexpr int64_t kMostBytes = int64_t{1} << 46;  ///< of one tensor; sums of these stay far within int64

/// Every tensor at `rows` rows can be addressed. In double, since the product itself may leave int64.
void require_addressable(const Graph& graph, int64_t rows) {
  for (NodeId id : graph.reachable()) {
    const Type& type = graph.type(id);
    double bytes = byte_size(type.element);
    for (const Dim& dim : type.shape) {
      bytes *= static_cast<double>(dim.count) * (dim.symbol == Symbol::rows ? static_cast<double>(rows) : 1);
    }
    if (bytes <= static_cast<double>(kMostBytes)) continue;
    const std::vector<Origin>& origins = graph.origins(id);
    unsupported(origins.empty() ? Origin{} : origins.front(),
                fmt::format("a tensor {} with {} rows needs {:.3g} bytes, more than the limit of {}", to_string(type),
                            rows, bytes, kMostBytes));
  }
}

void require_schedules(const Partition& partition) {
  for (const KernelGroup& kernel : partition.kernels) {
    if (!kernel.schedule) {
      throw Failure(ExitCode::wrong_command, fmt::format("nnc: error: pass 'vectorize' cannot follow here: kernel '{}' "
                                                         "has no schedule\n help: run the pass 'schedule' before it",
                                                         kernel.name));
    }
    for (const Partition& body : kernel.bodies) require_schedules(body);
  }
}

}  // namespace

NestProgram vectorize(const Partition& partition, const PassOptions& options) {
  require_addressable(partition.graph, options.capacity);
  require_schedules(partition);
  ProgramBuilder program(partition.graph.name, options);
  lower_partition(program, partition);
  NestProgram result = program.finish();
  share_kernels(result);
  return result;
}

StageValue run_vectorize(const StageValue& program, const PassOptions& options) {
  return vectorize(std::get<Partition>(program), options);
}

}  // namespace nnc
