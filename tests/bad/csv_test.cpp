// Rows 57–72 of the table of bad inputs: CSV.
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include "runtime/data/csv.h"
#include "runtime/data/labels.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

struct Case {
  std::string text;
  std::string place;    ///< ":line:col: error: " follows the file's name
  std::string message;  ///< part of it
};

/// Reads every column as a number.
CsvData read_numbers(const std::string& path) {
  CsvReader reader(path);
  std::vector<CsvRequest> requests;
  for (size_t i = 0; i < reader.header().size(); ++i) {
    requests.push_back({.name = reader.header()[i], .first = static_cast<int>(i)});
  }
  return reader.read(requests);
}

CsvData read_texts(const std::string& path) {
  CsvReader reader(path);
  const CsvRequest request{.name = "k", .first = reader.column("k"), .kind = CsvRequest::Kind::text};
  return reader.read({&request, 1});
}

int count(const std::string& text, std::string_view what) {
  int found = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++found;
  return found;
}

template <typename Call>
void expect_failure(const Case& test, Call&& call) {
  TempFolder folder;
  const std::string path = folder.write("t.csv", test.text);
  const Thrown thrown = thrown_by([&] { call(path); });
  EXPECT_EQ(thrown.message.rfind(path + test.place + "error: ", 0), 0u) << thrown.message << "\nwanted " << test.place;
  EXPECT_TRUE(thrown.contains(test.message)) << thrown.message << "\nwanted " << test.message;
  EXPECT_EQ(thrown.code, ExitCode::wrong_program);
}

void expect_failures(const std::vector<Case>& cases) {
  for (const Case& test : cases) expect_failure(test, [](const std::string& path) { read_numbers(path); });
}

std::vector<double> numbers_of(std::string_view text) {
  TempFolder folder;
  const CsvData data = read_numbers(folder.write("t.csv", text));
  const std::span<const double> values = data.columns[0].values<double>();
  return {values.begin(), values.end()};
}

TEST(BadInput, Row57NoDataRows) {
  expect_failures({{"", ":1:1: ", "no data rows"},
                   {"\xef\xbb\xbf", ":1:1: ", "no data rows"},
                   {"a,b", ":2:1: ", "no data rows"},
                   {"a,b\n", ":2:1: ", "no data rows"},
                   {"a,b\n\n\n", ":4:1: ", "no data rows"},
                   {"\n\r\n\n", ":1:1: ", "no data rows"}});
}

TEST(BadInput, Row58LineEnds) {
  const std::vector<double> wanted{1, 3};
  for (const char* text :
       {"\xef\xbb\xbf"
        "a,b\n1,2\n3,4\n",
        "a,b\r\n1,2\r\n3,4\r\n", "a,b\r1,2\r3,4\r", "a,b\r\n1,2\n3,4\r", "a,b\n1,2\n3,4", "a,b\n1,2\n3,4\n\n\r\n\r"}) {
    EXPECT_EQ(numbers_of(text), wanted) << text;
  }
  EXPECT_EQ(numbers_of("\xef\xbb\xbf\"a\",b\n1,2\n3,4\n"), wanted);
}

TEST(BadInput, Row59ShortRow) {
  expect_failures({{"a,b,c\n1,2,3\n4,5\n", ":3:4: ", "expected 3 fields, as the header has, but found 2"}});
}
TEST(BadInput, Row59LongRow) {
  expect_failures({{"a,b\n1,2,3,4\n", ":2:5: ", "expected 2 fields, as the header has, but found 4"}});
}
TEST(BadInput, Row59TrailingComma) { expect_failures({{"a,b\n1,2,\n", ":2:5: ", "a comma too many"}}); }

