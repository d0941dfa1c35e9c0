// The keys of `train`, each one record: what it is, its default, how it is checked, and its value as text. From the
// records come the checks, what `show` and the typed dump print, what a weights file keeps, and the lists of words.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/program/train_info.h"

namespace nnc {

struct TrainCheck;

struct TrainKey {
  std::string_view name;
  std::string_view type;            ///< "a whole number from 1"
  std::string_view otherwise = "";  ///< its value where nobody says it; none where it is empty
  double least = 0;                 ///< of a number
  bool has_expression = false;      ///< names stand in it, as in an equation
  bool as_written = false;          ///< the typed dump has it as the file says it
  bool shows_default = false;       ///< `show` adds it to a program that does not say it
  bool of_weights = false;          ///< it decides what an evaluation of trained weights computes
  std::string_view excludes = "";   ///< the key that says the same otherwise
  /// Reports what is wrong with it and puts it into the program's TrainInfo, whether it is set or not.
  void (*check)(TrainCheck& train, const TrainKey& key) = nullptr;
  /// The value that holds, "" where there is none; null where the file's text is all there is.
  std::string (*text)(const TrainInfo& info) = nullptr;

  bool is_reserved() const { return type == "reserved"; }
};

std::span<const TrainKey> train_keys();
std::vector<std::string> train_key_names();
/// Null where there is none of the name.
const TrainKey* find_train_key(std::string_view name);

}  // namespace nnc
