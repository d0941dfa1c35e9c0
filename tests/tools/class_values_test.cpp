// Every value that becomes a class(K) is looked at, wherever it comes from: what is none of the K classes is refused
// with its row, column and value, as in a plain column, and what is one of them counts.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>

#include "tests/tools/idx_text.h"
#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

/// A classifier of `a` whose labels are computed as told; `more` are further fields.
std::string program(const std::string& type, const std::string& expression, const std::string& split = "") {
  return fmt::format(
      "data d = csv(\"d.csv\"{0}) {{\n"
      "  x: f32[1] = columns(\"a\")\n"
      "  y: {1} = {2}\n"
      "}}\n"
      "model net(x: f32[B, 1]) -> logit[B, {3}] = x |> dense({3})\n"
      "train {{\n"
      "  data = d{4};  batch = 4;  epochs = 200;  loss = cross_entropy(net(x), y)\n"
      "  metrics = {{acc: accuracy(net(x), y)}};  optimizer = sgd(1.0)\n"
      "}}\n",
      split, type, expression, type == "class(K)" ? "d.K" : "3", split.empty() ? "" : ".train; valid = d.valid");
}

/// What `nnc train` says of labels computed of `k`, one a row.
Ended train(const std::string& type, const std::string& expression, const std::vector<std::string>& labels,
            const std::string& split = "") {
  TempFolder folder;
  std::string rows = "a,k\n";
  for (size_t i = 0; i < labels.size(); ++i) rows += fmt::format("0.{},{}\n", i + 1, labels[i]);
  folder.write("d.csv", rows);
  folder.write("p.nn", program(type, expression, split));
  return run(folder, "train p.nn");
}

TEST(ClassValues, AComputedLabelOutOfRangeIsRefusedAsInAPlainColumn) {
  Ended ended = train("class(3)", "i32(column(\"k\"))", {"1", "2", "3"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "d.csv:4:5: error: class 3 is none of 0..2 (class(3)), in the field 'y' of 'k' = 3\n"))
      << ended.output;
  EXPECT_TRUE(says(ended, "classes count from 0: i32(column(\"k\")) - 1\n")) << ended.output;
  ended = train("class(3)", "i32(column(\"k\")) - 1", {"1", "0", "3"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "d.csv:3:5: error: class -1 is negative, in the field 'y' of 'k' = 0\n")) << ended.output;
}

TEST(ClassValues, WhatIsNotWholeOrNoNumberIsRefused) {
  for (const char* expression :
       {"i32(column(\"k\"))", "column(\"k\") - 0", "i32(column(\"k\") * 2) - i32(column(\"k\"))"}) {
    Ended ended = train("class(3)", expression, {"1", "1.25", "2"});
    EXPECT_EQ(ended.code, 1) << expression;
    EXPECT_TRUE(says(ended, "is no class of class(3): a class is a whole number")) << ended.output;
    EXPECT_TRUE(says(ended, "d.csv:3:5: error: ")) << ended.output;
  }
  Ended ended = train("class(3)", "i32(log(column(\"k\")))", {"1", "-1", "1"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "d.csv:3:5: error: nan is no class of class(3)")) << ended.output;
  ended = train("class(3)", "i32(floor(column(\"k\")))", {"1", "1.25", "2.9"});
  EXPECT_EQ(ended.code, 0) << ended.output;
}

TEST(ClassValues, EverySplitIsLookedAt) {
  const std::string split = ", split: {train: 0.5, valid: 0.5}";
  Ended ended = train("class(3)", "i32(column(\"k\"))", {"1", "2", "0", "7"}, split);
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "d.csv:5:5: error: class 7 is none of 0..2 (class(3))")) << ended.output;
}

TEST(ClassValues, ComputedLabelsTrainAsPlainOnesDo) {
  for (const char* expression : {"column(\"k\") - 1", "i32(column(\"k\")) - 1", "i32(column(\"k\") - 1)",
                                 "where(column(\"k\") == 3, 2, column(\"k\") - 1)"}) {
    for (const char* type : {"class(3)", "class(K)"}) {
      Ended ended = train(type, expression, {"1", "2", "3"});
      EXPECT_EQ(ended.code, 0) << expression << ended.output;
      EXPECT_TRUE(says(ended, "train.acc 1\n")) << expression << ended.output;
    }
  }
}

