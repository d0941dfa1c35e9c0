#include "ir/nest/nest_compiler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>

#include "ir/nest/nest_ops.h"
#include "ir/nest/nest_text.h"
#include "ir/nest/nest_types.h"
#include "ir/nest/team.h"
#include "ir/scalar/math_program.h"
#include "ir/scalar/scalar_semantics.h"
#include "support/error.h"

namespace nnc {

namespace {

class Compiler {
 public:
  Compiler(const Kernel& kernel, bool fma)
      : kernel_(kernel), fma_(fma), text_(kernel), out_(std::make_unique<CompiledKernel>()) {}

  std::unique_ptr<CompiledKernel> compile() {
    out_->name = kernel_.name;
    out_->shared = is_shared(kernel_);
    out_->loops = kernel_.loops.size();
    for (const Register& reg : kernel_.registers) {
      int64_t count = 1;
      for (int64_t extent : reg.extents) count *= extent;
      registers_.push_back(allocate(reg.type, count));
    }
    lasting_ = used_;
    // Constants are met while compiling; they are placed behind everything else at the end (see `finish`).
    out_->body = block(kernel_.body);
    finish();
    return std::move(out_);
  }

 private:
  uint32_t allocate(NestType type, int64_t count = 1) {
    auto bytes = static_cast<size_t>(byte_size(type.element) * type.lanes * count);
    uint32_t at = used_;
    used_ += static_cast<uint32_t>((bytes + 15) / 16 * 16);
    most_ = std::max(most_, used_);
    return at;
  }

  // Slots of constants are numbered from kConstants until all others are known.
  static constexpr uint32_t kConstants = 0x80000000U;

  uint32_t constant(double number, NestType type) {
    auto bits = std::bit_cast<uint64_t>(number);
    auto [found, added] = constants_.try_emplace({bits, type.element, type.lanes}, constant_bytes_);
    if (added) {
      auto bytes = static_cast<uint32_t>(byte_size(type.element) * type.lanes);
      constant_bytes_ += (bytes + 15) / 16 * 16;
    }
    return kConstants + found->second;
  }

  void write_constant(std::byte* to, double number, NestType type) {
    for (int lane = 0; lane < type.lanes; ++lane) {
      std::byte* at = to + lane * byte_size(type.element);
      auto put = [&](auto value) { std::memcpy(at, &value, sizeof(value)); };
      switch (type.element) {
        case Element::f32: put(static_cast<float>(number)); break;
        case Element::f64: put(number); break;
        case Element::bf16: put(semantics::cast<semantics::Bfloat16>(number)); break;
        case Element::i32: put(static_cast<int32_t>(static_cast<int64_t>(number))); break;
        case Element::u8: put(static_cast<uint8_t>(static_cast<int64_t>(number))); break;
        case Element::boolean: put(number != 0); break;
      }
    }
  }

  void finish() {
    uint32_t base = most_;
    uint32_t lanes_at = base + constant_bytes_;  // 0, 1, 2, …
    out_->values.resize(lanes_at + 64 * sizeof(int32_t));
    for (const auto& [key, at] : constants_) {
      auto [bits, element, lanes] = key;
      write_constant(out_->values.data() + base + at, std::bit_cast<double>(bits), {element, lanes});
    }
    for (int32_t lane = 0; lane < 64; ++lane) {
      std::memcpy(out_->values.data() + lanes_at + static_cast<size_t>(lane) * 4, &lane, 4);
    }
    auto move = [&](uint32_t& slot) {
      if (slot == kLanes)
        slot = lanes_at;
      else if (slot >= kConstants)
        slot = slot - kConstants + base;
    };
    for (CompiledPlace& place : out_->places) move(place.condition);
    move_constants(out_->body, move);
  }

  template <class F>
  void move_constants(std::vector<CompiledItem>& items, const F& move) {
    for (CompiledItem& item : items) {
      if (auto* loop = std::get_if<CompiledLoop>(&item)) {
        move_constants(loop->body, move);
        continue;
      }
      for (NestOp& op : std::get<CompiledRun>(item).ops) {
        move(op.a);
        move(op.b);
        move(op.c);
        move(op.to);
      }
    }
  }

  std::vector<CompiledItem> block(const Block& block) {
    std::vector<CompiledItem> items;
    for (const Statement& statement : block) {
      if (const auto* loop = std::get_if<Loop>(&statement)) {
        items.emplace_back(CompiledLoop{loop->id, loop->begin, loop->end, loop->step, loop->polls, loop->shares,
                                        this->block(loop->body)});
        continue;
      }
      ops_.clear();
      slots_.clear();
      used_ = lasting_;
      if (const auto* assign = std::get_if<Assign>(&statement)) {
        compile_assign(*assign);
      } else {
        compile_store(std::get<Store>(statement));
      }
      auto number = static_cast<uint32_t>(out_->statements.size());
      out_->statements.push_back(text_.statement(statement, ""));
      items.emplace_back(CompiledRun{ops_, number});
    }
    return items;
  }

