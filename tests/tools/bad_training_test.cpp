// Rows 29, 44, 46 and 54–56 of the table of bad inputs: targets, labels and losses that tell of a mistake.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/tools/idx_text.h"
#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

/// A program of one weight over a table, trained row by row in the order of the table.
std::string line_program(const std::string& y, const std::string& loss) {
  return "data d = table { x: f32 = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n y: f32 = [" + y +
         "] }\n"
         "model net(x: f32[B]) -> f32[B] { param w: f32 = ones\n x * w }\n"
         "train { data = d; batch = 1; epochs = 1; shuffle = false\n loss = " +
         loss + "\n optimizer = sgd(1e-9) }\n";
}

// Parameters a_b and a, and b of a layer that is called a_b; a model and layers with words of C.
TEST(BadTraining, Row29NamesThatWouldClash) {
  TempFolder folder;
  folder.write("a.nn",
               "data d = table { x: f32[2] = [[0, 1], [1, 0]]\n y: f32[2] = [[1, 0], [0, 1]] }\n"
               "layer a_b(x: f32[B, 2]) { param b: f32[2] = ones\n x * b }\n"
               "layer main(x: f32[B, 2]) { param b_W: f32[2] = ones\n b = dense(2)\n (x |> b) * b_W }\n"
               "model double(x: f32[B, 2]) -> f32[B, 2] { param a: f32[2] = zeros\n param a_b_0: f32[2] = zeros\n"
               " param main_0: f32 = ones\n (x |> a_b |> main) * main_0 + a_b_0 + a }\n"
               "train { data = d\n batch = 2\n epochs = 3\n loss = mse(double(x), y) }\n");
  Ended ended = run(folder, "train a.nn");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_EQ(run(folder, "train a.nn --interp --out b.safetensors").code, 0);
  EXPECT_EQ(folder.read("a.safetensors"), folder.read("b.safetensors"));
  for (const char* path :
       {"double.a", "double.a_b_0", "double.main_0", "double.a_b_0.b", "double.main_0.b_W", "double.main_0.b.W"}) {
    EXPECT_EQ(count(folder.read("a.safetensors"), "\"" + std::string(path) + "\":"), 1) << path;
  }
}

TEST(BadTraining, Row46EpochsWithoutAnEndStopWhenAsked) {
  TempFolder folder;
  Ended ended = run(folder, "train " + xor_file() +
                                " --epochs 1000000000000000000 --log l.csv > out & pid=$!; "
                                "until [ -s l.csv ]; do sleep 0.05; done; kill -INT $pid; wait $pid");
  EXPECT_EQ(ended.code, 130) << ended.output;
  EXPECT_TRUE(std::filesystem::exists(folder.path("xor.safetensors")));
}

TEST(BadTraining, Row44AWarningIsSaidOnce) {
  TempFolder folder;
  std::string program = line_program("2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2", "mean((net(x) - y)^2)");
  program.replace(program.find("1e-9"), 4, "0");
  folder.write("a.nn", program);
  for (const char* command : {"check", "train", "summary"}) {
    Ended ended = run(folder, std::string(command) + " a.nn");
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(count(ended.output, "warning[W0917]"), 1) << command << ended.output;
  }
}

TEST(BadTraining, Row56ASpikeIsNamedOnceWithItsStep) {
  TempFolder folder;
  folder.write("a.nn", line_program("2, 2, 2, 2, 2, 2, 2, 1e4, 2, 1e4, 2, 2", "mean((net(x) - y)^2)"));
  Ended ended = run(folder, "train a.nn");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "warning: a spike: the loss of step 8 is 9.998e+07")) << ended.output;
  EXPECT_TRUE(says(ended, "the median of the steps before it, 1\n")) << ended.output;
  EXPECT_EQ(count(ended.output, "a spike"), 1) << ended.output;
  folder.write("b.nn", line_program("2, 2, 2, 2, 2, 2, 2, 30, 2, 30, 2, 2", "mean((net(x) - y)^2)"));
  EXPECT_EQ(count(run(folder, "train b.nn").output, "spike"), 0) << "841 times the median is none";
}

