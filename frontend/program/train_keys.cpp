#include "frontend/program/train_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "frontend/program/train_check.h"
#include "support/cores.h"

namespace nnc {

namespace {

std::string word(bool truth) { return truth ? "true" : "false"; }

void check_data(TrainCheck& train, const TrainKey& key) {
  train.require(key, "data = NAME");
  train.part(key, &train.info().data, train.info().split);
}

void check_valid(TrainCheck& train, const TrainKey& key) {
  if (!train.info().data.empty()) train.part(key, nullptr, train.info().valid);
}

void check_test(TrainCheck& train, const TrainKey& key) {
  if (!train.info().data.empty()) train.part(key, nullptr, train.info().test);
}

void check_loss(TrainCheck& train, const TrainKey& key) { train.require(key, "loss = mse(net(x), y)"); }

/// A run is as long as its epochs or its steps say; what the command line says takes the other's place.
void check_epochs(TrainCheck& train, const TrainKey& key) {
  const bool alone = train.find(key.excludes) == nullptr;
  train.info().epochs = alone ? train.whole(key) : train.whole(key, 0);
}

void check_steps(TrainCheck& train, const TrainKey& key) {
  TrainInfo& info = train.info();
  info.steps = train.whole(key);
  if (train.find(key.excludes) == nullptr || train.find(key.name) == nullptr) return;
  const bool given = train.is_given(key.name);
  if (given || train.is_given(key.excludes)) {
    (given ? info.epochs : info.steps) = 0;
    return;
  }
  train.elaborator.diagnostics.error("E0908", train.find(key.name)->range,
                                     "'epochs' and 'steps' are both set: one of them");
}

void check_save(TrainCheck& train, const TrainKey& key) {
  const TrainEntry* save = train.find(key.name);
  if (save == nullptr) return;
  train.elaborator.diagnostics.error("E0210", save->range, "'save' is reserved and not there yet")
      .suggest("--out FILE names the weights' file");
}

void check_threads(TrainCheck& train, const TrainKey& key) {
  const TrainEntry* entry = train.find(key.name);
  if (entry == nullptr) return;
  const int64_t threads = train.whole(key, 1);
  if (threads > kMostThreads) {
    train.elaborator.diagnostics.error("E0909", entry->range,
                                       fmt::format("'threads' is {}, but this is {}", key.type, threads));
  }
  train.info().threads = std::min(threads, kMostThreads);
}

void check_precision(TrainCheck& train, const TrainKey& key) {
  Element& precision = train.info().precision;
  if (const TrainEntry* entry = train.find(key.name)) {
    const std::string text = dotted(*entry->entry->value);
    if (text != "f32" && text != "f64") {
      train.elaborator.diagnostics.error("E0909", entry->range, "'precision' is f32 or f64");
    }
    precision = text == "f64" ? Element::f64 : Element::f32;
  }
  precision = train.program.overrides.precision.value_or(precision);
}

constexpr std::array kKeys{
    TrainKey{.name = "data",
             .type = "data, or a part of it",
             .check = check_data,
             .text = [](const TrainInfo& info) { return info.data + (info.split == "all" ? "" : "." + info.split); }},
    TrainKey{.name = "valid",
             .type = "a part of the data",
             .as_written = true,
             .check = check_valid,
             .text = [](const TrainInfo& info) { return info.valid; }},
    TrainKey{.name = "test",
             .type = "a part of the data",
             .as_written = true,
             .check = check_test,
             .text = [](const TrainInfo& info) { return info.test; }},
    TrainKey{.name = "batch",
             .type = "a whole number from 1",
             .otherwise = "32",
             .least = 1,
             .shows_default = true,
             .of_weights = true,
             .check = [](TrainCheck& train, const TrainKey& key) { train.info().batch = train.whole(key); },
             .text = [](const TrainInfo& info) { return std::to_string(info.batch); }},
    TrainKey{.name = "epochs",
             .type = "a whole number from 0",
             .otherwise = "10",
             .shows_default = true,
             .excludes = "steps",
             .check = check_epochs,
             .text = [](const TrainInfo& info) { return std::to_string(info.epochs); }},
    TrainKey{.name = "steps",
             .type = "a whole number from 0",
             .otherwise = "0",
             .excludes = "epochs",
             .check = check_steps,
             .text = [](const TrainInfo& info) { return std::to_string(info.steps); }},
    TrainKey{.name = "loss", .type = "one number", .has_expression = true, .as_written = true, .check = check_loss},
    TrainKey{.name = "metrics", .type = "{name: value, …}", .has_expression = true, .as_written = true},
    TrainKey{.name = "optimizer",
             .type = "an optimizer with its settings",
             .otherwise = "sgd",
             .has_expression = true,
             .as_written = true,
             .shows_default = true},
    TrainKey{.name = "clip", .type = "norm(c) or value(c)", .as_written = true},
    TrainKey{.name = "stop",
             .type = "no_improvement(metric, patience: n, restore: best)",
             .as_written = true,
             .check = check_stop},
    TrainKey{.name = "seed",
             .type = "a whole number from 0",
             .otherwise = "0",
             .shows_default = true,
             .of_weights = true,
             .check = [](TrainCheck& train,
                         const TrainKey& key) { train.info().seed = static_cast<uint64_t>(train.whole(key)); },
             .text = [](const TrainInfo& info) { return std::to_string(info.seed); }},
    TrainKey{.name = "save", .type = "reserved", .check = check_save},
    TrainKey{.name = "shuffle",
             .type = "true or false",
             .otherwise = "true",
             .shows_default = true,
             .check = [](TrainCheck& train, const TrainKey& key) { train.info().shuffle = train.flag(key); },
             .text = [](const TrainInfo& info) { return word(info.shuffle); }},
    TrainKey{.name = "threads", .type = "a whole number from 1 to 1024", .least = 1, .check = check_threads},
    TrainKey{.name = "precision",
             .type = "f32 or f64",
             .otherwise = "f32",
             .shows_default = true,
             .check = check_precision,
             .text = [](const TrainInfo& info) { return std::string(spelling(info.precision)); }},
    TrainKey{.name = "eval",
             .type = "true or false",
             .otherwise = "false",
             .shows_default = true,
             .check = [](TrainCheck& train, const TrainKey& key) { train.info().evaluate_train = train.flag(key); },
             .text = [](const TrainInfo& info) { return word(info.evaluate_train); }},
};

}  // namespace

std::span<const TrainKey> train_keys() { return kKeys; }

std::vector<std::string> train_key_names() {
  std::vector<std::string> names;
  for (const TrainKey& key : kKeys) names.emplace_back(key.name);
  return names;
}

const TrainKey* find_train_key(std::string_view name) {
  const auto* found = std::find_if(kKeys.begin(), kKeys.end(), [&](const TrainKey& key) { return key.name == name; });
  return found == kKeys.end() ? nullptr : found;
}

}  // namespace nnc