TEST(BadInput, Row60LineNumbersStayPhysical) {
  expect_failures({{"a,\"b\nb\"\n1,\"2\"\n1,\"\n\n3\"\r\n\"1\",x\r\n", ":4:3: ", "is not a number"},
                   {"a,b\n\"1\",\"2\"\n3,x\n", ":3:3: ", "'x' is not a number"},
                   {"a,b\n1,2\n\"\n3\",x\n", ":3:1: ", "is not a number"}});
  TempFolder folder;
  const CsvData data = read_texts(folder.write("t.csv", "k,v\n\"a, \"\"b\"\"\r\nc\",1\n"));
  EXPECT_EQ(data.columns[0].words[0], "a, \"b\"\r\nc");
}

TEST(BadInput, Row61Quotes) {
  expect_failures({{"a,b\n1,2\n3,\"4\n5,6\n7,8\n", ":3:3: ", "this quote is never closed"},
                   {"a,b\n1,\"2\"x\n", ":2:3: ", "text after the closing quote"},
                   {"a,b\n1,2\"3\n", ":2:4: ", "a quote inside a field"},
                   {"\"a", ":1:1: ", "this quote is never closed"}});
}

TEST(BadInput, Row62MissingAndNotFinite) {
  expect_failures({{"a,b\n1,\n", ":2:3: ", "an empty field where a number is expected (column 'b')"},
                   {"a,b\n1,NA\n", ":2:3: ", "'NA' is not a number"},
                   {"a,b\n?,1\n", ":2:1: ", "a missing value"},
                   {"a,b\n1,nan\n", ":2:3: ", "'nan' is not a finite number"},
                   {"a,b\n1,inf\n", ":2:3: ", "not a finite number"},
                   {"a,b\n1,-Inf\n", ":2:3: ", "not a finite number"}});
}

TEST(BadInput, Row63RangeAndSpelling) {
  expect_failures({{"a\n1e999\n", ":2:1: ", "'1e999' is out of range"},
                   {"a\n0x10\n", ":2:1: ", "'0x10' is not a number"},
                   {"a\n1d3\n", ":2:1: ", "'1d3' is not a number"},
                   {"a\n１\n", ":2:1: ", "is not a number"}});
  EXPECT_EQ(numbers_of("a\n1e-400\n"), (std::vector<double>{0}));
  EXPECT_EQ(numbers_of("a\n0." + std::string(399, '6') + "\n"), (std::vector<double>{2.0 / 3.0}));
}

TEST(BadInput, Row63RangeOfF32) {
  expect_failure({"a\n1e39\n", ":2:1: ", "out of range for f32"}, [](const std::string& path) {
    CsvReader reader(path);
    const CsvRequest request{.name = "a", .first = 0, .element = Element::f32};
    reader.read({&request, 1});
  });
}

TEST(BadInput, Row64Spellings) {
  EXPECT_EQ(numbers_of("a,b\n+1.5,0\n.5,0\n5.,0\n1E+05,0\n 2\t,0\n\" 3 \",0\n"),
            (std::vector<double>{1.5, 0.5, 5, 1e5, 2, 3}));
}

TEST(BadInput, Row65Separators) {
  expect_failures(
      {{"a,b\n1,\"1,5\"\n", ":2:3: ", "written with a point: 1.5"},
       {"a,b\n1,\"1.234,5\"\n", ":2:3: ", "1234.5"},
       {"a,b\n1,1_000\n", ":2:3: ", "without separators: 1000"},
       {"a,b\n1,$3\n", ":2:3: ", "a unit?"},
       {"a,b\n1,5%\n", ":2:3: ", "a unit?"},
       {"a;b\n1,5;2,5\n", ":2:3: ", "is the separator ';'?"},
       {"a;b\n1;2\n", ":2:1: ", "is the separator ';'?"},
       {"a,b\n1,\"1,000\"\n", ":2:3: ", "thousands? then write 1000; decimals behind a comma? then write 1.000"},
       {"a,b\n1,\"1,000,000.5\"\n", ":2:3: ", "without separators: 1000000.5"},
       {"a\tb\n1\t2\t3\n", ":2:1: ", "is the separator a tab?"},
       {"a,b\n1,5,2\n", ":2:5: ", "a comma inside a field?"}});
  TempFolder folder;
  CsvReader reader(folder.write("t.csv", "a;b\n1;2\n"));
  const std::string edit = "is the separator ';'? csv(\"" + folder.path("t.csv") + "\", separator: \";\")";
  EXPECT_TRUE(thrown_by([&] { reader.column("b"); }).contains(edit));
  EXPECT_EQ(reader.warnings().size(), 1u);
}

