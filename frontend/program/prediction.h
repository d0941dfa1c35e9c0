// A function of a program as predictions run it: its graph over a batch of rows, where each argument comes from, and
// what the result means.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "frontend/program/program.h"

namespace nnc {

/// An `input` node of the graph. Where the argument goes into a field (`houses.x(raw)`), or the model is applied after
/// the fields, it stands for that raw source of that data.
struct PredictionInput {
  std::string path;  ///< "argument.raw"
  std::string name;  ///< "raw"; of the model after the fields: the source's name
  Type type;         ///< [B, …]
  std::string data, source;
  bool is_class = false;
  int64_t classes = 0;
  bool narrow = false;  ///< declared as f32, and read in f64 because it goes into a field of that source
  Origin origin;        ///< of its declared type
  std::string wider;    ///< "raw: f64[B, 13]"; "" where no type is declared
};

struct Prediction {
  std::string function;  ///< "predict", "net"
  Graph graph;           ///< result `value`
  std::vector<PredictionInput> inputs;
  std::map<std::string, double> settings;  ///< values of the `setting.<name>` inputs
  bool is_class = false;                   ///< the result is class(K)
  bool is_logit = false, is_prob = false;
  bool is_distribution = false;          ///< it is prob or logit with a last axis of K classes
  std::vector<std::string> class_names;  ///< of those K, where labels were text; else empty
  std::vector<NumberCheck> checks;       ///< over the same inputs
};

/// The functions that are exported, by name.
std::vector<std::string> exported_functions(const BoundProgram& program);

/// Which function predicts: `asked` (which must be there: a Failure with exit 2 and the nearest name), else the
/// `export fn` called predict, else "" for the model after the data's fields. Neither is a Failure (exit 1).
std::string prediction_function(const CheckedProgram& program, const std::string& asked);

/// The first model of the file; "" where there is none.
std::string model_name(const CheckedProgram& program);

/// The `fn`, `layer` or `model` called `name`, or the model after the data's fields (`name` empty).
Prediction lower_prediction(const BoundProgram& program, const std::string& name);
/// The field of the training data that holds its classes, class(K) of one axis: its name and K; nothing where there is
/// none or more than one.
struct LabelField {
  std::string data, field, source;
  int64_t classes = 0;
  std::vector<std::string> names;  ///< where the labels are text
};
std::optional<LabelField> label_field(const BoundProgram& program);

}  // namespace nnc
