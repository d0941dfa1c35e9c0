// nnc predict and nnc eval: new rows through what training stored, without the training's data.
#include <gtest/gtest.h>

#include <string>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

constexpr const char* kFlowers = R"(option hidden: int = 4
data iris = csv("flowers.csv", split: {train: 0.5, valid: 0.5}) {
  x: f32[2]   = standardize(columns("long".."wide"))
  y: class(2) = column("kind")
}
model net(x: f32[B, 2]) -> logit[B, 2] = x |> dense(hidden) |> tanh |> dense(2)
train {
  data = iris.train;  valid = iris.valid;  batch = 4;  epochs = 60;  seed = 3
  loss = cross_entropy(net(x), y)
  metrics = {accuracy: accuracy(net(x), y)}
  optimizer = adam(0.1)
}
export fn predict(raw: f32[B, 2]) -> class(2)[B] = argmax(net(iris.x(raw)))
export fn rest(raw: f32[B, 2]) -> f32[B] = raw[.., 0] - mean(raw[.., 0])
fn double(x: f32[B, 2]) -> f32[B, 2] = 2 * x
)";

/// Two classes of text labels that long tells apart; wide is noise.
std::string flowers() {
  std::string text = "id,long,wide,kind\n";
  for (int i = 0; i < 40; ++i) {
    bool rose = i % 2 == 0;
    text += std::to_string(i) + "," + (rose ? "1." : "5.") + std::to_string(i) + "," + std::to_string((i * 7) % 5) +
            (rose ? ",\"rose, red\"\n" : ",tulip\n");
  }
  return text;
}

class Predict : public testing::Test {
 protected:
  void SetUp() override {
    folder.write("iris.nn", kFlowers);
    folder.write("flowers.csv", flowers());
    Ended trained = run(folder, "train iris.nn --hidden 5");
    ASSERT_EQ(trained.code, 0) << trained.output;
    std::filesystem::remove(folder.path("flowers.csv"));
    folder.write("new.csv", "wide,more,long\n2,x,1.2\n0,y,5.3\n3,z,0.9\n");
  }
  TempFolder folder;
};

TEST_F(Predict, FindsColumnsByNameAndAnswersWithClassNamesWithoutTheData) {
  Ended ended = run(folder, "predict iris.nn iris.safetensors new.csv 2>/dev/null");
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.output, "predict\n\"rose, red\"\ntulip\n\"rose, red\"\n");
}

TEST_F(Predict, TakesTheOptionsOfTheTrainingAndSaysSo) {
  EXPECT_TRUE(says(run(folder, "predict iris.nn iris.safetensors new.csv"), "hidden = 5"));
  Ended other = run(folder, "predict iris.nn iris.safetensors new.csv --hidden 7");
  EXPECT_EQ(other.code, 1) << other.output;
  EXPECT_TRUE(says(other, "the weights are of another network")) << other.output;
  EXPECT_TRUE(says(other, "net.dense_0.W")) << other.output;
  EXPECT_TRUE(says(other, "net.dense_1.W")) << other.output;
}

TEST_F(Predict, GivesTheSameBitsWhateverTheBlockAndWhereverTheRowsComeFrom) {
  std::string rows = "long,wide\n";
  for (int i = 0; i < 333; ++i) rows += std::to_string(i * 0.017) + "," + std::to_string(i % 11) + "\n";
  folder.write("many.csv", rows);
  std::string line = "predict iris.nn iris.safetensors many.csv --fn net 2>&1 ";
  folder.write("x.csv", [&] {
    std::string text = rows;
    return text.replace(0, 9, "x_0,x_1");
  }());
  line = "predict iris.nn iris.safetensors x.csv --fn net ";
  Ended whole = run(folder, line + "--block 333 2>/dev/null");
  EXPECT_EQ(whole.code, 0);
  EXPECT_EQ(count(whole.output, "\n"), 334) << whole.output;
  EXPECT_TRUE(whole.output.starts_with("\"rose, red\",tulip\n")) << whole.output;
  for (const char* block : {"1", "7", "100", "1024"}) {
    EXPECT_EQ(run(folder, line + "2>/dev/null --block " + block).output, whole.output) << block;
  }
  EXPECT_EQ(run(folder, "predict iris.nn iris.safetensors - --fn net 2>/dev/null < x.csv").output, whole.output);
  EXPECT_EQ(run(folder, "predict iris.nn iris.safetensors x.csv.gz --fn net 2>/dev/null", "gzip -k x.csv; ").output,
            whole.output);
}

TEST_F(Predict, NeverCutsRowsThatDependOnEachOther) {
  folder.write("three.csv", "long,wide,raw_0,raw_1\n1,0,1,0\n2,0,2,0\n6,0,6,0\n");
  for (const char* block : {"1", "2", "3"}) {
    Ended ended =
        run(folder, std::string("predict iris.nn iris.safetensors three.csv --fn rest 2>/dev/null --block ") + block);
    EXPECT_EQ(ended.output, "rest\n-2\n-1\n3\n") << block;
  }
}

