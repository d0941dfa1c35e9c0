// CSV files as other tools write them: separators, decimal commas, files without a header, unnamed columns, gzip.
#include <gtest/gtest.h>
#include <zlib.h>

#include "runtime/data/csv.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

/// The header, then each column as numbers, or as words where it holds a text.
struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<double>> numbers;
  std::vector<std::vector<std::string>> words;
  std::vector<std::string> warnings;
};

Table read_table(const std::string& path, const CsvFormat& format = {}, const std::vector<int>& texts = {},
                 CsvUse use = {}) {
  CsvReader reader(path, {.format = format, .use = std::move(use)});
  Table table{reader.header(), {}, {}, {}};
  std::vector<CsvRequest> requests;
  for (int i = 0; i < static_cast<int>(reader.header().size()); ++i) {
    const bool is_text = std::find(texts.begin(), texts.end(), i) != texts.end();
    requests.push_back({.name = reader.header()[static_cast<size_t>(i)],
                        .first = i,
                        .kind = is_text ? CsvRequest::Kind::text : CsvRequest::Kind::number});
  }
  const CsvData data = reader.read(requests);
  for (size_t i = 0; i < requests.size(); ++i) {
    std::vector<double>& numbers = table.numbers.emplace_back();
    std::vector<std::string>& words = table.words.emplace_back();
    if (requests[i].kind == CsvRequest::Kind::text) {
      for (const int32_t id : data.columns[i].values<int32_t>()) {
        words.push_back(data.columns[i].words[static_cast<size_t>(id)]);
      }
    } else {
      const std::span<const double> values = data.columns[i].values<double>();
      numbers.assign(values.begin(), values.end());
    }
  }
  table.warnings = data.warnings;
  return table;
}

using Numbers = std::vector<double>;
using Words = std::vector<std::string>;

TEST(CsvFormat, AnySeparatorStandsInQuotesToo) {
  TempFolder folder;
  for (const char separator : {',', ';', '\t', '|', ':', '!'}) {
    const std::string s(1, separator);
    const std::string text = "\"a" + s + "b\"" + s + "k\r\n1.5" + s + "\"x" + s + "y\"\r\n-2" + s + "z\r\n";
    const Table table = read_table(folder.write("t.csv", text), {.separator = separator}, {1});
    EXPECT_EQ(table.header, (Words{"a" + s + "b", "k"}));
    EXPECT_EQ(table.numbers[0], (Numbers{1.5, -2}));
    EXPECT_EQ(table.words[1], (Words{"x" + s + "y", "z"}));
    EXPECT_TRUE(table.warnings.empty()) << table.warnings[0];
  }
}

TEST(CsvFormat, RunsOfBlanksAndTabsAreOneSeparator) {
  TempFolder folder;
  const CsvFormat blanks{.separator = CsvFormat::kBlanks, .names = {"mpg", "weight", "car"}};
  const std::string text = "18.0   3504.\t\"chevrolet chevelle malibu\"\n   15 3693.0 buick  \n\n \t \n17\t\t3449";
  const Thrown four = thrown_by([&] { read_table(folder.write("t.data", text + "\t\"x\" \"\"\"\""), blanks, {2}); });
  EXPECT_TRUE(four.contains("t.data:5:14: error: expected 3 fields")) << four.message;
  const Table table = read_table(folder.write("t.data", text + "  x\t\r\n  "), blanks, {2});
  EXPECT_EQ(table.numbers[0], (Numbers{18, 15, 17}));
  EXPECT_EQ(table.numbers[1], (Numbers{3504, 3693, 3449}));
  EXPECT_EQ(table.words[2], (Words{"chevrolet chevelle malibu", "buick", "x"}));
  const Table named = read_table(folder.write("t.data", " a  b\t\n1 2\n"), {.separator = CsvFormat::kBlanks});
  EXPECT_EQ(named.header, (Words{"a", "b"}));
}

