#include "runtime/dataset/data_statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "runtime/data/number_text.h"

namespace nnc {

namespace {

constexpr std::array<std::string_view, 7> kMissing{"NA", "N/A", "n/a", "na", "?", "null", "NULL"};
constexpr size_t kLongestClass = 200;  // bytes; longer texts are no classes, and their copies would cost memory

}  // namespace

void ColumnStatistics::add_number(double value) {
  profile_.min = profile_.numbers == 0 ? value : std::min(profile_.min, value);
  profile_.max = profile_.numbers == 0 ? value : std::max(profile_.max, value);
  ++profile_.numbers;
  double difference = value - profile_.mean;
  profile_.mean += difference / static_cast<double>(profile_.numbers);
  squares_ += difference * (value - profile_.mean);
}

void ColumnStatistics::add_value(double value) {
  whole_ = whole_ && value == std::floor(value);
  add_number(value);
  if (countable_) count_class(fmt::format("{}", value));
}

void ColumnStatistics::count_class(std::string_view text) {
  if (!countable_) return;
  std::vector<ColumnProfile::Class>& classes = profile_.classes;
  auto found = std::find_if(classes.begin(), classes.end(), [&](const auto& known) { return known.text == text; });
  if (found != classes.end()) {
    ++found->count;
  } else if (classes.size() < ColumnProfile::kClasses && text.size() <= kLongestClass) {
    classes.push_back({std::string(text), 1});
  } else {
    countable_ = false;
    classes.clear();
  }
}

ColumnStatistics::Kind ColumnStatistics::add(std::string_view text) {
  text = trimmed(text);
  ParsedNumber number = parse_number(text, decimal_);
  bool absent = number.fault == NumberFault::empty || number.fault == NumberFault::not_finite ||
                std::find(kMissing.begin(), kMissing.end(), text) != kMissing.end();
  if (absent) {
    ++profile_.missing;
    return Kind::missing;
  }
  if (number.fault == NumberFault::none) {
    whole_ = whole_ && number.value == std::floor(number.value) && text.find_first_of(".,eE") == std::string_view::npos;
    add_number(number.value);
  } else {
    ++profile_.texts;
  }
  count_class(text);
  return number.fault == NumberFault::none ? Kind::number : Kind::text;
}

ColumnProfile ColumnStatistics::finish(const std::string& type) {
  profile_.type = !type.empty() ? type : profile_.texts > 0 ? "text" : whole_ ? "int" : "number";
  if (profile_.numbers == 0 && profile_.texts == 0) profile_.type = "empty";
  profile_.deviation = profile_.numbers > 1 ? std::sqrt(squares_ / static_cast<double>(profile_.numbers - 1))
                                            : std::numeric_limits<double>::quiet_NaN();
  if (profile_.type == "number") profile_.classes.clear();
  bool by_number = profile_.texts == 0;
  std::sort(profile_.classes.begin(), profile_.classes.end(), [&](const auto& a, const auto& b) {
    return by_number ? parse_number(a.text, decimal_).value < parse_number(b.text, decimal_).value : a.text < b.text;
  });
  return std::move(profile_);
}

}  // namespace nnc