TEST(BadInput, Row67TextAndHeaders) {
  expect_failures({{"a,b\n1,2\n3,four\n", ":3:3: ", "'four' is not a number (column 'b')"}});
  TempFolder folder;
  CsvReader headless(folder.write("t.csv", "1,2\n3,4\n"));
  const Thrown thrown = thrown_by([&] { headless.column("medv"); });
  EXPECT_TRUE(thrown.contains("t.csv:1:1: error: no column 'medv'")) << thrown.message;
  EXPECT_TRUE(thrown.contains("is the header line missing?")) << thrown.message;
  const CsvData data = read_numbers(folder.path("t.csv"));
  ASSERT_EQ(data.warnings.size(), 1u);
  EXPECT_NE(data.warnings[0].find("t.csv:1:1: warning: "), std::string::npos) << data.warnings[0];
}

TEST(BadInput, Row68ColumnNames) {
  expect_failures(
      {{"a,b,a\n1,2,3\n", ":1:5: ", "column 3 is called 'a', as column 1 is; the columns are 'a', 'b', 'a'"}});
  expect_failure(
      {"crim,medv\n1,2\n", ":1:1: ", "no column 'mdev'; the columns are 'crim', 'medv'\n help: did you mean 'medv'?"},
      [](const std::string& path) { CsvReader(path).column("mdev"); });
  expect_failure({"5,7,5\n1,2,3\n", ":1:1: ", "columns 1 and 3 are both called '5'"},
                 [](const std::string& path) { CsvReader(path).column("5"); });
  expect_failure({"a,b\n1,2\n", ":1:1: ", "column 'a' stands before 'b'"},
                 [](const std::string& path) { CsvReader(path).range("b", "a"); });
}

TEST(BadInput, Row69ClassLabels) {
  const auto fit_all = [](int64_t classes) {
    return [classes](const std::string& path) {
      const CsvData data = read_texts(path);
      std::vector<int32_t> rows;
      for (int32_t row = 0; row < data.rows(); ++row) rows.push_back(row);
      encode_labels(data, 0, fit_vocabulary(data, 0, rows, classes > 0 ? std::optional(classes) : std::nullopt));
    };
  };
  expect_failure({"x,k\n1,0\n2,1.5\n", ":3:3: ", "class '1.5' is not a whole number"}, fit_all(3));
  expect_failure({"x,k\n1,0\n22,-1\n", ":3:4: ", "class '-1' is negative"}, fit_all(3));
  expect_failure({"k\n0\n99999999999\n", ":3:1: ", "class 99999999999 is none of 0..2 (class(3))"}, fit_all(3));
  expect_failure({"k\n0\n99999999999\n", ":3:1: ", "no row of the train split has 1"}, fit_all(0));
  expect_failure({"k\n1\n2\n3\n", ":4:1: ", "classes count from 0"}, fit_all(3));
  expect_failure({"k\na\nb\n", ":1:1: ", "column 'k' has 2 classes in the train split ('a', 'b'), but class(3)"},
                 fit_all(3));
}

TEST(BadInput, Row69UnseenLabel) {
  const auto fit_first_two = [](const std::string& path) {
    const CsvData data = read_texts(path);
    const std::vector<int32_t> train{0, 1};
    encode_labels(data, 0, fit_vocabulary(data, 0, train));
  };
  expect_failure(
      {"x,k\n1,\"set\nosa\"\n2,versicolor\n33,versicolour\n", ":5:4: ", "label 'versicolour' is none of the classes"},
      fit_first_two);
  expect_failure({"k\n0\n1\n2\n", ":4:1: ", "class 2 is none of 0..1"}, fit_first_two);
}

