// The kinds of source that the language has, and what reads them.
#include "runtime/dataset/source_readers.h"

#include <gtest/gtest.h>

#include "frontend/program/source_kinds.h"

namespace nnc {
namespace {

TEST(SourceReaders, ThereIsOneForEachKindOfTheLanguage) {
  EXPECT_EQ(source_readers().size(), source_kinds().size());
  for (const SourceKind& kind : source_kinds()) {
    DataInfo info;
    info.kind = kind.word;
    EXPECT_EQ(reader_of(info).word, kind.word);
  }
}

}  // namespace
}  // namespace nnc
