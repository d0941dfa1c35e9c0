// What the checker understood of a program, for whoever prints it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "frontend/elaborate/frame.h"
#include "frontend/program/program.h"

namespace nnc {

/// What the checker found in the file's definitions and its `train`: every call in the order in which it was looked at
/// (one in a definition that is used twice may come twice), and the f32 options that decide an `if` or a size.
struct Understanding {
  std::vector<PlaceOfCall> calls;
  std::set<std::string> constant_options;
};
Understanding understand(const CheckedProgram& program);

}  // namespace nnc
