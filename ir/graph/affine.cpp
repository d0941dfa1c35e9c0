#include "ir/graph/affine.h"

#include <algorithm>
#include <utility>

namespace nnc {

Affine operator+(Affine a, const Affine& b) {
  a.constant += b.constant;
  for (const Affine::Term& term : b.terms) {
    auto same = std::find_if(a.terms.begin(), a.terms.end(),
                             [&](const Affine::Term& other) { return other.of == term.of && other.id == term.id; });
    if (same == a.terms.end()) {
      a.terms.push_back(term);
    } else {
      same->coefficient += term.coefficient;
      if (same->coefficient == 0) a.terms.erase(same);
    }
  }
  return a;
}

Affine operator*(Affine a, int64_t factor) {
  if (factor == 0) return {};
  a.constant *= factor;
  for (Affine::Term& term : a.terms) term.coefficient *= factor;
  return a;
}

Affine operator-(Affine a, const Affine& b) { return std::move(a) + b * -1; }

Affine operator+(Affine a, int64_t b) {
  a.constant += b;
  return a;
}

Affine operator-(Affine a, int64_t b) { return std::move(a) + -b; }

}  // namespace nnc
