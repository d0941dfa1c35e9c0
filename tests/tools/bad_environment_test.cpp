// Rows 24, 25, 117, 118, 122–124 and 126 of the table of bad inputs: paths, disks, limits and kernels as they can be.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <span>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

void copy_example(const TempFolder& folder, const std::string& to) {
  std::filesystem::copy(NNC_SOURCE_DIR "/examples/xor.nn", folder.path(to));
}

/// A program of 100 x 300 weights, 120 KB of them, that reads a CSV file.
void write_large(const TempFolder& folder, const std::string& data_path) {
  std::string header = "y", row = "1";
  for (int i = 0; i < 100; ++i) {
    header += ",c" + std::to_string(i);
    row += "," + std::to_string(i % 7);
  }
  folder.write("d.csv", header + "\n" + row + "\n" + row + "\n");
  folder.write("large.nn",
               "data d = csv(\"" + data_path +
                   "\") { x: f32[100] = columns(\"c0\"..\"c99\")\n y: f32 = column(\"y\") }\n"
                   "model net(x: f32[B, 100]) -> f32[B] = x |> dense(300) |> tanh |> dense(1) |> squeeze\n"
                   "train { data = d; batch = 2; epochs = 3\n loss = mean((net(x) - y)^2)\n optimizer = sgd(1e-4) }\n");
}

TEST(BadEnvironment, Row24DataThatIsNoFileIsNotRead) {
  TempFolder folder;
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  std::filesystem::create_directory(folder.path("folder"));
  for (const char* odd : {"pipe", "folder", "/dev/zero"}) {
    write_large(folder, odd);
    for (const char* command : {"train", "check", "data"}) {
      Ended ended = run(folder, std::string(command) + " large.nn", "timeout 20 ");
      EXPECT_EQ(ended.code, 1) << command << odd << ended.output;
      EXPECT_TRUE(says(ended, odd)) << ended.output;
      EXPECT_TRUE(says(ended, "not a regular file") || says(ended, "no file whose name"))
          << command << odd << ended.output;
    }
  }
}

TEST(BadEnvironment, Row25PathsOfAllBytes) {
  TempFolder folder;
  write_large(folder, "d.csv");
  for (std::string name : {"a b", "it's \"q\"", "a\nb", "\xff\xfe", "\x1b[31mred"}) {
    folder.write("name", name);
    std::filesystem::create_directory(folder.path(name));
    std::filesystem::copy(folder.path("large.nn"), folder.path(name + "/n" + name + ".nn"));
    std::filesystem::copy(folder.path("d.csv"), folder.path(name + "/d.csv"));
    Ended ended = run(folder, "train \"$(cat name)/n$(cat name).nn\" --out \"$(cat name)/w.safetensors\"");
    EXPECT_EQ(ended.code, 0) << name << ended.output;
    EXPECT_TRUE(std::filesystem::exists(folder.path(name + "/w.safetensors"))) << name;
    EXPECT_EQ(run(folder, "check large.nn --data \"$(cat name)\"").code, 0) << name;
    ended = run(folder, "train \"$(cat name)/missing.nn\"");
    EXPECT_EQ(ended.code, 3);
    EXPECT_FALSE(says(ended, "\x1b") || says(ended, "\xff") || count(ended.output, "\n") > 1) << ended.output;
  }
  write_large(folder, "a\\nb c.csv");
  folder.write("a\nb c.csv", folder.read("d.csv"));
  EXPECT_EQ(run(folder, "check large.nn").code, 0);
  Ended ended = run(folder, "train large.nn", "rm a*c.csv; ");
  EXPECT_TRUE(says(ended, "a\\x0Ab c.csv: error: cannot find the data")) << ended.output;
}

