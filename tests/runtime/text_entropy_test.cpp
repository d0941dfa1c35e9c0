// A GRU against the entropy of a text: it must know more than the last character.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>

#include "ir/scalar/philox.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

/// Words in any order: what comes next within one is mostly certain behind a few letters, not behind one.
std::string sentences(size_t length) {
  static constexpr std::array kWords{"the ",   "there ", "then ",  "other ", "hat ",    "heat ", "rather ", "tree ",
                                     "three ", "earth ", "heart ", "hear ",  "tether ", "here ", "eat ",    "tea "};
  std::string text;
  for (uint32_t i = 0; text.size() < length; ++i) text += kWords[philox4x32({i, 0, 0, 0}, {7, 7})[0] % kWords.size()];
  return text.substr(0, length);
}

/// Nats a character behind `order` known ones, by the text's own counts.
double entropy(const std::string& text, size_t order) {
  std::map<std::string, double> longer, shorter;
  for (size_t i = 0; i + order < text.size(); ++i) {
    longer[text.substr(i, order + 1)] += 1;
    shorter[text.substr(i, order)] += 1;
  }
  double sum = 0;
  for (const auto& [characters, count] : longer) sum -= count * std::log(count / shorter[characters.substr(0, order)]);
  return sum / static_cast<double>(text.size() - order);
}

TEST(TextEntropy, AGruLearnsMoreThanPairsOfCharacters) {
  TempFolder folder;
  const std::string text = sentences(40'000);
  const double pairs = entropy(text, 1), fours = entropy(text, 4);
  ASSERT_LT(fours, pairs - 0.3);
  folder.write("text.txt", text);
  SessionOptions options;
  options.file =
      folder.write("gru.nn",
                   "option T: int = 64\n"
                   "data text = chars(\"text.txt\", window: T + 1, stride: 3, split: {train: 0.9, valid: 0.1}) {\n"
                   "  x: class(vocab)[T] = window[0..T]\n  y: class(vocab)[T] = window[1..T + 1]\n}\n"
                   "model net(x: class(text.vocab)[B, T]) -> logit[B, T, text.vocab] = x |> embed(32) |> gru(128) |> "
                   "dense(text.vocab)\n"
                   "train { data = text.train;  valid = text.valid;  batch = 32;  steps = 150\n"
                   "  loss = cross_entropy(net(x), y);  optimizer = adam(5e-3);  clip = norm(5.0) }\n");
  const double held_out = test::train_file(options).scores.at("valid.loss");
  EXPECT_LT(held_out, pairs - 0.1) << "pairs " << pairs << ", fours " << fours;
  const double words = static_cast<double>(std::count(text.begin(), text.end(), ' '));
  EXPECT_GT(held_out, 0.9 * std::log(16) * words / static_cast<double>(text.size())) << "which word comes is chance";
}

}  // namespace
}  // namespace nnc