  NestOp& emit(NestFunction run, uint32_t to, int lanes) {
    NNC_ASSERT(run != nullptr, fmt::format("kernel '{}' has an operation without a meaning", kernel_.name));
    NestOp op;
    op.run = run;
    op.to = to;
    op.lanes = lanes;
    op.kernel = out_.get();
    ops_.push_back(op);
    return ops_.back();
  }

  CompiledAffine affine(const Affine& affine) const {
    CompiledAffine result{affine.constant, {}};
    for (const Affine::Term& term : affine.terms) {
      result.terms.push_back({term.of, term.of == Affine::Of::reg ? registers_[term.id] : term.id, term.coefficient});
    }
    return result;
  }

  uint32_t subscripts(const RegisterRef& reg) {
    std::vector<CompiledAffine> list;
    for (const Affine& subscript : reg.subscripts) list.push_back(affine(subscript));
    out_->subscripts.push_back(std::move(list));
    out_->extents.push_back(kernel_.registers[reg.id].extents);
    return static_cast<uint32_t>(out_->subscripts.size() - 1);
  }

  uint32_t place(const Place& place, int lanes) {
    const Parameter& parameter = kernel_.parameters[place.parameter];
    CompiledPlace result;
    result.parameter = place.parameter;
    result.width = static_cast<int>(byte_size(parameter.element));
    result.boolean = parameter.element == Element::boolean;
    bool by_lane = false;
    for (size_t axis = 0; axis < place.subscripts.size(); ++axis) {
      CompiledPlace::Axis compiled;
      const Dim& dim = parameter.shape[axis];
      compiled.extent = dim.constant() ? dim.count : -1;
      compiled.per_row = dim.symbol == Symbol::rows ? dim.count : 0;
      compiled.stride = parameter.strides[axis];
      compiled.subscript = affine(place.subscripts[axis]);
      auto is_vector = [&](const CompiledAffine::Term& term) {
        return term.of == Affine::Of::reg && vector_slot(term.at);
      };
      for (const CompiledAffine::Term& term : compiled.subscript.terms) {
        if (is_vector(term)) compiled.by_lane.push_back(term);
      }
      std::erase_if(compiled.subscript.terms, is_vector);
      by_lane = by_lane || !compiled.by_lane.empty();
      result.axes.push_back(std::move(compiled));
    }
    int rank = static_cast<int>(place.subscripts.size());
    if (lanes > 1 && !by_lane) {  // lanes that come with their own index do not move besides
      result.lane_axis = place.lane_axis < 0 ? rank - 1 : place.lane_axis;
      result.lane_stride = place.lane_stride;
    }
    if (place.active) {
      result.has_active = true;
      result.active = affine(*place.active);
    }
    if (place.when) {
      result.has_condition = true;
      result.condition = slots_.at(*place.when);
      result.condition_by_lane = kernel_.exprs[*place.when].type.lanes > 1;
    }
    out_->places.push_back(std::move(result));
    return static_cast<uint32_t>(out_->places.size() - 1);
  }

  bool vector_slot(uint32_t slot) const {
    for (size_t i = 0; i < registers_.size(); ++i) {
      if (registers_[i] == slot) return kernel_.registers[i].type.lanes > 1;
    }
    return false;
  }

  void compile_assign(const Assign& assign) {
    evaluate({assign.value});
    const Register& reg = kernel_.registers[assign.target.id];
    auto bytes = static_cast<uint32_t>(byte_size(reg.type.element) * reg.type.lanes);
    uint32_t value = slots_.at(assign.value);
    if (reg.extents.empty()) {
      NestOp& op = emit(copy_operation(), registers_[assign.target.id], 1);
      op.a = value;
      op.extra = bytes;
      return;
    }
    uint32_t where = subscripts(assign.target);
    NestOp& op = emit(write_array_operation(), value, 1);
    op.a = registers_[assign.target.id];
    op.b = where;
    op.extra = bytes;
  }

  void compile_store(const Store& store) {
    std::vector<ExprId> roots{store.value};
    if (store.place.when) roots.push_back(*store.place.when);
    evaluate(roots);
    int lanes = kernel_.exprs[store.value].type.lanes;
    uint32_t where = place(store.place, lanes);
    NestOp& op = emit(store_operation(), 0, lanes);
    op.a = slots_.at(store.value);
    op.extra = where;
  }

  /// Operations for what the roots need, operands first; fills slots_.
  void evaluate(const std::vector<ExprId>& roots) {
    std::vector<ExprId> pending(roots), needed;
    while (!pending.empty()) {
      ExprId id = pending.back();
      pending.pop_back();
      if (!slots_.try_emplace(id, 0).second) continue;
      needed.push_back(id);
      const Expr& e = kernel_.exprs[id];
      pending.insert(pending.end(), e.operands.begin(), e.operands.end());
      if (e.kind == ExprKind::load && e.place.when) pending.push_back(*e.place.when);
    }
    std::sort(needed.begin(), needed.end());
    for (ExprId id : needed) slots_[id] = compute(kernel_.exprs[id]);
  }

