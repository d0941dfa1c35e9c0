#include "runtime/report/bug_report.h"

#include "passes/pipeline.h"
#include "runtime/io/files.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

const PassFailure kFailure("pass 'fuse': kernel 'a': %d lies in no kernel", "graph small {\n}\n",
                           "--passes=fuse --target=avx2 --batch=8");

TEST(BugReport, NamesTheFileThatShowsTheFaultAgain) {
  TempFolder folder;
  const std::string report = bug_report(kFailure, folder.path());
  ASSERT_EQ(folder.files(), 1);
  const std::string path = std::filesystem::directory_iterator(folder.path())->path().string();
  EXPECT_EQ(read_file(path), "# nnc opt FILE --passes=fuse --target=avx2 --batch=8\ngraph small {\n}\n");
  EXPECT_EQ(report,
            "nnc: internal error: pass 'fuse': kernel 'a': %d lies in no kernel\n"
            "This is a bug of nnc, not of your program. Please report it with the file named below, your .nn file and "
            "the command line.\n"
            "The program that the pass was given is in " +
                path + "; this shows the fault again:\n  nnc opt " + path + " --passes=fuse --target=avx2 --batch=8\n");
}

TEST(BugReport, PrintsTheProgramWhereItCannotBeWritten) {
  const std::string report = bug_report(kFailure, "/nowhere/at/all");
  EXPECT_NE(report.find("No such file or directory"), std::string::npos) << report;
  EXPECT_NE(report.find("\n# nnc opt FILE --passes=fuse --target=avx2 --batch=8\ngraph small {\n}\n"),
            std::string::npos)
      << report;
}

TEST(BugReport, AsksForAReportOfOtherBugsToo) {
  TempFolder folder;
  const std::string report = bug_report(InternalError("no rule"), folder.path());
  EXPECT_EQ(
      report,
      "nnc: internal error: no rule\nThis is a bug of nnc, not of your program. Please report it with your .nn file "
      "and the command line.\n");
  EXPECT_EQ(folder.files(), 0);
}

}  // namespace
}  // namespace nnc
