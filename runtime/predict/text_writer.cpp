#include "runtime/predict/text_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "frontend/program/functions.h"
#include "frontend/program/prediction.h"
#include "ir/scalar/elements.h"
#include "ir/scalar/philox.h"
#include "runtime/data/characters.h"
#include "runtime/io/data_error.h"
#include "runtime/step/row_function.h"
#include "support/aligned_bytes.h"
#include "support/default_arithmetic.h"
#include "support/diagnostics.h"

namespace nnc {

namespace {

constexpr uint32_t kTextDraw = 0x54455854;  ///< which sequence of random numbers

/// The characters that the training saw, in the order of their numbers.
std::vector<std::string> vocabulary_of(const Trained& trained) {
  std::vector<std::string> found;
  if (has_train(trained.session->checked())) {
    const std::string data = train_info(trained.program()).data;
    for (const DataInfo& info : data_declarations(trained.session->checked())) {
      if (info.name != data || info.window == 0) continue;
      for (const SourceFacts& source : stored_facts(trained, data).sources) found = source.vocabulary;
    }
  }
  if (!found.empty()) return found;
  throw Failure(ExitCode::wrong_program,
                fmt::format("{}: error: the program is not trained on a text: '--prompt' is for data of chars(…)",
                            trained.session->source().name()));
}

std::vector<int32_t> read_prompt(const std::string& prompt, const std::vector<std::string>& vocabulary) {
  const std::optional<std::vector<char32_t>> text = characters_of(prompt);
  if (!text) throw Failure(ExitCode::wrong_command, "nnc: error: --prompt: the text is no UTF-8");
  if (text->empty()) throw Failure(ExitCode::wrong_command, "nnc: error: --prompt: what shall the text begin with?");
  std::vector<int32_t> codes = encoded(*text, vocabulary);
  const auto unknown = std::find(codes.begin(), codes.end(), -1);
  if (unknown == codes.end()) return codes;
  std::string known;
  for (const std::string& name : vocabulary) known += name;
  throw Failure(
      ExitCode::wrong_command,
      fmt::format("nnc: error: --prompt: the text that was trained on has no {}\n help: it has {}",
                  character_name((*text)[static_cast<size_t>(unknown - codes.begin())]), escape_for_terminal(known)));
}

/// The network, ready to score what comes behind some characters.
class Scorer {
 public:
  Scorer(const Trained& trained, const Prediction& prediction, size_t classes)
      : prediction_(prediction),
        classes_(classes),
        input_(allocate_column("text", Element::i32, {length_of(prediction, classes)}, 1)),
        function_(prediction.graph, trained.weights.tensors, prediction.settings, trained.session->build_options(), 1) {
    function_.read({{prediction.inputs[0].path, &input_}});
    const std::vector<int64_t>& shape = function_.sample_shape();
    per_character_ = shape.size() == 2;
    const bool fits = std::cmp_equal(shape.back(), classes) && (!per_character_ || shape[0] == input_.sample_size());
    if (!fits) refuse();
  }

  int64_t window() const { return input_.sample_size(); }

  /// Scores of every character behind the last of `text`, whose end is read.
  std::vector<double> behind(const std::vector<int32_t>& text) {
    const auto length = static_cast<size_t>(window());
    if (text.size() >= length)
      return at(std::vector<int32_t>(text.end() - static_cast<std::ptrdiff_t>(length), text.end()), length - 1);
    if (!per_character_) {
      throw Failure(ExitCode::wrong_command,
                    fmt::format("nnc: error: --prompt: '{}' reads {} characters, and the prompt has {}",
                                prediction_.function, length, text.size()));
    }
    std::vector<int32_t> padded = text;
    padded.resize(length, 0);
    std::vector<double> scores = at(padded, text.size() - 1);
    if (!checked_) check_causal(padded, text.size(), scores);
    return scores;
  }

 private:
  static int64_t length_of(const Prediction& prediction, size_t classes) {
    const bool one = prediction.inputs.size() == 1 && prediction.inputs[0].is_class;
    const Type& result = prediction.graph.type(prediction.graph.result("value").id);
    const bool scores = (prediction.is_logit || prediction.is_prob) && (result.rank() == 2 || result.rank() == 3);
    if (one && scores && prediction.inputs[0].type.rank() == 2 &&
        std::cmp_equal(prediction.inputs[0].classes, classes)) {
      return prediction.inputs[0].type.shape[1].count;
    }
    throw refusal(prediction, classes);
  }

