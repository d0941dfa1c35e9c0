// How a step is measured:
//   1. The step is compiled twice, with time stamps behind each call and without. Both run on the program's rows, in
//      the order of a training, over one state.
//   2. They take turns, in pieces of about a millisecond; ticks become seconds by the piece's time on the clock.
//   3. The quarter of the pieces that took the least is kept, so that what else the machine does is left out, and each
//      part of the step is its mean over them: so the parts add up to the whole.
//   4. From each part the cost of its stamps is taken away, which the same code measures once a step.
#include "runtime/report/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "ir/nest/team.h"
#include "runtime/report/peak.h"
#include "runtime/step/steps.h"
#include "runtime/train/epoch_order.h"
#include "runtime/train/start_state.h"
#include "support/default_arithmetic.h"
#include "support/diagnostics.h"

namespace nnc {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double kPieceNanoseconds = 1e6;
constexpr size_t kFewestPieces = 5;

/// Some steps in one call of the compiled code.
struct MeasuredPiece {
  int64_t steps = 0;
  double nanoseconds = 0;     ///< of a step
  std::vector<double> parts;  ///< nanoseconds of a step by TickSlots of each worker, with time stamps
};

double mean(const std::vector<MeasuredPiece>& pieces, const std::function<double(const MeasuredPiece&)>& of) {
  double sum = 0;
  for (const MeasuredPiece& piece : pieces) sum += of(piece);
  return sum / static_cast<double>(pieces.size());
}

void keep_the_fastest_quarter(std::vector<MeasuredPiece>& pieces) {
  std::sort(pieces.begin(), pieces.end(),
            [](const MeasuredPiece& a, const MeasuredPiece& b) { return a.nanoseconds < b.nanoseconds; });
  pieces.resize((pieces.size() + 3) / 4);
}

/// One kernel set with and without stamps, and the training that both continue in turn.
class Measurement {
 public:
  Measurement(Session& session, const ProfileRequest& request)
      : session_(session),
        training_(request.variant == "train"),
        info_(train_info(session.bind_training())),
        stamped_(build(true)),
        plain_(build(false)),
        split_(split_view(session.prepared().data, info_.data, info_.split)),
        start_(start_state(session.bound(), session.build_options(), stamped_, info_.seed)),
        state_(start_),
        order_(split_.rows, info_.seed, training_ && info_.shuffle),
        sites_(call_sites(stamped_.program())),
        slots_(TickSlots::calls + sites_.size()),
        ticks_(slots_ * static_cast<size_t>(stamped_.program().workers)) {}

  void run(double seconds) {
    Steps stamped(stamped_, state_, split_, settings(session_.bound()), info_.seed);
    Steps plain(plain_, state_, split_, settings(session_.bound()), info_.seed);
    stamped.count_ticks(ticks_.data());
    int64_t count = 1;
    const Clock::time_point end = Clock::now() + std::chrono::microseconds(static_cast<int64_t>(seconds * 1e6));
    while (Clock::now() < end || stamped_pieces_.size() < kFewestPieces) {
      const MeasuredPiece piece = measured(plain, count);
      const double fitting = std::min(kPieceNanoseconds / piece.nanoseconds, static_cast<double>(finite_));
      if (fitting >= 2 * static_cast<double>(count)) {  // the first pieces are too short to count
        count = std::min(static_cast<int64_t>(fitting), 4 * count);
        continue;
      }
      plain_pieces_.push_back(piece);
      stamped_pieces_.push_back(measured(stamped, count));
      steps_ += stamped_pieces_.back().steps;
    }
    keep_the_fastest_quarter(plain_pieces_);
    keep_the_fastest_quarter(stamped_pieces_);
  }

