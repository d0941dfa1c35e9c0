// Data of NPY files, from the declaration to the prediction.
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "tests/runtime/npy_bytes.h"
#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

std::string program(const std::string& source, const std::string& x, const std::string& y) {
  return "data d = " + source + " {\n  x: f32[2] = standardize(" + x + ")\n  y: class(2) = " + y +
         "\n}\n"
         "model net(x: f32[B, 2]) -> logit[B, 2] = x |> dense(4) |> relu |> dense(2)\n"
         "train { data = d.train; test = d.test; batch = 2; epochs = 5; seed = 1\n"
         "  loss = cross_entropy(net(x), y); optimizer = adam(0.01); metrics = {accuracy: accuracy(net(x), y)} }\n";
}
const std::string kSplit = "split: {train: 0.75, test: 0.25}, seed: 3)";

/// The same four rows as CSV and as arrays: big-endian in Fortran order, and the int64 of NumPy's labels.
void write_rows(const TempFolder& folder) {
  folder.write("r.csv", "a,b,k\n1,2,0\n3,-4.5,1\n5,6,0\n7,8,1\n");
  folder.write("x.npy", npy_bytes(">f8", "(4, 2)", number_bytes<double>({1, 3, 5, 7, 2, -4.5, 6, 8}, true), true));
  folder.write("y.npy", npy_bytes("<i8", "(4,)", number_bytes<int64_t>({0, 1, 0, 1})));
}

/// The losses and metrics of a training, without the times.
std::string history(const TempFolder& folder, const std::string& name) {
  std::istringstream lines(folder.read(name + ".history.csv"));
  std::string text;
  for (std::string line; std::getline(lines, line);) text += line.substr(0, line.rfind(',')) + "\n";
  return text;
}

TEST(NpyData, TrainsAndPredictsAsTheSameNumbersOfACsv) {
  TempFolder folder;
  write_rows(folder);
  folder.write("n.nn", program("npy(x: \"x.npy\", label: \"y.npy\", " + kSplit, "x", "label"));
  folder.write("c.nn", program("csv(\"r.csv\", " + kSplit, "columns(\"a\", \"b\")", "column(\"k\")"));
  Ended arrays = run(folder, "train n.nn"), rows = run(folder, "train c.nn");
  ASSERT_EQ(arrays.code, 0) << arrays.output;
  ASSERT_EQ(rows.code, 0) << rows.output;
  EXPECT_EQ(history(folder, "n"), history(folder, "c"));
  const std::string wanted = run(folder, "predict c.nn c.safetensors r.csv").output;
  EXPECT_EQ(run(folder, "predict n.nn n.safetensors x.npy").output, wanted);
  folder.write("x.csv", "x_0,x_1\n1,2\n3,-4.5\n5,6\n7,8\n");
  EXPECT_EQ(run(folder, "predict n.nn n.safetensors x.csv").output, wanted);
  EXPECT_TRUE(says(run(folder, "eval n.nn n.safetensors"), "n on d.test: 1 row\n"));
  Ended overwrite = run(folder, "train n.nn --out x.npy --force");
  EXPECT_NE(overwrite.code, 0) << overwrite.output;
}

TEST(NpyData, IsCheckedWithoutItsFiles) {
  TempFolder folder;
  folder.write("n.nn", program("npy(x: \"x.npy\", label: \"y.npy\", " + kSplit, "x", "label"));
  EXPECT_TRUE(says(run(folder, "check n.nn"), "n.nn: no errors"));
}

TEST(NpyData, IsShown) {
  TempFolder folder;
  write_rows(folder);
  Ended file = run(folder, "data x.npy");
  EXPECT_EQ(file.code, 0);
  EXPECT_TRUE(says(file, "x.npy: 4 rows, 1 column\n")) << file.output;
  EXPECT_TRUE(says(file, "f64[2]")) << file.output;
  folder.write("n.nn", program("npy(x: \"x.npy\", label: \"y.npy\", " + kSplit, "x", "label"));
  Ended data = run(folder, "data n.nn");
  EXPECT_TRUE(says(data, "x.npy: 4 rows, 1 column (split: train 3, test 1)\n")) << data.output;
  EXPECT_TRUE(says(data, "y.npy: 4 rows, 1 column (split: train 3, test 1)\n")) << data.output;
  folder.write("big.npy", npy_bytes("<i8", "(2,)", number_bytes<int64_t>({1, 9007199254740993})));
  EXPECT_TRUE(says(run(folder, "data big.npy"), "big.npy: warning: 1 of 2 numbers of type <i8 have more digits"));
}

