#include "ir/nest/nest_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "ir/nest/nest_types.h"

namespace nnc {

namespace {

constexpr std::array<std::string_view, 15> kReserved{"rows", "for",   "parallel", "unrolled", "store",
                                                     "load", "tree",  "cast",     "bitcast",  "index",
                                                     "lane", "splat", "inf",      "nan",      "register"};
constexpr int kMaxDepth = 16;  ///< of an expression on one line

struct Infix {
  Scalar function;
  std::string_view sign;
  int level;
};
constexpr std::array<Infix, 10> kInfix{{
    {Scalar::equal, "==", 0},
    {Scalar::not_equal, "!=", 0},
    {Scalar::less, "<", 0},
    {Scalar::less_equal, "<=", 0},
    {Scalar::greater, ">", 0},
    {Scalar::greater_equal, ">=", 0},
    {Scalar::add, "+", 1},
    {Scalar::subtract, "-", 1},
    {Scalar::multiply, "*", 2},
    {Scalar::divide, "/", 2},
}};

bool is_plain(const std::string& name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9') || name[0] == '.') return false;
  auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  };
  return std::all_of(name.begin(), name.end(), fits) && name.back() != '.' &&
         std::find(kReserved.begin(), kReserved.end(), name) == kReserved.end();
}

bool is_leaf(ExprKind kind) {
  return kind == ExprKind::constant || kind == ExprKind::index || kind == ExprKind::lane || kind == ExprKind::read;
}

/// The shortest text that reads back as this number of the element.
std::string number_text(double number, Element element) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  if (number == 0 && std::signbit(number)) return "-0.0";
  auto narrow = static_cast<float>(number);
  if (element == Element::f32 || element == Element::bf16) {
    std::string text = fmt::format("{}", narrow);
    if (static_cast<float>(std::strtod(text.c_str(), nullptr)) == narrow) return text;
  }
  return fmt::format("{}", number);
}

/// "2*rows + b - 3" from named terms.
std::string linear(int64_t constant, const std::vector<std::pair<int64_t, std::string>>& terms) {
  std::string text;
  for (const auto& [coefficient, name] : terms) {
    int64_t size = coefficient < 0 ? -coefficient : coefficient;
    text += text.empty() ? (coefficient < 0 ? "-" : "") : (coefficient < 0 ? " - " : " + ");
    text += size == 1 ? name : fmt::format("{}*{}", size, name);
  }
  if (text.empty()) return fmt::format("{}", constant);
  if (constant != 0) text += fmt::format(" {} {}", constant < 0 ? '-' : '+', constant < 0 ? -constant : constant);
  return text;
}

}  // namespace

std::string nest_name(const std::string& name) { return is_plain(name) ? name : quoted(name); }

std::string quoted(const std::string& name) {
  std::string text = "\"";
  for (char c : name) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else {
      text += byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
    }
  }
  return text + "\"";
}

std::string to_string(const LoopBound& bound) {
  std::string text = linear(bound.constant,
                            bound.per_row == 0 ? std::vector<std::pair<int64_t, std::string>>{}
                                               : std::vector<std::pair<int64_t, std::string>>{{bound.per_row, "rows"}});
  return bound.multiple == 1 ? text : fmt::format("down({}, {})", text, bound.multiple);
}

NestText::NestText(const Kernel& kernel) : kernel_(kernel) {
  for (const Expr& expr : kernel.exprs) {
    bool known = expr.kind != ExprKind::constant;
    if (expr.kind == ExprKind::apply) {
      size_t first = expr.function == Scalar::select ? 1 : 0;
      known = false;
      for (size_t i = first; i < expr.operands.size(); ++i) known = known || self_typed_[expr.operands[i]];
    }
    if (expr.kind == ExprKind::splat) known = self_typed_[expr.operands[0]];
    self_typed_.push_back(known);
  }
}

