#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <set>

#include "ir/nest/nest_check.h"
#include "ir/nest/nest_text.h"
#include "ir/nest/nest_types.h"
#include "support/error.h"

namespace nnc {

void nest_fault(const NestPosition& where, const std::string& what) {
  const Kernel& kernel = *where.kernel;
  std::string message = fmt::format("kernel '{}': {}", kernel.name, what);
  if (where.block == nullptr) internal_error(message);
  try {
    NestText text(kernel);
    std::string indent = "  ";
    for (const Loop* loop : where.loops) {
      message += "\n" + indent + text.loop(*loop) + " {";
      indent += "  ";
    }
    size_t first = where.index < 5 ? 0 : where.index - 5;
    for (size_t i = first; i < std::min(where.block->size(), first + 10); ++i) {
      const Statement& statement = (*where.block)[i];
      const auto* loop = std::get_if<Loop>(&statement);
      std::string line = loop != nullptr ? indent + text.loop(*loop) + " { … }" : text.statement(statement, indent);
      if (i == where.index) line[0] = '>';
      while (!line.empty() && line.back() == '\n') line.pop_back();
      message += "\n" + line;
    }
  } catch (const std::exception&) {
    message += "\n  (the statements cannot be printed)";
  }
  internal_error(message);
}

std::vector<ExprId> exprs_of(const Kernel& kernel, const Statement& statement) {
  std::vector<ExprId> pending, result;
  if (const auto* assign = std::get_if<Assign>(&statement)) pending.push_back(assign->value);
  if (const auto* store = std::get_if<Store>(&statement)) {
    pending.push_back(store->value);
    if (store->place.when) pending.push_back(*store->place.when);
  }
  std::set<ExprId> seen;
  while (!pending.empty()) {
    ExprId id = pending.back();
    pending.pop_back();
    if (!seen.insert(id).second) continue;
    const Expr& e = kernel.exprs[id];
    pending.insert(pending.end(), e.operands.begin(), e.operands.end());
    if (e.kind == ExprKind::load && e.place.when) pending.push_back(*e.place.when);
  }
  return {seen.begin(), seen.end()};
}

namespace {

bool lanes_fit(int lanes) { return lanes >= 1 && lanes <= 64 && std::has_single_bit(static_cast<unsigned>(lanes)); }

class StructureCheck {
 public:
  explicit StructureCheck(const Kernel& kernel) : kernel_(kernel) { position_.kernel = &kernel; }

  void run() {
    check_names();
    for (const Parameter& parameter : kernel_.parameters) {
      require(parameter.shape.size() == parameter.strides.size() && parameter.shape.size() <= kMaxRank,
              fmt::format("parameter '{}' needs one stride an axis", parameter.name));
    }
    for (const Register& reg : kernel_.registers) {
      int64_t count = 1;
      for (int64_t extent : reg.extents) {
        require(extent >= 1 && extent <= 4096, fmt::format("register '{}' has an extent of {}", reg.name, extent));
        count *= extent;
        require(count <= 4096, fmt::format("register '{}' has too many elements", reg.name));
      }
      require(lanes_fit(reg.type.lanes), fmt::format("register '{}' has {} lanes", reg.name, reg.type.lanes));
    }
    for (ExprId id = 0; id < kernel_.exprs.size(); ++id) check_expr(id);
    loop_seen_.assign(kernel_.loops.size(), false);
    visit_statements(position_, kernel_.body, [&](const NestPosition&) { check_statement(); });
  }

 private:
  void require(bool holds, const std::string& what) {
    if (!holds) nest_fault(position_, what);
  }

  void check_names() {
    auto unique = [&](const std::vector<std::string>& names, const char* what) {
      std::set<std::string> seen;
      for (const std::string& name : names) {
        require(!name.empty() && seen.insert(name).second, fmt::format("{} are called '{}'", what, name));
      }
    };
    std::vector<std::string> parameters, registers;
    for (const Parameter& parameter : kernel_.parameters) parameters.push_back(parameter.name);
    for (const Register& reg : kernel_.registers) registers.push_back(reg.name);
    unique(parameters, "two parameters");
    unique(registers, "two registers");
    unique(kernel_.loops, "two loops");
  }

