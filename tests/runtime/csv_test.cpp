#include "runtime/data/csv.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

std::vector<double> numbers(const Column& column) {
  const std::span<const double> values = column.values<double>();
  return {values.begin(), values.end()};
}

CsvData read_column(const std::string& path, const std::string& name) {
  CsvReader reader(path);
  const CsvRequest request{.name = name, .first = reader.column(name)};
  return reader.read({&request, 1});
}

TEST(Csv, ReadsColumnsByName) {
  TempFolder folder;
  CsvReader reader(folder.write("t.csv", "a,b,c\n1,2,3\n4,5,6\n"));
  EXPECT_EQ(reader.header(), (std::vector<std::string>{"a", "b", "c"}));
  const std::vector<CsvRequest> requests{{.name = "c", .first = reader.column("c")},
                                         {.name = "a", .first = reader.column("a")}};
  const CsvData data = reader.read(requests);
  EXPECT_EQ(data.rows(), 2);
  EXPECT_EQ(numbers(data.columns[0]), (std::vector<double>{3, 6}));
  EXPECT_EQ(numbers(data.columns[1]), (std::vector<double>{1, 4}));
  EXPECT_TRUE(data.columns[0].sample_shape().empty());
  EXPECT_TRUE(data.warnings.empty());
}

TEST(Csv, ReadsARangeOfColumnsAsOneColumnOfRows) {
  TempFolder folder;
  CsvReader reader(folder.write("t.csv", "a,b,c,d\n1,2,3,4\n5,6,7,8\n"));
  const auto [first, count] = reader.range("b", "d");
  const CsvRequest request{.name = "b..d", .first = first, .count = count, .element = Element::f32};
  const CsvData data = reader.read({&request, 1});
  const Column& column = data.columns[0];
  EXPECT_EQ(column.sample_shape(), (std::vector<int64_t>{3}));
  const std::span<const float> values = column.values<float>();
  EXPECT_EQ((std::vector<float>{values.begin(), values.end()}), (std::vector<float>{2, 3, 4, 6, 7, 8}));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(column.tensor.bytes.data()) % 64, 0u);
}

TEST(Csv, QuotedFieldsHoldCommasQuotesAndLineEnds) {
  TempFolder folder;
  CsvReader reader(
      folder.write("t.csv", "\"na,me\",y\r\n\"say \"\"hi\"\"\nthere\",1\r\nplain,\"2\"\r\n\"\"\"\",3\r\n"));
  EXPECT_EQ(reader.header()[0], "na,me");
  const std::vector<CsvRequest> requests{{.name = "t", .first = 0, .kind = CsvRequest::Kind::text},
                                         {.name = "y", .first = 1}};
  const CsvData data = reader.read(requests);
  EXPECT_EQ(data.columns[0].words, (std::vector<std::string>{"say \"hi\"\nthere", "plain", "\""}));
  EXPECT_EQ(numbers(data.columns[1]), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(data.lines.line(0), 2);
  EXPECT_EQ(data.lines.line(1), 4);
  EXPECT_EQ(data.lines.line(2), 5);
}

TEST(Csv, TextsAreNumberedInOrderOfAppearance) {
  TempFolder folder;
  CsvReader reader(folder.write("t.csv", "k\nb\na\nb\n"));
  const CsvRequest request{.name = "k", .first = 0, .kind = CsvRequest::Kind::text};
  const CsvData data = reader.read({&request, 1});
  const std::span<const int32_t> ids = data.columns[0].values<int32_t>();
  EXPECT_EQ((std::vector<int32_t>{ids.begin(), ids.end()}), (std::vector<int32_t>{0, 1, 0}));
  EXPECT_EQ(data.columns[0].words, (std::vector<std::string>{"b", "a"}));
}

// Records of many lengths, several blocks long, with quotes and line ends at every distance from a block's end.
TEST(Csv, BlocksJoinWithoutASeam) {
  TempFolder folder;
  std::string text = "n,t\r\n";
  constexpr int kRows = 150'000;
  for (int row = 0; row < kRows; ++row) {
    text += std::to_string(row * 7) + ",\"" + std::string(static_cast<size_t>(row % 23), 'x') + "\"\"\r\n\"\r\n";
  }
  ASSERT_GT(text.size(), size_t{3} << 20);
  CsvReader reader(folder.write("t.csv", text));
  const std::vector<CsvRequest> requests{{.name = "n", .first = 0},
                                         {.name = "t", .first = 1, .kind = CsvRequest::Kind::text}};
  const CsvData data = reader.read(requests);
  ASSERT_EQ(data.rows(), kRows);
  EXPECT_EQ(data.columns[1].words.size(), 23u);
  const std::span<const double> values = data.columns[0].values<double>();
  const std::span<const int32_t> words = data.columns[1].values<int32_t>();
  for (int row = 0; row < kRows; ++row) {
    const auto at = static_cast<size_t>(row);
    ASSERT_EQ(values[at], row * 7);
    ASSERT_EQ(words[at], row % 23);
    ASSERT_EQ(data.lines.line(row), 2 + 2 * row);
  }
}

TEST(Csv, ARecordLargerThanTheBlockIsRead) {
  TempFolder folder;
  const std::string large(size_t{3} << 20, 'q');
  CsvReader reader(folder.write("t.csv", "a,b\n1,\"" + large + "\"\n2,z\n"));
  const std::vector<CsvRequest> requests{{.name = "a", .first = 0},
                                         {.name = "b", .first = 1, .kind = CsvRequest::Kind::text}};
  const CsvData data = reader.read(requests);
  EXPECT_EQ(data.columns[1].words[0], large);
  EXPECT_EQ(numbers(data.columns[0]), (std::vector<double>{1, 2}));
}

TEST(Csv, BostonHousing) {
  const std::string folder = data_folder();
  if (folder.empty()) GTEST_SKIP() << "skipped: no data";
  CsvReader reader(folder + "/housing/boston.csv");
  const auto [first, count] = reader.range("crim", "lstat");
  EXPECT_EQ(count, 13);
  const std::vector<CsvRequest> requests{{.name = "crim..lstat", .first = first, .count = count},
                                         {.name = "medv", .first = reader.column("medv")}};
  const CsvData data = reader.read(requests);
  EXPECT_EQ(data.rows(), 506);
  EXPECT_EQ(data.columns[0].values<double>()[0], 0.00632);
  EXPECT_EQ(data.columns[0].values<double>()[12], 4.98);
  EXPECT_EQ(data.columns[1].values<double>()[0], 24.0);
  double sum = 0;
  for (const double value : data.columns[1].values<double>()) sum += value;
  EXPECT_NEAR(sum / 506, 22.5328, 1e-4);
}

TEST(Csv, TaipeiHousing) {
  const std::string folder = data_folder();
  if (folder.empty()) GTEST_SKIP() << "skipped: no data";
  const CsvData data = read_column(folder + "/housing/taipei.csv", "house price of unit area");
  EXPECT_EQ(data.rows(), 414);
  EXPECT_EQ(data.columns[0].values<double>()[0], 37.9);
}

TEST(RowLines, CountsWhatQuotedLineEndsPushAway) {
  RowLines lines;
  for (const int64_t line : {2, 3, 6, 7, 9}) lines.add(line);
  EXPECT_EQ(lines.rows(), 5);
  EXPECT_EQ(lines.line(1), 3);
  EXPECT_EQ(lines.line(2), 6);
  EXPECT_EQ(lines.line(3), 7);
  EXPECT_EQ(lines.line(4), 9);
}

}  // namespace
}  // namespace nnc
