// Classes that random fields compute of a column: the numbers that the test computes itself, in double, and refused
// exactly where one of them, or what is made an integer on the way, is no class.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <optional>
#include <random>
#include <string>

#include "tests/fuzz/cases_to_run.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

/// An expression of the column, and its value for a number there; nothing where that is refused.
struct Computed {
  std::string text;
  std::function<std::optional<double>(double)> value;
};

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  int below(int count) { return static_cast<int>(random_() % static_cast<uint64_t>(count)); }

  /// Floats of the column.
  Computed number(int depth) {
    if (depth == 0) return {"column(\"k\")", [](double k) { return std::optional(k); }};
    Computed x = number(depth - 1);
    const double c = 1 + below(4);
    auto with = [&](const char* format, auto op) {
      return Computed{fmt::format(fmt::runtime(format), x.text, c), [x, op](double k) { return op(*x.value(k)); }};
    };
    switch (below(6)) {
      case 0: return with("({} + {})", [c](double v) { return std::optional(v + c); });
      case 1: return with("({} - {})", [c](double v) { return std::optional(v - c); });
      case 2: return with("({} * {})", [c](double v) { return std::optional(v * c); });
      case 3: return with("({} / {})", [c](double v) { return std::optional(v / c); });
      case 4: return with("floor({})", [](double v) { return std::optional(std::floor(v)); });
      default: return with("abs({})", [](double v) { return std::optional(std::fabs(v)); });
    }
  }

  /// What a field of class(K) may be: floats, or integers made of them.
  Computed label() {
    Computed x = number(1 + below(3));
    if (below(2) == 0) return x;
    const int c = below(4), times = 1 + below(2);
    return {fmt::format("i32({}) * {} - {}", x.text, times, c), [x, c, times](double k) -> std::optional<double> {
              const double v = *x.value(k);
              if (v != std::floor(v)) return std::nullopt;
              return v * times - c;
            }};
  }

 private:
  std::mt19937_64 random_;
};

/// What a program with this field has for its classes; a Failure's text in `refused`.
std::vector<double> classes(const std::string& csv, const std::string& type, const std::string& expression,
                            std::string& refused) {
  TempFolder folder;
  folder.write("d.csv", csv);
  SessionOptions options;
  options.file =
      folder.write("p.nn", fmt::format("data d = csv(\"d.csv\") {{\n  t: {} = {}\n  y: f32 = column(\"y\")\n}}\n"
                                       "model net(t) {{ param w: f32 = ones\n w * mean(f32(t)) }}\n"
                                       "train {{ data = d; loss = net(t) + mean(y) }}\n",
                                       type, expression));
  try {
    Session session(options);
    session.bind_training();
    const Column& column = session.prepared().data.sets.at(0).parts().at(0).fields.at("t");
    std::vector<double> found;
    for (int64_t i = 0; i < column.rows(); ++i) found.push_back(column.number(i));
    return found;
  } catch (const Failure& failure) {
    refused = failure.what();
    return {};
  }
}

TEST(RandomClasses, AreWhatTheirExpressionSaysOrAreRefused) {
  int kept = 0, turned_down = 0;
  for (int seed = 0; seed < 4 * programs_to_run(); ++seed) {
    Generator generator(static_cast<uint64_t>(seed));
    const Computed label = generator.label();
    const int count = 2 + generator.below(6);
    std::string csv = "k,y\n";
    std::vector<double> expected;
    bool valid = true;
    for (int row = 0; row < 3; ++row) {
      const double k = generator.below(10) - 2 + (generator.below(8) == 0 ? 0.5 : 0.0);
      csv += fmt::format("{},{}\n", k, row);
      const std::optional<double> value = label.value(k);
      valid = valid && value && *value == std::floor(*value) && *value >= 0 && *value < count;
      expected.push_back(value.value_or(0));
    }
    SCOPED_TRACE(fmt::format("seed {}: class({}) = {}\n{}", seed, count, label.text, csv));
    std::string refused;
    const std::vector<double> found = classes(csv, fmt::format("class({})", count), label.text, refused);
    (valid ? kept : turned_down) += 1;
    if (valid) {
      EXPECT_EQ(found, expected) << refused;
    } else {
      EXPECT_NE(refused.find("d.csv:"), std::string::npos) << refused;
      EXPECT_NE(refused.find("'t'"), std::string::npos) << refused;
    }
  }
  EXPECT_GT(kept, programs_to_run() / 6);
  EXPECT_GT(turned_down, programs_to_run() / 6);
}

}  // namespace
}  // namespace nnc
