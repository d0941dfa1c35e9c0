#include "frontend/format/show.h"

#include <list>

#include "frontend/format/format.h"
#include "frontend/format/show_parts.h"
#include "support/error.h"

namespace nnc {

std::string show(const CheckedProgram& program) {
  std::list<SourceFile> sources;  // a program points to its own
  auto rewritten = [&](const CheckedProgram& before, std::string (*half)(const CheckedProgram&)) {
    const SourceFile& source = sources.emplace_back(program.source->with_text(half(before)));
    Diagnostics mistakes;
    Checked after = check(source, {}, mistakes);
    if (after == nullptr) internal_error("'show' made a program with mistakes:\n" + render(mistakes, source));
    return after;
  };
  Checked shown = rewritten(program, show_settings);
  for (std::string_view before; before != shown->source->text();) {
    before = shown->source->text();  // a default that is said may be a call with defaults of its own
    shown = rewritten(*shown, show_calls);
  }
  NNC_ASSERT(dump_typed(*shown, false) == dump_typed(program, false), "'show' changed the program");
  Diagnostics none;
  std::optional<std::string> text = format_source(*shown->source, none);
  NNC_ASSERT(text.has_value(), "what checks can be formatted");
  return *text;
}

}  // namespace nnc
