// Numbers that become class(K) or an integer: each is looked at before a step, an evaluation or a prediction uses it,
// so that none of them is cut, wrapped or passed over in silence.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "frontend/program/program.h"
#include "runtime/dataset/dataset.h"
#include "runtime/dataset/predict_input.h"
#include "runtime/step/map_rows.h"

namespace nnc {

/// The first number that is not as the check wants it: its place in the tensor, or −1.
int64_t first_misfit(const NumberCheck& check, const Tensor& numbers);
/// What is wrong with it, as it is said of a plain column: "class 3 is none of 0..2 (class(3))".
std::string complaint(const NumberCheck& check, double number);
/// What may be done about it, of all the numbers; or "".
std::string advice(const NumberCheck& check, const Tensor& numbers);

/// Every check of the program's fields, in every row of the data; the first that fails is a Failure with the row, in a
/// CSV file its line and column, and what was found.
void check_numbers(Datasets& data, const BoundProgram& program, const BuildOptions& build);

/// The same of what functions turn into classes in a step, where it hangs on the rows alone. The fields are there.
void check_step_numbers(Datasets& data, const BoundProgram& program, const BuildOptions& build);

/// Finds out how many classes there are where a field computes them and the data decides: 0..K−1, each of which some
/// row of the train split has. Part of the facts then.
void count_classes(Datasets& data, const Checked& program, const BuildOptions& build);

/// The checks of a prediction, over the rows of its input by path ("argument.raw").
void check_numbers(const std::vector<NumberCheck>& checks, const std::map<std::string, const Column*>& inputs,
                   const RowValues& values, const BuildOptions& build, const InputRows& rows);

}  // namespace nnc
