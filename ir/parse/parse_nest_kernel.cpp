#include <fmt/format.h>

#include "ir/nest/nest_types.h"
#include "ir/parse/nest_parser.h"
#include "ir/parse/parse_target.h"
#include "support/cores.h"

namespace nnc {

namespace {
constexpr int kMaxLoops = 64;  ///< within one another
constexpr int64_t kMaxNumber = int64_t{1} << 36;
}  // namespace

int64_t NestParser::small(std::string_view what, int64_t least, int64_t most) {
  return parse_between(reader_, what, least, most);
}

int64_t NestParser::limited() { return small("numbers here", -kMaxNumber, kMaxNumber); }

std::vector<int64_t> NestParser::integers() {
  reader_.expect("[");
  std::vector<int64_t> values;
  if (reader_.accept("]")) return values;
  do values.push_back(limited());
  while (reader_.accept(","));
  reader_.expect("]");
  return values;
}

/// As written, or dense.
std::vector<int64_t> NestParser::strides(const Shape& shape) {
  uint32_t begin = reader_.position();
  std::vector<int64_t> result(shape.size());
  if (reader_.accept("strides")) {
    result = integers();
    if (result.size() != shape.size()) reader_.fail_at(begin, "there is one stride an axis");
    return result;
  }
  int64_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    result[axis] = stride;
    if (axis == 0) break;
    if (!shape[axis].constant()) reader_.fail_at(begin, "only the first axis may be a symbol");
    if (__builtin_mul_overflow(stride, shape[axis].count, &stride) || stride > kMaxNumber) {
      reader_.fail_at(begin, "this tensor is too large");
    }
  }
  return result;
}

NestType NestParser::nest_type() {
  uint32_t begin = reader_.position();
  std::string word = reader_.word("a type such as f32x8");
  std::optional<NestType> type = typed_word(word);
  if (!type) reader_.fail_at(begin, fmt::format("'{}' is not a type such as f32 or f32x8", word));
  return *type;
}

void NestParser::kernel() {
  kernel_ = {};
  parameters_.clear();
  registers_.clear();
  loops_.clear();
  loop_used_.clear();
  loops_listed_ = false;
  uint32_t begin = reader_.position();
  kernel_.name = reader_.name("the kernel's name");
  if (!kernels_.emplace(kernel_.name, static_cast<uint32_t>(program_.kernels.size())).second) {
    reader_.fail_at(begin, fmt::format("there is a kernel '{}' already", kernel_.name));
  }
  reader_.expect("(");
  if (!reader_.accept(")")) {
    do kernel_.parameters.push_back(parameter());
    while (reader_.accept(","));
    reader_.expect(")");
  }
  reader_.expect("{");
  details();
  kernel_.body = block(0);
  program_.kernels.push_back(std::move(kernel_));
}

Parameter NestParser::parameter() {
  uint32_t begin = reader_.position();
  Parameter result;
  result.name = reader_.name("a parameter's name");
  if (!parameters_.emplace(result.name, static_cast<uint32_t>(kernel_.parameters.size())).second) {
    reader_.fail_at(begin, fmt::format("there is a parameter '{}' already", result.name));
  }
  reader_.expect(":");
  result.read = reader_.accept("in");
  result.written = reader_.accept("out");
  result.per_worker = reader_.accept("per_worker");
  Type type = reader_.type();
  if (type.is_tuple()) reader_.fail_at(begin, "a parameter is no tuple");
  result.element = type.element;
  result.shape = type.shape;
  result.strides = strides(result.shape);
  return result;
}

void NestParser::details() {
  while (true) {
    if (reader_.accept("summary")) {
      kernel_.summary = reader_.name("the summary");
    } else if (reader_.accept("from")) {
      origin();
    } else if (reader_.accept("loops")) {
      loop_names();
    } else if (reader_.accept("register")) {
      reg();
    } else {
      return;
    }
  }
}