  static Failure refusal(const Prediction& prediction, size_t classes) {
    return {ExitCode::wrong_program,
            fmt::format("error: '{0}' can't write text: that takes a function from class({1})[B, T] to logit or prob "
                        "[B, T, {1}] or [B, {1}]",
                        prediction.function, classes)};
  }
  [[noreturn]] void refuse() const { throw refusal(prediction_, classes_); }

  /// The scores at a place of exactly as many characters as the network reads.
  std::vector<double> at(const std::vector<int32_t>& text, size_t place) {
    std::copy(text.begin(), text.end(), input_.values<int32_t>().begin());
    const int64_t bytes = byte_size(function_.element());
    const size_t first = per_character_ ? place * classes_ : 0;
    AlignedBytes values((per_character_ ? text.size() : 1) * classes_ * static_cast<size_t>(bytes));
    function_.run(0, 1, values.data());
    std::vector<double> scores;
    for (size_t i = 0; i < classes_; ++i) {
      const double value = load_element(values.data() + (first + i) * static_cast<size_t>(bytes), function_.element());
      scores.push_back(prediction_.is_prob ? std::log(value) : value);
    }
    return scores;
  }

  /// Other characters behind the text must leave its scores as they are.
  void check_causal(std::vector<int32_t> padded, size_t length, const std::vector<double>& scores) {
    checked_ = true;
    std::fill(padded.begin() + static_cast<std::ptrdiff_t>(length), padded.end(), static_cast<int32_t>(classes_) - 1);
    if (at(padded, length - 1) == scores) return;
    throw Failure(ExitCode::wrong_program,
                  fmt::format("error: the scores of '{}' at a character hang on those behind it: a prompt needs {} "
                              "characters or more",
                              prediction_.function, padded.size()));
  }

  const Prediction& prediction_;
  size_t classes_;
  Column input_;
  RowFunction function_;
  bool per_character_ = false, checked_ = false;
};

/// A function, or where none is named the model: over characters, not over the data's fields.
std::string function_of(const Trained& trained, const std::string& asked) {
  const std::string model = asked.empty() ? model_name(trained.session->checked()) : "";
  return model.empty() ? prediction_function(trained.session->checked(), asked) : model;
}

}  // namespace

int64_t drawn_from(const std::vector<double>& scores, double temperature, double number) {
  const auto greatest = std::max_element(scores.begin(), scores.end());
  if (temperature == 0) return greatest - scores.begin();
  std::vector<double> weights;
  double sum = 0;
  for (const double score : scores) {
    weights.push_back(std::exp((score - *greatest) / temperature));
    sum += weights.back();
  }
  double left = number * sum;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (left < weights[i]) return static_cast<int64_t>(i);
    left -= weights[i];
  }
  return greatest - scores.begin();  // what rounding leaves
}

void write_text(const SessionOptions& options, const TextRequest& request,
                const std::function<void(std::string_view)>& write) {
  DefaultArithmetic arithmetic;
  const Trained trained = open_trained(options, request.weights_file, request.note);
  const std::vector<std::string> vocabulary = vocabulary_of(trained);
  std::vector<int32_t> text = read_prompt(request.prompt, vocabulary);
  const Prediction prediction = lower_prediction(trained.program(), function_of(trained, request.function));
  require_variables(trained, {&prediction.graph, &evaluation_graph(trained.program())}, request.note);
  Scorer scorer(trained, prediction, vocabulary.size());
  const uint64_t seed = train_info(trained.program()).seed;
  const std::array<uint32_t, 2> key{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  if (request.length == 0) write(request.prompt);
  for (int64_t i = 0; i < request.length; ++i) {
    const std::vector<double> scores = scorer.behind(text);
    if (i == 0) write(request.prompt);  // nothing of a text that can't be gone on with
    if (!std::all_of(scores.begin(), scores.end(), [](double score) { return score < HUGE_VAL; })) {
      throw Failure(ExitCode::not_finite, "error: the network's scores are not finite");
    }
    const std::array<uint32_t, 4> bits = philox4x32({static_cast<uint32_t>(i), 0, 0, kTextDraw}, key);
    const double number = std::ldexp(static_cast<double>(uint64_t{bits[0]} << 21 ^ bits[1] >> 11), -53);
    text.push_back(static_cast<int32_t>(drawn_from(scores, request.temperature, number)));
    write(vocabulary[static_cast<size_t>(text.back())]);
  }
}

}  // namespace nnc
