// The files that a command writes, looked at before it works for hours: none takes the place of what it reads, of
// another output, or of a file that nnc did not write itself.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace nnc {

/// "dir/xor.WORD.safetensors" of "dir/xor.safetensors".
std::string with_ending(const std::string& file, const std::string& word);
/// "dir/xor.seed7.safetensors": with the ending of one of several seeds.
std::string with_seed(const std::string& file, uint64_t seed);

/// Whether what stands at an output's path may be replaced without --force: it gets the path and the first 4096 bytes.
using IsOurs = std::function<bool(const std::string& path, std::string_view start)>;

/// Weights of the program of this name.
IsOurs weights_of(const std::string& program);
/// A text that begins so (a history, a log).
IsOurs text_beginning(std::string beginning);
/// A text that has this within its first 4096 bytes (an SVG picture and who made it).
IsOurs text_containing(std::string part);

class Outputs {
 public:
  explicit Outputs(bool force) : force_(force) {}

  /// A file that the command reads; "-" and "" are none.
  void reads(const std::string& path);
  /// A file that it will write, named by `what` ("--out", "the history"). A folder, an input, another output, or a file
  /// that is not ours and not forced: a usage error (exit 2). A place that cannot be written: a system_failure, but for
  /// want of room where the file `may_be_lost`.
  void writes(const std::string& what, const std::string& path, const IsOurs& is_ours, bool may_be_lost = false);

 private:
  bool force_;
  std::vector<std::string> inputs_;
  std::map<std::string, std::string> outputs_;  ///< what, by the path without links and dots
  std::set<std::string> folders_;               ///< known to take files
};

}  // namespace nnc
