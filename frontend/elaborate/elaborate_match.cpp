// Arguments against parameters, and values against declared types.

#include <fmt/format.h>

#include <algorithm>

#include "frontend/elaborate/clashes.h"
#include "frontend/elaborate/elaborator.h"
#include "frontend/elaborate/likely_fixes.h"
#include "ir/graph/builder.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;

void Elaborator::match_axis(Frame& callee, const ast::Expr& written, Axis& found,
                            const std::function<void(const Size&)>& wrong) {
  if (written.kind == ExprKind::name) {
    bool value = false;
    {
      Enter enter(*this, callee);
      std::optional<Item> item = look_up(written.text);
      value = item && item->as<Number>() != nullptr && callee.axes.find(written.text) == callee.axes.end();
    }
    if (!value) {
      auto [bound, fresh] = callee.axes.try_emplace(written.text, Axes{{found.size, written.text, false}});
      if (!fresh && product(bound->second) != found.size) wrong(product(bound->second));
      found.name = written.text;
      return;
    }
    found.name = written.text;
  }
  std::optional<Size> wanted;
  {
    Enter enter(*this, callee);
    wanted = size(written);
  }
  if (*wanted != found.size) wrong(*wanted);
}

namespace {

/// One argument against the type of its parameter: bases, then classes, then axes.
struct Matching {
  Elaborator& elaborator;
  Frame& callee;
  const ast::Parameter& parameter;
  const ast::TypeExpr& written;
  const Item& argument;
  Range range;
  TypedTensor x;
  std::vector<Base> bases;

  /// What this argument is, and the one before it that decided the size of `axis`.
  void label_origins(Diagnostic& diagnostic, const std::string& axis) const {
    if (elaborator.reported_frame() != elaborator.frame) return;
    auto other = callee.bound_by.find(axis);
    bool both = other != callee.bound_by.end() && !(other->second.range == range);
    if (both || !argument.origin.empty()) diagnostic.label(range, operand_text(elaborator, {argument, range}));
    if (!both) return;
    const Axes& bound = callee.axes.at(axis);
    bool pack = bound.size() != 1 || bound[0].name != axis || bound[0].pack;
    std::string size = pack ? to_string(bound) : to_string(bound[0].size);
    std::string makes = size == axis ? fmt::format("which says what '{}' is", axis)
                                     : fmt::format("which makes '{}{}' {}", pack ? ".." : "", axis, size);
    diagnostic.label(other->second.range, fmt::format("{}, {}", other->second.text, makes));
  }

  /// `axis`: the name or pack whose size an argument before this one decided.
  [[noreturn]] void mismatch(Code code, const std::string& why, const LikelyFix& fix = {},
                             const std::string& axis = "") {
    std::string wanted = fmt::format("'{}' wants {}: {}", callee.definition->name(), parameter.name.text,
                                     callee.source->slice(written.range));
    Diagnostic& diagnostic =
        elaborator.report(code, range, fmt::format("{}, but this is {}{}", wanted, to_string(x.type), why));
    label_origins(diagnostic, axis);
    bool elsewhere = !callee.library && elaborator.frame->source == callee.source && !(range == parameter.name.range);
    if (elsewhere) diagnostic.note(parameter.name.range, "declared here");
    if (!fix.help.empty()) diagnostic.suggest(fix.help);
    if (elaborator.reported_frame() == elaborator.frame) diagnostic.changes = fix.changes;
    throw Abandoned{};
  }

  bool allows(Base base) const { return std::find(bases.begin(), bases.end(), base) != bases.end(); }

  void match_bases() {
    bool all_among = true, converts = false, f32_stands = allows(Base::f32);
    for (Base base : x.type.bases) {
      if (allows(base)) continue;
      if (f32_stands && (base == Base::logit || base == Base::prob))
        converts = true;
      else if (f32_stands && base == Base::f64)
        callee.floating = Base::f64;
      else
        all_among = false;
    }
    if (!all_among) mismatch("E0330", "", {conversion(), without_softmax()});
    if (converts && bases.size() == 1) x.type.bases = {Base::f32};
  }

