// How a run is cut:
//   1. A piece is as many steps as take about 50 ms; its row order is made beforehand.
//   2. A piece ends early at an epoch's end when something waits for it (a validation), and before a short last batch,
//      which runs through the other kernel set.
//   3. After a piece its losses and totals are added up step by step; an epoch that ends inside costs a few additions.
#include "runtime/train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>

#include "runtime/train/epoch_order.h"
#include "runtime/train/finite_watch.h"
#include "runtime/train/history.h"
#include "runtime/train/spike.h"
#include "support/error.h"
#include "support/fault.h"

namespace nnc {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double kPieceSeconds = 0.05;
constexpr int64_t kPieceRows = 1 << 18;
constexpr size_t kLossWindow = 100;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

class Run {
 public:
  Run(const TrainSetup& setup, const TrainHooks& hooks)
      : setup_(setup), hooks_(hooks), order_(setup.split->rows, setup.info->seed, setup.info->shuffle) {
    const TrainInfo& info = *setup.info;
    rows_ = static_cast<int64_t>(setup.split->rows.size());
    full_ = rows_ / info.batch;
    short_rows_ = rows_ % info.batch;
    steps_per_epoch_ = full_ + (short_rows_ > 0 ? 1 : 0);
    bool by_epochs = info.epochs > 0 || info.steps == 0;
    total_steps_ = info.steps;
    if (by_epochs && __builtin_mul_overflow(info.epochs, steps_per_epoch_, &total_steps_)) {
      total_steps_ = std::numeric_limits<int64_t>::max();  // never reached: a run so long only ever ends by Ctrl-C
    }
    epochs_ = by_epochs ? info.epochs : (total_steps_ - 1) / steps_per_epoch_ + 1;
    best_ = higher_is_better() ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  }

  TrainOutcome go() {
    while (outcome_.steps < total_steps_ && outcome_.end == TrainEnd::finished) piece();
    finish();
    return std::move(outcome_);
  }

 private:
  bool each_epoch_ends() const { return static_cast<bool>(setup_.evaluate_valid); }

  bool higher_is_better() const {
    if (!setup_.info->stop) return false;
    std::string name = setup_.info->stop->metric.substr(setup_.info->stop->metric.find('.') + 1);
    for (const MetricInfo& metric : *setup_.metrics) {
      if (metric.name == name) return metric.higher_is_better;
    }
    return false;
  }

  /// Steps of the next piece, all of one kernel set.
  int64_t piece_steps() const {
    int64_t batch = setup_.info->batch;
    int64_t steps = step_seconds_ > 0 ? static_cast<int64_t>(kPieceSeconds / step_seconds_) : 16;
    steps = std::clamp<int64_t>(steps, 1, std::max<int64_t>(1, kPieceRows / batch));
    if (each_epoch_ends() || short_rows_ > 0) {
      int64_t left = step_in_epoch_ < full_ ? full_ - step_in_epoch_ : 1;
      steps = std::min(steps, left);
    }
    return std::min(steps, total_steps_ - outcome_.steps);
  }

  void piece() {
    bool last_batch = step_in_epoch_ >= full_;
    if (hooks_.piece) hooks_.piece(last_batch);
    Steps& steps = last_batch ? *setup_.rest : *setup_.exact;
    int64_t batch = last_batch ? short_rows_ : setup_.info->batch;
    int64_t count = piece_steps();
    piece_order_.clear();
    order_.append(count * batch, piece_order_);
    watch_.remember();
    Clock::time_point start = Clock::now();
    Steps::Run run = steps.run(piece_order_.data(), batch, outcome_.steps + 1, count, hooks_.stop);
    double spent = seconds_since(start);
    outcome_.step_seconds += spent;
    if (!last_batch && run.done > 0) step_seconds_ = spent / static_cast<double>(run.done);
    if (watch_.broken().empty()) {
      account(steps, batch, run.done);
      if (run.not_finite) fail(run.done, batch);
      if (!run.not_finite && run.done < count) outcome_.end = TrainEnd::interrupted;
    } else {
      retake(steps, batch, run.done);
    }
    look();
  }

  /// The same steps again, one by one, up to the one whose update breaks a weight.
  void retake(Steps& steps, int64_t batch, int64_t done) {
    watch_.restore();
    for (int64_t step = 0; step < done; ++step) {
      watch_.remember();
      steps.run(piece_order_.data() + step * batch, batch, outcome_.steps + 1, 1);
      if (std::string broken = watch_.broken(); !broken.empty()) {
        watch_.restore();
        outcome_.broken = broken;
        return fail(step, batch);
      }
      account(steps, batch, 1);
    }
    internal_error("a step that broke a weight does not do so again");
  }

