// Comparison, `is`, indices and fields.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "frontend/elaborate/clashes.h"
#include "frontend/elaborate/elaborator.h"
#include "frontend/syntax/vocabulary.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/interpret/scalar_tape.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;

namespace {

std::string_view comparison_name(const std::string& op) { return find_spelled(op, 2)->name; }

bool holds(const std::string& op, double a, double b) { return apply_op(*find_spelled(op, 2), std::array{a, b}) != 0; }

/// `kind == plain` of a setting: known, or what each answer says of it. Past all the words it is one of the others.
Truth is_word(Elaborator& at, const Expr& setting, const ast::TypeExpr& choice, const std::string& word, bool equal) {
  Item item = at.eval(setting);
  if (item.as<Poison>() != nullptr) throw Abandoned{};
  const auto* chosen = item.as<Word>();
  Truth truth;
  std::vector<std::string> rest = chosen != nullptr ? chosen->among : std::vector<std::string>{};
  bool possible = std::erase(rest, word) > 0;
  if (chosen == nullptr || !chosen->text.empty() || !possible) {
    truth.known = (chosen != nullptr && chosen->text == word) == equal;
    return truth;
  }
  Item left = item;
  if (!rest.empty() && choice.others.empty() && rest.size() == 1)
    left.value = Word{rest[0], rest};
  else if (!rest.empty())
    left.value = Word{"", rest};
  else if (choice.axes.empty())
    left.value = Number::whole(Size::symbol(setting.text));
  else
    left.value = TypedTensor{TensorType(Base::f32, at.written_axes(choice)), {}};
  item.value = Word{word, {word}};
  (equal ? truth.if_true : truth.if_false).push_back({setting.text, std::make_shared<Item>(item)});
  (equal ? truth.if_false : truth.if_true).push_back({setting.text, std::make_shared<Item>(left)});
  return truth;
}

}  // namespace

const ast::TypeExpr* Elaborator::choice_of(const Expr& expr) const {
  if (expr.kind != ExprKind::name || frame->definition == nullptr) return nullptr;
  for (const ast::Parameter& setting : frame->definition->item->settings) {
    if (setting.name.text == expr.text && setting.type && setting.type->kind == ast::TypeKind::choice) {
      return setting.type.get();
    }
  }
  return nullptr;
}

std::optional<Item> Elaborator::function_of(const Word& word) const {
  if (const Definition* definition = definitions.find(word.text, frame->library)) {
    return Item{Closure{definition, nullptr, false}, definition->item->name.range, ""};
  }
  if (const Builtin* function = find_builtin_function(word.text)) return Item{BuiltinFunction{function}, {}, ""};
  return std::nullopt;
}

/// `act == relu` where `act` is an option of several words: the right side is one of them before it is anything else.
std::optional<Item> Elaborator::compare_word(const Expr& expr) {
  const Expr &left = *expr.operands[0], &right = *expr.operands[1];
  const std::string& op = expr.operators[0].text;
  if (left.kind != ExprKind::name || right.kind != ExprKind::name || (op != "==" && op != "!=")) return std::nullopt;
  std::optional<Item> item = look_up(left.text);
  const Word* word = item ? item->as<Word>() : nullptr;
  if (word == nullptr || word->among.empty()) return std::nullopt;
  if (std::find(word->among.begin(), word->among.end(), right.text) == word->among.end()) {
    std::string near = nearest(right.text, word->among);
    fail("E0410", right.range, fmt::format("'{}' is no word of the choice '{}'", right.text, left.text),
         near.empty() ? "" : fmt::format("did you mean '{}'?", near));
  }
  Truth truth;
  if (!word->text.empty()) truth.known = (word->text == right.text) == (op == "==");
  return Item{truth, expr.range, ""};
}

Item Elaborator::compare(const Expr& expr) {
  const Expr &left = *expr.operands[0], &right = *expr.operands[1];
  const std::string& op = expr.operators[0].text;
  if (const ast::TypeExpr* choice = choice_of(left); choice != nullptr && right.kind == ExprKind::name) {
    for (const ast::Name& word : choice->words) {
      if (word.text == right.text) return {is_word(*this, left, *choice, right.text, op == "=="), expr.range, ""};
    }
    if (choice->others.empty()) {
      fail("E0410", right.range, fmt::format("'{}' is no word of the choice '{}'", right.text, left.text));
    }
  }
  if (std::optional<Item> truth = compare_word(expr)) return *truth;
  return compare_items(op, eval(left), eval(right), expr.operators[0].range, left.range, right.range);
}

