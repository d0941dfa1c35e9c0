#include "runtime/io/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "runtime/io/data_error.h"
#include "runtime/io/room.h"
#include "support/diagnostics.h"

namespace nnc {
namespace {

std::string shown(const std::string& path) { return escape_for_terminal(path); }

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  if (S_ISSOCK(mode)) return "a socket";
  return "something else";
}

void require_regular(const std::string& path, const struct stat& facts) {
  if (S_ISREG(facts.st_mode)) return;
  throw file_failure(path, fmt::format("not a regular file but {}", kind_of(facts.st_mode)));
}

/// What cannot be opened; of a file that is not there, the one beside it that is probably meant.
Failure open_failure(const std::string& path, int error_number) {
  Failure failure = system_failure(shown(path), "open", error_number);
  if (error_number != ENOENT) return failure;
  std::filesystem::path missing(path);
  std::filesystem::path folder = missing.has_parent_path() ? missing.parent_path() : ".";
  std::vector<std::string> names;
  std::error_code end;
  constexpr size_t kMost = 10'000;
  for (auto each = std::filesystem::directory_iterator(folder, end);
       !end && each != std::filesystem::directory_iterator() && names.size() < kMost; each.increment(end)) {
    names.push_back(each->path().filename().string());
  }
  std::string name = missing.filename().string(), near = nearest(name, names);
  if (std::find(names.begin(), names.end(), name + ".nn") != names.end()) near = name + ".nn";
  if (near.empty()) return failure;
  std::string meant = missing.has_parent_path() ? (missing.parent_path() / near).string() : near;
  return {failure.code(), fmt::format("{}\n help: did you mean '{}'?", failure.what(), shown(meant))};
}

bool same_time(const struct timespec& a, const struct timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size && same_time(a.st_mtim, b.st_mtim);
}

}  // namespace

std::filesystem::path followed(const std::filesystem::path& path) {
  constexpr int kMostLinks = 40;  // as the kernel
  std::filesystem::path at = path;
  std::error_code error;
  for (int links = 0; std::filesystem::is_symlink(at, error); ++links) {
    const std::filesystem::path to = std::filesystem::read_symlink(at, error);
    if (error || links == kMostLinks) return path;
    at = at.parent_path() / to;  // `to` alone where it begins at the root
  }
  return at;
}

std::filesystem::path replaced_file(const std::string& path) {
  struct stat facts = {};
  const bool there = ::stat(path.c_str(), &facts) == 0;
  if (!there && errno == ELOOP) throw system_failure(shown(path), "write", ELOOP);
  if (there && !S_ISREG(facts.st_mode)) {
    throw Failure(ExitCode::system_refused, fmt::format("{}: error: cannot write: not a regular file but {}",
                                                        shown(path), kind_of(facts.st_mode)));
  }
  if (struct stat out = {};
      there && ::fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == facts.st_dev && out.st_ino == facts.st_ino) {
    throw Failure(ExitCode::system_refused,
                  fmt::format("{}: error: cannot write: standard output goes there already", shown(path)));
  }
  std::filesystem::path target = followed(path);
  if (target.filename().empty()) throw system_failure(shown(path), "write", EISDIR);
  return target;
}

std::filesystem::path hidden_beside(const std::filesystem::path& file, const std::string& ending) {
  constexpr size_t kLongest = 200;
  std::string name = file.filename().string();
  if (name.size() > kLongest) {
    name = fmt::format("{}-{:016x}", name.substr(0, kLongest - 17), std::hash<std::string>{}(name));
  }
  return (file.has_parent_path() ? file.parent_path() : ".") / ("." + name + ending);
}

Replacement::Replacement(const std::string& path, int64_t whole) : target_(replaced_file(path)), whole_(whole) {
  for (int attempt = 0;; ++attempt) {
    path_ = hidden_beside(target_, fmt::format(".{}-{}.tmp", ::getpid(), attempt));
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) {
      ::flock(descriptor_, LOCK_EX | LOCK_NB);  // so that it is not taken for one that a killed run left
      return;
    }
    if (errno == EINTR || (errno == EEXIST && attempt < 1000)) continue;
    fail("write");
  }
}

Replacement::~Replacement() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!renamed_) ::unlink(path_.c_str());
}

void Replacement::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", static_cast<int64_t>(bytes.size()));
    bytes = bytes.subspan(static_cast<size_t>(written));
    written_ += written;
  }
}

void Replacement::commit() {
  if (::fsync(descriptor_) != 0) fail("flush");
  const int closing = std::exchange(descriptor_, -1);
  if (::close(closing) != 0 && errno != EINTR) fail("close");
  if (::rename(path_.c_str(), target_.c_str()) != 0) fail("replace");
  renamed_ = true;
  flush_folder();
}

std::filesystem::path Replacement::folder() const { return target_.has_parent_path() ? target_.parent_path() : "."; }

void Replacement::fail(const char* doing, int64_t missing) {
  const int error_number = errno;
  if (!is_want_of_room(error_number)) throw system_failure(shown(target_.string()), doing, error_number);
  const int64_t needed = std::max(whole_, written_ + missing);
  throw no_room(target_.string(), doing, error_number, needed, whole_ == 0, written_);
}

void Replacement::flush_folder() {
  const int folder_descriptor = ::open(folder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_descriptor < 0) return;  // a folder that may be written but not read: nothing more can be done
  const int result = ::fsync(folder_descriptor);
  const int error_number = errno;
  ::close(folder_descriptor);
  if (result != 0 && error_number != EINVAL && error_number != EROFS) {
    throw system_failure(shown(folder().string()), "flush the folder", error_number);
  }
}

