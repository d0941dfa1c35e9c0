// A folder of a test's own, gone afterwards, and what a call throws.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "support/error.h"

namespace nnc {

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "nnc-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string path(const std::string& name = "") const { return name.empty() ? path_ : path_ + "/" + name; }
  /// Writes a file and returns its path.
  std::string write(const std::string& name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  /// 0 where there is no such file: for files that another process writes faster than they are read.
  uint64_t size(const std::string& name) const {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(path(name), missing);
    return missing ? 0 : bytes;
  }

  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path(name), std::ios::binary).rdbuf();
    return text.str();
  }
  int files() const {
    int count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path_)) ++count;
    return count;
  }

 private:
  std::string path_;
};

struct Thrown {
  std::string message;  ///< empty when nothing was thrown
  ExitCode code = ExitCode::done;

  bool contains(std::string_view text) const { return message.find(text) != std::string::npos; }
};

template <typename Call>
Thrown thrown_by(Call&& call) {
  try {
    call();
  } catch (const Failure& failure) {
    return {failure.what(), failure.code()};
  }
  return {};
}

/// It begins with "PATH: offset N (0xN): error: ", holds `message`, and is the file's fault.
inline void expect_offset(const Thrown& thrown, const std::string& path, uint64_t offset, std::string_view message) {
  const std::string start = fmt::format("{}: offset {} (0x{:x}): error: ", path, offset, offset);
  EXPECT_TRUE(thrown.message.starts_with(start)) << thrown.message << "\nwanted " << start;
  EXPECT_TRUE(thrown.contains(message)) << thrown.message << "\nwanted " << message;
  EXPECT_EQ(thrown.code, ExitCode::wrong_program);
}

/// The folder of the data sets, or empty: then tests that need them are skipped.
inline std::string data_folder() {
  const char* given = std::getenv("NNC_DATA");
  const std::string folder = given != nullptr ? given : NNC_SOURCE_DIR "/../shared/data";
  return std::filesystem::is_directory(folder) ? folder : "";
}

}  // namespace nnc
