#include "ir/nest/nest_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>

#include "ir/nest/nest_equal.h"
#include "ir/nest/nest_types.h"
#include "support/error.h"

namespace nnc {

namespace {

std::vector<int64_t> dense_strides(const Shape& shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;) {
    NNC_ASSERT(shape[axis].constant(), "only the first axis of a parameter may be symbolic");
    strides[axis - 1] = strides[axis] * std::max<int64_t>(shape[axis].count, 1);
  }
  return strides;
}

void mix(size_t& hash, size_t value) { hash = (hash ^ value) * 0x9E3779B97F4A7C15u + (hash >> 29); }

void mix(size_t& hash, const Affine& affine) {
  mix(hash, static_cast<size_t>(affine.constant));
  for (const Affine::Term& term : affine.terms) {
    mix(hash, static_cast<size_t>(term.of) * 31 + term.id);
    mix(hash, static_cast<size_t>(term.coefficient));
  }
}

size_t hash_of(const Expr& e) {
  size_t hash = static_cast<size_t>(e.kind) * 64 + static_cast<size_t>(e.function);
  mix(hash, static_cast<size_t>(e.type.element) * 128 + static_cast<size_t>(e.type.lanes));
  mix(hash, std::bit_cast<uint64_t>(e.number));
  for (ExprId operand : e.operands) mix(hash, operand);
  mix(hash, e.affine);
  mix(hash, e.reg.id);
  for (const Affine& subscript : e.reg.subscripts) mix(hash, subscript);
  mix(hash, e.place.parameter);
  for (const Affine& subscript : e.place.subscripts) mix(hash, subscript);
  return hash;
}

}  // namespace

NestBuilder::NestBuilder(std::string kernel_name, const Target& target) : target_(target) {
  kernel_.name = std::move(kernel_name);
}

std::string NestBuilder::unique(std::string name) {
  int& uses = names_[name];
  std::string result = uses == 0 ? name : fmt::format("{}_{}", name, uses);
  ++uses;
  if (result != name) return unique(std::move(result));
  return result;
}

ParameterId NestBuilder::parameter(std::string name, Element element, Shape shape, std::vector<int64_t> strides) {
  Parameter parameter;
  parameter.name = unique(std::move(name));
  parameter.element = element;
  parameter.strides = strides.empty() && !shape.empty() ? dense_strides(shape) : std::move(strides);
  parameter.shape = std::move(shape);
  kernel_.parameters.push_back(std::move(parameter));
  return static_cast<ParameterId>(kernel_.parameters.size() - 1);
}

NestRegister NestBuilder::reg(std::string name, NestType type, std::vector<int64_t> extents) {
  kernel_.registers.push_back({unique(std::move(name)), type, std::move(extents)});
  return {static_cast<RegisterId>(kernel_.registers.size() - 1)};
}

void NestBuilder::loop(LoopKind kind, std::string name, LoopBound begin, LoopBound end, int64_t step,
                       const Body& body) {
  NNC_ASSERT(set_aside_.empty(), "a loop opens where statements are being hoisted");
  const bool shared = kind == LoopKind::serial && shares(name);
  if (shared) kind = LoopKind::parallel, within_shared_ = true;
  auto id = static_cast<LoopId>(kernel_.loops.size());
  kernel_.loops.push_back(unique(std::move(name)));
  open_.push_back({{}, id, kind});
  body(Affine::loop(id));
  Loop loop{id, kind, begin, end, step, std::move(open_.back().statements)};
  if (shared) loop.shares = shares_, within_shared_ = false;
  open_.pop_back();
  open_.back().statements.emplace_back(std::move(loop));
}

void NestBuilder::serial(std::string name, int64_t begin, int64_t end, int64_t step, const Body& body) {
  loop(LoopKind::serial, std::move(name), {begin, 0, 1}, {end, 0, 1}, step, body);
}

void NestBuilder::parallel(std::string name, int64_t begin, int64_t end, int64_t step, const Body& body) {
  loop(LoopKind::parallel, std::move(name), {begin, 0, 1}, {end, 0, 1}, step, body);
}

