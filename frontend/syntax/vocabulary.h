// What people who come from other tools write, and what it is called here. A word that means something else than the
// name it looks like (`adamw`, `elu` for `gelu`) is answered by its meaning, never by its spelling.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nnc {

/// Where a word stands that is not known there.
enum class WordPlace { item, expression, type, train_key, argument, split, csv };

struct Meaning {
  std::string name;  ///< the known name that is meant, or empty
  std::string text;  ///< where no one name is: what to write, or that it is not there; may be empty too
  bool by_meaning = false;  ///< the name is what the word means elsewhere, not one of nearly its letters

  std::string help() const;  ///< "did you mean 'dense'?", the text, or empty
};

/// What a person probably means by a `name` that is not among `known`: one of these in other letters (capitals, '_'),
/// else what the vocabulary says of the word, else the nearest by spelling.
Meaning meaning_of(WordPlace place, const std::string& name, const std::vector<std::string>& known);

/// The vocabulary of a place: words in small letters without '_', and what stands for them. "=a|b" is the first of
/// these names that is known; in any other text {} is the word as it was written, and {reductions} are the
/// built-ins that reduce.
std::vector<std::pair<std::string_view, std::string_view>> vocabulary(WordPlace place);

}  // namespace nnc
