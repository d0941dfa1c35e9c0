// Tables as people have them, in the formats of well-known public sets: read, or met by an edit that makes them read.
#include <gtest/gtest.h>
#include <zlib.h>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

/// A program that reads x (of that width) and the class or number y from `source`.
std::string program(const std::string& source, int width, const std::string& x, const std::string& y,
                    const std::string& type) {
  const bool is_class = type != "f32";
  const std::string n = std::to_string(width);
  return "data d = " + source + " {\n  x: f32[" + n + "] = " + x + "\n  y: " + type + " = column(\"" + y + "\")\n}\n" +
         "model net(x: f32[B, " + n + "]) -> " +
         (is_class ? "logit[B, " + type.substr(6, type.size() - 7) + "] = x |> dense(" + type.substr(6)
                   : "f32[B] = x |> dense(1) |> squeeze") +
         "\ntrain { data = d; batch = 2; epochs = 2; loss = " + (is_class ? "cross_entropy" : "mse") +
         "(net(x), y); optimizer = adam(0.01) }\n";
}

/// The program after the edit that a message proposes: its `csv(…)` instead of the one that stands there.
std::string edited(const std::string& text, const Ended& ended) {
  const size_t begin = ended.output.find("csv(\"", ended.output.find(" help: "));
  if (begin == std::string::npos) return "no edit is proposed: " + ended.output;
  const std::string line = ended.output.substr(begin, ended.output.find('\n', begin) - begin);
  const size_t from = text.find("csv(\""), to = text.find('"', from + 5) + 1;
  return text.substr(0, from) + line.substr(0, line.find_last_of(')')) + text.substr(to);
}

/// Trains; where that fails, what the message proposes must help. What was proposed.
std::string train_with_advice(const TempFolder& folder, const std::string& text) {
  folder.write("t.nn", text);
  const Ended refused = run(folder, "train t.nn");
  EXPECT_EQ(refused.code, 1) << refused.output;
  const std::string better = edited(text, refused);
  folder.write("t.nn", better);
  const Ended trained = run(folder, "train t.nn");
  EXPECT_EQ(trained.code, 0) << refused.output << better << trained.output;
  return refused.output;
}

