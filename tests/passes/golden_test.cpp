// Runs every tests/golden/<pass>/*.nnir through its pass and FileCheck: the file is its own list of checks.
//
// Lines of a file that are no IR: "# CHECK…: pattern"; "# passes: a,b,c" (default: the folder's name); "# target:
// avx512" (default avx2); "# fuse-limit: 2"; "# threads: 3".
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ir/print/text.h"
#include "passes/pipeline.h"

namespace nnc {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// What stands after "# key: " on a line of its own, or `otherwise`.
std::string setting(const std::string& text, const std::string& key, const std::string& otherwise) {
  std::istringstream lines(text);
  const std::string start = "# " + key + ": ";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(start)) return line.substr(start.size());
  }
  return otherwise;
}

PassOptions options_of(const std::string& text) {
  PassOptions options;
  options.target = Target::of(parse_tier(setting(text, "target", "avx2")).value());
  options.capacity = 8;
  options.fuse_limit = std::stoll(setting(text, "fuse-limit", "-1"));
  options.workers = std::stoll(setting(text, "threads", "1"));
  return options;
}

std::vector<const Pass*> passes_named(const std::string& list) {
  std::vector<const Pass*> passes;
  std::istringstream names(list);
  for (std::string name; std::getline(names, name, ',');) {
    passes.push_back(find_pass(name));
    EXPECT_NE(passes.back(), nullptr) << "no pass '" << name << "'";
  }
  return passes;
}

StageValue parse_like(const StageValue& stage, const std::string& text) {
  if (std::holds_alternative<Graph>(stage)) return parse_graph(text, "output");
  if (std::holds_alternative<Partition>(stage)) return parse_partition(text, "output");
  return parse_nests(text, "output");
}

std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }

/// FileCheck's complaint, or nothing.
std::string complaint(const fs::path& checks, const std::string& output) {
  std::string name = (fs::temp_directory_path() / "nnc-golden-XXXXXX").string();
  int file = mkstemp(name.data());
  if (file < 0) return "no temporary file";
  std::ofstream(name) << output;
  close(file);
  std::string command = "FileCheck-19 --dump-input=never --input-file=" + name + " " + quoted(checks) + " 2>&1";
  std::string said;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 256> piece{};
  while (pipe != nullptr && fgets(piece.data(), piece.size(), pipe) != nullptr) said += piece.data();
  int status = pipe == nullptr ? -1 : pclose(pipe);
  fs::remove(name);
  return status == 0 ? "" : "FileCheck-19 (package llvm-19-tools): " + said;
}

void check_file(const fs::path& path, const std::string& passes) {
  SCOPED_TRACE(path.string());
  const std::string text = read(path);
  StageValue output = parse_graph(text, path.filename().string());
  try {
    output = run_passes(output, passes_named(setting(text, "passes", passes)), options_of(text));
  } catch (const std::exception& error) {
    output = Graph("none");
    EXPECT_EQ(complaint(path, std::string("error: ") + error.what()), "");
    return;
  }
  const std::string printed = print(output);
  EXPECT_EQ(complaint(path, printed), "") << printed;
  EXPECT_EQ(print(parse_like(output, printed)), printed) << "the text does not read back";
}

void check_folder(const std::string& folder, size_t at_least) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(NNC_SOURCE_DIR) / "tests/golden" / folder)) {
    if (entry.path().extension() == ".nnir") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  EXPECT_GE(files.size(), at_least);
  for (const fs::path& file : files) check_file(file, folder);
}

TEST(Golden, Differentiate) { check_folder("differentiate", 10); }
TEST(Golden, Simplify) { check_folder("simplify", 10); }
TEST(Golden, Lift) { check_folder("lift", 5); }
TEST(Golden, Layout) { check_folder("layout", 10); }
TEST(Golden, Fuse) { check_folder("fuse", 10); }
TEST(Golden, Schedule) { check_folder("schedule", 20); }
TEST(Golden, Vectorize) { check_folder("vectorize", 10); }
TEST(Golden, Poll) { check_folder("poll", 4); }
TEST(Golden, Plan) { check_folder("plan", 10); }
TEST(Golden, Networks) { check_folder("networks", 3); }

}  // namespace
}  // namespace nnc
