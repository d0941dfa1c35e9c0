// Row 101 of the table of bad inputs: weights with a bit that is not as it was written.
#include "runtime/weights/checksums.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <nlohmann/json.hpp>

#include "runtime/train/session.h"
#include "runtime/weights/weights.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

class BadChecksums : public ::testing::Test {
 protected:
  BadChecksums() {
    SessionOptions options;
    options.file = NNC_SOURCE_DIR "/examples/xor.nn";
    options.overrides.train["epochs"] = "1";
    TrainRequest request;
    request.out_file = path_;
    Session(options).train(request);
    bytes_ = folder_.read("w.safetensors");
    weights_ = read_weights(path_);
  }

  /// What reading the file says after these bytes are its own.
  Thrown thrown(const std::string& bytes) {
    folder_.write("w.safetensors", bytes);
    return thrown_by([&] { read_weights(path_); });
  }

  TempFolder folder_;
  std::string path_ = folder_.path("w.safetensors"), bytes_;
  Weights weights_;
};

/// Whether all that the first says but for its checksums is in the second.
bool same(const Weights& a, const Weights& b) {
  for (const auto& [key, value] : a.metadata) {
    auto other = b.metadata.find(key);
    if (key != kChecksumsKey && (other == b.metadata.end() || other->second != value)) return false;
  }
  if (a.tensors.size() != b.tensors.size()) return false;
  for (const auto& [name, tensor] : a.tensors) {
    auto other = b.tensors.find(name);
    if (other == b.tensors.end() || other->second != tensor) return false;
  }
  return true;
}

// One bit, anywhere: an error, or (in the name of the checksums' own key) the very same weights. Every 37th bit, so
// that each place in a byte has its turn.
TEST_F(BadChecksums, Row101EveryBitIsNoticed) {
  size_t unnoticed = 0;
  for (size_t bit = 0; bit < bytes_.size() * 8; bit += 37) {
    std::string flipped = bytes_;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    Thrown thrown = this->thrown(flipped);
    if (!thrown.message.empty()) {
      EXPECT_EQ(thrown.code, ExitCode::wrong_program) << thrown.message;
      continue;
    }
    ++unnoticed;
    EXPECT_TRUE(same(weights_, read_weights(path_))) << "bit " << bit;
  }
  EXPECT_LE(unnoticed, 8 * std::string(kChecksumsKey).size());
}

TEST_F(BadChecksums, Row101TheTensorIsNamed) {
  std::string flipped = bytes_;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  Thrown thrown = this->thrown(flipped);
  EXPECT_TRUE(
      thrown.contains(path_ + ": error: tensor 'net.b2' is damaged: its checksum is another than the file says"))
      << thrown.message;
  EXPECT_TRUE(thrown.contains("\n help: ")) << thrown.message;
  size_t option = bytes_.find("\"lr\":\"2\"");
  ASSERT_NE(option, std::string::npos);
  flipped = bytes_;
  flipped[option + 6] = '3';
  EXPECT_TRUE(this->thrown(flipped).contains(": error: the header is damaged")) << this->thrown(flipped).message;
}

TEST_F(BadChecksums, Row101FilesOfOtherToolsHaveNone) {
  Safetensors plain = read_safetensors(path_);
  ASSERT_EQ(plain.metadata.erase(kChecksumsKey), 1u);
  write_safetensors(path_, plain);
  EXPECT_TRUE(same(weights_, read_weights(path_)));
  plain.metadata[kChecksumsKey] = "no JSON";
  write_safetensors(path_, plain);
  EXPECT_TRUE(thrown_by([&] { read_weights(path_); }).contains("the header is damaged"));
  plain.metadata[kChecksumsKey] = "{}";
  write_safetensors(path_, plain);
  EXPECT_TRUE(thrown_by([&] { read_weights(path_); }).contains("is damaged"));
}

// So that anybody can check it.
TEST_F(BadChecksums, TheyAreThoseOfZlib) {
  const auto checksums = nlohmann::json::parse(weights_.metadata.at(kChecksumsKey));
  const Safetensors file = read_safetensors(path_);
  ASSERT_EQ(checksums.size(), file.tensors.size() + 1);
  for (const StoredTensor& tensor : file.tensors) {
    const auto* bytes = reinterpret_cast<const Bytef*>(tensor.bytes.data());
    const uint64_t crc = ::crc32(0, bytes, static_cast<uInt>(tensor.bytes.size()));
    EXPECT_EQ(std::stoul(checksums.at(tensor.name).get<std::string>(), nullptr, 16), crc) << tensor.name;
  }
}

}  // namespace
}  // namespace nnc
