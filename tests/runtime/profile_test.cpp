// What a profile promises: all of the step and nothing twice, the same numbers as text and as JSON, and no trace of the
// steps that it trained.
#include "runtime/report/profile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "runtime/explain/stages.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

using Json = nlohmann::json;

constexpr ProfileRequest kShort{"train", 0.02};

Session session_of(const std::string& file) {
  SessionOptions options;
  options.file = file;
  return Session(options);
}

Profile profile_of(const std::string& file, ProfileRequest request = kShort) {
  Session session = session_of(file);
  return profile(session, request);
}

/// Two layers of one shape, so that a kernel is called for both, and a sum over turns.
constexpr const char* kTwins =
    "data d = table { x: f32[8] = [[0, 0, 1, 1, 0, 1, 0, 1], [1, 1, 0, 0, 1, 1, 0, 0]]\n"
    " y: f32[8] = [[0, 1, 0, 1, 0, 1, 0, 1], [1, 0, 1, 0, 1, 0, 1, 0]] }\n"
    "model net(x: f32[B, 8]) -> f32[B, 8] = x |> dense(8) |> tanh |> dense(8) |> tanh |> dense(8)\n"
    "train { data = d; batch = 2; epochs = 1\n loss = mse(net(x), y)\n optimizer = adam() }\n";

std::set<std::string> names(const std::string& dump) {
  std::set<std::string> found;
  const std::regex kernel("\nkernel (\\S+)");
  for (std::sregex_iterator at(dump.begin(), dump.end(), kernel), end; at != end; ++at) found.insert((*at)[1]);
  return found;
}

/// The figures of a column of percents.
int tenths_of_percents(const std::string& text) {
  int sum = 0;
  const std::regex share("  (\\d+)\\.(\\d) %(?: |\n)");
  for (std::sregex_iterator at(text.begin(), text.end(), share), end; at != end; ++at)
    sum += 10 * std::stoi((*at)[1]) + std::stoi((*at)[2]);
  return sum;
}

TEST(Profile, HasEveryKernelOfTheStep) {
  for (const char* variant : {"train", "evaluate"}) {
    Session session = session_of(test::example("xor.nn"));
    const Profile found = profile(session, {variant, 0.02});
    DumpRequest request;
    request.variant = variant;
    std::set<std::string> profiled;
    for (const KernelProfile& kernel : found.kernels) profiled.insert(kernel.name);
    const std::set<std::string> fused = names(dump_stage(session, "fused", request));
    EXPECT_GE(fused.size(), 5u);
    for (const std::string& name : fused) EXPECT_TRUE(profiled.contains(name)) << variant << ": " << name;
  }
}

TEST(Profile, AddsUpToTheWholeStep) {
  TempFolder folder;
  folder.write("twins.nn", kTwins);
  for (const std::string& file : {test::example("xor.nn"), folder.path("twins.nn")}) {
    const Profile found = profile_of(file);
    double sum = found.outside;
    int64_t calls = 0;
    for (const KernelProfile& kernel : found.kernels) sum += kernel.nanoseconds, calls += kernel.calls;
    EXPECT_DOUBLE_EQ(sum, found.nanoseconds());
    EXPECT_GT(found.steps, 0);
    EXPECT_GE(found.nanoseconds(), 0.5 * found.undisturbed) << "kernels, each from its start to its end";
    const std::string text = profile_text(found);
    EXPECT_EQ(tenths_of_percents(text), 2000) << "the parts, and the step itself:\n" << text;
  }
}

TEST(Profile, CountsAKernelThatLayersShareOnceWithAllItsCallsAndLines) {
  TempFolder folder;
  folder.write("twins.nn", kTwins);
  Session session = session_of(folder.path("twins.nn"));
  const Profile found = profile(session, kShort);
  int64_t most = 0, work = 0;
  for (const KernelProfile& kernel : found.kernels) {
    most = std::max(most, kernel.calls);
    work += kernel.work.flops();
    EXPECT_FALSE(kernel.origins.empty()) << kernel.name;
  }
  EXPECT_GE(most, 2);
  // Three products of 2 rows forwards, and backwards three for the weights and two for the layers before.
  EXPECT_GE(work, 8 * 2 * 2 * 8 * 8);
}