TEST(BadTraining, Row56ALossThatIsNotFiniteEndsTheRun) {
  TempFolder folder;
  std::string program = line_program("1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2", "mean((net(x) - y)^2)");
  program.replace(program.find("1e-9"), 4, "1e30");
  folder.write("a.nn", program);
  Ended ended = run(folder, "train a.nn --epochs 9");
  EXPECT_EQ(ended.code, 4) << ended.output;
  EXPECT_TRUE(says(ended, "stopped: the loss of step 3 is not finite; first: ")) << ended.output;
  EXPECT_TRUE(says(ended, " (a.nn:")) << ended.output;
  EXPECT_TRUE(says(ended, "weights: a.safetensors")) << ended.output;
}

TEST(BadTraining, Row55EqualLabelsAndConstantFeatures) {
  TempFolder folder;
  std::string program =
      "data d = csv(\"d.csv\") { x: f32[2] = standardize(columns(\"a\"..\"b\"))\n y: class(2) = column(\"y\") }\n"
      "model net(x: f32[B, 2]) -> logit[B, 2] = x |> dense(2)\n"
      "train { data = d; batch = 2; epochs = 2\n loss = cross_entropy(net(x), y)\n optimizer = sgd(0.1) }\n";
  folder.write("d.nn", program);
  folder.write("d.csv", "a,b,y\n1,5,0\n2,5,0\n3,5,0\n");
  Ended ended = run(folder, "train d.nn");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "d.nn:2:")) << ended.output;
  EXPECT_TRUE(says(ended, "warning: every row of the train split has the label '0'")) << ended.output;
  EXPECT_TRUE(says(ended, "d.nn:1:")) << ended.output;
  EXPECT_TRUE(says(ended, "warning: feature 'b' is 5 in every row of the train split: scale 1")) << ended.output;
  folder.write("d.csv", "a,b,y\n1,5,0\n2,6,1\n3,5,0\n");
  EXPECT_FALSE(says(run(folder, "train d.nn"), "warning")) << ended.output;
}

TEST(BadTraining, Row55ATargetThatIsTheSameInEveryTrainRow) {
  TempFolder folder;
  folder.write("d.csv", "a,b,c\n1,3,4\n2,3,4\n3,3,5\n4,7,6\n");
  auto program = [](const std::string& y, const std::string& loss) {
    return "data d = csv(\"d.csv\", split: {train: 0.75, valid: 0.25}) { x: f32[1] = columns(\"a\"..\"a\")\n y: f32[" +
           y +
           " }\n"
           "model net(x: f32[B, 1]) -> f32[B, 1] = x |> dense(1)\n"
           "train { data = d.train; valid = d.valid; epochs = 1\n loss = " +
           loss + " }\n";
  };
  // The fourth row is another, but not to train on. The input may be constant: it is no target.
  folder.write("a.nn", program("1] = columns(\"b\"..\"b\") / 2", "mse(x |> net, y)"));
  for (const char* command : {"check", "train"}) {
    Ended ended = run(folder, std::string(command) + " a.nn");
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(count(ended.output, "a.nn:2:2: warning: the target 'y' is 1.5 in every row of the train split"), 1)
        << ended.output;
  }
  folder.write("b.nn", program("2] = columns(\"b\"..\"c\")", "mse(net(y[.., 0..1]), y[.., 1..2] - x)"));
  EXPECT_FALSE(says(run(folder, "check b.nn"), "warning")) << "c differs, and x goes from row to row";
  folder.write("d.csv", "a,b,c\n1,3,4\n2,3,4\n3,3,4\n4,7,6\n");
  Ended both = run(folder, "check b.nn");
  EXPECT_TRUE(says(both, "the target 'y' is the same in every row of the train split")) << both.output;
}

TEST(BadTraining, Row51TheSeedIsPrintedTheDefaultToo) {
  TempFolder folder;
  std::string program = line_program("1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2", "mean((net(x) - y)^2)");
  folder.write("a.nn", program);
  Ended ended = run(folder, "train a.nn");
  EXPECT_TRUE(says(ended, "in compiled steps), seed 0\n")) << ended.output;
  EXPECT_TRUE(says(run(folder, "train a.nn --seed 5"), ", seed 5\n"));
  program.insert(program.find("epochs"), "seed = 3; ");
  folder.write("b.nn", program);
  EXPECT_TRUE(says(run(folder, "train b.nn"), ", seed 3\n"));
}

