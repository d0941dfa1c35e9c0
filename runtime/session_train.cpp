// Training, as the session drives it: two kernel sets, start weights, the loop, the final scores, the file.
#include <fmt/format.h>

#include <fstream>

#include "runtime/data/data_error.h"
#include "runtime/history.h"
#include "runtime/outputs.h"
#include "runtime/replay.h"
#include "runtime/seeds.h"
#include "runtime/session.h"
#include "runtime/trained.h"
#include "runtime/weights.h"
#include "support/diagnostics.h"
#include "support/error.h"
#include "support/printable.h"

namespace nnc {

namespace {

constexpr const char* kLogHeader = "epoch,step,loss\n";

/// A file's name as metadata, which is UTF-8.
std::string stored_name(const std::string& name) { return is_utf8(name) ? name : escape_for_terminal(name); }

/// --log: a line a step, flushed by the stream; what the disk refuses is said once and ends the log, not the training.
class StepLog {
 public:
  explicit StepLog(const std::string& path) : path_(path) {
    if (path.empty()) return;
    require_writable(path);
    stream_.open(path, std::ios::trunc);
    stream_ << kLogHeader;
  }
  void write(int64_t epoch, int64_t step, double loss, const TrainRequest& request) {
    if (path_.empty() || lost_) return;
    stream_ << fmt::format("{},{},{}\n", epoch, step, printable(loss));
    if (stream_) return;
    lost_ = true;
    if (request.on_note) request.on_note(fmt::format("{}: warning: the log could not be written and ends here", path_));
  }

