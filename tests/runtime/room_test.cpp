// Saving and reading large weights take no more memory than they must.
#include "runtime/io/room.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "runtime/weights/weights.h"
#include "support/free_memory.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

constexpr int64_t kSide = 2048;  // 16 MB of f32
constexpr int64_t kBytes = kSide * kSide * 4;

/// One variable W, in row-major order or stored the other way round.
StateBlock large_state(bool transposed) {
  Buffer buffer;
  buffer.name = "net.W";
  buffer.role = BufferRole::variable;
  buffer.element = Element::f32;
  buffer.shape = {Dim(kSide), Dim(kSide)};
  buffer.strides = transposed ? std::vector<int64_t>{1, kSide} : std::vector<int64_t>{kSide, 1};
  buffer.offset = 0;
  buffer.bytes = kBytes;
  NestProgram program;
  program.buffers.push_back(buffer);
  program.state_bytes = kBytes;
  StateBlock state(program);
  auto* values = reinterpret_cast<float*>(state.data());
  for (int64_t i = 0; i < kSide * kSide; ++i) values[i] = static_cast<float>(i % 1021);
  return state;
}

int64_t virtual_kilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmSize:") continue;
    int64_t value = 0;
    status >> value;
    return value;
  }
  return 0;
}

/// The exit code of work that may take so many bytes more than the process has; 9 for whatever it throws.
int within(int64_t bytes, const std::function<void()>& work) {
  pid_t child = ::fork();
  if (child == 0) {
    const auto limit = static_cast<rlim_t>(virtual_kilobytes() * 1024 + bytes);
    const struct rlimit both = {limit, limit};
    ::setrlimit(RLIMIT_AS, &both);
    try {
      work();
    } catch (...) {
      ::_exit(9);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(Room, SavingTakesNoMemoryWorthMentioning) {
  TempFolder folder;
  for (bool transposed : {false, true}) {
    const StateBlock state = large_state(transposed);
    const std::string path = folder.path(transposed ? "t" : "w");
    EXPECT_EQ(within(4 << 20, [&] { write_weights(path, SafetensorsSource{{}, tensor_sources(state)}); }), 0);
    EXPECT_EQ(static_cast<int64_t>(std::filesystem::file_size(path)),
              weights_bytes(SafetensorsSource{{}, tensor_sources(state)}));
    const Tensor read = read_weights(path).tensors.at("net.W");
    EXPECT_EQ(read.number(5), transposed ? (5 * kSide) % 1021 : 5);
    EXPECT_EQ(read.number(kSide * kSide - 1), (kSide * kSide - 1) % 1021);
  }
}

TEST(Room, ReadingTakesTheValuesAndOneTensor) {
  TempFolder folder;
  const std::string path = folder.path("w");
  {
    const StateBlock state = large_state(false);
    write_weights(path, SafetensorsSource{{}, tensor_sources(state)});
  }
  EXPECT_EQ(within(3 * kBytes + (8 << 20), [&] { read_weights(path); }), 0);
}

TEST(Room, ALimitOfTheProcessIsSeen) {
  EXPECT_GT(free_memory(), 0);
  EXPECT_EQ(within(64 << 20,
                   [] {
                     if (free_memory() > 64 << 20 || free_memory() < 60 << 20) throw 1;
                   }),
            0);
}

TEST(Room, BothNumbersAreNamed) {
  TempFolder folder;
  const std::string path = folder.path("w");
  require_room(path, 1 << 20, 1 << 20);
  Thrown thrown = thrown_by([&] { require_room(path, 1, INT64_MAX); });
  EXPECT_EQ(thrown.code, ExitCode::system_refused);
  EXPECT_TRUE(
      thrown.contains(path + ": error: cannot write: No space left on device: 9223372036854775807 bytes are needed, "))
      << thrown.message;
  EXPECT_TRUE(thrown.message.ends_with(" are free")) << thrown.message;
  EXPECT_EQ(within(64 << 20,
                   [&] {
                     const struct rlimit both = {1000, 1000};
                     ::setrlimit(RLIMIT_FSIZE, &both);
                     require_room(path, 1000, 1000);
                     Thrown refused = thrown_by([&] { require_room(path, 1001, 1001); });
                     if (!refused.contains("File too large: 1001 bytes are needed, 1000 are allowed")) throw 1;
                   }),
            0);
}

}  // namespace
}  // namespace nnc
