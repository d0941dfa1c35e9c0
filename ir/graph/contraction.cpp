#include "ir/graph/contraction.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>

#include "ir/graph/op_attributes.h"
#include "support/error.h"

namespace nnc {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> parts;
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    size_t end = std::min(text.find(' '), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return parts;
}

std::optional<int64_t> whole(std::string_view text) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || value > (int64_t{1} << 40)) return {};
  return value;
}

bool is_word(std::string_view text) {
  if (text.empty() || !is_letter(text[0])) return false;
  for (char c : text) {
    if (!is_letter(c) && !is_digit(c)) return false;
  }
  return true;
}

/// Reads one contraction; `wrong` is set at the first fault.
class Reader {
 public:
  Reader(std::string_view index, std::string_view extents, const Shape& a, const Shape& b)
      : index_(index), extents_(extents), shapes_{&a, &b} {}

  std::variant<Contraction, std::string> read() {
    if (!read_index() || !read_extents() || !find_extents() || !check_bounds()) return wrong_;
    return std::move(result_);
  }

 private:
  bool fail(const std::string& what) {
    wrong_ = fmt::format("'contract' of {} and {} by \"{}\": {}", to_string(*shapes_[0]), to_string(*shapes_[1]),
                         index_, what);
    return false;
  }

  size_t declare(std::string_view name) {
    size_t number = result_.loop(name);
    if (number == result_.loops.size()) result_.loops.push_back({std::string(name), Dim(1), false});
    return number;
  }

  bool read_index() {
    size_t arrow = index_.find("->"), comma = index_.find(',');
    if (arrow == std::string_view::npos || comma == std::string_view::npos || comma > arrow) {
      return fail("write it as \"left axes, right axes -> result axes\"");
    }
    for (std::string_view name : words(index_.substr(arrow + 2))) {
      if (result_.loops.size() == static_cast<size_t>(kMaxRank))
        return fail(fmt::format("a result has at most {} axes", kMaxRank));
      if (!is_word(name)) return fail(fmt::format("the result's axis '{}' is not a loop", name));
      if (result_.loop(name) != result_.loops.size()) return fail(fmt::format("the result names '{}' twice", name));
      declare(name);
    }
    result_.result_rank = result_.loops.size();
    return read_operand(0, index_.substr(0, comma)) && read_operand(1, index_.substr(comma + 1, arrow - comma - 1));
  }

  bool read_operand(size_t operand, std::string_view text) {
    std::vector<std::string_view> axes = words(text);
    if (axes.size() != shapes_[operand]->size()) {
      return fail(fmt::format("{} subscripts for {}", axes.size(), to_string(*shapes_[operand])));
    }
    for (std::string_view axis : axes) {
      std::optional<IndexExpr> subscript = read_subscript(axis);
      if (!subscript) return fail(fmt::format("the subscript '{}' is not affine in at most two loops", axis));
      result_.subscripts[operand].push_back(*subscript);
    }
    return true;
  }

  std::optional<IndexExpr> read_subscript(std::string_view text) {
    IndexExpr sum;
    int terms = 0;
    while (true) {
      size_t plus = std::min(text.find('+'), text.size());
      std::string_view term = text.substr(0, plus);
      size_t star = term.find('*');
      std::string_view name = star == std::string_view::npos ? term : term.substr(star + 1);
      std::optional<int64_t> factor = star == std::string_view::npos ? 1 : whole(term.substr(0, star));
      if (is_word(name) && factor && *factor > 0) {
        sum = sum + IndexExpr::variable(static_cast<int>(declare(name))) * *factor;
        ++terms;
      } else if (std::optional<int64_t> constant = whole(term); constant && *constant >= 0) {
        sum = sum + IndexExpr(*constant);
      } else {
        return std::nullopt;
      }
      if (plus == text.size()) break;
      text.remove_prefix(plus + 1);
    }
    bool affine = terms >= 1 && terms <= 2 && sum.terms().size() == static_cast<size_t>(terms);
    return affine ? std::optional(sum) : std::nullopt;
  }

  bool read_extents() {
    for (std::string_view word : words(extents_)) {
      size_t equals = std::min(word.find('='), word.size());
      size_t number = result_.loop(word.substr(0, equals));
      int64_t extent = equals < word.size() ? whole(word.substr(equals + 1)).value_or(-1) : -1;
      if (number == result_.loops.size() || extent < 0) {
        return fail(fmt::format("the extent '{}' is not of the form loop=number", word));
      }
      result_.loops[number].extent = extent;
      result_.loops[number].known = true;
    }
    return true;
  }

