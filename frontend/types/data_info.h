// What a program says of its data, what the data turned out to be, and what is fitted on it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "frontend/types/csv_format.h"
#include "ir/graph/graph.h"

namespace nnc {

/// One raw source of a data declaration, in order of appearance: `columns("crim".."lstat")`, `column("medv")`, `image`,
/// `label`, or a field of a table.
struct RawSource {
  std::string name;                  ///< "crim..lstat", "medv", "image", "x"
  std::vector<std::string> columns;  ///< csv: one name, or the two ends of a range
  bool is_range = false;
  bool is_class = false;           ///< used as class(K): integers or text, numbered by the vocabulary
  std::optional<int64_t> classes;  ///< the declared K of class(K); none: the data decides
  bool counted = false;            ///< a class whose rows the program asks the number of, by `balanced`
  std::optional<Element> whole;    ///< i32 or u8 where a field takes the numbers as that: each must be one
  Origin origin;
};
/// Something fitted on the train split: `variables` are the paths that hold it ("data.houses.x.mean", …), `argument`
/// the graph from raw inputs (`raw.<name>`) to the tensor that it is fitted on.
struct Fit {
  enum class Kind : uint8_t { standardize, minmax, vocabulary } kind = Kind::standardize;
  std::vector<std::string> variables;
  Graph argument;
  Origin origin;
};
/// Numbers that become class(K) or an integer, in a field or in what uses one: `argument` is the graph from its inputs
/// (`raw.<name>` of a field) to them, result `value`, a row each. Each must lie in low..high, as a whole number where
/// that is asked for; else what stands after the point does not count.
struct NumberCheck {
  std::string data, field;  ///< empty where it is of no field
  std::string key;          ///< in its data: "x", "x_1", …
  std::string text;         ///< the expression, as written
  std::string wanted;       ///< "class(3)", "i32"
  bool whole = true;
  double low = 0, high = 0;
  Graph argument;
  Origin origin;
};
/// A path that a source is given.
struct DataFile {
  std::string array;  ///< the name that it is given to, if any
  std::string path;   ///< as written
};
struct DataInfo {
  std::string name;
  std::string kind = "table";                         ///< the word of its source
  std::string folder;                                 ///< of an imported file that declares it; else ""
  std::vector<DataFile> files;                        ///< none of a table
  CsvFormat format;                                   ///< of a csv
  std::vector<std::pair<std::string, double>> split;  ///< shares in the order written; empty: no split
  std::optional<uint64_t> split_seed;
  int64_t window = 0, stride = 1;       ///< of a text: the characters of a sample, and from one to the next
  std::vector<std::string> characters;  ///< of a text, where they are known already: those of the training
  std::vector<RawSource> sources;
  std::vector<std::string> fields;  ///< `column.<data>.<name>` is the field of that name, else the raw source
  std::map<std::string, Origin> field_origins;
  std::map<std::string, std::vector<std::vector<double>>> table;  ///< by field: one flat row a sample
  Origin origin;
};

/// What the data turned out to be, read by the runtime before `bind`.
struct SourceFacts {
  std::string name;
  Element element = Element::f32;
  std::vector<int64_t> sample_shape;    ///< of one sample: {28, 28}, {13}, {}
  std::vector<std::string> vocabulary;  ///< of text classes, sorted
  std::vector<std::string> columns;     ///< of a CSV file: the names in its header
  int64_t classes = 0;                  ///< of class(K), texts or numbers: K
  std::vector<int64_t> counts = {};     ///< where they are counted: the labels of each class in the train split
};
struct DataFacts {
  std::string data;
  std::vector<SourceFacts> sources;
  std::map<std::string, int64_t> rows;              ///< by split ("train", "valid", "test"), and "all"
  std::map<std::string, int64_t> computed_classes;  ///< K of classes that fields compute, by NumberCheck::key
  CsvFormat format;                                 ///< of a CSV file
};

}  // namespace nnc
