#include "passes/vectorize.h"

#include <fmt/format.h>

#include "passes/vectorize/lower.h"
#include "passes/vectorize/share.h"
#include "support/error.h"

namespace nnc {

namespace {

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
