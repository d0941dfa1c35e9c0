// What a text is compiled for, as to_string writes it.
#pragma once

#include "ir/graph/partition.h"
#include "ir/parse/text_reader.h"

namespace nnc {

constexpr int64_t kMostBytes = int64_t{1} << 46;  ///< that a number of a text may say

/// A whole number of this range; any other is a Failure at its place.
int64_t parse_between(TextReader& reader, std::string_view what, int64_t least, int64_t most);

/// "avx2", or a tier and all of its numbers.
Target parse_target(TextReader& reader);

/// Reads what follows the words `compiled for`: "avx2, exactly 100 rows", "avx512, up to 32 rows".
CompiledFor parse_compiled_for(TextReader& reader);

}  // namespace nnc
