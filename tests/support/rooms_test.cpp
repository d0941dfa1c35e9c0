// The order of folders and rooms that docs/architecture.md draws holds for every include.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

namespace nnc {
namespace {

namespace fs = std::filesystem;
const fs::path kRoot = NNC_SOURCE_DIR;
const std::vector<std::string> kFolders = {"support", "ir", "frontend", "passes", "codegen", "runtime", "tools"};

std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream stream(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The rooms of each library from left to right: rows like "| `ir/` | `scalar/` → `graph/` → … |".
std::map<std::string, std::vector<std::string>> drawn_rooms() {
  std::map<std::string, std::vector<std::string>> rooms;
  const std::regex name("`([a-z]+)/`");
  for (const std::string& line : lines_of(kRoot / "docs/architecture.md")) {
    if (line.find("` → `") == std::string::npos || !line.starts_with("| `")) continue;
    std::vector<std::string> names;
    for (std::sregex_iterator each(line.begin(), line.end(), name), end; each != end; ++each) {
      names.push_back((*each)[1]);
    }
    rooms[names.front()] = {names.begin() + 1, names.end()};
  }
  return rooms;
}

int position(const std::vector<std::string>& order, const std::string& name) {
  auto found = std::find(order.begin(), order.end(), name);
  return found == order.end() ? -1 : static_cast<int>(found - order.begin());
}

/// "ir/graph/op.h" → {"ir", "graph"}.
std::pair<std::string, std::string> place_of(const std::string& path) {
  const size_t first = path.find('/'), second = path.find('/', first + 1);
  return {path.substr(0, first), second == std::string::npos ? "" : path.substr(first + 1, second - first - 1)};
}

std::vector<std::string> sources() {
  std::vector<std::string> found;
  for (const std::string& folder : kFolders) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      const std::string ending = entry.path().extension();
      if (ending == ".h" || ending == ".cpp") found.push_back(fs::relative(entry.path(), kRoot));
    }
  }
  return found;
}

TEST(Rooms, IncludesGoOneWayOnly) {
  const auto rooms = drawn_rooms();
  ASSERT_EQ(rooms.size(), 3u) << "docs/architecture.md draws the rooms of ir, frontend and runtime";
  const std::regex include("#include \"([^\"]+)\"");
  int seen = 0;
  for (const std::string& file : sources()) {
    const auto [folder, room] = place_of(file);
    for (const std::string& line : lines_of(kRoot / file)) {
      std::smatch match;
      if (!line.starts_with("#include") || !std::regex_search(line, match, include)) continue;
      const auto [other, other_room] = place_of(match[1]);
      ++seen;
      ASSERT_GE(position(kFolders, other), 0) << file << ": " << line;
      EXPECT_LE(position(kFolders, other), position(kFolders, folder)) << file << ": " << line;
      if (other != folder || !rooms.contains(folder)) continue;
      EXPECT_GE(position(rooms.at(folder), room), 0) << file << " is in no room that is drawn";
      EXPECT_LE(position(rooms.at(folder), other_room), position(rooms.at(folder), room)) << file << ": " << line;
    }
  }
  EXPECT_GT(seen, 1000);
}

TEST(Rooms, OnlyCodegenIncludesLlvmAndHeavyHeadersStandInNoHeader) {
  const std::regex llvm("#include <llvm"), heavy("#include <(llvm|nlohmann|CLI/)");
  for (const std::string& file : sources()) {
    const bool codegen = file.starts_with("codegen/");
    for (const std::string& line : lines_of(kRoot / file)) {
      if (!line.starts_with("#include")) continue;
      EXPECT_TRUE(codegen || !std::regex_search(line, llvm)) << file << ": " << line;
      EXPECT_TRUE(codegen || file.ends_with(".cpp") || !std::regex_search(line, heavy)) << file << ": " << line;
    }
  }
}

}  // namespace
}  // namespace nnc
