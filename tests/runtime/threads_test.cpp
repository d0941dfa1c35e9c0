// Training on several threads: the same bits as on one, whatever their number and however little work a kernel has, and
// the same end when it is stopped.
#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include "runtime/step/steps.h"
#include "runtime/step/worker_team.h"
#include "runtime/train/start_state.h"
#include "runtime/weights/weights.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

/// Weights and scores as bits.
std::string trained(SessionOptions options, const int32_t* stop = nullptr, int64_t* steps = nullptr,
                    const std::function<void()>& on_begin = {}) {
  TempFolder folder;
  Session session(std::move(options));
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  request.stop = stop;
  request.on_begin = on_begin;
  const TrainResult result = session.train(request);
  if (steps != nullptr) *steps = result.outcome.steps;
  std::string text;
  auto add = [&](double value) { text += " " + std::to_string(std::bit_cast<uint64_t>(value)); };
  for (const auto& [name, score] : result.scores) {
    text += "\n" + name;
    add(score);
  }
  if (result.weights_file.empty()) return text + result.not_kept;
  for (const auto& [name, tensor] : read_weights(request.out_file).tensors) {
    text += "\n" + name;
    for (double value : tensor.numbers()) add(value);
  }
  return text;
}

SessionOptions options_for(const std::string& file, int64_t threads) {
  SessionOptions options;
  options.file = file;
  options.data_directory = file.ends_with("r1_text.nn") ? "" : test::data_folder();
  options.overrides.train["epochs"] = "1";
  options.threads = threads;
  options.least_shared_work = 0;
  return options;
}

TEST(Threads, EveryExampleHasTheSameWeightsOnAnyNumberOfThem) {
  if (test::data_folder().empty()) GTEST_SKIP() << "skipped: no data";
  int compared = 0;
  for (const char* folder : {"examples", "examples/lectures"}) {
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(NNC_SOURCE_DIR) / folder)) {
      const std::string file = entry.path().string();
      if (entry.path().extension() != ".nn" || read_source(file).find("\ntrain") == std::string::npos) continue;
      const std::string alone = trained(options_for(file, 1));
      for (int64_t threads : {2, 3, 7}) EXPECT_EQ(trained(options_for(file, threads)), alone) << file << threads;
      ++compared;
    }
  }
  EXPECT_GE(compared, 16);
}

/// Layers of this width, so that a step is worth a team as it is.
std::string wide_program(int64_t width, const std::string& train) {
  const std::string w = std::to_string(width);
  return "data d = table { x: f32[2] = [[1, 2], [2, 1], [3, 5], [0, 1]]; y: f32[1] = [[1], [3], [2], [0]] }\n"
         "model net(x: f32[B, 2]) -> f32[B, 1] {\n  x |> dense(" +
         w + ") |> tanh |> dense(" + w +
         ") |> dense(1)\n}\n"
         "train {\n  data = d\n  batch = 4\n  loss = mse(net(x), y)\n  optimizer = adam(0.001)\n" +
         train + "}\n";
}

TEST(Threads, AsManyAsSixteenGiveTheSameWeights) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("p.nn", wide_program(320, "  epochs = 5\n"));
  const std::string alone = trained(options);
  for (int64_t least : {int64_t{0}, options.least_shared_work}) {
    options.least_shared_work = least;
    for (int64_t threads : {2, 3, 4, 7, 8, 16}) {
      options.threads = threads;
      EXPECT_EQ(trained(options), alone) << threads << " threads, at least " << least;
    }
  }
}

TEST(Threads, AStoppedTrainingKeepsExactlyTheStepsThatAllHaveDone) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("p.nn", wide_program(320, "  epochs = 100000\n"));
  options.threads = 3;
  for (int delay : {20, 23, 40, 70}) {
    int32_t stop = 0;
    std::thread later;
    auto stop_soon = [&] {
      later = std::thread([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(delay));
        std::atomic_ref(stop).store(2);
      });
    };
    int64_t steps = 0;
    const std::string stopped = trained(options, &stop, &steps, stop_soon);
    later.join();
    ASSERT_GT(steps, 0);
    SessionOptions counted = options;
    counted.threads = 1;
    counted.overrides.train.erase("epochs");
    counted.overrides.train["steps"] = std::to_string(steps);
    const std::string whole = trained(counted);
    EXPECT_EQ(stopped.substr(stopped.find("\nnet")), whole.substr(whole.find("\nnet"))) << steps << " steps";
  }
}

TEST(Threads, ALossThatIsNotFiniteEndsAllOfThemAtTheSameStep) {
  TempFolder folder;
  SessionOptions options;
  std::string program = wide_program(320, "  epochs = 400\n");
  program.replace(program.find("adam(0.001)"), 11, "sgd(3)");
  options.file = folder.write("p.nn", program);
  int64_t alone = 0, together = 0;
  const std::string expected = trained(options, nullptr, &alone);
  options.threads = 4;
  EXPECT_EQ(trained(options, nullptr, &together), expected);
  EXPECT_EQ(alone, together);
  EXPECT_LT(alone, 400);
}

int64_t threads_of_process() {
  const std::filesystem::directory_iterator all("/proc/self/task");
  return std::distance(begin(all), end(all));
}

TEST(Threads, ATeamThatHasLentItsCoresRunsNoStepTogether) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("p.nn", wide_program(320, "  epochs = 1\n"));
  options.threads = 2;
  Session session(options);
  const BoundProgram& program = session.bind_training();
  const BuildOptions build = session.build_options();
  const Executable step = Executable::build(training_graph(program), build, 4, true);
  StateBlock state = start_state(program, build, step, 0);
  const SplitView split = split_view(session.prepared().data, train_info(program).data, "all");
  Steps steps(step, state, split, settings(program), 0);
  const int64_t before = threads_of_process();
  auto run_some = [&] {
    for (int64_t i = 1; i < 8; ++i) steps.run(split.rows.data(), 4, i, 1);
  };
  build.team->lend_cores();
  run_some();
  EXPECT_EQ(threads_of_process(), before);
  build.team->take_cores_back();
  run_some();
  EXPECT_EQ(threads_of_process(), before + 1);
}

TEST(Threads, EachWorkerOfATeamRunsOnceARun) {
  WorkerTeam team(5);
  std::vector<std::atomic<int>> calls(5);
  std::atomic<int> met = 0;
  for (int run = 1; run <= 200; ++run) {
    team.run([&](int64_t worker, TeamLink& link) {
      ++calls[static_cast<size_t>(worker)];
      ++met;
      link.barrier(&link, worker);
      EXPECT_EQ(met.load(), 5 * run);
      link.barrier(&link, worker);
    });
    for (const std::atomic<int>& each : calls) EXPECT_EQ(each.load(), run);
  }
}

}  // namespace
}  // namespace nnc
