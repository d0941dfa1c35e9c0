// nnc predict on the 60 000 MNIST training images: the whole command, as a process, against its kernels alone. It may
// take at most 3 × the kernels' time and 100 ms (`of_limit` ≤ 1, the least of the runs).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>

#include "bench/process.h"
#include "runtime/data/byte_stream.h"
#include "runtime/predict/prediction.h"

namespace nnc::bench {
namespace {

namespace fs = std::filesystem;

/// The images unpacked, beside weights of a network after one step.
std::string prepare_folder(const std::string& packed) {
  std::string folder = (fs::temp_directory_path() / "nnc-bench-predict").string();
  fs::create_directories(folder);
  std::ofstream images(folder + "/images", std::ios::binary);
  std::unique_ptr<ByteStream> stream = open_bytes(packed);
  std::vector<std::byte> block(1 << 20);
  for (size_t got = stream->read(block); got > 0; got = stream->read(block)) {
    images.write(reinterpret_cast<const char*>(block.data()), static_cast<std::streamsize>(got));
  }
  SessionOptions options;
  options.file = NNC_SOURCE_DIR "/examples/mnist.nn";
  options.overrides.train["steps"] = "1";
  Session session(options);
  TrainRequest request;
  request.out_file = folder + "/mnist.safetensors";
  session.train(request);
  return folder;
}

void predict_mnist(benchmark::State& state, bool unpacked) {
  const char* data = std::getenv("NNC_DATA");
  if (data == nullptr) return state.SkipWithError("no data: set NNC_DATA");
  std::string packed = std::string(data) + "/mnist/train-images-idx3-ubyte.gz";
  std::string folder = prepare_folder(packed);
  SessionOptions options;
  options.file = NNC_SOURCE_DIR "/examples/mnist.nn";
  PredictRequest request;
  request.weights_file = folder + "/mnist.safetensors";
  request.input = unpacked ? folder + "/images" : packed;
  request.output = folder + "/out.csv";
  request.force = true;
  double whole = std::numeric_limits<double>::infinity(), kernels = whole, processor = whole;
  for (auto unused : state) {
    static_cast<void>(unused);
    ProcessTime time = time_process(
        {NNC_BINARY, "predict", options.file, request.weights_file, request.input, "--out", request.output, "--force"});
    if (!time.done) return state.SkipWithError("the command failed");
    whole = std::min(whole, time.clock);
    processor = std::min(processor, time.processor);
    kernels = std::min(kernels, predict(options, request).kernel_seconds);
  }
  state.counters["kernels_ms"] = kernels * 1e3;
  state.counters["whole_ms"] = whole * 1e3;
  state.counters["cpu_ms"] = processor * 1e3;
  state.counters["of_limit"] = whole / (3 * kernels + 0.1);
  fs::remove_all(folder);
}

BENCHMARK_CAPTURE(predict_mnist, idx, true)->Iterations(5)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(predict_mnist, gz, false)->Iterations(5)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace nnc::bench