void NestBuilder::unrolled(std::string name, int64_t count, const Body& body) {
  loop(LoopKind::unrolled, std::move(name), {0, 0, 1}, {count, 0, 1}, 1, body);
}

bool NestBuilder::shares(const std::string& name) const {
  return shares_ > 1 && !within_shared_ && (name == shared_loop_ || name == shared_loop_ + "_tail");
}

void NestBuilder::share(std::string name, int64_t shares) {
  shared_loop_ = std::move(name);
  shares_ = shares;
}

void NestBuilder::single(const std::string& name, int64_t at, const Body& body) {
  if (!shares(name)) return body(Affine::of(at));
  serial(name, at, at + 1, 1, body);
}

void NestBuilder::at_depth(size_t depth, const std::function<void()>& body) {
  NNC_ASSERT(depth < open_.size(), "hoisting to a loop that is not open");
  std::vector<Open> deeper(std::make_move_iterator(open_.begin() + static_cast<std::ptrdiff_t>(depth) + 1),
                           std::make_move_iterator(open_.end()));
  open_.resize(depth + 1);
  std::swap(set_aside_, deeper);
  body();
  std::swap(set_aside_, deeper);
  std::move(deeper.begin(), deeper.end(), std::back_inserter(open_));
}

size_t NestBuilder::depth_of(const Affine& affine) const {
  size_t deepest = 0;
  for (const Affine::Term& term : affine.terms) {
    if (term.of == Affine::Of::reg) return depth();
    for (size_t depth = 1; term.of == Affine::Of::loop && depth < open_.size(); ++depth) {
      if (open_[depth].loop == term.id) deepest = std::max(deepest, depth);
    }
  }
  return deepest;
}

bool NestBuilder::is_unrolled(LoopId loop) const {
  return std::any_of(open_.begin(), open_.end(),
                     [&](const Open& open) { return open.loop == loop && open.kind == LoopKind::unrolled; });
}

void NestBuilder::assign(const RegisterRef& target, ScalarValue value) {
  NNC_ASSERT(type(value) == kernel_.registers[target.id].type,
             fmt::format("register '{}' of {} is given {}", kernel_.registers[target.id].name,
                         to_string(kernel_.registers[target.id].type), to_string(type(value))));
  open_.back().statements.emplace_back(Assign{target, value.id});
}

void NestBuilder::store(Place place, ScalarValue value) {
  check_place(place, type(value).lanes);
  Parameter& parameter = kernel_.parameters[place.parameter];
  NNC_ASSERT(parameter.element == type(value).element, fmt::format("'{}' holds another element type", parameter.name));
  parameter.written = true;
  open_.back().statements.emplace_back(Store{std::move(place), value.id});
}

Place NestBuilder::place(ParameterId parameter, std::vector<Affine> subscripts) const {
  Place place;
  place.parameter = parameter;
  place.subscripts = std::move(subscripts);
  return place;
}

Place NestBuilder::place(ParameterId parameter, std::vector<Affine> subscripts, const Affine& active) const {
  Place at = place(parameter, std::move(subscripts));
  at.active = active;
  return at;
}

void NestBuilder::check_place(const Place& place, int lanes) const {
  const Parameter& parameter = kernel_.parameters[place.parameter];
  NNC_ASSERT(place.subscripts.size() == parameter.shape.size(),
             fmt::format("'{}' has {} axes, not {}", parameter.name, parameter.shape.size(), place.subscripts.size()));
  NNC_ASSERT(lanes == 1 || !parameter.shape.empty(), fmt::format("'{}' is a scalar without lanes", parameter.name));
}

ScalarValue NestBuilder::add(Expr expr) {
  size_t hash = hash_of(expr);
  for (auto [at, end] = by_hash_.equal_range(hash); at != end; ++at) {
    if (same_expr(kernel_.exprs[at->second], expr)) return {this, at->second};
  }
  auto id = static_cast<ExprId>(kernel_.exprs.size());
  kernel_.exprs.push_back(std::move(expr));
  by_hash_.emplace(hash, id);
  return {this, id};
}

ScalarValue NestBuilder::constant(double value, NestType type) {
  Expr e;
  e.kind = ExprKind::constant;
  e.type = type;
  e.number = type.element == Element::f32 ? static_cast<double>(static_cast<float>(value)) : value;
  return add(std::move(e));
}

