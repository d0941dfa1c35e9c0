// Building kernels: loops open and close, statements go into the innermost open loop or, hoisted, into an outer one;
// expressions compute and check their types as they are made.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ir/nest_program.h"

namespace nnc {

class NestBuilder {
 public:
  explicit NestBuilder(std::string name) { kernel_.name = std::move(name); }

  ParameterId parameter(Parameter parameter);
  Parameter& parameter_at(ParameterId id) { return kernel_.parameters[id]; }
  /// A register, or with extents an array of registers. The name gets a number when it is taken.
  RegisterId reg(const std::string& name, NestType type, std::vector<int64_t> extents = {});
  NestType type_of(RegisterId id) const { return kernel_.registers[id].type; }

  /// Opens a loop inside the innermost open one; its name gets a number when it is taken.
  LoopId open(const std::string& name, LoopBound begin, LoopBound end, int64_t step = 1,
              LoopKind kind = LoopKind::serial);
  void close();
  size_t depth() const { return open_.size() - 1; }
  /// The depth of an open loop's body (1 is the outermost loop's); 0 for a loop that is not open.
  size_t depth_of(LoopId loop) const;
  /// Whether a loop is expanded, so that registers assigned in its body belong to one turn.
  bool is_unrolled(LoopId loop) const;

  /// Statements made until the matching `unhoist` go to the body at `depth`, before the loop that is open in it.
  void hoist(size_t depth);
  void unhoist();
  size_t insertion_depth() const { return hoisted_.empty() ? depth() : hoisted_.back(); }

  void assign(RegisterRef target, ExprId value);
  void assign(RegisterId target, ExprId value) { assign(RegisterRef{target, {}}, value); }
  void store(Place place, ExprId value);

  ExprId constant(double number, NestType type);
  ExprId index(Affine affine, int lanes = 1);
  ExprId lane(int lanes);
  ExprId read(RegisterRef reg);
  ExprId read(RegisterId reg) { return read(RegisterRef{reg, {}}); }
  ExprId load(Place place, int lanes);
  ExprId splat(ExprId scalar, int lanes);  ///< nothing to do when it has these lanes
  ExprId apply(Scalar function, std::span<const ExprId> operands);  ///< scalars among vectors are splat
  ExprId apply(Scalar function, std::initializer_list<ExprId> operands) {
    return apply(function, std::span<const ExprId>(operands.begin(), operands.size()));
  }
  ExprId cast(ExprId value, Element element);
  ExprId tree(Scalar function, ExprId vector);

  const Expr& expr(ExprId id) const { return kernel_.exprs[id]; }
  void add_origin(const Origin& origin);
  void describe(std::string summary) { kernel_.summary = std::move(summary); }
  Kernel finish();

 private:
  ExprId add(Expr expr);
  Block& target() { return open_[insertion_depth()].body; }

  Kernel kernel_;
  std::vector<Loop> open_{Loop{}};  ///< [0] is the kernel's body
  std::vector<size_t> hoisted_;
};

}  // namespace nnc
