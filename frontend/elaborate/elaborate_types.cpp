// Types as written become types as checked: axis names, sizes, packs; arguments are matched with parameters.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "frontend/elaborate/elaborator.h"
#include "frontend/syntax/vocabulary.h"
#include "ir/graph/builder.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;

void Elaborator::refuse_nothing(const Expr& size, const std::string& instead, const std::string& help) {
  std::string small = size.text;
  for (char& letter : small) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  if (small != "none" && small != "null" && small != "nil") return;
  Diagnostic& diagnostic = report("E0302", size.range, fmt::format("'{}' is no size", size.text));
  diagnostic.suggest(help);
  if (!instead.empty()) diagnostic.change(size.range, instead);
  throw Abandoned{};
}

/// A name where a size or an axis stands, and nothing of that name is there: told with what could stand there.
static void refuse_unknown_axis(Elaborator& at, const Expr& expr) {
  const Frame& frame = *at.frame;
  if (expr.kind != ExprKind::name || frame.axes.count(expr.text) != 0 || at.look_up(expr.text)) return;
  at.refuse_nothing(expr, frame.axes.count("B") != 0 ? "B" : "");
  if (at.defined_elsewhere(expr.text)) return;
  std::vector<std::string> candidates;
  auto add = [&](const std::string& name) {
    // A letter is as near to any other letter: only its other case is proposed.
    bool other_case = name.size() == 1 && std::toupper(name[0]) == std::toupper(expr.text[0]);
    if (name.size() > 1 || expr.text.size() > 1 || other_case) candidates.push_back(name);
  };
  for (const auto& [name, axes] : frame.axes) add(name);
  for (const auto& scope : frame.scopes) {
    for (const auto& [name, item] : scope) {
      if (item.as<Number>() != nullptr) add(name);
    }
  }
  for (const auto& [name, item] : at.globals) {
    bool clock = name == "step" || name == "epoch" || name == "total_steps" || name == "steps_per_epoch";
    if (item.as<Number>() != nullptr && !clock) add(name);
  }
  std::string near = nearest(expr.text, candidates);
  at.fail("E0302", expr.range, fmt::format("'{}' is not defined", expr.text),
          near.empty() ? "an axis begins in the type of an input, a size is a number, an option or a setting"
                       : fmt::format("did you mean '{}'?", near));
}

Size Elaborator::size(const Expr& expr) {
  refuse_unknown_axis(*this, expr);
  if (expr.kind == ExprKind::name) {
    if (auto axis = frame->axes.find(expr.text); axis != frame->axes.end()) return product(axis->second);
  }
  Number value = number(eval(expr), expr.range, "a size");
  if (value.runtime && !value.options.empty() && value.known) {
    for (const std::string& option : value.options) constant_options.insert(option);
    value.size = Number::of(*value.known).size;
  }
  if (value.either) throw Abandoned{};
  if (!value.size && !value.known) {
    if (generic) return Size::symbol(slice(expr.range));
    fail("E0320", expr.range, "a size must be known at compile time");
  }
  if (value.known && std::isnan(*value.known)) fail("E0320", expr.range, "a size can't be NaN");
  if (value.known && !value.size && *value.known >= 9007199254740992.0) {
    fail("E0802", expr.range, fmt::format("a size of {} is beyond {}: a limit of nnc", *value.known, kMostElements));
  }
  if (!value.size || (value.known && *value.known != std::floor(*value.known))) {
    fail("E0320", expr.range, fmt::format("a size must be whole, and this is {}", value.known ? *value.known : NAN),
         expr.kind == ExprKind::chain ? fmt::format("round it down: floor({})", slice(expr.range)) : "");
  }
  if (value.size->is_overflow()) fail("E0802", expr.range, "this size is beyond 2^63: a limit of nnc");
  if (std::optional<int64_t> count = value.size->number()) {
    if (*count < 0) {
      fail("E0320", expr.range, fmt::format("a size can't be negative, and this is {}", *count));
    }
    if (*count > kMostElements) {
      fail("E0802", expr.range, fmt::format("an axis of {} is beyond {}: a limit of nnc", *count, kMostElements));
    }
  }
  return *value.size;
}

namespace {

/// A type as it is written → its bases, classes and axes, which may be new names.
struct TypeReading {
  Elaborator& elaborator;
  const ast::TypeExpr& written;
  bool introduces;
  TensorType result;
  int packs = 0;

