// Numbers, vectors and matrices as a person types and reads them: `1.5`, `[1, 2, 3]`, `[[1, 2], [3, 4]]`.
#pragma once

#include <string>
#include <string_view>

#include "frontend/program/functions.h"
#include "ir/scalar/tensor.h"

namespace nnc {

/// The argument called `name` from its text: a number, `true` or `false`, a list of equally long lists, or the word of
/// a choice. What can't be read is a Failure (exit 2) that says where.
GivenArgument parse_literal(const std::string& name, std::string_view text);

/// One number in full: the shortest text that reads back to the same value of the element type.
std::string number_text(double value, Element element);
/// A tensor of constant sizes as a literal, on one line: "[[1, 2], [3, 4]]".
std::string literal_text(const Tensor& tensor);

}  // namespace nnc
