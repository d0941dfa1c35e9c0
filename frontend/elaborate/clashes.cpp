#include "frontend/elaborate/clashes.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {

namespace {

bool go_together(const Axes& a, const Axes& b) {
  try {
    broadcast_axes(a, b);
    return true;
  } catch (const Refusal&) {
    return false;
  }
}

/// Whether `a` is `b` and a last axis of 1.
bool is_column_of(const Axes& a, const Axes& b) {
  return a.size() == b.size() + 1 && a.back() == Axis{Size(1), "", false} && std::equal(b.begin(), b.end(), a.begin());
}

Axes without_ones(Axes axes) {
  std::erase(axes, Axis{Size(1), "", false});
  return axes;
}

/// Whether `b` is `a` with all axes but the first as one.
bool is_flat_of(const Axes& b, const Axes& a) {
  if (b.size() != 2 || a.size() < 2 || (a.size() == 2 && !a[1].pack) || !(a[0] == b[0])) return false;
  return product(Axes(a.begin() + 1, a.end())) == b[1].size;
}

/// The parameter with the size that it should have had, under the name of the option that holds it.
std::string resized(const Elaborator& at, const Operand& left, const Operand& right) {
  const auto *x = left.item.as<TypedTensor>(), *y = right.item.as<TypedTensor>();
  if (x == nullptr || y == nullptr || right.item.declared == nullptr) return "";
  size_t axis = y->type.axes.size() >= 2 ? y->type.axes.size() - 2 : 0;
  const Size& wanted = x->type.axes.back().size;
  const std::string name = at.slice(right.range);
  std::string text = to_string(wanted);
  std::string remark = fmt::format("'{}' probably wants {}", name, text);
  for (const auto& [option_name, item] : at.globals) {
    const auto* option = item.as<Number>();
    if (option != nullptr && option->size && *option->size == wanted && !option->runtime) {
      text = option_name;
      remark = fmt::format("'{}' probably wants '{}' (= {})", name, option_name, to_string(wanted));
      break;
    }
  }
  std::string edit;
  const auto& axes = right.item.declared->axes;
  for (size_t i = 0; i < axes.size(); ++i) {
    edit += (i > 0 ? ", " : "") + (i == axis ? text : std::string(at.frame->source->slice(axes[i].range)));
  }
  return fmt::format("{}: param {}: {}[{}]", remark, name, spelling(y->type.base()), edit);
}

/// For two operands that don't broadcast: one of them reduced with its axes kept, or without an axis of 1.
std::string broadcasting(const Elaborator& at, const std::vector<Operand>& operands) {
  for (const Operand& one : operands) {
    for (const Operand& other : operands) {
      const auto *x = one.item.as<TypedTensor>(), *y = other.item.as<TypedTensor>();
      if (&one == &other || x == nullptr || y == nullptr) continue;
      if (!one.item.kept.empty() && go_together(one.item.kept, y->type.axes)) {
        return fmt::format("add 'keep: true' to the reduction: '{}' is then {}", at.slice(one.range),
                           to_string(one.item.kept));
      }
      if (is_column_of(x->type.axes, y->type.axes)) return fmt::format("squeeze({})", at.slice(one.range));
    }
  }
  return "";
}

/// For two operands of `*` that are a matrix product's.
std::string product(const Elaborator& at, const std::vector<Operand>& operands) {
  const auto *x = operands[0].item.as<TypedTensor>(), *y = operands[1].item.as<TypedTensor>();
  if (x == nullptr || y == nullptr || x->type.axes.empty() || y->type.axes.size() < 2) return "";
  const bool inner = x->type.axes.back().size == y->type.axes[y->type.axes.size() - 2].size;
  return inner ? fmt::format("a matrix product is {} @ {}", at.slice(operands[0].range), at.slice(operands[1].range))
               : "";
}

}  // namespace

std::string operand_text(const Elaborator& at, const Operand& operand) {
  const std::string& origin = operand.item.origin;
  return fmt::format("{}: {}{}{}", at.slice(operand.range), describe(operand.item), origin.empty() ? "" : ", ", origin);
}

void label_operands(const Elaborator& at, Diagnostic& diagnostic, const std::vector<Operand>& operands) {
  if (at.reported_frame() != at.frame) return;
  for (auto operand = operands.rbegin(); operand != operands.rend(); ++operand) {
    if (operand->item.as<Number>() != nullptr || operand->item.as<Poison>() != nullptr) continue;
    diagnostic.label(operand->range, operand_text(at, *operand));
  }
}

/// The operand that a conversion is meant for: an index, the last; the integers or labels among floats, the narrower of
/// two floats, the bools; else the first.
const Operand& to_convert(const std::string& help, const std::vector<Operand>& operands) {
  if (help.find("i32(…)") != std::string::npos) return operands.back();
  auto is_wanted = [&](const Operand& operand) {
    const auto* x = operand.item.as<TypedTensor>();
    if (x == nullptr) return false;
    return help.find("f64(…)") != std::string::npos ? !x->type.is(Base::f64) : !x->type.is_floating();
  };
  auto found = std::find_if(operands.begin(), operands.end(), is_wanted);
  return found == operands.end() ? operands.front() : *found;
}

/// A help that says `f32(…)`, with what stands there.
std::string filled(const Elaborator& at, std::string help, const std::vector<Operand>& operands) {
  const std::string open = "…";
  if (size_t place = help.find(open); place != std::string::npos && !operands.empty()) {
    help.replace(place, open.size(), at.slice(to_convert(help, operands).range));
  }
  return help;
}

void clash(Elaborator& at, const Refusal& refusal, Range place, const std::vector<Operand>& operands) {
  Diagnostic& diagnostic = at.report(refusal.code, place, refusal.message);
  label_operands(at, diagnostic, operands);
  std::string help;
  if (refusal.code == "E0310" || refusal.code == "E0311") help = broadcasting(at, operands);
  if (help.empty() && refusal.code == "E0310" && at.frame->source->slice(place) == "*") help = product(at, operands);
  if (help.empty()) help = filled(at, refusal.help, operands);
  if (help.empty() && refusal.code == "E0312") help = resized(at, operands[0], operands[1]);
  if (!help.empty()) diagnostic.suggest(help);
  throw Abandoned{};
}

std::string fitted_to(const Elaborator& at, Range value, const Axes& found, const Axes& wanted) {
  if (is_column_of(found, wanted)) return fmt::format("{} |> squeeze", at.slice(value));
  if (is_flat_of(wanted, found)) return fmt::format("{} |> flatten", at.slice(value));
  bool named = std::none_of(wanted.begin(), wanted.end(), [](const Axis& axis) { return axis.pack; });
  if (named && without_ones(wanted) == without_ones(found))
    return fmt::format("reshape({}, {})", at.slice(value), to_string(wanted));
  return "";
}

}  // namespace nnc
