// docs/commands.md describes every subcommand that the binary has, each with what it prints.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

std::vector<std::string> subcommands() {
  TempFolder folder;
  std::istringstream help(run(folder, "--help").output);
  std::vector<std::string> names;
  bool listed = false;
  for (std::string line; std::getline(help, line);) {
    if (line.find("SUBCOMMANDS:") != std::string::npos || line.find("Subcommands:") != std::string::npos) {
      listed = true;
    } else if (listed && line.starts_with("  ") && line.size() > 2 && line[2] != ' ') {
      names.push_back(line.substr(2, line.find(' ', 2) - 2));
    }
  }
  return names;
}

/// The text of each section by its heading.
std::map<std::string, std::string> sections() {
  std::ifstream file(std::string(NNC_SOURCE_DIR) + "/docs/commands.md");
  std::map<std::string, std::string> found;
  std::string name;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## "))
      name = line.substr(3);
    else
      found[name] += line + "\n";
  }
  return found;
}

TEST(CommandPage, HasASectionWithASampleForEverySubcommand) {
  std::vector<std::string> names = subcommands();
  ASSERT_GE(names.size(), 15u);
  std::map<std::string, std::string> pages = sections();
  for (const std::string& name : names) {
    EXPECT_NE(pages[name].find("\n$ nnc " + name), std::string::npos)
        << "docs/commands.md: no section '## " << name << "' with a line '$ nnc " << name << " …'";
  }
}

}  // namespace
}  // namespace nnc
