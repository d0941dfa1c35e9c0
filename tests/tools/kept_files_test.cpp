// What a training leaves at the place of an earlier one's files: nothing worse than what was there.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

/// The first update of each row is 10 times the one before: with a rate of 1e30 the third step's loss is not finite.
void write_line(const TempFolder& folder) {
  folder.write("a.nn",
               "option lr: f32 = 1e-3\n"
               "data d = table { x: f32 = [1, 1, 1]\n y: f32 = [1, 2, 2] }\n"
               "model net(x: f32[B]) -> f32[B] { param w: f32 = ones\n x * w }\n"
               "train { data = d; batch = 1; epochs = 1; shuffle = false\n loss = mean((net(x) - y)^2)\n"
               " optimizer = sgd(lr) }\n");
}

struct Files {
  std::string weights, history, log;
  bool operator==(const Files&) const = default;
};

Files files(const TempFolder& folder) {
  return {folder.read("a.safetensors"), folder.read("a.history.csv"), folder.read("a.csv")};
}

/// A folder with the files of a training that ended well.
class KeptFiles : public ::testing::Test {
 protected:
  KeptFiles() {
    write_line(folder_);
    EXPECT_EQ(run(folder_, "train a.nn --log a.csv").code, 0);
    before_ = files(folder_);
    count_ = folder_.files();
  }

  TempFolder folder_;
  Files before_;
  int count_ = 0;
};

TEST_F(KeptFiles, ARunWithoutAStepWritesNothing) {
  struct Case {
    const char* flags;
    int code;
  };
  for (const Case& each :
       {Case{"--lr 1e39", 4}, Case{"--epochs 0", 0}, Case{"--steps 0", 0}, Case{"--init a.safetensors --lr 1e39", 4}}) {
    Ended ended = run(folder_, "train a.nn --log a.csv " + std::string(each.flags));
    EXPECT_EQ(ended.code, each.code) << each.flags << ended.output;
    EXPECT_TRUE(says(ended, " note: no step was completed, nothing is written\n")) << each.flags << ended.output;
    EXPECT_FALSE(says(ended, "weights: ")) << ended.output;
    EXPECT_EQ(files(folder_), before_) << each.flags;
    EXPECT_EQ(folder_.files(), count_) << each.flags;
    EXPECT_EQ(run(folder_, "train a.nn --out new.safetensors " + std::string(each.flags)).code, each.code);
    EXPECT_EQ(folder_.files(), count_) << "nor where nothing was";
  }
}

TEST_F(KeptFiles, ARunThatEndsOnANumberThatIsNotFiniteLiesBeside) {
  for (const char* name : {"a.last-finite", "a.last-finite-2"}) {
    Ended ended = run(folder_, "train a.nn --lr 1e30");
    EXPECT_EQ(ended.code, 4) << ended.output;
    EXPECT_TRUE(says(ended,
                     " note: 'a.safetensors' is of an earlier run and stays: the last finite weights of this "
                     "one lie beside it\nweights: " +
                         std::string(name) + ".safetensors\nhistory: " + name + ".history.csv\n"))
        << ended.output;
    EXPECT_EQ(files(folder_), before_);
    EXPECT_EQ(folder_.files(), count_ += 2);
    EXPECT_EQ(run(folder_, "eval a.nn " + std::string(name) + ".safetensors").code, 0);
  }
  Ended ended = run(folder_, "train a.nn --lr 1e30 --out new.safetensors");
  EXPECT_TRUE(says(ended, "weights: new.safetensors\n")) << "where nothing was they go where they are asked for";
  std::filesystem::remove(folder_.path("a.safetensors"));
  ended = run(folder_, "train a.nn --lr 1e30");
  EXPECT_TRUE(says(ended, "weights: a.last-finite-3.safetensors\n")) << "a history is a file too: " << ended.output;
  EXPECT_EQ(folder_.read("a.history.csv"), before_.history);
}

TEST_F(KeptFiles, SeedsKeepWhatWasThere) {
  ASSERT_EQ(run(folder_, "train a.nn --seeds 2").code, 0);
  std::string weights = folder_.read("a.seed1.safetensors"), history = folder_.read("a.seed1.history.csv");
  int count = folder_.files();
  Ended ended = run(folder_, "train a.nn --seeds 2 --lr 1e39");
  EXPECT_EQ(ended.code, 4) << ended.output;
  EXPECT_TRUE(says(ended, "no step was completed, nothing is written")) << ended.output;
  EXPECT_EQ(folder_.files(), count);
  ended = run(folder_, "train a.nn --seeds 2 --lr 1e30");
  EXPECT_TRUE(says(ended, "a.seed1.last-finite.safetensors")) << ended.output;
  EXPECT_EQ(folder_.read("a.seed1.safetensors"), weights);
  EXPECT_EQ(folder_.read("a.seed1.history.csv"), history);
}

}  // namespace
}  // namespace nnc
