#include "frontend/show.h"

#include "frontend/format.h"
#include "frontend/show_parts.h"
#include "support/error.h"

namespace nnc {

std::string show(const CheckedProgram& program) {
  auto rewritten = [&](const CheckedProgram& before, std::string (*half)(const CheckedProgram&), SourceFile& source) {
    source = SourceFile(program.source->name(), half(before));
    Diagnostics mistakes;
    Checked after = check(source, {}, mistakes);
    if (after == nullptr) internal_error("'show' made a program with mistakes:\n" + render(mistakes, source));
    return after;
  };
  SourceFile set, whole;
  Checked after_settings = rewritten(program, show_settings, set);
  Checked after_calls = rewritten(*after_settings, show_calls, whole);
  NNC_ASSERT(dump_typed(*after_calls, false) == dump_typed(program, false), "'show' changed the program");
  Diagnostics none;
  std::optional<std::string> text = format_source(whole, none);
  NNC_ASSERT(text.has_value(), "what checks can be formatted");
  return *text;
}

}  // namespace nnc
