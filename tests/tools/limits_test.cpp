// nnc under limits that others set: of memory, of the stack, of patience; and with arithmetic that others have bent.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

/// Functions whose text nests `depth` deep, each in another way.
std::vector<std::string> nested(int depth) {
  return {
      "fn f(x: f32 = 1) -> f32 = " + repeated("(", depth) + "x" + repeated(")", depth) + "\n",
      "fn f(x: f32 = 1) -> f32 = " + repeated("-", depth) + "x\n",
      "fn f(x: f32 = 1) -> f32 = " + repeated("abs(", depth) + "x" + repeated(")", depth) + "\n",
      "fn f(x: f32 = 1) -> f32 = " + repeated("2^", depth) + "x\n",
      "fn f(x: f32 = 1) -> f32 = " + repeated("if true { ", depth * 2 / 3) + "x" +
          repeated(" } else { 0 }", depth * 2 / 3) + "\n",
      "fn f(n: int = 1)(x: f32) -> f32 = " + repeated("if n == 1 { x } else ", depth) + "{ x }\n",
      "fn f(x: f32 = 1) -> f32 {\n" + repeated("for i in 0..1 { ", depth / 2) + "y = x" + repeated(" }", depth / 2) +
          "\nx\n}\n",
  };
}

TEST(Limits, NestingNeedsNoStackOfTheShell) {
  TempFolder folder;
  for (const std::string& text : nested(120)) {
    folder.write("deep.nn", text);
    for (const char* command : {"check deep.nn", "fmt - < deep.nn", "show deep.nn", "dump deep.nn --stage=ast"}) {
      Ended ended = run(folder, command, "ulimit -s 256; ");
      EXPECT_EQ(ended.code, 0) << command << "\n" << text << ended.output.substr(0, 2000);
    }
  }
  folder.write("deep.nn", nested(120)[0]);
  EXPECT_EQ(run(folder, "run deep.nn", "ulimit -s 128; ").output, "1\n");
}

TEST(Limits, DeeperNestingIsRefusedInWords) {
  TempFolder folder;
  for (int depth : {300, 20'000}) {
    for (const std::string& text : nested(depth)) {
      folder.write("deep.nn", text);
      for (const char* command : {"check deep.nn", "fmt - < deep.nn", "run deep.nn"}) {
        Ended ended = run(folder, command, "ulimit -s 512; ");
        EXPECT_TRUE(ended.code == 0 || ended.code == 1) << command << "\n" << text.substr(0, 200) << ended.code;
      }
    }
  }
  // Calls within indices within calls: no level is deep of itself, the way down is.
  std::string parts = "x";
  for (int i = 0; i < 100; ++i) parts = "(" + parts + repeated("[0]", 200) + ")";
  folder.write("deep.nn", "fn f(x: f32[1]) -> f32 = " + parts + "\n");
  Ended ended = run(folder, "check deep.nn");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "E0201")) << ended.output.substr(0, 2000);
  // Functions that each nest deeply and call the one before.
  std::string chain = "fn step0(x: f32) -> f32 = x\n";
  for (int i = 1; i < 62; ++i) {
    chain += "fn step" + std::to_string(i) + "(x: f32) -> f32 = " + repeated("-", 120) + "step" +
             std::to_string(i - 1) + "(" + repeated("-", 120) + "x)\n";
  }
  folder.write("deep.nn", chain);
  for (const char* stack : {"ulimit -s 8192; ", "ulimit -s 256; "}) {
    ended = run(folder, "run deep.nn step61 --x 1", stack);
    EXPECT_TRUE(ended.code == 0 || (ended.code == 1 && says(ended, "E0804")))
        << ended.code << ended.output.substr(0, 2000);
  }
}

