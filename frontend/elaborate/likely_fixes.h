// What was probably meant by a call or a definition that does not fit, as it would be written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "frontend/elaborate/elaborator.h"

namespace nnc {

/// What is told, and what it changes, to the letter.
struct LikelyFix {
  std::string help;  ///< "" where nothing likely is known
  std::vector<Change> changes;
};

/// "f(b, a)" for a call of two arguments each of which is of the other's kind only, as in `cross_entropy(y, net(x))`;
/// else "". `ranges` are those of the arguments.
std::string other_way_round(const Elaborator& at, const Definition& definition, const std::vector<const Item*>& given,
                            const std::vector<Range>& ranges);

/// The layer at the end of the definition's value that makes its last axis `found`, for one of `wanted`: "dense(3)" for
/// `x |> dense(4) |> relu`; nothing where that axis is no number of such a layer.
std::optional<Change> last_layer(const Elaborator& at, const Definition& definition, const Size& found,
                                 const Size& wanted);

/// For a call such as `net(x)` at `call` whose last axis is `found`: what to change in the model for one of `wanted`,
/// "-> logit[B, 3] and dense(3) in 'net'".
LikelyFix resized_call(const Elaborator& at, Range call, const Size& found, const Size& wanted);

/// `softmax` of numbers that are not said to be logits, at `argument`: "|> logit |> softmax" or "softmax(logit(h))", as
/// it is written there.
std::string with_logit(const Elaborator& at, const Definition& function, Range argument);

}  // namespace nnc
