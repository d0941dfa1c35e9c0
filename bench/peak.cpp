// Each loop is twelve independent chains: enough to hide the latency of an FMA (4 or 5 cycles) on two ports, few enough
// for sixteen registers. Written as instructions, since no compiler can then drop, merge or spill a chain. All values
// are zero, which costs what any normal number costs.
#include "bench/peak.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "codegen/jit.h"

namespace nnc::bench {

namespace {

constexpr int64_t kTurns = 20'000;
constexpr int kChains = 12;

using Loop = void (*)(int64_t turns);

#if defined(__x86_64__)

void sse_f32(int64_t turns) {
  asm volatile(
      "xorps %%xmm12, %%xmm12\n .irp r,0,1,2,3,4,5,6,7,8,9,10,11\n xorps %%xmm\\r, %%xmm\\r\n .endr\n"
      "1: .irp r,0,1,2,3,4,5,6,7,8,9,10,11\n mulps %%xmm12, %%xmm\\r\n addps %%xmm12, %%xmm\\r\n .endr\n"
      "dec %0\n jnz 1b\n"
      : "+r"(turns)
      :
      : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
        "xmm12");
}

void sse_f64(int64_t turns) {
  asm volatile(
      "xorps %%xmm12, %%xmm12\n .irp r,0,1,2,3,4,5,6,7,8,9,10,11\n xorps %%xmm\\r, %%xmm\\r\n .endr\n"
      "1: .irp r,0,1,2,3,4,5,6,7,8,9,10,11\n mulpd %%xmm12, %%xmm\\r\n addpd %%xmm12, %%xmm\\r\n .endr\n"
      "dec %0\n jnz 1b\n"
      : "+r"(turns)
      :
      : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
        "xmm12");
}

// The names xmm0 … stand for the whole registers in the clobbers.
void avx2_f32(int64_t turns) {
  asm volatile(
      ".irp r,0,1,2,3,4,5,6,7,8,9,10,11,12\n vxorps %%ymm\\r, %%ymm\\r, %%ymm\\r\n .endr\n"
      "1: .irp r,0,1,2,3,4,5,6,7,8,9,10,11\n vfmadd213ps %%ymm12, %%ymm12, %%ymm\\r\n .endr\n"
      "dec %0\n jnz 1b\n vzeroupper\n"
      : "+r"(turns)
      :
      : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
        "xmm12");
}

void avx2_f64(int64_t turns) {
  asm volatile(
      ".irp r,0,1,2,3,4,5,6,7,8,9,10,11,12\n vxorps %%ymm\\r, %%ymm\\r, %%ymm\\r\n .endr\n"
      "1: .irp r,0,1,2,3,4,5,6,7,8,9,10,11\n vfmadd213pd %%ymm12, %%ymm12, %%ymm\\r\n .endr\n"
      "dec %0\n jnz 1b\n vzeroupper\n"
      : "+r"(turns)
      :
      : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
        "xmm12");
}

void avx512_f32(int64_t turns) {
  asm volatile(
      ".irp r,0,1,2,3,4,5,6,7,8,9,10,11,12\n vxorps %%ymm\\r, %%ymm\\r, %%ymm\\r\n .endr\n"
      "1: .irp r,0,1,2,3,4,5,6,7,8,9,10,11\n vfmadd213ps %%zmm12, %%zmm12, %%zmm\\r\n .endr\n"
      "dec %0\n jnz 1b\n vzeroupper\n"
      : "+r"(turns)
      :
      : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
        "xmm12");
}

void avx512_f64(int64_t turns) {
  asm volatile(
      ".irp r,0,1,2,3,4,5,6,7,8,9,10,11,12\n vxorps %%ymm\\r, %%ymm\\r, %%ymm\\r\n .endr\n"
      "1: .irp r,0,1,2,3,4,5,6,7,8,9,10,11\n vfmadd213pd %%zmm12, %%zmm12, %%zmm\\r\n .endr\n"
      "dec %0\n jnz 1b\n vzeroupper\n"
      : "+r"(turns)
      :
      : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
        "xmm12");
}

Loop loop_of(Tier tier, bool single) {
  switch (tier) {
    case Tier::generic: return single ? sse_f32 : sse_f64;
    case Tier::avx2: return single ? avx2_f32 : avx2_f64;
    case Tier::avx512: return single ? avx512_f32 : avx512_f64;
    case Tier::neon: return nullptr;
  }
  return nullptr;
}

#else

Loop loop_of(Tier, bool) { return nullptr; }

#endif

}  // namespace

double flops_peak(Tier tier, Element element, double milliseconds) {
  using Clock = std::chrono::steady_clock;
  Loop loop = runs_here(tier) ? loop_of(tier, element == Element::f32) : nullptr;
  if (loop == nullptr) return 0;
  const double flops = 2.0 * Target::of(tier).lanes(element) * kChains * kTurns;
  double best = 0;
  Clock::time_point end = Clock::now() + std::chrono::microseconds(static_cast<int64_t>(milliseconds * 1000));
  do {
    Clock::time_point start = Clock::now();
    loop(kTurns);
    best = std::max(best, flops / std::chrono::duration<double>(Clock::now() - start).count());
  } while (Clock::now() < end);
  return best;
}

}  // namespace nnc::bench
