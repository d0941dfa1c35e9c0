// What a built-in name of the language is: one record, all that is known of it inside. From a record come the check of
// a call's arguments, what is said of them, what rows and fields of the data owe to it, and its value. Every name that
// can't be defined again, every spelling that is proposed and the editors' lists come from the records too. They live
// in elaborate/builtins/; adding one is one entry there. An elementwise function of one operand, or of two under its
// own name, needs none: the record of its op says all of it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "frontend/types/sizes.h"
#include "ir/graph/graph.h"

namespace nnc {

struct BuiltinCall;
struct Elaborator;
struct Item;
struct TensorBuilder;

/// An argument with a name. Its kind says what is written there, and what holds where it is missing.
struct NamedArgument {
  enum class Kind : uint8_t {
    axes,       ///< of the first operand; missing: all of them
    axis,       ///< one of the first operand; missing: the last
    flag,       ///< true or false; missing: false
    shape,      ///< of what is made; never missing
    number,     ///< known at compile time; missing: 0
    amounts,    ///< one for each axis of the first operand; missing: 0
    parameter,  ///< of the function that is given; missing: its first
  };
  std::string_view name;
  Kind kind = Kind::axes;
};

/// What becomes of an operand's elements, whose places are its axes.
enum class Places : uint8_t {
  kept,
  moved,    ///< the same elements elsewhere: transpose, concat
  reduced,  ///< axes vanish, what lay along them becomes one element: sum, argmax
};

/// How a reduction makes one element of what lies along some axes.
struct Reduction {
  /// Of `x`, whose axes at these positions have `count` elements.
  Value (*value)(const TensorBuilder& build, Value x, const std::vector<int64_t>& axes, const Size& count) = nullptr;
  bool linear = false;          ///< of a sum of tensors the sum of their results; a bool counts as 0 or 1
  bool averages = false;        ///< over the rows of a batch: such means of the batches add up to that of a split
  bool keeps_integers = false;  ///< of integers an integer, not a float
  bool of_nothing = false;      ///< has a value over an axis of 0
};

struct Builtin {
  static constexpr size_t kAnyNumber = SIZE_MAX;

  std::string_view name;
  size_t least = 1, most = 1;                 ///< how many arguments without a name
  std::span<const NamedArgument> named = {};  ///< the others
  size_t written_from = kAnyNumber;           ///< from this one on they are axes or sizes, and no values: reshape's 1
  Places places = Places::kept;
  const Reduction* reduction = nullptr;        ///< of one that reduces by TensorBuilder::reduce
  bool takes_class = false;                    ///< an array of the data given to it is a class, without a word of it
  bool may_be_defined = false;                 ///< a file's own definition of that name wins, as of one of the library
  Item (*call)(const BuiltinCall&) = nullptr;  ///< its result; null: no function
  Item (*value)(const Elaborator&) = nullptr;  ///< of a name that stands for a value: pi

  const NamedArgument* find(std::string_view argument) const;
  const NamedArgument* find(NamedArgument::Kind kind) const;
};

/// All of them. Of equally near spellings the first is proposed.
std::span<const Builtin> all_builtins();
/// The one of that name; null where there is none.
const Builtin* find_builtin(std::string_view name);
/// As find_builtin, but of functions alone.
const Builtin* find_builtin_function(std::string_view name);

}  // namespace nnc
