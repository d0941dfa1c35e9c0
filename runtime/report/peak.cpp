// Each loop is twelve independent chains: enough to hide the latency of an FMA (4 or 5 cycles) on two ports, few enough
// for sixteen registers. Written as instructions, since no compiler can then drop, merge or spill a chain. All values
// are zero, which costs what any normal number costs.
#include "runtime/report/peak.h"

#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "codegen/jit.h"
#include "support/aligned_bytes.h"

namespace nnc {

namespace {

constexpr int64_t kTurns = 20'000;
constexpr int kChains = 12;

using Chains = void (*)(int64_t turns);

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

// y += s · x in whole vectors, two of them a turn.
using Stream = void (*)(float* y, const float* x, int64_t count);

void stream_sse(float* y, const float* x, int64_t count) {
  const __m128 s = _mm_set1_ps(1e-3F);
  for (int64_t i = 0; i < count; i += 8) {
    _mm_store_ps(y + i, _mm_add_ps(_mm_load_ps(y + i), _mm_mul_ps(s, _mm_load_ps(x + i))));
    _mm_store_ps(y + i + 4, _mm_add_ps(_mm_load_ps(y + i + 4), _mm_mul_ps(s, _mm_load_ps(x + i + 4))));
  }
}

__attribute__((target("avx2,fma"))) void stream_avx2(float* y, const float* x, int64_t count) {
  const __m256 s = _mm256_set1_ps(1e-3F);
  for (int64_t i = 0; i < count; i += 16) {
    _mm256_store_ps(y + i, _mm256_fmadd_ps(s, _mm256_load_ps(x + i), _mm256_load_ps(y + i)));
    _mm256_store_ps(y + i + 8, _mm256_fmadd_ps(s, _mm256_load_ps(x + i + 8), _mm256_load_ps(y + i + 8)));
  }
}

__attribute__((target("avx512f"))) void stream_avx512(float* y, const float* x, int64_t count) {
  const __m512 s = _mm512_set1_ps(1e-3F);
  for (int64_t i = 0; i < count; i += 32) {
    _mm512_store_ps(y + i, _mm512_fmadd_ps(s, _mm512_load_ps(x + i), _mm512_load_ps(y + i)));
    _mm512_store_ps(y + i + 16, _mm512_fmadd_ps(s, _mm512_load_ps(x + i + 16), _mm512_load_ps(y + i + 16)));
  }
}

Stream stream_of(Tier tier) {
  switch (tier) {
    case Tier::generic: return stream_sse;
    case Tier::avx2: return stream_avx2;
    case Tier::avx512: return stream_avx512;
    case Tier::neon: return nullptr;
  }
  return nullptr;
}

Chains chains_of(Tier tier, bool single) {
  switch (tier) {
    case Tier::generic: return single ? sse_f32 : sse_f64;
    case Tier::avx2: return single ? avx2_f32 : avx2_f64;
    case Tier::avx512: return single ? avx512_f32 : avx512_f64;
    case Tier::neon: return nullptr;
  }
  return nullptr;
}

#else

using Stream = void (*)(float* y, const float* x, int64_t count);
Stream stream_of(Tier) { return nullptr; }
Chains chains_of(Tier, bool) { return nullptr; }

#endif

/// The best rate of many runs of `work`, each of which does so much.
template <class Work>
double best_rate(double much, double milliseconds, const Work& work) {
  using Clock = std::chrono::steady_clock;
  double best = 0;
  Clock::time_point end = Clock::now() + std::chrono::microseconds(static_cast<int64_t>(milliseconds * 1000));
  do {
    Clock::time_point start = Clock::now();
    work();
    best = std::max(best, much / std::chrono::duration<double>(Clock::now() - start).count());
  } while (Clock::now() < end);
  return best;
}

int64_t cache_bytes(int which, int64_t otherwise) {
  const long bytes = sysconf(which);
  return bytes > 0 ? bytes : otherwise;
}

/// Both arrays of a stream: well inside the level and, beyond the first, far outside the one before.
int64_t stream_bytes(const std::vector<MemoryLevel>& levels, size_t level) {
  constexpr int64_t kMost = int64_t{1} << 30;
  if (level == 0) return levels[0].bytes / 2;
  const int64_t before = levels[level - 1].bytes;
  if (level + 1 == levels.size()) return std::min(2 * before, std::max(kMost, before * 5 / 4));
  return std::min(4 * before, levels[level].bytes * 3 / 4);
}

}  // namespace

double flops_peak(Tier tier, Element element, double milliseconds) {
  Chains loop = runs_here(tier) ? chains_of(tier, element == Element::f32) : nullptr;
  if (loop == nullptr) return 0;
  const double flops = 2.0 * Target::of(tier).lanes(element) * kChains * kTurns;
  return best_rate(flops, milliseconds, [&] { loop(kTurns); });
}

std::vector<MemoryLevel> memory_levels() {
  const Target usual;
  std::vector<MemoryLevel> levels{{"L1", cache_bytes(_SC_LEVEL1_DCACHE_SIZE, usual.l1_bytes)},
                                  {"L2", cache_bytes(_SC_LEVEL2_CACHE_SIZE, usual.l2_bytes)}};
  const int64_t third = cache_bytes(_SC_LEVEL3_CACHE_SIZE, 0);
  if (third > levels.back().bytes) levels.push_back({"L3", third});
  levels.push_back({"memory", INT64_MAX});
  return levels;
}

double stream_bandwidth(Tier tier, size_t level, double milliseconds) {
  Stream stream = runs_here(tier) ? stream_of(tier) : nullptr;
  if (stream == nullptr) return 0;
  constexpr int64_t kTurn = 32;  // elements
  const int64_t count = stream_bytes(memory_levels(), level) / 2 / (kTurn * 4) * kTurn;
  constexpr int64_t kApart = 17 * 64;  // else loads seem to wait for stores whose addresses end alike
  AlignedBytes both(static_cast<size_t>(2 * 4 * count + kApart));
  const auto* from = reinterpret_cast<const float*>(both.data());
  auto* to = reinterpret_cast<float*>(both.data() + 4 * count + kApart);
  const int64_t passes = std::max<int64_t>(1, (int64_t{1} << 20) / count);  // long enough for the clock
  stream(to, from, count);                                                  // brings it in
  return best_rate(static_cast<double>(3 * 4 * count * passes), milliseconds, [&] {
    for (int64_t pass = 0; pass < passes; ++pass) stream(to, from, count);
  });
}

}  // namespace nnc
