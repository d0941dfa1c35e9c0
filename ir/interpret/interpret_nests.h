// Runs loop nests as compiled code would, lane by lane in the elements' own types (scalar_semantics.h), under
// FlushDenormals, with every place checked against its bounds: the oracle for codegen, and what runs where nothing is
// compiled.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ir/nest/nest_code.h"
#include "ir/nest/nest_program.h"
#include "ir/nest/step_arguments.h"

namespace nnc {

/// Sees how a team of workers runs: one after the other between barriers.
class TeamWatch : public AccessObserver {
 public:
  /// May put the workers into another order, in which they run up to the next barrier.
  virtual void order(std::vector<int64_t>& workers) = 0;
  /// What is touched from now on is touched by this worker, in this kernel.
  virtual void enter(int64_t worker, const std::string& kernel) = 0;
  virtual void barrier() = 0;
};

/// A planned, verified program made ready to run; it keeps no reference to the program. A violated bound is an
/// InternalError that names kernel and statement.
class NestInterpreter {
 public:
  explicit NestInterpreter(const NestProgram& program);
  ~NestInterpreter();
  NestInterpreter(NestInterpreter&&) noexcept;
  NestInterpreter& operator=(NestInterpreter&&) noexcept;

  /// From now on a run tells `watch` of its workers; null: nobody. It must outlive the runs.
  void watch(TeamWatch* watch);
  /// Up to `arguments.count` steps, as `run_steps` (step_arguments.h); returns the steps completed.
  int64_t run(StepArguments& arguments);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The same for a program that runs once.
int64_t interpret_nests(const NestProgram& program, StepArguments& arguments);

}  // namespace nnc