  /// What to write so that the argument is of a wanted base; "" where nothing likely is known.
  std::string conversion() const {
    if (!callee.other_way_round.empty()) return "the other way round: " + callee.other_way_round;
    std::string text(elaborator.slice(range));
    bool score = bases.front() == Base::logit && bases.size() == 1;
    if (score && x.type.is(Base::prob)) {
      if (text.find("softmax") != std::string::npos) {
        return fmt::format("leave softmax out: '{}' applies it itself", callee.definition->name());
      }
      return fmt::format("'{}' applies the softmax itself: give it the logits, without softmax",
                         callee.definition->name());
    }
    bool applied =
        callee.library && (callee.definition->name() == "softmax" || callee.definition->name() == "log_softmax");
    if (applied && score && x.type.is_floating()) {
      const Definition* inside = elaborator.frame->definition;
      bool gives_logits = inside != nullptr && inside->item->result && !inside->item->result->bases.empty() &&
                          inside->item->result->bases.front().name.text == "logit";
      if (gives_logits) {
        return fmt::format("leave {} out: '{}' gives logits, and cross_entropy applies softmax itself",
                           callee.definition->name(), inside->name());
      }
      if (inside == nullptr) {
        return fmt::format(
            "leave {} out, and declare the model's result as logit[…]: cross_entropy applies softmax itself",
            callee.definition->name());
      }
      return fmt::format(
          "say that these are logits: {}; but for cross_entropy leave {} out, and declare the result as "
          "logit[…]",
          with_logit(elaborator, *callee.definition, range), callee.definition->name());
    }
    if (score && x.type.is_floating()) {
      return fmt::format("say what the numbers are: declare the model's result as logit[…], or logit({})", text);
    }
    if (bases.front() == Base::prob && x.type.is_floating()) {
      return fmt::format("apply sigmoid or softmax, or say so: prob({})", text);
    }
    if (allows(Base::f32) && x.type.is(Base::label)) return fmt::format("a label is no number: one_hot({})", text);
    if (allows(Base::f32) && (x.type.is(Base::u8) || x.type.is(Base::i32))) return fmt::format("f32({})", text);
    if (bases.front() == Base::label && (x.type.is(Base::f32) || x.type.is(Base::i32))) {
      return "declare the data's field as class(K)";
    }
    return "";
  }

  /// For `softmax(net(x))` or `net(x) |> softmax` where `train` wants the logits: `net(x)`, and the model gives logits.
  std::vector<Change> without_softmax() const {
    const Range call = range;
    const std::string_view text = elaborator.frame->source->slice({0, UINT32_MAX}),
                           given = text.substr(call.begin, call.end - call.begin);
    const Definition* model = elaborator.definitions.find(std::string(given.substr(0, given.find('('))), false);
    const std::string& applied = callee.definition->name();
    const bool normalises = callee.library && (applied == "softmax" || applied == "log_softmax");
    if (!normalises || elaborator.frame->definition != nullptr || !x.type.is(Base::f32)) return {};
    if (model == nullptr || model->source != elaborator.frame->source || !model->item->result) return {};
    const std::string open = applied + "(", piped = " |> " + applied;
    std::vector<Change> changes{{model->item->result->bases.front().name.range, "logit"}};
    if (text.substr(call.end).starts_with(piped)) {
      changes.push_back({{call.end, call.end + static_cast<uint32_t>(piped.size())}, ""});
    } else if (text.substr(0, call.begin).ends_with(open) && text.substr(call.end).starts_with(")")) {
      changes.push_back({{call.begin - static_cast<uint32_t>(open.size()), call.begin}, ""});
      changes.push_back({{call.end, call.end + 1}, ""});
    }
    return changes.size() > 1 ? changes : std::vector<Change>{};
  }

  /// What this argument decides is what later ones are held to.
  void remember(const std::string& axis) {
    if (callee.axes.count(axis) == 0) return;
    callee.bound_by.try_emplace(axis, AxisBinding{range, operand_text(elaborator, {argument, range})});
  }

