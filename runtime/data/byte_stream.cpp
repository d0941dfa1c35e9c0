#include "runtime/data/byte_stream.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "runtime/data/data_error.h"

namespace nnc {
namespace {

constexpr size_t kBlock = size_t{1} << 18;
/// Deflate makes at most 1032 bytes of one.
constexpr uint64_t kMostPacking = 1040;

class PlainBytes final : public ByteStream {
 public:
  explicit PlainBytes(InputFile file) : file_(std::move(file)) {}

  size_t read(std::span<std::byte> into) override {
    const size_t got = file_.read(into);
    done_ += got;
    return got;
  }
  uint64_t most_left() const override {
    const auto size = static_cast<uint64_t>(file_.size());
    return size > done_ ? size - done_ : 0;
  }
  bool is_packed() const override { return false; }
  bool changed() const override { return file_.changed(); }

 private:
  InputFile file_;
  uint64_t done_ = 0;
};

class GzipBytes final : public ByteStream {
 public:
  explicit GzipBytes(InputFile file) : file_(std::move(file)), packed_(kBlock) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) {
      throw Failure(ExitCode::system_refused, "error: no memory to unpack " + file_.path());
    }
  }
  GzipBytes(const GzipBytes&) = delete;
  GzipBytes& operator=(const GzipBytes&) = delete;
  ~GzipBytes() override { inflateEnd(&stream_); }

  size_t read(std::span<std::byte> into) override {
    size_t done = 0;
    while (done < into.size() && !finished_) done += unpack(into.subspan(done));
    return done;
  }
  uint64_t most_left() const override {
    return (static_cast<uint64_t>(file_.size()) - std::min(taken_, static_cast<uint64_t>(file_.size())) + kBlock) *
           kMostPacking;
  }
  bool is_packed() const override { return true; }
  bool changed() const override { return file_.changed(); }

 private:
  uint64_t offset() const { return taken_ - stream_.avail_in; }

  void refill() {
    const size_t got = file_.read(std::as_writable_bytes(std::span(packed_)));
    taken_ += got;
    stream_.next_in = packed_.data();
    stream_.avail_in = static_cast<uInt>(got);
  }

  size_t unpack(std::span<std::byte> into) {
    if (stream_.avail_in == 0) refill();
    if (stream_.avail_in == 0) {
      if (!between_members_) throw offset_failure(file_.path(), offset(), "the gzip data ends early: is the file cut?");
      finished_ = true;
      return 0;
    }
    if (between_members_ && offset() > 0 && *stream_.next_in != 0x1f) {
      throw offset_failure(file_.path(), offset(), "bytes after the end of the gzip data");
    }
    between_members_ = false;
    const size_t room = std::min<size_t>(into.size(), size_t{1} << 30);
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    const size_t made = room - stream_.avail_out;
    if (result == Z_STREAM_END) {
      between_members_ = true;
      inflateReset(&stream_);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      throw offset_failure(file_.path(), offset(),
                           fmt::format("the gzip data is corrupt: {}", stream_.msg ? stream_.msg : "unknown fault"));
    }
    return made;
  }

  InputFile file_;
  std::vector<Bytef> packed_;
  z_stream stream_{};
  uint64_t taken_ = 0;  ///< packed bytes handed to zlib
  bool between_members_ = true;
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> open_bytes(const std::string& path) { return open_bytes(InputFile(path)); }

std::unique_ptr<ByteStream> open_bytes(const InputFile& file) {
  std::array<std::byte, 2> magic{};
  const size_t got = file.again().read(magic);
  const bool packed = got == 2 && magic[0] == std::byte{0x1f} && magic[1] == std::byte{0x8b};
  if (packed) return std::make_unique<GzipBytes>(file.again());
  return std::make_unique<PlainBytes>(file.again());
}

}  // namespace nnc
