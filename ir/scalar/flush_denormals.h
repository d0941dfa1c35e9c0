// While one of these lives, the thread treats denormal operands and results as zero, as every kernel does; the caller's
// floating-point state comes back with its end.
#pragma once

#include <cstdint>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace nnc {

class FlushDenormals {
 public:
#if defined(__SSE__)
  FlushDenormals() : saved_(_mm_getcsr()) { _mm_setcsr(kDefaultControl | kFlushToZero | kDenormalsAreZero); }
  ~FlushDenormals() { _mm_setcsr(saved_); }
#elif defined(__aarch64__)
  FlushDenormals() {
    asm volatile("mrs %0, fpcr" : "=r"(saved_));
    asm volatile("msr fpcr, %0" : : "r"(kFlushInputsAndOutputs));
  }
  ~FlushDenormals() { asm volatile("msr fpcr, %0" : : "r"(saved_)); }
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__SSE__)
  static constexpr uint32_t kDefaultControl = 0x1F80;  // all exceptions masked, round to nearest even
  static constexpr uint32_t kFlushToZero = 0x8000;
  static constexpr uint32_t kDenormalsAreZero = 0x0040;
  uint32_t saved_;
#elif defined(__aarch64__)
  static constexpr uint64_t kFlushInputsAndOutputs = uint64_t{1} << 24;
  uint64_t saved_ = 0;
#endif
};

}  // namespace nnc
