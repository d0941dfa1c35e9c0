#include "runtime/report/seeds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>
#include <optional>

#include "runtime/io/file_lock.h"
#include "runtime/io/quantity.h"
#include "runtime/report/report.h"
#include "runtime/report/side_by_side.h"
#include "runtime/train/outputs.h"
#include "support/error.h"
#include "support/printable.h"

namespace nnc {

namespace {

bool ended_well(const SeedRun& run) {
  return run.result.outcome.end == TrainEnd::finished || run.result.outcome.end == TrainEnd::stopped_early;
}

bool higher_is_better(const BoundProgram& program, const std::string& score) {
  std::string name = score.substr(score.find('.') + 1);
  for (const MetricInfo& metric : metrics(program)) {
    if (metric.name == name) return metric.higher_is_better;
  }
  return false;
}

ScoreSpread spread(const std::string& name, const std::vector<SeedRun>& runs, bool higher) {
  ScoreSpread result;
  result.name = name;
  double count = 0, sum = 0;
  for (const SeedRun& run : runs) {
    if (!ended_well(run)) continue;
    double value = run.result.scores.at(name);
    if (count == 0 || (higher ? value > result.best : value < result.best)) {
      result.best = value;
      result.best_seed = run.seed;
    }
    if (count == 0 || (higher ? value < result.worst : value > result.worst)) {
      result.worst = value;
      result.worst_seed = run.seed;
    }
    sum += value;
    ++count;
  }
  result.mean = sum / count;
  double squares = 0;
  for (const SeedRun& run : runs) {
    if (ended_well(run)) squares += std::pow(run.result.scores.at(name) - result.mean, 2);
  }
  result.deviation = count > 1 ? std::sqrt(squares / (count - 1)) : std::numeric_limits<double>::quiet_NaN();
  return result;
}

/// How far a value is from meeting an expectation: the larger the worse.
double shortfall(const Expectation& expectation, const ExpectInfo& info) {
  if (info.comparison.starts_with('<')) return expectation.found - info.right;
  if (info.comparison.starts_with('>')) return info.right - expectation.found;
  return expectation.met ? 0 : 1;
}

std::vector<Expectation> judge_worst(const std::vector<SeedRun>& runs, const std::vector<ExpectInfo>& infos) {
  std::vector<Expectation> worst;
  for (size_t i = 0; i < infos.size(); ++i) {
    const Expectation* chosen = nullptr;
    for (const SeedRun& run : runs) {
      if (!ended_well(run)) continue;
      const Expectation& candidate = run.result.expectations.at(i);
      if (chosen == nullptr || shortfall(candidate, infos[i]) > shortfall(*chosen, infos[i]) ||
          std::isnan(candidate.found)) {
        chosen = &candidate;
      }
    }
    if (chosen != nullptr) worst.push_back(*chosen);
  }
  return worst;
}

void summarise(SeedsResult& result, const BoundProgram& program) {
  auto first = std::find_if(result.runs.begin(), result.runs.end(), ended_well);
  if (first == result.runs.end()) return;
  for (const auto& [name, value] : first->result.scores) {
    result.scores.push_back(spread(name, result.runs, higher_is_better(program, name)));
  }
  result.expectations = judge_worst(result.runs, expectations(program));
  if (result.not_finite) {
    for (Expectation& expectation : result.expectations) expectation.met = false;
  }
  result.chosen = !expectations(program).empty()                ? expectations(program).front().left
                  : first->result.scores.contains("valid.loss") ? "valid.loss"
                                                                : "train.loss";
  for (const ScoreSpread& score : result.scores) {
    if (score.name != result.chosen) continue;
    for (const SeedRun& run : result.runs) {
      if (run.seed == score.best_seed) result.best_weights = run.result.weights_file;
    }
  }
}

/// How many files the runs after the first add; the others replace what is there.
int64_t new_files(const std::string& weights, const std::vector<uint64_t>& seeds) {
  return std::count_if(seeds.begin() + 1, seeds.end(), [&](uint64_t seed) {
    std::error_code ignored;
    return !std::filesystem::exists(with_seed(weights, seed), ignored);
  });
}

}  // namespace

SeedsResult train_seeds(Session& session, const TrainRequest& request, int64_t count,
                        const std::function<void(const SeedRun&)>& on_run) {
  const BoundProgram& program = session.bind();
  uint64_t first = train_info(program).seed;
  NNC_ASSERT(count > 0, "no seed to train with");
  if (first > std::numeric_limits<uint64_t>::max() - static_cast<uint64_t>(count)) {
    throw Failure(ExitCode::wrong_command, fmt::format("nnc: error: {} seeds from {} on go beyond 2^64", count, first));
  }
  std::vector<uint64_t> seeds(static_cast<size_t>(count));
  std::iota(seeds.begin(), seeds.end(), first);
  session.check_outputs(request, seeds);
  std::string weights = session.out_file(request);
  std::optional<FileLock> all;  // a second run of seeds would meet this one between two of them
  if (request.write_weights) all.emplace(with_ending(weights, "seeds"), weights);
  SeedsResult result;
  SideBySide runs(session, session.runs_at_once(count, request), request.stop);
  const int64_t to_follow = new_files(weights, seeds);
  auto request_of = [&](size_t run) {
    TrainRequest own = request;
    own.seed = seeds[run];
    own.out_file = with_seed(weights, seeds[run]);
    if (run == 0) own.files_to_follow = to_follow;
    if (!request.log_file.empty()) own.log_file = with_seed(request.log_file, seeds[run]);
    return own;
  };
  runs.go(seeds.size(), request_of, [&](size_t run, TrainResult ended) {
    const TrainEnd end = ended.outcome.end;
    result.runs.push_back({seeds[run], std::move(ended)});
    result.misplaced = result.misplaced || result.runs.back().result.misplaced;
    result.not_finite = result.not_finite || end == TrainEnd::not_finite;
    result.interrupted = result.interrupted || end == TrainEnd::interrupted || runs.stopped();
    on_run(result.runs.back());
  });
  summarise(result, program);
  return result;
}

std::string describe(const SeedRun& run) {
  const TrainOutcome& outcome = run.result.outcome;
  std::string text = fmt::format("seed {}:", run.seed);
  if (outcome.end == TrainEnd::interrupted)
    text += fmt::format(" interrupted after {}; ", counted(outcome.steps, "step"));
  if (outcome.end == TrainEnd::not_finite) {
    text += fmt::format(" stopped: {}; ", where_not_finite(run.result));
  }
  for (const auto& [name, value] : run.result.scores) text += fmt::format(" {} {:.5g} ", name, printable(value));
  return text +
         fmt::format(
             " {} in {}{}, {}", counted(outcome.epochs, "epoch"), duration(outcome.seconds),
             outcome.restored_epoch > 0 ? fmt::format(", epoch {} restored", outcome.restored_epoch) : "",
             run.result.not_kept.empty() ? run.result.weights_file : run.result.not_kept + ", nothing is written") +
         (run.result.misplaced ? "\n" + run.result.why_elsewhere : "");
}

std::string describe(const SeedsResult& result) {
  std::string text;
  size_t width = 5;
  for (const ScoreSpread& score : result.scores) width = std::max(width, score.name.size());
  if (!result.scores.empty()) {
    text += fmt::format("{:<{}}  {:>10}  {:>10}  {:>10} (seed)  {:>10} (seed)\n", "", width, "mean", "deviation",
                        "worst", "best");
  }
  for (const ScoreSpread& score : result.scores) {
    std::string deviation = std::isnan(score.deviation) ? "-" : fmt::format("{:.3g}", score.deviation);
    text += fmt::format("{:<{}}  {:>10.5g}  {:>10}  {:>10.5g} {:<6}  {:>10.5g} {}\n", score.name, width,
                        printable(score.mean), deviation, printable(score.worst), fmt::format("({})", score.worst_seed),
                        printable(score.best), fmt::format("({})", score.best_seed));
  }
  for (const Expectation& expectation : result.expectations) {
    text += fmt::format("expect {}: {} {:.6g}{}: {}\n", expectation.text,
                        result.not_finite ? "a run stopped on a non-finite loss; worst of the others" : "worst found",
                        printable(expectation.found), in_epoch(expectation), expectation.met ? "met" : "NOT MET");
  }
  if (!result.best_weights.empty()) {
    text += fmt::format("best {}: {}; each seed's weights and history are kept\n", result.chosen, result.best_weights);
  }
  return text;
}

}  // namespace nnc