std::string NestText::affine(const Affine& affine) const {
  std::vector<std::pair<int64_t, std::string>> terms;
  for (const Affine::Term& term : affine.terms) {
    std::string name = "rows";
    if (term.of == Affine::Of::loop) name = nest_name(kernel_.loops[term.id]);
    if (term.of == Affine::Of::reg) name = "@" + nest_name(kernel_.registers[term.id].name);
    terms.emplace_back(term.coefficient, name);
  }
  return linear(affine.constant, terms);
}

std::string NestText::reg(const RegisterRef& reg) const {
  std::string text = nest_name(kernel_.registers[reg.id].name);
  for (size_t i = 0; i < reg.subscripts.size(); ++i) text += (i == 0 ? "[" : ", ") + affine(reg.subscripts[i]);
  return reg.subscripts.empty() ? text : text + "]";
}

std::string NestText::loop(const Loop& loop) const {
  constexpr std::array<std::string_view, 3> kWords{"for", "parallel", "unrolled"};
  std::string begin = to_string(loop.begin);
  bool number = loop.begin.per_row == 0 && loop.begin.multiple == 1;
  std::string text = fmt::format("{} {} in {}{}{}", kWords[static_cast<size_t>(loop.kind)],
                                 nest_name(kernel_.loops[loop.id]), begin, number ? ".." : " .. ", to_string(loop.end));
  if (loop.step != 1) text += fmt::format(" by {}", loop.step);
  if (loop.polls != 0) text += fmt::format(" polls {}", loop.polls);
  if (loop.shares != 1) text += fmt::format(" shares {}", loop.shares);
  return text;
}

// Marks what a statement uses more than once or too deep within one line.
void NestText::find_shared(const std::vector<ExprId>& roots) {
  shared_.clear();
  shared_order_.clear();
  std::unordered_map<ExprId, int> uses;
  std::vector<ExprId> pending(roots), order;
  auto visit = [&](const Expr& e, auto&& take) {
    for (ExprId operand : e.operands) take(operand);
    if (e.kind == ExprKind::load && e.place.when) take(*e.place.when);
  };
  for (ExprId root : roots) ++uses[root];
  while (!pending.empty()) {
    ExprId id = pending.back();
    pending.pop_back();
    if (uses[id] < 0) continue;  // seen: counted below zero
    order.push_back(id);
    uses[id] = -uses[id];
    visit(kernel_.exprs[id], [&](ExprId operand) {
      int& count = uses[operand];
      if (count < 0) {
        --count;
      } else {
        ++count;
        pending.push_back(operand);
      }
    });
  }
  std::sort(order.begin(), order.end());
  order.erase(std::unique(order.begin(), order.end()), order.end());
  std::unordered_map<ExprId, int> depth;
  for (ExprId id : order) {
    const Expr& e = kernel_.exprs[id];
    int deepest = 0;
    visit(e, [&](ExprId operand) { deepest = std::max(deepest, depth[operand] + 1); });
    bool shared = !is_leaf(e.kind) && (-uses[id] > 1 || deepest >= kMaxDepth);
    depth[id] = shared ? 0 : deepest;
    if (!shared) continue;
    shared_order_.push_back(id);
    shared_[id] = shared_order_.size();
  }
}

std::string NestText::statement(const Statement& statement, const std::string& indent) {
  std::vector<ExprId> roots;
  const auto* assign = std::get_if<Assign>(&statement);
  const auto* store = std::get_if<Store>(&statement);
  roots.push_back(assign != nullptr ? assign->value : store->value);
  if (store != nullptr && store->place.when) roots.push_back(*store->place.when);
  find_shared(roots);
  std::string text;
  for (size_t i = 0; i < shared_order_.size(); ++i) {
    text += fmt::format("{}%{} = {}\n", indent, i + 1, definition(shared_order_[i], false, Level::comparison));
  }
  if (assign != nullptr)
    return text + fmt::format("{}{} = {}\n", indent, reg(assign->target), expr(assign->value, true));
  std::string to = place(store->place, kernel_.exprs[store->value].type.lanes);
  return text + fmt::format("{}store {} = {}\n", indent, to, expr(store->value, true));
}

