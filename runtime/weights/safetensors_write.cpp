#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "runtime/io/files.h"
#include "runtime/weights/safetensors.h"
#include "runtime/weights/safetensors_header.h"
#include "support/fault.h"

namespace nnc {
namespace {

int64_t bytes_of(const TensorSource& tensor) {
  int64_t bytes = stored_size(tensor.element);
  for (const int64_t size : tensor.shape) bytes *= size;
  return bytes;
}

std::vector<const TensorSource*> in_order(const SafetensorsSource& contents) {
  std::vector<const TensorSource*> order;
  for (const TensorSource& tensor : contents.tensors) order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](const TensorSource* a, const TensorSource* b) {
    const int64_t a_size = stored_size(a->element);
    const int64_t b_size = stored_size(b->element);
    return a_size != b_size ? a_size > b_size : a->name < b->name;
  });
  return order;
}

/// Everything before the tensors.
std::string beginning(const SafetensorsSource& contents) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!contents.metadata.empty()) header["__metadata__"] = contents.metadata;
  int64_t at = 0;
  for (const TensorSource* tensor : in_order(contents)) {
    NNC_ASSERT(tensor->name != "__metadata__" && !header.contains(tensor->name), tensor->name + " occurs twice");
    const int64_t end = at + bytes_of(*tensor);
    header[tensor->name] = {
        {"dtype", stored_spelling(tensor->element)}, {"shape", tensor->shape}, {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t length = text.size();
  std::string start(kHeaderLengthBytes, '\0');
  std::memcpy(start.data(), &length, sizeof length);
  return start + text;
}

void write_all(const SafetensorsSource& contents, const ByteSink& sink) {
  const std::string start = beginning(contents);
  sink(std::as_bytes(std::span(start)));
  for (const TensorSource* tensor : in_order(contents)) {
    int64_t left = bytes_of(*tensor);
    tensor->write([&](std::span<const std::byte> piece) {
      left -= static_cast<int64_t>(piece.size());
      sink(piece);
    });
    NNC_ASSERT(left == 0, tensor->name + " has bytes for another shape");
  }
}

SafetensorsSource source_of(const Safetensors& contents) {
  SafetensorsSource source{contents.metadata, {}};
  for (const StoredTensor& tensor : contents.tensors) {
    source.tensors.push_back(
        {tensor.name, tensor.element, tensor.shape, [&tensor](const ByteSink& sink) { sink(tensor.bytes.span()); }});
  }
  return source;
}

}  // namespace

std::string to_safetensors(const Safetensors& contents) {
  const SafetensorsSource source = source_of(contents);
  std::string file;
  file.reserve(static_cast<size_t>(safetensors_bytes(source)));
  write_all(source, [&](std::span<const std::byte> piece) {
    file.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  });
  return file;
}

void write_safetensors(const std::string& path, const Safetensors& contents) {
  write_safetensors(path, source_of(contents));
}

void write_safetensors(const std::string& path, const SafetensorsSource& contents) {
  const int64_t whole = safetensors_bytes(contents);
  auto left = static_cast<size_t>(whole) - (fault(Fault::truncated_weights) ? 1 : 0);
  Replacement replacement(path, whole);
  write_all(contents, [&](std::span<const std::byte> piece) {
    piece = piece.first(std::min(piece.size(), left));
    replacement.write(piece);
    left -= piece.size();
  });
  replacement.commit();
}

int64_t safetensors_bytes(const SafetensorsSource& contents) {
  auto bytes = static_cast<int64_t>(beginning(contents).size());
  for (const TensorSource& tensor : contents.tensors) bytes += bytes_of(tensor);
  return bytes;
}

}  // namespace nnc
