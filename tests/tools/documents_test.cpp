// The pages of docs/ that show commands: each is run, and must print what the page says.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include "tests/tools/run_nnc.h"

namespace nnc {

namespace {

using Lines = std::vector<std::string>;

Lines lines_of(std::istream& text) {
  Lines lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line.substr(0, line.find_last_not_of(' ') + 1));
  return lines;
}

/// What a page shows between two fences.
struct Block {
  int line = 0;
  std::string language;
  Lines lines;
};

std::vector<Block> blocks_of(const std::string& page) {
  std::ifstream file(page);
  EXPECT_TRUE(file.good()) << page;
  std::vector<Block> blocks;
  bool open = false;
  int number = 0;
  for (const std::string& line : lines_of(file)) {
    ++number;
    if (line.starts_with("```")) {
      open = !open;
      if (open) blocks.push_back({number, line.substr(3), {}});
    } else if (open) {
      blocks.back().lines.push_back(line);
    }
  }
  return blocks;
}

/// "…" in a line stands for any text.
bool same_line(const std::string& shown, const std::string& line) {
  static const std::string any = "…";
  size_t at = 0, from = 0;
  for (size_t next; (next = shown.find(any, from)) != std::string::npos; from = next + any.size()) {
    std::string piece = shown.substr(from, next - from);
    size_t found = line.find(piece, at);
    if (found == std::string::npos || (from == 0 && found != 0)) return false;
    at = found + piece.size();
  }
  std::string rest = shown.substr(from);
  return from == 0 ? line == rest : line.size() >= at + rest.size() && line.ends_with(rest);
}

/// A line that is only "…" stands for any lines.
bool same_lines(const Lines& shown, const Lines& found, size_t s = 0, size_t f = 0) {
  for (; s < shown.size(); ++s, ++f) {
    if (shown[s] == "…") {
      for (size_t skip = f; skip <= found.size(); ++skip) {
        if (same_lines(shown, found, s + 1, skip)) return true;
      }
      return false;
    }
    if (f >= found.size() || !same_line(shown[s], found[f])) return false;
  }
  return f == found.size();
}

std::string joined(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// A folder with the examples in it, and an `nnc` for exactly the vectors that the pages were printed with.
class Reader {
 public:
  Reader() {
    EXPECT_EQ(::symlink(NNC_SOURCE_DIR "/examples", folder_.path("examples").c_str()), 0);
    folder_.write("bin.sh",
                  "#!/bin/sh\ncase $1 in plot|data|fmt) ;; *) set -- \"$@\" --target avx2 ;; esac\nexec '" NNC_BINARY
                  "' \"$@\"\n");
    EXPECT_EQ(::mkdir(folder_.path("bin").c_str(), 0700), 0);
    EXPECT_EQ(::rename(folder_.path("bin.sh").c_str(), folder_.path("bin/nnc").c_str()), 0);
    EXPECT_EQ(::chmod(folder_.path("bin/nnc").c_str(), 0700), 0);
  }

  Lines output(const std::string& command) {
    std::string line = "cd '" + folder_.path() + "' && export PATH=\"$PWD/bin:$PATH\" && { " + command + "\n} 2>&1";
    FILE* pipe = popen(line.c_str(), "r");
    std::string text;
    std::array<char, 4096> block{};
    for (size_t got = 0; (got = fread(block.data(), 1, block.size(), pipe)) > 0;) text.append(block.data(), got);
    pclose(pipe);
    std::istringstream stream(text);
    return lines_of(stream);
  }

  /// "$ command", what it prints, "$ command", …
  void read(const Block& block) {
    for (size_t i = 0; i < block.lines.size();) {
      std::string command = block.lines[i].substr(2);
      Lines shown;
      for (++i; i < block.lines.size() && !block.lines[i].starts_with("$ "); ++i) shown.push_back(block.lines[i]);
      Lines found = output(command);
      EXPECT_TRUE(same_lines(shown, found)) << "line " << block.line << ": " << command << "\nthe page shows\n"
                                            << joined(shown) << "but it prints\n"
                                            << joined(found);
    }
  }

 private:
  TempFolder folder_;
};

TEST(Documents, AnEllipsisStandsForAnyTextOrLines) {
  EXPECT_TRUE(same_lines({"a … c", "…", "d"}, {"a b c", "x", "y", "d"}));
  EXPECT_TRUE(same_lines({"in …"}, {"in 3 ms"}));
  EXPECT_FALSE(same_lines({"in …"}, {"on 3 ms"}));
  EXPECT_FALSE(same_lines({"a … c"}, {"a b d"}));
  EXPECT_FALSE(same_lines({"a"}, {"a", "b"}));
}

TEST(Documents, TheCourseShowsTheFilesAsTheyAre) {
  int files = 0;
  for (const Block& block : blocks_of(NNC_SOURCE_DIR "/docs/lectures.md")) {
    if (block.language != "nn" || block.lines.empty()) continue;
    std::string name = block.lines[0].substr(3, block.lines[0].find(" —") - 3);
    std::ifstream file(NNC_SOURCE_DIR "/examples/lectures/" + name);
    ASSERT_TRUE(file.good()) << "line " << block.line << ": " << name;
    EXPECT_EQ(joined(block.lines), joined(lines_of(file))) << "line " << block.line;
    ++files;
  }
  EXPECT_GE(files, 4);
}

TEST(Documents, TheCoursePrintsWhatItShows) {
  const char* data = std::getenv("NNC_DATA");
  if (data == nullptr || ::access(data, R_OK) != 0) GTEST_SKIP() << "skipped: no data";
  if (!__builtin_cpu_supports("avx2")) GTEST_SKIP() << "the page was printed with AVX2";
  Reader reader;
  int read = 0;
  for (const Block& block : blocks_of(NNC_SOURCE_DIR "/docs/lectures.md")) {
    if (block.lines.empty() || !block.lines[0].starts_with("$ ")) continue;
    reader.read(block);
    ++read;
  }
  EXPECT_GE(read, 20);
}

}  // namespace

}  // namespace nnc
