#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ir/graph/convert.h"
#include "ir/nest/nest_types.h"
#include "ir/parse/nest_parser.h"

namespace nnc {

namespace {

constexpr int kMaxDepth = 200;  ///< of an expression, in operators or parentheses

struct Sign {
  std::string_view text;
  Scalar function;
  int level;
};
/// Longer signs before those that they begin with.
constexpr std::array<Sign, 10> kSigns{{
    {"==", Scalar::equal, 0},
    {"!=", Scalar::not_equal, 0},
    {"<=", Scalar::less_equal, 0},
    {">=", Scalar::greater_equal, 0},
    {"<", Scalar::less, 0},
    {">", Scalar::greater, 0},
    {"+", Scalar::add, 1},
    {"-", Scalar::subtract, 1},
    {"*", Scalar::multiply, 2},
    {"/", Scalar::divide, 2},
}};

bool is_comparison(Scalar function) { return function >= Scalar::equal && function <= Scalar::greater_equal; }

}  // namespace

size_t NestParser::write(Written written) {
  for (size_t operand : written.operands) written.depth = std::max(written.depth, written_[operand].depth + 1);
  if (written.when) written.depth = std::max(written.depth, written_[*written.when].depth + 1);
  if (written.depth > kMaxDepth) reader_.fail_at(written.begin, "this expression is nested too deeply");
  written_.push_back(std::move(written));
  return written_.size() - 1;
}

// Precedence climbing: level 0 compares, 1 adds, 2 multiplies.
size_t NestParser::expression(int level) {
  if (level == 3) return primary();
  if (++nesting_ > 3 * kMaxDepth) reader_.fail("this expression is nested too deeply");
  size_t left = expression(level + 1);
  while (true) {
    const Sign* sign = nullptr;
    for (const Sign& candidate : kSigns) {
      if (candidate.level == level && sign == nullptr && reader_.accept(candidate.text)) sign = &candidate;
    }
    if (sign == nullptr) break;
    Written both;
    both.begin = written_[left].begin;
    both.expr.kind = ExprKind::apply;
    both.expr.function = sign->function;
    size_t right = expression(level + 1);
    both.operands = {left, right};
    both.infers = written_[left].infers || written_[right].infers;
    left = write(std::move(both));
    if (level == 0) break;
  }
  --nesting_;
  return left;
}

std::optional<NestType> NestParser::typed_word(const std::string& word) const {
  if (std::optional<Element> element = parse_element(word)) return NestType{*element, 1};
  size_t cross = word.rfind('x');
  if (cross == std::string::npos || cross + 1 >= word.size() || word.size() - cross > 4) return std::nullopt;
  std::optional<Element> element = parse_element(word.substr(0, cross));
  int lanes = 0;
  for (char c : word.substr(cross + 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    lanes = lanes * 10 + (c - '0');
  }
  if (!element || lanes < 2 || lanes > 64) return std::nullopt;
  return NestType{*element, lanes};
}

size_t NestParser::primary() {
  Written written;
  written.begin = reader_.position();
  char c = reader_.peek();
  if (reader_.accept("(")) {
    size_t inner = expression();
    reader_.expect(")");
    return inner;
  }
  if (reader_.accept("%")) {
    auto found = definitions_.find(small("a number", 0, INT32_MAX));
    if (found == definitions_.end()) reader_.fail_at(written.begin, "no line before this statement defines this value");
    written.expr.kind = ExprKind::read;  // stands for the finished expression; see resolve
    written.expr.reg.id = found->second;
    written.expr.number = 1;
    return write(std::move(written));
  }
  bool infinite = reader_.accept("inf"), nan = !infinite && reader_.accept("nan");
  if (infinite || nan || c == '-' || (c >= '0' && c <= '9')) {
    written.untyped = true;
    written.infers = false;
    if (infinite) written.expr.number = std::numeric_limits<double>::infinity();
    if (nan) written.expr.number = std::numeric_limits<double>::quiet_NaN();
    if (!infinite && !nan) {
      Attribute number = reader_.attribute();
      if (const auto* whole = std::get_if<int64_t>(&number)) written.expr.number = static_cast<double>(*whole);
      if (const auto* real = std::get_if<double>(&number)) written.expr.number = *real;
    }
    return write(std::move(written));
  }
  if (c == '"') {
    written.expr.kind = ExprKind::read;
    written.expr.reg = register_reference();
    return write(std::move(written));
  }
  uint32_t begin = written.begin;
  return named(reader_.word("an expression"), begin);
}

/// A load, a conversion, a tree, a register, or the call of a function.
size_t NestParser::named(const std::string& word, uint32_t begin) {
  Written written;
  written.begin = begin;
  Expr& e = written.expr;
  if (word == "load") {
    auto [where, lanes] = place(written.when);
    e.kind = ExprKind::load;
    e.type = {kernel_.parameters[where.parameter].element, lanes};
    e.place = std::move(where);
    return write(std::move(written));
  }
  if (reader_.accept("(")) return call_of(word, begin);
  bool converts = word == "cast" || word == "bitcast";
  if (converts || word == "tree") {
    e.kind = word == "cast" ? ExprKind::cast : word == "bitcast" ? ExprKind::bitcast : ExprKind::tree;
    uint32_t at = reader_.position();
    std::string which = reader_.word("what to");
    if (converts && !parse_element(which)) reader_.fail_at(at, fmt::format("'{}' is not an element type", which));
    if (!converts && !parse_scalar(which)) reader_.fail_at(at, fmt::format("there is no function '{}'", which));
    if (converts) e.type.element = *parse_element(which);
    if (!converts) e.function = *parse_scalar(which);
    reader_.expect("(");
    written.operands = {expression()};
    reader_.expect(")");
    return write(std::move(written));
  }
  e.kind = ExprKind::read;
  auto found = registers_.find(word);
  if (found == registers_.end()) reader_.fail_at(begin, fmt::format("there is no register '{}'", word));
  e.reg = {found->second, {}};
  if (reader_.accept("[")) {
    do e.reg.subscripts.push_back(affine());
    while (reader_.accept(","));
    reader_.expect("]");
  }
  return write(std::move(written));
}

/// What follows "word(".
size_t NestParser::call_of(const std::string& word, uint32_t begin) {
  Written written;
  written.begin = begin;
  Expr& e = written.expr;
  if (word == "index") {
    e.kind = ExprKind::index;
    e.affine = affine();
    e.type = {Element::i32, reader_.accept(",") ? static_cast<int>(small("lanes", 1, 64)) : 1};
  } else if (word == "lane") {
    e.kind = ExprKind::lane;
    e.type = {Element::i32, static_cast<int>(small("lanes", 1, 64))};
  } else if (word == "splat") {
    e.kind = ExprKind::splat;
    written.operands = {expression()};
    written.infers = written_[written.operands[0]].infers;
    reader_.expect(",");
    e.type.lanes = static_cast<int>(small("lanes", 1, 64));
  } else if (std::optional<NestType> type = typed_word(word)) {
    size_t inner = expression();
    if (!written_[inner].untyped) reader_.fail_at(begin, "a type in front takes a number; to convert, write cast");
    e.number = written_[inner].expr.number;
    e.type = *type;
  } else if (std::optional<Scalar> function = parse_scalar(word)) {
    e.kind = ExprKind::apply;
    e.function = *function;
    written.infers = false;
    for (int i = 0; i < info(*function).arity; ++i) {
      if (i > 0) reader_.expect(",");
      written.operands.push_back(expression());
      bool condition = i == 0 && *function == Scalar::select;
      written.infers = written.infers || (!condition && written_[written.operands.back()].infers);
    }
  } else {
    reader_.fail_at(begin, fmt::format("there is no function '{}'", word));
  }
  reader_.expect(")");
  return write(std::move(written));
}

std::optional<ExprId> NestParser::resolve_condition(const std::optional<size_t>& when, int lanes) {
  if (!when) return std::nullopt;
  ExprId id = resolve(*when, NestType{Element::boolean, 1});
  const NestType& type = kernel_.exprs[id].type;
  if (type.element != Element::boolean || (type.lanes != 1 && type.lanes != lanes)) {
    reader_.fail_at(written_[*when].begin,
                    fmt::format("a condition is a bool, one or one a lane, not {}", to_string(type)));
  }
  return id;
}

ExprId NestParser::resolve(size_t number, std::optional<NestType> expected) {
  const Written& written = written_[number];
  Expr e = written.expr;
  auto operand = [&](std::optional<NestType> type) { e.operands = {resolve(written.operands[0], type)}; };
  auto operand_type = [&]() -> const NestType& { return kernel_.exprs[e.operands[0]].type; };
  switch (e.kind) {
    case ExprKind::read:
      if (e.number == 1) return e.reg.id;
      e.type = kernel_.registers[e.reg.id].type;
      if (e.reg.subscripts.size() != kernel_.registers[e.reg.id].extents.size()) {
        reader_.fail_at(written.begin, "this register has another number of subscripts");
      }
      break;
    case ExprKind::constant:
      if (written.untyped && !expected) {
        reader_.fail_at(written.begin, "the type of this number is not clear: write it in front, as f32x8(1)");
      }
      if (written.untyped) e.type = *expected;
      if (!is_float(e.type.element) && convert(e.number, e.type.element) != e.number) {
        reader_.fail_at(written.begin, fmt::format("this number is not a value of {}", to_string(e.type)));
      }
      e.number = convert(e.number, e.type.element);
      break;
    case ExprKind::load: e.place.when = resolve_condition(written.when, e.type.lanes); break;
    case ExprKind::splat:
      operand(expected ? std::optional(NestType{expected->element, 1}) : std::nullopt);
      if (operand_type().lanes != 1) reader_.fail_at(written.begin, "only a scalar can be splat");
      e.type.element = operand_type().element;
      break;
    case ExprKind::cast:
    case ExprKind::bitcast:
      operand(std::nullopt);
      e.type.lanes = operand_type().lanes;
      if (e.kind == ExprKind::bitcast && byte_size(e.type.element) != byte_size(operand_type().element)) {
        reader_.fail_at(written.begin, "a bitcast keeps the size of the element");
      }
      break;
    case ExprKind::tree:
      operand(std::nullopt);
      e.type = {operand_type().element, 1};
      break;
    case ExprKind::apply: return resolve_apply(written, expected);
    default: break;
  }
  kernel_.exprs.push_back(std::move(e));
  return static_cast<ExprId>(kernel_.exprs.size() - 1);
}

// Numbers without a type take that of the operand beside them, or what the context expects.
ExprId NestParser::resolve_apply(const Written& written, std::optional<NestType> expected) {
  Expr e = written.expr;
  bool select = e.function == Scalar::select;
  size_t first = select ? 1 : 0;
  std::vector<std::optional<ExprId>> done(written.operands.size());
  std::optional<NestType> type = is_comparison(e.function) ? std::nullopt : expected;
  for (size_t i = first; i < written.operands.size(); ++i) {
    if (!written_[written.operands[i]].infers) continue;
    done[i] = resolve(written.operands[i], type);
    if (!type || i == first) type = kernel_.exprs[*done[i]].type;
  }
  for (size_t i = first; i < written.operands.size(); ++i) {
    if (!done[i]) done[i] = resolve(written.operands[i], type);
  }
  if (select) {
    int lanes = kernel_.exprs[*done[1]].type.lanes;
    done[0] = resolve(written.operands[0], NestType{Element::boolean, lanes});
  }
  std::vector<NestType> types;
  for (const std::optional<ExprId>& operand : done) {
    e.operands.push_back(*operand);
    types.push_back(kernel_.exprs[*operand].type);
  }
  auto result = applied_type(e.function, types);
  if (const std::string* wrong = std::get_if<std::string>(&result)) reader_.fail_at(written.begin, *wrong);
  e.type = std::get<NestType>(result);
  kernel_.exprs.push_back(std::move(e));
  return static_cast<ExprId>(kernel_.exprs.size() - 1);
}

}  // namespace nnc
