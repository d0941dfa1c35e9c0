// The pages of docs/ that show commands: each is run, and must print what the page says.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
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

/// A number with a point, as training prints them.
bool decimal(const std::string& word, double& value) {
  char* end = nullptr;
  value = std::strtod(word.c_str(), &end);
  return word.find('.') != std::string::npos && *end == '\0' && end != word.c_str();
}

/// `line` with each decimal that is within 3 % of the one at its place in `shown` written as it is there: another order
/// of a sum moves the last digits of a training. What is exact has its test under tests/lectures.
std::string with_near_numbers(const std::string& shown, const std::string& line) {
  std::string result;
  size_t at = 0;
  std::istringstream words(line), wanted(shown);
  for (std::string word, want; words >> word;) {
    bool both = static_cast<bool>(wanted >> want);
    size_t place = line.find(word, at);
    result += line.substr(at, place - at);
    at = place + word.size();
    double a = 0, b = 0;
    bool near = both && decimal(word, a) && decimal(want, b) && std::fabs(a - b) <= 0.03 * std::fabs(b);
    result += near ? want : word;
  }
  return result + line.substr(at);
}

/// "…" in a line stands for any text.
bool same_line(const std::string& shown, const std::string& found) {
  std::string line = with_near_numbers(shown, found);
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
  EXPECT_TRUE(same_lines({"loss 2.75  …"}, {"loss 2.7489  3 s"}));
  EXPECT_FALSE(same_lines({"loss 2.75"}, {"loss 2.9"}));
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

bool can_read() {
  const char* data = std::getenv("NNC_DATA");
  return data != nullptr && ::access(data, R_OK) == 0 && __builtin_cpu_supports("avx2");
}

/// Runs the blocks of a page that show commands of nnc; returns how many there are.
int read_page(const std::string& page) {
  Reader reader;
  int read = 0;
  for (const Block& block : blocks_of(page)) {
    if (block.lines.empty() || !block.lines[0].starts_with("$ nnc ")) continue;
    reader.read(block);
    ++read;
  }
  return read;
}

TEST(Documents, TheCoursePrintsWhatItShows) {
  if (!can_read()) GTEST_SKIP() << "skipped: no data, or no AVX2, with which the page was printed";
  EXPECT_GE(read_page(NNC_SOURCE_DIR "/docs/lectures.md"), 20);
}

/// Its first program is examples/xor.nn; the mistake is in one letter of it; the rest are commands.
TEST(Documents, TheReadmePrintsWhatItShows) {
  const std::string page = NNC_SOURCE_DIR "/README.md";
  std::ifstream file(NNC_SOURCE_DIR "/examples/xor.nn");
  std::string program = joined(lines_of(file));
  std::vector<Block> blocks = blocks_of(page);
  EXPECT_EQ(joined(blocks.at(0).lines), program);
  Reader reader;
  int runs = 0, mistakes = 0;
  for (Block& block : blocks) {
    if (block.lines.at(0).starts_with("$ ./dev train ")) {
      std::erase_if(block.lines, [](const std::string& line) { return line == "$ ./dev test"; });
      while (block.lines.back().empty()) block.lines.pop_back();
      block.lines[0].replace(2, 5, "nnc");
      for (std::string& line : block.lines) {  // what differs from run to run
        if (line.starts_with("epoch ")) line.replace(line.rfind("  ") + 2, std::string::npos, "…");
        if (line.starts_with("trained ")) line.replace(line.find(" in ") + 4, std::string::npos, "…");
      }
      reader.read(block);
      ++runs;
    }
    if (!block.lines.at(0).starts_with("xor.nn:")) continue;
    std::string wrong = program;
    wrong.replace(wrong.find("f32[hidden, 1]"), 14, "f32[100, 1]");
    EXPECT_EQ(joined(reader.output("cat > xor.nn <<'END'\n" + wrong + "END\nnnc check xor.nn")), joined(block.lines));
    ++mistakes;
  }
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(mistakes, 1);
  if (!can_read()) GTEST_SKIP() << "skipped: no data, or no AVX2";
  EXPECT_EQ(read_page(page), 1);
}

}  // namespace

}  // namespace nnc
