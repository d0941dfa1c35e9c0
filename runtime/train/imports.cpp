#include "runtime/train/imports.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "runtime/io/files.h"
#include "support/diagnostics.h"
#include "support/error.h"

namespace nnc {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kLargestImport = 16 << 20;

/// Whether the file lies in the folder or below it; both are resolved.
bool is_below(const fs::path& file, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), file.begin(), file.end()).first == folder.end();
}

/// Files beside it that are near by name.
std::string help_for(const fs::path& file) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(file.has_parent_path() ? file.parent_path() : ".", ignored)) {
    if (entry.path().extension() == ".nn") names.push_back(entry.path().filename().string());
  }
  const std::string near = nearest(file.filename().string(), names);
  return near.empty() ? "" : fmt::format("did you mean '{}'?", (file.parent_path() / near).generic_string());
}

ImportedText wrong(const std::string& path, const std::string& reason, const std::string& help = "") {
  ImportedText text;
  text.wrong = fmt::format("'{}' can't be imported: {}", path, reason);
  text.help = help;
  return text;
}

/// The path without links, whether there is such a file or not.
fs::path real_path(const fs::path& path) {
  std::error_code error;
  return fs::weakly_canonical(fs::absolute(path, error), error);
}

ImportedText read_import(const fs::path& root, const fs::path& beside, const std::string& path) {
  if (path.empty() || fs::path(path).is_absolute()) {
    return wrong(path, "imports are named by their path beside the file that imports them");
  }
  const fs::path file = (beside / path).lexically_normal(), real = real_path(file);
  std::error_code error;
  if (!is_below(real, root)) return wrong(path, "imports stay below the folder of the program");
  if (fs::is_directory(real, error)) return wrong(path, "it is a folder", "name a .nn file in it");
  if (!fs::exists(real, error)) return wrong(path, fmt::format("there is no file '{}'", file.string()), help_for(file));
  try {
    return {file.string(), real.string(), read_file(file.string(), kLargestImport), "", ""};
  } catch (const Failure& failure) {
    std::string reason = failure.what();
    reason = reason.substr(0, reason.find('\n'));
    const size_t said = reason.find("error: ");
    return wrong(path, said == std::string::npos ? reason : reason.substr(said + 7));
  }
}

}  // namespace

void read_imports(SourceFile& source, const std::string& program_file, Diagnostics& diagnostics) {
  const fs::path folder = program_file == "-" ? fs::path() : fs::path(program_file).parent_path();
  const fs::path root = real_path(folder.empty() ? "." : folder);
  auto read = [&](const std::string& path, const std::string& importer) {
    return read_import(root, importer == source.name() ? folder : fs::path(importer).parent_path(), path);
  };
  read_imports(source, program_file == "-" ? "" : real_path(program_file).string(), read, diagnostics);
}

}  // namespace nnc