  /// The other argument, or this one, as it probably was meant.
  LikelyFix fit(const std::string& axis, const Axes& here, const Axes& there) const {
    std::string help = fitted_to(elaborator, range, here, there);
    auto other = callee.bound_by.find(axis);
    if (other == callee.bound_by.end()) return {help, {}};
    std::string of_other = fitted_to(elaborator, other->second.range, there, here);
    if (of_other.empty() && help.empty() && !here.empty() && !there.empty()) {
      const Size &found = here.back().size, &wanted = there.back().size;
      LikelyFix fix = resized_call(elaborator, range, found, wanted);
      return fix.help.empty() ? resized_call(elaborator, other->second.range, wanted, found) : fix;
    }
    return {help.empty() || of_other.ends_with("|> squeeze") ? of_other : help, {}};
  }

  void match_classes() {
    if (!x.type.is(Base::label)) return;
    for (const ast::BaseExpr& base : written.bases) {
      if (!base.classes) continue;
      Axis classes{x.type.classes, "", false};
      elaborator.match_axis(callee, *base.classes, classes, [&](const Size& expected) {
        const std::string name = base.classes->kind == ExprKind::name ? base.classes->text : "";
        auto other = callee.bound_by.find(name);
        std::string help;
        if (other != callee.bound_by.end() && x.type.classes.number() && expected.number()) {
          const std::string edit = resized_call(elaborator, other->second.range, expected, x.type.classes).help;
          help = fmt::format("give '{}' a last axis of {}{}, or '{}' class({})", elaborator.slice(other->second.range),
                             to_string(x.type.classes), edit.empty() ? "" : ": " + edit, elaborator.slice(range),
                             to_string(expected));
        }
        mismatch("E0404", fmt::format(": {} classes against {}", to_string(x.type.classes), to_string(expected)),
                 {help, {}}, name);
      });
      if (base.classes->kind == ExprKind::name) remember(base.classes->text);
    }
  }

  void match_axes() {
    size_t fixed = written.axes.size(), pack = fixed;
    for (size_t i = 0; i < written.axes.size(); ++i) {
      if (written.axes[i].pack) pack = i;
    }
    bool has_pack = pack < written.axes.size();
    if (has_pack) --fixed;
    size_t rank = x.type.axes.size();
    if (has_pack ? rank < fixed : rank != fixed) {
      mismatch("E0331", fmt::format(", which has {} {}", rank, rank == 1 ? "axis" : "axes"),
               {of_another_rank(fixed), {}});
    }
    size_t in_pack = rank - fixed;
    for (size_t i = 0; i < written.axes.size(); ++i) {
      size_t at = i <= pack ? i : i + in_pack - 1;
      if (written.axes[i].pack)
        match_pack(written.axes[i], at, in_pack);
      else
        match_one(*written.axes[i].size, at);
    }
  }

  /// For an argument with more axes than the `fixed` that are wanted.
  std::string of_another_rank(size_t fixed) const {
    const Axes& axes = x.type.axes;
    bool column = axes.size() == fixed + 1 && axes.back() == Axis{Size(1), "", false};
    if (column) return fmt::format("{} |> squeeze", elaborator.slice(range));
    if (fixed == 2 && axes.size() > 2) return fmt::format("{} |> flatten", elaborator.slice(range));
    const bool one_row = !callee.library && axes.size() == fixed + 1 && to_string(axes.front().size) == "B";
    if (one_row) {
      std::string type(callee.source->slice(written.range));
      type = written.axes.empty() ? type + "[B]" : type.insert(type.find('[') + 1, "B, ");
      return fmt::format("declare it with the axis of its rows: {}: {}", parameter.name.text, type);
    }
    return "";
  }

  void match_pack(const ast::AxisExpr& axis, size_t at, size_t count) {
    auto first = x.type.axes.begin() + static_cast<std::ptrdiff_t>(at),
         last = first + static_cast<std::ptrdiff_t>(count);
    // A name that the caller gave one of them is none of the callee's: its C may be another axis.
    for (const ast::AxisExpr& other : written.axes) {
      const bool is_name = !other.pack && other.size->kind == ExprKind::name;
      for (auto one = first; is_name && one != last; ++one) {
        if (one->name == other.size->text) one->name.clear();
      }
    }
    Axes rest(first, last);
    auto [bound, fresh] = callee.axes.try_emplace(axis.name.text, rest);
    if (!fresh && bound->second != rest) {
      mismatch("E0331", fmt::format(": '..{}' is already {}", axis.name.text, to_string(bound->second)),
               fit(axis.name.text, rest, bound->second), axis.name.text);
    }
    remember(axis.name.text);
  }