TEST(ClassValues, ClassesThatTheDataCountsAreAllThere) {
  Ended ended = train("class(K)", "column(\"k\") - 1", {"1", "2", "4"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "d.csv:4:5: error: class 3 is none of 0..2 (the 3 classes that the train split has)"))
      << ended.output;
}

TEST(ClassValues, OneHotOfComputedClasses) {
  TempFolder folder;
  folder.write("d.csv", "a,p,q\n0.1,1,7\n0.2,2,8\n0.3,3,9\n0.4,3,7\n");
  const std::string start = "data d = csv(\"d.csv\") {\n  y: f32 = column(\"a\")\n";
  const std::string rest =
      "}\nmodel net(x: f32[B, d.F]) -> f32[B] = x |> dense(1) |> squeeze\n"
      "train { data = d; epochs = 2; loss = mse(net(x), y); metrics = {ones: sum(mean(x, over: 0)), last: mean(x[.., "
      "2])} }\n";
  for (const char* expression :
       {"one_hot(column(\"p\") - 1)", "one_hot(i32(column(\"p\")) - 1)", "column(\"p\") - 1 |> one_hot",
        "concat(one_hot(column(\"p\") - 1), one_hot(i32(column(\"q\")) - 7))"}) {
    folder.write("p.nn", start + "  x: f32[F] = " + expression + "\n" + rest);
    Ended ended = run(folder, "train p.nn --force");
    EXPECT_EQ(ended.code, 0) << expression << ended.output;
    EXPECT_TRUE(says(ended, "train.last 0.5\n")) << expression << ended.output;
    Ended again = run(folder, "eval p.nn p.safetensors d.csv");
    EXPECT_EQ(again.code, 0) << again.output;
    folder.write("new.csv", "p,q\n1,7\n4,8\n");
    Ended refused = run(folder, "predict p.nn p.safetensors new.csv");
    EXPECT_EQ(refused.code, 1) << refused.output;
    EXPECT_TRUE(says(refused, "new.csv:3:1: error: class 3 is none of 0..2 (class(3)), in the field 'x' of 'p' = 4\n"))
        << refused.output;
  }
}

TEST(ClassValues, EvaluationRefusesThemToo) {
  TempFolder folder;
  folder.write("d.csv", "a,k\n0.1,1\n0.2,2\n0.3,3\n");
  folder.write("p.nn", program("class(3)", "i32(column(\"k\")) - 1"));
  ASSERT_EQ(run(folder, "train p.nn").code, 0);
  folder.write("new.csv", "k,a\n3,0.1\n4,0.2\n");
  Ended ended = run(folder, "eval p.nn p.safetensors new.csv");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "new.csv:3:1: error: class 3 is none of 0..2 (class(3)), in the field 'y' of 'k' = 4\n"))
      << ended.output;
  // The table of classes is of the labels as they are computed.
  Ended fine = run(folder, "eval p.nn p.safetensors d.csv");
  EXPECT_TRUE(says(fine, "acc        1\n")) << fine.output;
}

