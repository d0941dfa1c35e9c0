#include "frontend/elaborate/builtins/builtin_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "frontend/syntax/vocabulary.h"
#include "support/error.h"

namespace nnc {

using ast::Argument;
using ast::Expr;
using Kind = NamedArgument::Kind;

std::vector<Operand> BuiltinCall::operands() const {
  std::vector<Operand> all;
  for (size_t i = 0; i < items.size(); ++i) all.push_back({items[i], ranges[i]});
  return all;
}

Range BuiltinCall::head() const {
  const Range first{range.begin, range.begin + static_cast<uint32_t>(builtin.name.size())};
  return at.frame->source->slice(first) == builtin.name ? first : range;
}

const Expr* BuiltinCall::find(const NamedArgument* argument) const {
  if (argument == nullptr) return nullptr;
  auto found = named.find(argument->name);
  return found == named.end() ? nullptr : found->second;
}

std::vector<size_t> BuiltinCall::axes(const TypedTensor& x) const {
  if (const Expr* given = find(builtin.find(Kind::axes))) return at.positions(*given, x);
  std::vector<size_t> all(x.type.axes.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

size_t BuiltinCall::axis(const TypedTensor& x) const {
  const NamedArgument* argument = builtin.find(Kind::axis);
  const Expr* given = find(argument);
  if (given == nullptr) return x.type.axes.size() - 1;
  const std::vector<size_t> axes = at.positions(*given, x);
  if (axes.size() != 1) {
    at.fail("E0322", given->range, fmt::format("'{}' runs {} one axis", name(), argument->name));
  }
  return axes[0];
}

bool BuiltinCall::flag(std::string_view argument) const {
  const Expr* given = find(builtin.find(argument));
  if (given == nullptr) return false;
  const Item item = at.eval(*given);
  const auto* truth = item.as<Truth>();
  if (truth == nullptr || !truth->known) {
    at.fail("E0326", given->range, fmt::format("'{}' is true or false", argument));
  }
  return *truth->known;
}

const Expr& BuiltinCall::shape() const {
  const Expr* given = find(builtin.find(Kind::shape));
  NNC_ASSERT(given != nullptr, "check_count has seen to it");
  return *given;
}

const Expr* BuiltinCall::given(std::string_view argument) const { return find(builtin.find(argument)); }

void BuiltinCall::take_named(const Argument& argument) {
  const std::string& text = argument.name.text;
  const NamedArgument* found = builtin.find(text);
  if (found == nullptr) {
    std::vector<std::string> known;
    for (const NamedArgument& one : builtin.named) known.emplace_back(one.name);
    Meaning meant;
    if (!known.empty()) meant = meaning_of(WordPlace::argument, text, known);
    if (!meant.name.empty()) meant.name += fmt::format(": {}", at.slice(argument.value->range));
    at.fail("E0323", argument.name.range, fmt::format("'{}' has no argument '{}'", name(), text), meant.help());
  }
  if (!named.emplace(found->name, argument.value.get()).second) {
    at.fail("E0325", argument.name.range, fmt::format("'{}' is given twice", text));
  }
}

void BuiltinCall::take(const Argument& argument) {
  if (!argument.name.empty()) return take_named(argument);
  items.push_back(items.size() >= builtin.written_from ? Item{} : at.eval(*argument.value));
  ranges.push_back(argument.value->range);
  written.push_back(argument.value.get());
}

void BuiltinCall::check_count() const {
  const NamedArgument* shape = builtin.find(Kind::shape);
  if (shape != nullptr && !named.contains(shape->name)) {
    at.fail("E0324", range, fmt::format("'{}' needs '{}: […]'", name(), shape->name));
  }
  const size_t given = items.size(), least = builtin.least, most = builtin.most;
  if (given >= least && given <= most) return;
  std::string count = least == most                 ? std::to_string(least)
                      : most == Builtin::kAnyNumber ? fmt::format("at least {}", least)
                                                    : fmt::format("{} or {}", least, most);
  if (most == 0) count = "no";
  const bool single = least == 1 && (most == 1 || most == Builtin::kAnyNumber);
  std::string message = fmt::format("'{}' takes {} {}", name(), count, single ? "argument" : "arguments");
  if (shape != nullptr) message += fmt::format(" beside '{}'", shape->name);
  // sum(x, 0), as other tools write it.
  const NamedArgument* along = builtin.find(Kind::axes) ? builtin.find(Kind::axes) : builtin.find(Kind::axis);
  std::string help;
  if (most == 1 && given == 2 && along != nullptr) {
    help = fmt::format("{}({}, {}: {})", name(), at.slice(ranges[0]), along->name, at.slice(ranges[1]));
  }
  at.fail("E0324", range, fmt::format("{}, {} given", message, given), help);
}

Item Elaborator::call_builtin(const Builtin& builtin, const std::vector<Argument>& arguments, std::vector<Item> first,
                              Range range, std::vector<Range> ranges) {
  BuiltinCall call{*this, builtin, range, std::move(first), std::move(ranges)};
  call.written.resize(call.items.size());
  const bool piped = !call.items.empty();
  for (const Argument& argument : arguments) call.take(argument);
  call.check_count();
  // The arguments may stand in other lines, or have led to them; what is piped in has set the place of its function.
  if (build.graph != nullptr && !piped) build.graph->current_origin = origin(range);
  try {
    return builtin.call(call);
  } catch (const Refusal& refusal) {
    clash(*this, refusal, call.head(), call.operands());
  }
}

}  // namespace nnc
