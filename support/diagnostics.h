// What a user is told about a mistake in a .nn file: one first line that editors parse, the source with carets, the
// origins of what clashed, and a likely fix. Wording: lower case, no full stop, names in 'quotes'.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/code.h"
#include "support/source.h"

namespace nnc {

enum class Severity { error, warning, note };

/// A range of the source with a short text beside its carets; `file` is the diagnostic's own unless said.
struct Label {
  Range range;
  std::string text;
};

/// A remark that belongs to a diagnostic: "first declared here", with its place (a range in the same file).
struct Note {
  std::string text;
  Range range;
  bool has_range = false;
};

/// A text in place of what stands at a range of the file.
struct Change {
  Range range;
  std::string text;
};

struct Diagnostic {
  Severity severity;
  Code code;            ///< every code has a page in `nnc explain`
  Range range;          ///< the primary caret range; its begin is the position in the first line
  std::string message;  ///< without position or code
  std::vector<Label> labels{};
  std::vector<Note> notes{};
  std::string help{};             ///< a likely fix, empty when none is likely
  std::vector<Change> changes{};  ///< what `help` tells to do, to the letter, where its words alone don't say it
  std::string argument{};  ///< "--hidden abc" when the command line is wrong, not the file: the range is what it sets

  Diagnostic& label(Range where, std::string text);
  Diagnostic& note(std::string text);
  Diagnostic& note(Range where, std::string text);
  Diagnostic& suggest(std::string text);
  Diagnostic& change(Range where, std::string text);
  Diagnostic& blame(std::string argument);
};

/// Collects the diagnostics of one file: several a run, one report a place (a second error that begins at the same
/// offset is dropped), at most `limit` errors printed.
class Diagnostics {
 public:
  /// Adds an error or warning and returns it for labels, notes and help. The reference is valid until the next call.
  Diagnostic& error(Code code, Range range, std::string message);
  Diagnostic& warning(Code code, Range range, std::string message);

  /// Every later error at this place is the mistake of `argument`, if no other argument set what stands there.
  void blame_at(Range place, std::string argument);

  bool has_errors() const { return errors_ > 0; }
  int error_count() const { return errors_; }
  /// Whether there are errors, and all of them are the command line's.
  bool only_arguments_are_wrong() const;
  const std::vector<Diagnostic>& all() const { return diagnostics_; }

 private:
  Diagnostic& add(Severity severity, Code code, Range range, std::string message);

  std::vector<Diagnostic> diagnostics_;
  std::vector<std::pair<Range, std::string>> arguments_;
  std::optional<Diagnostic> dropped_;  ///< where the labels of a second report at one place go
  int errors_ = 0;
};

/// The text of one diagnostic as the terminal shows it, ending in a newline:
///   file:line:col: error[CODE]: message              (argument: message, where the command line is wrong)
///      9 |   source line
///        |     ^~~ label
///    note: …
///    help: …
/// Control characters and invalid UTF-8 from the source are printed escaped; long lines are cut around the caret.
std::string render(const Diagnostic& diagnostic, const SourceFile& source);

/// The same of a text that is no program, whose mistakes have no codes; without a note or help where that is empty.
std::string render_uncoded(const SourceFile& source, Range range, const std::string& message, const std::string& note,
                           const std::string& help);

/// All of them in order of position, ending with "N errors" when there is more than one.
std::string render(const Diagnostics& diagnostics, const SourceFile& source);

/// `text` with control characters, bidirectional controls and invalid UTF-8 written as \xNN or \u{NNNN}.
std::string escape_for_terminal(std::string_view text);

/// The best match for a misspelt `name` among `candidates`, or empty when none is near: at most one edit for names of
/// up to 5 characters, two up to 8, a third of the length beyond. A transposition is one edit.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace nnc
