// Files as nnc touches them: regular ones only, checked before a byte is read, and written so that at every moment
// either the old content or the new one is there.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "support/error.h"

namespace nnc {

/// A file open for reading from its start to its end. Directories, pipes and devices are refused without being opened
/// (exit 1, "not a regular file"); what the system refuses is a system_failure (exit 3). Move-only.
class InputFile {
 public:
  explicit InputFile(const std::string& path);
  /// Standard input, whatever it is; its size is unknown and `changed` never true.
  static InputFile standard_input();
  /// What `read` (as the member below) gives until its end, kept in a nameless temporary file, so that it can be read
  /// from the start more than once; `name` is for messages.
  static InputFile spooled(const std::string& name, const std::function<size_t(std::span<std::byte>)>& read);
  /// The same file from its start once more; the two must be read one after the other.
  InputFile again() const;
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  const std::string& path() const { return path_; }
  /// Bytes when it was opened, −1 when unknown.
  int64_t size() const { return size_; }
  /// Reads up to the span's bytes; fewer only at the end of the file.
  size_t read(std::span<std::byte> into);
  /// The next bytes, which `read` gives all the same: `count`, fewer only at the end of the file.
  std::span<const std::byte> peek(size_t count);
  /// Whether the file has grown, shrunk, been written to or been replaced since it was opened.
  bool changed() const;

 private:
  InputFile() = default;

  std::string path_;
  int descriptor_ = -1;
  int64_t size_ = -1;
  std::vector<std::byte> ahead_;  ///< peeked at and not read yet
  struct stat opened_ = {};
};

/// The whole file as text. Larger than `limit` bytes is an error that names the limit (exit 1), before reading; a file
/// that changes while it is read is an error too.
std::string read_file(const std::string& path, int64_t limit = int64_t{1} << 30);
std::string read_file(InputFile file, int64_t limit = int64_t{1} << 30);

/// The path at the end of its links, also of one that leads to no file yet; `path` itself where the links run in a
/// ring.
std::filesystem::path followed(const std::filesystem::path& path);
/// The file that a write of `path` replaces, links followed; where that is there and no regular file, a Failure (exit
/// 3).
std::filesystem::path replaced_file(const std::string& path);
/// ".NAME" with an ending, beside the file of that name; a name so long that no ending fits is shortened, to another
/// one for each.
std::filesystem::path hidden_beside(const std::filesystem::path& file, const std::string& ending);

/// A file that is written piece by piece and takes its place, as below, only when it is committed. Move-free.
class Replacement {
 public:
  /// `whole`: how many bytes it will have, which messages name; 0: not known.
  explicit Replacement(const std::string& path, int64_t whole = 0);
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;
  ~Replacement();  ///< removes what was not committed

  void write(std::span<const std::byte> bytes);
  void commit();

 private:
  std::filesystem::path folder() const;
  /// `missing`: what was to be written now and is not.
  [[noreturn]] void fail(const char* doing, int64_t missing = 0);
  void flush_folder();

  std::filesystem::path target_;
  std::filesystem::path path_;
  int64_t whole_, written_ = 0;
  int descriptor_ = -1;
  bool renamed_ = false;
};

/// Replaces the file by `bytes`: a temporary file in the same folder, fsync, rename, fsync of the folder. On a failure
/// (exit 3) the temporary is removed and what was there is untouched. A symbolic link is followed; a path that is there
/// and no regular file is refused.
void write_atomically(const std::string& path, std::span<const std::byte> bytes);
void write_atomically(const std::string& path, std::string_view text);

/// Fails (exit 3) where write_atomically would fail now: a missing or read-only folder, a directory in the way, a full
/// disk (NoRoom, room.h).
void require_writable(const std::string& path);

/// Where a data path may lie; an empty place is left out.
struct DataPlaces {
  std::string flag;            ///< --data DIR: if given, the only place
  std::string program_folder;  ///< the folder of the .nn file
  std::string environment;     ///< $NNC_DATA
};

/// The first of those places that has the path (a file or a folder); an absolute path stands for itself. None: a system
/// failure (exit 3) that lists the places tried.
std::string find_data_path(const std::string& path, const DataPlaces& places);

}  // namespace nnc
