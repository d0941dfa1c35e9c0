// An IDX file as it is, and the same bytes packed by gzip when they are not; then as a column.
#include "runtime/data/idx.h"

#include <zlib.h>

#include "tests/fuzz/targets/fuzz_target.h"

namespace {

using namespace nnc;

void read(const std::string& path) {
  IdxFile file = read_idx(path);
  int64_t elements = 1;
  for (int64_t size : file.shape) elements *= size;
  if (static_cast<int64_t>(file.bytes.size()) != elements * byte_size(file.element))
    testing::found("other bytes than the sizes say");
  int64_t samples = file.samples();
  if (idx_column(std::move(file), "x").rows != samples) testing::found("a column of another length");
}

std::string packed(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) testing::found("no zlib");
  std::string result(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) testing::found("zlib does not pack");
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static testing::MemoryFile file;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  file.set(bytes);
  bool plain = testing::taken([&] { read(file.path()); });
  if (bytes.starts_with("\x1f\x8b")) return 0;
  if (size % 8 != 0 && !plain) return 0;  // packing takes time; some of what is refused is enough
  file.set(packed(bytes));
  bool unpacked = testing::taken([&] { read(file.path()); });
  if (plain != unpacked) testing::found("plain and packed are not both taken");
  return 0;
}
