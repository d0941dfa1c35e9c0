// What a kernel's loops do, counted from the nest: arithmetic and bytes. Nothing is run.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/nest/nest_program.h"

namespace nnc {

/// Of one call. Arithmetic as the processors' own counters have it: 1 for each addition, subtraction, multiplication,
/// division, square root, minimum and maximum of floats, 2 for a fused multiply-add, the polynomial's for a function;
/// lanes that a mask leaves out do not count. Bytes: what the call touches of its operands, each element once however
/// often it is read, and once more if it is written. Where an index comes from memory, as many rows as are asked for.
struct KernelWork {
  int64_t flops_f32 = 0, flops_f64 = 0;
  int64_t bytes_read = 0, bytes_written = 0;
  int64_t flops() const { return flops_f32 + flops_f64; }
  int64_t bytes() const { return bytes_read + bytes_written; }
};
KernelWork count_work(const Kernel& kernel, const Target& target, int64_t rows);

/// A call as the stages list it, and how often a step makes it.
struct CallSite {
  const Call* call = nullptr;
  int64_t times = 1;
};
/// Every call that a step makes, in the order of the stages; those of a Repeat once each.
std::vector<CallSite> call_sites(const NestProgram& program);

}  // namespace nnc
