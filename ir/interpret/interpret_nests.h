// Runs loop nests as compiled code would, lane by lane in the elements' own types (scalar_semantics.h), under
// FlushDenormals, with every place checked against its bounds: the oracle for codegen, and what runs where nothing is
// compiled.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <unordered_map>
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

/// Runs workers in shuffled order, and records who has written and read every byte since the last barrier: an
/// InternalError where one worker touches what another writes.
class RaceCheck : public TeamWatch {
 public:
  explicit RaceCheck(uint64_t seed) : random_(seed) {}

  void order(std::vector<int64_t>& workers) override;
  void enter(int64_t worker, const std::string& kernel) override;
  void barrier() override { bytes_.clear(); }
  void touched(const std::byte* first, size_t bytes, bool written) override;

 private:
  struct Byte {
    int64_t writer = -1;
    int64_t reader = -1;  ///< −2: several
  };
  std::mt19937_64 random_;
  std::unordered_map<const std::byte*, Byte> bytes_;
  int64_t worker_ = 0;
  std::string kernel_;
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
