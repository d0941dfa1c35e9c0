#include "ir/graph/attributes.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>

namespace nnc {

namespace {

uint64_t bits_of(double value) { return std::bit_cast<uint64_t>(std::isnan(value) ? std::nan("") : value); }

bool same(const Attribute& a, const Attribute& b) {
  if (a.index() != b.index()) return false;
  if (const double* x = std::get_if<double>(&a)) return bits_of(*x) == bits_of(std::get<double>(b));
  return a == b;
}

size_t mix(size_t seed, size_t value) { return (seed ^ (value + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2))); }

struct Hasher {
  size_t operator()(int64_t value) const { return std::hash<int64_t>{}(value); }
  size_t operator()(double value) const { return std::hash<uint64_t>{}(bits_of(value)); }
  size_t operator()(const std::string& value) const { return std::hash<std::string>{}(value); }
  size_t operator()(const std::vector<int64_t>& values) const {
    size_t seed = values.size();
    for (int64_t value : values) seed = mix(seed, std::hash<int64_t>{}(value));
    return seed;
  }
  size_t operator()(const Shape& shape) const {
    size_t seed = shape.size();
    for (const Dim& dim : shape) {
      seed = mix(mix(seed, std::hash<int64_t>{}(dim.count)), static_cast<size_t>(dim.symbol));
    }
    return seed;
  }
  size_t operator()(Element element) const { return static_cast<size_t>(element); }
  size_t operator()(InputRole role) const { return static_cast<size_t>(role); }
};

std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::array<char, 32> buffer{};
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string quoted(const std::string& value) {
  std::string text = "\"";
  for (char c : value) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      text += fmt::format("\\x{:02x}", byte);
    } else {
      text += c;
    }
  }
  return text + "\"";
}

struct Printer {
  std::string operator()(int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return number_text(value); }
  std::string operator()(const std::string& value) const { return quoted(value); }
  std::string operator()(const std::vector<int64_t>& values) const {
    return fmt::format("ints [{}]", fmt::join(values, ", "));
  }
  std::string operator()(const Shape& shape) const { return "sizes " + to_string(shape); }
  std::string operator()(Element element) const { return std::string(spelling(element)); }
  std::string operator()(InputRole role) const { return std::string(spelling(role)); }
};

}  // namespace

const Attribute* Attributes::find(std::string_view name) const {
  for (const auto& [key, value] : entries_) {
    if (key == name) return &value;
  }
  return nullptr;
}

void Attributes::set(std::string name, Attribute value) {
  for (auto& [key, old] : entries_) {
    if (key == name) {
      old = std::move(value);
      return;
    }
  }
  entries_.emplace_back(std::move(name), std::move(value));
}

bool Attributes::operator==(const Attributes& other) const {
  if (entries_.size() != other.entries_.size()) return false;
  for (const auto& [key, value] : entries_) {
    const Attribute* found = other.find(key);
    if (found == nullptr || !same(value, *found)) return false;
  }
  return true;
}

size_t Attributes::hash() const {
  size_t sum = entries_.size();  // a sum: the order of the entries is no part of their meaning
  for (const auto& [key, value] : entries_) sum += mix(std::hash<std::string>{}(key), std::visit(Hasher{}, value));
  return sum;
}

std::string to_string(const Attribute& attribute) { return std::visit(Printer{}, attribute); }

}  // namespace nnc