  /// Ends the run at a step of the piece; the state is that before it.
  void fail(int64_t step, int64_t batch) {
    outcome_.end = TrainEnd::not_finite;
    auto first = piece_order_.begin() + step * batch;
    outcome_.failed_rows.assign(first, first + batch);
  }

  void account(Steps& steps, int64_t batch, int64_t done) {
    int loss_slot = steps.slot("loss");
    totals_.resize(steps.outputs().size(), 0.0);
    for (int64_t step = 0; step < done; ++step) {
      double loss = steps.scalar(loss_slot, step);
      loss_sum_ += loss * static_cast<double>(fault(Fault::unweighted_short_batch) ? setup_.info->batch : batch);
      rows_in_epoch_ += batch;
      for (size_t slot = 0; slot < totals_.size(); ++slot) {
        if (static_cast<int>(slot) != loss_slot) totals_[slot] += steps.scalar(static_cast<int>(slot), step);
      }
      if (setup_.info->steps > 0) remember(loss, batch);
      last_loss_ = loss;
      ++outcome_.steps;
      if (spikes_.is_spike(loss)) warn_of_spike(loss);
      if (hooks_.step) hooks_.step(outcome_.epochs + 1, outcome_.steps, loss);
      if (++step_in_epoch_ == steps_per_epoch_) end_epoch();
    }
  }

  void warn_of_spike(double loss) const {
    if (!hooks_.note) return;
    hooks_.note(
        fmt::format("warning: a spike: the loss of step {} is {:.4g}, more than 1000 times the median of the steps "
                    "before it, {:.4g}\n"
                    " help: a smaller learning rate, or 'clip = norm(1.0)' in train, is the usual mend",
                    outcome_.steps, loss, spikes_.median()));
  }

  /// Once: no step stops at it, for the steps' own losses are finite.
  void warn_of_valid_loss(const EpochReport& ended) {
    auto loss = ended.valid.find("loss");
    if (!hooks_.note || valid_warned_ || loss == ended.valid.end() || std::isfinite(loss->second)) return;
    valid_warned_ = true;
    hooks_.note(
        fmt::format("warning: valid.loss of epoch {} is not finite, while the training's losses are\n"
                    " help: the weights grow too large for it (a smaller learning rate), or a row of the valid split "
                    "leaves what a function is defined for ('log' of 0, a division by 0)",
                    ended.epoch));
  }

  /// Once: a metric stops no training, and what it is from now on says nothing.
  void warn_of_metrics(const EpochReport& ended) {
    if (!hooks_.note || outcome_.metric_warned) return;
    Scores all;
    for (const auto& [name, value] : ended.train) all["train." + name] = value;
    for (const auto& [name, value] : ended.valid) all["valid." + name] = value;
    const std::string warning = not_finite_metrics(all, fmt::format("of epoch {} ", ended.epoch));
    outcome_.metric_warned = !warning.empty();
    if (outcome_.metric_warned) hooks_.note(warning);
  }

  /// The last epoch's losses, at most 100, for `train.loss` of a run that counts steps.
  void remember(double loss, int64_t batch) {
    window_.emplace_back(loss, static_cast<double>(batch));
    if (window_.size() > std::min(kLossWindow, static_cast<size_t>(steps_per_epoch_))) window_.pop_front();
  }

  void end_epoch() {
    step_in_epoch_ = 0;
    ++outcome_.epochs;
    outcome_.loss = loss_sum_ / static_cast<double>(rows_in_epoch_);
    std::swap(last_totals_, totals_);
    std::fill(totals_.begin(), totals_.end(), 0.0);
    totals_.resize(last_totals_.size(), 0.0);
    rows_done_ += rows_in_epoch_;
    loss_sum_ = 0;
    rows_in_epoch_ = 0;
    if (history_.wants(outcome_.epochs) && !each_epoch_ends()) history_.add(report());
    epoch_ended_ = true;
  }

  /// Of the epoch that ended last, without its validation.
  EpochReport report() const {
    EpochReport ended;
    ended.epoch = outcome_.epochs;
    ended.epochs = epochs_;
    ended.steps_done = outcome_.steps;
    ended.loss = outcome_.loss;
    ended.rows_done = rows_done_;
    ended.train = train_scores();
    ended.seconds = seconds_since(start_);
    return ended;
  }

  /// With `eval = true` the steps total no metrics: a pass of its own does, after training.
  Scores train_scores() const {
    if (setup_.info->evaluate_train) return {};
    std::map<std::string, double> by_name;
    for (size_t slot = 0; slot < last_totals_.size(); ++slot) {
      by_name[setup_.exact->outputs()[slot]->name] = last_totals_[slot];
    }
    return setup_.metrics->empty() || last_totals_.empty() ? Scores{} : combine_totals(by_name, *setup_.metrics);
  }

