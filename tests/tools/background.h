// nnc while it runs: to signal it, and to be sure that it is gone when a test ends, however that ends.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "tests/tools/run_nnc.h"

namespace nnc {

class Background {
 public:
  /// Starts `nnc ARGUMENTS` in the folder; both streams go to the file `output` there.
  Background(const TempFolder& folder, const std::string& arguments, const std::string& output) {
    std::string line = "cd '" + folder.path() + "' && exec '" NNC_BINARY "' " + arguments + " > " + output + " 2>&1";
    pid_t parent = getpid();
    child_ = fork();
    if (child_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // also where the test itself is killed
    if (getppid() != parent) _exit(126);
    execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    _exit(127);
  }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }

  void signal(int number) const { ::kill(child_, number); }

  /// The exit code as a shell says it; −1 where it has not ended after `seconds`, and is killed then.
  int wait(double seconds = 60) {
    int status = 0;
    bool ended = until([&] { return waitpid(child_, &status, WNOHANG) == child_; }, seconds);
    if (!ended) return -1;
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  /// Whether the condition came true within the time.
  static bool until(const std::function<bool()>& condition, double seconds = 60) {
    auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (std::chrono::steady_clock::now() < end) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return condition();
  }

 private:
  pid_t child_ = 0;
};

}  // namespace nnc
