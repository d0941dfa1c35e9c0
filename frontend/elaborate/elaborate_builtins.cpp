// Built-in functions: the primitives of the language.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "frontend/elaborate/clashes.h"
#include "frontend/elaborate/elaborator.h"
#include "frontend/syntax/vocabulary.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "support/error.h"

namespace nnc {

using ast::Argument;

namespace {

constexpr std::array<std::string_view, 20> kOthers{
    "sum",   "mean", "max",     "min",  "argmax", "where",          "reshape",       "permute", "transpose", "concat",
    "split", "pick", "one_hot", "size", "params", "random_uniform", "random_normal", "logit",   "prob",      "i32"};

/// Whether the op is a built-in by its record alone: an elementwise function of one operand, or of two under its own
/// name (max and min are reductions too).
bool is_function(const Op& op) {
  bool written_as_call = op.notation.empty() || (op.arity == 1 && op.notation.find('(') != std::string_view::npos);
  bool one_or_two = op.arity == 1 || op.arity == 2;
  return op.op_class == OpClass::elementwise && one_or_two && written_as_call && op.attributes.empty();
}

const Op* find_function(std::string_view name) {
  for (int arity : {1, 2}) {
    if (const Op* op = find_spelled(name, arity); op != nullptr && is_function(*op)) return op;
  }
  return nullptr;
}

/// Arguments of one call: positional ones evaluated, named ones as written.
struct Call {
  Elaborator& at;
  const std::string& name;
  std::vector<Item> items;
  std::vector<Range> ranges;
  std::vector<const ast::Expr*> written;  ///< null for what was piped in
  std::map<std::string, const ast::Expr*> named;
  Range range;