TEST(BadEnvironment, Row25WhatTheRunPrintsCanBeTypedAgain) {
  TempFolder folder;
  for (std::string name : {"a b", "it's \"q\"", "a\nb", "\xff\xfe", "\x1b[31mred", "$(x) `y`"}) {
    folder.write("name", name);
    copy_example(folder, name + ".nn");
    Ended ended = run(folder, "train \"$(cat name).nn\" --epochs 20 --out \"$(cat name).safetensors\"");
    EXPECT_FALSE(says(ended, "\x1b") || says(ended, "\xff")) << ended.output;
    for (const char* line : {"weights: ", "history: ", "next: nnc eval "}) EXPECT_TRUE(says(ended, line)) << line;
    size_t next = ended.output.find("next: nnc ") + 10;
    std::string again = ended.output.substr(next, ended.output.find('\n', next) - next);
    folder.write("again", "'" NNC_BINARY "' " + again + "\n");
    Ended typed = run(folder, "--version; bash again");
    EXPECT_EQ(typed.code, 0) << again << typed.output;
    EXPECT_FALSE(says(run(folder, "check \"$(cat name).nn\""), "\x1b"));
  }
}

TEST(BadEnvironment, Row117OutputsThatLeadNowhere) {
  TempFolder folder;
  copy_example(folder, "xor.nn");
  Ended ended = run(folder, "train xor.nn --out loop", "ln -s back loop; ln -s loop back; ");
  EXPECT_EQ(ended.code, 3) << ended.output;
  EXPECT_TRUE(says(ended, "loop: error: cannot write: Too many levels of symbolic links")) << ended.output;
  for (const char* command :
       {"train xor.nn --init loop", "predict xor.nn loop", "check loop", "data loop", "fmt loop"}) {
    ended = run(folder, command);
    EXPECT_EQ(ended.code, 3) << command << ended.output;
    EXPECT_TRUE(says(ended, "loop: error: ") && says(ended, "Too many levels of symbolic links")) << ended.output;
  }
  ended = run(folder, "train xor.nn --out /dev/stdout | cat");
  EXPECT_TRUE(says(ended, "/dev/stdout: error: cannot write: not a regular file but a pipe")) << ended.output;
  ended = run(folder, "train xor.nn --out /dev/stdout > file; cat file");
  EXPECT_TRUE(says(ended, "/dev/stdout: error: cannot write: standard output goes there already")) << ended.output;
  ended = run(folder, "train xor.nn --out /dev/null");
  EXPECT_TRUE(says(ended, "/dev/null: error: cannot write: not a regular file but a device")) << ended.output;
}

TEST(BadEnvironment, Row117WhatCannotBeWrittenIsFoundBeforeTraining) {
  TempFolder folder;
  copy_example(folder, "xor.nn");
  // /proc and /sys take no files, not even root's.
  for (const char* place : {"/proc/w.safetensors", "/sys/w.safetensors"}) {
    Ended ended = run(folder, "train xor.nn --out " + std::string(place) + " --epochs 1000000000");
    EXPECT_EQ(ended.code, 3) << ended.output;
    EXPECT_TRUE(says(ended, std::string(place) + ": error: cannot write: ")) << ended.output;
    EXPECT_FALSE(says(ended, "epoch ")) << ended.output;
  }
  if (::geteuid() == 0) return;  // root writes everywhere else
  std::filesystem::create_directory(folder.path("sealed"));
  ::chmod(folder.path("sealed").c_str(), 0500);
  EXPECT_EQ(run(folder, "train ../xor.nn", "cd sealed; ").code, 3);
}

// A limit on the size of files stands for the full disk: in units of 512 or 1024 bytes, by the shell.
TEST(BadEnvironment, Row118AFullDiskLeavesTheOldFiles) {
  TempFolder folder;
  write_large(folder, "d.csv");
  ASSERT_EQ(run(folder, "train large.nn").code, 0);
  std::string weights = folder.read("large.safetensors"), history = folder.read("large.history.csv");
  int files = folder.files();
  Ended ended = run(folder, "train large.nn --seed 5", "ulimit -f 8; ");
  EXPECT_EQ(ended.code, 3) << ended.output;
  EXPECT_TRUE(says(ended, "large.safetensors: error: cannot write: File too large: 12")) << ended.output;
  EXPECT_TRUE(says(ended, " bytes are needed, ") && says(ended, " are allowed")) << ended.output;
  EXPECT_FALSE(says(ended, "epoch ")) << "found before the first step: " << ended.output;
  EXPECT_EQ(folder.read("large.safetensors"), weights);
  EXPECT_EQ(folder.read("large.history.csv"), history);
  EXPECT_EQ(folder.files(), files) << "no temporary file is left";
}

