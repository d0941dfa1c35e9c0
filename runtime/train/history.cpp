#include "runtime/train/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "runtime/io/files.h"
#include "runtime/io/room.h"

namespace nnc {

namespace {

/// A name as a CSV field.
std::string field(const std::string& name) {
  if (name.find_first_of(",\"\n\r") == std::string::npos) return name;
  std::string quoted = "\"";
  for (char character : name) quoted += character == '"' ? "\"\"" : std::string(1, character);
  return quoted + '"';
}

std::string cell(const Scores& scores, const std::string& name) {
  auto found = scores.find(name);
  return found == scores.end() || !std::isfinite(found->second) ? "" : fmt::format("{}", found->second);
}

}  // namespace

void History::add(EpochReport report) {
  if (!rows_.empty() && !wants(rows_.back().epoch)) rows_.pop_back();
  rows_.push_back(std::move(report));
  if (rows_.size() <= kRows) return;
  stride_ *= 2;
  int64_t last = rows_.back().epoch;
  std::erase_if(rows_, [&](const EpochReport& row) { return row.epoch != last && !wants(row.epoch); });
}

void History::restore(EpochReport report) {
  auto place = std::find_if(rows_.begin(), rows_.end(), [&](const EpochReport& r) { return r.epoch >= report.epoch; });
  if (place == rows_.end() || place->epoch != report.epoch) place = rows_.insert(place, std::move(report));
  place->restored = true;
}

std::string history_file(const std::string& weights_file) {
  constexpr std::string_view kEnding = ".safetensors";
  std::string stem = weights_file;
  if (stem.ends_with(kEnding)) stem.resize(stem.size() - kEnding.size());
  return stem + ".history.csv";
}

std::string history_csv(const std::vector<EpochReport>& rows) {
  std::set<std::string> train, valid;
  for (const EpochReport& row : rows) {
    for (const auto& [name, value] : row.train) train.insert(name);
    for (const auto& [name, value] : row.valid) valid.insert(name);
  }
  train.erase("loss");
  bool has_valid_loss = valid.erase("loss") > 0;
  std::string text = "epoch,train.loss";
  for (const std::string& name : train) text += "," + field("train." + name);
  if (has_valid_loss) text += ",valid.loss";
  for (const std::string& name : valid) text += "," + field("valid." + name);
  bool back = std::any_of(rows.begin(), rows.end(), [](const EpochReport& row) { return row.restored; });
  text += back ? ",seconds,restored\n" : ",seconds\n";
  for (const EpochReport& row : rows) {
    text += fmt::format("{},{}", row.epoch, cell({{"loss", row.loss}}, "loss"));
    for (const std::string& name : train) text += "," + cell(row.train, name);
    if (has_valid_loss) text += "," + cell(row.valid, "loss");
    for (const std::string& name : valid) text += "," + cell(row.valid, name);
    text += fmt::format(",{:.6g}", row.seconds);
    if (back) text += row.restored ? ",1" : ",0";
    text += '\n';
  }
  return text;
}

std::string write_history(const std::string& path, const std::vector<EpochReport>& rows) {
  try {
    write_atomically(path, history_csv(rows));
    return "";
  } catch (const Failure& refused) {
    return as_warning(refused) + "; the history of this run is lost, its weights are not";
  }
}

}  // namespace nnc