TEST(ClassValues, PredictionsAndCallsRefuseThem) {
  TempFolder folder;
  folder.write("d.csv", "a,k\n0.1,1\n0.2,2\n0.3,3\n0.5,3\n");
  folder.write(
      "p.nn",
      "data d = csv(\"d.csv\") {\n  k: class(3) = i32(column(\"k\")) - 1\n  y: f32 = column(\"a\")\n}\n"
      "model net(k: class(3)[B]) -> f32[B] {\n  param W: f32[3, 2] = normal\n  W[k] |> dense(1) |> squeeze\n}\n"
      "train { data = d; epochs = 3; loss = mse(net(k), y) }\n"
      "export fn predict(k: f32[B]) -> f32[B] = net(d.k(k))\n"
      "fn label(t: i32[B]) -> class(3)[B] = t\n"
      "fn chosen(x: f32[B, 3], t: i32[B]) -> f32[B] = pick(x, label(t))\n");
  ASSERT_EQ(run(folder, "train p.nn").code, 0);
  folder.write("new.csv", "k,t\n1,0\n7,5\n");
  for (const char* function : {"", " --fn predict"}) {
    Ended ended = run(folder, fmt::format("predict p.nn p.safetensors new.csv{}", function));
    EXPECT_EQ(ended.code, 1) << ended.output;
    EXPECT_TRUE(says(ended, "new.csv:3:1: error: class 6 is none of 0..2 (class(3)), in the field 'k' of 'k' = 7\n"))
        << ended.output;
  }
  folder.write("half.csv", "k\n1\n1.5\n");
  Ended half = run(folder, "predict p.nn p.safetensors half.csv");
  EXPECT_TRUE(says(half, "half.csv:3:1: error: 1.5 is no class of class(3): a class is a whole number")) << half.output;
  Ended of_function = run(folder, "predict p.nn p.safetensors new.csv --fn label");
  EXPECT_EQ(of_function.code, 1) << of_function.output;
  EXPECT_TRUE(says(of_function, "new.csv:3:3: error: class 5 is none of 0..2 (class(3)), of 't' = 5\n"))
      << of_function.output;
  Ended called = run(folder, "run p.nn chosen --x '[[1, 2, 3], [4, 5, 6]]' --t '[0, 3]'");
  EXPECT_EQ(called.code, 1) << called.output;
  EXPECT_TRUE(says(called, "error: class 3 is none of 0..2 (class(3)) in row 2 (from 1)")) << called.output;
  EXPECT_EQ(run(folder, "run p.nn chosen --x '[[1, 2, 3], [4, 5, 6]]' --t '[0, 2]'").output, "[1, 6]\n");
}

TEST(ClassValues, LabelsOfIdxFilesAreShiftedByArithmetic) {
  TempFolder folder;
  folder.write("train-images", idx({4, 1, 1}, std::string("\1\2\3\4", 4)));
  folder.write("train-labels", idx({4}, std::string("\1\2\3\1", 4)));
  auto trained = [&](const std::string& labels) {
    const std::string k = labels.starts_with("class(K)") ? "d.K" : "3";
    folder.write("p.nn", "data d = idx(\".\") {\n  x: f32[1] = image / 255\n  y: " + labels +
                             "\n}\nmodel net(x: f32[B, 1]) -> logit[B, " + k + "] = x |> dense(" + k +
                             ")\n"
                             "train { data = d; epochs = 2; loss = cross_entropy(net(x), y) }\n");
    return run(folder, "train p.nn --force");
  };
  for (const char* labels : {"class(3) = label - 1", "class(K) = label - 1", "class(3) = i32(label) - 1"}) {
    Ended ended = trained(labels);
    EXPECT_EQ(ended.code, 0) << labels << ended.output;
  }
  for (const char* labels : {"class(3) = label - 2", "class(3) = label - 0", "class(3) = i32(label) - 2"}) {
    Ended ended = trained(labels);
    EXPECT_EQ(ended.code, 1) << labels << ended.output;
    EXPECT_TRUE(says(ended, "class -1 is negative") || says(ended, "class 3 is none of 0..2")) << ended.output;
    EXPECT_TRUE(says(ended, "in row 1 (from 1)") || says(ended, "in row 3 (from 1)")) << ended.output;
  }
}

TEST(ClassValues, IntegersOfFieldsAreNotCutToTheirRange) {
  const std::string model =
      "}\nmodel net(x: f32[B]) -> f32[B] { param w: f32 = 1\n w * x }\n"
      "train { data = d; epochs = 1; loss = mean(net(x)) + mean(f32(n)) }\n";
  auto trained = [&](const std::string& field) {
    TempFolder folder;
    folder.write("d.csv", "a,n\n1,2147483647\n2,3000000000\n");
    folder.write("p.nn", "data d = csv(\"d.csv\") {\n  x: f32 = column(\"a\")\n  " + field + "\n" + model);
    return run(folder, "train p.nn");
  };
  Ended ended = trained("n: i32 = i32(column(\"n\"))");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "d.csv:3:3: error: 3000000000 is no i32, in the field 'n' of 'n' = 3000000000\n"))
      << ended.output;
  EXPECT_EQ(trained("n: i32 = i32(column(\"n\") - 3000000000)").code, 0);
  EXPECT_EQ(trained("n: u8 = u8(column(\"n\") - 2147483647)").code, 1);
}

}  // namespace
}  // namespace nnc
