#include "ir/graph/partition_text.h"

#include "support/diagnostics.h"

namespace nnc {

Range KernelText::clause(std::string_view word) const {
  for (const auto& [name, range] : clauses) {
    if (name == word) return range;
  }
  return schedule;
}

std::string error_at(const PartitionText& text, Range where, const std::string& message, const std::string& note,
                     const std::string& help) {
  return render_uncoded(*text.file, where, message, note, help);
}

}  // namespace nnc
