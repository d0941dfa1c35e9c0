#include "frontend/elaborate/reports.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/stack.h"

namespace nnc {

namespace {
constexpr int64_t kWorkLimit = 200000;             ///< expressions evaluated for one program
constexpr size_t kStackReserve = size_t{1} << 18;  ///< for what an expression needs that holds no others
}  // namespace

std::string Reports::slice(Range range) const {
  std::string text(frame->source->slice(range));
  if (size_t end = text.find('\n'); end != std::string::npos) text = text.substr(0, end) + "…";
  return text.size() > 48 ? text.substr(0, 45) + "…" : text;
}

int Reports::line_of(Range range) const { return frame->source->locate(range.begin).line; }

/// The frame that a report points into: the innermost one of the user's own file whose definition says its types. What
/// is generic, or the library's, is reported at its call.
Frame* Reports::reported_frame() const {
  Frame* at = frame;
  const Frame* root = frame;
  while (root->caller != nullptr) root = root->caller;
  auto passes_on = [&](const Frame& one) {
    if (one.library || one.source != root->source || one.definition == nullptr) return true;
    const auto& parameters = one.definition->item->parameters;
    return std::any_of(parameters.begin(), parameters.end(), [](const ast::Parameter& each) { return !each.type; });
  };
  while (at->caller != nullptr && passes_on(*at)) at = at->caller;
  return at;
}

Diagnostic& Reports::report(Code code, Range range, const std::string& message) {
  Frame* at = reported_frame();
  Range place = range;
  for (Frame* inner = frame; inner != at; inner = inner->caller) place = inner->call;
  Diagnostic& diagnostic = diagnostics.error(code, place, message);
  for (const Frame* each = frame; each != nullptr; each = each->caller) {
    bool argument = each->source != nullptr && each->source->name().starts_with("--");
    if (argument) diagnostic.blame(each->source->name());
  }
  if (at != frame && frame->definition != nullptr) {
    if (frame->source == at->source) {
      diagnostic.note(range, fmt::format("in '{}'", frame->definition->name()));
    } else {
      diagnostic.note(fmt::format("inside the library's '{}', at '{}'", frame->definition->name(), slice(range)));
    }
  }
  if (at->caller != nullptr && at->definition != nullptr) {
    diagnostic.note(at->call, fmt::format("'{}' is applied here", at->definition->name()));
  }
  return diagnostic;
}

Range Reports::reported_range(Range range) const {
  Frame* at = reported_frame();
  for (Frame* inner = frame; inner != at; inner = inner->caller) range = inner->call;
  return range;
}

void Reports::fail(Code code, Range range, const std::string& message, const std::string& help) {
  Diagnostic& diagnostic = report(code, range, message);
  if (!help.empty()) diagnostic.suggest(help);
  throw Abandoned{};
}

bool Reports::judges(Code code, Range place, bool known) {
  std::pair<Code, uint32_t> warning{code, place.begin};
  if (known) return left_by_check == nullptr || left_by_check->contains(warning);
  left_open.insert(std::move(warning));
  return false;
}

void Reports::warn_of_one_class(const Size& classes, Range range) {
  if (!judges("W0404", reported_range(range), classes.number().has_value()) || classes != Size(1)) return;
  diagnostics
      .warning("W0404", reported_range(range), "one class: softmax of one number is always 1, and every label the same")
      .suggest("for yes or no: sigmoid and bce on one number, or softmax over two classes");
}

void Reports::refuse(const Refusal& refusal, Range range) { fail(refusal.code, range, refusal.message, refusal.help); }

void Reports::require_limits(const Axes& axes, Range range) {
  try {
    nnc::require_limits(axes);
  } catch (const Refusal& refusal) {
    refuse(refusal, range);
  }
}

bool Reports::exhausted() const { return gave_up; }

void Reports::spend(Range range, int64_t cost) {
  if (exhausted()) throw Abandoned{};
  if (stack_left() < kStackReserve) {
    fail("E0804", range, "calls and signs are nested deeper here than the stack of the process holds: a limit of nnc");
  }
  work += cost;
  if (work > kWorkLimit) {
    gave_up = true;
    fail("E0801", range, fmt::format("the program unfolds to more than {} expressions: a limit of nnc", kWorkLimit),
         "loops and calls are unfolded when compiling: use fewer turns");
  }
}

Origin Reports::origin(Range range) const {
  const Frame* place = frame;
  std::string note;
  while (place->library && place->caller != nullptr) {
    if (place->definition != nullptr) note = place->definition->name();
    range = place->call;
    place = place->caller;
  }
  if (place->source == nullptr || place->library) return {};
  return place->source->origin(range.begin, note);
}

}  // namespace nnc
