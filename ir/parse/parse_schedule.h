// The clauses of a schedule, as to_string writes them.
#pragma once

#include "ir/graph/partition_text.h"
#include "ir/graph/schedule.h"
#include "ir/parse/text_reader.h"

namespace nnc {

/// Reads what follows the word `schedule`. Each clause at most once, in any order; a word that is none, a size below 1
/// or a clause that stands twice is a Failure at its place.
/// `text` learns where each stands.
Schedule parse_schedule(TextReader& reader, KernelText& text);

}  // namespace nnc
