#include "runtime/train/start_state.h"

#include "runtime/step/steps.h"

namespace nnc {

StateBlock start_state(const BoundProgram& program, const BuildOptions& options, const Executable& executable,
                       uint64_t seed) {
  BuildOptions build = options;
  build.interpret = true;  // once, and the interpreter gives the same bits without a compilation
  Executable initial = Executable::build(initial_graph(program), build, 1, true);
  StateBlock start(initial.program());
  Steps(initial, start, SplitView{}, settings(program), seed).run(nullptr, 1, 1, 1);
  StateBlock state(executable.program());
  state.take(start);
  return state;
}

}  // namespace nnc
