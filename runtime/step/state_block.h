// The persistent tensors of a compiled variant (weights, running statistics, optimizer state) in one aligned block,
// laid out by `plan`, and their exchange by path with other variants and with files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "ir/nest/nest_program.h"
#include "ir/scalar/tensor.h"
#include "support/aligned_bytes.h"

namespace nnc {

class StateBlock {
 public:
  StateBlock() = default;
  /// Space for every variable of the program, zeroed.
  explicit StateBlock(const NestProgram& program);

  std::byte* data() const { return bytes_.data(); }
  bool has(const std::string& path) const { return places_.contains(path); }
  std::vector<std::string> paths() const;

  Type type(const std::string& path) const;
  /// In row-major order, whatever its order in the block is.
  Tensor read(const std::string& path) const;
  /// Hands the variable's bytes to the sink, in row-major order and in pieces of whole elements, without a copy of all.
  void write_bytes(const std::string& path, const std::function<void(std::span<const std::byte>)>& sink) const;
  /// The shape must fit; values are rounded once to the variable's element type.
  void write(const std::string& path, const Tensor& tensor);
  /// Whether every number of the variable is finite, as whole numbers always are.
  bool finite(const std::string& path) const;
  /// Takes every variable that both have from `other`.
  void take(const StateBlock& other);
  /// Same places, strides and types for every variable that both have: the block can serve both programs.
  bool serves(const NestProgram& program) const;

 private:
  AlignedBytes bytes_;
  std::map<std::string, Buffer> places_;
};

}  // namespace nnc
