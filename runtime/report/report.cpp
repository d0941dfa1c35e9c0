#include "runtime/report/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "runtime/io/quantity.h"
#include "support/printable.h"
#include "support/shell_word.h"

namespace nnc {

namespace {

/// A stream that is gone or full must not end a training: unlike fmt::print, this never throws; main looks at the end.
template <typename... Arguments>
void put(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  std::string line = fmt::format(text, std::forward<Arguments>(arguments)...);
  std::fwrite(line.data(), 1, line.size(), stdout);
}

constexpr int64_t kPlainLines = 20;
constexpr double kRefreshSeconds = 0.1;

std::string rate(double per_second) {
  if (per_second >= 1e6) return fmt::format("{:.1f} M rows/s", per_second / 1e6);
  if (per_second >= 1e3) return fmt::format("{:.0f} k rows/s", per_second / 1e3);
  return fmt::format("{:.0f} rows/s", per_second);
}

std::string scores_text(const std::string& prefix, const Scores& scores) {
  std::string text;
  for (const auto& [name, value] : scores) text += fmt::format("  {}{} {:.5g}", prefix, name, printable(value));
  return text;
}

std::string not_finite_help(const TrainResult& result) {
  std::string note = result.not_kept.empty() ? " note: the weights written are the last finite ones\n" : "";
  return fmt::format(" help: {}\n{}", result.not_finite.help, note);
}

}  // namespace

std::string describe(const Expectation& expectation) {
  return fmt::format("expect {}: found {:.6g}{}: {}", expectation.text, printable(expectation.found),
                     in_epoch(expectation), expectation.met ? "met" : "NOT MET");
}

std::string in_epoch(const Expectation& expectation) {
  return expectation.epoch == 0 ? "" : fmt::format(" in epoch {}", expectation.epoch);
}

std::string where_not_finite(const TrainResult& result) {
  const TrainOutcome& outcome = result.outcome;
  std::string what = outcome.broken.empty() ? fmt::format("the loss of step {} is not finite", outcome.steps + 1)
                                            : fmt::format("the update of step {} makes '{}' not finite",
                                                          outcome.steps + 1, outcome.broken);
  return what + "; first: " + result.not_finite.first;
}

Reporter::Reporter(const Session& session) : session_(session), terminal_(isatty(STDOUT_FILENO) == 1) {}

void Reporter::clear_line() {
  if (line_open_) std::fputs("\r\x1b[K", stdout);
  line_open_ = false;
}

void Reporter::note(const std::string& text) {
  clear_line();
  put("{}\n", text);
  std::fflush(stdout);
}

void Reporter::times(const std::vector<BuildTimes>& builds) {
  auto line = [](double milliseconds, const std::string& what) { put("{:>10.3f} ms  {}\n", milliseconds, what); };
  line(session_.frontend_milliseconds(), "frontend");
  double all = session_.frontend_milliseconds();
  for (const BuildTimes& build : builds) {
    put("{}, {} {}:\n", build.graph, build.exact ? "exactly" : "up to", counted(build.capacity, "row"));
    double rest = build.all;
    for (const PassTime& pass : build.passes) {
      line(pass.milliseconds, pass.name);
      rest -= pass.milliseconds;
    }
    for (const KernelCode& kernel : build.kernels) {
      double both = kernel.emit_milliseconds + kernel.machine_milliseconds;
      line(both, fmt::format("code of {} ({} LLVM instructions)", kernel.name, kernel.llvm_instructions));
      rest -= both;
    }
    line(rest, build.kernels.empty() ? "the rest" : "LLVM's set-up and linking, and the rest");
    line(build.all, "in all");
    all += build.all;
  }
  const Elaborations done = elaborations(session_.checked());
  line(all, fmt::format("frontend ({}, {}) and {}", counted(done.programs, "elaboration"),
                        counted(done.graphs, "graph"), counted(static_cast<int64_t>(builds.size()), "build")));
}

std::string Reporter::line(const EpochReport& report) const {
  double per_second = report.seconds > 0 ? static_cast<double>(report.rows_done) / report.seconds : 0;
  double left = report.epoch > 0 ? report.seconds * static_cast<double>(report.epochs - report.epoch) /
                                       static_cast<double>(report.epoch)
                                 : 0;
  std::string text = fmt::format("epoch {}/{}  loss {:.5g}", report.epoch, report.epochs, printable(report.loss));
  text += scores_text("", report.train) + scores_text("valid.", report.valid);
  text += "  " + rate(per_second);
  if (report.epoch < report.epochs) text += fmt::format("  {} left", duration(left));
  return text;
}

void Reporter::moving(const std::string& before, const EpochReport& report) {
  auto now = std::chrono::steady_clock::now();
  if (!terminal_ || std::chrono::duration<double>(now - last_line_).count() <= kRefreshSeconds) return;
  clear_line();
  put("{}{}", before, line(report));
  line_open_ = true;
  last_line_ = now;
  std::fflush(stdout);
}

void Reporter::epoch(const EpochReport& report) {
  bool last = report.epoch == report.epochs;
  if (terminal_ && !last) return moving("", report);
  if (terminal_) return note(line(report));
  // Evenly over the epochs: the n-th line when n twentieths of them are done.
  int64_t wanted = report.epoch * kPlainLines / std::max<int64_t>(report.epochs, 1);
  if (lines_printed_ >= kPlainLines || (wanted <= lines_printed_ && report.epochs > kPlainLines && !last)) return;
  lines_printed_ = std::max(wanted, lines_printed_ + 1);
  put("{}\n", line(report));
  std::fflush(stdout);
}

void Reporter::finish(const TrainResult& result) {
  clear_line();
  const TrainOutcome& outcome = result.outcome;
  std::string command = "nnc eval " + shell_word(session_.file());
  switch (outcome.end) {
    case TrainEnd::finished:
      put("trained {}, {} in {} ({} in compiled steps), seed {}\n", counted(outcome.epochs, "epoch"),
          counted(outcome.steps, "step"), duration(outcome.seconds), duration(outcome.step_seconds), session_.seed());
      break;
    case TrainEnd::stopped_early:
      put("stopped after {}: no improvement since epoch {}\n", counted(outcome.epochs, "epoch"), outcome.best_epoch);
      break;
    case TrainEnd::interrupted: put("interrupted after {}\n", counted(outcome.steps, "step")); break;
    case TrainEnd::not_finite:
      put("stopped: {}\n", where_not_finite(result));
      put("{}", not_finite_help(result));
      break;
  }
  if (outcome.restored_epoch > 0)
    put("restored: the weights and the scores are those of epoch {}\n", outcome.restored_epoch);
  for (const auto& [name, value] : result.scores) put("  {} {:.6g}\n", name, printable(value));
  if (!result.not_kept.empty()) put(" note: {}, nothing is written\n", result.not_kept);
  if (!result.why_elsewhere.empty()) put("{}\n", result.why_elsewhere);
  if (!result.weights_file.empty()) put("weights: {}\n", escape_for_terminal(result.weights_file));
  if (!result.history_file.empty()) put("history: {}\n", escape_for_terminal(result.history_file));
  bool met = true;
  for (const Expectation& expectation : result.expectations) {
    put("{}\n", describe(expectation));
    met = met && expectation.met;
  }
  if (!met)
    put("{}:{}: the network does not meet what the file expects of it\n", escape_for_terminal(session_.source().name()),
        result.expectations.front().origin.line);
  if (!result.weights_file.empty()) put("next: {} {}\n", command, shell_word(result.weights_file));
}

}  // namespace nnc
