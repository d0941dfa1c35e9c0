#include "runtime/data/byte_stream.h"

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <vector>

#include "runtime/io/data_error.h"

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

const char* fault_of(int result) {
  switch (result) {
    case ISAL_INVALID_BLOCK: return "an invalid block";
    case ISAL_INVALID_SYMBOL: return "an invalid symbol";
    case ISAL_INVALID_LOOKBACK: return "a copy from before its beginning";
    case ISAL_INCORRECT_CHECKSUM: return "the sum of what it holds is another";
    case ISAL_UNSUPPORTED_METHOD: return "a packing other than deflate";
    default: return "its header is none of gzip";
  }
}

/// ISA-L unpacks in less than half of zlib's time, in a stream as zlib does.
class GzipBytes final : public ByteStream {
 public:
  explicit GzipBytes(InputFile file)
      : file_(std::move(file)), packed_(kLead + kBlock), state_(std::make_unique<inflate_state>()) {
    isal_inflate_init(state_.get());
    state_->crc_flag = ISAL_GZIP;
    state_->next_in = packed_.data() + kLead;
    state_->avail_in = 0;
  }

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
  /// The last bytes of a block stay in front of the next one, since up to so many may be read ahead and given back.
  static constexpr size_t kLead = 8;
  static constexpr uint64_t kTrailer = 8;  ///< a member's sum and length

  uint64_t offset() const { return taken_ - state_->avail_in; }

  void refill() {
    uint8_t* block = packed_.data() + kLead;
    std::copy_n(state_->next_in - kLead, kLead, packed_.data());
    const size_t got = file_.read(std::as_writable_bytes(std::span(packed_).subspan(kLead)));
    taken_ += got;
    state_->next_in = block;
    state_->avail_in = static_cast<uint32_t>(got);
  }

  void give_back_bits_read_ahead() {
    const auto bytes = static_cast<uint32_t>(std::max(state_->read_in_length, 0) / 8);
    state_->next_in -= bytes;
    state_->avail_in += bytes;
    state_->read_in_length = 0;
  }

  size_t unpack(std::span<std::byte> into) {
    if (state_->avail_in == 0) refill();
    if (between_members_) {
      finished_ = state_->avail_in == 0;
      if (finished_) return 0;
      if (offset() > 0 && *state_->next_in != 0x1f) {
        throw offset_failure(file_.path(), offset(), "bytes after the end of the gzip data");
      }
    }
    between_members_ = false;
    const bool at_end_of_file = state_->avail_in == 0;
    const auto room = static_cast<uint32_t>(std::min<size_t>(into.size(), size_t{1} << 30));
    state_->next_out = reinterpret_cast<uint8_t*>(into.data());
    state_->avail_out = room;
    const int result = isal_inflate(state_.get());
    const size_t made = room - state_->avail_out;
    if (state_->block_state == ISAL_BLOCK_FINISH || result < 0) give_back_bits_read_ahead();
    if (result < 0) {
      const uint64_t back = result == ISAL_INCORRECT_CHECKSUM ? kTrailer : 0;
      throw offset_failure(file_.path(), offset() - back,
                           fmt::format("the gzip data is corrupt: {}", fault_of(result)));
    }
    if (state_->block_state == ISAL_BLOCK_FINISH) {
      between_members_ = true;
      isal_inflate_reset(state_.get());
    } else if (at_end_of_file && made == 0) {
      throw offset_failure(file_.path(), taken_, "the gzip data ends early: is the file cut?");
    }
    return made;
  }

  InputFile file_;
  std::vector<uint8_t> packed_;
  std::unique_ptr<inflate_state> state_;  ///< large
  uint64_t taken_ = 0;                    ///< packed bytes handed over
  bool between_members_ = true;
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> open_bytes(const std::string& path) { return open_bytes(InputFile(path)); }

std::unique_ptr<ByteStream> open_bytes(const InputFile& file) { return open_bytes(file.again()); }

std::unique_ptr<ByteStream> open_bytes(InputFile&& file) {
  const std::span<const std::byte> magic = file.peek(2);
  const bool packed = magic.size() == 2 && magic[0] == std::byte{0x1f} && magic[1] == std::byte{0x8b};
  if (packed) return std::make_unique<GzipBytes>(std::move(file));
  return std::make_unique<PlainBytes>(std::move(file));
}

}  // namespace nnc
