#include "frontend/syntax/error_codes.h"

#include <algorithm>
#include <array>

namespace nnc {

namespace {

constexpr std::array kErrorCodes{
    ErrorCode{"E0101", "the file is UTF-16: save it as UTF-8"},
    ErrorCode{"E0102", "a byte that is no UTF-8, an overlong form or a surrogate"},
    ErrorCode{"E0103", "a control character, or a character without a meaning in the language"},
    ErrorCode{"E0104", "an invisible character or one that turns the direction of text: it hides what a file says"},
    ErrorCode{"E0105", "a number that is no number: digits stand on both sides of a point"},
    ErrorCode{"E0106", "a letter beyond ASCII in a name: it may look like another letter"},
    ErrorCode{"E0107", "a number beyond what a double or an integer holds"},
    ErrorCode{"E0108", "a string without its closing quote, or an unknown escape in it"},
    ErrorCode{"E0109", "a file, line or name longer than nnc's limit"},
    ErrorCode{"E0200", "a file without any item"},
    ErrorCode{"E0201", "brackets, blocks or signs nested deeper than nnc's limit of 256"},
    ErrorCode{"E0202", "something else was wanted where this word or sign stands"},
    ErrorCode{"E0203",
              "an item begins with option, data, fn, layer, model, metric, optimizer, train, export or expect"},
    ErrorCode{"E0204", "comparisons and ranges do not chain: join them with and"},
    ErrorCode{"E0210", "reserved for a part of the language that is not there yet"},
    ErrorCode{"E0302", "a name that nothing in sight has; names are defined before they are used"},
    ErrorCode{"E0303", "a word that is no type"},
    ErrorCode{"E0304", "a field, parameter or layer that the value before the point does not have"},
    ErrorCode{"E0305", "a setting's type where a tensor's type is wanted"},
    ErrorCode{"E0306", "primitives, types and keywords can't be defined again"},
    ErrorCode{"E0307", "one name defined twice in one place"},
    ErrorCode{"E0308", "a definition that uses itself, directly or through others"},
    ErrorCode{"E0310", "axes that are neither equal nor 1 nor missing in front"},
    ErrorCode{"E0311", "broadcasting would put one unknown axis into two places of the result"},
    ErrorCode{"E0312", "a @ b contracts the last axis of a with the last but one of b, which are equal"},
    ErrorCode{"E0313", "an operation that needs more axes than the tensor has"},
    ErrorCode{"E0314", "a @ b: the axes before the matrices are equal in both or missing in one"},
    ErrorCode{"E0315", "mean, max, min and argmax of nothing have no value; sum is 0"},
    ErrorCode{"E0316", "pick takes one element of each row: its index has the axes of the rows"},
    ErrorCode{"E0317", "reshape keeps the number of elements, provably"},
    ErrorCode{"E0318", "concat joins tensors that differ along one axis only"},
    ErrorCode{"E0319", "an index or range outside its axis; they count from 0 and exclude their end"},
    ErrorCode{"E0320", "a size is a whole number from 0 that is known at compile time"},
    ErrorCode{"E0321", "'..S' stands at most once in a type"},
    ErrorCode{"E0322", "an axis that does not exist, is named twice, or is ambiguous by its name"},
    ErrorCode{"E0323", "an argument name that the definition does not have"},
    ErrorCode{"E0324", "too many or too few arguments"},
    ErrorCode{"E0325", "one argument given twice"},
    ErrorCode{"E0326", "a setting of another type than declared"},
    ErrorCode{"E0330", "an argument of another type than the parameter's"},
    ErrorCode{"E0331", "an argument of another shape than the parameter's"},
    ErrorCode{"E0332", "a value that does not fit its declared type"},
    ErrorCode{"E0333", "a body whose last statement is no expression has no value"},
    ErrorCode{"E0334", "an exported function needs types whose sizes are known, and gives one tensor"},
    ErrorCode{"E0401", "bool has no arithmetic and no order; conditions are bool"},
    ErrorCode{"E0402", "a number that is not whole where an integer is wanted"},
    ErrorCode{"E0403", "two types meet that nothing converts silently"},
    ErrorCode{"E0404", "the number of classes differs from the axis or the labels that it meets"},
    ErrorCode{"E0405", "an index is i32 or class(K)"},
    ErrorCode{"E0406", "a value of another kind than wanted here"},
    ErrorCode{"E0407", "a range, list or pack outside the places that take one"},
    ErrorCode{"E0408", "division by zero"},
    ErrorCode{"E0409", "the branches of an if have one type"},
    ErrorCode{"E0410", "a word that the choice does not list"},
    ErrorCode{"E0411", "if chooses at compile time; where(condition, a, b) chooses element by element"},
    ErrorCode{"E0412", "a value that is neither named nor the last of its block"},
    ErrorCode{"E0413", "as many names as values stand on the left of ="},
    ErrorCode{"E0414", "first and total stand in a metric, and a total depends on no total"},
    ErrorCode{"E0415", "for runs over a range that is known at compile time, or over params(…)"},
    ErrorCode{"E0416", "a value that can't be called"},
    ErrorCode{"E0417", "metrics and optimizers stand in train only"},
    ErrorCode{"E0501", "param and state stand in a layer, model or optimizer"},
    ErrorCode{"E0502", "one parameter, state or total declared twice, or given two new values"},
    ErrorCode{"E0503", "a parameter is a float, and no size of a parameter or state depends on the batch"},
    ErrorCode{"E0504", "a layer applied to inputs of different sizes: its parameters got theirs at the first one"},
    ErrorCode{"E0505", "a state of a layer says its type"},
    ErrorCode{"E0506", "next gives a state its new value"},
    ErrorCode{"E0507", "layers are made in a layer or model, which then owns them"},
    ErrorCode{"E0508", "a start value is a number or an initialiser such as zeros, normal or glorot"},
    ErrorCode{"E0509", "only a parameter with two axes tells an initialiser its fans"},
    ErrorCode{"E0601", "a data declaration has fields, and a field reads its source"},
    ErrorCode{"E0602", "a metric is one number of the whole split: a mean over rows, or a metric with totals"},
    ErrorCode{"E0603", "a source, or its columns, that nnc does not know"},
    ErrorCode{"E0604", "a split's shares lie in 0..1, add up to 1 and leave a row to each part that is used"},
    ErrorCode{"E0605", "a table is a list of rows of numbers"},
    ErrorCode{"E0606", "the rows of a table have the declared shape, and its fields equally many rows"},
    ErrorCode{"E0607", "a csv's separator is one character, its decimal sign another, its names all different"},
    ErrorCode{"E0701", "a size or number that is known only at run time where the compiler needs it"},
    ErrorCode{"E0801", "loops and calls unfold to more than nnc's limit"},
    ErrorCode{"E0802", "an axis or tensor larger than nnc's limit"},
    ErrorCode{"E0803", "more axes than nnc's limit of 8"},
    ErrorCode{"E0804", "calls nested deeper than nnc's limit of 64"},
    ErrorCode{"E0805", "a for of more turns than nnc's limit"},
    ErrorCode{"E0806", "a tensor with two axes that are known only at run time"},
    ErrorCode{"E0901", "an option or setting whose value has another type"},
    ErrorCode{"E0902", "an option or setting outside its declared bounds"},
    ErrorCode{"E0903", "an option that the program does not declare"},
    ErrorCode{"E0904", "an option's bounds are a range that is not empty"},
    ErrorCode{"E0905", "an option is int, f32, bool, string or a choice"},
    ErrorCode{"E0906", "an option with the name of one of nnc's own flags"},
    ErrorCode{"E0907", "a key that train does not have"},
    ErrorCode{"E0908", "a key of train set twice, or two keys that exclude each other"},
    ErrorCode{"E0909", "a key of train outside what it may be"},
    ErrorCode{"E0910", "data, or a part of it, that the file does not declare"},
    ErrorCode{"E0911", "stop watches a metric of the validation data"},
    ErrorCode{"E0912", "train needs data and a loss"},
    ErrorCode{"E0913", "an expectation compares a loss or metric with a number"},
    ErrorCode{"E0914", "the loss is one number"},
    ErrorCode{"E0915", "clip is norm(c) or value(c) with c above 0"},
    ErrorCode{"E0916", "an optimizer is a definition with (w, g) that says next w"},
    ErrorCode{"E0917", "a learning rate is a finite number from 0"},
    ErrorCode{"E0918", "a loss without a path to any parameter trains nothing"},
    ErrorCode{"W0107", "a number so small that it becomes 0"},
    ErrorCode{"W0404", "one class: softmax of one number is always 1, and every label is the same"},
    ErrorCode{"W0510", "a layer or model that nothing uses", SaidBy::checking},
    ErrorCode{"W0511", "a state of an optimizer that nothing changes", SaidBy::checking},
    ErrorCode{"W0917", "a learning rate of 0 trains nothing"},
    ErrorCode{"W0919", "a batch larger than the data: every step takes all rows", SaidBy::binding},
    ErrorCode{"W0920", "a parameter without a path to the loss: its gradient is always 0", SaidBy::binding},
    ErrorCode{"W0921", "a loss or metric whose prediction is data alone and whose target is computed from parameters",
              SaidBy::checking},
    ErrorCode{"W0925", "more threads than this version uses", SaidBy::checking},
    ErrorCode{"W0926", "a parameter with an axis of 0, and so without an element to train"},
};

}  // namespace

std::span<const ErrorCode> error_codes() { return kErrorCodes; }

const ErrorCode* find_code(std::string_view code) {
  const auto* found =
      std::find_if(kErrorCodes.begin(), kErrorCodes.end(), [&](const ErrorCode& entry) { return entry.code == code; });
  return found == kErrorCodes.end() ? nullptr : found;
}

std::string_view explain_code(std::string_view code) {
  const ErrorCode* found = find_code(code);
  return found == nullptr ? "" : found->meaning;
}

}  // namespace nnc
