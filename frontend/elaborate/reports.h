// What an evaluator reports, and where: it stands in a frame that calls led to, and an error of a library's line
// belongs to the user's call of it.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "frontend/elaborate/frame.h"
#include "frontend/types/tensors.h"
#include "support/diagnostics.h"

namespace nnc {

/// Thrown after an error was reported, up to the statement.
struct Abandoned {};

/// Warnings that hang on a number: code and place.
using OpenWarnings = std::set<std::pair<Code, uint32_t>>;

struct Reports {
  explicit Reports(Diagnostics& sink) : diagnostics(sink) {}

  Diagnostics& diagnostics;
  Frame* frame = nullptr;
  int64_t work = 0;  ///< expressions evaluated so far
  bool gave_up = false;
  OpenWarnings left_open;                       ///< as their number is not known here
  const OpenWarnings* left_by_check = nullptr;  ///< while binding: what checking left open

  [[noreturn]] void fail(Code code, Range range, const std::string& message, const std::string& help = "");
  Diagnostic& report(Code code, Range range, const std::string& message);
  /// Whether it is this stage's to judge what the code warns of at the place: that of the first which knows the number.
  bool judges(Code code, Range place, bool known);
  void warn_of_one_class(const Size& classes, Range range);
  Frame* reported_frame() const;
  Range reported_range(Range range) const;  ///< where a report of this range would point
  [[noreturn]] void refuse(const Refusal& refusal, Range range);
  /// As the function of that name in tensors.h, at a place of the file.
  void require_limits(const Axes& axes, Range range);
  void spend(Range range, int64_t cost = 1);
  bool exhausted() const;  ///< the limit of work was reached and reported
  std::string slice(Range range) const;
  int line_of(Range range) const;
  Origin origin(Range range) const;
};

/// Enters a frame for as long as it lives.
struct Enter {
  Enter(Reports& reports, Frame& frame) : at(reports), before(reports.frame) { at.frame = &frame; }
  ~Enter() { at.frame = before; }
  Enter(const Enter&) = delete;
  Enter& operator=(const Enter&) = delete;
  Reports& at;
  Frame* before;
};

}  // namespace nnc
