// The one driver behind every command: check → read the data's facts → bind sizes → lower → passes → compile → train,
// evaluate, save. Subcommands parse flags and print; what happens, happens here.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "frontend/program/program.h"
#include "runtime/io/file_lock.h"
#include "runtime/train/late_code.h"
#include "runtime/train/stages.h"
#include "runtime/train/train_request.h"
#include "runtime/weights/safetensors.h"

namespace nnc {

struct SessionOptions {
  std::string file;            ///< the .nn file, or "-" for standard input
  std::string data_directory;  ///< --data; empty: beside the file, then $NNC_DATA
  Overrides overrides;
  std::optional<Tier> tier;  ///< none: this machine's
  bool interpret = false;
  int64_t threads = 1;  ///< that run a step together; 0: as many as the program says, else all cores
  int64_t runs = 1;     ///< trainings to come: as many as there are threads have one each
  /// From which on a kernel is shared. 0: all that can be are, and all threads run every step.
  int64_t least_shared_work = PassOptions{}.least_shared_work;
  int64_t fuse_limit = -1;         ///< stop after so many fusions, to bisect a miscompile; −1: no limit
  std::vector<std::string> flags;  ///< of the command, without dashes, for "did you mean"
  std::function<void(const BuildTimes&)> on_built;  ///< told of every executable that is built; may be empty
};

/// Keeps each stage of its program from the step that makes it on.
class Session {
 public:
  /// Reads and checks the program. Throws a Failure (exit 1) whose text is every diagnostic.
  explicit Session(SessionOptions options);

  const SourceFile& source() const { return *source_; }
  const std::string& file() const { return options_.file; }  ///< as a command names it: "-" is standard input
  const CheckedProgram& checked() const { return *checked_; }
  const std::string& warnings() const { return warnings_; }  ///< of checking: rendered, may be empty
  std::string name() const;                                  ///< "mnist" of "examples/mnist.nn"

  /// Reads the data and gives every size its number. Throws a Failure with the diagnostics of what does not fit.
  /// Nothing is left to do where this, or another way of binding, was done before.
  const BoundProgram& bind();
  /// With facts of the data from elsewhere (a weights file): no data is read, `train` can't follow.
  const BoundProgram& bind(const std::vector<DataFacts>& facts);
  /// As bind; a file without a `train` is a Failure (exit 1) that says so.
  const BoundProgram& bind_training();
  /// As bind; where the data is missing and the function of this name does without it, without the data.
  const BoundProgram& bind_for(const std::string& function);
  /// As bind, but where the data is missing returns the line that says so instead of failing; else "".
  std::string bind_if_present();

  bool is_bound() const { return prepared_ != nullptr; }
  /// What binding made; to ask before is a bug of ours.
  const Prepared& prepared() const;
  const BoundProgram& bound() const { return *prepared().program; }

  DataPlaces places() const;  ///< where relative data paths are looked up
  BuildOptions build_options() const;
  /// So far, of reading, checking, binding and lowering, without what reading the data took.
  double frontend_milliseconds() const { return frontend_milliseconds_; }
  uint64_t seed() const { return seed_; }  ///< of the run at hand: the request's, else the program's, else 0
  TrainResult train(const TrainRequest& request);
  /// How many of `wanted` trainings can be made at once, each on one thread and by a session of its own: as many as
  /// there are threads and memory for; 1 where a step is shared by a team. Compiles the program.
  int64_t runs_at_once(int64_t wanted, const TrainRequest& request);
  /// One of those, for one training: it shares what this one has read, bound and compiled.
  std::unique_ptr<Session> beside(std::function<void(const BuildTimes&)> on_built) const;
  std::string out_file(const TrainRequest& request) const;  ///< where the weights go
  /// Fails where `train` would not write its files, for each of the seeds if there are any: see outputs.h. Another run
  /// that writes one of them is a Failure too (file_lock.h); from now on they are this session's until `train` ends.
  void check_outputs(const TrainRequest& request, const std::vector<uint64_t>& seeds = {});

 private:
  Session() = default;
  std::string stored_name() const;   ///< the name as metadata, which is UTF-8
  std::string missing_data() const;  ///< the line that says which data is not there; or ""
  /// Binds to these facts, adding what it warns of.
  Bound bound_to(const std::vector<DataFacts>& facts, std::string& warnings);
  void lock(const std::string& file, const TrainRequest& request);
  void compile_once();
  void begin_late_code();
  void announce_step(const TrainRequest& request);
  TrainOutcome run_steps(StateBlock& state, const SplitView& split, const TrainRequest& request);
  SafetensorsSource contents_of(const StateBlock& state, const TrainOutcome& outcome) const;
  /// Fails before the first step where memory or disk have not the room for what comes; see room.h.
  void require_memory(const TrainRequest& request);
  int64_t memory_needed(const TrainRequest& request) const;
  void require_disk(const StateBlock& state, const SplitView& split, const TrainRequest& request);
  NotFinite explain(const StateBlock& state, const SplitView& split, const TrainRequest& request,
                    const TrainOutcome& outcome) const;
  void save(const StateBlock& state, const TrainRequest& request, TrainResult& result);
  void judge_weights(const StateBlock& state, const TrainRequest& request, TrainResult& result);
  StateBlock initial_state(const Executable& training, const TrainRequest& request);
  std::optional<Scores> final_scores(const StateBlock& state, const TrainOutcome& outcome, const int32_t* stop);
  std::optional<Scores> evaluate_split(const StateBlock& state, const std::string& split, const int32_t* stop);

  SessionOptions options_;
  int64_t threads_ = 1;
  std::shared_ptr<WorkerTeam> team_;  ///< null: one thread
  std::shared_ptr<const SourceFile> source_;
  Checked checked_;
  std::string warnings_;
  std::shared_ptr<const Prepared> prepared_;
  std::optional<Compiled> compiled_;  ///< by the first training, for all that follow
  /// Sessions beside each other take turns at the disk: one that has room for one file more has room for all.
  std::shared_ptr<std::mutex> disk_ = std::make_shared<std::mutex>();
  LateCode late_code_;                     ///< of what is in `compiled_`
  std::map<std::string, FileLock> locks_;  ///< by the file
  uint64_t seed_ = 0;                      ///< of the run at hand
  int64_t reserved_ = 0;                   ///< bytes that its log must leave free on its disk
  double frontend_milliseconds_ = 0;
};

/// The text of a .nn file, or of standard input for "-"; a folder is refused (exit 3).
std::string read_source(const std::string& file);

/// Compares what was found with every `expect` of the program.
std::vector<Expectation> judge(const BoundProgram& program, const std::map<std::string, double>& scores);

}  // namespace nnc