  void expect(size_t least, size_t most) const {
    if (items.size() >= least && items.size() <= most) return;
    std::string count = least == most ? std::to_string(least) : fmt::format("{} or {}", least, most);
    at.fail("E0324", range,
            fmt::format("'{}' takes {} {}, {} given", name, count, least == 1 && most == 1 ? "argument" : "arguments",
                        items.size()));
  }
  TypedTensor tensor(size_t i) const { return at.tensor(items[i], ranges[i]); }
  const ast::Expr* find(const std::string& key) const {
    auto found = named.find(key);
    return found == named.end() ? nullptr : found->second;
  }
  /// Its name where the call begins with that, so that what stands at the operands is beside it.
  Range head() const {
    Range first{range.begin, range.begin + static_cast<uint32_t>(name.size())};
    return at.frame->source->slice(first) == name ? first : range;
  }
  std::vector<Operand> operands() const {
    std::vector<Operand> all;
    for (size_t i = 0; i < items.size(); ++i) all.push_back({items[i], ranges[i]});
    return all;
  }
  Item result(TypedTensor x) const { return {std::move(x), range, ""}; }
};

Item of_two(const Call& call, std::string_view op) {
  const auto *x = call.items[0].as<Number>(), *y = call.items[1].as<Number>();
  if (x != nullptr && y != nullptr) return {call.at.build.arithmetic(op, *x, *y), call.range, ""};
  return call.at.binary(op, call.items[0], call.items[1], call.head(), call.ranges[0], call.ranges[1]);
}

Item function(const Call& call, const Op& op) {
  const auto arity = static_cast<size_t>(op.arity);
  call.expect(arity, arity);
  if (arity == 2) return of_two(call, op.name);
  const auto* number = call.items[0].as<Number>();
  if (number == nullptr) return call.result(call.at.build.function(op.name, call.tensor(0)));
  if (op.name == "floor" && number->size && !number->size->number()) {
    return {Number::whole(Size::floor_of(*number->size)), call.range, ""};
  }
  return {call.at.build.function(op.name, *number), call.range, ""};
}

Item reduce(const Call& call) {
  Elaborator& at = call.at;
  const std::string& name = call.name;
  bool extremum = name == "max" || name == "min";
  if (extremum && call.items.size() == 2) {
    return of_two(call, find_spelled(name, 2)->name);
  }
  if (call.items.size() == 2 && !extremum) {
    at.fail("E0324", call.range, fmt::format("'{}' takes 1 argument, 2 given", name),
            fmt::format("{}({}, over: {})", name, at.slice(call.ranges[0]), at.slice(call.ranges[1])));
  }
  call.expect(1, extremum ? 2 : 1);
  TypedTensor x = call.tensor(0);
  std::vector<size_t> axes;
  if (const ast::Expr* over = call.find("over"))
    axes = at.positions(*over, x);
  else {
    for (size_t i = 0; i < x.type.axes.size(); ++i) axes.push_back(i);
  }
  bool keep = false;
  if (const ast::Expr* written = call.find("keep")) {
    Item item = at.eval(*written);
    const auto* truth = item.as<Truth>();
    if (truth == nullptr || !truth->known) at.fail("E0326", written->range, "'keep' is true or false");
    keep = *truth->known;
  }
  Item result = call.result(at.build.reduce(name, x, axes, keep));
  if (axes.size() < x.type.axes.size() && !keep) {
    result.kept = x.type.axes;
    for (size_t axis : axes) result.kept[axis] = {Size(1), "", false};
  }
  return result;
}

Item argmax(const Call& call) {
  call.expect(1, 1);
  TypedTensor x = call.tensor(0);
  if (x.type.axes.empty()) call.at.fail("E0313", call.range, "'argmax' of a scalar");
  size_t axis = x.type.axes.size() - 1;
  if (const ast::Expr* over = call.find("over")) {
    std::vector<size_t> axes = call.at.positions(*over, x);
    if (axes.size() != 1) call.at.fail("E0322", over->range, "'argmax' runs over one axis");
    axis = axes[0];
  }
  return call.result(call.at.build.argmax(x, axis));
}

Item where(const Call& call) {
  call.expect(3, 3);
  Elaborator& at = call.at;
  const auto *x = call.items[1].as<Number>(), *y = call.items[2].as<Number>();
  const auto* truth = call.items[0].as<Truth>();
  if (truth != nullptr && x != nullptr && y != nullptr) {
    if (truth->known && !truth->runtime) return *truth->known ? call.items[1] : call.items[2];
    Number chosen = Number::unknown();
    if (at.build.graph != nullptr && truth->node) {
      chosen.node = nnc::select(truth->node, at.build.scalar(*x, Element::f64), at.build.scalar(*y, Element::f64));
    }
    return {chosen, call.range, ""};
  }
  TypedTensor condition = truth != nullptr && truth->known && !truth->runtime && at.build.graph != nullptr
                              ? TypedTensor{TensorType(Base::boolean, {}),
                                            constant(*at.build.graph, *truth->known ? 1 : 0, Element::boolean)}
                              : call.tensor(0);
  TypedTensor a, b;
  if (x != nullptr && y != nullptr) {
    a = at.meet(*x, at.frame->floating, call.ranges[1]);
    b = at.meet(*y, at.frame->floating, call.ranges[2]);
  } else if (x != nullptr) {
    b = call.tensor(2);
    a = at.meet(*x, b.type.is(Base::label) ? Base::i32 : arithmetic_base(b.type, b.type, "where"), call.ranges[1]);
  } else {
    a = call.tensor(1);
    b = y != nullptr ? at.meet(*y, arithmetic_base(a.type, a.type, "where"), call.ranges[2]) : call.tensor(2);
  }
  return call.result(at.build.where(condition, a, b));
}

Item concat(const Call& call) {
  std::vector<TypedTensor> parts;
  for (size_t i = 0; i < call.items.size(); ++i) parts.push_back(call.tensor(i));
  if (parts.empty()) call.expect(1, 64);
  if (parts[0].type.axes.empty()) call.at.fail("E0313", call.ranges[0], "'concat' of scalars");
  size_t axis = parts[0].type.axes.size() - 1;
  if (const ast::Expr* along = call.find("along")) axis = call.at.positions(*along, parts[0]).at(0);
  return call.result(call.at.build.concat(parts, axis));
}

Item split(const Call& call) {
  call.expect(2, 2);
  TypedTensor x = call.tensor(0);
  Number count = call.at.number(call.items[1], call.ranges[1]);
  if (x.type.axes.empty()) call.at.fail("E0313", call.range, "'split' of a scalar");
  size_t axis = x.type.axes.size() - 1;
  if (const ast::Expr* along = call.find("along")) axis = call.at.positions(*along, x).at(0);
  if (!count.known && call.at.generic) throw Abandoned{};  // each call knows
  if (!count.known || *count.known < 1 || *count.known > 4096 || *count.known != std::floor(*count.known)) {
    call.at.fail("E0326", call.ranges[1], "'split' takes the number of parts: a whole number from 1");
  }
  const Size& whole = x.type.axes[axis].size;
  std::optional<Size> part = whole.divided_by(Size(static_cast<int64_t>(*count.known)));
  if (!part && whole.number()) {
    call.at.fail("E0320", call.range,
                 fmt::format("an axis of {} can't be split into {} equal parts", to_string(whole), *count.known));
  }
  if (!part) part = Size::quotient(whole, Size(static_cast<int64_t>(*count.known)));
  auto items = std::make_shared<Items>();
  Size begin(0);
  for (int i = 0; i < static_cast<int>(*count.known); ++i) {
    TypedTensor piece = call.at.build.slice(x, axis, begin, begin + *part);
    piece.type.axes[axis].size = *part;
    items->push_back({piece, call.range, ""});
    begin = begin + *part;
  }
  return {Tuple{items}, call.range, ""};
}

Item permute(const Call& call) {
  if (call.items.empty()) call.expect(2, 2);
  TypedTensor x = call.tensor(0);
  std::vector<size_t> order;
  if (call.name == "transpose") {
    call.expect(1, 1);
    if (x.type.axes.size() < 2)
      call.at.fail("E0313", call.range, fmt::format("'transpose' needs two axes, not {}", to_string(x.type)));
    for (size_t i = 0; i < x.type.axes.size(); ++i) order.push_back(i);
    std::swap(order[order.size() - 1], order[order.size() - 2]);
  } else {
    order = call.at.positions(*call.written[1], x);
    if (order.size() != x.type.axes.size()) {
      call.at.fail("E0322", call.range, fmt::format("'permute' names every axis of {} once", to_string(x.type)));
    }
  }
  return call.result(call.at.build.permute(x, order));
}

Item random(const Call& call) {
  Elaborator& at = call.at;
  const ast::Expr* shape = call.find("shape");
  if (shape == nullptr) at.fail("E0324", call.range, fmt::format("'{}' needs 'shape: […]'", call.name));
  TypedTensor x{TensorType(Base::f32, at.axes(*shape)), {}};
  at.build.require_limits(x.type);
  x.type.bases = {at.frame->floating};
  if (at.build.graph == nullptr) return call.result(x);
  Shape extent = known_shape(x.type.axes);
  if (call.name == "random_uniform") {
    x.node = at.random(extent, x.type.base());
    return call.result(x);
  }
  // Box and Muller: sqrt(-2 log(1 - u)) cos(2 pi v); u < 1, so the logarithm is finite.
  Value u = at.random(extent, x.type.base()), v = at.random(extent, x.type.base());
  x.node = unary("sqrt", -2.0 * unary("log1p", -u)) * unary("cos", 2 * std::numbers::pi * v);
  return call.result(x);
}

Item params(const Call& call) {
  call.expect(1, 1);
  Elaborator& at = call.at;
  std::string path;
  if (const auto* closure = call.items[0].as<Closure>()) {
    if (closure->opaque) return {Parameters{{}, true}, call.range, ""};
    if (closure->definition->kind() == ast::DefinitionKind::model) path = closure->definition->name();
  }
  if (const auto* instance = call.items[0].as<std::shared_ptr<Instance>>()) path = (*instance)->path;
  if (path.empty())
    at.fail("E0406", call.ranges[0],
            fmt::format("'params' wants a model or layer, this is {}", describe(call.items[0])));
  at.lists_parameters = true;
  Parameters result;
  result.opaque = at.generic;
  for (const Variable& variable : at.variables) {
    if (!variable.state && variable.path.rfind(path + ".", 0) == 0) result.paths.push_back(variable.path);
  }
  return {result, call.range, ""};
}

Item reshape(const Call& call) {
  call.expect(2, 2);
  return call.result(call.at.build.reshape(call.tensor(0), call.at.axes(*call.written[1])));
}

Item conversion(const Call& call, Base base) {
  call.expect(1, 1);
  if (const auto* number = call.items[0].as<Number>()) return call.result(call.at.meet(*number, base, call.ranges[0]));
  return call.result(call.at.build.cast(call.tensor(0), base));
}

}  // namespace

const std::vector<std::string>& primitive_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Op& op : all_ops()) {
      if (is_function(op)) all.emplace_back(spelling(op));
    }
    for (std::string_view name : kOthers) all.emplace_back(name);
    for (std::string_view name : {"f32", "f64", "bf16", "u8", "bool", "class", "pi", "training"})
      all.emplace_back(name);
    return all;
  }();
  return names;
}

