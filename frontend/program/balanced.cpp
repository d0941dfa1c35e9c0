// `balanced(iris.y)`: weights of classes from how many labels the train split has of each.

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "frontend/program/program_elaborator.h"

namespace nnc {

namespace {

const SourceFacts* facts_of(const BoundProgram* bound, const std::string& data, const std::string& source) {
  if (bound == nullptr || !bound->facts.contains(data)) return nullptr;
  const std::vector<SourceFacts>& all = bound->facts.at(data).sources;
  auto found = std::find_if(all.begin(), all.end(), [&](const SourceFacts& one) { return one.name == source; });
  return found == all.end() ? nullptr : &*found;
}

/// The numbers of labels by class, or why there are none to divide by.
const std::vector<int64_t>& counts_of(Elaborator& at, const SourceFacts& facts, const std::string& field, Range range) {
  const std::vector<int64_t>& counts = facts.counts;
  if (counts.empty()) {
    at.fail("E0404", range, fmt::format("how many labels of each class '{}' had is not stored with the weights", field),
            "train anew: the program asked for no balanced weights then");
  }
  const auto none = std::find(counts.begin(), counts.end(), 0);
  if (none != counts.end()) {
    const auto k = static_cast<size_t>(none - counts.begin());
    const std::string name =
        k < facts.vocabulary.size() ? fmt::format("'{}'", facts.vocabulary[k]) : fmt::format("{}", k);
    at.fail("E0404", range,
            fmt::format("'balanced' divides by the labels of each class, and the train split has none of "
                        "class {} of '{}'",
                        name, field),
            "a list of your own has a weight for it: weights: [1, 5, 1]");
  }
  return counts;
}

}  // namespace

Item ProgramElaborator::balanced(const FieldFunction& function, Range range) {
  const DataDeclaration& data = *program_.find_data(function.data);
  const DataField& field = *data.field(function.field);
  const std::string name = function.data + "." + function.field;
  const RawSource* source = field.direct && field.sources.size() == 1 ? data.source(field.sources[0]) : nullptr;
  if (source == nullptr || !source->is_class || !field.type.is(Base::label)) {
    elaborator.fail("E0406", range,
                    fmt::format("'balanced' wants a field that is a class as the data holds it, and "
                                "'{}' is {}",
                                name, to_string(field.type)),
                    "y: class(3) = column(\"kind\")");
  }
  counted.emplace(function.data, source->name);
  const Size classes = raw_type(data, field, *source).classes;
  const SourceFacts* facts = facts_of(bound_, function.data, source->name);
  if (facts == nullptr) return {TypedTensor{TensorType(Base::f32, {{classes, "", false}}), {}}, range, ""};
  const std::vector<int64_t>& counts = counts_of(elaborator, *facts, name, range);
  const auto all = static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
  NumberList weights{{{Size(std::ssize(counts)), "", false}}, {}};
  for (int64_t count : counts) {
    weights.numbers.push_back(Number::of(all / (static_cast<double>(counts.size()) * static_cast<double>(count))));
  }
  return {weights, range, ""};
}

}  // namespace nnc
