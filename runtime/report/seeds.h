// The same training under several seeds: what of a score is the network's and what is luck.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/train/session.h"

namespace nnc {

struct SeedRun {
  uint64_t seed = 0;
  TrainResult result;
};

/// One final score over the runs that have it. The deviation is that of a sample (n − 1), NaN for a single run.
struct ScoreSpread {
  std::string name;  ///< "valid.accuracy"
  double mean = 0, deviation = 0;
  double worst = 0, best = 0;
  uint64_t worst_seed = 0, best_seed = 0;
};

struct SeedsResult {
  std::vector<SeedRun> runs;  ///< those that began; the last ones may be interrupted
  std::vector<ScoreSpread> scores;
  /// Judged on the run that is furthest from meeting it; a run that stopped on a non-finite loss meets nothing.
  std::vector<Expectation> expectations;
  std::string
      chosen;  ///< the score that decides which run is best: the first `expect`'s, else valid.loss or train.loss
  std::string best_weights;  ///< empty when no run ended well
  bool interrupted = false, not_finite = false, misplaced = false;
};

/// Trains `count` times with the seeds s, s + 1, …, where s is the program's (or --seed's): the first run is the one
/// that `train` alone makes. Where a step is not shared by a team, as many runs as there are threads are made at once,
/// and told of in the order of their seeds. Weights, history and log of each lie in files of its own,
/// "NAME.seed7.safetensors"; that they can be written is checked before the first run. A run that ends on a non-finite
/// loss does not end the others.
SeedsResult train_seeds(Session& session, const TrainRequest& request, int64_t count,
                        const std::function<void(const SeedRun&)>& on_run);

/// "seed 7: train.loss 0.0012  1.3 s  xor.seed7.safetensors", or how the run ended instead of the scores.
std::string describe(const SeedRun& run);
/// The table of mean, deviation, worst and best, the expectations and the best weights; lines end in newlines.
std::string describe(const SeedsResult& result);

}  // namespace nnc
