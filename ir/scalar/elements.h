// Elements of tensors in memory, as doubles.
#pragma once

#include <cstddef>
#include <span>

#include "ir/scalar/type.h"

namespace nnc {

/// Reads and writes one element at `bytes`; bool is one byte, bf16 the upper half of an f32. What is stored is rounded
/// once; towards integers it truncates and saturates, NaN is 0.
double load_element(const std::byte* bytes, Element element);
void store_element(std::byte* bytes, Element element, double value);

/// The same of neighbouring elements.
void load_elements(const std::byte* bytes, Element element, std::span<double> values);
void store_elements(std::byte* bytes, Element element, std::span<const double> values);

}  // namespace nnc