void NestParser::origin() {
  Origin origin;
  origin.file = reader_.name("a file");
  origin.line = static_cast<int>(small("lines", 0, INT32_MAX));
  reader_.expect(":");
  origin.column = static_cast<int>(small("columns", 0, INT32_MAX));
  if (reader_.accept("note")) origin.note = reader_.quoted();
  kernel_.origins.push_back(std::move(origin));
}

void NestParser::loop_names() {
  loops_listed_ = true;
  do {
    uint32_t begin = reader_.position();
    kernel_.loops.push_back(reader_.name("a loop's name"));
    if (!loops_.emplace(kernel_.loops.back(), static_cast<uint32_t>(kernel_.loops.size() - 1)).second) {
      reader_.fail_at(begin, fmt::format("there is a loop '{}' already", kernel_.loops.back()));
    }
  } while (reader_.accept(","));
  loop_used_.assign(kernel_.loops.size(), false);
}

void NestParser::reg() {
  uint32_t begin = reader_.position();
  Register result;
  result.name = reader_.name("a register's name");
  if (!registers_.emplace(result.name, static_cast<uint32_t>(kernel_.registers.size())).second) {
    reader_.fail_at(begin, fmt::format("there is a register '{}' already", result.name));
  }
  if (reader_.peek() == '[') result.extents = integers();
  reader_.expect(":");
  result.type = nest_type();
  kernel_.registers.push_back(std::move(result));
}

Block NestParser::block(int depth) {
  if (depth > kMaxLoops) reader_.fail(fmt::format("loops are nested at most {} deep", kMaxLoops));
  Block result;
  while (!reader_.accept("}")) {
    if (reader_.peek() == '%') {
      definition();
      continue;
    }
    if (reader_.accept("for")) {
      result.emplace_back(loop(LoopKind::serial, depth));
    } else if (reader_.accept("parallel")) {
      result.emplace_back(loop(LoopKind::parallel, depth));
    } else if (reader_.accept("unrolled")) {
      result.emplace_back(loop(LoopKind::unrolled, depth));
    } else {
      result.push_back(reader_.accept("store") ? store() : assign());
      written_.clear();
    }
    definitions_.clear();
    nesting_ = 0;
  }
  return result;
}

Loop NestParser::loop(LoopKind kind, int depth) {
  Loop result;
  result.kind = kind;
  uint32_t begin = reader_.position();
  std::string name = reader_.name("a loop's name");
  auto [found, added] = loops_.emplace(name, static_cast<uint32_t>(kernel_.loops.size()));
  if (added && loops_listed_) reader_.fail_at(begin, fmt::format("the loops listed above have no '{}'", name));
  if (added) {
    kernel_.loops.push_back(name);
    loop_used_.push_back(false);
  }
  result.id = found->second;
  if (loop_used_[result.id]) reader_.fail_at(begin, fmt::format("there is a loop '{}' already", name));
  loop_used_[result.id] = true;
  reader_.expect("in");
  result.begin = bound();
  reader_.expect("..");
  result.end = bound();
  if (reader_.accept("by")) result.step = small("steps", 1, kMaxNumber);
  if (reader_.accept("polls")) result.polls = small("turns between polls", 1, kMaxNumber);
  if (reader_.accept("shares")) result.shares = small("shares", 1, kMostThreads);
  reader_.expect("{");
  result.body = block(depth + 1);
  return result;
}

LoopBound NestParser::bound() {
  uint32_t begin = reader_.position();
  LoopBound result;
  bool down = reader_.accept("down");
  if (down) reader_.expect("(");
  Affine value = affine();
  result.constant = value.constant;
  for (const Affine::Term& term : value.terms) {
    if (term.of != Affine::Of::rows) reader_.fail_at(begin, "a bound names only rows");
    result.per_row += term.coefficient;
  }
  if (down) {
    reader_.expect(",");
    result.multiple = small("multiples", 1, kMaxNumber);
    reader_.expect(")");
  }
  return result;
}

void NestParser::definition() {
  reader_.expect("%");
  int64_t number = small("numbers of values", 0, INT32_MAX);
  reader_.expect("=");
  nesting_ = 0;
  ExprId value = resolve(expression(), std::nullopt);
  definitions_[number] = value;
  written_.clear();
}