  /// A size, or a new axis name where one may stand.
  Size introduce(const Expr& expr) {
    Frame& frame = *elaborator.frame;
    if (expr.kind == ExprKind::name && introduces && frame.axes.find(expr.text) == frame.axes.end()) {
      std::optional<Item> value = elaborator.look_up(expr.text);
      if (value && value->as<Poison>() != nullptr) throw Abandoned{};
      bool is_value = value && value->as<Number>() != nullptr;
      if (!is_value) elaborator.refuse_nothing(expr, any_size());
      bool capital = !expr.text.empty() && expr.text[0] >= 'A' && expr.text[0] <= 'Z';
      if (!is_value && !capital) {
        elaborator.fail("E0302", expr.range, fmt::format("'{}' is not defined", expr.text),
                        fmt::format("a new axis name starts with a capital: {}{}",
                                    static_cast<char>(std::toupper(expr.text[0])), expr.text.substr(1)));
      }
      if (!is_value) frame.axes[expr.text] = {{Size::symbol(expr.text), expr.text, false}};
    }
    return elaborator.size(expr);
  }

  void base(const ast::BaseExpr& base) {
    if (base.name.text == "class") {
      result.bases.push_back(Base::label);
      if (base.classes) result.classes = introduce(*base.classes);
      if (base.classes) elaborator.warn_of_one_class(result.classes, base.classes->range);
      return;
    }
    std::optional<Base> parsed = parse_base(base.name.text);
    if (!parsed) {
      static const std::vector<std::string> bases{"f32", "f64", "bf16", "i32", "u8", "bool", "logit", "prob", "class"};
      elaborator.fail("E0303", base.name.range, fmt::format("'{}' is no type", base.name.text),
                      meaning_of(WordPlace::type, base.name.text, bases).help());
    }
    result.bases.push_back(*parsed == Base::f32 ? elaborator.frame->floating : *parsed);
  }

  /// `..S`: axes that are bound to it, or new ones.
  void pack(const ast::AxisExpr& axis) {
    Frame& frame = *elaborator.frame;
    const std::string& name = axis.name.text;
    if (++packs > 1) elaborator.fail("E0321", axis.range, "further axes ('..S') stand once in a type");
    auto found = frame.axes.find(name);
    if (found == frame.axes.end()) {
      if (frame.result_axes == nullptr && !introduces) {
        elaborator.fail("E0302", axis.range, fmt::format("the axes '..{}' are not defined", name));
      }
      Axes fresh =
          frame.result_axes != nullptr ? *frame.result_axes : Axes{{Size::symbol("size(" + name + ")"), name, true}};
      found = frame.axes.emplace(name, std::move(fresh)).first;
    }
    result.axes.insert(result.axes.end(), found->second.begin(), found->second.end());
  }

  /// The name of a new axis, "" where it is taken.
  std::string any_size() const {
    const bool taken = elaborator.frame->axes.count("B") != 0 ||
                       elaborator.frame->source->slice(written.range).find('B') != std::string_view::npos;
    return taken ? "" : "B";
  }

  /// -1 for an axis of any size, as other tools write it.
  void refuse_any_size(const Expr& expr) const {
    if (!introduces || elaborator.frame->source->slice(expr.range) != "-1") return;
    Diagnostic& diagnostic = elaborator.report("E0320", expr.range, "a size can't be negative, and this is -1");
    diagnostic.suggest("an axis of any size has a name, such as B");
    if (!any_size().empty()) diagnostic.change(expr.range, any_size());
    throw Abandoned{};
  }

  void axis(const Expr& expr) {
    refuse_any_size(expr);
    Size extent = introduce(expr);
    result.axes.push_back({extent, expr.kind == ExprKind::name ? expr.text : "", false});
  }
};

}  // namespace

TensorType Elaborator::type(const ast::TypeExpr& written, bool introduces) {
  if (written.kind != ast::TypeKind::tensor) {
    fail("E0305", written.range, fmt::format("a tensor's type is wanted here, not '{}'", slice(written.range)));
  }
  TypeReading reading{*this, written, introduces, {}};
  reading.result.bases.clear();
  for (const ast::BaseExpr& base : written.bases) reading.base(base);
  for (const ast::AxisExpr& axis : written.axes) {
    if (axis.pack)
      reading.pack(axis);
    else
      reading.axis(*axis.size);
  }
  require_limits(reading.result.axes, written.range);
  return std::move(reading.result);
}

Axes Elaborator::written_axes(const ast::TypeExpr& choice) {
  Axes result;
  for (const ast::AxisExpr& axis : choice.axes) {
    if (axis.pack) fail("E0321", axis.range, "the axes of a setting are names or sizes");
    result.push_back({size(*axis.size), axis.size->kind == ExprKind::name ? axis.size->text : "", false});
  }
  return result;
}

