// Fields of whole numbers, doubles and vectors of classes, from the file to the prediction, and what is none of them.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/tools/idx_text.h"
#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

const std::string kRows =
    "a,b,n,y,u,k1,k2,k3\n1,2,0,1,255,0,1,4\n3,4,4,2,0,2,2,3\n5,6,2,3,7,4,0,1\n7,8,1,4,9,1,1,1\n0.1,2,3,1,3,3,4,0\n";

/// Every kind of number in one program. `n` is read as i32 and as f32, `a` as f64 and as f32.
std::string program() {
  return "data d = csv(\"r.csv\") {\n"
         "  x: f32[2] = columns(\"a\", \"b\")\n  n: i32 = column(\"n\")\n  m: f32 = column(\"n\")\n"
         "  w: f64 = column(\"a\")\n  u: u8 = column(\"u\")\n  v: i32[2] = columns(\"n\", \"u\")\n"
         "  k: class(5)[3] = columns(\"k1\"..\"k3\")\n  y: f32 = column(\"y\")\n}\n"
         "model net(x: f32[B, 2], n: i32[B], k: class(5)[B, 3], u: u8[B], v: i32[B, 2]) -> f32[B] {\n"
         "  param W: f32[5, 2] = normal\n  param E: f32[5, 4] = normal\n"
         "  sum(W[n] * x, over: -1) + sum(E[k], over: [1, 2]) + f32(u) / 255 + 0.01 * f32(v[.., 1])\n}\n"
         "train { data = d; batch = 2; epochs = 3; loss = mse(net(x, n, k, u, v), y); optimizer = sgd(0.001)\n"
         "  metrics = {n: mean(f32(n)), m: mean(m), u: mean(f32(u)), w: mean(f32((w - 0.1) * 1e9)),\n"
         "             k: mean(one_hot(k)), first: mean(f32(k[.., 0] == 4)), v: mean(f32(v))} }\n"
         "export fn predict(x: f32[B, 2], n: i32[B], k: class(5)[B, 3], u: u8[B], v: i32[B, 2]) -> f32[B] =\n"
         "  net(d.x(x), d.n(n), d.k(k), d.u(u), d.v(v))\n";
}

TEST(FieldTypes, NumbersOfACsvAreWhatTheirFieldSays) {
  TempFolder folder;
  folder.write("r.csv", kRows);
  folder.write("a.nn", program());
  EXPECT_TRUE(says(run(folder, "check a.nn"), "a.nn: no errors"));
  Ended ended = run(folder, "train a.nn");
  ASSERT_EQ(ended.code, 0) << ended.output;
  // 0.1 is the double: rounded to f32 it would leave 0.3 after the factor
  for (const char* score : {"train.n 2\n", "train.m 2\n", "train.u 54.8\n", "train.k 0.2\n", "train.first 0.2\n",
                            "train.v 28.4\n", "train.w 3.12e+09\n"}) {
    EXPECT_TRUE(says(ended, score)) << score << ended.output;
  }
  ASSERT_EQ(run(folder, "train a.nn --interp --out b.safetensors").code, 0);
  EXPECT_EQ(folder.read("a.safetensors"), folder.read("b.safetensors"));
  Ended own = run(folder, "predict a.nn a.safetensors 2>/dev/null");
  EXPECT_EQ(count(own.output, "\n"), 6) << own.output;
  // The model after its fields and the function over the fields say the same of the same rows.
  EXPECT_EQ(run(folder, "predict a.nn a.safetensors r.csv 2>/dev/null").output, own.output);
  EXPECT_TRUE(says(run(folder, "eval a.nn a.safetensors r.csv"), "n          2\n"));
  EXPECT_EQ(run(folder, "explain a.nn --weights a.safetensors").code, 0);
  EXPECT_EQ(run(folder, "check a.nn --gradients").code, 0);
}

