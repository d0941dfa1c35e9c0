#include "passes/vectorize.h"

#include "passes/vectorize/lower.h"
#include "passes/vectorize/share.h"

namespace nnc {

NestProgram vectorize(const Partition& partition, const PassOptions& options) {
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
