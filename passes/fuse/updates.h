// New values of variables: who writes them, and when.
#pragma once

#include <cstdint>

#include "passes/fuse/groups.h"

namespace nnc {

/// How many fusions may still happen (`--fuse-limit`; below 0: any number).
struct Fusions {
  int64_t limit = -1;
  int64_t done = 0;

  bool left() const { return limit < 0 || done < limit; }
  void spend() { ++done; }
};

/// Every result of kind update becomes a store in place of the group that computes it, where the group makes just that
/// index space, every other reader of the old value can run first and the loss is known before. The others are copied
/// by a group at the end. Then small groups that do nothing but update, and need not wait for each other, become one
/// kernel of kind `updates`: a call costs as much as a few vectors.
void place_updates(Groups& groups, Fusions& fusions);

}  // namespace nnc
