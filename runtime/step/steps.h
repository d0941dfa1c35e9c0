// An executable bound to its state, columns and settings: runs steps and hands out their scalar results.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/step/executable.h"
#include "runtime/step/split_view.h"
#include "runtime/step/state_block.h"

namespace nnc {

class Steps {
 public:
  /// All arguments but `settings` must outlive this. `settings`: by name without "setting.". A column or setting that
  /// the program reads and is not there is an InternalError.
  Steps(const Executable& executable, StateBlock& state, const SplitView& split,
        const std::map<std::string, double>& settings, uint64_t seed);

  struct Run {
    int64_t done = 0;         ///< steps completed
    bool not_finite = false;  ///< the step after them has a loss that is not finite; the weights are those before it
  };
  /// Runs `count` steps over `order` (count × rows row numbers). Results of these steps replace those of the last run.
  Run run(const int32_t* order, int64_t rows, int64_t first_step, int64_t count, const int32_t* stop = nullptr);
  /// From now on a run of code with time stamps adds its ticks here (TickSlots of each worker).
  void count_ticks(uint64_t* ticks) { ticks_ = ticks; }

  /// Result `slot` of step `step` of the last run; it must be a scalar.
  double scalar(int slot, int64_t step) const;
  /// All elements of result `slot` of one step, row-major.
  const std::byte* result(int slot, int64_t step) const;
  /// Slot of a result by name; −1 when the program has none.
  int slot(const std::string& name) const;
  const std::vector<const Buffer*>& outputs() const { return outputs_; }
  const Executable& executable() const { return *executable_; }

 private:
  void reserve_outputs(int64_t steps);

  const Executable* executable_;
  StateBlock* state_;
  std::vector<const void*> columns_;
  std::vector<double> settings_;
  std::vector<const Buffer*> outputs_;
  std::vector<AlignedBytes> results_;
  std::vector<void*> result_pointers_;
  int64_t reserved_steps_ = 0;
  uint64_t seed_;
  uint64_t* ticks_ = nullptr;
};

}  // namespace nnc