Axes Elaborator::axes(const Expr& list) {
  std::vector<const Expr*> entries;
  if (list.kind == ExprKind::list) {
    for (const auto& entry : list.operands) entries.push_back(entry.get());
  } else {
    entries.push_back(&list);
  }
  Axes result;
  for (const Expr* entry : entries) {
    if (entry->kind != ExprKind::pack) {
      result.push_back({size(*entry), entry->kind == ExprKind::name ? entry->text : "", false});
      continue;
    }
    auto found = frame->axes.find(entry->text);
    if (found == frame->axes.end())
      fail("E0302", entry->range, fmt::format("the axes '..{}' are not defined", entry->text));
    result.insert(result.end(), found->second.begin(), found->second.end());
  }
  return result;
}

namespace {

/// Whether an axis was named by the definition itself, as C of `x: f32[B, C, ..S]` and none of `..S`.
bool is_own(const Frame& frame, const Axis& axis) {
  auto found = frame.axes.find(axis.name);
  return found != frame.axes.end() && found->second.size() == 1 && found->second[0].name == axis.name;
}

/// Where in `axes` the run of axes stands that a name means; of several places the one that has the name, and of
/// further axes the one that none of its other axes has.
std::vector<size_t> places_of(const Frame& frame, const std::string& name, bool pack, const Axes& axes) {
  const Axes& named = frame.axes.at(name);
  std::vector<size_t> places, by_name;
  for (size_t i = 0; i + named.size() <= axes.size(); ++i) {
    auto first = axes.begin() + static_cast<std::ptrdiff_t>(i),
         last = first + static_cast<std::ptrdiff_t>(named.size());
    if (!std::equal(named.begin(), named.end(), first)) continue;
    places.push_back(i);
    const bool has_name = pack ? std::none_of(first, last, [&](const Axis& axis) { return is_own(frame, axis); })
                               : named.size() == 1 && first->name == name;
    if (has_name) by_name.push_back(i);
  }
  return places.size() > 1 && by_name.size() == 1 ? by_name : places;
}

}  // namespace

std::vector<size_t> Elaborator::positions(const Expr& expr, const TypedTensor& x) {
  std::vector<const Expr*> entries;
  if (expr.kind == ExprKind::list) {
    for (const auto& entry : expr.operands) entries.push_back(entry.get());
  } else {
    entries.push_back(&expr);
  }
  const Axes& axes = x.type.axes;
  std::vector<size_t> result;
  auto add = [&](size_t axis, Range range) {
    if (std::find(result.begin(), result.end(), axis) != result.end()) {
      fail("E0322", range, fmt::format("axis {} of {} is named twice", axis, to_string(x.type)));
    }
    result.push_back(axis);
  };
  for (const Expr* entry : entries) {
    bool pack = entry->kind == ExprKind::pack;
    if (pack || (entry->kind == ExprKind::name && frame->axes.count(entry->text) != 0)) {
      const Axes& named = frame->axes.at(entry->text);
      if (named.empty()) continue;
      std::vector<size_t> places = places_of(*frame, entry->text, pack, axes);
      if (places.empty()) {
        fail("E0322", entry->range, fmt::format("{} has no axis '{}'", to_string(x.type), entry->text));
      }
      if (places.size() > 1) {
        fail("E0322", entry->range, fmt::format("'{}' occurs twice in {}", entry->text, to_string(x.type)),
             "give its position: 0");
      }
      for (size_t i = 0; i < named.size(); ++i) add(places[0] + i, entry->range);
      continue;
    }
    auto named = std::find_if(axes.begin(), axes.end(), [&](const Axis& axis) {
      return entry->kind == ExprKind::name && axis.name == entry->text;
    });
    if (named != axes.end()) {
      add(static_cast<size_t>(named - axes.begin()), entry->range);
    } else {
      refuse_unknown_axis(*this, *entry);
      Number at = number_of(*entry);
      if (!at.known || *at.known != std::floor(*at.known))
        fail("E0322", entry->range, "an axis is given by name or position");
      auto rank = static_cast<double>(axes.size());
      if (*at.known < -rank || *at.known >= rank) {
        fail("E0322", entry->range,
             fmt::format("axis {} is out of range for {}, which has {} axes", *at.known, to_string(x.type),
                         axes.size()));
      }
      add(static_cast<size_t>(*at.known < 0 ? *at.known + rank : *at.known), entry->range);
    }
  }
  return result;
}

}  // namespace nnc