TEST(NpyData, OneFileIsCalledArrayAndMayHoldAllColumns) {
  TempFolder folder;
  folder.write("all.npy", npy_bytes("<f4", "(3, 3)", number_bytes<float>({1, 2, 0, 3, 4, 1, 5, 6, 0})));
  folder.write("n.nn", program("npy(\"all.npy\", split: {train: 0.6, test: 0.4})", "array[0..2]", "array[2]"));
  Ended ended = run(folder, "train n.nn");
  EXPECT_EQ(ended.code, 0) << ended.output;
}

TEST(NpyData, ArraysOfDifferentLengthsAreAnError) {
  TempFolder folder;
  write_rows(folder);
  folder.write("y.npy", npy_bytes("<i8", "(3,)", number_bytes<int64_t>({0, 1, 0})));
  folder.write("n.nn", program("npy(x: \"x.npy\", label: \"y.npy\", " + kSplit, "x", "label"));
  Ended ended = run(folder, "train n.nn");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "y.npy: error: 3 samples, but 4 in '")) << ended.output;
}

TEST(NpyData, LabelsThatAreNoClassesAreAnError) {
  TempFolder folder;
  write_rows(folder);
  folder.write("n.nn", program("npy(x: \"x.npy\", label: \"y.npy\", " + kSplit, "x", "label"));
  folder.write("y.npy", npy_bytes("<i8", "(4,)", number_bytes<int64_t>({0, 1, 2, 1})));
  Ended far = run(folder, "train n.nn");
  EXPECT_EQ(far.code, 1);
  EXPECT_TRUE(says(far, "n.nn:3:17: error: sample 2 (from 0) of 'label' in '")) << far.output;
  EXPECT_TRUE(says(far, "holds 2: wanted are whole numbers from 0 to 1")) << far.output;
  folder.write("y.npy", npy_bytes("<f4", "(4,)", number_bytes<float>({0, 1, 0.5F, 1})));
  EXPECT_TRUE(says(run(folder, "train n.nn"), "holds 0.5: wanted are whole numbers from 0 to 1"));
}

TEST(NpyData, AnotherShapeThanDeclaredNamesTheFileOfTheArray) {
  TempFolder folder;
  write_rows(folder);
  folder.write("x.npy", npy_bytes("|u1", "(4, 3)", std::string(12, '\1')));
  folder.write("n.nn", program("npy(label: \"y.npy\", x: \"x.npy\", " + kSplit, "x", "label"));
  Ended ended = run(folder, "train n.nn");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "of 'x.npy'")) << ended.output;
}

// The field is a column of its own: what reads the array beside it still gets the array.
TEST(NpyData, AFieldMayBeCalledAsItsArray) {
  TempFolder folder;
  folder.write("x.npy", npy_bytes("|u1", "(2,)", std::string("\0\4", 2)));
  folder.write("n.nn",
               "data d = npy(x: \"x.npy\") {\n  x: f32 = standardize(x)\n  z: f32 = x / 4\n}\n"
               "model net(x: f32[B]) -> f32[B] {\n  param w: f32 = ones\n  x * w\n}\n"
               "train { data = d; batch = 2; epochs = 1; loss = mse(net(x), z); optimizer = sgd(0.001)\n"
               "  metrics = {x: mean(x), z: mean(z)} }\n");
  Ended ended = run(folder, "train n.nn");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "train.x 0\n")) << ended.output;
  EXPECT_TRUE(says(ended, "train.z 0.5\n")) << ended.output;
}

}  // namespace
}  // namespace nnc