/// For shell lines: waits until a command says yes, a minute at most.
constexpr const char* kWaitFor =
    "wait_for() { n=0; until \"$@\" || [ $n -gt 1200 ]; do n=$((n + 1)); sleep 0.05; done; }\n";

/// Shell lines in a folder with a file system of its own at `disk`, which holds so much. They end with the code that is
/// returned; 99 means that this machine gives no such thing.
Ended on_small_disk(const TempFolder& folder, int kilobytes, const std::string& lines) {
  std::filesystem::create_directory(folder.path("disk"));
  folder.write("lines", "mount -t tmpfs -o size=" + std::to_string(kilobytes) +
                            "k none disk || exit 99\nNNC='" NNC_BINARY "'\n" + kWaitFor + lines);
  return run(folder, "--version > /dev/null; unshare -rm true || exit 99; unshare -rm sh lines");
}

TEST(BadEnvironment, Row118ADiskThatIsFull) {
  TempFolder folder;
  write_large(folder, "d.csv");
  Ended ended = on_small_disk(folder, 512, R"(
cp large.nn d.csv disk; cd disk
$NNC train large.nn > /dev/null || exit 98
cp large.safetensors large.history.csv ..
cat /dev/zero > filler 2> /dev/null
$NNC train large.nn --seed 5 --epochs 1000000000; echo "at the start: $?"
truncate -s -40000 filler
$NNC train large.nn --seed 5 --epochs 1000000000; echo "not enough for the weights: $?"
cmp large.safetensors ../large.safetensors && cmp large.history.csv ../large.history.csv && echo kept
ls -A | wc -l)");
  if (ended.code == 99) GTEST_SKIP() << "skipped: no file systems of one's own here: " << ended.output;
  EXPECT_TRUE(says(ended, "at the start: 3\n")) << ended.output;
  EXPECT_TRUE(says(ended, "not enough for the weights: 3\n")) << ended.output;
  EXPECT_TRUE(says(ended, " on device: at least 4096 bytes are needed, 0 are free\n")) << ended.output;
  EXPECT_TRUE(says(ended, " on device: 12")) << "of the whole file: " << ended.output;
  EXPECT_EQ(count(ended.output, " are free\n"), 2) << ended.output;
  EXPECT_EQ(count(ended.output, "large.safetensors: error: cannot write: No space left on device"), 2) << ended.output;
  EXPECT_TRUE(says(ended, "kept\n5\n")) << "two inputs, two outputs and the filler: " << ended.output;
}

// What changes while the run goes on is not lost: the weights go beside, or to the current folder.
TEST(BadEnvironment, Row118ADiskThatFillsDuringTheRun) {
  TempFolder folder;
  write_large(folder, "d.csv");
  Ended ended = on_small_disk(folder, 512, R"(
$NNC train large.nn --out disk/w.safetensors --log steps.csv --epochs 1000000000 > out 2>&1 & pid=$!
wait_for test -s steps.csv
cat /dev/zero > disk/filler 2> /dev/null
kill -INT $pid; wait $pid; echo "code $?"; cat out; ls -A disk | wc -l
$NNC eval large.nn w.saved.safetensors)");
  if (ended.code == 99) GTEST_SKIP() << "skipped: no file systems of one's own here: " << ended.output;
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "code 3\n")) << ended.output;
  EXPECT_TRUE(says(ended, "disk/w.safetensors: error: cannot write: No space left on device: 12")) << ended.output;
  EXPECT_TRUE(says(ended, " bytes are needed, 0 are free\n")) << ended.output;
  EXPECT_TRUE(says(ended, " note: the weights are kept all the same, in 'w.saved.safetensors'\n")) << ended.output;
  EXPECT_TRUE(says(ended, "\nhistory: w.saved.history.csv\n")) << ended.output;
  EXPECT_TRUE(says(ended, "\n1\n")) << "nothing but the filler is left there: " << ended.output;
}

