// Ctrl-C while a step takes long: what it waits for, what it keeps, and what is said of it beforehand.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/tools/background.h"

namespace nnc {
namespace {

/// Adds n² products that no gradient asks for: the long part of a step is its forward half. With n = 2^20 it takes more
/// than a minute on any machine.
std::string outer(int64_t n, const std::string& train, const std::string& rows = "x: f32[2] = [[1, 2]]; y: f32 = [1]") {
  const std::string size = std::to_string(n);
  return "data d = table { " + rows + " }\nmodel net(x: f32[B, 2]) -> f32[B] {\n  param W: f32[" + size +
         ", 1] = ones\n  param V: f32[1, " + size +
         "] = ones\n  x + stop_gradient(sum(W * V)) * 1e-20 |> dense(1) |> squeeze\n}\ntrain { data = d; " + train +
         "; loss = mse(net(x), y) }\n";
}

// With a step of about a second, which the signal meets early: one that it waited for would count as done. An epoch is
// a full batch and a short one, so each is reported when it ends.
TEST(Stopping, AStepIsGivenUpAndWhatIsSavedIsTheStepBefore) {
  TempFolder folder;
  folder.write("a.nn",
               outer(185'000, "batch = 2; epochs = 20", "x: f32[2] = [[1, 2], [2, 1], [0, 1]]; y: f32 = [1, 2, 3]"));
  Background training(folder, "train a.nn", "out.txt");
  ASSERT_TRUE(Background::until([&] { return count(folder.read("out.txt"), "\nepoch ") == 1; }))
      << folder.read("out.txt");
  training.signal(SIGINT);
  EXPECT_EQ(training.wait(), 130) << folder.read("out.txt");
  EXPECT_NE(folder.read("out.txt").find("interrupted after 2 steps\n"), std::string::npos) << folder.read("out.txt");
  EXPECT_NE(folder.read("a.safetensors").find(R"("step":"2")"), std::string::npos);
}

// Start values of this size take seconds to make, after the outputs are taken hold of.
TEST(Stopping, BeforeTheFirstStepItEndsAtOnce) {
  TempFolder folder;
  folder.write(
      "wide.nn",
      "data d = table { x: f32[2] = [[1, 2]]; y: f32 = [1] }\n"
      "model net(x: f32[B, 2]) -> f32[B] { x |> dense(3000) |> dense(3000) |> dense(3000) |> dense(1) |> squeeze }\n"
      "train { data = d; steps = 1; loss = mse(net(x), y) }\n");
  Background training(folder, "train wide.nn", "out.txt");
  ASSERT_TRUE(Background::until([&] { return std::filesystem::exists(folder.path(".wide.safetensors.lock")); }));
  training.signal(SIGINT);
  EXPECT_EQ(training.wait(), 130) << folder.read("out.txt");
  EXPECT_NE(folder.read("out.txt").find("interrupted before the first step: nothing is written"), std::string::npos)
      << folder.read("out.txt");
  EXPECT_FALSE(std::filesystem::exists(folder.path("wide.safetensors")));
}

TEST(Stopping, AStepThatTakesLongIsAnnouncedAndEndedAtOnce) {
  TempFolder folder;
  folder.write("outer.nn", outer(1 << 20, "batch = 1; steps = 1"));
  for (int number : {SIGINT, SIGTERM}) {
    const std::string output = "once" + std::to_string(number);
    Background training(folder, "train outer.nn", output);
    ASSERT_TRUE(Background::until([&] { return folder.read(output).find("a second one") != std::string::npos; }))
        << folder.read(output);
    EXPECT_NE(folder.read(output).find("note: a training step has about 6.6e+12 operations and needs "),
              std::string::npos)
        << folder.read(output);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));  // the step has begun
    training.signal(number);
    EXPECT_EQ(training.wait(), 128 + number);
    EXPECT_NE(folder.read(output).find("no step was completed, nothing is written"), std::string::npos);
    EXPECT_EQ(folder.read(output).find("runs to its end"), std::string::npos) << "its updates are quick";
  }
}

// Both wait until the process goes on: it meets them before it can act on the first.
TEST(Stopping, ASecondSignalEndsItAtOnce) {
  TempFolder folder;
  folder.write("outer.nn", outer(1 << 20, "batch = 1; steps = 1"));
  Background training(folder, "train outer.nn", "twice");
  ASSERT_TRUE(Background::until([&] { return folder.read("twice").find("a second one") != std::string::npos; }));
  for (int number : {SIGSTOP, SIGINT, SIGTERM, SIGCONT}) training.signal(number);
  const int code = training.wait();
  EXPECT_TRUE(code == 128 + SIGINT || code == 128 + SIGTERM) << code;
  EXPECT_NE(folder.read("twice").find("interrupted a second time: ended at once, without saving"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder.path("outer.safetensors")));
}

// As from `timeout -s INT`, which signals the process and its group.
TEST(Stopping, TheSameSignalTwiceAtOnceIsOneWish) {
  TempFolder folder;
  folder.write("a.nn", outer(185'000, "batch = 2; epochs = 20", "x: f32[2] = [[1, 2], [2, 1]]; y: f32 = [1, 2]"));
  Background training(folder, "train a.nn", "out.txt");
  ASSERT_TRUE(Background::until([&] { return count(folder.read("out.txt"), "\nepoch ") >= 1; }));
  training.signal(SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  training.signal(SIGINT);
  EXPECT_EQ(training.wait(), 130);
  EXPECT_NE(folder.read("out.txt").find("interrupted after "), std::string::npos) << folder.read("out.txt");
  EXPECT_TRUE(std::filesystem::exists(folder.path("a.safetensors")));
}

TEST(Stopping, UpdatesThatTakeMoreThanASecondAreAnnounced) {
  TempFolder folder;
  std::string text = outer(1 << 20, "batch = 1; steps = 1");
  text.replace(text.find("stop_gradient("), 14, "(");  // now the sum has a backward half of as many products
  folder.write("outer.nn", text);
  Background training(folder, "train outer.nn", "out.txt");
  EXPECT_TRUE(Background::until([&] {
    return folder.read("out.txt").find(
               "note: a step that has begun to change the weights runs to its end: Ctrl-C "
               "waits up to about ") != std::string::npos;
  })) << folder.read("out.txt");
}

}  // namespace
}  // namespace nnc
