// A step with a finite loss may still have a gradient that is not finite (the slope of x^0.5 at 0), and then its update
// breaks the weights. This keeps the state of a moment that was good, to go back to.
#pragma once

#include <string>
#include <vector>

#include "runtime/step/state_block.h"

namespace nnc {

class FiniteWatch {
 public:
  /// Watches every variable that is finite now. `state` must outlive this.
  explicit FiniteWatch(StateBlock& state);

  void remember() { good_.take(*state_); }
  void restore() { state_->take(good_); }
  /// The first watched variable that is no longer finite; "" while all are.
  std::string broken() const;

 private:
  StateBlock* state_;
  StateBlock good_;
  std::vector<std::string> watched_;
};

}  // namespace nnc
