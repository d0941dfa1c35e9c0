// The four files of an IDX data set: found by the beginnings of their names, checked against each other.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "runtime/data/idx.h"
#include "runtime/io/data_error.h"
#include "support/diagnostics.h"

namespace nnc {
namespace {

namespace fs = std::filesystem;

/// The file whose name begins with `prefix`; plain before .gz. Empty when there is none.
std::string find_file(const std::string& folder, const std::string& prefix) {
  std::vector<std::string> plain;
  std::vector<std::string> packed;
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  if (error) throw system_failure(escape_for_terminal(folder), "open the folder", error.value());
  for (; entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (name.starts_with(prefix)) (name.ends_with(".gz") ? packed : plain).push_back(name);
    if (error) break;
  }
  if (error) throw system_failure(escape_for_terminal(folder), "read the folder", error.value());
  std::vector<std::string>& found = plain.empty() ? packed : plain;
  std::sort(found.begin(), found.end());
  if (found.size() > 1) {
    throw file_failure(folder,
                       fmt::format("{} files begin with {}: {}", found.size(), in_quotes(prefix), listed(found)),
                       "leave one of them");
  }
  return found.empty() ? "" : (fs::path(folder) / found.front()).string();
}

[[noreturn]] void fail_missing(const std::string& folder, const std::string& prefix) {
  throw file_failure(folder, fmt::format("no file whose name begins with {}", in_quotes(prefix)),
                     "the folder holds train-images*, train-labels*, t10k-images* and t10k-labels*, plain or .gz");
}

void check_kinds(const IdxFile& images, const IdxFile& labels) {
  if (images.shape.size() == 1 && labels.shape.size() > 1) {
    throw file_failure(images.path, fmt::format("{} numbers where images are expected, and {} has {} images: are they "
                                                "swapped?",
                                                images.samples(), in_quotes(labels.path), labels.samples()));
  }
  if (labels.shape.size() != 1) {
    throw offset_failure(labels.path, 3, fmt::format("rank {}, but labels have rank 1", labels.shape.size()));
  }
  if (labels.element == IdxElement::f32 || labels.element == IdxElement::f64) {
    throw offset_failure(labels.path, 2,
                         fmt::format("labels of type {}: classes are whole numbers", spelling(labels.element)));
  }
  if (images.samples() != labels.samples()) {
    throw offset_failure(
        labels.path, 4,
        fmt::format("{} labels, but {} images in {}", labels.samples(), images.samples(), in_quotes(images.path)));
  }
}

IdxSplit read_split(const std::string& images_path, const std::string& labels_path) {
  IdxFile labels = read_idx(labels_path);
  IdxFile images = read_idx(images_path);
  check_kinds(images, labels);
  IdxSplit split;
  split.label_path = labels.path;
  split.label_offset = labels.offset(0);
  split.label_bytes = byte_size(labels.element);
  split.image = idx_column(std::move(images), "image");
  if (labels.element == IdxElement::u8) {
    split.label = allocate_column("label", Element::i32, {}, labels.samples());
    const std::span<int32_t> into = split.label.values<int32_t>();
    for (size_t i = 0; i < into.size(); ++i) into[i] = std::to_integer<int32_t>(labels.bytes.data()[i]);
  } else {
    split.label = idx_column(std::move(labels), "label");
  }
  return split;
}

}  // namespace

IdxData read_idx_folder(const std::string& folder) {
  std::error_code ignored;
  if (fs::exists(folder, ignored) && !fs::is_directory(folder, ignored)) {
    throw file_failure(folder, "a file where the folder of an IDX data set is expected");
  }
  const std::string train_images = find_file(folder, "train-images");
  const std::string train_labels = find_file(folder, "train-labels");
  const std::string test_images = find_file(folder, "t10k-images");
  const std::string test_labels = find_file(folder, "t10k-labels");
  if (train_images.empty()) fail_missing(folder, "train-images");
  if (train_labels.empty()) fail_missing(folder, "train-labels");
  if (test_images.empty() && !test_labels.empty()) fail_missing(folder, "t10k-images");
  if (!test_images.empty() && test_labels.empty()) fail_missing(folder, "t10k-labels");
  IdxData data{read_split(train_images, train_labels), {}};
  if (test_images.empty()) return data;
  data.test = read_split(test_images, test_labels);
  const Column& train = data.train.image;
  const Column& test = data.test->image;
  if (train.sample_shape() != test.sample_shape() || train.element() != test.element()) {
    throw offset_failure(test_images, 4,
                         fmt::format("images of another shape or type than in {}", in_quotes(train_images)));
  }
  return data;
}

void check_labels(const IdxSplit& split, int64_t classes) {
  const std::span<const int32_t> labels = split.label.values<int32_t>();
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= 0 && labels[i] < classes) continue;
    const auto [least, largest] = std::minmax_element(labels.begin(), labels.end());
    throw offset_failure(
        split.label_path, split.label_offset + i * static_cast<uint64_t>(split.label_bytes),
        fmt::format("label {} of sample {} (from 0) is none of 0..{} (class({}))", labels[i], i, classes - 1, classes),
        *least == 1 && *largest == classes ? "classes count from 0: label - 1" : "");
  }
}

}  // namespace nnc
