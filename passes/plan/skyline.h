// How high each stage is occupied: a tree over the stages, so that a question or a change is log n steps.
#pragma once

#include <cstdint>
#include <vector>

#include "passes/plan/place.h"

namespace nnc {

class Skyline {
 public:
  /// The end of the highest tenant, and the page starts of the large ones.
  struct Top {
    int64_t end = 0;
    PageStarts starts = 0;
  };

  explicit Skyline(std::span<const Tenant> tenants);

  /// Over all stages of a life.
  Top over(const Lifetime& life);
  /// A tenant is put there.
  void add(const Tenant& tenant, int64_t offset);

  int64_t steps() const { return steps_; }  ///< nodes looked at so far

 private:
  struct Node {
    Top top, below;  ///< of its stages; what its halves don't know yet
    void raise(const Top& more);
  };

  template <class Change>
  void visit(size_t number, int first, int last, const Lifetime& life, const Change& change);

  int size_ = 1;
  std::vector<Node> nodes_;
  int64_t steps_ = 0;
};

}  // namespace nnc