TEST(CsvFormat, BlanksAroundFieldsNamesAndQuotesBelongToNone) {
  TempFolder folder;
  const Table table =
      read_table(folder.write("t.csv", " age , \"job\"\t,k\n 39 , \" State-gov \" , yes \n40,x,\tyes\n"), {}, {1, 2});
  EXPECT_EQ(table.header, (Words{"age", "job", "k"}));
  EXPECT_EQ(table.numbers[0], (Numbers{39, 40}));
  EXPECT_EQ(table.words[1], (Words{"State-gov", "x"}));
  EXPECT_EQ(table.words[2], (Words{"yes", "yes"}));
  // A tab is no blank where it separates.
  const CsvFormat tabs{.separator = '\t'};
  const Table table_of_tabs = read_table(folder.write("t.tsv", "a\tk\tb\n1\t x \t2\n3\ty\t 4 \n"), tabs, {1});
  EXPECT_EQ(table_of_tabs.words[1], (Words{"x", "y"}));
  EXPECT_EQ(table_of_tabs.numbers[2], (Numbers{2, 4}));
  const Thrown empty = thrown_by([&] { read_table(folder.write("t.tsv", "a\tb\tc\n1\t \t2\n"), tabs); });
  EXPECT_TRUE(empty.contains("an empty field where a number is expected (column 'b')")) << empty.message;
}

TEST(CsvFormat, BlankLinesAreSkippedWhereverTheyStand) {
  TempFolder folder;
  for (const char* text :
       {"a,b\n1,2\n\n3,4\n", "\n \na,b\r\n1,2\r\n \r\n\r\n3,4\r\n\r\n  \t\r\n", "a,b\n1,2\n3,4\n\n\n  "}) {
    const Table table = read_table(folder.write("t.csv", text));
    EXPECT_EQ(table.numbers[1], (Numbers{2, 4})) << text;
  }
}

TEST(CsvFormat, DecimalCommas) {
  TempFolder folder;
  const Table table = read_table(folder.write("t.csv", "a;b\n1,5;-0,25\n2;+1,5e-3\n,5;123456789012345678,5\n"),
                                 {.separator = ';', .decimal = ','});
  EXPECT_EQ(table.numbers[0], (Numbers{1.5, 2, 0.5}));
  EXPECT_EQ(table.numbers[1], (Numbers{-0.25, 1.5e-3, 123456789012345678.5}));
}

TEST(CsvFormat, NamesAreForFilesWithoutAHeaderLine) {
  TempFolder folder;
  const Table table = read_table(folder.write("iris.data", "5.1,3.5,Iris-setosa\n4.9,3.0,Iris-virginica\n\n"),
                                 {.names = {"long", "wide", "kind"}}, {2});
  EXPECT_EQ(table.header, (Words{"long", "wide", "kind"}));
  EXPECT_EQ(table.numbers[0], (Numbers{5.1, 4.9}));
  EXPECT_EQ(table.words[2], (Words{"Iris-setosa", "Iris-virginica"}));
  EXPECT_TRUE(table.warnings.empty());
}

TEST(CsvFormat, AColumnWithoutANameIsCalledByItsNumber) {
  TempFolder folder;
  const Table pandas = read_table(folder.write("t.csv", ",a,b\n0,1,2\n1,3,4\n"));
  EXPECT_EQ(pandas.header, (Words{"column 1", "a", "b"}));
  EXPECT_EQ(pandas.numbers[0], (Numbers{0, 1}));
  EXPECT_TRUE(pandas.warnings.empty());
  EXPECT_EQ(read_table(folder.write("t.csv", "a,b,\n1,2,3\n")).header, (Words{"a", "b", "column 3"}));
  CsvReader reader(folder.write("t.csv", "a,,c\n1,2,3\n"));
  EXPECT_EQ(reader.range("a", "c"), (std::pair{0, 3}));
  EXPECT_EQ(reader.column("column 2"), 1);
  EXPECT_TRUE(thrown_by([&] { reader.column("d"); }).contains("the columns are 'a', 'column 2', 'c'"));
}