Item Elaborator::compare_items(const std::string& op, const Item& a, const Item& b, Range at, Range left, Range right) {
  Range whole = Range::cover(left, right);
  if (const auto *s = a.as<Text>(), *t = b.as<Text>(); s != nullptr && t != nullptr) {
    if (op != "==" && op != "!=") fail("E0406", at, "strings have no order", "did you mean '=='?");
    Truth truth;
    if (s->known && t->known) truth.known = (s->text == t->text) == (op == "==");
    return {truth, whole, ""};
  }
  if (bool first = a.as<Text>() != nullptr; first || b.as<Text>() != nullptr) {
    fail("E0406", first ? right : left,
         fmt::format("a string is compared with a string, and this is {}", describe(first ? b : a)));
  }
  const auto *p = a.as<Truth>(), *q = b.as<Truth>();
  if (p != nullptr && q != nullptr && !p->node && !q->node && (op == "==" || op == "!=")) {
    Truth truth;
    truth.runtime = p->runtime || q->runtime;
    truth.options = p->options;
    truth.options.insert(truth.options.end(), q->options.begin(), q->options.end());
    if (p->known && q->known) truth.known = (*p->known == *q->known) == (op == "==");
    return {truth, whole, ""};
  }
  const auto *x = a.as<Number>(), *y = b.as<Number>();
  if (x != nullptr && y != nullptr) {
    Truth truth;
    truth.runtime = x->runtime || y->runtime;
    truth.options = x->options;
    truth.options.insert(truth.options.end(), y->options.begin(), y->options.end());
    if (x->known && y->known) truth.known = holds(op, *x->known, *y->known);
    if (!truth.known && x->size && y->size && *x->size == *y->size)
      truth.known = op == "==" || op == "<=" || op == ">=";
    if (build.graph != nullptr && truth.runtime) {
      truth.node = nnc::binary(comparison_name(op), build.scalar(*x, Element::f64), build.scalar(*y, Element::f64));
    }
    return {truth, whole, ""};
  }
  try {
    TypedTensor l, r;
    if (x != nullptr || (a.as<NumberList>() != nullptr && b.as<TypedTensor>() != nullptr)) {
      r = tensor(b, right);
      l = meet(a, arithmetic_base(r.type, r.type, op), left);
    } else {
      l = tensor(a, left);
      const bool meets = y != nullptr || b.as<NumberList>() != nullptr;
      r = meets ? meet(b, arithmetic_base(l.type, l.type, op), right) : tensor(b, right);
    }
    return {build.compare(comparison_name(op), l, r), whole, ""};
  } catch (const Refusal& refusal) {
    clash(*this, refusal, at, {{a, left}, {b, right}});
  }
}

Item Elaborator::eval_is(const Expr& expr) {
  const Expr& operand = *expr.operands[0];
  Item item = eval(operand);
  Truth truth;
  if (expr.type->kind == ast::TypeKind::word) {
    truth.known = item.as<Number>() != nullptr;
    const auto* word = item.as<Word>();
    if (word == nullptr || !word->text.empty()) return {truth, expr.range, ""};
    truth.known.reset();
    if (operand.kind == ExprKind::name) {
      item.value = Number::whole(Size::symbol(operand.text));
      truth.if_true.push_back({operand.text, std::make_shared<Item>(item)});
    }
    return {truth, expr.range, ""};
  }
  const auto* x = item.as<TypedTensor>();
  if (x == nullptr)
    fail("E0406", operand.range, fmt::format("'is' asks for the type of a tensor, this is {}", describe(item)));
  std::vector<Base> wanted;
  for (const ast::BaseExpr& base : expr.type->bases) {
    std::optional<Base> parsed = base.name.text == "class" ? Base::label : parse_base(base.name.text);
    if (!parsed) fail("E0303", base.name.range, fmt::format("'{}' is no type", base.name.text));
    wanted.push_back(*parsed);
  }
  TypedTensor yes = *x, no = *x;
  std::erase_if(yes.type.bases,
                [&](Base base) { return std::find(wanted.begin(), wanted.end(), base) == wanted.end(); });
  std::erase_if(no.type.bases,
                [&](Base base) { return std::find(wanted.begin(), wanted.end(), base) != wanted.end(); });
  if (no.type.bases.empty()) truth.known = true;
  if (yes.type.bases.empty()) truth.known = false;
  if (operand.kind == ExprKind::name && !truth.known) {
    truth.if_true.push_back({operand.text, std::make_shared<Item>(Item{yes, item.range, item.origin})});
    truth.if_false.push_back({operand.text, std::make_shared<Item>(Item{no, item.range, item.origin})});
  }
  return {truth, expr.range, ""};
}

