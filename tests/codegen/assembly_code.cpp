#include "tests/codegen/assembly_code.h"

#include <algorithm>
#include <sstream>

namespace nnc::testing {

std::vector<Line> function_code(const std::string& assembly, const std::string& name) {
  std::vector<Line> lines;
  std::istringstream stream(assembly);
  bool inside = false;
  Line state;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with(name + ":")) inside = true;
    if (!inside) continue;
    if (line.find(".Lfunc_end") == 0) break;
    bool block = line.find("%bb.") != std::string::npos || line.starts_with(".LBB");
    if (block) state = {};
    size_t depth = line.find("Depth=");
    if (depth != std::string::npos) state.depth = std::max(state.depth, std::stoi(line.substr(depth + 6)));
    if (line.find("Inner Loop Header") != std::string::npos) state.innermost = true;
    lines.push_back({line, state.depth, state.innermost});
  }
  return lines;
}

bool is_instruction(const std::string& line) { return line.size() > 1 && line[0] == '\t' && line[1] != '.'; }

bool is_call(const std::string& line) {
  size_t space = line.find('\t', 1);
  if (!is_instruction(line) || space == std::string::npos) return false;
  std::string mnemonic = line.substr(1, space - 1);
  if (mnemonic.starts_with("call") || mnemonic == "bl" || mnemonic == "blr") return true;
  bool jump = mnemonic == "jmp" || mnemonic == "jmpq" || mnemonic == "b";
  return jump && line[space + 1] != '.';  // blocks of the function itself are called .LBB…
}

bool touches_stack(const std::string& line) {
  return line.find("(%rsp") != std::string::npos || line.find("%rsp)") != std::string::npos ||
         line.find("[sp") != std::string::npos;
}

}  // namespace nnc::testing
