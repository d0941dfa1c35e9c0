// Whole-number values that are linear in loop variables, registers and `rows`: what subscripts and bounds are made of.
#pragma once

#include <cstdint>
#include <vector>

namespace nnc {

using LoopId = uint32_t;
using RegisterId = uint32_t;

/// constant + Σ coefficient × (loop variable | scalar or vector i32 register | rows).
struct Affine {
  enum class Of : uint8_t { loop, reg, rows };
  struct Term {
    Of of = Of::loop;
    uint32_t id = 0;  ///< LoopId or RegisterId (a register without extents); unused for rows
    int64_t coefficient = 1;
    bool operator==(const Term&) const = default;
  };
  int64_t constant = 0;
  std::vector<Term> terms = {};

  static Affine of(int64_t value) { return {value, {}}; }
  static Affine loop(LoopId id, int64_t coefficient = 1) { return {0, {{Of::loop, id, coefficient}}}; }
  bool operator==(const Affine&) const = default;
};

Affine operator+(Affine a, const Affine& b);
Affine operator-(Affine a, const Affine& b);
Affine operator+(Affine a, int64_t b);
Affine operator-(Affine a, int64_t b);
Affine operator*(Affine a, int64_t factor);
inline Affine rows_affine(int64_t coefficient = 1) { return {0, {{Affine::Of::rows, 0, coefficient}}}; }

}  // namespace nnc
