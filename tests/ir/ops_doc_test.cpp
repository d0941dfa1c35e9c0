#include "ir/print/ops_doc.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace nnc {
namespace {

TEST(OpsDocument, IsWhatTheRecordsSay) {
  const std::string path = NNC_SOURCE_DIR "/docs/ops.md";
  if (std::getenv("NNC_UPDATE_DOCS") != nullptr) std::ofstream(path) << ops_markdown();
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), ops_markdown()) << "run the ir tests with NNC_UPDATE_DOCS=1";
}

}  // namespace
}  // namespace nnc
