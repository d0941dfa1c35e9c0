// One split of a data set as compiled steps read it: whole columns, and the numbers of the rows that belong to it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/data/column.h"

namespace nnc {

struct SplitView {
  std::map<std::string, const Column*> columns;  ///< the data set's, by the input's name: "column.mnist.image"
  std::vector<int32_t> rows;                     ///< row numbers into the columns, in file order
};

}  // namespace nnc