  void check_affine(const Affine& affine) {
    require(affine.terms.size() <= 64, "an affine value has too many terms");
    for (const Affine::Term& term : affine.terms) {
      if (term.of == Affine::Of::loop) require(term.id < kernel_.loops.size(), "an affine value names no loop");
      if (term.of != Affine::Of::reg) continue;
      require(term.id < kernel_.registers.size(), "an affine value names no register");
      const Register& reg = kernel_.registers[term.id];
      require(reg.type.element == Element::i32 && reg.extents.empty(),
              fmt::format("register '{}' is no index: it must be an i32 without extents", reg.name));
    }
  }

  void check_place(const Place& place, NestType type, ExprId before) {
    require(place.parameter < kernel_.parameters.size(), "a place names no parameter");
    const Parameter& parameter = kernel_.parameters[place.parameter];
    auto rank = static_cast<int>(parameter.shape.size());
    require(static_cast<int>(place.subscripts.size()) == rank,
            fmt::format("'{}' has rank {}, not {}", parameter.name, rank, place.subscripts.size()));
    require(place.lane_axis >= -1 && place.lane_axis < std::max(rank, 1), "the lane axis is no axis");
    require(type.lanes == 1 || rank > 0, fmt::format("'{}' is a scalar and has one lane", parameter.name));
    require(type.element == parameter.element,
            fmt::format("'{}' holds {}, not {}", parameter.name, spelling(parameter.element), to_string(type)));
    for (const Affine& subscript : place.subscripts) {
      check_affine(subscript);
      for (const Affine::Term& term : subscript.terms) {
        if (term.of != Affine::Of::reg) continue;
        int lanes = kernel_.registers[term.id].type.lanes;
        require(lanes == 1 || lanes == type.lanes,
                fmt::format("'{}' is indexed by {} lanes for {}", parameter.name, lanes, type.lanes));
      }
    }
    if (place.active) check_affine(*place.active);
    if (!place.when) return;
    require(*place.when < before, "a condition comes after its use");
    const NestType& when = kernel_.exprs[*place.when].type;
    require(when.element == Element::boolean && (when.lanes == 1 || when.lanes == type.lanes),
            fmt::format("a condition is a bool, one or one a lane, not {}", to_string(when)));
  }

  void check_reference(const RegisterRef& reg) {
    require(reg.id < kernel_.registers.size(), "a reference names no register");
    const Register& declared = kernel_.registers[reg.id];
    require(reg.subscripts.size() == declared.extents.size(),
            fmt::format("register '{}' has {} subscripts, not {}", declared.name, declared.extents.size(),
                        reg.subscripts.size()));
    for (const Affine& subscript : reg.subscripts) check_affine(subscript);
  }

  void check_expr(ExprId id) {
    const Expr& e = kernel_.exprs[id];
    require(lanes_fit(e.type.lanes), fmt::format("an expression has {} lanes", e.type.lanes));
    std::vector<NestType> types;
    for (ExprId operand : e.operands) {
      require(operand < id, "an operand comes after its use");
      types.push_back(kernel_.exprs[operand].type);
    }
    bool unary = e.kind == ExprKind::splat || e.kind == ExprKind::cast || e.kind == ExprKind::bitcast ||
                 e.kind == ExprKind::tree;
    if (e.kind != ExprKind::apply)
      require(types.size() == (unary ? 1U : 0U), "an expression has a wrong number of operands");
    NestType want = e.type;
    switch (e.kind) {
      case ExprKind::constant: break;
      case ExprKind::index: check_affine(e.affine); [[fallthrough]];
      case ExprKind::lane: want.element = Element::i32; break;
      case ExprKind::read:
        check_reference(e.reg);
        want = kernel_.registers[e.reg.id].type;
        break;
      case ExprKind::load: check_place(e.place, e.type, id); break;
      case ExprKind::splat:
        require(types[0].lanes == 1, "only a scalar is splat");
        want.element = types[0].element;
        break;
      case ExprKind::cast: want.lanes = types[0].lanes; break;
      case ExprKind::bitcast:
        want.lanes = types[0].lanes;
        require(byte_size(e.type.element) == byte_size(types[0].element), "a bitcast keeps the size");
        break;
      case ExprKind::tree: check_tree(e, types[0]); return;
      case ExprKind::apply: {
        auto result = applied_type(e.function, types);
        if (const std::string* wrong = std::get_if<std::string>(&result)) nest_fault(position_, *wrong);
        want = std::get<NestType>(result);
        break;
      }
    }
    require(want == e.type, fmt::format("an expression is called {} and is {}", to_string(e.type), to_string(want)));
  }

