// Checking one `train`: its entries, from the file and from the command line, and what the records of the keys ask of
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "frontend/program/program_elaborator.h"
#include "frontend/program/train_keys.h"

namespace nnc {

struct TrainCheck {
  CheckedProgram& program;
  Elaborator& elaborator;
  std::set<std::string> misspelt = {};  ///< keys that another one probably is

  TrainInfo& info() { return program.train_info; }
  void run();

  const TrainEntry* find(std::string_view key) const;
  bool is_given(std::string_view key) const { return program.overrides.train.contains(std::string(key)); }
  [[noreturn]] void fail(Code code, const TrainEntry& entry, const std::string& message, const std::string& help = "");
  /// Evaluates in the entry's own file, with errors at the entry's place in the program.
  Item value(const TrainEntry& entry);

  // Values of keys; what is wrong is reported and taken for the default.
  int64_t whole(const TrainKey& key, int64_t otherwise);
  int64_t whole(const TrainKey& key);  ///< with the record's own default
  bool flag(const TrainKey& key);
  /// `mnist.train` → the data, unless it is null, and the split.
  void part(const TrainKey& key, std::string* data, std::string& split);
  /// Reports that the file says nothing of a key that it must.
  void require(const TrainKey& key, const std::string& help);

 private:
  void collect();
  void override_key(const std::string& key, const std::string& text);
  Frame frame_of(const TrainEntry& entry) const;
  /// The split that is named behind a data's name; "" where none is.
  std::string known_part(const TrainEntry& entry, const DataDeclaration& data, const std::string& part);
};

/// `stop = no_improvement(…)`.
void check_stop(TrainCheck& train, const TrainKey& key);

}  // namespace nnc
