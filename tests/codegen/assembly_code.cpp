#include "tests/codegen/assembly_code.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>

namespace nnc::testing {

namespace {

/// "BB3_2" of ".LBB3_2:", of "Inner Loop Header" comments' own block, or of "in Loop: Header=BB3_2 Depth=1".
std::string block_name(const std::string& text, size_t from) {
  size_t begin = text.find("BB", from), end = begin;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
  return begin == std::string::npos ? "" : text.substr(begin, end - begin);
}

}  // namespace

std::vector<Line> function_code(const std::string& assembly, const std::string& name) {
  std::vector<Line> lines;
  std::vector<std::string> loops;                // the header of the innermost loop that each line lies in
  std::map<std::string, std::string> innermost;  // headers, with what the nest calls the loop
  std::istringstream stream(assembly);
  bool inside = false;
  int depth = 0;
  std::string block, called, loop;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with(name + ":")) inside = true;
    if (!inside) continue;
    if (line.find(".Lfunc_end") == 0) break;
    if (line.find("%bb.") != std::string::npos || line.starts_with(".LBB")) {
      block = line.starts_with(".LBB") ? block_name(line, 0) : "";
      size_t comment = line.rfind("# %");
      called = comment == std::string::npos ? "" : line.substr(comment + 3);
      loop.clear();
      depth = 0;
    }
    size_t at = line.find("Depth=");
    if (at != std::string::npos) depth = std::max(depth, std::stoi(line.substr(at + 6)));
    if (line.find("Inner Loop Header") != std::string::npos) innermost[loop = block] = called;
    if (size_t header = line.find("in Loop: Header="); header != std::string::npos) loop = block_name(line, header);
    lines.push_back({line, depth, false, ""});
    loops.push_back(loop);
  }
  for (size_t i = 0; i < lines.size(); ++i) {
    auto header = innermost.find(loops[i]);
    lines[i].innermost = header != innermost.end();
    if (lines[i].innermost) lines[i].loop = header->second;
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
