#include "ir/nest/nest_ops.h"

#include <array>
#include <cstring>
#include <utility>

#include "ir/scalar/scalar_semantics.h"

namespace nnc {

namespace {

template <class T>
T* slot(NestFrame& frame, uint32_t at) {
  return reinterpret_cast<T*>(frame.values + at);
}

template <Scalar F, class T>
void run_apply(NestFrame& frame, const NestOp& op) {
  const T* a = slot<T>(frame, op.a);
  const T* b = slot<T>(frame, op.b);
  const T* c = slot<T>(frame, op.c);
  auto* to = slot<decltype(semantics::evaluate<F, T>(T(), T(), T()))>(frame, op.to);
  for (int lane = 0; lane < op.lanes; ++lane) to[lane] = semantics::evaluate<F, T>(a[lane], b[lane], c[lane]);
}

#if defined(__x86_64__) && defined(__GNUC__)
// The C library's fma is a call; where the machine has the instruction it is used instead, with the same result.
template <class T>
__attribute__((target("fma"))) void run_machine_fma(NestFrame& frame, const NestOp& op) {
  const T* a = slot<T>(frame, op.a);
  const T* b = slot<T>(frame, op.b);
  const T* c = slot<T>(frame, op.c);
  T* to = slot<T>(frame, op.to);
  for (int lane = 0; lane < op.lanes; ++lane) {
    if constexpr (sizeof(T) == 4) to[lane] = __builtin_fmaf(a[lane], b[lane], c[lane]);
    if constexpr (sizeof(T) == 8) to[lane] = __builtin_fma(a[lane], b[lane], c[lane]);
  }
}
#endif

template <class T>
NestFunction fma_operation() {
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_supports("fma")) return run_machine_fma<T>;
#endif
  return run_apply<Scalar::fused_multiply_add, T>;
}

constexpr size_t kScalarCount = static_cast<size_t>(Scalar::mantissa) + 1;

template <class T, size_t... I>
constexpr std::array<NestFunction, kScalarCount> apply_table(std::index_sequence<I...>) {
  auto entry = []<size_t N>(std::integral_constant<size_t, N>) -> NestFunction {
    constexpr auto function = static_cast<Scalar>(N);
    if constexpr (semantics::defined<function, T>()) return run_apply<function, T>;
    return nullptr;
  };
  return {entry(std::integral_constant<size_t, I>())...};
}
template <class T>
constexpr std::array<NestFunction, kScalarCount> kApply = apply_table<T>(std::make_index_sequence<kScalarCount>());

template <class To, class From>
void run_cast(NestFrame& frame, const NestOp& op) {
  const From* a = slot<From>(frame, op.a);
  To* to = slot<To>(frame, op.to);
  for (int lane = 0; lane < op.lanes; ++lane) to[lane] = semantics::cast<To, From>(a[lane]);
}

template <class To>
NestFunction cast_to(Element from) {
  switch (from) {
    case Element::f32: return run_cast<To, float>;
    case Element::f64: return run_cast<To, double>;
    case Element::bf16: return run_cast<To, semantics::Bfloat16>;
    case Element::i32: return run_cast<To, int32_t>;
    case Element::u8: return run_cast<To, uint8_t>;
    case Element::boolean: return run_cast<To, bool>;
  }
  return nullptr;
}

template <class T>
void run_select(NestFrame& frame, const NestOp& op) {
  const bool* condition = slot<bool>(frame, op.a);
  const T* yes = slot<T>(frame, op.b);
  const T* no = slot<T>(frame, op.c);
  T* to = slot<T>(frame, op.to);
  for (int lane = 0; lane < op.lanes; ++lane) to[lane] = condition[lane] ? yes[lane] : no[lane];
}

template <class T>
void run_splat(NestFrame& frame, const NestOp& op) {
  T value = *slot<T>(frame, op.a);
  T* to = slot<T>(frame, op.to);
  for (int lane = 0; lane < op.lanes; ++lane) to[lane] = value;
}

void run_copy(NestFrame& frame, const NestOp& op) { std::memmove(frame.values + op.to, frame.values + op.a, op.extra); }

void run_index(NestFrame& frame, const NestOp& op) {
  auto value = static_cast<int32_t>(op.kernel->affines[op.extra].at(frame));
  auto* to = slot<int32_t>(frame, op.to);
  for (int lane = 0; lane < op.lanes; ++lane) to[lane] = value;
}

size_t element_of_array(const NestFrame& frame, const NestOp& op) {
  const std::vector<CompiledAffine>& subscripts = op.kernel->subscripts[op.b];
  const std::vector<int64_t>& extents = op.kernel->extents[op.b];
  int64_t position = 0;
  for (size_t axis = 0; axis < subscripts.size(); ++axis) {
    int64_t subscript = subscripts[axis].at(frame);
    if (subscript < 0 || subscript >= extents[axis]) throw PlaceFault{"a register array's subscript leaves its extent"};
    position = position * extents[axis] + subscript;
  }
  return static_cast<size_t>(position);
}

void run_read_array(NestFrame& frame, const NestOp& op) {
  std::memcpy(frame.values + op.to, frame.values + op.a + element_of_array(frame, op) * op.extra, op.extra);
}

void run_write_array(NestFrame& frame, const NestOp& op) {
  std::memcpy(frame.values + op.a + element_of_array(frame, op) * op.extra, frame.values + op.to, op.extra);
}

/// Runs `visit(lane, address)` for each active lane, after checking its bounds.
template <class F>
void visit_lanes(NestFrame& frame, const NestOp& op, F visit) {
  const CompiledPlace& place = op.kernel->places[op.extra];
  int lanes = op.lanes;
  if (place.has_active) lanes = static_cast<int>(std::min<int64_t>(place.active.at(frame), lanes));
  for (int lane = 0; lane < lanes; ++lane) {
    if (place.has_condition && !slot<bool>(frame, place.condition)[place.condition_by_lane ? lane : 0]) continue;
    int64_t offset = 0;
    for (size_t axis = 0; axis < place.axes.size(); ++axis) {
      const CompiledPlace::Axis& a = place.axes[axis];
      int64_t subscript = a.subscript.at(frame);
      for (const CompiledAffine::Term& term : a.by_lane) {
        subscript += term.coefficient * slot<int32_t>(frame, term.at)[lane];
      }
      if (static_cast<int>(axis) == place.lane_axis) subscript += place.lane_stride * lane;
      int64_t extent = a.per_row != 0 ? a.per_row * frame.rows : a.extent;
      if (subscript < 0 || (extent >= 0 && subscript >= extent)) {
        throw PlaceFault{"lane " + std::to_string(lane) + " is at " + std::to_string(subscript) + " of " +
                         std::to_string(extent) + " along axis " + std::to_string(axis)};
      }
      offset += subscript * a.stride;
    }
    visit(lane, frame.parameters[place.parameter] + offset * place.width);
  }
}

/// The first lane's address where all lanes are touched and lie side by side within bounds; else null.
std::byte* contiguous(const NestFrame& frame, const NestOp& op, const CompiledPlace& place) {
  if (place.has_condition || place.boolean) return nullptr;
  if (place.has_active && place.active.at(frame) < op.lanes) return nullptr;
  int64_t offset = 0;
  for (size_t axis = 0; axis < place.axes.size(); ++axis) {
    const CompiledPlace::Axis& a = place.axes[axis];
    if (!a.by_lane.empty()) return nullptr;
    int64_t subscript = a.subscript.at(frame), last = subscript;
    if (static_cast<int>(axis) == place.lane_axis) {
      if (op.lanes > 1 && place.lane_stride * a.stride != 1) return nullptr;
      last += place.lane_stride * (op.lanes - 1);
    }
    int64_t extent = a.per_row != 0 ? a.per_row * frame.rows : a.extent;
    if (subscript < 0 || last < 0 || (extent >= 0 && (last >= extent || subscript >= extent))) return nullptr;
    offset += subscript * a.stride;
  }
  if (op.lanes > 1 && place.lane_axis < 0) return nullptr;
  return frame.parameters[place.parameter] + offset * place.width;
}

void run_load(NestFrame& frame, const NestOp& op) {
  const CompiledPlace& place = op.kernel->places[op.extra];
  auto width = static_cast<size_t>(place.width);
  size_t bytes = width * static_cast<size_t>(op.lanes);
  if (const std::byte* from = contiguous(frame, op, place)) {
    if (frame.observer != nullptr) frame.observer->touched(from, bytes, false);
    std::memcpy(frame.values + op.to, from, bytes);
    return;
  }
  std::memset(frame.values + op.to, 0, bytes);
  visit_lanes(frame, op, [&](int lane, const std::byte* from) {
    std::byte* to = frame.values + op.to + static_cast<size_t>(lane) * width;
    if (frame.observer != nullptr) frame.observer->touched(from, width, false);
    std::memcpy(to, from, width);
    if (place.boolean) *to = static_cast<std::byte>(*to != std::byte{0});
  });
}

void run_store(NestFrame& frame, const NestOp& op) {
  const CompiledPlace& place = op.kernel->places[op.extra];
  auto width = static_cast<size_t>(place.width);
  if (std::byte* to = contiguous(frame, op, place)) {
    if (frame.observer != nullptr) frame.observer->touched(to, width * static_cast<size_t>(op.lanes), true);
    std::memcpy(to, frame.values + op.a, width * static_cast<size_t>(op.lanes));
    return;
  }
  visit_lanes(frame, op, [&](int lane, std::byte* to) {
    if (frame.observer != nullptr) frame.observer->touched(to, width, true);
    std::memcpy(to, frame.values + op.a + static_cast<size_t>(lane) * width, width);
  });
}

}  // namespace

