// plan: gives every buffer its place. Variables lie in the state block sorted by path, so that every variant with the
// same variables has the same layout, whatever its rows. Temporaries share one arena by the stages between which they
// live; its size, the peak, is known before the run.
#pragma once

#include "passes/pass.h"
#include "passes/plan/place.h"

namespace nnc {

NestProgram plan(NestProgram program);

/// Of every buffer, by its number.
std::vector<Lifetime> lifetimes(const NestProgram& program);

/// Bytes of the temporaries that live at once at most: no arena can be smaller.
int64_t largest_live_set(const NestProgram& program);

/// Each temporary's place and lifetime, and the peak against the largest live set, as comments: what `dump
/// --stage=plan` begins with.
std::string describe_plan(const NestProgram& program);

/// Replays what the kernels read and write on the arena; an InternalError when one reads a value that another buffer
/// has overwritten or nobody has written, the old value of a variable after its update or the new one before it, or
/// when a variable is written before the loss is known to be finite.
void check_plan(const NestProgram& program);

StageValue run_plan(const StageValue& program, const PassOptions& options);
inline constexpr Pass kPlan{"plan", "give every buffer its place in the state block or the arena",
                            "last: every buffer and every use of it is known", run_plan};

}  // namespace nnc
