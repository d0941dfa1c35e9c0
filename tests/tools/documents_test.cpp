// The pages that show commands: each is run, and must print what the page says; pictures are drawn again. A page can be
// followed in one folder, and after the others.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
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
    folder_.write(
        "bin.sh",
        "#!/bin/sh\ncase $1 in train|check|run|explain|predict|eval|summary|show|dump|opt|profile) set -- \"$@\" "
        "--target avx2 ;; esac\nexec '" NNC_BINARY "' \"$@\"\n");
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

  /// A file that a command wrote.
  std::string written(const std::string& name) const {
    std::ifstream file(folder_.path(name));
    EXPECT_TRUE(file.good()) << name;
    return joined(lines_of(file));
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

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

bool can_read() {
  const char* data = std::getenv("NNC_DATA");
  return data != nullptr && ::access(data, R_OK) == 0 && __builtin_cpu_supports("avx2");
}

/// Whether a block shows commands as a person types them.
bool shows_commands(const Block& block) { return !block.lines.empty() && block.lines[0].starts_with("$ "); }

/// Runs the blocks of a page that show commands; returns how many there are. README's "./dev" has its own test.
int read_page(const std::string& page, Reader& reader) {
  int read = 0;
  for (const Block& block : blocks_of(page)) {
    if (!shows_commands(block) || block.lines[0].starts_with("$ ./dev ")) continue;
    reader.read(block);
    ++read;
  }
  return read;
}

/// What stands in a picture: numbers within a fiftieth of its width, and all else as it is.
bool same_picture(const std::string& shown, const std::string& drawn) {
  auto number = [](const std::string& text, size_t& at) {
    char* end = nullptr;
    double value = std::strtod(text.c_str() + at, &end);
    at = static_cast<size_t>(end - text.c_str());
    return value;
  };
  auto begins_number = [](const std::string& text, size_t at) {
    return at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0;
  };
  size_t s = 0, d = 0;
  while (s < shown.size() && d < drawn.size()) {
    if (begins_number(shown, s) && begins_number(drawn, d)) {
      const double a = number(shown, s), b = number(drawn, d);
      if (std::fabs(a - b) > std::max(16.0, 0.03 * std::fabs(a))) return false;
    } else if (shown[s++] != drawn[d++]) {
      return false;
    }
  }
  return s == shown.size() && d == drawn.size();
}

/// The command that draws a picture, "nnc … --svg FILE", is the last one above it, in a block or between backticks.
void compare_pictures(const std::string& page, Reader& reader) {
  std::ifstream file(page);
  std::string drawing, command;
  int pictures = 0;
  for (const std::string& line : lines_of(file)) {
    if (const size_t option = line.find(" --svg "); option != std::string::npos) {
      const size_t begin = option + 7;
      drawing = line.substr(begin, line.find_first_of("`) ", begin) - begin);
      const size_t tick = line.rfind('`', option);
      command = tick == std::string::npos ? "" : line.substr(tick + 1, begin + drawing.size() - tick - 1);
    }
    const size_t picture = line.find("](pictures/");
    if (!line.starts_with("![") || picture == std::string::npos) continue;
    const std::string name = line.substr(picture + 11, line.find(')', picture) - picture - 11);
    ASSERT_FALSE(drawing.empty()) << name << ": no command above it draws it";
    if (!command.empty()) reader.output(command);
    std::ifstream shown(NNC_SOURCE_DIR "/docs/pictures/" + name);
    EXPECT_TRUE(same_picture(joined(lines_of(shown)), reader.written(drawing)))
        << "docs/pictures/" << name << " is not what '--svg " << drawing << "' draws";
    drawing.clear();
    ++pictures;
  }
  EXPECT_GE(pictures, 6);
}

TEST(Documents, APictureMayDifferByLittleInItsNumbersOnly) {
  EXPECT_TRUE(same_picture("<a x='100.5'>loss</a>", "<a x='101'>loss</a>"));
  EXPECT_FALSE(same_picture("<a x='100.5'>loss</a>", "<a x='180'>loss</a>"));
  EXPECT_FALSE(same_picture("<a x='100.5'>loss</a>", "<a x='100.5'>lost</a>"));
  EXPECT_FALSE(same_picture("<a x='1'/>", "<a x='1'/><b/>"));
}

TEST(Documents, TheCoursePrintsWhatItShows) {
  if (!can_read()) GTEST_SKIP() << "skipped: no data, or no AVX2, with which the page was printed";
  if (kSanitized) GTEST_SKIP() << "skipped: minutes under a sanitizer, of commands that other tests run there too";
  Reader reader;
  EXPECT_GE(read_page(NNC_SOURCE_DIR "/docs/lectures.md", reader), 20);
  compare_pictures(NNC_SOURCE_DIR "/docs/lectures.md", reader);
}

TEST(Documents, TheCommandsPrintWhatTheyShow) {
  if (!can_read()) GTEST_SKIP() << "skipped: no data, or no AVX2, with which the page was printed";
  Reader reader;
  EXPECT_GE(read_page(NNC_SOURCE_DIR "/docs/commands.md", reader), 16);
}

std::vector<std::string> pages() {
  std::vector<std::string> all{NNC_SOURCE_DIR "/README.md", NNC_SOURCE_DIR "/CONTRIBUTING.md"};
  for (const auto& entry : std::filesystem::directory_iterator(NNC_SOURCE_DIR "/docs")) {
    if (entry.path().extension() == ".md") all.push_back(entry.path().string());
  }
  return all;
}

/// A block is a program, which another test checks; commands, which are run; or one of three that have a test or need
/// none: README's mistake, and the two drawings of the architecture. The Korean course has the blocks of the English
/// one; translation_test.cpp checks it.
TEST(Documents, NoPageShowsWhatNoTestTries) {
  const std::set<std::string> run{NNC_SOURCE_DIR "/README.md", NNC_SOURCE_DIR "/docs/lectures.md",
                                  NNC_SOURCE_DIR "/docs/lectures.ko.md", NNC_SOURCE_DIR "/docs/commands.md"};
  const std::set<std::string> checked{NNC_SOURCE_DIR "/README.md", NNC_SOURCE_DIR "/docs/lectures.md",
                                      NNC_SOURCE_DIR "/docs/lectures.ko.md", NNC_SOURCE_DIR "/docs/language.md"};
  for (const std::string& page : pages()) {
    for (const Block& block : blocks_of(page)) {
      SCOPED_TRACE(page + ":" + std::to_string(block.line));
      if (block.language.starts_with("nn")) {
        EXPECT_TRUE(checked.count(page) != 0) << "a program that no test checks";
      } else if (shows_commands(block)) {
        EXPECT_TRUE(run.count(page) != 0) << "commands that no test runs";
      } else {
        ASSERT_FALSE(block.lines.empty());
        const std::string& line = block.lines[0];
        EXPECT_TRUE(line.starts_with("xor.nn:") || line.starts_with(" file.nn ─") || line.starts_with("worker 0 "))
            << line;
      }
    }
  }
}

/// What `nnc train ARGUMENTS` writes, by its own rule: the program's name, or --out.
std::string weights_of(const std::string& arguments, std::string& program) {
  std::istringstream words(arguments);
  std::string weights;
  words >> program;
  for (std::string word; words >> word;) {
    if (word == "--out") words >> weights;
  }
  return weights.empty() ? std::filesystem::path(program).stem().string() + ".safetensors" : weights;
}

TEST(Documents, NoTwoProgramsWriteTheSameFile) {
  std::map<std::string, std::string> writer;
  auto writes = [&](const std::string& weights, const std::string& program, const std::string& where) {
    auto [first, fresh] = writer.emplace(weights, program);
    EXPECT_TRUE(fresh || first->second == program)
        << where << ": " << program << " writes " << weights << ", as " << first->second << " does";
  };
  for (const auto& entry : std::filesystem::recursive_directory_iterator(NNC_SOURCE_DIR "/examples")) {
    if (entry.path().extension() != ".nn") continue;
    const std::string program = "examples/" + entry.path().lexically_relative(NNC_SOURCE_DIR "/examples").string();
    writes(entry.path().stem().string() + ".safetensors", program, program);
  }
  for (const std::string& page : pages()) {
    for (const Block& block : blocks_of(page)) {
      for (const std::string& line : block.lines) {
        for (const std::string command : {"$ nnc train ", "$ ./dev train "}) {
          if (!line.starts_with(command)) continue;
          std::string program;
          const std::string weights = weights_of(line.substr(command.size()), program);
          writes(weights, program, page + ":" + std::to_string(block.line));
        }
      }
    }
  }
  EXPECT_GE(writer.size(), 25u);
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
  EXPECT_EQ(read_page(page, reader), 1);
}

}  // namespace

}  // namespace nnc