  /// After a piece in which an epoch ended: validation, early stopping, report.
  void look() {
    if (!std::exchange(epoch_ended_, false)) return;
    EpochReport ended = report();
    if (setup_.evaluate_valid) validate(ended);
    warn_of_metrics(ended);
    if (ended.epoch != last_kept_epoch()) history_.add(ended);
    if (hooks_.epoch) hooks_.epoch(ended);
  }

  /// Of an epoch whose validation is stopped no score is known: it is reported without.
  void validate(EpochReport& ended) {
    std::optional<Scores> valid = setup_.evaluate_valid();
    ended.seconds = seconds_since(start_);
    if (!valid) {
      if (outcome_.end == TrainEnd::finished) outcome_.end = TrainEnd::interrupted;
      return;
    }
    ended.valid = last_valid_ = *std::move(valid);
    last_valid_steps_ = outcome_.steps;
    warn_of_valid_loss(ended);
    watch(ended);
  }

  int64_t last_kept_epoch() const { return history_.rows().empty() ? 0 : history_.rows().back().epoch; }

  void watch(const EpochReport& report) {
    if (!setup_.info->stop) return;
    const TrainInfo::Stop& stop = *setup_.info->stop;
    double value = report.valid.at(stop.metric.substr(stop.metric.find('.') + 1));
    bool better = higher_is_better() ? value > best_ : value < best_;
    if (better) {
      best_ = value;
      outcome_.best_epoch = report.epoch;
      best_report_ = report;
      best_step_loss_ = last_loss_;
      if (stop.restore_best) best_state_ = *setup_.state;
    } else if (report.epoch - outcome_.best_epoch >= stop.patience && outcome_.end == TrainEnd::finished) {
      outcome_.end = TrainEnd::stopped_early;
    }
  }

  void finish() {
    if (setup_.info->steps > 0 && !window_.empty()) {
      double sum = 0, weight = 0;
      for (const auto& [loss, rows] : window_) {
        sum += loss * rows;
        weight += rows;
      }
      outcome_.loss = sum / weight;
    }
    if (last_totals_.empty()) last_totals_ = totals_;
    outcome_.train = train_scores();
    if (last_valid_steps_ == outcome_.steps) outcome_.valid = last_valid_;
    bool restore = setup_.info->stop && setup_.info->stop->restore_best && outcome_.best_epoch > 0;
    outcome_.kept_steps = outcome_.steps;
    outcome_.kept_epochs = outcome_.epochs;
    if (restore && outcome_.end != TrainEnd::interrupted && best_report_.steps_done != outcome_.steps) put_back();
    outcome_.history = history_.take();
    outcome_.seconds = seconds_since(start_);
  }

  /// The best epoch's weights, with the scores that belong to them.
  void put_back() {
    std::swap(*setup_.state, best_state_);  // no memory for a copy is asked for at the end
    if (outcome_.end == TrainEnd::not_finite) outcome_.failed_state = std::move(best_state_);
    outcome_.kept_steps = best_report_.steps_done;
    outcome_.kept_epochs = outcome_.restored_epoch = best_report_.epoch;
    outcome_.loss = best_report_.loss;
    outcome_.train = best_report_.train;
    outcome_.valid = best_report_.valid;
    if (hooks_.step) hooks_.step(best_report_.epoch, best_report_.steps_done, best_step_loss_);
    history_.restore(best_report_);
  }

  const TrainSetup& setup_;
  const TrainHooks& hooks_;
  EpochOrder order_;
  TrainOutcome outcome_;
  History history_;
  SpikeWatch spikes_;
  Clock::time_point start_ = Clock::now();
  int64_t rows_ = 0, full_ = 0, short_rows_ = 0, steps_per_epoch_ = 1, total_steps_ = 0, epochs_ = 0;
  bool valid_warned_ = false;
  int64_t step_in_epoch_ = 0, rows_in_epoch_ = 0, rows_done_ = 0;
  double loss_sum_ = 0, step_seconds_ = 0, best_ = 0, last_loss_ = 0, best_step_loss_ = 0;
  bool epoch_ended_ = false;
  Scores last_valid_;
  int64_t last_valid_steps_ = -1;  ///< after which they were found
  std::vector<double> totals_, last_totals_;
  std::deque<std::pair<double, double>> window_;  ///< loss and rows of the last steps
  std::vector<int32_t> piece_order_;
  StateBlock best_state_;
  EpochReport best_report_;
  FiniteWatch watch_{*setup_.state};
};

}  // namespace

TrainOutcome train(const TrainSetup& setup, const TrainHooks& hooks) { return Run(setup, hooks).go(); }

}  // namespace nnc