  uint32_t compute(const Expr& e) {
    auto operand = [&](size_t i) { return slots_.at(e.operands[i]); };
    switch (e.kind) {
      case ExprKind::constant: return constant(e.number, e.type);
      case ExprKind::lane: return kLanes;
      case ExprKind::bitcast: return operand(0);
      case ExprKind::read: return read(e);
      case ExprKind::tree: return tree(e);
      case ExprKind::apply: return apply(e);
      default: break;
    }
    uint32_t to = allocate(e.type);
    if (e.kind == ExprKind::index) {
      out_->affines.push_back(affine(e.affine));
      emit(index_operation(), to, e.type.lanes).extra = static_cast<uint32_t>(out_->affines.size() - 1);
    } else if (e.kind == ExprKind::load) {
      uint32_t where = place(e.place, e.type.lanes);
      emit(load_operation(), to, e.type.lanes).extra = where;
    } else if (e.kind == ExprKind::splat) {
      emit(splat_operation(e.type.element), to, e.type.lanes).a = operand(0);
    } else {
      Element from = kernel_.exprs[e.operands[0]].type.element;
      emit(cast_operation(from, e.type.element), to, e.type.lanes).a = operand(0);
    }
    return to;
  }

  uint32_t read(const Expr& e) {
    uint32_t base = registers_[e.reg.id];
    if (e.reg.subscripts.empty()) return base;
    uint32_t to = allocate(e.type);
    uint32_t where = subscripts(e.reg);
    NestOp& op = emit(read_array_operation(), to, 1);
    op.a = base;
    op.b = where;
    op.extra = static_cast<uint32_t>(byte_size(e.type.element) * e.type.lanes);
    return to;
  }

  uint32_t tree(const Expr& e) {
    int lanes = kernel_.exprs[e.operands[0]].type.lanes;
    uint32_t from = slots_.at(e.operands[0]);
    if (lanes == 1) return from;
    uint32_t to = allocate({e.type.element, lanes});
    auto width = static_cast<uint32_t>(byte_size(e.type.element));
    for (int half = lanes / 2; half >= 1; half /= 2) {
      NestOp& op = emit(apply_operation(e.function, e.type.element), to, half);
      op.a = from;
      op.b = from + static_cast<uint32_t>(half) * width;
      from = to;
    }
    return to;
  }

  uint32_t apply_one(Scalar function, Element operands, NestType type, const std::vector<uint32_t>& slots) {
    uint32_t to = allocate(type);
    bool select = function == Scalar::select;
    NestOp& op = emit(select ? select_operation(type.element) : apply_operation(function, operands), to, type.lanes);
    op.a = slots[0];
    op.b = slots.size() > 1 ? slots[1] : slots[0];
    op.c = slots.size() > 2 ? slots[2] : slots[0];
    return to;
  }

  uint32_t apply(const Expr& e) {
    std::vector<uint32_t> slots;
    for (ExprId operand : e.operands) slots.push_back(slots_.at(operand));
    if (!info(e.function).is_math) {
      return apply_one(e.function, kernel_.exprs[e.operands.back()].type.element, e.type, slots);
    }
    auto [found, added] = programs_.try_emplace({e.function, e.type.element});
    if (added) found->second = math_program(e.function, e.type.element, fma_);
    const MathProgram& program = found->second;
    std::vector<uint32_t> values;
    using Kind = MathStep::Kind;
    for (const MathStep& step : program.steps) {
      NestType type{step.element, e.type.lanes};
      std::vector<uint32_t> operands;
      for (MathStepId operand : step.operands) operands.push_back(values[operand]);
      auto element_of_last = [&] { return program.steps[step.operands.back()].element; };
      if (step.kind == Kind::operand) {
        values.push_back(slots[static_cast<size_t>(step.number)]);
      } else if (step.kind == Kind::constant) {
        values.push_back(constant(step.number, type));
      } else if (step.kind == Kind::cast) {
        uint32_t to = allocate(type);
        emit(cast_operation(element_of_last(), type.element), to, type.lanes).a = operands[0];
        values.push_back(to);
      } else {
        values.push_back(apply_one(step.function, element_of_last(), type, operands));
      }
    }
    return values[program.result];
  }

  static constexpr uint32_t kLanes = UINT32_MAX;  ///< stands for the slot with 0, 1, 2, …

  const Kernel& kernel_;
  bool fma_;
  NestText text_;
  std::unique_ptr<CompiledKernel> out_;
  std::vector<uint32_t> registers_;
  uint32_t used_ = 0, most_ = 0, lasting_ = 0, constant_bytes_ = 0;
  std::map<std::tuple<uint64_t, Element, int>, uint32_t> constants_;
  std::map<std::pair<Scalar, Element>, MathProgram> programs_;
  std::vector<NestOp> ops_;
  std::map<ExprId, uint32_t> slots_;
};

}  // namespace

std::unique_ptr<CompiledKernel> compile_for_interpreter(const Kernel& kernel, bool fma) {
  return Compiler(kernel, fma).compile();
}

}  // namespace nnc
