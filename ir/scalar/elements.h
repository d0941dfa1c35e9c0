// Single elements of tensors in memory, as doubles.
#pragma once

#include <cstddef>

#include "ir/scalar/type.h"

namespace nnc {

/// Reads and writes one element at `bytes`; bool is one byte, bf16 the upper half of an f32.
double load_element(const std::byte* bytes, Element element);
void store_element(std::byte* bytes, Element element, double value);

}  // namespace nnc