bool is_primitive(std::string_view name) {
  const std::vector<std::string>& names = primitive_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool Elaborator::is_builtin(const std::string& name) const {
  return is_primitive(name) && name != "pi" && name != "training" && name != "class";
}

Value Elaborator::random(const Shape& shape, Base base) {
  NNC_ASSERT(seed && step, "random numbers need a seed");
  std::string path = frame->path.empty() ? random_path : frame->path;
  int number = frame->randoms++;
  if (number > 0) path += fmt::format(".{}", number);
  return nnc::random_uniform(seed, step, path, Type(element_of(base, build.precision), shape));
}

Item Elaborator::call_builtin(const std::string& name, const std::vector<Argument>& arguments, std::vector<Item> first,
                              Range range, std::vector<Range> ranges) {
  Call call{*this, name, std::move(first), std::move(ranges), {}, {}, range};
  call.written.resize(call.items.size());
  const bool piped = !call.items.empty();
  bool axes_second = name == "reshape" || name == "permute";
  static const std::map<std::string, std::vector<std::string>> allowed{
      {"sum", {"over", "keep"}}, {"mean", {"over", "keep"}},    {"max", {"over", "keep"}},
      {"min", {"over", "keep"}}, {"argmax", {"over"}},          {"concat", {"along"}},
      {"split", {"along"}},      {"random_uniform", {"shape"}}, {"random_normal", {"shape"}}};
  for (const Argument& argument : arguments) {
    if (!argument.name.empty()) {
      auto names = allowed.find(name);
      bool known = names != allowed.end() &&
                   std::find(names->second.begin(), names->second.end(), argument.name.text) != names->second.end();
      if (!known) {
        Meaning meant;
        if (names != allowed.end()) meant = meaning_of(WordPlace::argument, argument.name.text, names->second);
        if (!meant.name.empty()) meant.name += fmt::format(": {}", slice(argument.value->range));
        fail("E0323", argument.name.range, fmt::format("'{}' has no argument '{}'", name, argument.name.text),
             meant.help());
      }
      if (!call.named.emplace(argument.name.text, argument.value.get()).second) {
        fail("E0325", argument.name.range, fmt::format("'{}' is given twice", argument.name.text));
      }
      continue;
    }
    bool axes_list = (axes_second && call.items.size() == 1) || name == "size";
    call.items.push_back(axes_list ? Item{} : eval(*argument.value));
    call.ranges.push_back(argument.value->range);
    call.written.push_back(argument.value.get());
  }
  // The arguments may stand in other lines, or have led to them; what is piped in has set the place of its function.
  if (build.graph != nullptr && !piped) build.graph->current_origin = origin(range);
  try {
    if (name == "stop_gradient") {
      call.expect(1, 1);
      if (call.items[0].as<Number>() != nullptr) return call.items[0];
      return call.result(build.stop_gradient(call.tensor(0)));
    }
    if (const Op* op = find_function(name)) return function(call, *op);
    if (name == "sum" || name == "mean" || name == "max" || name == "min") return reduce(call);
    if (name == "argmax") return argmax(call);
    if (name == "where") return where(call);
    if (name == "reshape") return reshape(call);
    if (name == "permute" || name == "transpose") return permute(call);
    if (name == "concat") return concat(call);
    if (name == "split") return split(call);
    if (name == "random_uniform" || name == "random_normal") return nnc::random(call);
    if (name == "params") return params(call);
    if (name == "pick") {
      call.expect(2, 2);
      return call.result(build.pick(call.tensor(0), call.tensor(1)));
    }
    if (name == "one_hot") {
      call.expect(1, 1);
      TypedTensor t = call.tensor(0);
      return call.result(build.one_hot(counted_class ? counted_class(t, call.ranges[0]) : t));
    }
    if (name == "size") {
      call.expect(1, 1);
      return {Number::whole(size(*call.written[0])), range, ""};
    }
    if (std::optional<Base> base = parse_base(name)) return conversion(call, *base);
  } catch (const Refusal& refusal) {
    clash(*this, refusal, call.head(), call.operands());
  }
  internal_error(fmt::format("the built-in '{}' has no rule", name));
}

}  // namespace nnc
