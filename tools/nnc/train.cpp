// nnc train FILE: compiles the program, trains it, writes the weights and judges the file's own `expect`s.
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string_view>
#include <utility>

#include "runtime/report/report.h"
#include "runtime/report/seeds.h"
#include "runtime/train/session.h"
#include "tools/nnc/command.h"

namespace nnc {

namespace {

// Ctrl-C and kill end the run, with the last step completed. A signal handler can reach nothing but a static object;
// the compiled loop polls it.
volatile std::sig_atomic_t stop_signal = 0;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
/// While data are read, code is compiled and start values are made, there is nothing that could be saved.
volatile std::sig_atomic_t first_step_begun = 0;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

constexpr uint64_t kMostSteps = 9'000'000'000'000'000'000;

struct TrainFlags : ProgramFlags {
  std::string epochs, steps, init, partial, out, log;
  int64_t seeds = 0;
  bool interpret = false, time_passes = false, finite = false, force = false;
};

/// When the signal came that stops the run: milliseconds of the system's clock.
std::atomic<int64_t> stopped_at = 0;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
static_assert(std::atomic<int64_t>::is_always_lock_free);

int64_t milliseconds_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

void on_signal(int number) {
  constexpr int64_t kEcho = 100;  // `timeout` signals the process and its group: both mean one wish
  constexpr std::string_view kBefore = "\nnnc: interrupted before the first step: nothing is written\n";
  constexpr std::string_view kAgain = "\nnnc: interrupted a second time: ended at once, without saving\n";
  if (first_step_begun != 0 && stop_signal == 0) {
    stopped_at = milliseconds_now();
    stop_signal = number;
    return;
  }
  if (number == stop_signal && milliseconds_now() - stopped_at < kEcho) return;
  const std::string_view text = first_step_begun != 0 ? kAgain : kBefore;
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  ::_exit(128 + number);
}

/// Weights that are not where they were asked for are the worst news for whoever goes on with them.
ExitCode exit_code(bool misplaced, bool interrupted, bool not_finite, const std::vector<Expectation>& expectations) {
  if (misplaced) return ExitCode::system_refused;
  if (interrupted) return stop_signal == SIGTERM ? ExitCode::terminated : ExitCode::interrupted;
  if (not_finite) return ExitCode::not_finite;
  for (const Expectation& expectation : expectations) {
    if (!expectation.met) return ExitCode::expectation_failed;
  }
  return ExitCode::done;
}

ExitCode run_seeds(Session& session, TrainRequest& request, int64_t count, Reporter& reporter) {
  int64_t run = 1;
  request.on_epoch = [&](const EpochReport& report) {
    reporter.moving(fmt::format("run {} of {}  ", run, count), report);
  };
  SeedsResult result = train_seeds(session, request, count, [&](const SeedRun& ended) {
    reporter.note(describe(ended));
    ++run;
  });
  std::fputs(describe(result).c_str(), stdout);
  return exit_code(result.misplaced, result.interrupted, result.not_finite, result.expectations);
}

ExitCode run(const TrainFlags& flags, const std::vector<std::string>& extra) {
  SessionOptions options = flags.session(extra);
  options.interpret = flags.interpret;
  options.runs = flags.seeds;
  if (!flags.epochs.empty()) options.overrides.train["epochs"] = flags.epochs;
  if (!flags.steps.empty()) options.overrides.train["steps"] = flags.steps;
  std::vector<BuildTimes> times;
  if (flags.time_passes) options.on_built = [&](const BuildTimes& built) { times.push_back(built); };
  Session session(options);
  std::fputs(session.warnings().c_str(), stderr);

  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  Reporter reporter(session);
  TrainRequest request;
  request.init_file = flags.partial.empty() ? flags.init : flags.partial;
  request.partial = !flags.partial.empty();
  request.finite = flags.finite;
  request.out_file = flags.out;
  request.log_file = flags.log;
  request.force = flags.force;
  request.on_epoch = [&](const EpochReport& report) { reporter.epoch(report); };
  request.on_note = [&](const std::string& note) { reporter.note(note); };
  request.on_begin = [&] { first_step_begun = 1; };
  if (flags.time_passes) request.on_compiled = [&] { reporter.times(std::exchange(times, {})); };
  static_assert(sizeof(std::sig_atomic_t) == sizeof(int32_t));
  request.stop = const_cast<const int32_t*>(&stop_signal);
  if (flags.seeds == 0) session.check_outputs(request);
  session.bind_training();
  std::fputs(session.prepared().warnings.c_str(), stderr);
  if (flags.seeds > 0) return run_seeds(session, request, flags.seeds, reporter);
  TrainResult result = session.train(request);
  if (!times.empty()) reporter.times(times);  // it ended before all was compiled
  reporter.finish(result);
  return exit_code(result.misplaced, result.outcome.end == TrainEnd::interrupted,
                   result.outcome.end == TrainEnd::not_finite, result.expectations);
}

}  // namespace

void add_train(CommandLine& line) {
  Subcommand command = line.add_subcommand("train", "compile, train, write the weights and judge the file's 'expect's");
  auto flags = std::make_shared<TrainFlags>();
  flags->add_to(command);
  flags->add_threads(command, true);
  CommandArgument epochs =
      command.add_option("--epochs", flags->epochs, "passes over the training rows (default: the file's)");
  CommandArgument steps = command.add_option("--steps", flags->steps, "optimizer steps instead of epochs");
  for (CommandArgument argument : {epochs, steps}) argument.type_name("N").whole_number(0, kMostSteps);
  epochs.excludes(steps);
  CommandArgument init = command.add_option(
      "--init", flags->init, "start from these weights; the optimizer and the count of steps begin anew");
  CommandArgument partial =
      command.add_option("--init-partial", flags->partial,
                         "as --init, from another network: what agrees in name and shape; lists the rest");
  for (CommandArgument argument : {init, partial}) argument.type_name("FILE");
  init.excludes(partial);
  command.add_flag("--finite", flags->finite, "refuse --init weights that hold NaN or infinities, rather than warn");
  command.add_option("--out", flags->out, "where the weights go (default: NAME.safetensors in the current folder)")
      .type_name("FILE");
  command.add_option("--log", flags->log, "write epoch,step,loss of every step as CSV").type_name("FILE");
  command
      .add_option("--seeds", flags->seeds,
                  "train N times, from the program's seed on (7, 8, …); prints mean, "
                  "deviation, worst and best, judges 'expect's on "
                  "the worst, and writes NAME.seed7.safetensors, NAME.seed8.safetensors, …")
      .type_name("N")
      .whole_number(1, 10'000);
  command.add_flag("--force", flags->force, "let outputs replace files that nnc did not write for this program");
  command.add_flag("--interp", flags->interpret,
                   "run the loop-nest interpreter instead of machine code: same bits, no JIT");
  flags->add_fuse_limit(command);
  command.add_flag("--time-passes", flags->time_passes, "print what each pass and each kernel cost");
  command.footer(
      "Every `option` of the file is a flag too (--lr 3e-4), and so is every key of `train` (--train.batch 32).\n"
      "'nnc check FILE --options' lists them.");
  command.on_chosen([command, flags] { return run(*flags, command.remaining()); });
}

}  // namespace nnc
