// Reading the assembly that LLVM prints: whose line it is, and in which loop it lies.
#pragma once

#include <string>
#include <vector>

namespace nnc::testing {

struct Line {
  std::string text;
  int depth = 0;           ///< of the loop that it lies in
  bool innermost = false;  ///< that loop holds no other
  std::string loop = "";   ///< then what the nest calls it, on x86
};

/// The code of one function, line by line, with the loops that LLVM's comments tell of: all of their blocks.
std::vector<Line> function_code(const std::string& assembly, const std::string& name);

bool is_instruction(const std::string& line);
bool is_call(const std::string& line);
bool touches_stack(const std::string& line);

}  // namespace nnc::testing
