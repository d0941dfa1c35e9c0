// What a training is asked for, and what it gives.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/step/executable.h"
#include "runtime/train/replay.h"
#include "runtime/train/trainer.h"

namespace nnc {

/// One `expect` with what was found.
struct Expectation {
  std::string text;
  double found = 0;
  bool met = false;
  Origin origin;
  int64_t epoch = 0;  ///< whose restored weights were scored, 0 for the last ones
};

struct TrainRequest {
  std::string init_file;  ///< weights to start from; empty: the initialisers
  bool partial = false;   ///< take those tensors of it that the network has too
  bool finite = false;    ///< those weights must hold neither NaN nor infinities
  std::string out_file;   ///< empty: NAME.safetensors in the current folder
  std::string log_file;   ///< epoch,step,loss a step as CSV; empty: none
  bool write_weights = true;
  int64_t files_to_follow = 0;        ///< as large as the weights, of later runs on the same disk
  bool force = false;                 ///< --force: outputs may replace what nnc did not write
  std::optional<uint64_t> seed;       ///< instead of the program's
  std::function<void()> on_begin;     ///< before the first step
  std::function<void()> on_compiled;  ///< then or soon after it: when all that the run needs is compiled
  std::function<void(const EpochReport&)> on_epoch;
  std::function<void(const std::string&)> on_note;  ///< a line worth saying before or between epochs
  const int32_t* stop = nullptr;                    ///< becomes non-zero when the run shall end
};

struct TrainResult {
  TrainOutcome outcome;
  std::map<std::string, double> scores;  ///< "train.loss", "valid.accuracy", …
  std::vector<Expectation> expectations;
  std::string weights_file;   ///< empty when `not_kept` says why
  std::string history_file;   ///< empty when none was written
  std::string not_kept;       ///< "no step was completed": why nothing was written
  std::string why_elsewhere;  ///< lines that say why the weights are not where they were asked for; else empty
  bool misplaced = false;     ///< because the system refused that
  NotFinite not_finite;       ///< what stopped the training, if that did
};

}  // namespace nnc
