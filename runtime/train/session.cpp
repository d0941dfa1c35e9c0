#include "runtime/train/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "frontend/program/functions.h"
#include "runtime/dataset/number_checks.h"
#include "runtime/dataset/source_readers.h"
#include "runtime/train/imports.h"
#include "support/cores.h"
#include "support/default_arithmetic.h"
#include "support/error.h"
#include "support/shell_word.h"

namespace nnc {

namespace {

constexpr int64_t kLargestSource = 100 << 20;

/// Adds its life to a sum of milliseconds.
class Stopwatch {
 public:
  explicit Stopwatch(double& milliseconds) : milliseconds_(milliseconds) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() {
    milliseconds_ += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  double& milliseconds_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

void fail_if_wrong(const Diagnostics& diagnostics, const SourceFile& source) {
  if (!diagnostics.has_errors()) return;
  bool usage = diagnostics.only_arguments_are_wrong();
  throw Failure(usage ? ExitCode::wrong_command : ExitCode::wrong_program, render(diagnostics, source));
}

/// A flag that neither the command nor the program has: nothing of the file to show.
void fail_if_unknown_flag(const Diagnostics& diagnostics, const SessionOptions& options) {
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    bool unknown = diagnostic.code == "E0903" || diagnostic.code == "E0907";
    if (!unknown || diagnostic.argument.empty()) continue;
    std::string near = nearest(diagnostic.argument.substr(2), options.flags);
    std::string help = diagnostic.help;
    if (!near.empty()) {
      help = fmt::format("did you mean --{}?", near);
    } else if (help.empty()) {
      help = fmt::format("'nnc check {} --options' lists what the file declares", shell_word(options.file));
    }
    throw Failure(ExitCode::wrong_command,
                  fmt::format("nnc: error: there is no flag '{}': {}\n help: {}",
                              escape_for_terminal(diagnostic.argument), escape_for_terminal(diagnostic.message), help));
  }
}

}  // namespace

std::string read_source(const std::string& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    throw Failure(ExitCode::system_refused,
                  fmt::format("{}: error: this is a folder; name a .nn file in it", escape_for_terminal(file)));
  }
  if (file != "-") return read_file(file, kLargestSource);
  InputFile input = InputFile::standard_input();
  std::string text;
  std::vector<std::byte> block(1 << 16);
  for (size_t got = input.read(block); got > 0; got = input.read(block)) {
    text.append(reinterpret_cast<const char*>(block.data()), got);
  }
  return text;
}

Session::Session(SessionOptions options) : options_(std::move(options)) {
  DefaultArithmetic arithmetic;
  Stopwatch watch(frontend_milliseconds_);
  std::string shown = options_.file == "-" ? "<stdin>" : options_.file;
  auto source = std::make_shared<SourceFile>(shown, read_source(options_.file));
  Diagnostics diagnostics;
  read_imports(*source, options_.file, diagnostics);
  source_ = std::move(source);
  fail_if_wrong(diagnostics, *source_);
  checked_ = check(*source_, options_.overrides, diagnostics);
  fail_if_unknown_flag(diagnostics, options_);
  fail_if_wrong(diagnostics, *source_);
  NNC_ASSERT(checked_ != nullptr, "the checker gave neither a program nor an error");
  if (!diagnostics.all().empty()) warnings_ = render(diagnostics, *source_);
  int64_t threads = options_.threads;
  if (threads == 0) threads = train_threads(*checked_);
  if (threads == 0) threads = usable_cores();
  threads_ = std::min(threads, kMostThreads);
  const bool one_a_run = options_.runs > 1 && options_.runs >= threads_;
  if (threads_ > 1 && !one_a_run) team_ = std::make_shared<WorkerTeam>(threads_);
}

std::string Session::name() const {
  return options_.file == "-" ? "stdin" : std::filesystem::path(options_.file).stem().string();
}

DataPlaces Session::places() const {
  const char* environment = std::getenv("NNC_DATA");
  std::string folder = options_.file == "-" ? "." : std::filesystem::path(options_.file).parent_path().string();
  return {options_.data_directory, folder.empty() ? "." : folder, environment == nullptr ? "" : environment};
}

BuildOptions Session::build_options() const {
  BuildOptions build;
  build.target = Target::of(options_.tier.value_or(native_tier()));
  build.interpret = options_.interpret;
  build.fuse_limit = options_.fuse_limit;
  build.team = team_;
  build.least_shared_work = options_.least_shared_work;
  build.always_together = options_.least_shared_work == 0;
  build.on_built = options_.on_built;
  return build;
}

Bound Session::bound_to(const std::vector<DataFacts>& facts, std::string& warnings) {
  DefaultArithmetic arithmetic;
  Stopwatch watch(frontend_milliseconds_);
  Diagnostics diagnostics;
  Bound bound = nnc::bind(checked_, facts, diagnostics);
  fail_if_wrong(diagnostics, *source_);
  NNC_ASSERT(bound != nullptr, "binding gave neither a program nor an error");
  if (!diagnostics.all().empty()) warnings += render(diagnostics, *source_);
  return bound;
}

const BoundProgram& Session::bind(const std::vector<DataFacts>& facts) {
  if (prepared_) return bound();
  Prepared prepared;
  prepared.program = bound_to(facts, prepared.warnings);
  prepared_ = std::make_shared<const Prepared>(std::move(prepared));
  return bound();
}

const BoundProgram& Session::bind() {
  if (prepared_) return bound();
  DefaultArithmetic arithmetic;
  Prepared prepared;
  Datasets& data = prepared.data;
  data = read_datasets(data_declarations(*checked_), places());
  Diagnostics parts;
  check_parts(*checked_, data.facts(), parts);
  fail_if_wrong(parts, *source_);
  count_classes(data, checked_, build_options());
  prepared.program = bound_to(data.facts(), prepared.warnings);
  if (has_train(*checked_)) {  // else a calculation: nothing is lowered before its function is named
    const BoundProgram& program = *prepared.program;
    prepare(data, program, build_options(), {training_graph(program), evaluation_graph(program)});
    const TrainInfo& info = train_info(program);
    prepared.batch = std::min<int64_t>(info.batch, std::ssize(data.find(info.data).rows(info.split)));
    for (const std::string& warning : data.warnings) prepared.warnings += warning + "\n";
  }
  prepared_ = std::make_shared<const Prepared>(std::move(prepared));
  return bound();
}

const Prepared& Session::prepared() const {
  NNC_ASSERT(is_bound(), "the program is not bound yet");
  return *prepared_;
}

const BoundProgram& Session::bind_training() {
  if (has_train(*checked_)) return bind();
  std::vector<FunctionInfo> found = functions(*checked_);
  std::string help = found.empty() ? ""
                                   : fmt::format(" help: 'nnc run {} {}' evaluates a function of it\n",
                                                 shell_word(file()), found.front().name);
  throw Failure(ExitCode::wrong_program, fmt::format("{}:1:1: error[E0912]: there is no 'train' in this file\n{}",
                                                     escape_for_terminal(source_->name()), help));
}

std::string Session::missing_data() const {
  for (const DataInfo& info : data_declarations(*checked_)) {
    try {
      for (const DataFile& file : info.files) find_data_path(file.path, places_of(info, places()));
    } catch (const Failure& missing) {
      return missing.what();
    }
  }
  return "";
}

std::string Session::bind_if_present() {
  std::string missing = missing_data();
  if (missing.empty()) bind();
  return missing;
}

const BoundProgram& Session::bind_for(const std::string& function) {
  if (prepared_ || missing_data().empty() || needs_data(*checked_, function)) return bind();
  return bind(std::vector<DataFacts>{});
}

std::vector<Expectation> judge(const BoundProgram& program, const std::map<std::string, double>& scores) {
  std::vector<Expectation> found;
  for (const ExpectInfo& expect : expectations(program)) {
    auto score = scores.find(expect.left);
    NNC_ASSERT(score != scores.end(), fmt::format("'{}' was not computed", expect.left));
    double value = score->second, bound = expect.right;
    bool met = expect.comparison == "<"    ? value < bound
               : expect.comparison == "<=" ? value <= bound
               : expect.comparison == ">"  ? value > bound
               : expect.comparison == ">=" ? value >= bound
               : expect.comparison == "==" ? value == bound
                                           : value != bound;
    found.push_back({expect.text, value, met, expect.origin});
  }
  return found;
}

}  // namespace nnc
