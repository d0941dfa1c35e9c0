// The training loop: hands the compiled step pieces of about 50 ms, which span epochs when nothing needs their end, and
// turns what they return into epochs, scores, early stopping and reports.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "frontend/program/program.h"
#include "runtime/step/state_block.h"
#include "runtime/step/steps.h"
#include "runtime/train/epoch_report.h"
#include "runtime/train/evaluator.h"

namespace nnc {

struct TrainHooks {
  std::function<void(const EpochReport&)> epoch;  ///< after each epoch that was looked at
  /// Every step, for --log, and last once more the one whose weights were put back.
  std::function<void(int64_t epoch, int64_t step, double loss)> step;
  std::function<void(const std::string&)> note;  ///< a warning while it runs
  std::function<void(bool rest)> piece;          ///< before each piece of steps, which run `exact` or `rest`
  const int32_t* stop = nullptr;                 ///< set by Ctrl-C
};

enum class TrainEnd { finished, stopped_early, interrupted, not_finite };

struct TrainOutcome {
  TrainEnd end = TrainEnd::finished;
  int64_t steps = 0;
  int64_t epochs = 0;
  double loss = 0;             ///< `train.loss`
  bool metric_warned = false;  ///< that a metric is not finite
  Scores train;                ///< metrics totalled over the steps of the last epoch, or of the one restored
  Scores valid;                ///< of the weights as they are now; empty where no epoch ended with them
  int64_t best_epoch = 0;      ///< of early stopping, 0 when there is none
  int64_t kept_steps = 0;      ///< after which the state was what it is now: of the best epoch where that was restored
  int64_t kept_epochs = 0;
  int64_t restored_epoch = 0;  ///< whose weights were put back after later steps, 0 where none were
  double seconds = 0;
  double step_seconds = 0;                 ///< within compiled steps
  std::vector<EpochReport> history;        ///< see history.h: at most 10 000 rows, evenly
  std::vector<int32_t> failed_rows;        ///< of the step after the last: its loss or its update is not finite
  std::string broken;                      ///< the weight that its update breaks; "" where the loss is not finite
  std::optional<StateBlock> failed_state;  ///< before that step, where the state has gone back to a better epoch's
};

/// Everything a run needs. `exact` runs full batches; `rest` a last short one (null when the rows divide evenly).
struct TrainSetup {
  const TrainInfo* info = nullptr;
  const std::vector<MetricInfo>* metrics = nullptr;
  const SplitView* split = nullptr;
  Steps* exact = nullptr;
  Steps* rest = nullptr;
  StateBlock* state = nullptr;
  std::function<std::optional<Scores>()> evaluate_valid;  ///< empty without a valid split; nothing where it was stopped
};

TrainOutcome train(const TrainSetup& setup, const TrainHooks& hooks);

}  // namespace nnc
