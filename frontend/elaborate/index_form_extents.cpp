// How far the indices of an index form run: to their bound, over the axis where they stand alone, or as far as no
// subscript leaves its axis.

#include <fmt/format.h>

#include "frontend/elaborate/index_form.h"

namespace nnc {

namespace {

/// a / b rounded down; b is above 0 where it is a number.
Size floor_quotient(const Size& a, const Size& b) {
  const std::optional<int64_t> above = a.number(), below = b.number();
  if (b == Size(1)) return a;
  if (!above || !below) return Size::floor_of(Size::quotient(a, b));
  return Size(*above >= 0 ? *above / *below : -((-*above + *below - 1) / *below));
}

Size lesser(const Size& a, const Size& b) {
  if (a == b) return a;
  if (std::optional<int64_t> difference = (a - b).number()) return *difference < 0 ? a : b;
  return Size::symbol(fmt::format("min({}, {})", to_string(a), to_string(b)));
}

bool is_negative(const Size& size) { return size.number().value_or(0) < 0; }

std::string axis_text(const Elaborator& at, const FormAccess& access, size_t axis) {
  return fmt::format("axis {} of '{}'", axis, at.slice(access.expr->operands[0]->range));
}

}  // namespace

void IndexForm::take_bound(size_t number) {
  FormLoop& loop = loops_[number];
  if (loop.bound == nullptr) return;
  if (mentions(*loop.bound)) {
    at_.fail("E0344", loop.bound->range, fmt::format("the bound of '{}' has an index in it", loop.name.text),
             "how far an index runs is the same for all the others");
  }
  loop.axes = Axes{{at_.size(*loop.bound), loop.bound->kind == ast::ExprKind::name ? loop.bound->text : "", false}};
  loop.decided_by = "its bound";
  loop.decided_at = loop.bound->range;
}

void IndexForm::take_alone(const FormAccess& access) {
  for (const FormSubscript& subscript : access.subscripts) {
    const std::optional<size_t> alone = subscript.alone();
    if (!alone || loops_[*alone].bound != nullptr) continue;
    FormLoop& loop = loops_[*alone];
    const auto first = access.x.type.axes.begin() + static_cast<std::ptrdiff_t>(subscript.axis);
    Axes axes(first, first + static_cast<std::ptrdiff_t>(subscript.count));
    const std::string here = axis_text(at_, access, subscript.axis);
    if (!loop.axes) {
      loop.axes = std::move(axes);
      loop.decided_by = here;
      loop.decided_at = access.expr->range;
    } else if (*loop.axes != axes) {
      auto text = [&](const Axes& some) { return loop.pack ? to_string(some) : to_string(product(some)); };
      Diagnostic& diagnostic =
          at_.report("E0344", subscript.range,
                     fmt::format("the index '{}' runs over {} in {}, and over {} in {}", loop.name.text, text(axes),
                                 here, text(*loop.axes), loop.decided_by));
      if (at_.reported_frame() == at_.frame) diagnostic.note(loop.decided_at, "it stands alone here first");
      diagnostic.suggest("one index is one size: use another index, or give it a bound in the list: k < 3");
      throw Abandoned{};
    }
  }
}

/// How far the loop runs until this subscript leaves its axis; nothing where another index is not known yet.
std::optional<Size> IndexForm::reach(const FormAccess& access, const FormSubscript& subscript, size_t loop) const {
  const Size& axis = access.x.type.axes[subscript.axis].size;
  if (axis.mentions("B") && !at_.generic) {
    at_.fail("E0701", subscript.range, "how many rows a batch has is known only at run time",
             "each row stands for one sample: let its index stand alone");
  }
  Size up = axis - Size(1) - subscript.constant, down = subscript.constant, own;
  for (const auto& [other, factor] : subscript.factors) {
    if (other == loop) {
      own = factor;
      continue;
    }
    if (!loops_[other].axes) return std::nullopt;
    const Size last = factor * (extent(other) - Size(1));
    if (is_negative(factor))
      down = down + last;
    else
      up = up - last;
  }
  return is_negative(own) ? floor_quotient(down, Size(0) - own) + Size(1) : floor_quotient(up, own) + Size(1);
}

void IndexForm::take_reach(size_t number) {
  FormLoop& loop = loops_[number];
  std::optional<Size> least;
  for (const FormAccess& access : accesses_) {
    for (const FormSubscript& subscript : access.subscripts) {
      if (!subscript.factors.contains(number) || subscript.pack) continue;
      std::optional<Size> here = reach(access, subscript, number);
      if (!here) return;
      if (here->number() && *here->number() < 1) refuse_window(access, subscript, Size(0));
      least = least ? lesser(*least, *here) : *here;
    }
  }
  if (least) loop.axes = Axes{{*least, "", false}};
}

/// "with i up to 5 and k up to 2"
std::string IndexForm::extents_in_words(const FormSubscript& subscript) const {
  std::string words;
  for (const auto& [index, factor] : subscript.factors) {
    if (!loops_[index].axes) continue;
    words += fmt::format("{}'{}' up to {}", words.empty() ? "with " : " and ", loops_[index].name.text,
                         to_string(extent(index) - Size(1)));
  }
  return words;
}

void IndexForm::refuse_window(const FormAccess& access, const FormSubscript& subscript, const Size& last) const {
  const Size& size = access.x.type.axes[subscript.axis].size;
  const std::string where = axis_text(at_, access, subscript.axis), words = extents_in_words(subscript);
  const bool window = last == Size(0);
  std::string message =
      window ? fmt::format("'{}' does not fit into {}, which is {}", at_.slice(subscript.range), where, to_string(size))
             : fmt::format("'{}' leaves {}: it comes to {}, and the axis is {}", at_.slice(subscript.range), where,
                           to_string(last), to_string(size));
  if (!words.empty()) message += window ? fmt::format(" ({})", words) : fmt::format(", {}", words);
  at_.fail("E0345", subscript.range, message,
           window ? "a window is at most as large as what it slides over: padded(…) makes that larger" : "");
}

void IndexForm::check_inside(const FormAccess& access, const FormSubscript& subscript) const {
  if (subscript.pack) return;
  const Size& size = access.x.type.axes[subscript.axis].size;
  const std::optional<size_t> alone = subscript.alone();
  if (alone && extent(*alone) == size) return;
  Size last = subscript.constant, first = subscript.constant;
  for (const auto& [index, factor] : subscript.factors) {
    Size& end = is_negative(factor) ? first : last;
    end = end + factor * (extent(index) - Size(1));
  }
  if (is_negative(first)) refuse_window(access, subscript, first);
  if (is_negative(size - Size(1) - last)) refuse_window(access, subscript, last);
  if (size.mentions("B") && !at_.generic) {
    at_.fail("E0701", subscript.range, "how many rows a batch has is known only at run time",
             "each row stands for one sample: let its index stand alone");
  }
}

void IndexForm::find_extents() {
  for (size_t loop = 0; loop < loops_.size(); ++loop) take_bound(loop);
  for (const FormAccess& access : accesses_) take_alone(access);
  for (size_t turn = 0; turn < loops_.size(); ++turn) {
    for (size_t loop = 0; loop < loops_.size(); ++loop) {
      if (!loops_[loop].axes) take_reach(loop);
    }
  }
  for (const FormLoop& loop : loops_) {
    const std::string& name = loop.name.text;
    if (loop.reduced && !loop.used) {
      at_.fail("E0344", loop.name.range, fmt::format("the index '{}' stands in no subscript", name),
               fmt::format("what does not depend on it needs no '{}'", reducer_->text));
    }
    if (!loop.axes) {
      at_.fail("E0344", loop.name.range, fmt::format("nothing says how far the index '{}' runs", name),
               loop.pack ? "" : fmt::format("give it a bound: {} < 3", name));
    }
  }
  for (const FormAccess& access : accesses_) {
    for (const FormSubscript& subscript : access.subscripts) check_inside(access, subscript);
  }
}

}  // namespace nnc
