// Runs nnc as a person does, and looks at what comes back.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "tests/runtime/temp_folder.h"

namespace nnc {

struct Ended {
  int code = -1;
  std::string output;  ///< both streams
};

/// Runs `nnc ARGUMENTS` in a folder through the shell; `before` stands in front of the program ("ulimit -s 256; ").
inline Ended run(const TempFolder& folder, const std::string& arguments, const std::string& before = "") {
  std::string line = "cd '" + folder.path() + "' && { " + before + "'" NNC_BINARY "' " + arguments + "\n} 2>&1";
  FILE* pipe = popen(line.c_str(), "r");
  Ended ended;
  std::array<char, 4096> block{};
  for (size_t got = 0; (got = fread(block.data(), 1, block.size(), pipe)) > 0;) ended.output.append(block.data(), got);
  int status = pclose(pipe);
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

inline std::string xor_file() { return "'" + std::string(NNC_SOURCE_DIR) + "/examples/xor.nn'"; }

inline bool says(const Ended& ended, std::string_view text) { return ended.output.find(text) != std::string::npos; }

/// How many times a text occurs.
inline int count(const std::string& text, std::string_view what) {
  int found = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++found;
  return found;
}

}  // namespace nnc