TEST(BadEnvironment, Row118ALogLeavesRoomForTheWeights) {
  TempFolder folder;
  write_large(folder, "d.csv");
  Ended ended = on_small_disk(folder, 512, R"(
$NNC train large.nn --out disk/w.safetensors --log disk/steps.csv --epochs 1000000000 > out 2>&1 & pid=$!
wait_for grep -q "ends here" out
kill -INT $pid; wait $pid; echo "code $?"; cat out
$NNC eval large.nn disk/w.safetensors)");
  if (ended.code == 99) GTEST_SKIP() << "skipped: no file systems of one's own here: " << ended.output;
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "code 130\n")) << ended.output;
  EXPECT_TRUE(says(ended, "disk/steps.csv: warning: the log may take 20000000000 bytes, ")) << ended.output;
  EXPECT_TRUE(says(ended, "weights: disk/w.safetensors\n")) << ended.output;
}

TEST(BadEnvironment, Row118AFolderThatGoesDuringTheRun) {
  TempFolder folder;
  copy_example(folder, "xor.nn");
  folder.write("lines", std::string(kWaitFor) + R"(mkdir sub
"$NNC" train xor.nn --out sub/w.safetensors --log steps.csv --epochs 1000000000000 > out 2>&1 & pid=$!
wait_for test -s steps.csv
rm -r sub; kill -INT $pid; wait $pid; echo "code $?"; cat out
)");
  Ended ended = run(folder, "--version; NNC='" NNC_BINARY "' sh lines");
  EXPECT_TRUE(says(ended, "code 3\n")) << ended.output;
  EXPECT_TRUE(says(ended, "sub/w.safetensors: error: cannot write: No such file or directory\n")) << ended.output;
  EXPECT_TRUE(says(ended, " in 'w.saved.safetensors'\n")) << ended.output;
  EXPECT_EQ(run(folder, "eval xor.nn w.saved.safetensors").code, 0);
}

// A folder stands where the weights were to go.
TEST(BadEnvironment, Row118APlaceThatIsTakenDuringTheRun) {
  TempFolder folder;
  copy_example(folder, "xor.nn");
  std::filesystem::create_directory(folder.path("sub"));
  folder.write("lines", std::string(kWaitFor) + R"(
"$NNC" train xor.nn --out sub/w.safetensors --log steps.csv --epochs 1000000000000 > out 2>&1 & pid=$!
wait_for test -s steps.csv
mkdir sub/w.safetensors; kill -INT $pid; wait $pid; echo "code $?"; cat out
)");
  Ended ended = run(folder, "--version; NNC='" NNC_BINARY "' sh lines");
  EXPECT_TRUE(says(ended, "code 3\n")) << ended.output;
  EXPECT_TRUE(says(ended, " in 'sub/w.saved.safetensors'\n")) << "beside is the next best: " << ended.output;
}

TEST(BadEnvironment, Row118TheDiskIsAskedForEveryFileOfTheSeeds) {
  TempFolder folder;
  write_large(folder, "d.csv");
  // Two files of 124 kB, a third while one is replaced, and the locks of the runs at hand, which take a block each.
  Ended ended = on_small_disk(folder, 416, R"(
cp large.nn d.csv disk; cd disk
$NNC train large.nn --seeds 4 --epochs 1000000000; echo "code $?"
$NNC train large.nn --seeds 2; echo "fits $?"
$NNC train large.nn --seeds 2; echo "replaces $?")");
  if (ended.code == 99) GTEST_SKIP() << "skipped: no file systems of one's own here: " << ended.output;
  EXPECT_TRUE(says(ended, "code 3\n")) << ended.output;
  EXPECT_TRUE(says(ended, "large.seed0.safetensors: error: cannot write: No space left on device: 49")) << ended.output;
  EXPECT_TRUE(says(ended, "fits 0\n")) << ended.output;
  EXPECT_TRUE(says(ended, "replaces 0\n")) << ended.output;
}