 private:
  std::string path_;
  std::ofstream stream_;
  bool lost_ = false;
};

}  // namespace

/// Runs the initialisers, or takes the parameters from a file.
StateBlock Session::initial_state(const Executable& training, const TrainRequest& request) {
  BuildOptions build = build_options();
  build.interpret = true;  // once, and the interpreter gives the same bits without a compilation
  Executable initial = Executable::build(lower_initial(*bound_), build, 1, true);
  StateBlock start(initial.program());
  Steps(initial, start, SplitView{}, settings(*bound_), seed_).run(nullptr, 1, 1, 1);
  StateBlock state(training.program());
  state.take(start);
  if (!request.init_file.empty()) {
    StateBlock model(evaluation_->program());
    for (const std::string& warning :
         load_into(state, model.paths(), read_weights(request.init_file), request.init_file, request.finite)) {
      if (request.on_note) request.on_note(warning);
    }
  }
  return state;
}

Scores Session::evaluate_split(const StateBlock& state, const std::string& split) {
  StateBlock own(evaluation_->program());
  own.take(state);
  SplitView view = split_view(data_, train_info(*bound_).data, split);
  Steps steps(*evaluation_, own, view, settings(*bound_), seed_);
  return evaluate(steps, view, metrics(*bound_));
}

std::map<std::string, double> Session::final_scores(const StateBlock& state, const TrainOutcome& outcome) {
  const TrainInfo& info = train_info(*bound_);
  std::map<std::string, double> scores;
  bool evaluate_train = info.evaluate_train || outcome.steps == 0;  // of no step there is no mean
  Scores train = evaluate_train ? evaluate_split(state, info.split) : outcome.train;
  for (const auto& [name, value] : train) scores["train." + name] = value;
  if (!evaluate_train) scores["train.loss"] = outcome.loss;
  for (const auto& [prefix, split] : {std::pair{"valid.", info.valid}, std::pair{"test.", info.test}}) {
    if (split.empty()) continue;
    for (const auto& [name, value] : evaluate_split(state, split)) scores[prefix + name] = value;
  }
  return scores;
}

/// Both kernel sets of training and the one of evaluation, compiled once however many runs follow.
void Session::compile(int64_t rows, const TrainRequest& request) {
  if (exact_) return;
  BuildOptions build = build_options();
  exact_ = std::make_unique<Executable>(Executable::build(training_, build, batch(), true));
  if (request.on_built) {
    BuildTimes times = exact_->times();
    times.frontend = frontend_milliseconds_;
    request.on_built(times);
  }
  evaluation_ = std::make_unique<Executable>(Executable::build(evaluation_graph_, build, batch(), false));
  if (rows % batch() == 0) return;
  rest_ = std::make_unique<Executable>(Executable::build(training_, build, batch(), false));
}

TrainOutcome Session::run_steps(StateBlock& state, const SplitView& split, const TrainRequest& request) {
  TrainInfo info = train_info(*bound_);
  info.batch = batch();
  info.seed = seed_;
  Steps exact_steps(*exact_, state, split, settings(*bound_), seed_);
  std::unique_ptr<Steps> rest_steps;
  if (rest_) {
    NNC_ASSERT(state.serves(rest_->program()), "the two kernel sets lay out their state differently");
    rest_steps = std::make_unique<Steps>(*rest_, state, split, settings(*bound_), seed_);
  }
  StepLog log(request.log_file);
  TrainHooks hooks;
  hooks.epoch = request.on_epoch;
  hooks.stop = request.stop;
  hooks.note = request.on_note;
  if (!request.log_file.empty()) {
    hooks.step = [&](int64_t epoch, int64_t step, double loss) { log.write(epoch, step, loss, request); };
  }
  TrainSetup setup{&info, &metrics(*bound_), &split, &exact_steps, rest_steps.get(), &state, {}};
  if (!info.valid.empty()) setup.evaluate_valid = [&] { return evaluate_split(state, info.valid); };
  return nnc::train(setup, hooks);
}

/// The weights with all that a prediction needs, and the history beside them. Where a step's loss is not finite the
/// weights before it may not be either: then what lies at their place is better, and stays.
void Session::save(const StateBlock& state, const TrainRequest& request, TrainResult& result) {
  Weights weights;
  for (const std::string& path : state.paths()) weights.tensors[path] = state.read(path);
  if (result.outcome.end == TrainEnd::not_finite) result.not_kept = name_not_finite(weights.tensors);
  if (!result.not_kept.empty()) return result.weights_file.clear();
  weights.tensors.insert(data_.fitted.begin(), data_.fitted.end());
  weights.metadata = resolved(*bound_);
  weights.metadata["train.seed"] = std::to_string(seed_);
  weights.metadata["program"] = stored_name(name());
  store_facts(data_, weights);
  weights.metadata["step"] = std::to_string(result.outcome.kept_steps);
  weights.metadata["epoch"] = std::to_string(result.outcome.kept_epochs);
  write_weights(result.weights_file, weights);
  std::string lost = write_history(history_file(result.weights_file), result.outcome.history);
  if (lost.empty()) result.history_file = history_file(result.weights_file);
  if (!lost.empty() && request.on_note) request.on_note(lost);
}

void Session::check_outputs(const TrainRequest& request, const std::vector<uint64_t>& seeds) const {
  Outputs outputs(request.force);
  outputs.reads(options_.file);
  for (const DataInfo& info : data_declarations(*checked_)) {
    if (info.kind == SourceKind::csv) outputs.reads(find_data_path(info.path, places()));
  }
  auto check_one = [&](const std::string& weights, const std::string& log) {
    if (request.write_weights) {
      outputs.writes("the weights", weights, weights_of(stored_name(name())));
      outputs.writes("the history", history_file(weights), text_beginning("epoch,train.loss"));
    }
    if (!log.empty()) outputs.writes("--log", log, text_beginning(kLogHeader));
  };
  std::string weights = request.out_file.empty() ? name() + ".safetensors" : request.out_file;
  if (seeds.empty()) check_one(weights, request.log_file);
  for (uint64_t seed : seeds) {
    check_one(with_seed(weights, seed), request.log_file.empty() ? "" : with_seed(request.log_file, seed));
  }
}

TrainResult Session::train(const TrainRequest& request) {
  TrainResult result;
  result.weights_file = request.out_file.empty() ? name() + ".safetensors" : request.out_file;
  check_outputs(request);
  bind_training();
  const TrainInfo& info = train_info(*bound_);
  seed_ = request.seed.value_or(info.seed);
  SplitView split = split_view(data_, info.data, info.split);
  compile(static_cast<int64_t>(split.rows.size()), request);
  StateBlock state = initial_state(*exact_, request);
  result.outcome = run_steps(state, split, request);
  if (result.outcome.end == TrainEnd::not_finite) {
    const StateBlock& before = result.outcome.failed_state ? *result.outcome.failed_state : state;
    result.not_finite = explain_not_finite(
        {training_, before, split, settings(*bound_), seed_, result.outcome, !request.init_file.empty()});
  }
  if (request.write_weights) save(state, request, result);
  if (result.outcome.end == TrainEnd::finished || result.outcome.end == TrainEnd::stopped_early) {
    result.scores = final_scores(state, result.outcome);
    result.expectations = judge(*bound_, result.scores);
  }
  return result;
}

}  // namespace nnc
