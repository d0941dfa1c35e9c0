// What a training leaves: the weights with all that a prediction needs, and the history beside them.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>

#include "runtime/io/data_error.h"
#include "runtime/io/room.h"
#include "runtime/train/history.h"
#include "runtime/train/session.h"
#include "runtime/weights/data_facts.h"
#include "runtime/weights/weights.h"
#include "support/diagnostics.h"
#include "support/free_memory.h"

namespace nnc {

namespace {

namespace fs = std::filesystem;

/// Whether weights of this name would take the place of a file, be it of their history.
bool is_taken(const std::string& weights_file) {
  std::error_code ignored;
  return fs::exists(weights_file, ignored) || fs::exists(history_file(weights_file), ignored);
}

/// "dir/xor.WORD.safetensors" of "dir/xor.safetensors", numbered where that is taken.
std::string free_name(const std::string& weights_file, const std::string& word) {
  fs::path path(weights_file);
  const std::string ending = path.extension() == ".safetensors" ? ".safetensors" : "";
  const std::string stem = ending.empty() ? path.filename().string() : path.stem().string();
  for (int number = 1;; ++number) {
    std::string counted = number == 1 ? "" : fmt::format("-{}", number);
    path.replace_filename(fmt::format("{}.{}{}{}", stem, word, counted, ending));
    if (!is_taken(path.string())) return path.string();
  }
}

/// Writes the weights to the place asked for; where the system refuses it, beside it, and then to the current folder.
void write_somewhere(const SafetensorsSource& weights, TrainResult& result) {
  const std::string asked = result.weights_file, here = free_name(fs::path(asked).filename().string(), "saved");
  std::vector<std::string> places{asked, free_name(asked, "saved")};
  if (here != places.back()) places.push_back(here);
  std::string refused;
  for (const std::string& place : places) {
    try {
      write_weights(place, weights);
      result.weights_file = place;
      if (refused.empty()) return;
      result.misplaced = true;
      result.why_elsewhere =
          fmt::format("{}\n note: the weights are kept all the same, in '{}'", refused, escape_for_terminal(place));
      return;
    } catch (const Failure& failure) {
      if (failure.code() != ExitCode::system_refused) throw;
      refused += (refused.empty() ? "" : "\n") + std::string(failure.what());
    }
  }
  throw Failure(ExitCode::system_refused, refused + "\n note: the weights of this run are lost");
}

}  // namespace

std::string Session::stored_name() const { return is_utf8(name()) ? name() : escape_for_terminal(name()); }

/// The weights with all that a prediction needs. The state must outlive the result.
SafetensorsSource Session::contents_of(const StateBlock& state, const TrainOutcome& outcome) const {
  SafetensorsSource weights{resolved(bound()), tensor_sources(state)};
  for (TensorSource& fitted : tensor_sources(prepared().data.fitted)) weights.tensors.push_back(std::move(fitted));
  weights.metadata["train.seed"] = std::to_string(seed_);
  weights.metadata["program"] = stored_name();
  store_facts(prepared().data, weights.metadata);
  weights.metadata["step"] = std::to_string(outcome.kept_steps);
  weights.metadata["epoch"] = std::to_string(outcome.kept_epochs);
  return weights;
}

/// The state, the good one to go back to, the best one, and what an evaluation takes of it. The initialisers write into
/// a state of their own; weights that are read are doubles at first.
int64_t Session::memory_needed(const TrainRequest& request) const {
  constexpr int64_t kBesides = 1 << 20;
  const TrainInfo& info = train_info(bound());
  const int64_t state = compiled_->exact.program().state_bytes, network = compiled_->evaluation.program().state_bytes;
  const int64_t copies = info.stop && info.stop->restore_best ? 3 : 2;
  const int64_t looping = copies * state + (info.valid.empty() ? 0 : network);
  const int64_t starting = request.init_file.empty() ? 2 * state : state + 3 * network;
  return std::max({looping, starting, state + network}) + kBesides;
}

void Session::require_memory(const TrainRequest& request) {
  constexpr int64_t kCompiling = 256 << 20;  // what it may take, with room to spare
  const int64_t needed = memory_needed(request);
  if (free_memory() < needed + kCompiling) {  // then it takes it first, and no more is taken than is counted
    begin_late_code();
    late_code_.require_all();
  }
  if (const int64_t room = free_memory(); room < needed) {
    throw Failure(
        ExitCode::system_refused,
        fmt::format("nnc: error: no memory: {} bytes are needed for this training, {} are free\n"
                    " help: the weights with the optimizer's state take {}, and more than one copy of them is "
                    "kept",
                    needed, room, compiled_->exact.program().state_bytes));
  }
}

/// The weights must have room. A history or a log that has none is lost alone, and a log ends early to leave it.
void Session::require_disk(const StateBlock& state, const SplitView& split, const TrainRequest& request) {
  const std::lock_guard turn(*disk_);
  constexpr int64_t kCounts = 64;  // digits of steps and epochs, which are not known yet
  constexpr int64_t kRow = 20;     // a line of the log, or one number of the history
  const TrainInfo& info = train_info(bound());
  const std::string file = out_file(request);
  const int64_t weights = weights_bytes(contents_of(state, {})) + kCounts;
  int64_t all = 0;
  if (request.write_weights) {
    if (__builtin_mul_overflow(weights, 1 + request.files_to_follow, &all)) all = INT64_MAX;
    require_room(file, weights, all);
  }
  const int64_t a_epoch = (static_cast<int64_t>(split.rows.size()) - 1) / prepared().batch + 1;
  int64_t steps = info.steps, log = 0;
  if (steps == 0 && __builtin_mul_overflow(info.epochs, a_epoch, &steps)) steps = INT64_MAX;
  if (__builtin_mul_overflow(steps, kRow, &log)) log = INT64_MAX;
  const auto columns = static_cast<int64_t>(3 + 2 * metrics(bound()).size());
  const int64_t history =
      std::min<int64_t>(History::kRows, info.steps > 0 ? steps / a_epoch : info.epochs) * columns * kRow;
  auto expect = [&](const char* what, const std::string& path, int64_t bytes) {
    const bool beside = request.write_weights && same_disk(path, file);
    const int64_t room = free_disk(path) - (beside ? all : 0);
    if (room >= bytes || !request.on_note) return;
    request.on_note(
        fmt::format("{}: warning: {} may take {} bytes, {} are free{}: it may be lost, the weights will not",
                    escape_for_terminal(path), what, bytes, room, beside ? " beside the weights" : ""));
  };
  if (request.write_weights) expect("the history", history_file(file), history);
  reserved_ = 0;
  if (request.log_file.empty()) return;
  expect("the log", request.log_file, log);
  if (!request.write_weights || !same_disk(request.log_file, file)) return;
  reserved_ = free_disk(file) - all < history ? all : all + history;
}

/// Where no step was completed the state is that of the start, which is worth no file. Where a step's loss is not
/// finite the weights before it may not be either; if they are, they take nobody's place.
void Session::save(const StateBlock& state, const TrainRequest& request, TrainResult& result) {
  const std::lock_guard turn(*disk_);
  const TrainOutcome& outcome = result.outcome;
  const SafetensorsSource weights = contents_of(state, outcome);
  if (outcome.end == TrainEnd::not_finite) result.not_kept = name_not_finite(weights.tensors);
  if (!result.not_kept.empty()) result.not_kept += ": no finite weights are left";
  if (result.not_kept.empty() && outcome.steps == 0) result.not_kept = "no step was completed";
  if (!result.not_kept.empty()) return result.weights_file.clear();
  if (outcome.end == TrainEnd::not_finite && is_taken(result.weights_file)) {
    result.why_elsewhere =
        fmt::format(" note: '{}' is of an earlier run and stays: the last finite weights of this one lie beside it",
                    escape_for_terminal(result.weights_file));
    result.weights_file = free_name(result.weights_file, "last-finite");
  }
  write_somewhere(weights, result);
  std::string lost = write_history(history_file(result.weights_file), outcome.history);
  if (lost.empty()) result.history_file = history_file(result.weights_file);
  if (!lost.empty() && request.on_note) request.on_note(lost);
}

}  // namespace nnc
