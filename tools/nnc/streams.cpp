// The three standard streams, whatever state the process gets them in.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "tools/nnc/command.h"

namespace nnc {

namespace {

bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF; }

}  // namespace

void open_standard_streams() {
  // A closed one is lent to the next file that is opened, and what is meant for the screen would go into the weights.
  for (int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (!is_open(descriptor)) ::open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY);
  }
  // A limit on the size of files is an error of the write, as a full disk is, not the end of the process.
  std::signal(SIGXFSZ, SIG_IGN);
  // So is a reader who has seen enough (`nnc train x.nn | head -1`): the run goes on unseen and keeps its weights, and
  // a command that only prints ends at its next print.
  std::signal(SIGPIPE, SIG_IGN);
}

ExitCode finish_output(ExitCode code) {
  errno = 0;
  bool lost_before = std::ferror(stdout) != 0;
  bool lost = std::fflush(stdout) != 0 || lost_before;
  if (!lost) return code;
  if (lost_before && errno == 0 && ::write(STDOUT_FILENO, "\n", 1) == 1) errno = EIO;  // asks again for the reason
  if (errno == EPIPE) return code;                                                     // who read it has seen enough
  std::string reason = std::strerror(errno == 0 ? EIO : errno);
  std::fputs(fmt::format("nnc: error: cannot write to standard output: {}\n", reason).c_str(), stderr);
  return code == ExitCode::done ? ExitCode::system_refused : code;
}

}  // namespace nnc
