// The numbers that the sizes of a step stand for, and vectors of them.
#pragma once

#include "ir/graph/schedule.h"
#include "passes/pass.h"

namespace nnc {

class StepSizes {
 public:
  explicit StepSizes(const PassOptions& options)
      : target_(options.target),
        capacity_(options.capacity),
        exact_(options.exact),
        workers_(options.workers),
        least_shared_work_(options.least_shared_work) {}

  const Target& target() const { return target_; }
  int64_t workers() const { return workers_; }
  int64_t least_shared_work() const { return least_shared_work_; }
  /// At capacity.
  int64_t extent(const Dim& dim) const { return dim.at(capacity_); }
  /// Whether the size is known only when a step runs.
  bool at_run_time(const Dim& dim) const { return dim.symbol == Symbol::rows && !exact_; }
  /// Lanes for elements of this type; comparisons and integers follow the widest float around them.
  int lanes(Element element) const { return target_.lanes(element == Element::f64 ? element : Element::f32); }
  /// Vector registers that so many lanes of an element take.
  int64_t registers(Element element, int lanes) const {
    return (byte_size(element) * lanes + target_.vector_bytes - 1) / target_.vector_bytes;
  }

 private:
  Target target_;
  int64_t capacity_;
  bool exact_;
  int64_t workers_, least_shared_work_;
};

/// Every tensor at this capacity can be addressed; else Unsupported, at the tensor's line of the program.
void require_addressable(const Graph& graph, int64_t capacity);

/// The lanes to take `extent` elements with, at most `widest`: all of them, or the smallest power of two that holds
/// them.
int lanes_for(int64_t extent, int widest);

/// The axis to run in vectors, −1 for none: the last one with more than one element.
int vector_axis_of(const Shape& shape);

/// The axis that a schedule's loop in lanes "i2" names, −1 where it names none of the shape.
int lane_axis(const Schedule& schedule, const Shape& shape);

/// What an element that is only stored takes part in comparisons and sums as: bf16 as f32, u8 and bool as i32.
Element computing(Element element);

}  // namespace nnc
