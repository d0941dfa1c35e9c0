// Training, as the session drives it: two kernel sets, start weights, the loop, the final scores, the file.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "codegen/compile_threads.h"
#include "frontend/program/source_kinds.h"
#include "runtime/io/room.h"
#include "runtime/train/builds.h"
#include "runtime/train/history.h"
#include "runtime/train/outputs.h"
#include "runtime/train/replay.h"
#include "runtime/train/session.h"
#include "runtime/train/start_state.h"
#include "runtime/train/work.h"
#include "runtime/weights/weights.h"
#include "support/default_arithmetic.h"
#include "support/diagnostics.h"
#include "support/error.h"
#include "support/free_memory.h"
#include "support/printable.h"

namespace nnc {

namespace {

constexpr const char* kLogHeader = "epoch,step,loss\n";

/// --log: a line a step, flushed by the stream; a disk without room is said once and ends the log, not the training.
/// The log of an earlier run stays until this one has made a step.
class StepLog {
 public:
  /// It leaves `reserved` bytes of its disk for the weights.
  StepLog(const std::string& path, int64_t reserved, const TrainRequest& request)
      : path_(path), reserved_(reserved), request_(request) {
    try {
      if (!path.empty()) require_writable(path);
    } catch (const NoRoom& refused) {
      lost_ = true;
      if (request_.on_note) request_.on_note(as_warning(refused) + ": there is no log, the training goes on");
    }
  }
  void write(int64_t epoch, int64_t step, double loss) {
    if (path_.empty() || lost_) return;
    errno = 0;
    if (!stream_.is_open()) {
      stream_.open(path_, std::ios::trunc);
      stream_ << kLogHeader;
    }
    const std::string line = fmt::format("{},{},{}\n", epoch, step, printable(loss));
    stream_ << line;
    bytes_ += static_cast<int64_t>(line.size());
    const int error_number = errno;
    if (!stream_) {
      end(is_want_of_room(error_number)
              ? want_of_room(path_, error_number, error_number == EFBIG ? bytes_ : line.size(), true)
              : std::strerror(error_number == 0 ? EIO : error_number));
    }
    constexpr int64_t kLines = 1000, kBytes = 64 * kLines;  // between two looks at the disk
    if (lost_ || reserved_ == 0 || ++lines_ % kLines != 0) return;
    if (const int64_t room = free_disk(path_); room < reserved_ + kBytes) {
      end(fmt::format("{} bytes are needed beside the weights, {} are free", kBytes, room - reserved_));
    }
  }

 private:
  void end(const std::string& why) {
    lost_ = true;
    if (!request_.on_note) return;
    request_.on_note(
        fmt::format("{}: warning: the log could not be written and ends here: {}", escape_for_terminal(path_), why));
  }

