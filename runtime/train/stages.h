// The stages of a program behind `Checked` and `Bound`, each a value that owns what it is made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "frontend/program/program.h"
#include "runtime/dataset/dataset.h"
#include "runtime/step/executable.h"

namespace nnc {

/// A program with the numbers of its data. Read with the data, every field is a column; bound to facts from elsewhere
/// (a weights file), it has none.
struct Prepared {
  Bound program;
  Datasets data;
  int64_t batch = 0;     ///< rows of a step: at most those that there are; 0 without data or without a `train`
  std::string warnings;  ///< of binding and of the data: rendered, may be empty
};

/// The kernel sets of a training.
struct Compiled {
  Executable exact;                                   ///< a step of all its rows
  std::optional<Executable> rest;                     ///< the short last step of an epoch, where there is one
  Executable evaluation;                              ///< without code in a training that scores nothing
  bool rest_later = false, evaluation_later = false;  ///< those that LateCode has yet to make the code of

  bool runs_alone() const;  ///< no step is shared by a team
  int64_t arena_bytes() const;
  Compiled beside() const;  ///< the same code to run on another thread
};

/// `rows` of them an epoch. Where there are cores for it, only the exact step gets its code: late_code.h does the rest.
Compiled compile(const Prepared& prepared, const BuildOptions& build, int64_t rows);

}  // namespace nnc
