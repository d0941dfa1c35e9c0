// nnc check --gradients as a person types it.
#include <gtest/gtest.h>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

TEST(CheckGradients, GradientsAreCheckedAParameterALine) {
  TempFolder folder;
  Ended ended = run(folder, "check " + xor_file() + " --gradients");
  EXPECT_EQ(ended.code, 0) << ended.output;
  for (const char* name : {"net.W1", "net.b1", "net.W2", "net.b2"}) EXPECT_TRUE(says(ended, name)) << ended.output;
  EXPECT_EQ(run(folder, "check '" NNC_SOURCE_DIR "/examples/apples.nn' --gradients").code, 0);
}

}  // namespace
}  // namespace nnc
