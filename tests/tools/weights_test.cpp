// Row 98 of the table of bad inputs at the command line: weights that hold NaN, with and without --finite.
#include <gtest/gtest.h>

#include <string>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

/// Weights of examples/xor.nn whose every bit is set: NaN.
std::string all_nan() {
  std::string header = R"({"net.W1":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]},)"
                       R"("net.W2":{"dtype":"F32","shape":[4,1],"data_offsets":[32,48]},)"
                       R"("net.b1":{"dtype":"F32","shape":[4],"data_offsets":[48,64]},)"
                       R"("net.b2":{"dtype":"F32","shape":[1],"data_offsets":[64,68]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::string length(8, '\0');
  length[0] = static_cast<char>(header.size() % 256);
  length[1] = static_cast<char>(header.size() / 256);
  return length + header + std::string(68, '\xff');
}

TEST(Weights, Row98NotFiniteAreAWarningOrWithTheFlagAnError) {
  TempFolder folder;
  folder.write("nan.safetensors", all_nan());
  Ended warned = run(folder, "train " + xor_file() + " --epochs 1 --init nan.safetensors");
  EXPECT_EQ(warned.code, 4) << warned.output;
  EXPECT_TRUE(says(warned, "nan.safetensors: warning: weights that are not finite\n")) << warned.output;
  EXPECT_TRUE(says(warned, " note: 'net.W1' holds nan at element 0 (from 0)\n")) << warned.output;
  EXPECT_TRUE(says(warned, "no finite weights are left, nothing is written\n")) << warned.output;
  EXPECT_FALSE(says(warned, "last finite ones")) << warned.output;
  EXPECT_EQ(folder.files(), 1) << "neither weights nor a history";
  for (const char* command : {"run FILE net --x '[[0, 1]]'", "explain FILE net --x '[[0, 1]]'", "explain FILE"}) {
    std::string line = command;
    line.replace(line.find("FILE"), 4, xor_file());
    Ended said = run(folder, line + " --weights nan.safetensors");
    EXPECT_EQ(said.code, 0) << said.output;
    EXPECT_EQ(count(said.output, "nan.safetensors: warning: weights that are not finite\n note: 'net.W1' holds nan"), 1)
        << command << said.output;
  }
  Ended refused =
      run(folder, "train " + xor_file() + " --epochs 1 --init nan.safetensors --finite --out w.safetensors");
  EXPECT_EQ(refused.code, 1) << refused.output;
  EXPECT_TRUE(says(refused, "nan.safetensors: error: weights that are not finite\n")) << refused.output;
  EXPECT_FALSE(std::filesystem::exists(folder.path("w.safetensors")));
}

}  // namespace
}  // namespace nnc