#if !defined(__SANITIZE_ADDRESS__)  // which reserves terabytes of addresses
TEST(BadEnvironment, Row121TooLittleMemoryIsFoundBeforeTheFirstStep) {
  TempFolder folder;
  folder.write("huge.nn",
               "data d = table { x: f32 = [1, 2]\n y: f32 = [1, 2] }\n"
               "model net(x: f32[B]) -> f32[B] { param w: f32[20000, 20000] = zeros\n x + sum(w) }\n"
               "train { data = d; batch = 2; epochs = 1\n loss = mse(net(x), y)\n optimizer = sgd(0) }\n");
  Ended ended = run(folder, "train huge.nn", "ulimit -v 2000000; ");
  EXPECT_EQ(ended.code, 3) << ended.output;
  EXPECT_TRUE(says(ended, "error: no memory: ") && says(ended, " bytes are needed") && says(ended, " are free"))
      << ended.output;
  EXPECT_FALSE(says(ended, "epoch ")) << ended.output;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_EQ(entry.path().filename(), "huge.nn");
  }
}
#endif

// 25 MB of weights under one limit after the other: refused before the first step, or trained and saved.
TEST(BadEnvironment, Row121WhatTrainsUnderALimitIsSavedUnderIt) {
  TempFolder folder;
  folder.write("wide.nn",
               "data d = table { x: f32 = [1, 2]\n y: f32 = [1, 2] }\n"
               "model net(x: f32[B]) -> f32[B] { param w: f32[2500, 2500] = zeros\n x + sum(w) }\n"
               "train { data = d; batch = 2; epochs = 1\n loss = mse(net(x), y)\n optimizer = sgd(1e-9) }\n");
  int refused = 0, saved = 0;
  for (int limit = 120'000; limit <= 480'000; limit += 15'000) {
    Ended ended = run(folder, "train wide.nn", "ulimit -v " + std::to_string(limit) + "; ");
    bool began = says(ended, "epoch ");
    EXPECT_EQ(began, ended.code == 0) << limit << ended.output;
    EXPECT_EQ(began, std::filesystem::remove(folder.path("wide.safetensors"))) << limit << ended.output;
    ++(began ? saved : refused);
  }
  EXPECT_GT(refused, 0);
}

TEST(BadEnvironment, Row118AFullDiskTakesOnlyTheLog) {
  TempFolder folder;
  copy_example(folder, "xor.nn");
  Ended ended = on_small_disk(folder, 16, "$NNC train xor.nn --log disk/steps.csv");
  if (ended.code == 99) GTEST_SKIP() << "skipped: no file systems of one's own here: " << ended.output;
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended,
                   "disk/steps.csv: warning: the log could not be written and ends here: No space left on "
                   "device: at least "))
      << ended.output;
  EXPECT_TRUE(says(ended, "disk/steps.csv: warning: the log may take 100000 bytes, 1")) << "said at the start, too";
  EXPECT_TRUE(says(ended, "trained 5000 epochs")) << ended.output;
  EXPECT_GT(folder.read("xor.history.csv").size(), 1000u);
}

