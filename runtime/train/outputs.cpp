#include "runtime/train/outputs.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "runtime/io/files.h"
#include "runtime/io/room.h"
#include "runtime/weights/safetensors_header.h"
#include "support/diagnostics.h"
#include "support/error.h"

namespace nnc {

namespace {

namespace fs = std::filesystem;

/// The path without links and dots, also where nothing stands there yet.
std::string plain(const std::string& path) {
  std::error_code error;
  return fs::weakly_canonical(fs::absolute(followed(path), error), error).string();
}

/// The same file under two names: hard and symbolic links, "./x" and "x".
bool same(const std::string& a, const std::string& b) {
  std::error_code error;
  return fs::equivalent(a, b, error) || plain(a) == plain(b);
}

[[noreturn]] void refuse(const std::string& message, const std::string& help) {
  throw Failure(ExitCode::wrong_command, fmt::format("nnc: error: {}\n help: {}", message, help));
}

}  // namespace

std::string with_ending(const std::string& file, const std::string& word) {
  std::filesystem::path path(file);
  std::string ending = path.extension().string();
  return path.replace_extension("." + word + ending).string();
}

std::string with_seed(const std::string& file, uint64_t seed) { return with_ending(file, fmt::format("seed{}", seed)); }

IsOurs weights_of(const std::string& program) {
  return [program](const std::string& path, std::string_view) {
    try {
      return read_safetensors_header(path).metadata["program"] == program;
    } catch (const Failure&) {
      return false;
    }
  };
}

IsOurs text_beginning(std::string beginning) {
  return [beginning = std::move(beginning)](const std::string&, std::string_view start) {
    return start.starts_with(beginning);
  };
}

IsOurs text_containing(std::string part) {
  return [part = std::move(part)](const std::string&, std::string_view start) {
    return start.find(part) != std::string_view::npos;
  };
}

void Outputs::reads(const std::string& path) {
  if (!path.empty() && path != "-") inputs_.push_back(path);
}

void Outputs::writes(const std::string& what, const std::string& path, const IsOurs& is_ours, bool may_be_lost) {
  std::string shown = escape_for_terminal(path);
  std::error_code error;
  if (fs::is_directory(path, error)) refuse(fmt::format("{}: '{}' is a folder", what, shown), "name a file in it");
  for (const std::string& input : inputs_) {
    if (same(path, input)) refuse(fmt::format("{}: '{}' is read by this command", what, shown), "name another file");
  }
  auto [place, is_new] = outputs_.emplace(plain(path), what);
  if (!is_new) {
    refuse(fmt::format("{} and {} both name '{}'", place->second, what, shown), "every output needs a file of its own");
  }
  bool exists = fs::exists(fs::symlink_status(path, error));
  bool is_new_folder = folders_.insert(fs::path(place->first).parent_path().string()).second;
  try {
    if (exists || is_new_folder) require_writable(path);
  } catch (const NoRoom&) {
    if (!may_be_lost) throw;
    folders_.erase(fs::path(place->first).parent_path().string());  // what may not be lost asks again
  }
  if (force_ || !fs::exists(path, error)) return;
  std::string start(4096, '\0');
  try {
    start.resize(InputFile(path).read(std::as_writable_bytes(std::span(start))));
  } catch (const Failure&) {
    start = "?";  // unreadable: not known to be ours
  }
  if (start.empty() || is_ours(path, start)) return;
  refuse(fmt::format("{}: '{}' exists, and nnc did not write it for this program", what, shown),
         "name another file, or replace it with --force");
}

}  // namespace nnc