  std::string path_;
  int64_t reserved_, lines_ = 0, bytes_ = 0;
  const TrainRequest& request_;
  std::ofstream stream_;
  bool lost_ = false;
};

/// What --init does not take.
std::string init_note(const Weights& weights, const BoundProgram& program, bool partial) {
  auto step = weights.metadata.find("step");
  std::string not_after =
      step == weights.metadata.end() ? "" : fmt::format(", not after the file's {}", escape_for_terminal(step->second));
  return fmt::format("note: --init{} takes weights only: {} begins anew, at step 1{}", partial ? "-partial" : "",
                     resolved(program).at("train.optimizer"), not_after);
}

}  // namespace

/// Both kernel sets of training and the one of evaluation. What no step and no score asks for gets no code.
Compiled compile(const Prepared& prepared, const BuildOptions& build, int64_t rows) {
  using Code = Build::Code;
  const Graph& step = training_graph(*prepared.program);
  const TrainInfo& info = train_info(*prepared.program);
  const int64_t batch = prepared.batch;
  const int64_t steps_an_epoch = (rows - 1) / batch + 1;
  const bool has_epoch = info.steps > 0 ? info.steps >= steps_an_epoch : info.epochs > 0;
  const bool has_step = info.steps > 0 || info.epochs > 0;
  const bool is_scored = !info.valid.empty() || !info.test.empty() || info.evaluate_train || !has_step;
  const Code later = !build.interpret && compile_threads() > 1 ? Code::later : Code::now;
  std::vector<Build> builds{{step, batch, true},
                            {evaluation_graph(*prepared.program), batch, false, is_scored ? later : Code::never}};
  if (rows % batch != 0) builds.push_back({step, batch, false, has_epoch ? later : Code::never});
  std::vector<Executable> built = build_all(builds, build);
  Compiled compiled{std::move(built[0]), {}, std::move(built[1])};
  compiled.evaluation_later = builds[1].code == Code::later;
  if (built.size() > 2) {
    compiled.rest = std::move(built[2]);
    compiled.rest_later = builds[2].code == Code::later;
  }
  return compiled;
}

bool Compiled::runs_alone() const {
  return exact.program().workers == 1 && evaluation.program().workers == 1 && (!rest || rest->program().workers == 1);
}

int64_t Compiled::arena_bytes() const {
  return exact.program().arena_bytes + evaluation.program().arena_bytes + (rest ? rest->program().arena_bytes : 0);
}

Compiled Compiled::beside() const {
  Compiled other{exact.beside(), {}, evaluation.beside()};
  if (rest) other.rest = rest->beside();
  return other;
}

/// What the initialisers give, or parameters from a file.
StateBlock Session::initial_state(const Executable& training, const TrainRequest& request) {
  StateBlock state = start_state(bound(), build_options(), training, seed_);
  if (!request.init_file.empty()) {
    std::vector<std::string> model;
    for (const Buffer* variable : compiled_->evaluation.buffers(BufferRole::variable)) model.push_back(variable->name);
    const Weights weights = read_weights(request.init_file, false);
    const auto load = request.partial ? load_shared_into : load_into;
    std::vector<std::string> notes = load(state, model, weights, request.init_file, request.finite);
    notes.push_back(init_note(weights, bound(), request.partial));
    for (const std::string& note : notes) {
      if (request.on_note) request.on_note(note);
    }
  }
  return state;
}

std::optional<Scores> Session::evaluate_split(const StateBlock& state, const std::string& split, const int32_t* stop) {
  if (stop != nullptr && *stop != 0) return std::nullopt;  // nor is its code waited for
  late_code_.require(compiled_->evaluation);
  StateBlock own(compiled_->evaluation.program());
  own.take(state);
  SplitView view = split_view(prepared().data, train_info(bound()).data, split);
  Steps steps(compiled_->evaluation, own, view, settings(bound()), seed_);
  return evaluate(steps, view, metrics(bound()), stop);
}

/// Nothing where they were stopped.
std::optional<Scores> Session::final_scores(const StateBlock& state, const TrainOutcome& outcome, const int32_t* stop) {
  const TrainInfo& info = train_info(bound());
  Scores scores;
  bool evaluate_train = info.evaluate_train || outcome.steps == 0;  // of no step there is no mean
  const auto train = evaluate_train ? evaluate_split(state, info.split, stop) : outcome.train;
  if (!train) return std::nullopt;
  for (const auto& [name, value] : *train) scores["train." + name] = value;
  if (!evaluate_train) scores["train.loss"] = outcome.loss;
  for (const auto& [prefix, split] : {std::pair{"valid.", info.valid}, std::pair{"test.", info.test}}) {
    if (split.empty()) continue;
    const bool known = split == info.valid && !outcome.valid.empty();
    const auto found = known ? outcome.valid : evaluate_split(state, split, stop);
    if (!found) return std::nullopt;
    for (const auto& [name, value] : *found) scores[prefix + name] = value;
  }
  return scores;
}

void Session::compile_once() {
  bind_training();
  const TrainInfo& info = train_info(bound());
  if (!compiled_) {
    compiled_ = compile(prepared(), build_options(), std::ssize(prepared().data.find(info.data).rows(info.split)));
  }
}

int64_t Session::runs_at_once(int64_t wanted, const TrainRequest& request) {
  DefaultArithmetic arithmetic;
  if (std::min(wanted, threads_) <= 1) return 1;
  compile_once();
  if (!compiled_->runs_alone()) return 1;
  begin_late_code();
  late_code_.require_all();
  const int64_t each = memory_needed(request) + compiled_->arena_bytes();
  return std::clamp<int64_t>(free_memory() / each, 1, std::min(wanted, threads_));
}

std::unique_ptr<Session> Session::beside(std::function<void(const BuildTimes&)> on_built) const {
  auto other = std::unique_ptr<Session>(new Session);  // its constructor is nobody else's
  other->options_ = options_;
  other->options_.on_built = std::move(on_built);
  other->source_ = source_;
  other->checked_ = checked_;
  other->prepared_ = prepared_;
  other->compiled_ = compiled_->beside();
  other->disk_ = disk_;
  return other;
}

/// What an epoch needs first comes first.
void Session::begin_late_code() {
  std::vector<Executable*> executables;
  if (std::exchange(compiled_->rest_later, false)) executables.push_back(&*compiled_->rest);
  if (std::exchange(compiled_->evaluation_later, false)) executables.push_back(&compiled_->evaluation);
  if (!executables.empty()) late_code_.begin(std::move(executables), build_options());
}

/// Of a step that takes long, before it begins: the backward pass is about twice the forward one.
void Session::announce_step(const TrainRequest& request) {
  if (!request.on_note) return;
  const NestProgram& program = compiled_->exact.program();
  Work step{3 * count_operations(training_graph(bound()), prepared().batch), program.arena_bytes + program.state_bytes,
            options_.interpret};
  if (std::string note = announced("a training step", step); !note.empty()) {
    request.on_note(note +
                    "\n help: Ctrl-C keeps the steps before the one at hand, a second one ends the training at once "
                    "and without saving");
  }
  if (std::string note = announced_wait(program, options_.interpret); !note.empty()) request.on_note(note);
}

TrainOutcome Session::run_steps(StateBlock& state, const SplitView& split, const TrainRequest& request) {
  TrainInfo info = train_info(bound());
  info.batch = prepared().batch;
  info.seed = seed_;
  Steps exact_steps(compiled_->exact, state, split, settings(bound()), seed_);
  std::unique_ptr<Steps> rest_steps;
  if (compiled_->rest) {
    NNC_ASSERT(state.serves(compiled_->rest->program()), "the two kernel sets lay out their state differently");
    rest_steps = std::make_unique<Steps>(*compiled_->rest, state, split, settings(bound()), seed_);
  }
  StepLog log(request.log_file, reserved_, request);
  TrainHooks hooks;
  hooks.epoch = request.on_epoch;
  hooks.stop = request.stop;
  hooks.note = request.on_note;
  hooks.piece = [&](bool rest) {
    if (rest) late_code_.require(*compiled_->rest);
    late_code_.look();
  };
  if (!request.log_file.empty()) {
    hooks.step = [&](int64_t epoch, int64_t step, double loss) { log.write(epoch, step, loss); };
  }
  TrainSetup setup{&info, &metrics(bound()), &split, &exact_steps, rest_steps.get(), &state, {}};
  if (!info.valid.empty()) setup.evaluate_valid = [&] { return evaluate_split(state, info.valid, request.stop); };
  return nnc::train(setup, hooks);
}

std::string Session::out_file(const TrainRequest& request) const {
  return request.out_file.empty() ? name() + ".safetensors" : request.out_file;
}

void Session::lock(const std::string& file, const TrainRequest& request) {
  if (locks_.contains(file)) return;
  auto place = locks_.end();
  try {
    place = locks_.emplace(file, FileLock(file, file)).first;
  } catch (const NoRoom&) {
    if (file != request.log_file) throw;
    return;  // there will be no log, which is said when it would begin
  }
  if (place->second.held() || !request.on_note) return;
  request.on_note(
      fmt::format("{}: warning: its file system has no locks: another run with this file would not be noticed",
                  escape_for_terminal(file)));
}

void Session::check_outputs(const TrainRequest& request, const std::vector<uint64_t>& seeds) {
  Outputs outputs(request.force);
  outputs.reads(options_.file);
  for (size_t part = 1; part < source_->parts().size(); ++part) outputs.reads(source_->parts()[part].name);
  for (const DataInfo& info : data_declarations(*checked_)) {
    for (const DataFile& file : info.files) {
      if (!kind_of(info).is_folder) outputs.reads(find_data_path(file.path, places_of(info, places())));
    }
  }
  const std::string weights = out_file(request);
  std::vector<std::string> files;
  auto check_one = [&](const std::string& to, const std::string& log) {
    files.clear();
    if (request.write_weights) {
      outputs.writes("the weights", to, weights_of(stored_name()));
      outputs.writes("the history", history_file(to), text_beginning("epoch,train.loss"));
      files = {to, history_file(to)};
    }
    if (log.empty()) return;
    outputs.writes("--log", log, text_beginning(kLogHeader), true);
    files.push_back(log);
  };
  if (seeds.empty()) {
    check_one(weights, request.log_file);
    for (const std::string& file : files) lock(file, request);
    return;
  }
  for (uint64_t seed : seeds) {
    check_one(with_seed(weights, seed), request.log_file.empty() ? "" : with_seed(request.log_file, seed));
    for (const std::string& file : files) FileLock::require_free(file);  // each run takes its own
  }
}

/// Runs when the files are written: it needs far more memory than they do, and where there is none it says only that.
NotFinite Session::explain(const StateBlock& state, const SplitView& split, const TrainRequest& request,
                           const TrainOutcome& outcome) const {
  const StateBlock& before = outcome.failed_state ? *outcome.failed_state : state;
  try {
    return explain_not_finite(
        {training_graph(bound()), before, split, settings(bound()), seed_, outcome, !request.init_file.empty()});
  } catch (const std::bad_alloc&) {
    return {"not found, the search needs more memory than there is", "a smaller network or batch shows it"};
  }
}

TrainResult Session::train(const TrainRequest& request) {
  DefaultArithmetic arithmetic;
  TrainResult result;
  result.weights_file = out_file(request);
  check_outputs(request);
  const std::map<std::string, FileLock> locks = std::exchange(locks_, {});  // of this run, until it ends
  compile_once();
  const TrainInfo& info = train_info(bound());
  seed_ = request.seed.value_or(info.seed);
  SplitView split = split_view(prepared().data, info.data, info.split);
  require_memory(request);
  StateBlock state = initial_state(compiled_->exact, request);
  require_disk(state, split, request);
  if (request.on_begin) request.on_begin();
  begin_late_code();
  late_code_.when_all_told(request.on_compiled);
  announce_step(request);
  result.outcome = run_steps(state, split, request);
  if (request.write_weights) save(state, request, result);
  if (result.outcome.end == TrainEnd::not_finite) result.not_finite = explain(state, split, request, result.outcome);
  if (result.outcome.end == TrainEnd::finished || result.outcome.end == TrainEnd::stopped_early)
    judge_weights(state, request, result);
  return result;
}

/// A training that is stopped while its weights are scored is interrupted: they are saved, and no score is known.
void Session::judge_weights(const StateBlock& state, const TrainRequest& request, TrainResult& result) {
  std::optional<Scores> scores = final_scores(state, result.outcome, request.stop);
  if (!scores) {
    result.outcome.end = TrainEnd::interrupted;
    return;
  }
  result.scores = *std::move(scores);
  const std::string warning = result.outcome.metric_warned ? "" : not_finite_metrics(result.scores, "");
  if (!warning.empty() && request.on_note) request.on_note(warning);
  result.expectations = judge(bound(), result.scores);
  for (Expectation& expectation : result.expectations) expectation.epoch = result.outcome.restored_epoch;
}

}  // namespace nnc
