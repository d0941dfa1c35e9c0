// `restore: best` puts weights back, and every score that is told after that is of them.
#include <gtest/gtest.h>

#include <sstream>

#include "runtime/report/plot.h"
#include "runtime/report/report.h"
#include "runtime/report/seeds.h"
#include "runtime/train/history.h"
#include "runtime/weights/weights.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

/// w goes from 0 to 2, which fits the first two rows; the others are fitted best on the way, at 1.
std::string program(const std::string& length) {
  return "data d = csv(\"d.csv\", split: {train: 0.5, valid: 0.5}) { x: f32 = column(\"x\")\n y: f32 = column(\"y\") "
         "}\n"
         "model net(x: f32[B]) -> f32[B] { param w: f32 = zeros\n x * w }\n"
         "train { data = d.train; valid = d.valid; batch = 1; " +
         length +
         "\n loss = mse(net(x), y)\n metrics = {mae: mae(net(x), y)}\n optimizer = sgd(0.03)\n"
         " stop = no_improvement(valid.mae, patience: 4, restore: best) }\nexpect train.mae < 9\n";
}

class Restore : public ::testing::Test {
 protected:
  Restore() { folder_.write("d.csv", "x,y\n1,2\n1,2\n1,1\n1,1\n"); }

  TrainResult train(const std::string& length) {
    SessionOptions options;
    options.file = folder_.write("a.nn", program(length));
    session_ = std::make_unique<Session>(options);
    TrainRequest request;
    request.out_file = folder_.path("w.safetensors");
    request.log_file = folder_.path("w.csv");
    return session_->train(request);
  }

  std::vector<std::string> lines(const std::string& file) {
    std::istringstream text(folder_.read(file));
    std::vector<std::string> found;
    for (std::string line; std::getline(text, line);) found.push_back(line);
    return found;
  }

  TempFolder folder_;
  std::unique_ptr<Session> session_;
};

TEST_F(Restore, TheScoresOfTrainAreThoseOfTheEpochSaved) {
  for (const char* length : {"epochs = 50", "steps = 100", "steps = 17", "epochs = 8"}) {
    TrainResult result = train(length);
    const TrainOutcome& outcome = result.outcome;
    ASSERT_GT(outcome.best_epoch, 2) << length;
    ASSERT_LT(outcome.best_epoch, outcome.epochs) << length;
    EXPECT_EQ(outcome.restored_epoch, outcome.best_epoch);
    const EpochReport& saved = outcome.history.at(static_cast<size_t>(outcome.best_epoch - 1));
    EXPECT_EQ(result.scores.at("train.loss"), saved.loss) << length;
    EXPECT_EQ(result.scores.at("train.mae"), saved.train.at("mae")) << length;
    EXPECT_EQ(result.scores.at("valid.mae"), saved.valid.at("mae")) << length;
    EXPECT_EQ(result.expectations.at(0).found, saved.train.at("mae")) << length;
    const std::string epoch = std::to_string(outcome.best_epoch);
    EXPECT_EQ(read_weights(result.weights_file).metadata.at("epoch"), epoch);
    EXPECT_NE(describe(result.expectations.at(0)).find(" in epoch " + epoch + ": met"), std::string::npos)
        << describe(result.expectations.at(0));
  }
}

TEST_F(Restore, HistoryAndLogNameTheEpoch) {
  TrainResult result = train("epochs = 50");
  const int64_t best = result.outcome.best_epoch;
  std::vector<std::string> history = lines("w.history.csv"), log = lines("w.csv");
  EXPECT_TRUE(history.at(0).ends_with(",seconds,restored")) << history.at(0);
  for (size_t row = 1; row < history.size(); ++row) {
    EXPECT_EQ(history[row].ends_with(",1"), static_cast<int64_t>(row) == best) << history[row];
  }
  // The last line is once more that of the step whose weights were put back.
  const auto step = static_cast<size_t>(2 * best);
  EXPECT_EQ(log.size(), static_cast<size_t>(result.outcome.steps) + 2);
  EXPECT_EQ(log.back(), log.at(step));
  EXPECT_TRUE(log.back().starts_with(std::to_string(best) + "," + std::to_string(step) + ",")) << log.back();
}

TEST_F(Restore, WhereTheLastEpochIsTheBestNothingIsPutBack) {
  TrainResult result = train("epochs = 3");
  EXPECT_EQ(result.outcome.best_epoch, 3);
  EXPECT_EQ(result.outcome.restored_epoch, 0);
  EXPECT_EQ(lines("w.csv").size(), 7u);
  EXPECT_TRUE(lines("w.history.csv").at(0).ends_with(",seconds"));
  EXPECT_EQ(describe(result.expectations.at(0)).find("epoch"), std::string::npos);
}

TEST_F(Restore, SeedsNameTheEpochToo) {
  SessionOptions options;
  options.file = folder_.write("a.nn", program("epochs = 50"));
  Session session(options);
  TrainRequest request;
  request.out_file = folder_.path("w.safetensors");
  std::string said;
  SeedsResult result = train_seeds(session, request, 2, [&](const SeedRun& run) { said += describe(run) + "\n"; });
  const std::string epoch = std::to_string(result.runs.at(0).result.outcome.best_epoch);
  EXPECT_NE(said.find(", epoch " + epoch + " restored, "), std::string::npos) << said;
  EXPECT_NE(describe(result).find(" in epoch " + epoch + ": met"), std::string::npos) << describe(result);
}

// However far a long history is thinned.
TEST(RestoredHistory, TheEpochIsAmongTheRows) {
  History history;
  auto report = [](int64_t epoch) {
    EpochReport result;
    result.epoch = epoch;
    return result;
  };
  const auto last = static_cast<int64_t>(3 * History::kRows);
  for (int64_t epoch = 1; epoch <= last; ++epoch) history.add(report(epoch));
  const size_t before = history.rows().size();
  history.restore(report(20'002));
  std::vector<EpochReport> rows = history.take();
  EXPECT_EQ(rows.size(), before + 1);
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].restored, rows[i].epoch == 20'002);
    EXPECT_TRUE(i == 0 || rows[i - 1].epoch < rows[i].epoch) << i;
  }
}

}  // namespace
}  // namespace nnc