Item Elaborator::eval_index(const Expr& expr) {
  Item item = eval(*expr.operands[0]);
  if (const auto* tuple = item.as<Tuple>()) {
    Number position =
        expr.indices.size() == 1 && expr.indices[0].position ? number_of(*expr.indices[0].position) : Number::of(-1);
    size_t count = tuple->items->size();
    if (!position.known || *position.known < 0 || *position.known >= static_cast<double>(count)) {
      fail("E0319", expr.range, fmt::format("the index leaves the {} values", count));
    }
    return (*tuple->items)[static_cast<size_t>(*position.known)];
  }
  if (item.as<NumberList>() != nullptr && expr.indices.size() == 1 && expr.indices[0].position) {
    return eval_list_index(item, expr);
  }
  TypedTensor x = tensor(item, expr.operands[0]->range);
  if (expr.indices.size() > x.type.axes.size()) {
    fail("E0313", expr.range,
         fmt::format("{} indices for {}, which has {} axes", expr.indices.size(), to_string(x.type),
                     x.type.axes.size()));
  }
  size_t axis = 0;
  for (const ast::IndexEntry& entry : expr.indices) {
    if (axis < x.type.axes.size() && x.type.axes[axis].pack) {
      fail("E0313", entry.range, fmt::format("the axes '..{}' can't be indexed", x.type.axes[axis].name));
    }
    std::vector<Operand> operands{{item, expr.operands[0]->range}};
    try {
      if (entry.whole) {
        ++axis;
      } else if (entry.position) {
        Item position = eval(*entry.position);
        if (const auto* index = position.as<TypedTensor>()) {
          if (expr.indices.size() != 1) fail("E0405", entry.range, "a gather takes one index: W[t]");
          operands.push_back({position, entry.range});
          return {build.gather(x, *index), expr.range, ""};
        }
        Number at = number(position, entry.range);
        if (at.either) throw Abandoned{};  // each call knows
        if (!at.size) fail("E0402", entry.range, "an index must be whole and known at compile time");
        x = build.take(x, axis, *at.size);
      } else {
        Size begin = entry.begin ? size(*entry.begin) : Size(0);
        Size end = entry.end ? size(*entry.end) : x.type.axes[axis].size;
        x = build.slice(x, axis, begin, end);
        ++axis;
      }
    } catch (const Refusal& refusal) {
      clash(*this, refusal, entry.range, operands);
    }
  }
  return {x, expr.range, ""};
}

Item Elaborator::eval_record(const Expr& expr) {
  Record record{{}, std::make_shared<Items>()};
  for (const ast::Argument& member : expr.arguments) {
    const std::string& name = member.name.text;
    if (name.empty()) fail("E0407", member.value->range, "a value of a record has a name: {a: x, b: y}");
    if (std::find(record.names.begin(), record.names.end(), name) != record.names.end()) {
      fail("E0307", member.name.range, fmt::format("'{}' is defined twice", name));
    }
    record.items->push_back(eval(*member.value));
    record.names.push_back(name);
  }
  return {record, expr.range, ""};
}

/// `x.mean()` and `x.T`, as other tools write them.
static std::string without_point(const Elaborator& at, const Expr& field) {
  const std::string& name = field.name.text;
  const std::string operand = at.slice(field.operands[0]->range);
  if (name == "T") return fmt::format("transpose({})", operand);
  const bool is_function = find_builtin_function(name) != nullptr || at.definitions.find(name, false) != nullptr;
  if (is_function) return fmt::format("{}({})", name, operand);
  return meaning_of(WordPlace::expression, name, primitive_names()).help();
}

Item Elaborator::eval_field(const Expr& expr) {
  const Expr& operand = *expr.operands[0];
  Item item = eval(operand);
  if (const auto* record = item.as<Record>()) {
    for (size_t i = 0; i < record->names.size(); ++i) {
      if (record->names[i] == expr.name.text) return (*record->items)[i];
    }
    std::string near = nearest(expr.name.text, record->names);
    fail("E0304", expr.name.range, fmt::format("the record has no value '{}'", expr.name.text),
         near.empty() ? "" : fmt::format("did you mean '{}'?", near));
  }
  if (const auto* data = item.as<DataReference>()) {
    if (data_member) {
      if (std::optional<Item> member = data_member(*data, expr.name.text)) return *member;
    }
    fail("E0304", expr.name.range, fmt::format("the data '{}' has no field '{}'", data->data, expr.name.text));
  }
  std::string path;
  if (const auto* instance = item.as<std::shared_ptr<Instance>>()) path = (*instance)->path;
  if (const auto* closure = item.as<Closure>(); closure != nullptr && closure->definition != nullptr &&
                                                closure->definition->kind() == ast::DefinitionKind::model) {
    path = closure->definition->name();
  }
  if (path.empty()) {
    fail("E0304", expr.name.range, fmt::format("{} has no field '{}'", describe(item), expr.name.text),
         item.as<TypedTensor>() != nullptr ? without_point(*this, expr) : "");
  }
  std::string wanted = path + "." + expr.name.text;
  std::vector<std::string> parts;
  for (const Variable& variable : variables) {
    if (variable.path == wanted) {
      TypedTensor x = variable_tensor(variable);
      return {x, expr.range, ""};
    }
    if (variable.path.rfind(path + ".", 0) == 0) {
      std::string rest = variable.path.substr(path.size() + 1);
      parts.push_back(rest.substr(0, rest.find('.')));
    }
    if (variable.path.rfind(wanted + ".", 0) == 0) {
      auto part = std::make_shared<Instance>();
      part->path = wanted;
      part->opaque = true;
      return {part, expr.range, ""};
    }
  }
  std::string near = nearest(expr.name.text, parts);
  fail("E0304", expr.name.range, fmt::format("'{}' has no parameter or layer '{}'", path, expr.name.text),
       near.empty() ? "" : fmt::format("did you mean '{}'?", near));
}

}  // namespace nnc
