// `if`: the branch that is chosen, or both where a definition is checked alone and a call decides.

#include <fmt/format.h>

#include <algorithm>

#include "frontend/elaborate/clashes.h"
#include "frontend/elaborate/elaborator.h"

namespace nnc {

using ast::Expr;

/// What chooses element by element as this `if` would; "" where its branches are more than an expression.
static std::string as_where(const Elaborator& at, const Expr& choice) {
  std::vector<std::string> parts{at.slice(choice.operands[0]->range)};
  for (const auto& block : choice.blocks) {
    const bool plain = block->statements.size() == 1 && block->statements[0].kind == ast::StatementKind::expression;
    if (plain) parts.push_back(at.slice(block->statements[0].value->range));
  }
  if (parts.size() != 3) return "choose element by element with where(condition, a, b)";
  return fmt::format("choose element by element: where({})", fmt::join(parts, ", "));
}

Truth Elaborator::truth(const Expr& expr, const Expr* choice) {
  Item item = eval(expr);
  if (item.as<Poison>() != nullptr) throw Abandoned{};
  const auto* truth = item.as<Truth>();
  if (truth == nullptr) {
    fail("E0411", expr.range,
         fmt::format("'if' chooses at compile time, and {} is known only when the program runs", describe(item)),
         item.as<TypedTensor>() != nullptr && choice != nullptr ? as_where(*this, *choice) : "");
  }
  if (!truth->known && !generic) {
    fail("E0411", expr.range, "'if' chooses at compile time, and this is known only when the program runs",
         choice != nullptr ? as_where(*this, *choice) : "");
  }
  for (const std::string& option : truth->options) constant_options.insert(option);
  return *truth;
}

Item Elaborator::choose(const Expr& expr) {
  Truth condition = truth(*expr.operands[0], &expr);
  if (!condition.known) return alternatives(condition, expr);
  if (*condition.known) return run(*expr.blocks[0], true);
  if (expr.blocks.size() > 1) return run(*expr.blocks[1], true);
  return {Tuple{std::make_shared<Items>()}, expr.range, ""};
}

namespace {

/// A number that is one in one branch and another in the other.
Number one_of(const Number& a, const Number& b) {
  if (a.size && b.size && *a.size == *b.size) return a;
  if (a.known && b.known && *a.known == *b.known) return a;
  Number number = Number::unknown();
  number.rows = a.rows || b.rows;
  number.either = true;
  return number;
}

bool is_same(const Item& a, const Item& b) {
  if (const auto *x = a.as<TypedTensor>(), *y = b.as<TypedTensor>(); x != nullptr && y != nullptr)
    return x->type == y->type;
  if (const auto *x = a.as<Truth>(), *y = b.as<Truth>(); x != nullptr && y != nullptr) return x->known == y->known;
  if (const auto *x = a.as<Word>(), *y = b.as<Word>(); x != nullptr && y != nullptr)
    return x->text == y->text && x->among == y->among;
  if (const auto *x = a.as<BuiltinFunction>(), *y = b.as<BuiltinFunction>(); x != nullptr && y != nullptr) {
    return x->builtin == y->builtin;
  }
  if (const auto *x = a.as<Text>(), *y = b.as<Text>(); x != nullptr && y != nullptr)
    return x->known && y->known && x->text == y->text;
  if (const auto *x = a.as<Closure>(), *y = b.as<Closure>(); x != nullptr && y != nullptr)
    return x->definition == y->definition && x->settings == y->settings;
  if (const auto *x = a.as<Tuple>(), *y = b.as<Tuple>(); x != nullptr && y != nullptr) return x->items == y->items;
  if (const auto *x = a.as<Record>(), *y = b.as<Record>(); x != nullptr && y != nullptr) return x->items == y->items;
  const auto *x = a.as<std::shared_ptr<Instance>>(), *y = b.as<std::shared_ptr<Instance>>();
  if (x != nullptr && y != nullptr) return *x == *y;
  return a.value.index() == b.value.index() && !(a.range == Range{}) && a.range == b.range;
}

/// What a name stands for behind an `if` whose branches bound it: where they differ, only a call knows, and what uses
/// it is checked there.
Item after_either(const Item& yes, const Item& no) {
  if (is_same(yes, no)) return yes;
  const auto *x = yes.as<Number>(), *y = no.as<Number>();
  if (x != nullptr && y != nullptr) return {one_of(*x, *y), yes.range, yes.origin};
  return {Poison{}, yes.range, ""};
}

/// One branch under what its condition says of names; a name that it binds again keeps its new value behind it.
Item branch(Elaborator& at, const ast::Block& block, const std::vector<Narrowing>& narrowed) {
  std::map<std::string, Item> known;
  for (const Narrowing& one : narrowed) known[one.name] = *one.to;
  Frame& frame = *at.frame;
  frame.scopes.push_back(known);
  Item value = at.run(block, true);
  std::map<std::string, Item> after = std::move(frame.scopes.back());
  frame.scopes.pop_back();
  for (auto& [name, item] : after) {
    if (!(item.range == known[name].range)) at.assign(name, std::move(item));
  }
  return value;
}

}  // namespace

void join(Frame& frame, const std::vector<std::map<std::string, Item>>& other) {
  for (size_t i = 0; i < frame.scopes.size(); ++i) {
    for (const auto& [name, item] : other[i]) {
      auto [here, fresh] = frame.scopes[i].try_emplace(name, item);
      if (!fresh) here->second = after_either(item, here->second);
    }
  }
}

/// Both branches of an `if` that this place can't decide, each under its condition.
Item Elaborator::alternatives(const Truth& condition, const Expr& expr) {
  auto before = frame->scopes;
  auto restored = [&](const ast::Block& block, const std::vector<Narrowing>& narrowed) {
    frame->scopes = before;
    try {
      return branch(*this, block, narrowed);
    } catch (...) {
      frame->scopes = before;
      throw;
    }
  };
  Item yes = restored(*expr.blocks[0], condition.if_true);
  auto after = frame->scopes;
  Item no{Tuple{std::make_shared<Items>()}, expr.range, ""};
  bool both = expr.blocks.size() > 1;
  if (both)
    no = restored(*expr.blocks[1], condition.if_false);
  else
    frame->scopes = before;
  join(*frame, after);
  return both ? unify(yes, no, expr) : no;
}

Item Elaborator::unify(const Item& a, const Item& b, const Expr& expr) {
  const Range range = expr.range;
  if (a.as<Poison>() != nullptr || b.as<Poison>() != nullptr) throw Abandoned{};
  if (a.as<Number>() != nullptr && b.as<Number>() != nullptr) {
    return {one_of(*a.as<Number>(), *b.as<Number>()), range, ""};
  }
  bool tensors = (a.as<TypedTensor>() || a.as<Number>()) && (b.as<TypedTensor>() || b.as<Number>());
  if (!tensors) return after_either(a, b);
  TypedTensor x = tensor(a, range), y = tensor(b, range);
  if (x.type == y.type) return a;
  bool declared = frame->definition == nullptr || frame->definition->item->result;
  bool floats = x.type.is_floating() && y.type.is_floating() && x.type.axes == y.type.axes;
  if (floats) return {x, range, ""};
  if (!declared) return {Poison{}, range, ""};
  auto value_of = [](const ast::Block& block) {
    return block.statements.empty() ? block.range : block.statements.back().range;
  };
  Diagnostic& diagnostic =
      report("E0409", {range.begin, range.begin + 2},
             fmt::format("the branches of 'if' differ: {} and {}", to_string(x.type), to_string(y.type)));
  Operand yes{a, value_of(*expr.blocks[0])}, no{b, value_of(*expr.blocks[1])};
  label_operands(*this, diagnostic, {yes, no});
  std::string help = fitted_to(*this, yes.range, x.type.axes, y.type.axes);
  if (help.empty()) help = fitted_to(*this, no.range, y.type.axes, x.type.axes);
  if (!help.empty()) diagnostic.suggest(help);
  throw Abandoned{};
}

}  // namespace nnc