TEST(BadTraining, Row52SharesThatRoundToNoTrainRow) {
  TempFolder folder;
  folder.write("d.csv", "a,b\n1,3\n2,4\n3,5\n");
  auto program = [](const std::string& split) {
    return "data d = csv(\"d.csv\", split: " + split +
           ") { x: f32[1] = columns(\"a\"..\"a\")\n y: f32[1] = columns(\"b\"..\"b\") }\n"
           "model net(x: f32[B, 1]) -> f32[B, 1] = x |> dense(1)\n"
           "train { data = d.train; epochs = 1\n loss = mse(net(x), y) }\n";
  };
  folder.write("a.nn", program("{train: 0.1, valid: 0.9}"));
  for (const char* command : {"check", "train"}) {
    Ended ended = run(folder, std::string(command) + " a.nn");
    EXPECT_EQ(ended.code, 1) << ended.output;
    EXPECT_TRUE(says(ended, "a.nn:1:6: error: split 'train' is left without a row: 3 rows in all")) << ended.output;
    EXPECT_FALSE(std::filesystem::exists(folder.path("a.safetensors")));
  }
  folder.write("a.nn", program("{train: 0.9, valid: 0.1}"));  // no row to validate on
  EXPECT_EQ(run(folder, "train a.nn").code, 0);
}

// A part that train or the command line names, with shares that leave it nothing; and the parts of a folder of IDX
// files.
TEST(BadTraining, Row52APartWithoutARow) {
  TempFolder folder;
  folder.write("d.csv", "a,b\n1,3\n2,4\n3,5\n4,6\n");
  auto program = [](const std::string& split, const std::string& more) {
    return "data d = csv(\"d.csv\", split: " + split +
           ") { x: f32[1] = columns(\"a\")\n y: f32[1] = columns(\"b\") }\n"
           "model net(x: f32[B, 1]) -> f32[B, 1] = x |> dense(1)\n"
           "train { data = d.train; epochs = 1\n loss = mse(net(x), y)\n " +
           more + " }\n";
  };
  folder.write("fine.nn", program("{train: 0.9, valid: 0.1}", ""));
  ASSERT_EQ(run(folder, "train fine.nn").code, 0);
  folder.write("a.nn", program("{train: 0.9, valid: 0.1}", "valid = d.valid"));
  folder.write("b.nn", program("{train: 1, test: 0}", "test = d.test }\nexpect test.loss < 9\nfn f() { 1"));
  folder.write("c.nn", program("{train: 0.9, test: 0.1}", ""));
  for (const char* command : {"check a.nn", "train a.nn", "summary a.nn", "explain a.nn", "train a.nn --seeds 2"}) {
    Ended ended = run(folder, command);
    EXPECT_EQ(ended.code, 1) << command << ended.output;
    EXPECT_TRUE(says(ended, "a.nn:6:10: error[E0604]: the part 'valid' of 'd' is left without a row: 4 rows in all"))
        << command << ended.output;
    EXPECT_FALSE(std::filesystem::exists(folder.path("a.safetensors")));
  }
  EXPECT_TRUE(says(run(folder, "train b.nn"), "the part 'test' of 'd' is left without a row"));
  EXPECT_TRUE(says(run(folder, "train c.nn --train.test d.test"), "the part 'test' of 'd' is left without a row"));
  for (const char* command : {"eval fine.nn fine.safetensors --on valid", "eval a.nn fine.safetensors --on valid",
                              "predict a.nn fine.safetensors"}) {
    Ended ended = run(folder, command);
    EXPECT_EQ(ended.code, 1) << command << ended.output;
    EXPECT_TRUE(says(ended, "nn:1:6: error: the part 'valid' of 'd' is left without a row: 4 rows in all"))
        << command << ended.output;
  }
  EXPECT_TRUE(says(run(folder, "eval fine.nn fine.safetensors"), "d.train"));
  EXPECT_EQ(run(folder, "predict fine.nn fine.safetensors").code, 0);
}

