// The keys of `train`: every record has a row in docs/language.md, and does what the row says where nobody sets it.
#include "frontend/program/train_keys.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>

#include "frontend/format/show.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

/// The default that the page says of each key.
std::map<std::string, std::string> rows_of_the_page() {
  std::istringstream lines(testing::read_text(std::string(NNC_SOURCE_DIR) + "/docs/language.md"));
  std::map<std::string, std::string> rows;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("| key | what it says | without it |")) inside = true;
    if (line.empty()) inside = false;
    if (!inside || !line.starts_with("| `")) continue;
    const std::string keys = line.substr(0, line.find('|', 1));
    const std::string otherwise = line.substr(line.rfind('|', line.size() - 2) + 2);
    for (const TrainKey& key : train_keys()) {
      if (keys.find(fmt::format("`{}`", key.name)) != std::string::npos) rows[std::string(key.name)] = otherwise;
    }
  }
  return rows;
}

constexpr const char* kProgram =
    "data d = table {\n  x: f32[1] = [[1], [2]]\n}\nmodel net(x: f32[B, 1]) -> f32[B, 1] = x |> dense(1)\n"
    "train {\n  data = d\n  loss = mean(net(x)^2)\n}\n";

TEST(TrainKeys, EveryOneHasARowInThePageWithItsDefault) {
  const std::map<std::string, std::string> rows = rows_of_the_page();
  for (const TrainKey& key : train_keys()) {
    if (key.is_reserved()) continue;
    auto row = rows.find(std::string(key.name));
    ASSERT_NE(row, rows.end()) << key.name;
    if (key.otherwise.empty() || key.name == "steps") continue;
    EXPECT_NE(row->second.find(key.otherwise), std::string::npos) << key.name << row->second;
  }
}

TEST(TrainKeys, ADefaultIsWhatIsShownAndKept) {
  testing::CheckedText text = testing::check_text(kProgram);
  ASSERT_NE(text.program, nullptr) << text.rendered();
  const std::string shown = show(*text.program);
  const Bound bound = testing::bind_text(text);
  ASSERT_NE(bound, nullptr) << text.rendered();
  const std::map<std::string, std::string> kept = resolved(*bound);
  for (const TrainKey& key : train_keys()) {
    const bool is_shown = shown.find(fmt::format("  {} = {}", key.name, key.otherwise)) != std::string::npos;
    EXPECT_TRUE(is_shown || !key.shows_default) << key.name << shown;
    if (key.text == nullptr || key.otherwise.empty()) continue;
    EXPECT_EQ(kept.at(fmt::format("train.{}", key.name)), key.otherwise);
  }
}

}  // namespace
}  // namespace nnc