InputFile::InputFile(const std::string& path) : path_(path) {
  struct stat facts = {};
  if (::stat(path.c_str(), &facts) != 0) throw open_failure(path, errno);
  require_regular(path, facts);
  do {
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  } while (descriptor_ < 0 && errno == EINTR);
  if (descriptor_ < 0) throw system_failure(shown(path), "open", errno);
  const int result = ::fstat(descriptor_, &opened_);
  const int error_number = errno;
  if (result != 0 || !S_ISREG(opened_.st_mode)) {
    ::close(descriptor_);
    if (result != 0) throw system_failure(shown(path), "read", error_number);
    require_regular(path, opened_);
  }
  size_ = opened_.st_size;
}

InputFile InputFile::standard_input() {
  InputFile file;
  file.path_ = "<stdin>";
  file.descriptor_ = STDIN_FILENO;
  return file;
}

InputFile InputFile::spooled(const std::string& name, const std::function<size_t(std::span<std::byte>)>& read) {
  InputFile file;
  file.path_ = name;
  std::error_code nowhere;
  std::filesystem::path folder = std::filesystem::temp_directory_path(nowhere);
  std::string pattern = ((nowhere ? "/tmp" : folder) / "nnc-XXXXXX").string();
  file.descriptor_ = ::mkostemp(pattern.data(), O_CLOEXEC);
  if (file.descriptor_ < 0) throw system_failure(shown(pattern), "make", errno);
  ::unlink(pattern.c_str());
  std::vector<std::byte> block(size_t{1} << 18);
  int64_t size = 0;
  for (size_t got = read(block); got > 0; got = read(block)) {
    for (std::span<const std::byte> rest(block.data(), got); !rest.empty();) {
      const ssize_t written = ::write(file.descriptor_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0 && is_want_of_room(errno)) {
        throw no_room(pattern, "write", errno, size + static_cast<int64_t>(rest.size()), true, size);
      }
      if (written < 0) throw system_failure(shown(pattern), "write", errno);
      rest = rest.subspan(static_cast<size_t>(written));
      size += written;
    }
  }
  InputFile ready = file.again();
  ready.size_ = size;
  return ready;
}

InputFile InputFile::again() const {
  InputFile file;
  file.path_ = path_;
  file.size_ = size_;
  file.opened_ = opened_;
  file.descriptor_ = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (file.descriptor_ < 0 || ::lseek(file.descriptor_, 0, SEEK_SET) < 0) {
    throw system_failure(shown(path_), "read", errno);
  }
  return file;
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      ahead_(std::move(other.ahead_)),
      opened_(other.opened_) {}

InputFile::~InputFile() {
  if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
}

std::span<const std::byte> InputFile::peek(size_t count) {
  if (ahead_.size() < count) {
    std::vector<std::byte> bytes(count);
    bytes.resize(read(bytes));
    ahead_ = std::move(bytes);
  }
  return std::span(ahead_).first(std::min(count, ahead_.size()));
}

size_t InputFile::read(std::span<std::byte> into) {
  size_t done = std::min(into.size(), ahead_.size());
  std::copy_n(ahead_.begin(), done, into.begin());
  ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(done));
  while (done < into.size()) {
    const ssize_t got = ::read(descriptor_, into.data() + done, into.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_failure(shown(path_), "read", errno);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

bool InputFile::changed() const {
  if (size_ < 0 || opened_.st_nlink == 0) return false;  // standard input, or spooled
  struct stat open_now = {};
  struct stat path_now = {};
  return ::fstat(descriptor_, &open_now) != 0 || ::stat(path_.c_str(), &path_now) != 0 ||
         !same_file(open_now, opened_) || !same_file(path_now, opened_);
}

std::string read_file(const std::string& path, int64_t limit) { return read_file(InputFile(path), limit); }

std::string read_file(InputFile file, int64_t limit) {
  const std::string& path = file.path();
  if (file.size() > limit) {
    throw file_failure(path, fmt::format("{} bytes, more than the limit of {} bytes", file.size(), limit));
  }
  std::string text(static_cast<size_t>(file.size()), '\0');
  const size_t got = file.read(std::as_writable_bytes(std::span(text)));
  if (got != text.size() || file.changed()) throw file_failure(path, "changed during read");
  return text;
}

void write_atomically(const std::string& path, std::span<const std::byte> bytes) {
  Replacement replacement(path, static_cast<int64_t>(bytes.size()));
  replacement.write(bytes);
  replacement.commit();
}

void write_atomically(const std::string& path, std::string_view text) {
  write_atomically(path, std::as_bytes(std::span(text.data(), text.size())));
}

void require_writable(const std::string& path) {
  Replacement probe(path);
  probe.write(std::vector<std::byte>(4096));  // a full disk takes a new name, but not a block
}

std::string find_data_path(const std::string& path, const DataPlaces& places) {
  namespace fs = std::filesystem;
  std::vector<fs::path> tried;
  if (fs::path(path).is_absolute()) {
    tried.emplace_back(path);
  } else if (!places.flag.empty()) {
    tried.push_back(fs::path(places.flag) / path);
  } else {
    tried.push_back(fs::path(places.program_folder) / path);
    if (!places.environment.empty()) tried.push_back(fs::path(places.environment) / path);
  }
  std::string list;
  for (const fs::path& candidate : tried) {
    std::error_code ignored;
    if (fs::exists(candidate, ignored)) return candidate.string();
    list += fmt::format("\n  tried {}", shown(candidate.string()));
  }
  const char* help = fs::path(path).is_absolute() ? ""
                     : !places.flag.empty()       ? "\n help: only the folder given with --data is searched"
                                            : "\n help: name the folder that holds it with --data DIR or NNC_DATA";
  throw Failure(ExitCode::system_refused,
                fmt::format("{}: error: cannot find the data: {}{}{}", shown(path), std::strerror(ENOENT), list, help));
}

}  // namespace nnc
