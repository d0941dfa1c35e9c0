#include "ir/parse/parse_target.h"

#include <fmt/format.h>

#include "support/cores.h"
#include "support/diagnostics.h"

namespace nnc {

int64_t parse_between(TextReader& reader, std::string_view what, int64_t least, int64_t most) {
  uint32_t begin = reader.position();
  int64_t value = reader.integer();
  if (value < least || value > most) {
    reader.fail_at(begin, fmt::format("{} lie between {} and {}", what, least, most));
  }
  return value;
}

Target parse_target(TextReader& reader) {
  uint32_t begin = reader.position();
  std::string word = reader.word("a tier");
  std::optional<Tier> tier = parse_tier(word);
  if (!tier) {
    std::string near = nearest(word, {"generic", "avx2", "avx512", "neon"});
    reader.fail_at(begin, fmt::format("'{}' is no tier: generic, avx2, avx512 or neon{}", word,
                                      near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }
  Target result = Target::of(*tier);
  if (!reader.accept("vector_bytes")) return result;
  result.vector_bytes = static_cast<int>(parse_between(reader, "vector bytes", 8, 256));
  reader.expect("registers");
  result.vector_registers = static_cast<int>(parse_between(reader, "registers", 1, 1024));
  reader.expect("fma");
  result.has_fma = parse_between(reader, "flags", 0, 1) == 1;
  reader.expect("masks");
  result.has_mask_registers = parse_between(reader, "flags", 0, 1) == 1;
  reader.expect("l1");
  result.l1_bytes = parse_between(reader, "bytes", 1, kMostBytes);
  reader.expect("l2");
  result.l2_bytes = parse_between(reader, "bytes", 1, kMostBytes);
  return result;
}

CompiledFor parse_compiled_for(TextReader& reader) {
  CompiledFor result;
  result.target = parse_target(reader);
  reader.expect(",");
  result.exact = reader.accept("exactly");
  if (!result.exact) {
    if (!reader.accept("up")) reader.fail("expected 'exactly N rows' or 'up to N rows'");
    reader.expect("to");
  }
  result.rows = parse_between(reader, "rows", 1, INT32_MAX);
  if (!reader.accept("rows")) reader.expect("row");
  if (!reader.accept(",")) return result;
  result.workers = parse_between(reader, "threads", 1, kMostThreads);
  if (!reader.accept("threads")) reader.expect("thread");
  return result;
}

}  // namespace nnc