  void check_tree(const Expr& e, NestType operand) {
    bool combines = e.function == Scalar::add || e.function == Scalar::minimum || e.function == Scalar::maximum;
    bool numeric =
        operand.element == Element::f32 || operand.element == Element::f64 || operand.element == Element::i32;
    require(combines && numeric, "a tree adds, or takes the minimum or maximum");
    require(e.type == NestType{operand.element, 1}, "a tree gives a scalar");
  }

  void check_scope(const Affine& affine, bool constant) {
    for (const Affine::Term& term : affine.terms) {
      if (constant) require(term.of == Affine::Of::loop, "a register array is indexed by unrolled loops alone");
      if (term.of != Affine::Of::loop) continue;
      const Loop* found = nullptr;
      for (const Loop* loop : position_.loops) found = loop->id == term.id ? loop : found;
      require(found != nullptr, fmt::format("loop '{}' is named outside it", kernel_.loops[term.id]));
      if (constant) {
        require(found->kind == LoopKind::unrolled,
                fmt::format("a register array is indexed by '{}', which is not unrolled", kernel_.loops[term.id]));
      }
    }
  }

  void check_place_scope(const Place& place) {
    for (const Affine& subscript : place.subscripts) check_scope(subscript, false);
    if (!place.active) return;
    check_scope(*place.active, false);
    for (const Affine::Term& term : place.active->terms) {
      require(term.of != Affine::Of::reg || kernel_.registers[term.id].type.lanes == 1, "a mask counts lanes once");
    }
  }

  void check_loop(const Loop& loop) {
    require(loop.id < kernel_.loops.size() && !loop_seen_[loop.id], "a loop is unknown or stands twice");
    loop_seen_[loop.id] = true;
    require(loop.step >= 1 && loop.begin.multiple >= 1 && loop.end.multiple >= 1, "a loop's step is not positive");
    require(position_.loops.size() < 64, "loops are nested too deeply");
    require(loop.polls >= 0 && (loop.polls == 0 || loop.kind == LoopKind::serial), "only a serial loop polls");
    if (loop.kind != LoopKind::unrolled) return;
    require(loop.begin.per_row == 0 && loop.end.per_row == 0, "an unrolled loop has constant bounds");
    require((loop.end.at(0) - loop.begin.at(0)) / loop.step <= 4096, "an unrolled loop has too many turns");
  }

  void check_statement() {
    const Statement& statement = (*position_.block)[position_.index];
    if (const auto* loop = std::get_if<Loop>(&statement)) return check_loop(*loop);
    auto count = static_cast<ExprId>(kernel_.exprs.size());
    if (const auto* assign = std::get_if<Assign>(&statement)) {
      require(assign->value < count, "a statement names no expression");
      check_reference(assign->target);
      for (const Affine& subscript : assign->target.subscripts) check_scope(subscript, true);
      const Register& reg = kernel_.registers[assign->target.id];
      const NestType& type = kernel_.exprs[assign->value].type;
      require(reg.type == type,
              fmt::format("register '{}' is {}, not {}", reg.name, to_string(reg.type), to_string(type)));
    } else {
      const auto& store = std::get<Store>(statement);
      require(store.value < count, "a statement names no expression");
      check_place(store.place, kernel_.exprs[store.value].type, count);
      check_place_scope(store.place);
      require(kernel_.parameters[store.place.parameter].written, "a store to a parameter that is not 'out'");
    }
    for (ExprId id : exprs_of(kernel_, statement)) {
      const Expr& e = kernel_.exprs[id];
      if (e.kind == ExprKind::index) check_scope(e.affine, false);
      if (e.kind == ExprKind::load) check_place_scope(e.place);
      if (e.kind == ExprKind::load) {
        require(kernel_.parameters[e.place.parameter].read, "a load from a parameter that is not 'in'");
      }
      for (const Affine& subscript : e.reg.subscripts) {
        if (e.kind == ExprKind::read) check_scope(subscript, true);
      }
    }
  }

  const Kernel& kernel_;
  NestPosition position_;
  std::vector<bool> loop_seen_;
};

}  // namespace

void check_structure(const Kernel& kernel) { StructureCheck(kernel).run(); }

}  // namespace nnc