Statement NestParser::store() {
  Store result;
  std::optional<size_t> when;
  auto [where, lanes] = place(when);
  result.place = std::move(where);
  reader_.expect("=");
  uint32_t begin = reader_.position();
  NestType type{kernel_.parameters[result.place.parameter].element, lanes};
  result.value = resolve(expression(), type);
  if (kernel_.exprs[result.value].type != type) {
    reader_.fail_at(begin, fmt::format("this is {}; the place takes {}", to_string(kernel_.exprs[result.value].type),
                                       to_string(type)));
  }
  result.place.when = resolve_condition(when, lanes);
  return result;
}

Statement NestParser::assign() {
  Assign result;
  result.target = register_reference();
  reader_.expect("=");
  uint32_t begin = reader_.position();
  const NestType& type = kernel_.registers[result.target.id].type;
  result.value = resolve(expression(), type);
  if (kernel_.exprs[result.value].type != type) {
    reader_.fail_at(begin, fmt::format("this is {}; the register is {}", to_string(kernel_.exprs[result.value].type),
                                       to_string(type)));
  }
  return result;
}

RegisterRef NestParser::register_reference() {
  RegisterRef result;
  uint32_t begin = reader_.position();
  known_name("register", registers_, result.id);
  if (reader_.accept("[")) {
    do result.subscripts.push_back(affine());
    while (reader_.accept(","));
    reader_.expect("]");
  }
  if (result.subscripts.size() != kernel_.registers[result.id].extents.size()) {
    reader_.fail_at(begin, fmt::format("this register has {} subscripts", kernel_.registers[result.id].extents.size()));
  }
  return result;
}

Affine NestParser::affine() {
  Affine result;
  int64_t sign = 1;
  if (reader_.peek() == '-') {
    reader_.expect("-");
    sign = -1;
  }
  affine_term(sign, result);
  while (true) {
    if (reader_.accept("+")) {
      affine_term(1, result);
    } else if (reader_.accept("-")) {
      affine_term(-1, result);
    } else {
      return result;
    }
  }
}

void NestParser::affine_term(int64_t sign, Affine& into) {
  if (into.terms.size() > 64) reader_.fail("there are too many terms");
  Affine::Term term{Affine::Of::loop, 0, sign};
  char c = reader_.peek();
  if (c >= '0' && c <= '9') {
    int64_t number = limited();
    if (!reader_.accept("*")) {
      into.constant += sign * number;
      if (into.constant > kMaxNumber || into.constant < -kMaxNumber) reader_.fail("this sum is too large");
      return;
    }
    term.coefficient *= number;
  }
  if (reader_.accept("@")) {
    term.of = Affine::Of::reg;
    known_name("register", registers_, term.id);
  } else if (reader_.peek() != '"' && reader_.accept("rows")) {
    term.of = Affine::Of::rows;
  } else {
    known_name("loop", loops_, term.id);
  }
  into.terms.push_back(term);
}

std::pair<Place, int> NestParser::place(std::optional<size_t>& when) {
  Place result;
  int lanes = 1;
  uint32_t begin = reader_.position();
  known_name("parameter", parameters_, result.parameter);
  reader_.expect("[");
  const Parameter& of = kernel_.parameters[result.parameter];
  for (size_t axis = 0; axis < of.shape.size(); ++axis) {
    if (axis > 0) reader_.expect(",");
    result.subscripts.push_back(affine());
    if (!reader_.accept(":")) continue;
    lanes = static_cast<int>(small("lanes", 1, 64));
    if (axis + 1 < of.shape.size()) result.lane_axis = static_cast<int>(axis);
    if (reader_.accept("step")) result.lane_stride = limited();
  }
  if (reader_.accept("mask")) result.active = affine();
  if (reader_.accept("when")) when = expression();
  if (!reader_.accept("]")) {
    reader_.fail(fmt::format("expected ']': '{}' has rank {}", of.name, of.shape.size()));
  }
  if (of.shape.empty() && lanes != 1) reader_.fail_at(begin, "a scalar has one lane");
  return {std::move(result), lanes};
}

}  // namespace nnc
