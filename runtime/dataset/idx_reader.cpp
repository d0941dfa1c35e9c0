// Data of a folder of IDX files; and of single IDX files.
#include <utility>

#include "runtime/data/idx.h"
#include "runtime/dataset/source_readers.h"

namespace nnc {

namespace {

/// Labels are checked at their offset in the file, where it is declared how many classes there are.
void check(const RawSource& source, const IdxSplit& split, const std::string& part) {
  const bool is_label = source.name == "label";
  if (is_label && source.is_class) {
    if (source.classes) check_labels(split, *source.classes);
    return;
  }
  check_numbers_of(source, is_label ? split.label : split.image, part);
}

SourceData read(const DataInfo& info, const DataPlaces& places) {
  IdxData folder = read_idx_folder(find_data_path(info.files.at(0).path, places));
  SourceData data;
  auto add = [&](IdxSplit split, const std::string& name) {
    for (const RawSource& source : info.sources) check(source, split, name);
    DataPart& part = data.parts.emplace_back();
    part.rows = split.image.rows();
    part.raw.emplace("image", std::move(split.image));
    part.raw.emplace("label", std::move(split.label));
    data.splits[name] = {data.parts.size() - 1, all_rows(part.rows)};
  };
  add(std::move(folder.train), "train");
  data.splits["all"] = data.splits.at("train");
  if (folder.test) add(std::move(*folder.test), "test");
  return data;
}

std::vector<DataProfile> profile(const DataInfo& info, const DataPlaces& places) {
  const std::string path = find_data_path(info.files.at(0).path, places);
  const IdxData data = read_idx_folder(path);
  std::vector<DataProfile> profiles{profile_columns(path + ", train", {&data.train.image, &data.train.label})};
  if (data.test) profiles.push_back(profile_columns(path + ", test", {&data.test->image, &data.test->label}));
  return profiles;
}

Column read_array(const InputFile& file, std::string name, std::vector<std::string>& /*warnings*/) {
  return idx_column(read_idx(file), std::move(name));
}

}  // namespace

SourceReader idx_reader() { return {"idx", read, profile, {std::string_view("\0\0", 2), "an IDX file", read_array}}; }

}  // namespace nnc
