// The layers of a program's model as `nnc summary` lists them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "frontend/program/program.h"

namespace nnc {

struct LayerVariable {
  std::string name, type;           ///< "W", "f32[784, 50]"
  bool state = false;               ///< no parameter: kept, never trained
  bool frozen = false;              ///< a parameter that is not trained: the loss applies it by `frozen` alone
  std::optional<int64_t> elements;  ///< none: the data decides a size in it
};

struct LayerInfo {
  std::string path, kind;                ///< "net.dense_0", "dense"
  std::string output;                    ///< "f32[B, 50]", of the first application
  bool library = false;                  ///< a layer of the library, whose parameters are known by its kind
  int applied = 1;                       ///< how often in one step; more than once shares its weights
  std::vector<LayerVariable> variables;  ///< its own, without those of layers inside it
};

/// The layers that the loss applies, each once, owners before what they own; sizes that the data decides are numbers
/// where the program is bound to it, else (`bound` is null) symbols. Empty where the program has no `train`.
std::vector<LayerInfo> model_layers(const CheckedProgram& program, const BoundProgram* bound);

}  // namespace nnc
