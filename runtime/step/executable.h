// One variant of a program, ready to run: its graph taken through every pass and compiled (or kept for the nest
// interpreter), with the table of its inputs and outputs.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codegen/jit.h"
#include "ir/nest/nest_program.h"
#include "ir/nest/step_arguments.h"
#include "passes/pipeline.h"
#include "runtime/step/state_block.h"
#include "runtime/step/team_pace.h"
#include "runtime/step/worker_team.h"

namespace nnc {

/// What building one executable cost, in milliseconds.
struct BuildTimes {
  std::string graph;  ///< "train", "evaluate", "initial", of a field "houses_x"
  int64_t capacity = 0;
  bool exact = false;
  std::vector<PassTime> passes;
  double emit = 0;
  double machine = 0;
  double all = 0;  ///< by the clock, from the graph to what is ready to run
  std::vector<KernelCode> kernels;

  void scale(double factor);
};

/// How every variant of one program is built.
struct BuildOptions {
  Target target;
  bool interpret = false;    ///< run the nest interpreter instead of machine code
  bool time_stamps = false;  ///< machine code counts what each call takes; see TickSlots
  int64_t fuse_limit = -1;
  std::shared_ptr<WorkerTeam> team;  ///< runs the steps; null: the calling thread alone
  bool always_together = false;      ///< the team runs all steps, also where one worker would be faster
  int64_t least_shared_work = PassOptions{}.least_shared_work;
  std::function<void(const BuildTimes&)> on_built;  ///< told of each executable; may be empty

  PassOptions passes(int64_t capacity, bool exact) const;
};

class Executable {
 public:
  /// Compiles `graph` for `capacity` rows a step: exactly that many, or any number up to it.
  static Executable build(const Graph& graph, const BuildOptions& options, int64_t capacity, bool exact);
  /// The same without its code, which must be there before it is run. Nobody is told.
  static Executable plan(const Graph& graph, const BuildOptions& options, int64_t capacity, bool exact);
  void make_code();
  /// One more, to run on another thread: the same code, memory of its own. Not of code for a team.
  Executable beside() const;

  /// Runs steps; `arguments.arena` is supplied here. Inputs and outputs by the slots below.
  int64_t run(StepArguments& arguments) const;

  const NestProgram& program() const { return program_; }
  const BuildTimes& times() const { return times_; }
  /// It was built beside others, and this is its share of the time gone.
  void scale_times(double factor) { times_.scale(factor); }

  /// Buffers of one role in order of slot: names without their prefix ("column.", "setting.").
  std::vector<const Buffer*> buffers(BufferRole role) const;
  /// Slot of the output called `name`, or nothing.
  std::optional<int> output(const std::string& name) const;

 private:
  int64_t run_on_team(StepArguments& arguments) const;
  int64_t run_alone(StepArguments& arguments) const;

  NestProgram program_;
  bool interpret_ = false, time_stamps_ = false;
  std::shared_ptr<const CompiledProgram> code_;  ///< null: interpreted, or there is none yet
  AlignedBytes arena_;
  std::shared_ptr<WorkerTeam> team_;
  std::unique_ptr<TeamPace> pace_;  ///< null: the team runs always
  BuildTimes times_;
};

}  // namespace nnc
