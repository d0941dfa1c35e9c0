// Faults that can be switched on in a build of their own, so that a test suite can be asked whether it would notice:
// `./dev test --mutants` sets one after the other and wants the suite red each time. In every other build they are
// constants and cost nothing.
#pragma once

#if defined(NNC_MUTANTS)
#include <cstdlib>
#include <string_view>
#endif

namespace nnc {

enum class Fault {
  dropped_bias_gradient,   ///< sums down the batch leave out the first row
  unmasked_tail,           ///< a vector's tail is not masked when it is loaded
  wrong_seed,              ///< random numbers ignore the path
  stale_update,            ///< updates may run before readers of the old value
  unweighted_short_batch,  ///< the epoch's loss weighs the short last batch as a full one
  relu_slope_at_zero,      ///< select compares `<` where it should `<=`
  loss_not_checked,        ///< a loss that is not finite does not stop the run
  split_overlaps,          ///< a row lies in two splits
  truncated_weights,       ///< the last byte of a weights file is missing
  wrong_fma_operand,       ///< the sum of a multiply-add is taken twice
};

#if defined(NNC_MUTANTS)
/// Whether the environment asks for this fault: NNC_FAULT=unmasked_tail.
inline bool fault(Fault wanted) {
  static constexpr const char* kNames[] = {
      "dropped_bias_gradient", "unmasked_tail",    "wrong_seed",     "stale_update",      "unweighted_short_batch",
      "relu_slope_at_zero",    "loss_not_checked", "split_overlaps", "truncated_weights", "wrong_fma_operand"};
  const char* asked = std::getenv("NNC_FAULT");
  return asked != nullptr && std::string_view(asked) == kNames[static_cast<int>(wanted)];
}
#else
constexpr bool fault(Fault) { return false; }
#endif

}  // namespace nnc