TEST(Limits, LongChainsAreNotDeep) {
  TempFolder folder;
  for (int terms : {3'000, 50'000}) {
    folder.write("long.nn", "fn f(x: f32 = 1) -> f32 = x" + repeated(" + x", terms) + "\n");
    for (const char* command : {"check long.nn", "fmt - < long.nn", "dump long.nn --stage=ast", "run long.nn"}) {
      if (terms > 3'000 && command[0] != 'c' && command[0] != 'f')
        continue;  // the columns of a line are counted each time
      Ended ended = run(folder, command, "ulimit -s 256; ");
      EXPECT_EQ(ended.code, 0) << command << ended.output.substr(0, 2000);
    }
  }
}

#if !defined(__SANITIZE_ADDRESS__)  // which reserves terabytes of addresses
TEST(Limits, TooLittleMemoryEndsInWords) {
  TempFolder folder;
  bool enough = false;
  for (int megabytes = 40; megabytes < 1000; megabytes += megabytes < 360 ? 9 : 80) {
    Ended ended =
        run(folder, "train " + xor_file() + " --epochs 2", "ulimit -v " + std::to_string(megabytes * 1000) + "; ");
    bool loaded = !says(ended, "error while loading shared libraries");  // 127: nnc has not begun
    if (!loaded) continue;
    EXPECT_TRUE(ended.code == 0 || ended.code == 5 || ended.code == 3) << megabytes << ": " << ended.output;
    EXPECT_TRUE(ended.code != 3 || says(ended, "error: ")) << megabytes << ": " << ended.output;
    enough = enough || ended.code == 5;  // two epochs do not meet the file's `expect`
  }
  EXPECT_TRUE(enough);
}
#endif

TEST(Limits, ArithmeticIsTheUsualOneWhateverWasLoadedBefore) {
  TempFolder folder;
  std::string rows = "a,b,y\n";
  for (int i = 0; i < 40; ++i) {
    rows += std::to_string(i) + "." + std::to_string(i * 7919 % 1000) + "," + std::to_string(i * i % 13) + "e-3," +
            std::to_string(i % 7) + "\n";
  }
  folder.write("d.csv", rows);
  folder.write("net.nn", R"(
data d = csv("d.csv", split: {train: 0.8, test: 0.2}) { x: f32[2] = standardize(columns("a".."b"))
  y: f32 = minmax(column("y")) }
model net(x: f32[B, 2]) -> f32[B] = x |> dense(8) |> tanh |> dropout(0.1) |> dense(1) |> squeeze
train { data = d.train; test = d.test; batch = 7; epochs = 5; loss = mse(net(x), y); optimizer = adam(cosine(0.01)) }
export fn predict(a: f32[B, 2]) -> f32[B] = net(d.x(a))
)");
  const std::string bent = "ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD='" NNC_PRELOAD "' ";
  ASSERT_EQ(run(folder, "train net.nn --out plain.safetensors").code, 0);
  Ended ended = run(folder, "train net.nn --out bent.safetensors", bent);
  ASSERT_EQ(ended.code, 0) << ended.output;
  EXPECT_EQ(folder.read("bent.safetensors"), folder.read("plain.safetensors"));
  EXPECT_EQ(run(folder, "train net.nn --interp --out bent.safetensors --force", bent + "").code, 0);
  EXPECT_EQ(folder.read("bent.safetensors"), folder.read("plain.safetensors"));
  for (const char* command : {"predict net.nn plain.safetensors d.csv", "eval net.nn plain.safetensors",
                              "explain net.nn --sample 3", "data d.csv", "run net.nn net --x '[[0.1, 0.7]]'"}) {
    EXPECT_EQ(run(folder, command, bent).output, run(folder, command).output) << command;
  }
  // On a stack of its own, which is another thread's.
  EXPECT_EQ(run(folder, "train net.nn --out bent.safetensors --force", "ulimit -s 256; " + bent).code, 0);
  EXPECT_EQ(folder.read("bent.safetensors"), folder.read("plain.safetensors"));
}

/// The milliseconds of the lines that `--time-passes` prints, by what stands behind them.
std::vector<std::pair<double, std::string>> lines_of(const std::string& output) {
  std::vector<std::pair<double, std::string>> found;
  std::istringstream stream(output);
  for (std::string line; std::getline(stream, line);) {
    size_t unit = line.find(" ms  ");
    if (line.starts_with(" ") && unit != std::string::npos) found.emplace_back(std::stod(line), line.substr(unit + 5));
  }
  return found;
}

TEST(Limits, EveryBuildIsTimedAndTheLinesAddUp) {
  TempFolder folder;
  auto before = std::chrono::steady_clock::now();
  Ended ended = run(folder, "train " + xor_file() + " --train.batch 3 --epochs 1 --time-passes");
  double clock = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - before).count();
  for (const char* build : {"train, exactly 3 rows:", "train, up to 3 rows:", "evaluate, up to 3 rows:", "initial, "}) {
    EXPECT_TRUE(says(ended, build)) << build << ended.output;
  }
  double sum = 0, parts = 0, all = 0;
  for (const auto& [milliseconds, what] : lines_of(ended.output)) {
    if (what == "in all") {
      EXPECT_NEAR(parts, milliseconds, 0.01 + 1e-3 * milliseconds) << ended.output;
      sum += milliseconds;
      parts = 0;
    } else if (what.starts_with("frontend (")) {
      all = milliseconds;
    } else if (what == "frontend") {
      sum += milliseconds;
    } else {
      parts += milliseconds;
    }
  }
  EXPECT_NEAR(sum, all, 0.01) << ended.output;
  EXPECT_GT(all, 0);
  EXPECT_LT(all, clock) << ended.output;
}

}  // namespace
}  // namespace nnc