TEST(BadEnvironment, Row118ADiskThatIsFullAtTheStartTakesOnlyTheLog) {
  TempFolder folder;
  copy_example(folder, "xor.nn");
  Ended ended = on_small_disk(folder, 16, R"(
cat /dev/zero > disk/filler 2> /dev/null
$NNC train xor.nn --log disk/steps.csv; echo "code $?"; ls -A disk
$NNC train xor.nn --log disk/steps.csv --seeds 2 --epochs 20 > /dev/null 2>&1; echo "seeds $?")");
  if (ended.code == 99) GTEST_SKIP() << "skipped: no file systems of one's own here: " << ended.output;
  EXPECT_TRUE(says(ended, "code 0\nfiller\n")) << ended.output;
  EXPECT_TRUE(says(ended, "trained 5000 epochs")) << ended.output;
  EXPECT_TRUE(says(ended,
                   "disk/steps.csv: warning: cannot write: No space left on device: at least 4096 bytes are "
                   "needed, 0 are free: there is no log, the training goes on\n"))
      << ended.output;
  EXPECT_TRUE(says(ended, "seeds 5\n")) << "the 'expect' of so short a training: " << ended.output;
  ended = run(folder, "train xor.nn --log missing/steps.csv");
  EXPECT_EQ(ended.code, 3) << "a name that is wrong is told before hours of work: " << ended.output;
}

TEST(BadEnvironment, Row118TheLossOfLogAndHistoryStopsNoTraining) {
  TempFolder folder;
  copy_example(folder, "xor.nn");
  Ended ended = run(folder, "train xor.nn --log steps.csv", "ulimit -f 8; ");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "steps.csv: warning: the log could not be written and ends here: File too large: at least "))
      << ended.output;
  EXPECT_TRUE(says(ended, "xor.history.csv: warning: cannot write: File too large: ")) << ended.output;
  EXPECT_EQ(count(ended.output, " are allowed"), 2) << ended.output;
  EXPECT_TRUE(says(ended, "trained 5000 epochs")) << ended.output;
  EXPECT_GT(folder.read("xor.safetensors").size(), 300u);
  // With a log on a full device from the start.
  ended = run(folder, "train xor.nn --log /dev/full");
  EXPECT_NE(ended.code, 70) << ended.output;
}

TEST(BadEnvironment, Row122SmallStacksAndFewDescriptors) {
  TempFolder folder;
  write_large(folder, "d.csv");
#ifdef __SANITIZE_ADDRESS__
  const char* few = "ulimit -n 16; ";  // UBSan opens pipes to look at memory
#else
  const char* few = "ulimit -n 8; ";
#endif
  for (const char* limit : {"ulimit -s 256; ", few}) {
    for (const char* command : {"check", "train"}) {
      Ended ended = run(folder, std::string(command) + " large.nn", limit);
      EXPECT_EQ(ended.code, 0) << limit << command << ended.output;
    }
  }
  Ended ended = run(folder, "train large.nn", "ulimit -n 3; ");  // not even the loader can open a library
  EXPECT_NE(ended.code, 70) << ended.output;
}

TEST(BadEnvironment, Row123CodeThatTheMachineDoesNotRun) {
  TempFolder folder;
  copy_example(folder, "xor.nn");
#ifdef __x86_64__
  const char* foreign = "neon";
#else
  const char* foreign = "avx2";
#endif
  Ended ended = run(folder, "train xor.nn --target " + std::string(foreign));
  EXPECT_EQ(ended.code, 3) << ended.output;
  EXPECT_TRUE(says(ended, "nnc: error: --target " + std::string(foreign) + " needs a machine")) << ended.output;
  EXPECT_TRUE(says(ended, "--interp")) << ended.output;
  EXPECT_FALSE(std::filesystem::exists(folder.path("xor.safetensors")));
  EXPECT_EQ(run(folder, "train xor.nn --interp --target " + std::string(foreign)).code, 0);
  EXPECT_EQ(run(folder, "dump xor.nn --stage=asm --target " + std::string(foreign)).code, 0);
  // avx512 runs here or is refused in words, and never ends by a signal.
  ended = run(folder, "train xor.nn --target avx512");
  EXPECT_TRUE(ended.code == 0 || (ended.code == 3 && says(ended, "needs a machine"))) << ended.output;
}

