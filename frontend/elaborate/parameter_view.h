// How applications see their parameters: as they are, without a gradient into them, or as values of their own that a
// gradient is asked by.
#pragma once

#include <map>
#include <set>
#include <string>

#include "frontend/types/tensors.h"

namespace nnc {

struct ParameterView {
  bool frozen = false;                    ///< within `frozen(f)(x)`
  std::map<std::string, Value> separate;  ///< by path, within `grad(f, by: net.W)(x)`
  std::string key;                        ///< tells the results of equal applications apart; "" outside both

  std::set<std::string> frozen_reads, free_reads;  ///< by path: parameters that were seen so, and otherwise
};

/// One view for as long as it lives.
class ViewGuard {
 public:
  explicit ViewGuard(ParameterView& view)
      : view_(view), frozen_(view.frozen), separate_(view.separate), key_(view.key) {}
  ~ViewGuard() {
    view_.frozen = frozen_;
    view_.separate = separate_;
    view_.key = key_;
  }
  ViewGuard(const ViewGuard&) = delete;
  ViewGuard& operator=(const ViewGuard&) = delete;

 private:
  ParameterView& view_;
  bool frozen_;
  std::map<std::string, Value> separate_;
  std::string key_;
};

}  // namespace nnc
