// A scan whose body is being evaluated.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/elaborate/scan_body.h"
#include "frontend/types/tensors.h"

namespace nnc {

struct Frame;

struct OpenScan {
  struct State {
    std::string name;
    TensorType type;
    Range range, declared;            ///< its name, and its type as written
    std::optional<TypedTensor> next;  ///< after the step, once that was given
    Range given = {};                 ///< where
  };

  const Frame* frame = nullptr;
  size_t scopes = 0;  ///< of the frame, outside the body
  std::vector<State> states;
  ScanNodes nodes;  ///< empty when only types are checked

  State* find(const std::string& name) {
    for (State& state : states) {
      if (state.name == name) return &state;
    }
    return nullptr;
  }
};

}  // namespace nnc
