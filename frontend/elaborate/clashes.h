// What a user is told where shapes or types don't go together: what each side is, where it comes from, and what to
// write.
#pragma once

#include <string>
#include <vector>

#include "frontend/elaborate/elaborator.h"

namespace nnc {

/// What took part in an operation, and where it stands in the current frame's file.
struct Operand {
  Item item;
  Range range;
};

/// "net(x): f32[B, 1], from 'x |> dense(1)' at line 3"
std::string operand_text(const Elaborator& at, const Operand& operand);

/// Labels each operand but numbers with its type and origin, where the report points into the current frame.
void label_operands(const Elaborator& at, Diagnostic& diagnostic, const std::vector<Operand>& operands);

/// Reports what an operation refused at `place`, with the origins of its operands and a likely fix.
[[noreturn]] void clash(Elaborator& at, const Refusal& refusal, Range place, const std::vector<Operand>& operands);

/// What to write so that a value with the axes `found` has those that are `wanted`: "net(x) |> squeeze"; "" where
/// nothing likely is known.
std::string fitted_to(const Elaborator& at, Range value, const Axes& found, const Axes& wanted);

}  // namespace nnc
