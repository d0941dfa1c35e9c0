#include "runtime/step/team_pace.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace nnc {
namespace {

/// Who runs: 1 for one worker, t for the team. `alone` and `team` say what run number n takes.
std::string runs(int count, const std::function<double(int)>& alone, const std::function<double(int)>& team) {
  TeamPace pace;
  std::string text;
  for (int n = 0; n < count; ++n) {
    text += pace.together() ? 't' : '1';
    pace.ran(pace.together() ? team(n) : alone(n));
  }
  return text;
}

std::function<double(int)> always(double time) {
  return [time](int) { return time; };
}
std::function<double(int)> from_10_to_20(double other, double then) {
  return [=](int n) { return n >= 10 && n < 20 ? other : then; };
}

TEST(TeamPace, AFasterTeamRunsFromTheThirdRunOn) {
  EXPECT_EQ(runs(20, always(1), always(0.6)), "11" + std::string(18, 't'));
}

TEST(TeamPace, ASlowerTeamIsTriedEverMoreSeldom) {
  const std::string tried =
      "11t" + std::string(8, '1') + "t" + std::string(32, '1') + "t" + std::string(128, '1') + "t";
  EXPECT_EQ(runs(static_cast<int>(tried.size()), always(1), always(1.4)), tried);
}

TEST(TeamPace, AFirstRunThatIsSlowForAnotherReasonDoesNotCount) {
  EXPECT_EQ(runs(7, [](int n) { return n == 0 ? 5.0 : 1.0; }, always(1.2)), "11t1111");
}

TEST(TeamPace, ATeamOnABusyMachineIsSentHomeAndComesBack) {
  EXPECT_EQ(runs(60, from_10_to_20(1.5, 1), from_10_to_20(4, 0.6)),
            "11ttttttttt" + std::string(8, '1') + "t" + std::string(32, '1') + "tttttttt");
}

TEST(TeamPace, ATeamThatIsSlowerWithOneWorkerJustAsSlowGoesOn) {
  EXPECT_EQ(runs(20, from_10_to_20(2, 1), from_10_to_20(0.9, 0.6)), "11ttttttttt1tttttttt");
}

}  // namespace
}  // namespace nnc