  void describe(Profile& profile) const {
    const NestProgram& program = stamped_.program();
    profile.target = spelling(program.target.tier);
    profile.rows = program.capacity;
    profile.steps = steps_;
    profile.undisturbed = mean(plain_pieces_, [](const MeasuredPiece& piece) { return piece.nanoseconds; });
    int64_t checks = 1;  // and before the first call
    for (const Stage& stage : program.stages) checks += std::holds_alternative<FiniteCheck>(stage) ? 1 : 0;
    profile.outside = part(TickSlots::outside, checks);
    profile.threads = program.workers;
    profile.barriers = program.workers > 1 ? part(TickSlots::barriers, 0) : 0;
    std::vector<size_t> row(program.kernels.size(), SIZE_MAX);
    for (size_t i = 0; i < sites_.size(); ++i) {
      const CallSite& site = sites_[i];
      const Kernel& kernel = program.kernels[site.call->kernel];
      if (row[site.call->kernel] == SIZE_MAX) {
        row[site.call->kernel] = profile.kernels.size();
        profile.kernels.push_back(described(kernel, static_cast<int64_t>(i) + 1));
        if (is_shared(kernel)) profile.kernels.back().workers = program.workers;
        profile.kernels.back().work = count_work(kernel, program.target, program.capacity);
      }
      KernelProfile& at = profile.kernels[row[site.call->kernel]];
      at.calls += site.times;
      const double before = at.nanoseconds, time = part(TickSlots::calls + i, site.times);
      at.nanoseconds += time;
      if (at.nanoseconds > 0) at.busy = (at.busy * before + busy(TickSlots::calls + i) * time) / at.nanoseconds;
    }
  }

 private:
  Executable build(bool time_stamps) {
    BuildOptions options = session_.build_options();
    options.time_stamps = time_stamps;
    options.always_together = true;
    const Graph& graph = training_ ? training_graph(session_.bound()) : evaluation_graph(session_.bound());
    return Executable::build(graph, options, session_.prepared().batch, training_);
  }

  /// The next steps, `count` or as many as stay finite.
  MeasuredPiece measured(Steps& steps, int64_t count) {
    count = std::min(count, finite_);
    if (next_step_ - 1 + count > finite_) {  // what it trains is of no use: from the start again
      state_ = start_;
      next_step_ = 1;
    }
    const int64_t rows = stamped_.program().capacity;
    rows_.clear();
    order_.append(count * rows, rows_);
    std::fill(ticks_.begin(), ticks_.end(), 0);
    const Clock::time_point begin = Clock::now();
    const Steps::Run run = steps.run(rows_.data(), rows, next_step_, count);
    const double nanoseconds = std::chrono::duration<double, std::nano>(Clock::now() - begin).count();
    if (run.done < count) {
      finite_ = next_step_ - 1 + run.done;
      if (finite_ == 0) fail_not_finite();
      return measured(steps, count);
    }
    next_step_ += count;
    MeasuredPiece piece{count, nanoseconds / static_cast<double>(count), {}};
    const auto first = ticks_.begin() + TickSlots::empty, end = ticks_.begin() + static_cast<std::ptrdiff_t>(slots_);
    const double all = std::accumulate(first, end, 0.0);
    for (uint64_t ticks : ticks_)
      piece.parts.push_back(all > 0 ? piece.nanoseconds * static_cast<double>(ticks) / all : 0);
    return piece;
  }

  [[noreturn]] void fail_not_finite() const {
    throw Failure(
        ExitCode::not_finite,
        fmt::format("{}: error: the loss of the first step is not finite, so there is no whole step to measure\n"
                    " help: 'nnc train' of it says where the first such number comes from\n",
                    escape_for_terminal(session_.source().name())));
  }

  /// Of a step, in nanoseconds, without the cost of its stamps.
  double part(size_t slot, int64_t stamps) const {
    const double with = mean(stamped_pieces_, [&](const MeasuredPiece& piece) { return piece.parts[slot]; });
    const double stamp =
        mean(stamped_pieces_, [](const MeasuredPiece& piece) { return piece.parts[TickSlots::empty]; });
    return std::max(0.0, with - stamp * static_cast<double>(stamps));
  }

  /// Of a call: see KernelProfile.
  double busy(size_t slot) const {
    double sum = 0, longest = 0;
    for (size_t at = slot; at < ticks_.size(); at += slots_) {
      const double time = mean(stamped_pieces_, [&](const MeasuredPiece& piece) { return piece.parts[at]; });
      sum += time;
      longest = std::max(longest, time);
    }
    return longest > 0 ? sum / longest / static_cast<double>(stamped_.program().workers) : 1;
  }

