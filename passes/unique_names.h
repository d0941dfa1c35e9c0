// Names that are taken: the first keeps its own, later ones are numbered from 2.
#pragma once

#include <string>
#include <unordered_map>

namespace nnc {

class UniqueNames {
 public:
  void take(const std::string& name) { next_.try_emplace(name, 2); }
  /// `wanted`, or "wanted_2", "wanted_3", …; taken from now on.
  std::string make(const std::string& wanted) {
    if (next_.try_emplace(wanted, 2).second) return wanted;
    for (int& number = next_.at(wanted);;) {
      std::string name = wanted + "_" + std::to_string(number++);
      if (next_.try_emplace(name, 2).second) return name;
    }
  }

 private:
  std::unordered_map<std::string, int> next_;  ///< by name: the number that the next of that name is tried with
};

}  // namespace nnc
