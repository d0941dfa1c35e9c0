// A register while a kernel is being written: what NestBuilder::reg gives.
#pragma once

#include <utility>
#include <vector>

#include "ir/nest/nest.h"

namespace nnc {

/// A declared register or register array.
struct NestRegister {
  RegisterId id = 0;
  RegisterRef at(std::vector<Affine> subscripts = {}) const { return {id, std::move(subscripts)}; }
  template <class... More>
  RegisterRef at(const Affine& first, const More&... more) const {
    return {id, {first, Affine(more)...}};
  }
  operator RegisterRef() const { return {id, {}}; }  // NOLINT(google-explicit-constructor): a register without extents
  /// A subscript: the value of this i32 register.
  Affine affine(int64_t coefficient = 1) const { return {0, {{Affine::Of::reg, id, coefficient}}}; }
};

}  // namespace nnc