  bool find_extents() {
    for (size_t operand = 0; operand < 2; ++operand) {
      for (size_t axis = 0; axis < shapes_[operand]->size(); ++axis) {
        size_t number = result_.alone(operand, axis);
        if (number == result_.loops.size()) continue;
        Contraction::Loop& loop = result_.loops[number];
        const Dim& size = (*shapes_[operand])[axis];
        if (loop.known && loop.extent != size) {
          return fail(fmt::format("'{}' has {} elements, but axis {} of the {} operand has {}", loop.name,
                                  to_string(loop.extent), axis, operand == 0 ? "left" : "right", to_string(size)));
        }
        loop.extent = size;
        loop.known = true;
      }
    }
    for (size_t i = 0; i < result_.loops.size(); ++i) {
      const Contraction::Loop& loop = result_.loops[i];
      if (!result_.uses(0, i) && !result_.uses(1, i))
        return fail(fmt::format("no operand has the axis '{}'", loop.name));
      if (!loop.known) return fail(fmt::format("how far '{0}' runs is unknown; give \"{0}=number\"", loop.name));
    }
    return true;
  }

  bool check_bounds() {
    for (size_t operand = 0; operand < 2; ++operand) {
      for (size_t axis = 0; axis < shapes_[operand]->size(); ++axis) {
        if (result_.alone(operand, axis) != result_.loops.size()) continue;
        if (!inside(result_.subscripts[operand][axis], (*shapes_[operand])[axis])) {
          return fail(fmt::format("axis {} of the {} operand is left, or its size is known only at run time", axis,
                                  operand == 0 ? "left" : "right"));
        }
      }
    }
    return true;
  }

  /// Whether an affine subscript stays within an axis, for all turns of its loops.
  bool inside(const IndexExpr& subscript, const Dim& size) const {
    int64_t last = subscript.constant();
    for (const IndexExpr::Term& term : subscript.terms()) {
      const Dim& extent = result_.loops[static_cast<size_t>(term.variable)].extent;
      if (!extent.constant()) return false;
      if (extent.count == 0) return size.constant();
      int64_t reach = 0;
      if (__builtin_mul_overflow(term.coefficient, extent.count - 1, &reach)) return false;
      if (__builtin_add_overflow(last, reach, &last)) return false;
    }
    return size.constant() && last < size.count;
  }

  std::string_view index_, extents_;
  std::array<const Shape*, 2> shapes_;
  Contraction result_;
  std::string wrong_;
};

}  // namespace

size_t Contraction::loop(std::string_view name) const {
  size_t number = 0;
  while (number < loops.size() && loops[number].name != name) ++number;
  return number;
}

Shape Contraction::result_shape() const {
  Shape shape;
  for (size_t i = 0; i < result_rank; ++i) shape.push_back(loops[i].extent);
  return shape;
}

size_t Contraction::alone(size_t operand, size_t axis) const {
  const IndexExpr& subscript = subscripts[operand][axis];
  const auto& terms = subscript.terms();
  bool lone = subscript.constant() == 0 && terms.size() == 1 && terms[0].coefficient == 1;
  return lone ? static_cast<size_t>(terms[0].variable) : loops.size();
}

bool Contraction::uses(size_t operand, size_t loop) const {
  for (const IndexExpr& subscript : subscripts[operand]) {
    if (subscript.coefficient(static_cast<int>(loop)) != 0) return true;
  }
  return false;
}

bool Contraction::has_windows(size_t operand) const {
  return std::any_of(subscripts[operand].begin(), subscripts[operand].end(),
                     [](const IndexExpr& axis) { return axis.terms().size() > 1; });
}

IndexWords::IndexWords(const std::string& index) {
  const size_t comma = index.find(','), arrow = index.find("->");
  const std::array texts{index.substr(0, comma), index.substr(comma + 1, arrow - comma - 1), index.substr(arrow + 2)};
  for (size_t part = 0; part < texts.size(); ++part) {
    std::istringstream words(texts[part]);
    for (std::string word; words >> word;) parts[part].push_back(word);
  }
}

std::string IndexWords::text() const {
  return fmt::format("{}, {} -> {}", fmt::join(parts[0], " "), fmt::join(parts[1], " "), fmt::join(parts[2], " "));
}

std::variant<Contraction, std::string> parse_contraction(std::string_view index, std::string_view extents,
                                                         const Shape& a, const Shape& b) {
  return Reader(index, extents, a, b).read();
}

Contraction contraction_of(const Node& node, std::span<const Type> operands) {
  const auto written = view<ContractAttributes>(node);
  auto parsed = parse_contraction(written.index, written.extents.value_or(""), operands[0].shape, operands[1].shape);
  if (const std::string* wrong = std::get_if<std::string>(&parsed)) internal_error(*wrong);
  return std::get<Contraction>(std::move(parsed));
}

}  // namespace nnc