  void match_one(const Expr& size, size_t at) {
    if (x.type.axes[at].pack) mismatch("E0331", fmt::format(": its axes '..{}' are not known", x.type.axes[at].name));
    Size found = x.type.axes[at].size;
    elaborator.match_axis(callee, size, x.type.axes[at], [&](const Size& expected) {
      mismatch("E0331", fmt::format(": axis {} is {} and should be {}", at, to_string(found), to_string(expected)), {},
               size.kind == ExprKind::name ? size.text : "");
    });
    if (size.kind == ExprKind::name) remember(size.text);
  }
};

}  // namespace

namespace {

/// Whether a tensor has the base of this type, and as many axes.
bool is_like(const Frame& callee, const ast::TypeExpr& type, const TensorType& x) {
  const bool base = std::any_of(type.bases.begin(), type.bases.end(), [&](const ast::BaseExpr& one) {
    return one.name.text == "class" ? x.is(Base::label)
                                    : x.is_floating() && is_float(parse_base(one.name.text).value_or(Base::i32));
  });
  size_t rank = 0;
  for (const ast::AxisExpr& axis : type.axes) {
    auto pack = axis.pack ? callee.axes.find(axis.name.text) : callee.axes.end();
    rank += pack != callee.axes.end() ? pack->second.size() : axis.pack ? 0 : 1;
  }
  return base && rank == x.axes.size();
}

/// Of the types that a parameter may have, the one that is meant by this argument: the first where none fits.
const ast::TypeExpr& type_for(const Frame& callee, const ast::Parameter& parameter, const Item& argument) {
  const auto* x = argument.as<TypedTensor>();
  if (x == nullptr || is_like(callee, *parameter.type, x->type)) return *parameter.type;
  for (const ast::TypePtr& other : parameter.others) {
    if (is_like(callee, *other, x->type)) return *other;
  }
  return *parameter.type;
}

}  // namespace

void Elaborator::match(Frame& callee, const ast::Parameter& parameter, Item& argument, Range range) {
  if (!parameter.type) {
    if (argument.as<Poison>() != nullptr) throw Abandoned{};
    return;
  }
  const ast::TypeExpr& written = type_for(callee, parameter, argument);
  if (written.kind != ast::TypeKind::tensor) {
    argument = setting(*callee.definition, parameter, argument, range);
    return;
  }
  std::vector<Base> bases;
  for (const ast::BaseExpr& base : written.bases) {
    bases.push_back(base.name.text == "class" ? Base::label : parse_base(base.name.text).value_or(Base::f32));
  }
  if (const auto* number = argument.as<Number>()) argument.value = meet(*number, bases.front(), range);
  Matching matching{*this, callee, parameter, written, argument, range, tensor(argument, range), bases};
  matching.match_bases();
  matching.match_classes();
  matching.match_axes();
  argument.value = matching.x;
}

void Elaborator::match_lists(Frame& callee) {
  for (const ast::Parameter& parameter : callee.definition->item->settings) {
    const bool may_be_list = parameter.type && parameter.type->kind != ast::TypeKind::word && parameter.type->has_axes;
    auto found = callee.scopes[0].find(parameter.name.text);
    if (!may_be_list || found == callee.scopes[0].end()) continue;
    Item& item = found->second;
    const auto* list = item.as<NumberList>();
    if (list == nullptr && item.as<TypedTensor>() == nullptr) continue;
    const ast::TypeExpr& type = *parameter.type;
    const ast::Name& word = type.kind == ast::TypeKind::choice ? type.others.back() : type.bases.front().name;
    // f32 is the float that the arguments have.
    Base base = parse_base(word.text).value_or(Base::f32);
    if (base == Base::f32) base = callee.floating;
    const TypedTensor x = list != nullptr ? meet(*list, base, item.range) : *item.as<TypedTensor>();
    Matching matching{*this, callee, parameter, type, item, item.range, x, {base}};
    matching.match_bases();
    matching.match_axes();
    item.value = matching.x;
  }
}