// Truths and short floats are computed of the numbers; as targets they are looked at like any other.
TEST(FieldTypes, TargetsOfEveryType) {
  TempFolder folder;
  folder.write("r.csv", kRows);
  folder.write(
      "a.nn",
      "data d = csv(\"r.csv\") {\n  x: f32[2] = columns(\"a\", \"b\")\n  y: bool = column(\"y\") > 1\n"
      "  t: bool = column(\"y\") > 0\n  h: bf16 = bf16(column(\"y\"))\n  n: i32 = column(\"n\")\n"
      "  w: f64 = column(\"y\")\n}\n"
      "model net(x: f32[B, 2]) -> f32[B] = x |> dense(1) |> squeeze\n"
      "train { data = d; epochs = 2\n  loss = mse(net(x), f32(y)) + mse(net(x), f32(t)) + mse(net(x), f32(h)) +\n"
      "    mse(net(x), f32(n)) + mse(net(x), f32(w))\n"
      "  metrics = {y: mean(f32(y)), t: mean(f32(t)), h: mean(f32(h))} }\n");
  Ended ended = run(folder, "train a.nn");
  ASSERT_EQ(ended.code, 0) << ended.output;
  for (const char* score : {"train.y 0.6\n", "train.t 1\n", "train.h 2.2\n"}) {
    EXPECT_TRUE(says(ended, score)) << score << ended.output;
  }
  EXPECT_EQ(count(ended.output, "a.nn:4:3: warning: the target 't' is 1 in every row of the train split"), 1)
      << ended.output;
  EXPECT_EQ(count(ended.output, "warning: the target"), 1) << ended.output;
  ASSERT_EQ(run(folder, "train a.nn --interp --out b.safetensors").code, 0);
  EXPECT_EQ(folder.read("a.safetensors"), folder.read("b.safetensors"));
}

TEST(FieldTypes, ANumberOfAnotherTypeIsNamedWithLineAndColumn) {
  TempFolder folder;
  folder.write("r.csv", kRows);
  folder.write("a.nn", program());
  ASSERT_EQ(run(folder, "train a.nn").code, 0);
  struct Wrong {
    const char *from, *to, *message;
  };
  for (const Wrong& wrong : {Wrong{"3,4,4,2", "3,4,2.5,2", "r.csv:3:5: error: '2.5' is no i32 (column 'n')"},
                             Wrong{"3,4,4,2", "3,4,3e9,2", "r.csv:3:5: error: '3e9' is no i32 (column 'n')"},
                             Wrong{",255,", ",256,", "r.csv:2:9: error: '256' is no u8 (column 'u')"},
                             Wrong{",9,1,1,1", ",-1,1,1,1", "r.csv:5:9: error: '-1' is no u8 (column 'u')"},
                             Wrong{"7,4,0,1", "7,4,5,1", "r.csv:4:13: error: class 5 is none of 0..4"},
                             Wrong{"7,4,0,1", "7,4,0,1.5", "r.csv:4:15: error: class '1.5' is not a whole number"}}) {
    std::string rows = kRows;
    rows.replace(rows.find(wrong.from), std::string(wrong.from).size(), wrong.to);
    folder.write("r.csv", rows);
    for (const char* command : {"check a.nn", "train a.nn --out b.safetensors", "predict a.nn a.safetensors r.csv",
                                "eval a.nn a.safetensors r.csv"}) {
      Ended ended = run(folder, command);
      EXPECT_EQ(ended.code, 1) << command << ended.output;
      EXPECT_TRUE(says(ended, wrong.message)) << command << ended.output;
    }
  }
}

TEST(FieldTypes, RowsOfATableHoldWholeNumbersAndVectorsOfClasses) {
  TempFolder folder;
  const std::string text =
      "data d = table {\n  x: f32[2] = [[1, 2], [3, 4], [5, 6]]\n  n: i32 = [0, 4, 2]\n  w: f64 = [0.1, 1, 2]\n"
      "  u: u8 = [255, 0, 3]\n  v: i32[2] = [[1, 2], [3, 4], [5, -6]]\n"
      "  k: class(5)[3] = [[0, 1, 4], [2, 2, 3], [4, 0, 1]]\n"
      "  q: class(5)[2, 2] = [[[0, 1], [2, 3]], [[0, 1], [2, 3]], [[0, 1], [2, 4]]]\n}\n"
      "model net(x: f32[B, 2], n: i32[B], v: i32[B, 2]) -> logit[B, 3, 5] {\n  param W: f32[5, 2] = normal\n"
      "  reshape(concat(W[n], x, f32(v)) |> dense(15), [B, 3, 5])\n}\n"
      "train { data = d; batch = 2; epochs = 2; loss = cross_entropy(net(x, n, v), k)\n"
      "  metrics = {acc: accuracy(net(x, n, v), k), four: mean(f32(q[.., 1, 1] == 4)), u: mean(f32(u)),\n"
      "             v: mean(f32(v[.., 1])), w: mean(f32(w))} }\n"
      "export fn predict(x: f32[B, 2], n: i32[B], v: i32[B, 2]) -> class(5)[B, 3] =\n"
      "  argmax(net(d.x(x), d.n(n), d.v(v)))\n";
  folder.write("a.nn", text);
  Ended ended = run(folder, "train a.nn");
  ASSERT_EQ(ended.code, 0) << ended.output;
  for (const char* score : {"train.four 0.333333\n", "train.u 86\n", "train.v 0\n", "train.w 1.03333\n"}) {
    EXPECT_TRUE(says(ended, score)) << score << ended.output;
  }
  ASSERT_EQ(run(folder, "train a.nn --interp --out b.safetensors").code, 0);
  EXPECT_EQ(folder.read("a.safetensors"), folder.read("b.safetensors"));
  Ended predicted = run(folder, "predict a.nn a.safetensors 2>/dev/null");
  EXPECT_TRUE(predicted.output.starts_with("predict_0,predict_1,predict_2\n")) << predicted.output;
  EXPECT_EQ(count(predicted.output, "\n"), 4) << predicted.output;
  struct Wrong {
    const char *from, *to, *message;
  };
  for (const Wrong& wrong : {Wrong{"[0, 4, 2]", "[0, 4.5, 2]", "b.nn:3:16: error[E0606]: 4.5 is no number of i32"},
                             Wrong{"[255, 0, 3]", "[255, -1, 3]", "b.nn:5:17: error[E0606]: -1 is no number of u8"},
                             Wrong{"[[0, 1, 4]", "[[0, 1, 5]", "error[E0606]: 5 is no class of class(5)[3]"}}) {
    std::string changed = text;
    changed.replace(changed.find(wrong.from), std::string(wrong.from).size(), wrong.to);
    folder.write("b.nn", changed);
    EXPECT_TRUE(says(run(folder, "check b.nn"), wrong.message)) << run(folder, "check b.nn").output;
  }
}

