// What the tests of the lectures share: an example opened at a precision, evaluated, explained or trained.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/explain/calculation.h"
#include "runtime/weights/weights.h"
#include "tests/runtime/program_folder.h"

namespace nnc::test {

using Given = std::map<std::string, std::string>;

/// A function of a lecture (or its loss, with function ""), with values and gradients.
struct Lecture {
  OpenCalculation opened;
  Calculation calculation;
  Backpropagation backward;

  Lecture(const std::string& file, const std::string& function, const Given& given = {},
          Element precision = Element::f64)
      : opened(open(file, function, given, precision)),
        calculation(nnc::calculation(*opened.session, opened.request)),
        backward(calculation) {}

  double value(const std::string& name = "", int64_t at = 0) const { return backward.value(name).number(at); }
  double gradient(const std::string& name, int64_t at = 0) const { return backward.gradient(name).number(at); }

 private:
  static OpenCalculation open(const std::string& file, const std::string& function, const Given& given,
                              Element precision) {
    SessionOptions options;
    options.file = example("lectures/" + file);
    options.overrides.precision = precision;
    options.overrides.options = given;
    CalculationRequest request;
    request.function = function;
    return open_calculation(std::move(options), std::move(request), function.empty());
  }
};

/// The elements of every result of a function, in order.
inline std::vector<std::vector<double>> results(const std::string& file, const std::string& function,
                                                const Given& given = {}) {
  Lecture lecture(file, function, given);
  std::vector<std::vector<double>> values;
  for (const auto& [label, tensor] : evaluate(lecture.calculation)) values.push_back(tensor.numbers());
  return values;
}

/// Options of a lecture that trains.
inline SessionOptions training(const std::string& file, Element precision = Element::f64) {
  SessionOptions options;
  options.file = example("lectures/" + file);
  options.data_directory = data_folder();
  options.overrides.precision = precision;
  return options;
}

/// The tensors of the weights file after training.
inline Tensors trained_weights(SessionOptions options) {
  TempFolder folder;
  Session session(std::move(options));
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  session.train(request);
  return read_weights(request.out_file).tensors;
}

}  // namespace nnc::test
