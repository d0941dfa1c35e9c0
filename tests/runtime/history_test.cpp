// The epochs that a run keeps: thinned evenly, first and last always there, written as CSV.
#include "runtime/train/history.h"

#include <gtest/gtest.h>

#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

EpochReport epoch(int64_t number, double loss = 0.5) {
  EpochReport report;
  report.epoch = number;
  report.loss = loss;
  report.seconds = static_cast<double>(number) / 4;
  return report;
}

TEST(History, KeepsEveryEpochOfAShortRun) {
  History history;
  for (int64_t number = 1; number <= 10'000; ++number) history.add(epoch(number));
  ASSERT_EQ(history.rows().size(), 10'000u);
  EXPECT_EQ(history.rows().back().epoch, 10'000);
}

TEST(History, ThinsALongRunEvenlyWheneverItEnds) {
  for (int64_t epochs : {10'001, 12'345, 20'000, 20'001, 100'000, 654'321}) {
    History history;
    for (int64_t number = 1; number <= epochs; ++number) history.add(epoch(number));
    const std::vector<EpochReport>& rows = history.rows();
    EXPECT_LE(rows.size(), History::kRows) << epochs;
    EXPECT_GE(rows.size(), History::kRows / 2) << epochs;
    EXPECT_EQ(rows.front().epoch, 1);
    EXPECT_EQ(rows.back().epoch, epochs);
    int64_t stride = rows[1].epoch - rows[0].epoch;
    for (size_t i = 1; i + 1 < rows.size(); ++i) EXPECT_EQ(rows[i].epoch - rows[i - 1].epoch, stride) << epochs;
    EXPECT_LE(rows.back().epoch - rows[rows.size() - 2].epoch, stride) << epochs;
  }
}

TEST(History, IsCsvWithTheBitsOfEveryNumber) {
  std::vector<EpochReport> rows{epoch(1, 0.1), epoch(2, 1.0 / 3)};
  rows[1].train["acc,uracy"] = 0.25;
  rows[1].valid = {{"loss", 2}, {"mae", 1e-30}};
  EXPECT_EQ(history_csv(rows),
            "epoch,train.loss,\"train.acc,uracy\",valid.loss,valid.mae,seconds\n"
            "1,0.1,,,,0.25\n"
            "2,0.3333333333333333,0.25,2,1e-30,0.5\n");
  EXPECT_EQ(history_csv({}), "epoch,train.loss,seconds\n");
}

TEST(History, StandsBesideTheWeights) {
  EXPECT_EQ(history_file("models/xor.safetensors"), "models/xor.history.csv");
  EXPECT_EQ(history_file("w.v2"), "w.v2.history.csv");
}

TEST(History, WhatCannotBeWrittenIsAWarningAndNoFailure) {
  TempFolder folder;
  std::string warning = write_history(folder.path("no/folder/a.history.csv"), {epoch(1)});
  EXPECT_NE(warning.find("a.history.csv: warning: cannot write"), std::string::npos) << warning;
  EXPECT_EQ(write_history(folder.path("a.history.csv"), {epoch(1)}), "");
  EXPECT_EQ(folder.files(), 1);
}

}  // namespace
}  // namespace nnc