TEST(BadTraining, Row80APartWithoutItsFiles) {
  TempFolder folder;
  std::filesystem::create_directory(folder.path("m"));
  folder.write("m/train-images-idx3-ubyte", idx({3, 2, 1}, "abcdef"));
  folder.write("m/train-labels-idx1-ubyte", idx({3}, std::string("\0\1\1", 3)));
  const std::string program =
      "data m = idx(\"m/\") { x: f32[2] = image / 255\n y: class(2) = label }\n"
      "model net(x: f32[B, 2]) -> logit[B, 2] = x |> dense(2)\n"
      "train { data = m.train; epochs = 1\n loss = cross_entropy(net(x), y)\n";
  folder.write("fine.nn", program + "}\n");
  ASSERT_EQ(run(folder, "train fine.nn").code, 0);
  folder.write("a.nn", program + "valid = m.test }\n");
  for (const char* command : {"check a.nn", "train a.nn", "summary a.nn", "train fine.nn --train.test m.test"}) {
    Ended ended = run(folder, command);
    EXPECT_EQ(ended.code, 1) << command << ended.output;
    EXPECT_TRUE(says(ended, "error[E0910]: the data 'm' has no part 'test': no file of 'm/' begins with 't10k-images'"))
        << command << ended.output;
  }
  Ended ended = run(folder, "predict a.nn fine.safetensors");
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_TRUE(says(ended, "a.nn:1:6: error: the data 'm' has no part 'test': no file of 'm/'")) << ended.output;
  EXPECT_EQ(run(folder, "eval a.nn fine.safetensors").code, 0) << "of the rows that are there";
}

TEST(BadTraining, Row54TargetsOfABinaryCrossEntropyAreProbabilities) {
  TempFolder folder;
  for (const char* loss : {"bce(p(net(x)), y)", "0.5 * bce(t: y, p: p(net(x)))", "bce(3)(p(net(x)), y)"}) {
    std::string program =
        line_program("0, 1, 0.5, 0, 2, 0, 0, 0, 0, 0, 0, 0", loss) + "fn p(z: f32[..S]) -> prob[..S] = sigmoid(z)\n";
    folder.write("a.nn", program);
    Ended ended = run(folder, "train a.nn");
    EXPECT_EQ(ended.code, 1) << ended.output;
    EXPECT_TRUE(says(ended, "a.nn:6:")) << ended.output;
    EXPECT_TRUE(says(ended, "error: bce takes targets from 0 to 1, but 'y' is 2 in row 5 of the data")) << ended.output;
    EXPECT_FALSE(std::filesystem::exists(folder.path("a.safetensors")));
    program.replace(program.find("0, 2, 0"), 7, "0, 1, 0");
    folder.write("a.nn", program);
    EXPECT_EQ(run(folder, "train a.nn --out fine.safetensors --force").code, 0);
  }
  for (const char* odd : {"nan", "inf", "-inf"}) {
    folder.write("d.csv", "x,y\n1,0\n1," + std::string(odd) + "\n");
    folder.write("b.nn",
                 "data d = csv(\"d.csv\") { x: f32 = column(\"x\")\n y: f32 = column(\"y\") }\n"
                 "model net(x: f32[B]) -> f32[B] { param w: f32 = ones\n x * w }\n"
                 "train { data = d; batch = 1; epochs = 1\n loss = mean((net(x) - y)^2)\n optimizer = sgd(1e-9) }\n");
    Ended ended = run(folder, "train b.nn");
    EXPECT_EQ(ended.code, 1) << ended.output;
    EXPECT_TRUE(says(ended, "d.csv:3:3: error: ")) << ended.output;
  }
}

/// A program whose field y is computed so of `d.csv`, with columns a and b.
std::string computed(const std::string& y) {
  return "data d = csv(\"d.csv\", split: {train: 0.5, valid: 0.5}) {\n  x: f32 = column(\"a\")\n  y: f32 = " + y +
         "\n}\nmodel net(x: f32[B]) -> f32[B] { param w: f32 = ones\n x * w }\n"
         "train { data = d.train; valid = d.valid; epochs = 1\n loss = mse(net(x), y)\n optimizer = sgd(1e-9) }\n";
}

