// Loads and stores. An address is a chain: base + the constant stride times each loop's variable, outermost first, each
// link made once in its loop and shared by all who need it; then what is known only here; then the constant. So strides
// are reduced here already, and LLVM's own pass for it (a third of its time on such code) does not run.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>

#include "codegen/emit_kernel.h"
#include "support/error.h"
#include "support/fault.h"

namespace nnc {

llvm::Value* KernelEmitter::chain(ParameterId parameter, const std::map<LoopId, int64_t>& by_loop) {
  llvm::Value* pointer = function_->getArg(parameter);
  std::vector<int64_t> key{static_cast<int64_t>(parameter)};
  for (Frame& frame : frames_) {
    if (frame.value == nullptr || llvm::isa<llvm::ConstantInt>(frame.value)) continue;
    auto found = by_loop.find(frame.id);
    if (found == by_loop.end() || found->second == 0) continue;
    key.push_back(static_cast<int64_t>(frame.id));
    key.push_back(found->second);
    llvm::Value*& known_link = frame.addresses[key];
    if (known_link == nullptr) known_link = link(frame, pointer, found->second);
    pointer = known_link;
  }
  return pointer;
}

/// A stride that an addressing mode scales by is left to it; any other makes a pointer that the loop moves.
llvm::Value* KernelEmitter::link(Frame& frame, llvm::Value* outer, int64_t bytes) {
  llvm::IRBuilder<>::InsertPointGuard guard(builder_);
  if (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8) {
    builder_.SetInsertPoint(frame.body, frame.body->getFirstInsertionPt());
    llvm::Value* scaled = frame.value;
    if (bytes != 1) {
      scaled = builder_.CreateMul(frame.value, builder_.getInt64(static_cast<uint64_t>(bytes)));
      builder_.SetInsertPoint(frame.body, std::next(llvm::cast<llvm::Instruction>(scaled)->getIterator()));
    }
    return builder_.CreateGEP(builder_.getInt8Ty(), outer, scaled);
  }
  builder_.SetInsertPoint(frame.before->getTerminator());
  llvm::Value* first = outer;
  auto* constant = llvm::dyn_cast<llvm::ConstantInt>(frame.begin);
  if (constant == nullptr || !constant->isZero()) {
    llvm::Value* moved = builder_.CreateMul(frame.begin, builder_.getInt64(static_cast<uint64_t>(bytes)));
    first = builder_.CreateGEP(builder_.getInt8Ty(), outer, moved);
  }
  builder_.SetInsertPoint(frame.body, frame.body->begin());
  llvm::PHINode* phi = builder_.CreatePHI(builder_.getPtrTy(), 2);
  phi->addIncoming(first, frame.before);
  frame.moving.push_back({phi, bytes * frame.step});
  return phi;
}

llvm::Value* KernelEmitter::offset(llvm::Value* pointer, int64_t bytes) {
  if (bytes == 0) return pointer;
  refresh_caches();
  llvm::Value*& cached = pointers_[{pointer, bytes}];
  if (cached == nullptr)
    cached = builder_.CreateGEP(builder_.getInt8Ty(), pointer, builder_.getInt64(static_cast<uint64_t>(bytes)));
  return cached;
}

llvm::Value* KernelEmitter::address(const Place& place) {
  const Parameter& parameter = kernel_.parameters[place.parameter];
  int64_t width = byte_size(parameter.element), constant = 0;
  std::map<LoopId, int64_t> by_loop;
  std::vector<std::pair<llvm::Value*, int64_t>> here;  // values known only here, with their strides in bytes
  for (size_t axis = 0; axis < place.subscripts.size(); ++axis) {
    int64_t stride = parameter.strides[axis] * width;
    constant += place.subscripts[axis].constant * stride;
    for (const Affine::Term& term : place.subscripts[axis].terms) {
      int64_t bytes = term.coefficient * stride;
      if (term.of == Affine::Of::loop) {
        std::optional<int64_t> turn = known(Affine::loop(term.id));
        if (turn) constant += *turn * bytes;
        if (!turn) by_loop[term.id] += bytes;
      } else if (!is_by_lane(term)) {
        Affine alone{0, {{term.of, term.id, 1}}};
        here.emplace_back(affine(alone), bytes);
      }
    }
  }
  llvm::Value* pointer = chain(place.parameter, by_loop);
  for (auto [value, bytes] : here) {
    llvm::Value* offset = builder_.CreateMul(value, builder_.getInt64(static_cast<uint64_t>(bytes)));
    pointer = builder_.CreateGEP(builder_.getInt8Ty(), pointer, offset);
  }
  return offset(pointer, constant);
}

int64_t KernelEmitter::lane_bytes(const Place& place) const {
  const Parameter& parameter = kernel_.parameters[place.parameter];
  if (parameter.strides.empty()) return 0;
  size_t axis = place.lane_axis < 0 ? parameter.strides.size() - 1 : static_cast<size_t>(place.lane_axis);
  return parameter.strides[axis] * place.lane_stride * byte_size(parameter.element);
}

/// Address of one lane where lanes are not neighbours: a stride, or an index a lane in vector registers.
llvm::Value* KernelEmitter::lane_address(const Place& place, llvm::Value* first, int lane) {
  const Parameter& parameter = kernel_.parameters[place.parameter];
  llvm::Value* pointer = first;
  bool by_register = false;
  for (size_t axis = 0; axis < place.subscripts.size(); ++axis) {
    for (const Affine::Term& term : place.subscripts[axis].terms) {
      if (!is_by_lane(term)) continue;
      by_register = true;
      llvm::Value* index = builder_.CreateExtractElement(registers_[term.id][0], static_cast<uint64_t>(lane));
      int64_t bytes = term.coefficient * parameter.strides[axis] * byte_size(parameter.element);
      llvm::Value* offset = builder_.CreateMul(builder_.CreateSExt(index, builder_.getInt64Ty()),
                                               builder_.getInt64(static_cast<uint64_t>(bytes)));
      pointer = builder_.CreateGEP(builder_.getInt8Ty(), pointer, offset);
    }
  }
  int64_t bytes = lane * lane_bytes(place);
  return by_register ? pointer : offset(pointer, bytes);
}

llvm::Value* KernelEmitter::mask(const Place& place, int lanes) {
  llvm::Value* result = nullptr;
  if (place.active && !fault(Fault::unmasked_tail)) {
    std::optional<int64_t> active = known(*place.active);
    if (!active || *active < lanes) {
      NestType type{Element::i32, lanes};
      llvm::Value* count = active ? scalars_.constant(static_cast<double>(std::max<int64_t>(*active, 0)), type)
                                  : splat(builder_.CreateTrunc(affine(*place.active), builder_.getInt32Ty()), lanes);
      Expr lane;
      lane.kind = ExprKind::lane;
      lane.type = type;
      llvm::Value* numbers = lanes == 1 ? scalars_.constant(0, type) : compute(lane);
      result = builder_.CreateICmpSLT(numbers, count);
    }
  }
  if (place.when) {
    llvm::Value* when = expr(*place.when);
    if (kernel_.exprs[*place.when].type.lanes < lanes) when = splat(when, lanes);
    result = result == nullptr ? when : builder_.CreateAnd(result, when);
  }
  return result;
}

llvm::Type* KernelEmitter::memory_type(NestType type) {
  if (type.element != Element::boolean) return scalars_.type_of(type);
  return scalars_.type_of({Element::u8, type.lanes});
}

llvm::Value* KernelEmitter::from_memory(llvm::Value* value, NestType type) {
  return type.element == Element::boolean ? builder_.CreateICmpNE(value, scalars_.like(value, 0)) : value;
}

llvm::Value* KernelEmitter::to_memory(llvm::Value* value, NestType type) {
  return type.element == Element::boolean ? builder_.CreateZExt(value, memory_type(type)) : value;
}

llvm::Value* KernelEmitter::load_once(llvm::Type* type, llvm::Value* pointer, llvm::Align align) {
  refresh_caches();
  llvm::Value*& cached = loaded_[{pointer, type}];
  if (cached == nullptr) cached = builder_.CreateAlignedLoad(type, pointer, align);
  return cached;
}

llvm::Value* KernelEmitter::load(const Place& place, NestType type) {
  const Parameter& parameter = kernel_.parameters[place.parameter];
  llvm::Align align(static_cast<uint64_t>(byte_size(parameter.element)));
  llvm::Value* pointer = address(place);
  llvm::Value* mask_value = mask(place, type.lanes);
  bool by_register = is_by_lane(place);
  llvm::Type* memory = memory_type(type);
  if (type.lanes > 1 && !by_register && lane_bytes(place) == byte_size(parameter.element)) {
    llvm::Value* value = mask_value == nullptr ? load_once(memory, pointer, align)
                                               : builder_.CreateMaskedLoad(memory, pointer, align, mask_value,
                                                                           llvm::Constant::getNullValue(memory));
    return from_memory(value, type);
  }
  // Lane by lane. Where a lane is masked the address becomes the parameter's base, which is always readable.
  llvm::Type* scalar = memory->getScalarType();
  llvm::Value* zero = llvm::Constant::getNullValue(scalar);
  llvm::Value* result = type.lanes == 1 ? nullptr : llvm::Constant::getNullValue(memory);
  for (int lane = 0; lane < type.lanes; ++lane) {
    llvm::Value* at = lane_address(place, pointer, lane);
    llvm::Value* on = mask_value;
    if (on != nullptr && type.lanes > 1) on = builder_.CreateExtractElement(on, static_cast<uint64_t>(lane));
    if (on != nullptr) at = builder_.CreateSelect(on, at, function_->getArg(place.parameter));
    llvm::Value* value = load_once(scalar, at, align);
    if (on != nullptr) value = builder_.CreateSelect(on, value, zero);
    result = type.lanes == 1 ? value : builder_.CreateInsertElement(result, value, static_cast<uint64_t>(lane));
  }
  return from_memory(result, type);
}

/// The first lanes as plain stores of 8, 4, 2 and 1: a masked store without mask registers costs several times as much.
void KernelEmitter::store_prefix(llvm::Value* value, llvm::Value* pointer, int64_t active, llvm::Align align) {
  int64_t width = static_cast<int64_t>(align.value());
  for (int64_t lane = 0; lane < active;) {
    auto count = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(active - lane)));
    std::vector<int> lanes(static_cast<size_t>(count));
    std::iota(lanes.begin(), lanes.end(), static_cast<int>(lane));
    llvm::Value* part = count == 1 ? builder_.CreateExtractElement(value, static_cast<uint64_t>(lane))
                                   : builder_.CreateShuffleVector(value, lanes);
    builder_.CreateAlignedStore(part, offset(pointer, lane * width), align);
    lane += count;
  }
}