std::string repeated(const std::string& rows, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += rows;
  return text;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const std::string kIris =
    "5.1,3.5,1.4,0.2,Iris-setosa\n7.0,3.2,4.7,1.4,Iris-versicolor\n6.3,3.3,6.0,2.5,Iris-virginica\n";

TEST(Tables, IrisHasNoHeaderAndEndsInBlankLines) {
  TempFolder folder;
  folder.write("iris.data", repeated(kIris, 8) + "\n\r\n  \n");
  const std::string x = "standardize(columns(\"sepal_length\"..\"petal_width\"))";
  const std::string said = train_with_advice(folder, program("csv(\"iris.data\")", 4, x, "species", "class(3)"));
  EXPECT_TRUE(contains(said, "iris.data:1:1: error: no column 'sepal_length'; the columns are '5.1', '3.5'")) << said;
  EXPECT_TRUE(contains(said,
                       "is the header line missing? csv(\"iris.data\", names: [\"sepal_length\", \"column 2\", "
                       "\"column 3\", \"petal_width\", \"species\"])"))
      << said;
}

TEST(Tables, WineHasSemicolonsAndQuotedNames) {
  TempFolder folder;
  folder.write("wine.csv",
               "\"fixed acidity\";\"volatile acidity\";\"quality\"\n" + repeated("7.4;0.7;5\n7.8;0.88;6\n", 6));
  const std::string text = program("csv(\"wine.csv\", split: {train: 0.5, valid: 0.5}, seed: 1)", 2,
                                   "columns(\"fixed acidity\"..\"volatile acidity\")", "quality", "f32");
  EXPECT_TRUE(contains(train_with_advice(folder, text), "is the separator ';'? csv(\"wine.csv\", separator: \";\")\n"));
}

TEST(Tables, DecimalCommasAreAskedForTogetherWithTheSeparator) {
  TempFolder folder;
  folder.write("preise.csv", "Fläche;Preis\r\n" + repeated("70,5;1.250,00\r\n", 3));
  const std::string text = program("csv(\"preise.csv\")", 1, "columns(\"Fläche\")", "Preis", "f32");
  folder.write("t.nn", text);
  const Ended refused = run(folder, "train t.nn");
  EXPECT_TRUE(says(refused, "csv(\"preise.csv\", separator: \";\", decimal: \",\")")) << refused.output;
  folder.write("t.nn", edited(text, refused));
  EXPECT_TRUE(says(run(folder, "train t.nn"), "digits are written without separators: 1250,00"));
  folder.write("preise.csv", "Fläche;Preis\r\n" + repeated("70,5;1250,00\r\n", 3));
  EXPECT_EQ(run(folder, "train t.nn").code, 0);
}

TEST(Tables, AdultHasBlanksBehindCommas) {
  TempFolder folder;
  folder.write("adult.data",
               repeated("39, State-gov, 77516, <=50K\n50, ?, 83311, >50K \n38, Private, 215646, >50K\n", 5));
  const std::string x = "concat(standardize(columns(\"age\", \"weight\")), one_hot(column(\"work\")))";
  const std::string text =
      program("csv(\"adult.data\", names: [\"age\", \"work\", \"weight\", \"income\"])", 5, x, "income", "class(2)");
  folder.write("t.nn", text);
  const Ended trained = run(folder, "train t.nn");
  EXPECT_EQ(trained.code, 0) << trained.output;
  folder.write("adult.csv", "age, work, weight, income\n39, State-gov , 77516, <=50K\n50,\"?\", 83311, >50K \n");
  const Ended scored = run(folder, "eval t.nn t.safetensors adult.csv");
  EXPECT_EQ(scored.code, 0) << scored.output;
}

TEST(Tables, AutoMpgHasRunsOfBlanksAndQuotedNames) {
  TempFolder folder;
  folder.write("auto-mpg.data", repeated("18.0   8   307.0      3504.  \t\"chevrolet chevelle malibu\"\n"
                                         "15.0   8   350.0      3693.  \t\"buick skylark 320\"\n",
                                         4));
  const std::string x = "standardize(columns(\"cylinders\"..\"weight\"))";
  const std::string said = train_with_advice(folder, program("csv(\"auto-mpg.data\")", 3, x, "mpg", "f32"));
  EXPECT_TRUE(contains(said,
                       "is the separator blanks? is the header line missing? csv(\"auto-mpg.data\", separator: "
                       "blank, names: [\"cylinders\", "))
      << said;
  folder.write("t.nn", program("csv(\"auto-mpg.data\", separator: blank, names: [\"mpg\", \"cylinders\", "
                               "\"displacement\", \"weight\", \"car\"])",
                               3, x, "mpg", "f32"));
  EXPECT_EQ(run(folder, "train t.nn").code, 0);
}

TEST(Tables, AbaloneAndLettersBeginWithATextAndHaveNoHeader) {
  TempFolder folder;
  folder.write("abalone.data", repeated("M,0.455,0.365,15\nF,0.53,0.42,9\nI,0.33,0.255,7\n", 4));
  std::string said = train_with_advice(
      folder, program("csv(\"abalone.data\")", 5, "concat(columns(\"length\"..\"width\"), one_hot(column(\"sex\")))",
                      "rings", "f32"));
  EXPECT_TRUE(contains(said, "names: [\"sex\", \"length\", \"width\", \"rings\"])")) << said;
  folder.write("letter.data", repeated("T,2,8,3\nI,5,12,3\nT,4,11,6\n", 4));
  said = train_with_advice(folder,
                           program("csv(\"letter.data\")", 3, "columns(\"xbox\"..\"width\")", "letter", "class(2)"));
  EXPECT_TRUE(contains(said, "names: [\"letter\", \"xbox\", \"column 3\", \"width\"])")) << said;
}

TEST(Tables, AnIndexWithoutANameIsNoError) {
  TempFolder folder;
  folder.write("pandas.csv", ",a,b,k\n0,1.5,2,x\n1,0.5,3,y\n2,4,1,x\n");
  folder.write("r.csv", "\"a\",\"b\",\"k\"\n\"Mazda RX4\",1.5,2,\"x\"\n\"Datsun 710\",0.5,3,\"y\"\n");
  folder.write("r.txt", "\"a\" \"b\" \"k\"\n\"1\" 1.5 2 \"x\"\n\"2\" 0.5 3 \"y\"\n");
  for (const char* source : {"csv(\"pandas.csv\")", "csv(\"r.csv\")", "csv(\"r.txt\", separator: blank)"}) {
    folder.write("t.nn", program(source, 2, "columns(\"a\"..\"b\")", "k", "class(2)"));
    const Ended trained = run(folder, "train t.nn");
    EXPECT_EQ(trained.code, 0) << source << trained.output;
  }
}

TEST(Tables, BlanksBesideALabelMakeNoClassOfTheirOwn) {
  TempFolder folder;
  folder.write("t.csv", "a,b,k\n1,2,yes \n2,3, no\n3,4,yes\n4,5,\" no \"\n");
  folder.write("t.nn", program("csv(\"t.csv\")", 2, "columns(\"a\"..\"b\")", "k", "class(2)"));
  const Ended trained = run(folder, "train t.nn");
  EXPECT_EQ(trained.code, 0) << trained.output;
  EXPECT_EQ(run(folder, "predict t.nn t.safetensors t.csv 2>/dev/null").output.substr(0, 7), "no,yes\n");
  EXPECT_TRUE(says(run(folder, "data t.csv"), "2: no ×2, yes ×2"));
}

/// The file packed by gzip.
void pack(const TempFolder& folder, const std::string& name, const std::string& text) {
  gzFile file = gzopen(folder.path(name).c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
}

class StoredFormat : public testing::Test {
 protected:
  void SetUp() override {
    pack(folder, "iris.data.gz", repeated(kIris, 8));
    folder.write("t.nn", program("csv(\"iris.data.gz\", names: [\"sl\", \"sw\", \"pl\", \"pw\", \"kind\"])", 4,
                                 "standardize(columns(\"sl\"..\"pw\"))", "kind", "class(3)"));
    const Ended trained = run(folder, "train t.nn");
    ASSERT_EQ(trained.code, 0) << trained.output;
    all = run(folder, "predict t.nn t.safetensors iris.data.gz 2>&1").output;
    ASSERT_EQ(count(all, "\n"), 25) << all;
  }
  std::string predicted(const std::string& text) {
    folder.write("new.csv", text);
    return run(folder, "predict t.nn t.safetensors new.csv").output;
  }
  TempFolder folder;
  std::string all;
};

TEST_F(StoredFormat, RowsWithoutAHeaderHaveTheTrainingsNames) {
  const std::string first = all.substr(0, all.find('\n', all.find('\n') + 1) + 1);
  EXPECT_EQ(predicted("5.1,3.5,1.4,0.2,Iris-setosa\n"), first);
  EXPECT_EQ(predicted("5.1,3.5,1.4,0.2\n"), first);               // those that are wanted, in their order
  EXPECT_EQ(predicted("pw,sl,sw,pl\n0.2,5.1,3.5,1.4\n"), first);  // a header names them
  const std::string three = predicted("5.1,3.5,1.4\n");
  EXPECT_TRUE(contains(three, "expected 5 fields, as 'names' has, but found 3")) << three;
  const std::string other = predicted("5.1;3.5;1.4;0.2;x\n4;3;2;1;x\n");
  EXPECT_TRUE(contains(other, "is the separator ';'? the training's file has ',': write this one so too")) << other;
  EXPECT_EQ(run(folder, "eval t.nn t.safetensors iris.data.gz").code, 0);
  std::filesystem::remove(folder.path("iris.data.gz"));
  EXPECT_EQ(predicted("5.1,3.5,1.4,0.2\n"), first);
}

TEST(Tables, PredictAndEvalReadAsTheTrainingDid) {
  TempFolder folder;
  folder.write("t.csv", "a;b;y\n" + repeated("1,5;2;3\n2,5;1;4\n", 4));
  folder.write("t.nn",
               program("csv(\"t.csv\", separator: \";\", decimal: \",\")", 2, "columns(\"a\"..\"b\")", "y", "f32"));
  ASSERT_EQ(run(folder, "train t.nn").code, 0);
  // What the program says of another file now does not matter.
  folder.write("t.nn", program("csv(\"t.csv\")", 2, "columns(\"a\"..\"b\")", "y", "f32"));
  folder.write("new.csv", "b;a\n2;1,5\n");
  const Ended read = run(folder, "predict t.nn t.safetensors new.csv");
  EXPECT_EQ(read.code, 0) << read.output;
  EXPECT_EQ(run(folder, "eval t.nn t.safetensors t.csv").code, 0);
  folder.write("new.csv", "a,b\n1.5,2\n");
  const Ended commas = run(folder, "predict t.nn t.safetensors new.csv");
  EXPECT_EQ(commas.code, 1);
  EXPECT_TRUE(says(commas, "is the separator ','?")) << commas.output;
  EXPECT_TRUE(says(commas, "the training's file has ';' and decimal commas: write this one so too")) << commas.output;
}

TEST(Tables, DataShowsAFileByTheFormatThatItSeemsToHave) {
  TempFolder folder;
  folder.write("a.csv", "a;b;y\n1,5;2;x\n2,5;3;z\n");
  Ended shown = run(folder, "data a.csv");
  EXPECT_EQ(shown.code, 0) << shown.output;
  EXPECT_TRUE(says(shown, "a.csv: 2 rows, 3 columns\n")) << shown.output;
  EXPECT_TRUE(says(shown, "read as csv(\"a.csv\", separator: \";\", decimal: \",\"), which it seems to be"))
      << shown.output;
  EXPECT_TRUE(says(shown, "  a       number        0  1.5  2.5     2")) << shown.output;
  const Ended piped = run(folder, "data - < a.csv");
  EXPECT_TRUE(says(piped, "2 rows, 3 columns\n")) << piped.output;
  folder.write("semiq.csv", "\"a\";\"b\";\"y\"\n1;2;3\n");
  EXPECT_TRUE(says(run(folder, "data semiq.csv"), "1 row, 3 columns"));
  folder.write("iris.data", kIris + "\n");
  shown = run(folder, "data iris.data");
  EXPECT_TRUE(says(shown, "iris.data: 3 rows, 5 columns\n")) << shown.output;
  EXPECT_TRUE(says(shown, "  column 5  text")) << shown.output;
  EXPECT_TRUE(says(shown, "csv(\"iris.data\", names: [\"column 1\", ")) << shown.output;
  pack(folder, "iris.csv.gz", "a,k\n1,x\n2,y\n");
  EXPECT_TRUE(says(run(folder, "data iris.csv.gz"), "iris.csv.gz: 2 rows, 2 columns\n"));
  EXPECT_TRUE(says(run(folder, "data - < iris.csv.gz"), "2 rows, 2 columns\n"));
  folder.write("t.nn", program("csv(\"a.csv\")", 1, "columns(\"a;b;y\")", "y", "f32"));
  shown = run(folder, "data t.nn");
  EXPECT_TRUE(says(shown, "is the separator ';'?")) << shown.output;
}

}  // namespace
}  // namespace nnc
