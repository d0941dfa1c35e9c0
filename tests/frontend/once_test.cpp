// What a program is warned of is said once: by checking, or by binding where only the data knows the number.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/frontend/programs.h"

namespace nnc {
namespace {

using testing::check_text;
using testing::CheckedText;
using Codes = std::multiset<std::string>;

Codes codes_of(const Diagnostics& diagnostics) {
  Codes codes;
  for (const Diagnostic& diagnostic : diagnostics.all()) codes.emplace(diagnostic.code.spelling());
  return codes;
}

/// What each stage says. The data has one column x, and one class of labels.
struct Said {
  Codes checking, binding;
};

Said said(const std::string& text) {
  const CheckedText checked = check_text(text);
  Said said{codes_of(checked.diagnostics), {}};
  EXPECT_FALSE(checked.diagnostics.has_errors()) << checked.rendered();
  if (checked.program == nullptr) return said;
  std::vector<DataFacts> facts = testing::likely_facts(*checked.program, 1);
  for (DataFacts& data : facts) {
    for (SourceFacts& source : data.sources) {
      if (!source.vocabulary.empty()) source.vocabulary = {"only"};
    }
  }
  Diagnostics binding;
  nnc::bind(checked.program, facts, binding);
  EXPECT_FALSE(binding.has_errors()) << render(binding, *checked.source);
  said.binding = codes_of(binding);
  return said;
}

std::string program(const std::string& model, const std::string& rate, const std::string& loss = "") {
  return "data d = csv(\"d.csv\") {\n  x: f32[F] = columns(\"a\"..\"z\")\n  y: class(K) = column(\"l\")\n"
         "  c: class(1) = column(\"m\")\n}\nmodel net(x: f32[B, d.F]) -> logit[B, d.K] = x |> dense(d.K)\n" +
         model + "\ntrain {\n  data = d\n  loss = cross_entropy(net(x), y) + mean(one(x))" + loss +
         "\n  optimizer = sgd(" + rate + ")\n  epochs = 1\n}\n";
}

TEST(Once, CheckingSaysWhatTheFileSaysAndBindingDoesNotRepeatIt) {
  const Said found =
      said(program("model one(x: f32[B, d.F]) -> f32[B, 1] = x |> dense(0) |> dense(1)\n"
                   "fn shifted(x: f32[B, d.F]) = x + 1e-50\n"
                   "model sure(x: f32[B, d.F]) -> logit[B, 1] = x |> dense(1)",
                   "0", " + cross_entropy(sure(shifted(x)), c)"));
  EXPECT_EQ(found.checking, (Codes{"W0107", "W0404", "W0404", "W0917", "W0926"}));
  EXPECT_EQ(found.binding, (Codes{"W0404"})) << "the one class of the data";
}

TEST(Once, BindingSaysWhatOnlyTheDataDecides) {
  const Said found = said(program("model one(x: f32[B, d.F]) -> f32[B, 1] = x |> dense(d.F - 1) |> dense(1)", "0.1"));
  EXPECT_EQ(found.checking, (Codes{"W0404"})) << "class(1)";
  EXPECT_EQ(found.binding, (Codes{"W0404", "W0926"}));
}

/// The programs of the repository with every mistake that has a row.
TEST(Once, EveryCodeIsSaidByItsStageAlone) {
  int programs = 0;
  for (const auto& file : std::filesystem::directory_iterator(std::string(NNC_SOURCE_DIR) + "/tests/errors")) {
    if (file.path().extension() != ".nn") continue;
    ++programs;
    const CheckedText checked = check_text(testing::read_text(file.path()));
    std::set<std::pair<Code, uint32_t>> warned;
    auto look = [&](const Diagnostics& diagnostics, SaidBy stage) {
      for (const Diagnostic& each : diagnostics.all()) {
        const SaidBy sayer = each.code.said_by();
        EXPECT_TRUE(sayer == stage || sayer == SaidBy::first_to_know) << file << each.code.spelling();
        if (each.severity != Severity::warning) continue;
        EXPECT_TRUE(warned.emplace(each.code, each.range.begin).second) << file << each.code.spelling();
      }
    };
    look(checked.diagnostics, SaidBy::checking);
    if (checked.program == nullptr) continue;
    Diagnostics binding;
    nnc::bind(checked.program, testing::likely_facts(*checked.program), binding);
    look(binding, SaidBy::binding);
  }
  EXPECT_GT(programs, 100);
}

}  // namespace
}  // namespace nnc