TEST(BadInput, Row40LabelBeyondClasses) {
  expect_failure({"x,k\n0.5,0\n0.5,3\n", ":3:5: ", "class 3 is none of 0..2 (class(3))"}, [](const std::string& path) {
    const CsvData data = read_texts(path);
    const std::vector<int32_t> rows{0, 1};
    fit_vocabulary(data, 0, rows, 3);
  });
}

TEST(BadInput, Row70NotCsv) {
  using namespace std::string_literals;
  expect_failures({{"a,b\0\n1,2\n"s, ":1:1: ", "not CSV: looks like a binary file"},
                   {"\xff\xfe"
                    "a\0,\0b\0\n\0"s,
                    ":1:1: ", "not CSV: looks like UTF-16"},
                   {"a\0,\0b\0\n\0"s, ":1:1: ", "not CSV: looks like UTF-16"},
                   {"<!DOCTYPE html>\n<html>", ":1:1: ", "not CSV: looks like an HTML page"},
                   {"\n <HTML><head>", ":1:1: ", "not CSV: looks like an HTML page"},
                   {"{\"a\": 1}", ":1:1: ", "not CSV: looks like JSON"},
                   {"[{\"a\": 1}]", ":1:1: ", "not CSV: looks like JSON"},
                   {"%PDF-1.7\n", ":1:1: ", "not CSV: looks like a PDF"},
                   {"PK\x03\x04zzz", ":1:1: ", "not CSV: looks like a zip archive or a spreadsheet"}});
  EXPECT_EQ(numbers_of("[m],{s}\n1,2\n"), (std::vector<double>{1}));
}

TEST(BadInput, Row70NotUtf8) {
  expect_failures({{"caf\xe9\n1\n", ":1:1: ", "is not UTF-8"}});
  expect_failure({"x,k\n1,caf\xe9\n", ":2:3: ", "is not UTF-8"}, [](const std::string& path) { read_texts(path); });
}

TEST(BadInput, Row71Limits) {
  expect_failures({{"a\n" + std::string(size_t{17} << 20, '1') + "\n",
                    ":2:1: ", "a record longer than the limit of 16777216 bytes"},
                   {"a,b\n1,\"" + std::string(size_t{17} << 20, '\n'), ":2:1: ", "a record longer than the limit"}});
  std::string header(1'000'000, ',');
  expect_failures({{header + "\n", ":1:100001: ", "more than 100000 columns, the limit"}});
}

/// A line of /proc/self/status, in bytes.
int64_t memory(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key + ":")) return std::stoll(line.substr(key.size() + 1)) * 1024;
  }
  return -1;
}

