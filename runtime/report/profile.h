// Where the time of a step goes: every kernel with its calls, time, arithmetic and bytes, and how near that is to what
// the machine can do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/nest/nest_work.h"
#include "runtime/train/session.h"

namespace nnc {

/// A speed of this machine, measured beside the steps.
struct MachineSpeed {
  std::string name;     ///< "f32 peak", "L1", "memory"
  double a_second = 0;  ///< FLOP or bytes
};

/// Of one kernel, all its calls in a step together.
struct KernelProfile {
  std::string name;
  int64_t place = 0;  ///< of its first call among the step's calls, from 1
  int64_t calls = 0;
  double nanoseconds = 0;
  KernelWork work;
  std::string bound;    ///< "peak" of its workers' cores, or the level that its bytes fit: what keeps it longest; or ""
  double of_bound = 0;  ///< the time that the bound takes, as a part of the kernel's
  int64_t workers = 1;  ///< that run it
  double busy = 1;  ///< of the time of the worker that takes longest, times the workers, the part in which they work
  std::string schedule;         ///< one line, may be empty
  std::vector<Origin> origins;  ///< source lines, each once
};

struct Profile {
  std::string program, variant, target;
  int64_t rows = 0;
  int64_t steps = 0;                   ///< measured
  std::vector<KernelProfile> kernels;  ///< in the order of running
  int64_t threads = 1;                 ///< that run a step together
  double barriers = 0;                 ///< nanoseconds of a step in which the first thread waits for others
  double outside = 0;                  ///< nanoseconds of a step between its kernels
  double undisturbed = 0;              ///< nanoseconds of a step of code without time stamps
  std::vector<MachineSpeed> speeds;

  double nanoseconds() const;  ///< of the step: kernels, barriers and what is outside
};

struct ProfileRequest {
  std::string variant = "train";  ///< or "evaluate"
  double seconds = 1;             ///< that steps are measured for, at least a few steps
};

/// Compiles the step with time stamps and without, and runs both on the program's data from its start weights. Nothing
/// is saved. A Failure (exit 4) where the loss of the first step is not finite.
Profile profile(Session& session, const ProfileRequest& request);

/// A table, the kernels that take longest first.
std::string profile_text(const Profile& profile);
std::string profile_json(const Profile& profile);

}  // namespace nnc
