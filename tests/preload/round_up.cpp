// What some libraries leave behind when they are loaded: another rounding mode, and denormals flushed.
#include <cfenv>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace {

__attribute__((constructor)) void disturb_arithmetic() {
  std::fesetround(FE_UPWARD);
#if defined(__SSE__)
  _mm_setcsr(_mm_getcsr() | 0x8040U);
#endif
}

}  // namespace