TEST(Profile, JsonHasTheSameNumbers) {
  const Profile found = profile_of(test::example("xor.nn"));
  const Json json = Json::parse(profile_json(found));
  EXPECT_EQ(json["steps"], found.steps);
  EXPECT_EQ(json["rows"], 4);
  EXPECT_DOUBLE_EQ(json["nanoseconds"], found.nanoseconds());
  EXPECT_DOUBLE_EQ(json["nanoseconds_without_stamps"], found.undisturbed);
  ASSERT_EQ(json["kernels"].size(), found.kernels.size());
  double shares = found.outside / found.nanoseconds();
  int64_t place = 0;
  for (size_t i = 0; i < found.kernels.size(); ++i) {
    const KernelProfile& kernel = found.kernels[i];
    const Json& each = json["kernels"][i];
    EXPECT_EQ(each["kernel"], kernel.name);
    EXPECT_EQ(each["calls"], kernel.calls);
    EXPECT_EQ(each["flops_f32"], kernel.work.flops_f32);
    EXPECT_EQ(each["bytes_written"], kernel.work.bytes_written);
    EXPECT_DOUBLE_EQ(each["nanoseconds"], kernel.nanoseconds);
    EXPECT_EQ(each["schedule"], kernel.schedule);
    EXPECT_EQ(each["sources"].size(), kernel.origins.size());
    EXPECT_GT(each["place"], place) << "in the order of running";
    place = each["place"];
    shares += each["share"].get<double>();
  }
  EXPECT_NEAR(shares, 1, 1e-12);
}

TEST(Profile, OfATeamSaysHowBusyItIsAndHowLongItWaits) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("twins.nn", kTwins);
  options.threads = 2;
  options.least_shared_work = 0;
  Session session(options);
  const Profile found = profile(session, kShort);
  EXPECT_EQ(found.threads, 2);
  EXPECT_GT(found.barriers, 0);
  double sum = found.outside + found.barriers;
  bool shared = false, alone = false;
  for (const KernelProfile& kernel : found.kernels) {
    sum += kernel.nanoseconds;
    (kernel.workers == 2 ? shared : alone) = true;
    EXPECT_GT(kernel.busy, 0) << kernel.name;
    EXPECT_LE(kernel.busy, 1) << kernel.name;
  }
  EXPECT_TRUE(shared && alone);
  EXPECT_DOUBLE_EQ(sum, found.nanoseconds());
  const std::string text = profile_text(found);
  EXPECT_NE(text.find(", 2 threads, "), std::string::npos) << text;
  EXPECT_NE(text.find("busy"), std::string::npos) << text;
  EXPECT_NE(text.find("at barriers"), std::string::npos) << text;
  const Json json = Json::parse(profile_json(found));
  EXPECT_EQ(json["threads"], 2);
  EXPECT_EQ(json["nanoseconds_at_barriers"], found.barriers);
}

TEST(Profile, ChangesNothingOfATrainingThatFollows) {
  auto loss = [](bool profiled) {
    Session session = session_of(test::example("xor.nn"));
    if (profiled) profile(session, kShort);
    TrainRequest request;
    request.write_weights = false;
    return session.train(request).outcome.loss;
  };
  EXPECT_EQ(loss(true), loss(false));
}

TEST(Profile, GoesOnFromTheStartWhereTrainingDivergesAndFailsWhereTheFirstStepDoes) {
  TempFolder folder;
  auto program = [&](const std::string& x, const std::string& rate) {
    folder.write("p.nn", fmt::format("data d = table {{ x: f32[1] = [[{}], [2]]\n y: f32[1] = [[1], [2]] }}\n"
                                     "model net(x: f32[B, 1]) -> f32[B, 1] {{\n  param w: f32[1] = ones\n  x * w\n}}\n"
                                     "train {{ data = d; batch = 2; epochs = 1\n loss = mse(net(x), y)\n"
                                     " optimizer = sgd({}) }}\n",
                                     x, rate));
    return folder.path("p.nn");
  };
  EXPECT_GT(profile_of(program("3", "1e6")).steps, 0);
  try {
    profile_of(program("1e30", "0.1"));
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), ExitCode::not_finite) << failure.what();
    EXPECT_NE(std::string(failure.what()).find("the loss of the first step is not finite"), std::string::npos);
  }
}

}  // namespace
}  // namespace nnc
