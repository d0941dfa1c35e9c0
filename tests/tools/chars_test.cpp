// Data of a text, from the declaration to what a network writes.
#include <gtest/gtest.h>

#include <string>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

/// A network that scores the next character; `layer` stands between the embedding and the scores.
std::string program(const std::string& source, const std::string& layer = "gru(16)") {
  return "option T: int = 6\n"
         "data text = " +
         source +
         " {\n  x: class(vocab)[T] = window[0..T]\n  y: class(vocab)[T] = window[1..T + 1]\n}\n"
         "model net(x: class(text.vocab)[B, T]) -> logit[B, T, text.vocab] =\n  x |> embed(8) |> " +
         layer +
         " |> dense(text.vocab)\n"
         "train {\n  data = text.train;  batch = 8;  epochs = 40;  seed = 1\n"
         "  loss = cross_entropy(net(x), y);  metrics = {accuracy: accuracy(net(x), y)};  optimizer = adam(0.02)\n}\n";
}
const std::string kSource = "chars(\"abc.txt\", window: T + 1)";
/// Each letter is followed by one other, so that nothing is left to chance.
const std::string kText = "abcdefg.abcdefg.abcdefg.abcdefg.abcdefg.\n";

/// The message of a command on a program with this source and text.
std::string complaint(const std::string& source, const std::string& text, const std::string& command = "train n.nn") {
  TempFolder folder;
  folder.write("abc.txt", text);
  folder.write("n.nn", program(source));
  Ended ended = run(folder, command);
  EXPECT_EQ(ended.code, 1) << ended.output;
  return ended.output;
}

#define EXPECT_SAYS(output, text) EXPECT_NE((output).find(text), std::string::npos) << (output)

TEST(Chars, ANetworkLearnsATextAndGoesOnWithIt) {
  TempFolder folder;
  folder.write("abc.txt", kText);
  folder.write("n.nn", program(kSource));
  Ended trained = run(folder, "train n.nn");
  ASSERT_EQ(trained.code, 0) << trained.output;
  // shorter than what it reads, as long, longer; what it writes hangs on no padding
  const std::string likeliest = "run n.nn --weights n.safetensors --temperature 0 --length 10 --prompt ";
  EXPECT_EQ(run(folder, likeliest + "c").output, "cdefg.abcde\n");
  EXPECT_EQ(run(folder, likeliest + "abcdef").output, "abcdefg.abcdefg.\n");
  EXPECT_EQ(run(folder, likeliest + "g.abcdefg.").output, "g.abcdefg.abcdefg.ab\n");
  EXPECT_EQ(run(folder, "run n.nn net --weights n.safetensors --length 0 --prompt abc").output, "abc\n");
  // drawn: the seed decides
  const std::string drawn = "run n.nn --weights n.safetensors --temperature 50 --length 60 --prompt a --seed ";
  const std::string first = run(folder, drawn + "1").output;
  EXPECT_EQ(first.size(), 62U);
  EXPECT_EQ(run(folder, drawn + "1").output, first);
  EXPECT_NE(run(folder, drawn + "2").output, first);
  EXPECT_EQ(run(folder, drawn + "1 --threads 2").output, first);
}

TEST(Chars, APromptIsHeldAgainstTheTextOfTheTraining) {
  TempFolder folder;
  folder.write("abc.txt", kText);
  folder.write("n.nn", program(kSource));
  ASSERT_EQ(run(folder, "train n.nn --epochs 1").code, 0);
  Ended unknown = run(folder, "run n.nn --weights n.safetensors --prompt abX");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_TRUE(says(unknown, "--prompt: the text that was trained on has no 'X'\n help: it has \\x0A.abcdefg"))
      << unknown.output;
  EXPECT_EQ(run(folder, "run n.nn --weights n.safetensors --prompt ''").code, 2);
  EXPECT_TRUE(
      says(run(folder, "run n.nn --prompt a"), "--prompt: a network writes what it has learnt: --weights FILE"));
  EXPECT_TRUE(
      says(run(folder, "run n.nn --weights n.safetensors --prompt a --length -3"), "--length: '-3' is no whole"));
  EXPECT_TRUE(says(run(folder, "run n.nn --weights n.safetensors --prompt a --temperature hot"), "'hot' is no number"));
  EXPECT_TRUE(says(run(folder, "run " + xor_file() + " --weights n.safetensors --prompt a"), "error:"));
}

TEST(Chars, ScoresThatSeeWhatComesNextNeedAWholeWindow) {
  TempFolder folder;
  folder.write("abc.txt", kText);
  folder.write("n.nn", program(kSource, "bidirectional(gru, 8)"));
  Ended trained = run(folder, "train n.nn --epochs 1");
  ASSERT_EQ(trained.code, 0) << trained.output;
  Ended refused = run(folder, "run n.nn --weights n.safetensors --prompt ab");
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(refused.output.substr(0, 6), "error:") << refused.output;
  EXPECT_TRUE(says(refused, "hang on those behind it: a prompt needs 6 characters or more")) << refused.output;
  EXPECT_EQ(run(folder, "run n.nn --weights n.safetensors --prompt abcdef").code, 0);
}

TEST(Chars, AreCheckedWithoutTheFile) {
  TempFolder folder;
  folder.write("n.nn", program(kSource));
  Ended ended = run(folder, "check n.nn");
  EXPECT_EQ(ended.code, 0);
  EXPECT_TRUE(says(ended, "n.nn: no errors")) << ended.output;
}

