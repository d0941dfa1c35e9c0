#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "frontend/elaborate/elaborator.h"
#include "frontend/program/functions.h"
#include "frontend/syntax/definitions.h"
#include "ir/verify/verify.h"
#include "support/error.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

using testing::bind_text;
using testing::check_text;
using testing::CheckedText;
using testing::example;

class Examples : public ::testing::TestWithParam<const char*> {};

TEST_P(Examples, CheckWithoutAWord) {
  CheckedText text = check_text(example(GetParam()));
  EXPECT_NE(text.program, nullptr);
  EXPECT_EQ(text.rendered(), "");
}

TEST_P(Examples, LowerToGraphsThatVerify) {
  CheckedText text = check_text(example(GetParam()));
  Bound bound = bind_text(text);
  ASSERT_NE(bound, nullptr) << text.rendered();
  if (std::string(GetParam()) == "apples.nn") {
    verify(lower_function(*bound, "bill"));
    return;
  }
  verify(initial_graph(*bound));
  verify(training_graph(*bound));
  verify(evaluation_graph(*bound));
  verify(lower_function(*bound, ""));
  for (const MetricInfo& metric : metrics(*bound)) verify(metric.combine);
  for (const Fit& fit : fits(*bound)) verify(fit.argument);
}

INSTANTIATE_TEST_SUITE_P(All, Examples, ::testing::Values("xor.nn", "mnist.nn", "boston.nn", "apples.nn"));

/// Every file under examples/, the lectures' too.
std::vector<std::string> example_files() {
  std::vector<std::string> names;
  std::filesystem::path folder = std::string(NNC_SOURCE_DIR) + "/examples";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".nn") names.push_back(entry.path().lexically_relative(folder).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Cuts : public ::testing::TestWithParam<std::string> {};

/// Row 28: at every byte, of every example.
TEST_P(Cuts, AtAnyByteGetAnAnswer) {
  std::string whole = example(GetParam());
  for (size_t length = 0; length < whole.size(); ++length) {
    CheckedText text = check_text(whole.substr(0, length));
    EXPECT_TRUE(text.program != nullptr || text.diagnostics.has_errors()) << length;
    text.rendered();
  }
}

INSTANTIATE_TEST_SUITE_P(All, Cuts, ::testing::ValuesIn(example_files()), [](const auto& file) {
  std::string name = file.param;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
});

TEST(Programs, LowerToGraphsThatVerify) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(NNC_SOURCE_DIR) + "/tests/frontend/programs")) {
    SCOPED_TRACE(entry.path().filename().string());
    CheckedText text = check_text(testing::read_text(entry.path().string()));
    Bound bound = bind_text(text);
    ASSERT_NE(bound, nullptr) << text.rendered();
    EXPECT_EQ(text.rendered(), "");
    verify(initial_graph(*bound));
    verify(training_graph(*bound));
    verify(evaluation_graph(*bound));
    verify(lower_function(*bound, ""));
    std::string typed = dump_typed(*text.program);
    EXPECT_EQ(typed.find("train {") != std::string::npos, has_train(*text.program));
    EXPECT_EQ(typed.find("\n  loss = ") != std::string::npos, has_train(*text.program));
    ++files;
  }
  EXPECT_GE(files, 4);
}

TEST(Programs, PathsAreNamesOrKindsWithTheirNumber) {
  CheckedText text = check_text(testing::read_text(std::string(NNC_SOURCE_DIR) + "/tests/frontend/programs/layers.nn"));
  Bound bound = bind_text(text);
  ASSERT_NE(bound, nullptr) << text.rendered();
  Graph initial = initial_graph(*bound);
  std::vector<std::string> paths;
  for (const Result& result : initial.results) {
    if (result.name.rfind("optimizer.", 0) != 0) paths.push_back(result.name);
  }
  EXPECT_EQ(paths, (std::vector<std::string>{"net.block_0.dense_0.W", "net.block_0.dense_0.b", "net.block_1.dense_0.W",
                                             "net.block_1.dense_0.b", "net.enc.W", "net.enc.b", "net.a",
                                             "net.dense_0.W", "net.dense_0.b"}));
}

TEST(Library, EveryDefinitionChecksAlone) {
  std::shared_ptr<const Definitions> library = Definitions::library();
  std::vector<std::string> names = library->names(true);
  for (const char* name :
       {"threshold", "relu",     "leaky_relu",    "elu",  "softmax",  "log_softmax",     "mse",     "mae",
        "huber",     "bce",      "cross_entropy", "l2",   "dense",    "dropout",         "flatten", "squeeze",
        "sgd",       "momentum", "rmsprop",       "adam", "constant", "cosine",          "glorot",  "he",
        "normal",    "uniform",  "zeros",         "ones", "accuracy", "binary_accuracy", "r2",      "rnn",
        "lstm",      "gru",      "bidirectional"}) {
    EXPECT_NE(library->find(name, true), nullptr) << name;
  }
  for (const Definition* definition : library->of_library()) {
    Diagnostics diagnostics;
    Elaborator elaborator(*library, diagnostics);
    elaborator.check_alone(*definition);
    EXPECT_FALSE(diagnostics.has_errors()) << definition->name() << "\n" << render(diagnostics, *definition->source);
    EXPECT_FALSE(definition->item->doc.empty()) << definition->name() << " says no formula";
  }
}

// Without its limit each of these would run for days or end on the stack.
TEST(Limits, EndWhatUnfoldsTooFar) {
  std::string doubling = "fn g0(x: f32[B]) = x + x\n";
  for (int i = 1; i <= 40; ++i) {
    doubling += "fn g" + std::to_string(i) + "(x: f32[B]) = g" + std::to_string(i - 1) + "(x) + g" +
                std::to_string(i - 1) + "(x * 2)\n";
  }
  std::string nested = "fn f(x: f32[B]) {\n";
  for (int i = 0; i < 3; ++i) nested += "for i" + std::to_string(i) + " in 0..1000 {\n";
  nested += "x = x + 1\n}\n}\n}\nx\n}\n";
  std::string deep = "fn f(x: f32[B]) = " + std::string(100000, '(') + "x";
  for (const std::string& text :
       {doubling, nested, deep, std::string("fn f(x: f32[B]) {\nfor i in 0..1000000000 { x = x + 1 }\nx\n}\n")}) {
    CheckedText result = check_text(text);
    EXPECT_TRUE(result.diagnostics.has_errors());
    EXPECT_NE(result.rendered().find("a limit of nnc"), std::string::npos) << result.rendered();
  }
}

TEST(Limits, ALongFlatChainIsFine) {
  std::string text = "fn f(x: f32[B]) = x";
  for (int i = 0; i < 100000; ++i) text += " + x";
  CheckedText result = check_text(text + "\n");
  EXPECT_NE(result.program, nullptr) << result.rendered();
}

}  // namespace
}  // namespace nnc
