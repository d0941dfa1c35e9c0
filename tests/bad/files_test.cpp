// Rows 24, 25, 52, 55, 112, 113 and 117–120 of the table of bad inputs, as far as reading, splitting and writing goes.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "runtime/data/csv.h"
#include "runtime/data/fit.h"
#include "runtime/data/idx.h"
#include "runtime/data/split.h"
#include "runtime/io/files.h"
#include "runtime/weights/safetensors.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

TEST(BadInput, Row24NotARegularFile) {
  TempFolder folder;
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  const std::vector<std::pair<std::string, std::string>> cases{
      {folder.path(), "a directory"}, {folder.path("pipe"), "a pipe"}, {"/dev/zero", "a device"}};
  for (const auto& [path, kind] : cases) {
    const std::string wanted = path + ": error: not a regular file but " + kind;
    EXPECT_EQ(thrown_by([&] { read_file(path); }).message, wanted);
    EXPECT_EQ(thrown_by([&] { CsvReader reader(path); }).message, wanted);
    EXPECT_EQ(thrown_by([&] { read_idx(path); }).message, wanted);
    EXPECT_EQ(thrown_by([&] { read_safetensors(path); }).message, wanted);
    EXPECT_EQ(thrown_by([&] { read_file(path); }).code, ExitCode::wrong_program);
  }
}

TEST(BadInput, Row25PathsAreEscaped) {
  const Thrown thrown = thrown_by([] { read_file("no\nsuch\x1b[31mfile"); });
  EXPECT_EQ(thrown.message.find('\n'), std::string::npos);
  EXPECT_EQ(thrown.message.find('\x1b'), std::string::npos);
  EXPECT_EQ(thrown.code, ExitCode::system_refused);
}

TEST(BadInput, Row52SplitWithoutTrainingRows) {
  EXPECT_EQ(split_rows(5, {{"train", 1.0}, {"valid", 0.0}}, 1)[1].rows.size(), 0u);
  const auto without_train = [] { split_rows(5, {{"train", 0.0}, {"valid", 1.0}}, 1, {"a.nn", 2, 3, ""}); };
  EXPECT_EQ(thrown_by(without_train).message, "a.nn:2:3: error: split 'train' is left without a row: 5 rows in all");
  EXPECT_TRUE(thrown_by([] { split_rows(1, {{"train", 0.4}, {"test", 0.6}}, 1); }).contains("left without a row"));
}

TEST(BadInput, Row55ConstantFeature) {
  const Column values = column_of("x", Element::f64, {2}, std::vector<double>{0.1, 1, 0.1, 2, 0.1, 3});
  const std::vector<int32_t> rows{0, 1, 2};
  const FitInput input{values, rows, {"zn", "rm"}};
  for (const Fitted& fitted : {fit_standardize(input), fit_minmax(input)}) {
    EXPECT_EQ(fitted.shift.number(0), 0.1);
    EXPECT_EQ(fitted.scale.number(0), 1.0);
    ASSERT_EQ(fitted.warnings.size(), 1u);
    EXPECT_EQ(fitted.warnings[0], "feature 'zn' is 0.1 in every row of the train split: scale 1");
  }
}

TEST(BadInput, Row55ConstantFeaturesAreOneWarning) {
  std::vector<double> flat;
  for (int row = 0; row < 2; ++row) flat.insert(flat.end(), {7, 7, row + 0.0, 7, 7, 7});
  const Column values = column_of("x", Element::f64, {6}, flat);
  const std::vector<int32_t> rows{0, 1};
  for (const Fitted& fitted : {fit_standardize({values, rows, {}}), fit_minmax({values, rows, {}})}) {
    ASSERT_EQ(fitted.warnings.size(), 1u);
    EXPECT_EQ(fitted.warnings[0],
              "5 of 6 features are the same in every row of the train split: scale 1 for 0, 1, 3 and 2 more (from 0)");
  }
  const Fitted named = fit_minmax({values, std::span(rows).first(1), {"p", "q", "r", "s", "t", "u"}});
  EXPECT_EQ(named.warnings.at(0),
            "6 of 6 features are the same in every row of the train split: scale 1 for 'p', 'q', 'r' and 3 more");
}

TEST(BadInput, Row112MissingFile) {
  const Thrown thrown = thrown_by([] { read_file("/nowhere/at/all"); });
  EXPECT_EQ(thrown.message, "/nowhere/at/all: error: cannot open: No such file or directory");
  EXPECT_EQ(thrown.code, ExitCode::system_refused);
}

TEST(BadInput, Row113OutputInTheWay) {
  TempFolder folder;
  for (const std::string& path :
       {folder.path(), folder.path("no/folder"), folder.path() + "/", std::string("/dev/null")}) {
    EXPECT_EQ(thrown_by([&] { write_atomically(path, std::string_view("x")); }).code, ExitCode::system_refused) << path;
    EXPECT_EQ(thrown_by([&] { require_writable(path); }).code, ExitCode::system_refused) << path;
  }
  EXPECT_EQ(folder.files(), 0);
}

// Root may write everywhere, so for the moment of the call it is nobody.
TEST(BadInput, Row117ReadOnlyFolder) {
  constexpr uid_t kNobody = 65534;
  TempFolder folder;
  ::chmod(folder.path().c_str(), 0555);
  const bool root = ::geteuid() == 0;
  ASSERT_EQ(root ? ::seteuid(kNobody) : 0, 0);
  const Thrown thrown = thrown_by([&] { require_writable(folder.path("w")); });
  ASSERT_EQ(root ? ::seteuid(0) : 0, 0);
  ::chmod(folder.path().c_str(), 0700);
  EXPECT_EQ(thrown.message, folder.path("w") + ": error: cannot write: Permission denied");
  EXPECT_EQ(thrown.code, ExitCode::system_refused);
}

// A limit on the size of files stands for a full disk: the write fails in its middle.
TEST(BadInput, Row118DiskFull) {
  TempFolder folder;
  folder.write("w", "old");
  struct rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small = {.rlim_cur = 1000, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Thrown thrown =
      thrown_by([&] { write_atomically(folder.path("w"), std::string_view(std::string(5000, 'x'))); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(thrown.code, ExitCode::system_refused);
  EXPECT_TRUE(thrown.contains("w: error: cannot write: File too large: 5000 bytes are needed, 1000 are allowed"))
      << thrown.message;
  EXPECT_EQ(read_file(folder.path("w")), "old");
  EXPECT_EQ(folder.files(), 1);
}

}  // namespace
}  // namespace nnc
