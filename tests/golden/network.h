// The small networks that several suites look at: tests/golden/networks/*.nnir.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "ir/print/text.h"

namespace nnc::testing {

/// The graph of loss and updates, before any pass.
inline Graph golden_network(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(std::filesystem::path(NNC_SOURCE_DIR) / "tests/golden/networks" / (name + ".nnir")).rdbuf();
  return parse_graph(text.str(), name);
}

}  // namespace nnc::testing