ScalarValue NestBuilder::index(const Affine& affine, int lanes) {
  Expr e;
  e.kind = ExprKind::index;
  e.type = {Element::i32, lanes};
  e.affine = affine;
  return add(std::move(e));
}

ScalarValue NestBuilder::lane(int lanes) {
  Expr e;
  e.kind = ExprKind::lane;
  e.type = {Element::i32, lanes};
  return add(std::move(e));
}

ScalarValue NestBuilder::read(const RegisterRef& reg) {
  Expr e;
  e.kind = ExprKind::read;
  e.type = kernel_.registers[reg.id].type;
  e.reg = reg;
  return add(std::move(e));
}

ScalarValue NestBuilder::load(Place place, int lanes) {
  check_place(place, lanes);
  Parameter& parameter = kernel_.parameters[place.parameter];
  parameter.read = true;
  Expr e;
  e.kind = ExprKind::load;
  e.type = {parameter.element, lanes};
  e.place = std::move(place);
  return add(std::move(e));
}

ScalarValue NestBuilder::splat(ScalarValue value, int lanes) {
  if (type(value).lanes == lanes) return value;
  NNC_ASSERT(type(value).lanes == 1, "only a scalar can be splat");
  Expr e;
  e.kind = ExprKind::splat;
  e.type = {type(value).element, lanes};
  e.operands = {value.id};
  return add(std::move(e));
}

ScalarValue NestBuilder::bitcast(ScalarValue value, Element element) {
  Expr e;
  e.kind = ExprKind::bitcast;
  e.type = {element, type(value).lanes};
  e.operands = {value.id};
  return add(std::move(e));
}

ScalarValue NestBuilder::tree(Scalar function, ScalarValue value) {
  if (type(value).lanes == 1) return value;
  Expr e;
  e.kind = ExprKind::tree;
  e.function = function;
  e.type = {type(value).element, 1};
  e.operands = {value.id};
  return add(std::move(e));
}

ScalarValue NestBuilder::select(ScalarValue condition, ScalarValue yes, ScalarValue no) {
  return call(Scalar::select, condition, yes, no);
}

ScalarValue NestBuilder::multiply_add(ScalarValue a, ScalarValue b, ScalarValue c) {
  if (target_.has_fma) return call(Scalar::fused_multiply_add, a, b, c);
  return call(Scalar::add, call(Scalar::multiply, a, b), c);
}

ScalarValue NestBuilder::apply(Scalar function, std::span<const ScalarValue> operands) {
  int lanes = 1;
  for (ScalarValue operand : operands) lanes = std::max(lanes, type(operand).lanes);
  Expr e;
  e.kind = ExprKind::apply;
  e.function = function;
  std::vector<NestType> types;
  for (ScalarValue operand : operands) {
    ScalarValue wide = splat(operand, lanes);
    e.operands.push_back(wide.id);
    types.push_back(type(wide));
  }
  std::variant<NestType, std::string> result = applied_type(function, types);
  NNC_ASSERT(std::holds_alternative<NestType>(result), std::get<std::string>(result));
  e.type = std::get<NestType>(result);
  return add(std::move(e));
}

ScalarValue NestBuilder::cast(ScalarValue value, Element element) {
  if (type(value).element == element) return value;
  Expr e;
  e.kind = ExprKind::cast;
  e.type = {element, type(value).lanes};
  e.operands = {value.id};
  return add(std::move(e));
}

void NestBuilder::add_origin(const Origin& origin) {
  if (!origin.known()) return;
  auto [begin, end] = origins_at_.equal_range(origin.line);
  bool there =
      std::any_of(begin, end, [&](const auto& known) { return kernel_.origins[known.second].file == origin.file; });
  if (there) return;
  origins_at_.emplace(origin.line, kernel_.origins.size());
  kernel_.origins.push_back(origin);
}

Kernel NestBuilder::finish() {
  NNC_ASSERT(open_.size() == 1, "a loop is still open");
  kernel_.body = std::move(open_[0].statements);
  return std::move(kernel_);
}

}  // namespace nnc
