#include "runtime/weights/checksums.h"

#include <fmt/format.h>
#include <isa-l/crc.h>

#include <nlohmann/json.hpp>

#include "runtime/io/data_error.h"
#include "support/error.h"

namespace nnc {

namespace {

using Json = nlohmann::json;

uint32_t crc32(uint32_t so_far, std::span<const std::byte> bytes) {
  return ::crc32_gzip_refl(so_far, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::string digits(uint32_t crc) { return fmt::format("{:08x}", crc); }

std::string type_text(StoredElement element, const std::vector<int64_t>& shape) {
  return fmt::format("{}[{}]", stored_spelling(element), fmt::join(shape, ","));
}

/// Of the metadata without the checksums themselves, and of every tensor's name and type.
std::string header_checksum(Metadata metadata, const std::map<std::string, std::string>& types) {
  metadata.erase(kChecksumsKey);
  const std::string text = Json(metadata).dump() + Json(types).dump();
  return digits(crc32(0, std::as_bytes(std::span(text))));
}

Failure damaged(const std::string& file, const std::string& what) {
  return file_failure(file, what + " is damaged: its checksum is another than the file says",
                      fmt::format("take the file from where it came, or train again; a tool that changes weights must "
                                  "leave '{}' out of the metadata",
                                  kChecksumsKey));
}

}  // namespace

void add_checksums(SafetensorsSource& contents) {
  std::map<std::string, std::string> checksums, types;
  for (const TensorSource& tensor : contents.tensors) {
    uint32_t crc = 0;
    tensor.write([&](std::span<const std::byte> piece) { crc = crc32(crc, piece); });
    checksums[tensor.name] = digits(crc);
    types[tensor.name] = type_text(tensor.element, tensor.shape);
  }
  checksums[""] = header_checksum(contents.metadata, types);
  contents.metadata[kChecksumsKey] = Json(checksums).dump();
}

std::optional<std::string> ChecksumsCheck::stored(const Metadata& metadata, const std::string& name) {
  auto found = metadata.find(kChecksumsKey);
  if (found == metadata.end()) return {};
  if (stored_.empty()) {
    const Json json = Json::parse(found->second, nullptr, false);
    if (!json.is_object()) throw damaged(file_, "the header");
    for (const auto& [key, value] : json.items()) stored_[key] = value.is_string() ? value.get<std::string>() : "";
  }
  return stored_[name];
}

void ChecksumsCheck::tensor(const Metadata& metadata, const StoredTensor& tensor) {
  types_[tensor.name] = type_text(tensor.element, tensor.shape);
  const std::optional<std::string> wanted = stored(metadata, tensor.name);
  if (wanted && *wanted != digits(crc32(0, tensor.bytes.span())))
    throw damaged(file_, "tensor " + in_quotes(tensor.name));
}

void ChecksumsCheck::header(const Metadata& metadata) {
  const std::optional<std::string> wanted = stored(metadata, "");
  if (wanted && *wanted != header_checksum(metadata, types_)) throw damaged(file_, "the header");
}

}  // namespace nnc