namespace {

/// Whether a value of `from` may stand for one that is declared as `to`; `floating` is what f32 stands for.
bool converts(const TensorType& from, Base to, Base floating) {
  Base base = from.base();
  bool floats = from.is_floating() && is_float(to) && base != Base::bf16 && to != Base::bf16;
  if (floats && from.is(Base::f64) != (to == Base::f64)) return false;
  return from.is(to) || (floats && (base == Base::f32 || to == Base::f32 || base == floating)) ||
         (from.is(Base::u8) && to != Base::boolean) || (from.is(Base::i32) && to == Base::label) ||
         (from.is(Base::label) && to == Base::i32);
}

}  // namespace

/// Whether a value of axes `found` has those that are declared. H/2 is whole wherever it is a size, as each call is
/// checked for, so that floor(H/2), which a window that moves by 2 has, is no other.
static bool are_axes_of(const Axes& found, const Axes& declared) {
  return std::equal(found.begin(), found.end(), declared.begin(), declared.end(), [](const Axis& a, const Axis& b) {
    return a == b || (!a.pack && !b.pack && a.size == Size::floor_of(b.size));
  });
}

/// The value at `range` as it would fit; of a definition's result also its last layer with the size that is wanted.
static std::string fitted_result(const Elaborator& at, Range range, const Axes& found, const Axes& wanted) {
  std::string help = fitted_to(at, range, found, wanted);
  const Definition* definition = at.frame->definition;
  const bool last_differs = !found.empty() && found.size() == wanted.size() &&
                            std::equal(found.begin(), found.end() - 1, wanted.begin()) && definition != nullptr &&
                            definition->item->body != nullptr && !definition->item->body->statements.empty();
  if (!help.empty() || !last_differs || !(definition->item->body->statements.back().range == range)) return help;
  const std::optional<Change> layer = last_layer(at, *definition, found.back().size, wanted.back().size);
  return layer ? layer->text : "";
}

Item Elaborator::conform(const Item& value, const TensorType& wanted, Range range, const std::string& what,
                         Range declared) {
  if (value.as<Poison>() != nullptr) throw Abandoned{};
  if (const auto* number = value.as<Number>()) {
    if (wanted.axes.empty()) return {meet(*number, wanted.base(), range), value.range, value.origin};
    if (frame->result_axes != nullptr) {  // an initialiser: the number fills
      TypedTensor scalar = meet(*number, wanted.base(), range);
      return {TypedTensor{wanted, build.spread(scalar, wanted.axes)}, value.range, value.origin};
    }
  }
  TypedTensor x = tensor(value, range);
  Base to = wanted.base();
  auto wrong = [&](Code code, const std::string& help) {
    Diagnostic& diagnostic = report(
        code, range, fmt::format("{} is declared as {}, but this is {}", what, to_string(wanted), to_string(x.type)));
    if (reported_frame() == frame) {
      if (!value.origin.empty()) diagnostic.label(range, operand_text(*this, {value, range}));
      if (!(declared == Range{})) diagnostic.label(declared, "declared here");
    }
    if (!help.empty()) diagnostic.suggest(help);
    throw Abandoned{};
  };
  if (!converts(x.type, to, frame->floating)) {
    std::string help = x.type.is(Base::logit) && to == Base::prob
                           ? fmt::format("{}({})", x.type.axes.size() > 1 ? "softmax" : "sigmoid", slice(range))
                           : "";
    if (x.type.is(Base::prob) && to == Base::logit) {
      bool sigmoid = frame->source->slice(range).find("sigmoid") != std::string_view::npos;
      help = sigmoid ? "leave sigmoid out: bce applies it to a logit itself"
                     : "leave softmax out: cross_entropy applies it to the logits itself";
    }
    wrong("E0332", help);
  }
  if (x.type.is(Base::label) && to == Base::label && x.type.classes != wanted.classes) wrong("E0404", "");
  if (to == Base::label && !x.type.is(Base::label) && becomes_class) becomes_class(x, wanted.classes, range);
  TypedTensor result = build.cast(x, to);
  if (frame->result_axes != nullptr && x.type.axes.empty())
    result.node = build.spread(result, wanted.axes);
  else if (!are_axes_of(x.type.axes, wanted.axes))
    wrong("E0332", fitted_result(*this, range, x.type.axes, wanted.axes));
  result.type = wanted;
  return {result, value.range, value.origin, value.declared};
}

}  // namespace nnc