// 60 MB of which one narrow column is wanted: a child, whose peak of memory begins where its life begins, stays far
// below.
TEST(BadInput, Row71StreamsInBoundedMemory) {
  constexpr int64_t kRows = 60'000;
  TempFolder folder;
  const std::string path = folder.path("t.csv");
  {
    std::ofstream file(path);
    const std::string wide(1000, 'x');
    file << "a,b\n";
    for (int64_t row = 0; row < kRows; ++row) file << row % 7 << ',' << wide << '\n';
  }
  const pid_t child = ::fork();
  if (child == 0) {
    const int64_t before = memory("VmRSS");
    CsvReader reader(path);
    const CsvRequest request{.name = "a", .first = 0, .element = Element::f32};
    const bool all = reader.read({&request, 1}).rows() == kRows;
    ::_exit(!all ? 1 : memory("VmHWM") - before > (int64_t{12} << 20) ? 2 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "1: rows lost, 2: too much memory; is " << status / 256;
}

// More than one block, so that what is read after the change is torn: a row ends early, or a record has other fields.
TEST(BadInput, Row72ChangedAmongTheRows) {
  for (const bool shorter : {true, false}) {
    TempFolder folder;
    std::string text = "a,b\n";
    while (text.size() < (size_t{2} << 20)) text += "1,2\n";
    const std::string path = folder.write("t.csv", text);
    CsvReader reader(path);
    if (shorter) {
      std::filesystem::resize_file(path, (size_t{3} << 19) + 1);
    } else {
      std::ofstream(path) << "a,b\n" << std::string(size_t{2} << 20, 'x');
    }
    const CsvRequest request{.name = "a", .first = 0};
    EXPECT_EQ(thrown_by([&] { reader.read({&request, 1}); }).message, path + ": error: changed during read");
  }
}

TEST(BadInput, Row72ChangedDuringRead) {
  const auto change = [](auto&& alter) {
    TempFolder folder;
    const std::string path = folder.write("t.csv", "a,b\n1,2\n3,4\n");
    CsvReader reader(path);
    alter(path);
    const CsvRequest request{.name = "a", .first = 0};
    const Thrown thrown = thrown_by([&] { reader.read({&request, 1}); });
    EXPECT_EQ(thrown.message, path + ": error: changed during read");
    EXPECT_EQ(thrown.code, ExitCode::wrong_program);
  };
  change([](const std::string& path) { std::ofstream(path, std::ios::app) << "5,6\n"; });
  change([](const std::string& path) { std::filesystem::resize_file(path, 6); });
  change([](const std::string& path) { std::filesystem::remove(path); });
  change([](const std::string& path) {
    std::ofstream(path + ".new") << "a,b\n1,2\n3,4\n";
    std::filesystem::rename(path + ".new", path);
  });
}

/// The message about a file that a program reads as `csv("t.csv", …)`, with columns a..c and the class k.
Thrown declared(const std::string& text, const CsvFormat& format = {}, CsvUse::Kind kind = CsvUse::Kind::declared) {
  TempFolder folder;
  const std::string path = folder.write("t.csv", text);
  return thrown_by([&] {
    CsvReader reader(path,
                     {.format = format, .use = {kind, "t.csv", {{{"a", "c"}, true, false}, {{"k"}, false, true}}}});
    const auto [first, count] = reader.range("a", "c");
    const std::vector<CsvRequest> requests{{.name = "a..c", .first = first, .count = count},
                                           {.name = "k", .first = reader.column("k"), .kind = CsvRequest::Kind::text}};
    reader.read(requests);
  });
}

void expect_help(const Thrown& thrown, const std::string& help) {
  EXPECT_TRUE(thrown.contains("\n help: " + help)) << thrown.message;
  EXPECT_EQ(count(thrown.message, " help: "), 1) << thrown.message;
}

TEST(BadInput, Row65TheSeparatorIsAskedForWithTheEdit) {
  const std::string edit = "is the separator ';'? csv(\"t.csv\", separator: \";\")";
  for (const char* text : {"a;b;c;k\n1;2;3;x\n", "\"a\";\"b\";\"c\";\"k\"\n1;2;3;x\n",
                           "\"a\" ; \"b\" ; \"c\" ; \"k\"\r\n1;2;3;x\r\n", "a;b;c;k\n1;2;3;\"x, y\"\n"}) {
    expect_help(declared(text), edit);
  }
  expect_help(declared("\"a\"\t\"b\"\t\"c\"\t\"k\"\n1\t2\t3\tx\n"),
              "is the separator a tab? csv(\"t.csv\", separator: \"\\t\")");
  expect_help(declared("\"a\"|b|c|k\n1|2|3|x\n"), "is the separator '|'? csv(\"t.csv\", separator: \"|\")");
  expect_help(declared("a  b  c  k\n1  2  3  x\n"), "is the separator blanks? csv(\"t.csv\", separator: blank)");
  expect_help(declared("a,b,c,k\n1,2,3,x\n", {.separator = ';'}), "is the separator ','? csv(\"t.csv\")");
  expect_help(
      declared("a;b;c;k\n1,5;2;3;x\n"),
      "is the separator ';'? do decimals stand behind a comma? csv(\"t.csv\", separator: \";\", decimal: \",\")");
  expect_help(declared("a;b;c;k\n1,5;2;3;x\n", {.separator = ';'}),
              "decimal comma? csv(…, decimal: \",\"), or write 1.5, with a point");
  expect_help(declared("a;b;c;k\n1,000;2;3;x\n", {.separator = ';'}),
              "thousands? then write 1000; decimals behind a comma? then csv(…, decimal: \",\")");
  expect_help(declared("a;b;c;k\n1.5;2;3;x\n", {.separator = ';', .decimal = ','}),
              "numbers are written with a comma here: 1,5");
  expect_help(declared("a;b;c;k\n1;2;3;x\n", {}, CsvUse::Kind::stored),
              "is the separator ';'? the training's file has ',': write this one so too");
}

TEST(BadInput, Row67AMissingHeaderIsAskedForWithTheEdit) {
  expect_help(declared("5.1,3.5,1.4,setosa\n4.9,3,1.3,setosa\n"),
              "is the header line missing? csv(\"t.csv\", names: [\"a\", \"column 2\", \"c\", \"k\"])");
  expect_help(declared("setosa,5.1,3.5,1.4\n"),
              "is the header line missing? csv(\"t.csv\", names: [\"k\", \"a\", \"column 3\", \"c\"])");
  expect_help(declared("p,x,x,n\ne,x,y,n\np,b,s,w\n"),
              "is the header line missing? csv(\"t.csv\", names: [\"k\", \"a\", \"c\", \"column 4\"])");
  expect_help(declared("1,2,3,0\n3,4,6,1\n"),
              "is the header line missing? csv(\"t.csv\", names: [\"a\", \"column 2\", \"c\", \"k\"])");
  expect_help(declared("1,5;2;3;0\n3;4;6;1\n"),
              "is the separator ';'? do decimals stand behind a comma? is the header line missing? csv(\"t.csv\", "
              "separator: \";\", decimal: \",\", names: [\"a\", \"column 2\", \"c\", \"k\"])");
  expect_help(declared("5.1,3.5,1.4,setosa\n4.9,3,1.3,setosa\n", {}, CsvUse::Kind::stored),
              "is the header line missing? begin the file with a line that names its columns: a,column 2,c,k");
}

TEST(BadInput, Row67NamesThatDoNotFitTheFile) {
  const CsvFormat names{.names = {"a", "b", "c", "k"}};
  EXPECT_EQ(declared("1,2,3,x\n", names).message, "");
  Thrown thrown = declared("1,2,3,4,x\n", names);
  EXPECT_TRUE(thrown.contains(":1:9: error: expected 4 fields, as 'names' has, but found 5")) << thrown.message;
  expect_help(thrown, "are these the names? csv(\"t.csv\", names: [\"a\", \"b\", \"c\", \"k\", \"column 5\"])");
  thrown = declared("1,2,x\n", names);
  EXPECT_TRUE(thrown.contains("expected 4 fields, as 'names' has, but found 3")) << thrown.message;
  for (const char* text : {"a,b,c,k\n1,2,3,x\n", "A,B,C,Kind\n1,2,3,x\n", " a,\"b\",c,k\n"}) {
    thrown = declared(text, names);
    EXPECT_TRUE(thrown.contains(":1:1: error: this line names the columns, and so does 'names'")) << thrown.message;
    expect_help(thrown, "leave out 'names': csv(\"t.csv\"); or take the line out of the file");
  }
  EXPECT_TRUE(declared("", names).contains("no data rows"));
}

}  // namespace
}  // namespace nnc