std::string NestText::place(const Place& place, int lanes) {
  std::string text = nest_name(kernel_.parameters[place.parameter].name);
  int rank = static_cast<int>(place.subscripts.size());
  int axis = place.lane_axis < 0 ? rank - 1 : place.lane_axis;
  bool default_axis = lanes == 1 && axis == rank - 1 && place.lane_stride == 1;
  text += "[";
  for (int i = 0; i < rank; ++i) {
    text += (i == 0 ? "" : ", ") + affine(place.subscripts[static_cast<size_t>(i)]);
    if (i != axis || default_axis) continue;
    text += fmt::format(" : {}", lanes);
    if (place.lane_stride != 1) text += fmt::format(" step {}", place.lane_stride);
  }
  if (place.active) text += " mask " + affine(*place.active);
  if (place.when) text += " when " + expr(*place.when, false);
  return text + "]";
}

std::string NestText::expr(ExprId id, bool typed, Level least) {
  auto found = shared_.find(id);
  return found != shared_.end() ? fmt::format("%{}", found->second) : definition(id, typed, least);
}

std::string NestText::constant(const Expr& e, bool typed) const {
  std::string number = number_text(e.number, e.type.element);
  return typed ? number : fmt::format("{}({})", to_string(e.type), number);
}

std::string NestText::definition(ExprId id, bool typed, Level least) {
  const Expr& e = kernel_.exprs[id];
  switch (e.kind) {
    case ExprKind::constant: return constant(e, typed);
    case ExprKind::index:
      return e.type.lanes == 1 ? fmt::format("index({})", affine(e.affine))
                               : fmt::format("index({}, {})", affine(e.affine), e.type.lanes);
    case ExprKind::lane: return fmt::format("lane({})", e.type.lanes);
    case ExprKind::read: return reg(e.reg);
    case ExprKind::load: return "load " + place(e.place, e.type.lanes);
    case ExprKind::splat: return fmt::format("splat({}, {})", expr(e.operands[0], typed), e.type.lanes);
    case ExprKind::cast: return fmt::format("cast {}({})", spelling(e.type.element), expr(e.operands[0], false));
    case ExprKind::bitcast: return fmt::format("bitcast {}({})", spelling(e.type.element), expr(e.operands[0], false));
    case ExprKind::tree: return fmt::format("tree {}({})", info(e.function).spelling, expr(e.operands[0], false));
    case ExprKind::apply: return apply(e, typed, least);
  }
  return "";
}

std::string NestText::apply(const Expr& e, bool typed, Level least) {
  bool select = e.function == Scalar::select;
  const ScalarInfo& record = info(e.function);
  bool comparison = e.function >= Scalar::equal && e.function <= Scalar::greater_equal;
  bool known = typed && !comparison;
  for (size_t i = select ? 1 : 0; i < e.operands.size(); ++i) known = known || self_typed_[e.operands[i]];
  const auto* infix =
      std::find_if(kInfix.begin(), kInfix.end(), [&](const Infix& i) { return i.function == e.function; });
  if (infix != kInfix.end()) {
    auto own = static_cast<Level>(infix->level);
    std::string left = expr(e.operands[0], known, infix->level == 0 ? Level::sum : own);
    std::string right = expr(e.operands[1], known, static_cast<Level>(infix->level + 1));
    std::string text = fmt::format("{} {} {}", left, infix->sign, right);
    return own < least ? "(" + text + ")" : text;
  }
  std::string text = std::string(record.spelling) + "(";
  for (size_t i = 0; i < e.operands.size(); ++i) text += (i == 0 ? "" : ", ") + expr(e.operands[i], known);
  return text + ")";
}

}  // namespace nnc
