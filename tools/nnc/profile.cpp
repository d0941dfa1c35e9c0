// nnc profile FILE: where the time of a step goes, kernel by kernel.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "runtime/report/profile.h"
#include "runtime/train/session.h"
#include "tools/nnc/command.h"

namespace nnc {

namespace {

struct ProfileFlags : ProgramFlags {
  ProfileRequest request;
  int64_t seconds = 1;
  bool json = false;
};

ExitCode run(const ProfileFlags& flags, const std::vector<std::string>& extra) {
  ProfileRequest request = flags.request;
  if (request.variant != "train" && request.variant != "evaluate") usage_error("--variant is train or evaluate");
  request.seconds = static_cast<double>(flags.seconds);
  Session session(flags.session(extra));
  const Profile found = profile(session, request);
  print_warnings(session, {});
  std::fputs((flags.json ? profile_json(found) : profile_text(found)).c_str(), stdout);
  return ExitCode::done;
}

}  // namespace

void add_profile(CommandLine& line) {
  Subcommand command = line.add_subcommand("profile", "measure where the time of a step goes, kernel by kernel");
  auto flags = std::make_shared<ProfileFlags>();
  flags->add_to(command);
  flags->add_threads(command, false);
  command.add_option("--variant", flags->request.variant, "the step of a training (default) or of an evaluation")
      .type_name("train|evaluate");
  command.add_option("--seconds", flags->seconds, "how long to measure (default: 1)")
      .type_name("N")
      .whole_number(1, 3600);
  command.add_flag("--json", flags->json, "print JSON, its kernels in the order of running");
  flags->add_fuse_limit(command);
  command.footer(
      "The steps are those of a training from its start weights, on the program's data; nothing is saved.\n"
      "FLOP: an addition, subtraction, multiplication, division, root, minimum or maximum 1, a fused multiply-add 2, "
      "a\n"
      "function what its polynomial takes. Bytes: each element that a call reads, and each that it writes, once.\n"
      "reaches: the time that the arithmetic takes at the machine's peak, or the bytes from the smallest cache that "
      "holds\n"
      "them, whichever is more, as a part of the kernel's.");
  command.on_chosen([command, flags] { return run(*flags, command.remaining()); });
}

}  // namespace nnc
