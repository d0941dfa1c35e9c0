#include "runtime/weights/safetensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

Safetensors example() {
  Safetensors contents;
  contents.metadata = {{"program", "mnist.nn"}, {"quote", "a \"b\"\n"}};
  const std::vector<float> weights{1, 2, 3, 4, 5, 6};
  const std::vector<double> mean{0.1, 0.2};
  const std::vector<uint8_t> bytes{1, 2, 3};
  const std::vector<int64_t> step{7};
  contents.tensors.push_back(stored_tensor<uint8_t>("u", StoredElement::u8, {3}, bytes));
  contents.tensors.push_back(stored_tensor<float>("net.dense_0.W", StoredElement::f32, {2, 3}, weights));
  contents.tensors.push_back(stored_tensor<double>("data.x.mean", StoredElement::f64, {2}, mean));
  contents.tensors.push_back(stored_tensor<int64_t>("step", StoredElement::i64, {}, step));
  contents.tensors.push_back(stored_tensor<float>("empty", StoredElement::f32, {0, 4}, {}));
  return contents;
}

TEST(Safetensors, ReadsBackWhatItWrote) {
  TempFolder folder;
  const Safetensors written = example();
  write_safetensors(folder.path("w.safetensors"), written);
  const Safetensors read = read_safetensors(folder.path("w.safetensors"));
  EXPECT_EQ(read.metadata, written.metadata);
  ASSERT_EQ(read.tensors.size(), written.tensors.size());
  for (const StoredTensor& tensor : written.tensors) {
    ASSERT_NE(read.find(tensor.name), nullptr) << tensor.name;
    EXPECT_EQ(*read.find(tensor.name), tensor);
  }
  EXPECT_EQ(to_safetensors(read), to_safetensors(written));
}

TEST(Safetensors, TensorsAreAlignedAndTheHeaderIsPadded) {
  const std::string bytes = to_safetensors(example());
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ(length % 8, 0u);
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const uint64_t begin = entry["data_offsets"][0];
    const uint64_t size = static_cast<uint64_t>(stored_size(*parse_stored_element(entry["dtype"].get<std::string>())));
    EXPECT_EQ(begin % size, 0u) << name;
  }
  EXPECT_EQ(header["step"]["shape"], nlohmann::json::array());
}

TEST(Safetensors, NothingAtAllIsAFileToo) {
  const Safetensors read = parse_safetensors(to_safetensors({}), "w");
  EXPECT_TRUE(read.tensors.empty());
  EXPECT_TRUE(read.metadata.empty());
}

}  // namespace
}  // namespace nnc