TEST_F(Predict, NamesAllMissingColumnsAndTheNearest) {
  Ended ended = run(folder, "predict iris.nn iris.safetensors bad.csv", "printf 'lon,height\\n1,2\\n' > bad.csv; ");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "no columns 'long', 'wide'; the columns are 'lon', 'height'")) << ended.output;
  EXPECT_TRUE(says(ended, "for 'long', did you mean 'lon'?")) << ended.output;
}

TEST_F(Predict, RefusesWhatCannotBeMeant) {
  Ended fn = run(folder, "predict iris.nn iris.safetensors new.csv --fn predcit");
  EXPECT_EQ(fn.code, 2);
  EXPECT_TRUE(says(fn, "did you mean 'predict'?")) << fn.output;
  Ended rows = run(folder, "predict iris.nn iris.safetensors --fn double");
  EXPECT_EQ(rows.code, 2);
  EXPECT_TRUE(says(rows, "name a CSV, IDX or NPY file")) << rows.output;
  Ended input = run(folder, "predict iris.nn iris.safetensors new.csv --out new.csv");
  EXPECT_EQ(input.code, 2);
  EXPECT_TRUE(says(input, "is read by this command")) << input.output;
  EXPECT_EQ(run(folder, "predict iris.nn nowhere.safetensors new.csv").code, 3);
  EXPECT_EQ(run(folder, "predict iris.nn iris.safetensors nowhere.csv").code, 3);
  EXPECT_EQ(run(folder, "predict iris.nn iris.safetensors new.csv > /dev/full").code, 3);
}

TEST_F(Predict, WritesAFileWholeOrNotAtAll) {
  EXPECT_EQ(run(folder, "predict iris.nn iris.safetensors new.csv --out a.csv").code, 0);
  EXPECT_EQ(folder.read("a.csv"), "predict\n\"rose, red\"\ntulip\n\"rose, red\"\n");
  folder.write("worse.csv", "wide,long\n1,2\n1,oops\n");
  int files = folder.files();
  EXPECT_EQ(run(folder, "predict iris.nn iris.safetensors worse.csv --out b.csv").code, 1);
  EXPECT_EQ(folder.files(), files);
}

TEST_F(Predict, EvaluatesAFileWithConfusionByClassName) {
  folder.write("labelled.csv", "kind,wide,long\n\"rose, red\",2,1.2\ntulip,0,5.3\ntulip,3,0.9\n");
  Ended ended = run(folder, "eval iris.nn iris.safetensors labelled.csv");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "3 rows")) << ended.output;
  EXPECT_TRUE(says(ended, "accuracy   0.666667")) << ended.output;
  EXPECT_TRUE(says(ended, "tulip         1.0000  0.5000       2")) << ended.output;
  Ended unseen = run(folder, "eval iris.nn iris.safetensors u.csv", "printf 'kind,wide,long\\ntulp,1,2\\n' > u.csv; ");
  EXPECT_EQ(unseen.code, 1);
  EXPECT_TRUE(says(unseen, "did you mean 'tulip'?")) << unseen.output;
}

TEST_F(Predict, AFunctionThatDoesWithoutTheDataRunsWithoutIt) {
  EXPECT_EQ(run(folder, "run iris.nn double --x '[[1, 2]]'").output, "[[2, 4]]\n");
  Ended explained = run(folder, "explain iris.nn double --x '[[1, 2]]'");
  EXPECT_EQ(explained.code, 0) << explained.output;
  EXPECT_EQ(run(folder, "run iris.nn net --x '[[1, 2]]'").code, 0) << "a model with its start weights";
  Ended field = run(folder, "run iris.nn predict --raw '[[1, 2]]'");
  EXPECT_EQ(field.code, 3) << "standardised as the training rows are: " << field.output;
  EXPECT_TRUE(says(field, "flowers.csv")) << field.output;
  EXPECT_EQ(run(folder, "explain iris.nn").code, 3) << "the loss is of rows";
}

TEST_F(Predict, ScoresASplitAsTrainingDid) {
  folder.write("flowers.csv", flowers());
  Ended trained = run(folder, "train iris.nn --out again.safetensors");
  ASSERT_EQ(trained.code, 0) << trained.output;
  Ended json = run(folder, "eval iris.nn again.safetensors --on valid --json");
  EXPECT_EQ(json.code, 0) << json.output;
  EXPECT_TRUE(says(json, "\"on\": \"iris.valid\"")) << json.output;
  EXPECT_TRUE(says(json, "\"confusion\"")) << json.output;
  Ended none = run(folder, "eval iris.nn again.safetensors --on tset");
  EXPECT_EQ(none.code, 2);
  EXPECT_TRUE(says(none, "it has valid, train")) << none.output;
}

}  // namespace
}  // namespace nnc
