// What an expression of the language can stand for while a program is elaborated: tensors, numbers that have not met a
// type, compile-time truths and words, definitions with their settings, layers that were made, data.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "frontend/syntax/definitions.h"
#include "frontend/types/builtin.h"
#include "frontend/types/tensors.h"
#include "support/source.h"

namespace nnc {

struct Item;
using Items = std::vector<Item>;

/// What a name stands for under a condition.
struct Narrowing {
  std::string name;
  std::shared_ptr<Item> to;
};

/// A bool that compile-time `if` may ask for. `known` is missing where it depends on what the place does not know
/// (`training` in a definition that is checked alone).
struct Truth {
  std::optional<bool> known;
  Value node;  ///< bool[], when it depends on a setting or the step and a graph is built
  bool runtime = false;
  std::vector<std::string> options;
  /// `p is logit`, `pad == same`: what the two branches of an `if` know of names.
  std::vector<Narrowing> if_true, if_false;
};

/// A word of a choice, or a choice whose word is not known.
struct Word {
  std::string text;  ///< empty: not known
  std::vector<std::string> among;
};

/// A definition with the settings it was given so far.
struct Closure {
  const Definition* definition = nullptr;
  std::shared_ptr<std::map<std::string, Item>> settings;  ///< null: none given yet
  /// An unknown function or layer: a setting of a definition that is checked alone.
  bool opaque = false;
};

/// A layer that was made: its parameters live under `path`.
struct Instance {
  Closure made_from;
  std::string path;   ///< set when it is named: "net.dense_0"
  std::string owner;  ///< "net": where it gets its number
  bool opaque = false;
};

/// A built-in function as a value, such as `tanh` in `x |> tanh`.
struct BuiltinFunction {
  const Builtin* builtin = nullptr;
};

/// `grad(f)`: the derivative of a function by one of its arguments, as a function of them.
struct GradientFunction {
  std::shared_ptr<const Item> of;
  size_t place = 0;            ///< of the argument
  std::string parameter = "";  ///< by the parameter of this path instead; "" by the argument
  Range by = {};               ///< where that is written
};

/// `frozen(f)`: the function, applied without a gradient into its weights.
struct FrozenFunction {
  std::shared_ptr<const Item> of;
};

/// A string; one that a definition checked alone is not given yet is not known.
struct Text {
  std::string text;
  bool known = true;
};
struct Tuple {
  std::shared_ptr<Items> items;
};
/// `[1, 5, 1]`, `[[1, 0], [0, 1]]`: numbers that have not met a type, in rows of equal length.
struct NumberList {
  Axes axes;
  std::vector<Number> numbers;
};
/// `{mean: m, spread: s}`: values with names.
struct Record {
  std::vector<std::string> names;
  std::shared_ptr<Items> items;
};
/// `net`'s parameters: what `params(net)` gives.
struct Parameters {
  std::vector<std::string> paths;
  bool opaque = false;
};
/// `mnist`, `mnist.train`.
struct DataReference {
  std::string data, split;
};
/// `mnist.x` as a function of raw inputs.
struct FieldFunction {
  std::string data, field;
  Range call = {};  ///< where it is called
};
/// The value of what was already reported.
struct Poison {};

struct Item {
  std::variant<Poison, TypedTensor, Number, Truth, Word, Closure, std::shared_ptr<Instance>, BuiltinFunction,
               GradientFunction, FrozenFunction, Text, Tuple, NumberList, Record, Parameters, DataReference,
               FieldFunction>
      value;
  Range range;                              ///< where it was bound or declared, in the file of its frame
  std::string origin;                       ///< "declared at line 5", "from 'x @ W1 + b1' at line 8"; may be empty
  const ast::TypeExpr* declared = nullptr;  ///< of a param: its type as written, for a proposed edit
  Axes kept = {};                           ///< of a reduction over some axes: what `keep: true` would leave

  template <class T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
};

std::string describe(const Item& item);  ///< "f32[B, 50]", "a number", "a layer 'dense'"

/// A layer with a path, and what applying it gave.
struct Application {
  std::string path, kind;
  Item result;
  int times = 0;
  Closure made_from = {};  ///< with the settings that it was made with
  Range applied = {};      ///< where a report of its first application points
};

}  // namespace nnc