void KernelEmitter::store(const Place& place, llvm::Value* value, NestType type) {
  const Parameter& parameter = kernel_.parameters[place.parameter];
  llvm::Align align(static_cast<uint64_t>(byte_size(parameter.element)));
  llvm::Value* pointer = address(place);
  llvm::Value* mask_value = mask(place, type.lanes);
  value = to_memory(value, type);
  refresh_caches();
  loaded_.clear();
  bool by_register = is_by_lane(place);
  if (type.lanes > 1 && !by_register && lane_bytes(place) == byte_size(parameter.element)) {
    std::optional<int64_t> active = place.active && !place.when ? known(*place.active) : std::nullopt;
    if (mask_value == nullptr) {
      builder_.CreateAlignedStore(value, pointer, align);
    } else if (active && !target_has_masks_) {
      store_prefix(value, pointer, *active, align);
    } else {
      builder_.CreateMaskedStore(value, pointer, align, mask_value);
    }
    return;
  }
  for (int lane = 0; lane < type.lanes; ++lane) {
    auto number = static_cast<uint64_t>(lane);
    llvm::Value* at = lane_address(place, pointer, lane);
    llvm::Value* element = type.lanes == 1 ? value : builder_.CreateExtractElement(value, number);
    llvm::Value* on = mask_value;
    if (on != nullptr && type.lanes > 1) on = builder_.CreateExtractElement(on, number);
    if (on == nullptr) {
      builder_.CreateAlignedStore(element, at, align);
      continue;
    }
    auto* write = llvm::BasicBlock::Create(context_, "write", function_);
    auto* after = llvm::BasicBlock::Create(context_, "written", function_);
    builder_.CreateCondBr(on, write, after);
    builder_.SetInsertPoint(write);
    builder_.CreateAlignedStore(element, at, align);
    builder_.CreateBr(after);
    builder_.SetInsertPoint(after);
  }
}

}  // namespace nnc
