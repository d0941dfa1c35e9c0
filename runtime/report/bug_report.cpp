#include "runtime/report/bug_report.h"

#include <fmt/format.h>
#include <unistd.h>

#include "passes/pipeline.h"
#include "runtime/io/files.h"
#include "support/diagnostics.h"

namespace nnc {

namespace {

std::string reproducer_of(const PassFailure& failure, const std::string& folder) {
  const std::string path = fmt::format("{}/nnc-bug-{}.nnir", folder, ::getpid());
  const std::string text = fmt::format("# nnc opt FILE {}\n{}", failure.flags(), failure.reproducer());
  try {
    write_atomically(path, text);
  } catch (const Failure& failure_to_write) {
    return fmt::format("{}\n{}", failure_to_write.what(), text);
  }
  return fmt::format("The program that the pass was given is in {0}; this shows the fault again:\n  nnc opt {0} {1}\n",
                     escape_for_terminal(path), failure.flags());
}

}  // namespace

std::string bug_report(const std::exception& bug, const std::string& folder) {
  const auto* failure = dynamic_cast<const PassFailure*>(&bug);
  return fmt::format(
      "nnc: internal error: {}\nThis is a bug of nnc, not of your program. Please report it with {}your .nn file and "
      "the "
      "command line.\n{}",
      bug.what(), failure != nullptr ? "the file named below, " : "",
      failure != nullptr ? reproducer_of(*failure, folder) : "");
}

}  // namespace nnc