TEST(Chars, NoWindowCrossesTheCutOfASplit) {
  TempFolder folder;
  folder.write("abc.txt", kText);  // 41 characters: 33 to train, which are 27 windows of 7, and 8
  folder.write("n.nn", program("chars(\"abc.txt\", window: T + 1, split: {train: 0.8, valid: 0.2})"));
  Ended data = run(folder, "data n.nn");
  EXPECT_TRUE(says(data, "abc.txt: 29 rows, 1 column (split: train 27, valid 2)")) << data.output;
  const std::string cut = "chars(\"abc.txt\", window: T + 1, split: {train: 0.9, valid: 0.1})";
  EXPECT_SAYS(complaint(cut, "abcdefg.abcdefg.abcdefg.abcdefg.", "train n.nn --train.valid text.valid"),
              "the part 'valid' of 'text' is left without a row");
}

TEST(Chars, WhatOnlyTheOtherPartsHaveIsAnErrorAtItsPlace) {
  EXPECT_SAYS(complaint("chars(\"abc.txt\", window: T + 1, split: {train: 0.5, valid: 0.5})",
                        "abcdefg.\nabcdefg.abcdefg.\nabXdefg.\n"),
              "abc.txt:3:3: error: the part 'train' of the text has no 'X'\n help: take it out");
}

TEST(Chars, AnotherTextIsEvaluatedWithTheCharactersOfTheTraining) {
  TempFolder folder;
  folder.write("abc.txt", kText);
  folder.write("n.nn", program(kSource));
  ASSERT_EQ(run(folder, "train n.nn").code, 0);
  folder.write("other.txt", "cdefg.abc");
  Ended other = run(folder, "eval n.nn n.safetensors other.txt");
  EXPECT_TRUE(says(other, "n on other.txt: 3 rows\n")) << other.output;
  EXPECT_TRUE(says(other, "accuracy   1\n")) << other.output;
  folder.write("other.txt", "cdefg.\nabZ");
  EXPECT_SAYS(run(folder, "eval n.nn n.safetensors other.txt").output,
              "other.txt:2:3: error: the text that was trained on has no 'Z'");
}

TEST(Chars, MoreThan256CharactersAreClassesAsWell) {
  TempFolder folder;
  std::string text;
  for (int repeat = 0; repeat < 3; ++repeat) {
    for (int code = 0; code < 300; ++code) {
      const int character = 0xAC00 + code;
      text += {static_cast<char>(0xE0 | character >> 12), static_cast<char>(0x80 | (character >> 6 & 0x3F)),
               static_cast<char>(0x80 | (character & 0x3F))};
    }
  }
  folder.write("abc.txt", text);
  folder.write("n.nn", program(kSource));
  Ended trained = run(folder, "train n.nn --epochs 15");
  ASSERT_EQ(trained.code, 0) << trained.output;
  EXPECT_EQ(run(folder, "run n.nn --weights n.safetensors --temperature 0 --length 2 --prompt 가").output, "가각갂\n");
}

TEST(Chars, WrongArgumentsAreToldAtTheirPlace) {
  EXPECT_SAYS(complaint("chars(\"abc.txt\")", kText), "'chars' needs a window");
  EXPECT_SAYS(complaint("chars(\"abc.txt\", window: 0)", kText), "'window' is a whole number of characters from 1");
  EXPECT_SAYS(complaint("chars(\"abc.txt\", window: 2.5)", kText), "not 2.5");
  EXPECT_SAYS(complaint("chars(\"abc.txt\", window: 7, stride: 0)", kText), "'stride' is a whole number of characters");
  EXPECT_SAYS(complaint("chars(\"abc.txt\", windw: 7)", kText), "did you mean 'window'?");
  EXPECT_SAYS(complaint("chars(\"abc.txt\", window: 7, split: {train: 0.5, valid: 0.5}, seed: 1)", kText),
              "a text is cut in its order, without a seed");
  EXPECT_SAYS(complaint("chars(\"abc.txt\", window: 100)", kText), "error:");
  EXPECT_SAYS(complaint(kSource, "abc"), "the text has 3 characters, and a window is 7 long");
  EXPECT_SAYS(complaint(kSource, "abc\xFF"), "abc.txt:1:4: error: the byte 0xFF is no UTF-8");
  EXPECT_SAYS(complaint(kSource, ""), "the text has no character");
}

TEST(Chars, AFieldMayBeOfOneNumberForEachCharacter) {
  TempFolder folder;
  folder.write("abc.txt", kText);
  folder.write(
      "n.nn",
      "data text = chars(\"abc.txt\", window: 4) {\n  x: f32[3, vocab] = one_hot(window[0..3])\n"
      "  y: class(vocab) = window[3]\n}\n"
      "model net(x: f32[B, 3, text.vocab]) -> logit[B, text.vocab] = x |> flatten |> dense(text.vocab)\n"
      "train { data = text;  batch = 8;  epochs = 200;  loss = cross_entropy(net(x), y);  optimizer = adam(0.05) }\n"
      "expect train.loss < 0.1\n");
  Ended ended = run(folder, "train n.nn");
  EXPECT_EQ(ended.code, 0) << ended.output;
}

TEST(Chars, TheNumberOfCharactersIsCalledVocab) {
  TempFolder folder;
  folder.write("abc.txt", kText);
  folder.write("n.nn", "data text = chars(\"abc.txt\", window: 7) { x: class(V)[7] = window }\n");
  Ended ended = run(folder, "check n.nn");
  EXPECT_TRUE(says(ended, "n.nn:1:52: error[E0302]: there is no 'V' here")) << ended.output;
  EXPECT_TRUE(says(ended, "'vocab' is how many classes chars finds: class(vocab)")) << ended.output;
}

}  // namespace
}  // namespace nnc