// One list of names for all the columns, in sorted order, whichever column a name first stands in.
TEST(FieldTypes, ColumnsOfOneClassShareTheirNames) {
  TempFolder folder;
  folder.write("r.csv", "x,k1,k2\n1,pear,fig\n2,fig,apple\n3,fig,fig\n");
  folder.write("a.nn",
               "data d = csv(\"r.csv\") { x: f32 = column(\"x\")\n k: class(K)[2] = columns(\"k1\", \"k2\")\n"
               "  h: f32[2, F] = one_hot(columns(\"k1\"..\"k2\")) }\n"
               "model net(h: f32[B, 2, d.F]) -> logit[B, 2, d.K] = reshape(flatten(h) |> dense(2 * d.K), [B, 2, d.K])\n"
               "train { data = d; epochs = 200; loss = cross_entropy(net(h), k); optimizer = adam(0.1)\n"
               "  metrics = {acc: accuracy(net(h), k), pears: mean(h[.., 0, 2]), figs: mean(h[.., 1, 1])} }\n"
               "expect train.acc == 1\n");
  Ended ended = run(folder, "train a.nn");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "train.pears 0.333333\n")) << ended.output;
  EXPECT_TRUE(says(ended, "train.figs 0.666667\n")) << ended.output;
  folder.write("r.csv", "x,k1,k2\n1,pear,fig\n2,fig,plum\n");
  Ended wrong = run(folder, "eval a.nn a.safetensors r.csv");
  EXPECT_EQ(wrong.code, 1);
  EXPECT_TRUE(says(wrong, "r.csv:3:7: error: label 'plum' is none of the classes 'apple', 'fig', 'pear'"))
      << wrong.output;
}

// Numbers as classes, of a K that the data decides: csv, table and idx.
TEST(FieldTypes, AsManyClassesAsTheNumbersSay) {
  TempFolder folder;
  folder.write("r.csv", "x,k\n1,0\n2,2\n3,1\n");
  std::filesystem::create_directory(folder.path("m"));
  folder.write("m/train-images-idx3-ubyte", idx({3, 1, 1}, "abc"));
  folder.write("m/train-labels-idx1-ubyte", idx({3}, std::string("\0\1\2", 3)));
  auto text = [](const std::string& data) {
    return "data d = " + data +
           " }\nmodel net(x: f32[B]) -> logit[B, d.K] = reshape(x, [B, 1]) |> dense(d.K)\n"
           "train { data = d; epochs = 2; loss = cross_entropy(net(x), k) }\n";
  };
  folder.write("c.nn", text("csv(\"r.csv\") { x: f32 = column(\"x\")\n k: class(K) = column(\"k\")"));
  folder.write("t.nn", text("table { x: f32 = [1, 2, 3]\n k: class(K) = [0, 2, 1]"));
  folder.write("i.nn", text("idx(\"m/\") { x: f32 = reshape(image, []) / 255\n k: class(K) = label"));
  for (const std::string name : {"c", "t", "i"}) {
    Ended ended = run(folder, "train " + name + ".nn");
    EXPECT_EQ(ended.code, 0) << name << ended.output;
    Ended predicted = run(folder, "predict " + name + ".nn " + name + ".safetensors");
    EXPECT_EQ(predicted.code, 0) << name;
    EXPECT_TRUE(says(predicted, "net_0,net_1,net_2\n")) << predicted.output;
  }
}

