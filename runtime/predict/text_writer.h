// Text from a network that was trained on one: it reads what is there so far, one character is drawn from its scores
// for the next, and so on.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/train/trained.h"

namespace nnc {

struct TextRequest {
  std::string weights_file;
  std::string function;    ///< of class(text.vocab)[B, T], gives logit or prob [B, T, K] or [B, K]; empty: the model
  std::string prompt;      ///< what the text begins with, UTF-8; at least one character
  int64_t length = 200;    ///< characters to write behind it
  double temperature = 1;  ///< the scores are divided by it: below 1 the likely is likelier, 0 takes the likeliest
  NoteSink note;
};

/// `write` gets the prompt and then every character as it is drawn, as UTF-8. What is drawn hangs on the program's seed
/// (--seed): the same seed, the same text.
///
/// The network reads T characters. Of a longer text it reads the last T. Of a shorter one the places behind it are
/// filled up, and the scores taken at its last character: a Failure (exit 1) where those hang on what is behind it, or
/// where the function scores the end of all T characters only. What the vocabulary does not have in the prompt is a
/// Failure (exit 2), and so is a prompt that is no UTF-8.
void write_text(const SessionOptions& options, const TextRequest& request,
                const std::function<void(std::string_view)>& write);

/// The character that a number drawn from 0 to 1 (exclusive) means: one of `scores` (logits, or logarithms of
/// probabilities, up to a constant) divided by the temperature. Temperature 0: the greatest, the first of equals.
int64_t drawn_from(const std::vector<double>& scores, double temperature, double number);

}  // namespace nnc
