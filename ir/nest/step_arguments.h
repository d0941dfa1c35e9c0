// The one interface between compiled code (or the nest interpreter) and whoever runs it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nnc {

/// What the workers of a team have in common while they run steps.
struct TeamLink {
  /// Returns once every worker has called it as often.
  void (*barrier)(TeamLink* team, int64_t worker) = nullptr;
  /// What worker 0 has decided for all, between two barriers: whether the next step, of an even or an odd number, is
  /// run, and whether a step goes on behind a call that polls.
  int32_t go_on[3] = {0, 0, 0};
};

/// What the compiled entry `int64_t run_steps(StepArguments*)` and the nest interpreter take. Returns the steps
/// completed: fewer than `count` when `*stop` became non-zero or a FiniteCheck failed (`not_finite` is then 1). The
/// weights are those after the last of them: `*stop` is read before each step, and within it where the program polls,
/// which is before its first write of a variable. Whoever sets it leaves it set while the run lasts. Column rows are
/// gathered by `order`, which the caller has checked.
struct StepArguments {
  std::byte* state = nullptr;            ///< state_bytes, 64-byte aligned
  std::byte* arena = nullptr;            ///< arena_bytes, 64-byte aligned
  const void* const* columns = nullptr;  ///< by slot
  const int32_t* order = nullptr;        ///< rows × count row numbers
  const double* settings = nullptr;      ///< by slot
  void* const* outputs = nullptr;        ///< by slot; advanced by the output's elements each step
  const int32_t* stop = nullptr;         ///< may be null
  uint64_t seed = 0;
  int64_t first_step = 1;
  int64_t count = 1;
  int64_t rows = 1;
  int32_t step = 0;        ///< scratch of the driver
  int32_t not_finite = 0;  ///< set by the driver
  /// Of code with time stamps: TickSlots of each worker, one after the other, zeroed by the caller.
  uint64_t* ticks = nullptr;
  int64_t worker = 0;        ///< the number of this one, from 0; each of a team has its own StepArguments
  int64_t parts = 1;         ///< of shared loops that it runs, from its own on: all where it works alone
  TeamLink* team = nullptr;  ///< of a program for several workers
};

/// What code with time stamps adds up in `StepArguments::ticks`: the ticks of a clock of the processor from one stamp
/// to the next, over all steps of a run. A stamp's own cost is part of every interval.
struct TickSlots {
  static constexpr size_t last = 0;      ///< scratch: the stamp before
  static constexpr size_t empty = 1;     ///< between two stamps with nothing between them, once a step
  static constexpr size_t outside = 2;   ///< the step's own work: once before its calls, once a FiniteCheck
  static constexpr size_t barriers = 3;  ///< waiting for other workers, and telling them
  static constexpr size_t calls = 4;     ///< from here on one a call, as call_sites lists them
};

}  // namespace nnc