NestFunction apply_operation(Scalar function, Element element) {
  auto index = static_cast<size_t>(function);
  bool fma = function == Scalar::fused_multiply_add;
  switch (element) {
    case Element::f32: return fma ? fma_operation<float>() : kApply<float>[index];
    case Element::f64: return fma ? fma_operation<double>() : kApply<double>[index];
    case Element::i32: return kApply<int32_t>[index];
    case Element::boolean: return kApply<bool>[index];
    default: return nullptr;
  }
}

NestFunction cast_operation(Element from, Element to) {
  switch (to) {
    case Element::f32: return cast_to<float>(from);
    case Element::f64: return cast_to<double>(from);
    case Element::bf16: return cast_to<semantics::Bfloat16>(from);
    case Element::i32: return cast_to<int32_t>(from);
    case Element::u8: return cast_to<uint8_t>(from);
    case Element::boolean: return cast_to<bool>(from);
  }
  return nullptr;
}

NestFunction select_operation(Element element) {
  switch (byte_size(element)) {
    case 8: return run_select<uint64_t>;
    case 4: return run_select<uint32_t>;
    case 2: return run_select<uint16_t>;
    default: return run_select<uint8_t>;
  }
}

NestFunction splat_operation(Element element) {
  switch (byte_size(element)) {
    case 8: return run_splat<uint64_t>;
    case 4: return run_splat<uint32_t>;
    case 2: return run_splat<uint16_t>;
    default: return run_splat<uint8_t>;
  }
}

NestFunction copy_operation() { return run_copy; }
NestFunction index_operation() { return run_index; }
NestFunction read_array_operation() { return run_read_array; }
NestFunction write_array_operation() { return run_write_array; }
NestFunction load_operation() { return run_load; }
NestFunction store_operation() { return run_store; }

}  // namespace nnc