TEST(CsvFormat, RowNamesStandBeforeTheNamedColumns) {
  TempFolder folder;
  const Table table =
      read_table(folder.write("t.csv", "\"mpg\",\"cyl\"\n\"Mazda RX4\",21,6\n\"Datsun\",22.8,4\n"), {}, {0});
  EXPECT_EQ(table.header, (Words{"column 1", "mpg", "cyl"}));
  EXPECT_EQ(table.numbers[1], (Numbers{21, 22.8}));
  ASSERT_EQ(table.warnings.size(), 1u);
  EXPECT_NE(table.warnings[0].find("the first is taken for the row's own name"), std::string::npos);
  const CsvFormat blanks{.separator = CsvFormat::kBlanks};
  EXPECT_EQ(read_table(folder.write("t.txt", "a b\n1 5.5 2\n2 6 3\n"), blanks).header, (Words{"column 1", "a", "b"}));
  // A comma in a number makes a field too many as well, and must not shift the others.
  EXPECT_TRUE(
      thrown_by([&] { read_table(folder.write("t.csv", "a,b\n1,5,2\n2,5,3\n")); }).contains("expected 2 fields"));
}

/// The bytes as gzip packs them.
std::string packed(const std::string& text) {
  std::string out(text.size() + 100, '\0');
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(CsvFormat, GzipIsUnpackedOnTheWay) {
  TempFolder folder;
  std::string text = "a,k\n";
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i) + ",word" + std::to_string(i % 7) + "\n";
  const Table table = read_table(folder.write("t.csv.gz", packed(text)), {}, {1});
  ASSERT_EQ(table.numbers[0].size(), 200'000u);
  EXPECT_EQ(table.numbers[0][199'999], 199'999);
  EXPECT_EQ(table.words[1][8], "word1");
  const std::string whole = packed(text);
  const Thrown cut =
      thrown_by([&] { read_table(folder.write("t.csv.gz", whole.substr(0, whole.size() / 2)), {}, {1}); });
  EXPECT_TRUE(cut.contains("the gzip data ends early")) << cut.message;
  // The place of a value is found by reading once more.
  const TextPlace place = csv_place(folder.write("u.csv.gz", packed("x,k\n\n1,a\n22,b\n")), ',', 4, 1);
  EXPECT_EQ(place.line, 4);
  EXPECT_EQ(place.column, 4);
}

TEST(CsvFormat, AGuessTakesWhatMakesATableOfNumbers) {
  const auto guess = [](const std::string& text) { return guess_format({text, true}); };
  EXPECT_EQ(guess("a,b\n1,2\n"), CsvFormat{});
  EXPECT_EQ(guess("a;b;y\n1;2;3\n"), (CsvFormat{.separator = ';'}));
  EXPECT_EQ(guess("a;b\n1,5;2,5\n"), (CsvFormat{.separator = ';', .decimal = ','}));
  EXPECT_EQ(guess("a;b\n1,000;2,500\n"), (CsvFormat{.separator = ';'}));  // thousands, perhaps
  EXPECT_EQ(guess("a\tb c\n1\t2\n"), (CsvFormat{.separator = '\t'}));
  EXPECT_EQ(guess("a|b\n1|x\n"), (CsvFormat{.separator = '|'}));
  EXPECT_EQ(guess(" 1.0  2 \"x y\"\n 3.0  4 \"z\"\n"),
            (CsvFormat{.separator = CsvFormat::kBlanks, .names = {"column 1", "column 2", "column 3"}}));
  EXPECT_EQ(guess("5.1,3.5,setosa\n4.9,3,setosa\n"), (CsvFormat{.names = {"column 1", "column 2", "column 3"}}));
  EXPECT_EQ(guess("p,x,s,n\ne,x,y,n\np,b,s,w\n").value_or(CsvFormat{}).names.size(), 4u);
  EXPECT_EQ(guess("country,2001,2002\nDE,1,2\nFR,3,4\n").value_or(CsvFormat{}).names.size(), 3u);
  EXPECT_EQ(guess("country,2001,2002,2003\nDE,1,2,4\n"), CsvFormat{});
  EXPECT_EQ(guess("0,1,2\n5,7,9\n"), CsvFormat{});  // counted columns
  EXPECT_EQ(guess("text\nhello world\nfoo bar\n"), std::nullopt);
  EXPECT_EQ(guess("two words\nhello world\nfoo bar\n"), std::nullopt);
  EXPECT_EQ(guess(""), std::nullopt);
  EXPECT_EQ(guess("a,b\n1,2,3,4\n5\n"), std::nullopt);
}

}  // namespace
}  // namespace nnc
