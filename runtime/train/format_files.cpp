#include "runtime/train/format_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "frontend/format/format.h"
#include "runtime/io/files.h"
#include "runtime/train/session.h"

namespace nnc {

namespace {

std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code error;
  auto each = std::filesystem::recursive_directory_iterator(
      folder, std::filesystem::directory_options::skip_permission_denied, error);
  for (; !error && each != std::filesystem::recursive_directory_iterator(); each.increment(error)) {
    if (each->path().extension() == ".nn" && each->is_regular_file()) found.push_back(each->path().string());
  }
  if (error) {
    throw Failure(ExitCode::system_refused,
                  fmt::format("{}: error: cannot read the folder: {}", escape_for_terminal(folder), error.message()));
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

std::string formatted(const std::string& name, const std::string& text) {
  SourceFile source(name, text);
  Diagnostics diagnostics;
  std::optional<std::string> result = format_source(source, diagnostics);
  if (!result) throw Failure(ExitCode::wrong_program, render(diagnostics, source));
  return *result;
}

FormatResult format_files(const std::vector<std::string>& files, bool check) {
  FormatResult result;
  for (const std::string& file : files) {
    try {
      std::string before = read_source(file);
      std::string after = formatted(file, before);
      if (after == before) continue;
      if (!check) write_atomically(file, after);
      result.changed.push_back(file);
    } catch (const Failure& failure) {
      result.errors += failure.what();
      if (!result.errors.ends_with('\n')) result.errors += '\n';
      if (result.failed++ == 0) result.worst = static_cast<int>(failure.code());
    }
  }
  return result;
}

std::vector<std::string> program_files(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> below = files_below(path);
    files.insert(files.end(), below.begin(), below.end());
  }
  return files;
}

}  // namespace nnc
