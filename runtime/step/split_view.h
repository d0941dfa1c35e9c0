// One split of a data set as compiled steps read it: whole columns, and the numbers of the rows that belong to it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ir/interpret/interpret_graph.h"

namespace nnc {

/// All samples of one column, contiguous; the storage is the data set's.
struct ColumnView {
  const void* data = nullptr;
  Element element = Element::f32;
  int64_t samples = 0;
};

struct SplitView {
  std::map<std::string, ColumnView> columns;  ///< by the input's name: "column.mnist.image"
  std::vector<int32_t> rows;                  ///< row numbers into the columns, in file order
};

/// Some rows of a column in this order, as the tensor of shape [rows, …] that an input of this type reads.
Tensor read_rows(const ColumnView& column, const Type& type, const std::vector<int32_t>& rows);

}  // namespace nnc
