// What the library says of itself: docs/library.md is made of it, and every definition says its formula.
#include "frontend/format/library_page.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "frontend/syntax/definitions.h"
#include "tests/frontend/programs.h"

namespace nnc {
namespace {

TEST(LibraryPage, IsWhatTheLibrarySays) {
  const std::string path = NNC_SOURCE_DIR "/docs/library.md";
  if (std::getenv("NNC_UPDATE_DOCS") != nullptr) std::ofstream(path) << library_markdown();
  EXPECT_EQ(testing::read_text(path), library_markdown()) << "run the frontend tests with NNC_UPDATE_DOCS=1";
}

TEST(LibraryPage, EveryDefinitionSaysWhatItIs) {
  const std::string list = library_list();
  for (const Definition* definition : Definitions::library()->of_library()) {
    EXPECT_FALSE(definition->item->doc.empty()) << definition->name();
    EXPECT_NE(list.find(" " + definition->name() + "\n"), list.find(" " + definition->name() + " "))
        << definition->name() << " is in no line of the list";
    EXPECT_NE(library_entry(definition->name()).find(signature(*definition)), std::string::npos);
  }
}

TEST(LibraryPage, AWordOfAnotherToolGetsItsNameOrThatItIsNotThere) {
  for (const auto& [word, name] : {std::pair{"SiLU", "swish"},
                                   {"ReLU", "relu"},
                                   {"BatchNorm2d", "batch_norm"},
                                   {"CrossEntropyLoss", "cross_entropy"},
                                   {"nll_loss", "cross_entropy"},
                                   {"glorot_uniform", "glorot"},
                                   {"Embedding", "embed"},
                                   {"Linear", "dense"},
                                   {"LayerNormalization", "layer_norm"},
                                   {"StepLR", "step_decay"},
                                   {"MultiheadAttention", "multi_head_attention"}}) {
    const std::string entry = library_entry(word), called = std::string("is called '") + name + "' here";
    EXPECT_NE(entry.find(called), std::string::npos) << word << ": " << entry;
    EXPECT_NE(entry.find(signature(*Definitions::library()->find(name, true))), std::string::npos) << entry;
  }
  EXPECT_NE(library_entry("ctc").find("not in the library"), std::string::npos);
  EXPECT_NE(library_entry("gelo").find("did you mean 'gelu'?"), std::string::npos);
  EXPECT_NE(library_entry("sigmoid").find("primitive"), std::string::npos);
  EXPECT_EQ(library_entry("qqqqqqqq"), "");
}

}  // namespace
}  // namespace nnc