bool set_filter(std::span<sock_filter> filter) {
  sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// From here on the kernel refuses to make memory executable.
bool deny_executable_memory() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mprotect, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  return set_filter(filter);
}

/// As a network's file system without a lock service.
bool deny_locks() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_flock, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOLCK),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  return set_filter(filter);
}

/// `nnc train xor.nn FLAG` under that kernel; 99 where the filter cannot be set.
Ended train_denied(const TempFolder& folder, const char* flag, bool (*deny)() = deny_executable_memory) {
  pid_t child = ::fork();
  if (child == 0) {
    int out = ::open(folder.path("out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    bool ready = ::chdir(folder.path().c_str()) == 0 && ::dup2(out, 1) == 1 && ::dup2(out, 2) == 2 && deny();
    if (ready) ::execl(NNC_BINARY, "nnc", "train", "xor.nn", flag, nullptr);
    ::_exit(99);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), folder.read("out")};
}

TEST(BadEnvironment, Row129AFileSystemWithoutLocks) {
  TempFolder folder;
  copy_example(folder, "xor.nn");
  folder.write(".xor.safetensors.1-0.tmp", "of another machine, perhaps");
  Ended ended = train_denied(folder, "--seed=7", deny_locks);
  if (ended.code == 99) GTEST_SKIP() << "skipped: no seccomp filters here";
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_EQ(count(ended.output, "xor.safetensors: warning: its file system has no locks"), 1) << ended.output;
  EXPECT_TRUE(std::filesystem::exists(folder.path("xor.safetensors")));
  EXPECT_TRUE(std::filesystem::exists(folder.path(".xor.safetensors.1-0.tmp"))) << "nobody knows whose it is";
  EXPECT_FALSE(std::filesystem::exists(folder.path(".xor.safetensors.lock")));
}

TEST(BadEnvironment, Row124AKernelThatDeniesExecutableMemory) {
  TempFolder folder;
  copy_example(folder, "xor.nn");
  Ended ended = train_denied(folder, "--seed=7");
  if (ended.code == 99) GTEST_SKIP() << "skipped: no seccomp filters here";
  EXPECT_EQ(ended.code, 3) << ended.output;
  EXPECT_TRUE(says(ended, "nnc: error: cannot ")) << ended.output;
  EXPECT_TRUE(says(ended, "--interp")) << ended.output;
  EXPECT_FALSE(says(ended, "LLVM")) << ended.output;
  EXPECT_FALSE(std::filesystem::exists(folder.path("xor.safetensors")));
  EXPECT_EQ(train_denied(folder, "--interp").code, 0);
}

TEST(BadEnvironment, Row126VariablesThatAreUnsetOrNonsense) {
  TempFolder folder;
  copy_example(folder, "xor.nn");
  ASSERT_EQ(run(folder, "train xor.nn --out plain.safetensors").code, 0);
  // The metadata names no path, so the files are equal but for nothing.
  for (const char* environment :
       {"env -i ", "HOME=/nowhere TMPDIR=/nowhere ", "HOME= TMPDIR= LC_ALL=xx_YY.bogus LANG=% ", "LC_ALL=de_DE.UTF-8 ",
        "LC_ALL=tr_TR.UTF-8 ", "NNC_DATA=/nowhere TERM= "}) {
    Ended ended = run(folder, "train xor.nn", environment);
    EXPECT_EQ(ended.code, 0) << environment << ended.output;
    EXPECT_EQ(folder.read("xor.safetensors"), folder.read("plain.safetensors")) << environment;
  }
  Ended ended = run(folder, "train ../xor.nn", "mkdir gone; cd gone; rmdir ../gone; ");
  EXPECT_EQ(ended.code, 3) << "the working folder is deleted: " << ended.output;
  EXPECT_TRUE(says(ended, "No such file or directory")) << ended.output;
}

}  // namespace
}  // namespace nnc
