// What of histories is drawn, and that no name in them can command gnuplot.
#include "runtime/report/plot.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

constexpr const char* kRun =
    "epoch,train.loss,train.acc,valid.loss,valid.acc,seconds\n"
    "1,2,0.5,3,0.25,0.1\n"
    "2,1,0.75,,0.5,0.2\n";

TEST(Plot, TakesTheLossOfEverySplitUnlessAskedOtherwise) {
  TempFolder folder;
  std::string file = folder.write("a.history.csv", kRun);
  Plot plot = read_plot({file}, {});
  ASSERT_EQ(plot.panels.size(), 1u);
  ASSERT_EQ(plot.panels[0].series.size(), 2u);
  EXPECT_EQ(plot.panels[0].series[0].title, "train.loss");
  EXPECT_EQ(plot.panels[0].series[0].x, (std::vector<double>{1, 2}));
  EXPECT_EQ(plot.panels[0].series[0].y, (std::vector<double>{2, 1}));
  EXPECT_TRUE(std::isnan(plot.panels[0].series[1].y[1]));
  EXPECT_EQ(plot.other_columns, (std::vector<std::string>{"acc"}));
  Plot two = read_plot({file}, {"valid.acc", "loss"});
  ASSERT_EQ(two.panels.size(), 2u);
  EXPECT_EQ(two.panels[0].series.size(), 1u);
  EXPECT_EQ(read_plot({file}, {"seconds"}).panels[0].series.size(), 1u);
}

TEST(Plot, NamesRunsByTheirFilesAndByTheirPathsWhereThoseAreAlike) {
  TempFolder folder;
  std::filesystem::create_directory(folder.path("b"));
  std::vector<std::string> files{folder.write("x.history.csv", kRun), folder.write("y.history.csv", kRun)};
  EXPECT_EQ(read_plot(files, {}).panels[0].series[2].title, "y train.loss");
  files[1] = folder.write("b/x.history.csv", kRun);
  EXPECT_EQ(read_plot(files, {}).panels[0].series[2].title, files[1] + " train.loss");
}

TEST(Plot, SaysWhatIsNoHistoryAndWhichColumnsThereAre) {
  TempFolder folder;
  std::string file = folder.write("a.csv", kRun);
  Thrown thrown = thrown_by([&] { read_plot({file}, {"los"}); });
  EXPECT_TRUE(thrown.contains("no column 'los'")) << thrown.message;
  EXPECT_TRUE(thrown.contains("did you mean 'loss'?")) << thrown.message;
  std::string other = folder.write("b.csv", "crim,zn\n1,2\n");
  EXPECT_TRUE(thrown_by([&] { read_plot({other}, {}); }).contains("b.csv: error: no history"));
  std::string empty = folder.write("c.csv", "epoch,train.loss\n");
  EXPECT_TRUE(thrown_by([&] { read_plot({empty}, {}); }).contains("no data rows"));
  std::string steps = folder.write("d.csv", "epoch,step,loss\n1,1,2\n1,2,1\n");
  EXPECT_EQ(read_plot({steps}, {}).x_name, "step");
  EXPECT_TRUE(thrown_by([&] { read_plot({"/dev/zero"}, {}); }).contains("not a regular file"));
}

TEST(Plot, NamesAreNeverCommands) {
  TempFolder folder;
  std::string file =
      folder.write("it's `touch pwned`.csv", "epoch,\"x.'; system 'touch pwned'; '\nplot \x1b[31m\"\n1,2\n2,3\n");
  std::string other = folder.write("b\nEND_OF_DATA\n!touch pwned\n.csv", "epoch,x.loss\n1,2\n2,3\n");
  for (bool svg : {true, false}) {
    PlotStyle style;
    style.svg = svg;
    Plot plot = read_plot({file}, {"'; system 'touch pwned'; '\nplot \x1b[31m"});
    EXPECT_EQ(plot_script(plot, style).find('\x1b'), std::string::npos);
    std::string script = plot_script(plot, style);
    EXPECT_NE(script.find("title 'x.''; system ''touch pwned''; ''\\x0Aplot "), std::string::npos) << script;
    script = plot_script(read_plot({other, folder.write("c.csv", "epoch,x.loss\n1,2\n")}, {}), style);
    EXPECT_EQ(script.find("\n!touch"), std::string::npos) << script;
  }
}

}  // namespace
}  // namespace nnc
