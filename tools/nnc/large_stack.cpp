// Commands run on a stack that holds what the limits of the language allow, whatever `ulimit -s` says.
#include <fmt/format.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>

#include <cstring>

#include "tools/nnc/command.h"

namespace nnc {

namespace {

constexpr size_t kStackBytes = size_t{8} << 20;

struct Job {
  const std::function<ExitCode()>& work;
  ExitCode result = ExitCode::internal_bug;
};

void* run_job(void* argument) {
  auto* job = static_cast<Job*>(argument);
  job->result = job->work();
  return nullptr;
}

}  // namespace

ExitCode on_a_large_stack(const std::function<ExitCode()>& work) {
  rlimit limit{};
  bool unknown = ::getrlimit(RLIMIT_STACK, &limit) != 0;
  if (unknown || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= kStackBytes) return work();
#if defined(M_ARENA_MAX)
  ::mallopt(M_ARENA_MAX, 1);  // a second thread would reserve an arena of its own, which `ulimit -v` counts
#endif
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  Job job{work};
  pthread_t thread{};
  int refused = pthread_create(&thread, &attributes, run_job, &job);
  pthread_attr_destroy(&attributes);
  if (refused != 0) {
    std::string text = fmt::format(
        "nnc: error: cannot make a thread with a stack of {0} KiB: {1}\n help: 'ulimit -s {0}' gives nnc one without\n",
        kStackBytes >> 10, std::strerror(refused));
    std::fputs(text.c_str(), stderr);
    return ExitCode::system_refused;
  }
  pthread_join(thread, nullptr);
  return job.result;
}

}  // namespace nnc
