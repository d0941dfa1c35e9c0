#include "runtime/data/labels.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

CsvData read_labels(const std::string& path) {
  CsvReader reader(path);
  const CsvRequest request{.name = "label", .first = reader.column("label"), .kind = CsvRequest::Kind::text};
  return reader.read({&request, 1});
}

std::vector<int32_t> all_rows(const CsvData& data) {
  std::vector<int32_t> rows(static_cast<size_t>(data.rows()));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

std::vector<int32_t> classes(const Column& column) {
  const std::span<const int32_t> values = column.values<int32_t>();
  return {values.begin(), values.end()};
}

TEST(Labels, TextsAreNumberedInSortedOrder) {
  TempFolder folder;
  const CsvData data = read_labels(folder.write("t.csv", "x,label\n1,virginica\n2,setosa\n3,versicolor\n4,setosa\n"));
  const Vocabulary vocabulary = fit_vocabulary(data, 0, all_rows(data), 3);
  EXPECT_EQ(vocabulary.names, (std::vector<std::string>{"setosa", "versicolor", "virginica"}));
  EXPECT_EQ(classes(encode_labels(data, 0, vocabulary)), (std::vector<int32_t>{2, 0, 1, 0}));
}

TEST(Labels, WholeNumbersAreTheirOwnClasses) {
  TempFolder folder;
  const CsvData data = read_labels(folder.write("t.csv", "label\n2\n0\n1\n10\n"));
  const Vocabulary vocabulary = fit_vocabulary(data, 0, all_rows(data), 11);
  EXPECT_TRUE(vocabulary.is_numeric());
  EXPECT_EQ(vocabulary.classes, 11);
  EXPECT_EQ(classes(encode_labels(data, 0, vocabulary)), (std::vector<int32_t>{2, 0, 1, 10}));
}

TEST(Labels, TheTrainSplitAloneDecides) {
  TempFolder folder;
  const CsvData data = read_labels(folder.write("t.csv", "label\na\nb\n"));
  const std::vector<int32_t> train{0};
  const Vocabulary vocabulary = fit_vocabulary(data, 0, train);
  EXPECT_EQ(vocabulary.names, (std::vector<std::string>{"a"}));
  EXPECT_NE(thrown_by([&] { encode_labels(data, 0, vocabulary); }).message, "");
}

}  // namespace
}  // namespace nnc