// One file of images as flat floats, bytes in a square, whole numbers and doubles.
TEST(FieldTypes, ImagesInSeveralShapesAndTypes) {
  TempFolder folder;
  std::filesystem::create_directory(folder.path("m"));
  folder.write("m/train-images-idx3-ubyte", idx({3, 2, 2}, std::string("\0\1\2\3\4\5\6\7\x8\x9\xa\xb", 12)));
  folder.write("m/train-labels-idx1-ubyte", idx({3}, std::string("\0\1\2", 3)));
  folder.write(
      "a.nn",
      "option scale: f32 = 2\ndata m = idx(\"m/\") {\n  x: f32[4] = image / scale\n  u: u8[2, 2] = image\n"
      "  i: i32[4] = image\n  w: f64[4] = image\n  n: i32 = label\n  y: class(3) = label\n}\n"
      "model net(x: f32[B, 4], u: u8[B, 2, 2], i: i32[B, 4], w: f64[B, 4]) -> logit[B, 3] =\n"
      "  (x + flatten(f32(u)) + f32(i) + f32(w)) |> dense(3)\n"
      "train { data = m; epochs = 2; loss = cross_entropy(net(x, u, i, w), y)\n"
      "  metrics = {x: mean(x), u: mean(f32(u[.., 1, 0])), i: mean(f32(i)), w: mean(f32(w)), n: mean(f32(n))} }\n");
  Ended ended = run(folder, "train a.nn");
  ASSERT_EQ(ended.code, 0) << ended.output;
  for (const char* score : {"train.x 2.75\n", "train.u 6\n", "train.i 5.5\n", "train.w 5.5\n", "train.n 1\n"}) {
    EXPECT_TRUE(says(ended, score)) << score << ended.output;
  }
  ASSERT_EQ(run(folder, "train a.nn --interp --out b.safetensors").code, 0);
  EXPECT_EQ(folder.read("a.safetensors"), folder.read("b.safetensors"));
  EXPECT_TRUE(says(run(folder, "eval a.nn a.safetensors"), "u          6\n"))
      << run(folder, "eval a.nn a.safetensors").output;
  Ended predicted = run(folder, "predict a.nn a.safetensors 2>/dev/null");
  EXPECT_EQ(predicted.code, 0) << predicted.output;
  EXPECT_EQ(count(predicted.output, ","), 8) << predicted.output;
}

TEST(FieldTypes, Row43SizesThatDifferNameBothPlaces) {
  TempFolder folder;
  folder.write("t.csv", "a,b,y\n1,2,3\n2,3,4\n");
  folder.write("wide.nn", R"(data d = csv("t.csv") {
  x: f32[3] = standardize(columns("a".."b"))
  y: f32    = column("y")
}
model net(x: f32[B, 3]) -> f32[B] = x |> dense(1) |> squeeze
train { data = d; loss = mse(net(x), y) }
)");
  Ended ended = run(folder, "train wide.nn");
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_TRUE(says(ended, "wide.nn:2:15: error[E0332]: the field 'x' is declared as f32[3], but this is f32[2]"))
      << ended.output;
  EXPECT_TRUE(says(ended, "declared here")) << ended.output;
  EXPECT_TRUE(says(ended, "f32[2], of 't.csv'")) << ended.output;
}

TEST(FieldTypes, AFieldMayBeCalledAsTheImagesThatItReads) {
  TempFolder folder;
  folder.write("train-images", idx({2}, std::string("\0\4", 2)));
  folder.write("train-labels", idx({2}, std::string("\0\1", 2)));
  const std::string rest =
      "}\nmodel net(x: f32[B]) -> f32[B] {\n  param w: f32 = ones\n  x * w\n}\n"
      "train { data = d; batch = 2; epochs = 1; loss = mse(net(image), 2 * image); optimizer = sgd(0.001)\n";
  folder.write("scaled.nn",
               "data d = idx(\".\") {\n  image: f32 = image / 4\n" + rest + "  metrics = {m: mean(image)} }\n");
  Ended scaled = run(folder, "train scaled.nn");
  EXPECT_TRUE(says(scaled, "train.m 0.5\n")) << scaled.output;
  folder.write("both.nn", "data d = idx(\".\") {\n  image: f32 = standardize(image)\n  z: f32 = image / 4\n" + rest +
                              "  metrics = {m: mean(image), z: mean(z)} }\n");
  Ended both = run(folder, "train both.nn");
  EXPECT_TRUE(says(both, "train.m 0\n")) << both.output;
  EXPECT_TRUE(says(both, "train.z 0.5\n")) << both.output;
}

}  // namespace
}  // namespace nnc
