#include "ir/nest_builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/error.h"

namespace nnc {

namespace {

std::string unique(const std::string& wanted, const std::vector<std::string>& taken) {
  std::string name = wanted;
  for (int number = 1; std::find(taken.begin(), taken.end(), name) != taken.end(); ++number) {
    name = fmt::format("{}_{}", wanted, number);
  }
  return name;
}

}  // namespace

ParameterId NestBuilder::parameter(Parameter parameter) {
  std::vector<std::string> taken;
  for (const Parameter& other : kernel_.parameters) taken.push_back(other.name);
  parameter.name = unique(parameter.name, taken);
  kernel_.parameters.push_back(std::move(parameter));
  return static_cast<ParameterId>(kernel_.parameters.size() - 1);
}

RegisterId NestBuilder::reg(const std::string& name, NestType type, std::vector<int64_t> extents) {
  std::vector<std::string> taken;
  for (const Register& other : kernel_.registers) taken.push_back(other.name);
  kernel_.registers.push_back({unique(name, taken), type, std::move(extents)});
  return static_cast<RegisterId>(kernel_.registers.size() - 1);
}

LoopId NestBuilder::open(const std::string& name, LoopBound begin, LoopBound end, int64_t step, LoopKind kind) {
  NNC_ASSERT(hoisted_.empty(), "a loop is opened where statements are being hoisted");
  auto id = static_cast<LoopId>(kernel_.loops.size());
  kernel_.loops.push_back(unique(name, kernel_.loops));
  open_.push_back({id, kind, begin, end, step, {}});
  return id;
}

void NestBuilder::close() {
  NNC_ASSERT(open_.size() > 1 && hoisted_.empty(), "no loop is open");
  Loop loop = std::move(open_.back());
  open_.pop_back();
  open_.back().body.emplace_back(std::move(loop));
}

size_t NestBuilder::depth_of(LoopId loop) const {
  for (size_t depth = 1; depth < open_.size(); ++depth) {
    if (open_[depth].id == loop) return depth;
  }
  return 0;
}

bool NestBuilder::is_unrolled(LoopId loop) const {
  size_t depth = depth_of(loop);
  return depth > 0 && open_[depth].kind == LoopKind::unrolled;
}

void NestBuilder::hoist(size_t depth) {
  NNC_ASSERT(depth < open_.size(), "hoisting to a loop that is not open");
  hoisted_.push_back(depth);
}

void NestBuilder::unhoist() { hoisted_.pop_back(); }

void NestBuilder::assign(RegisterRef target_register, ExprId value) {
  NNC_ASSERT(expr(value).type == type_of(target_register.id),
             fmt::format("register '{}' is given a value of another type", kernel_.registers[target_register.id].name));
  target().emplace_back(Assign{std::move(target_register), value});
}

void NestBuilder::store(Place place, ExprId value) {
  kernel_.parameters[place.parameter].written = true;
  target().emplace_back(Store{std::move(place), value});
}

ExprId NestBuilder::add(Expr expr) {
  kernel_.exprs.push_back(std::move(expr));
  return static_cast<ExprId>(kernel_.exprs.size() - 1);
}

ExprId NestBuilder::constant(double number, NestType type) {
  Expr e;
  e.kind = ExprKind::constant;
  e.type = type;
  e.number = number;
  return add(std::move(e));
}

ExprId NestBuilder::index(Affine affine, int lanes) {
  Expr e;
  e.kind = ExprKind::index;
  e.type = {Element::i32, lanes};
  e.affine = std::move(affine);
  return add(std::move(e));
}

ExprId NestBuilder::lane(int lanes) {
  Expr e;
  e.kind = ExprKind::lane;
  e.type = {Element::i32, lanes};
  return add(std::move(e));
}

ExprId NestBuilder::read(RegisterRef reg) {
  Expr e;
  e.kind = ExprKind::read;
  e.type = type_of(reg.id);
  e.reg = std::move(reg);
  return add(std::move(e));
}

ExprId NestBuilder::load(Place place, int lanes) {
  Parameter& parameter = kernel_.parameters[place.parameter];
  NNC_ASSERT(place.subscripts.size() == parameter.shape.size(),
             fmt::format("'{}' has {} axes, not {}", parameter.name, parameter.shape.size(), place.subscripts.size()));
  parameter.read = true;
  Expr e;
  e.kind = ExprKind::load;
  e.type = {parameter.element, lanes};
  e.place = std::move(place);
  return add(std::move(e));
}

ExprId NestBuilder::splat(ExprId scalar, int lanes) {
  if (expr(scalar).type.lanes == lanes) return scalar;
  NNC_ASSERT(expr(scalar).type.lanes == 1, "only a scalar can be splat");
  Expr e;
  e.kind = ExprKind::splat;
  e.type = {expr(scalar).type.element, lanes};
  e.operands = {scalar};
  return add(std::move(e));
}

ExprId NestBuilder::apply(Scalar function, std::span<const ExprId> operands) {
  const ScalarInfo& about = info(function);
  NNC_ASSERT(static_cast<int>(operands.size()) == about.arity,
             fmt::format("'{}' takes {} operands, not {}", about.spelling, about.arity, operands.size()));
  int lanes = 1;
  for (ExprId operand : operands) lanes = std::max(lanes, expr(operand).type.lanes);
  Expr e;
  e.kind = ExprKind::apply;
  e.function = function;
  for (ExprId operand : operands) e.operands.push_back(splat(operand, lanes));
  size_t first = function == Scalar::select ? 1 : 0;
  Element element = expr(e.operands.back()).type.element;
  for (size_t i = first; i < e.operands.size(); ++i) {
    NNC_ASSERT(expr(e.operands[i]).type.element == element,
               fmt::format("'{}' mixes {} and {}", about.spelling, spelling(expr(e.operands[i]).type.element),
                           spelling(element)));
  }
  e.type = {about.is_boolean ? Element::boolean : element, lanes};
  return add(std::move(e));
}

ExprId NestBuilder::cast(ExprId value, Element element) {
  if (expr(value).type.element == element) return value;
  Expr e;
  e.kind = ExprKind::cast;
  e.type = {element, expr(value).type.lanes};
  e.operands = {value};
  return add(std::move(e));
}

ExprId NestBuilder::tree(Scalar function, ExprId vector) {
  if (expr(vector).type.lanes == 1) return vector;
  Expr e;
  e.kind = ExprKind::tree;
  e.function = function;
  e.type = {expr(vector).type.element, 1};
  e.operands = {vector};
  return add(std::move(e));
}

void NestBuilder::add_origin(const Origin& origin) {
  bool there = std::any_of(kernel_.origins.begin(), kernel_.origins.end(), [&](const Origin& other) {
    return other.file == origin.file && other.line == origin.line;
  });
  if (origin.known() && !there) kernel_.origins.push_back(origin);
}

Kernel NestBuilder::finish() {
  NNC_ASSERT(open_.size() == 1, "a loop is still open");
  kernel_.body = std::move(open_[0].body);
  return std::move(kernel_);
}

}  // namespace nnc