// The reader takes finite numbers only: what is none comes of a field's own arithmetic.
TEST(BadTraining, Row54AFieldThatIsNotFiniteIsNamedWithItsRow) {
  TempFolder folder;
  folder.write("d.csv", "a,b\n1,20\n\"2\",30\n3,9\n4,11\n");
  struct Wrong {
    const char *y, *message;
  };
  for (const Wrong& wrong : {Wrong{"sqrt(column(\"b\") - 10)", "d.csv:4:1: error: the field 'y' is nan in this row"},
                             Wrong{"log(column(\"b\") - 11)", "d.csv:4:1: error: the field 'y' is nan in this row"},
                             Wrong{"column(\"b\") / 0", "d.csv:2:1: error: the field 'y' is inf in this row"},
                             Wrong{"exp(column(\"b\") * 3.5)", "d.csv:3:1: error: the field 'y' is inf in this row"},
                             Wrong{"column(\"b\") * 1e38", "d.csv:2:1: error: the field 'y' is inf in this row"},
                             Wrong{"standardize(column(\"a\")) + standardize(log(column(\"a\") - 2))",
                                   "d.csv:2:1: error: the field 'y' is nan in this row"}}) {
    folder.write("a.nn", computed(wrong.y));
    for (const char* command : {"check a.nn", "train a.nn", "summary a.nn"}) {
      Ended ended = run(folder, command);
      EXPECT_EQ(ended.code, 1) << command << ended.output;
      EXPECT_TRUE(says(ended, wrong.message)) << command << wrong.y << ended.output;
      EXPECT_TRUE(says(ended, " help: 'y' is computed at a.nn:3:3: ")) << ended.output;
      EXPECT_FALSE(says(ended, "warning")) << ended.output;
    }
  }
  folder.write("t.nn",
               "data d = table {\n  x: f32 = [1, 2, 3]\n  y: f32[2] = [[1, 2], [3, 1e39], [5, 6]]\n}\n"
               "model net(x: f32[B]) -> f32[B, 2] { param w: f32[1, 2] = ones\n reshape(x, [B, 1]) @ w }\n"
               "train { data = d; epochs = 1\n loss = mse(net(x), y) }\n");
  Ended ended = run(folder, "train t.nn");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "t.nn:3:3: error: element 1 (from 0) of the field 'y' is inf in row 2 (from 1)"))
      << ended.output;
  EXPECT_EQ(run(folder, "train t.nn --precision f64").code, 0) << "a double holds it";
}

// Bytes that the step scales: 1 / image is infinite where a pixel is 0, in whichever of the files.
TEST(BadTraining, Row54ABytePixelWithoutAValue) {
  TempFolder folder;
  std::filesystem::create_directory(folder.path("m"));
  auto images = [&](const std::string& train, const std::string& test) {
    folder.write("m/train-images-idx3-ubyte", idx({3, 2, 1}, train));
    folder.write("m/train-labels-idx1-ubyte", idx({3}, std::string("\0\1\1", 3)));
    folder.write("m/t10k-images-idx3-ubyte", idx({2, 2, 1}, test));
    folder.write("m/t10k-labels-idx1-ubyte", idx({2}, std::string("\0\1", 2)));
  };
  folder.write("a.nn",
               "data m = idx(\"m/\") { x: f32[2] = 1 / image\n y: class(2) = label }\n"
               "model net(x: f32[B, 2]) -> logit[B, 2] = x |> dense(2)\n"
               "train { data = m.train; epochs = 1\n loss = cross_entropy(net(x), y)\n}\n");
  images("abcdef", "abcd");
  EXPECT_EQ(run(folder, "train a.nn").code, 0);
  folder.write("b.nn",
               "option scale: f32 = 255\ndata m = idx(\"m/\") { x: f32[2] = image / scale\n y: class(2) = label }\n"
               "model net(x: f32[B, 2]) -> logit[B, 2] = x |> dense(2)\n"
               "train { data = m.train; epochs = 1\n loss = cross_entropy(net(x), y)\n}\n");
  EXPECT_EQ(run(folder, "train b.nn").code, 0) << run(folder, "train b.nn").output;
  EXPECT_TRUE(says(run(folder, "train b.nn --scale 0 --out c.safetensors"), "of the field 'x' is inf in row 1"));
  images("abcdef", std::string("abc\0", 4));
  Ended ended = run(folder, "train a.nn");
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_TRUE(says(ended, "a.nn:1:22: error: element 1 (from 0) of the field 'x' is inf in row 2 (from 1) of 'test'"))
      << ended.output;
}

}  // namespace
}  // namespace nnc
