#include "runtime/train/finite_watch.h"

#include <algorithm>

namespace nnc {

FiniteWatch::FiniteWatch(StateBlock& state) : state_(&state), good_(state), watched_(state.paths()) {
  std::erase_if(watched_, [&](const std::string& path) { return !state.finite(path); });
}

std::string FiniteWatch::broken() const {
  auto found =
      std::find_if(watched_.begin(), watched_.end(), [&](const std::string& path) { return !state_->finite(path); });
  return found == watched_.end() ? "" : *found;
}

}  // namespace nnc