  static KernelProfile described(const Kernel& kernel, int64_t place) {
    KernelProfile profile;
    profile.name = kernel.name;
    profile.place = place;
    profile.schedule = kernel.summary;
    for (const Origin& origin : kernel.origins) {
      const bool known = std::any_of(profile.origins.begin(), profile.origins.end(), [&](const Origin& other) {
        return other.file == origin.file && other.line == origin.line;
      });
      if (origin.known() && !known) profile.origins.push_back(origin);
    }
    return profile;
  }

  Session& session_;
  bool training_;
  TrainInfo info_;
  Executable stamped_, plain_;
  SplitView split_;
  StateBlock start_, state_;
  EpochOrder order_;
  std::vector<CallSite> sites_;
  size_t slots_;  ///< of a worker
  std::vector<uint64_t> ticks_;
  std::vector<int32_t> rows_;
  std::vector<MeasuredPiece> stamped_pieces_, plain_pieces_;
  int64_t next_step_ = 1, steps_ = 0;
  int64_t finite_ = INT64_MAX;  ///< steps from the start, as far as they are known to be
};

/// The speeds that kernels are held against, each measured when the first kernel needs it.
class Machine {
 public:
  explicit Machine(Tier tier) : tier_(tier) {}

  /// What the kernel's arithmetic alone would take at the peak, in nanoseconds; 0 where it is not known.
  double arithmetic(const KernelWork& work) {
    return time(work.flops_f32, Element::f32) + time(work.flops_f64, Element::f64);
  }

  /// The smallest level that holds the bytes of one call, and what moving them to and from it would take.
  std::pair<std::string, double> movement(int64_t bytes) {
    size_t level = 0;
    while (bytes > levels_[level].bytes) ++level;
    const double speed = known(levels_[level].name, [&] { return stream_bandwidth(tier_, level); });
    return {levels_[level].name, speed > 0 ? static_cast<double>(bytes) / speed * 1e9 : 0};
  }

  const std::vector<MachineSpeed>& speeds() const { return speeds_; }

 private:
  double time(int64_t flops, Element element) {
    if (flops == 0) return 0;
    const double speed = known(fmt::format("{} peak", spelling(element)), [&] { return flops_peak(tier_, element); });
    return speed > 0 ? static_cast<double>(flops) / speed * 1e9 : 0;
  }

  double known(const std::string& name, const std::function<double()>& measure) {
    for (const MachineSpeed& speed : speeds_) {
      if (speed.name == name) return speed.a_second;
    }
    speeds_.push_back({name, measure()});
    return speeds_.back().a_second;
  }

  Tier tier_;
  std::vector<MemoryLevel> levels_ = memory_levels();
  std::vector<MachineSpeed> speeds_;
};

void hold_against(Machine& machine, KernelProfile& kernel) {
  const double arithmetic = machine.arithmetic(kernel.work);
  const auto [level, movement] = machine.movement(kernel.work.bytes());
  const double bound = std::max(arithmetic, movement) * static_cast<double>(kernel.calls);
  if (bound > 0) kernel.bound = arithmetic >= movement ? "peak" : level;
  if (bound > 0 && kernel.nanoseconds > 0) {
    kernel.of_bound = bound / kernel.nanoseconds / static_cast<double>(kernel.workers);
  }
}

}  // namespace

double Profile::nanoseconds() const {
  double sum = outside + barriers;
  for (const KernelProfile& kernel : kernels) sum += kernel.nanoseconds;
  return sum;
}

Profile profile(Session& session, const ProfileRequest& request) {
  DefaultArithmetic arithmetic;
  Profile profile;
  profile.program = session.source().name();
  profile.variant = request.variant;
  Measurement measurement(session, request);
  measurement.run(request.seconds);
  measurement.describe(profile);
  Machine machine(session.build_options().target.tier);
  for (KernelProfile& kernel : profile.kernels) {
    hold_against(machine, kernel);
    for (int64_t* each :
         {&kernel.work.flops_f32, &kernel.work.flops_f64, &kernel.work.bytes_read, &kernel.work.bytes_written})
      *each *= kernel.calls;
  }
  profile.speeds = machine.speeds();
  return profile;
}

}  // namespace nnc
