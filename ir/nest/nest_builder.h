// Writes one kernel: declares parameters and registers, opens loops with lambdas, and builds typed expressions.
//
//   NestBuilder k("forward_dense_0", target);
//   ParameterId x = k.parameter("x", Element::f32, {100, 784}), w = …, h = …;
//   k.parallel("o", 0, 50, 5, [&](Affine o) {
//     NestRegister acc = k.reg("acc", {Element::f32, 8}, {2, 5});
//     k.unrolled("i", 2, [&](Affine i) { k.assign(acc.at(i, …), k.constant(0, {Element::f32, 8})); });
//     k.serial("k", 0, 784, 8, [&](Affine n) { … k.assign(acc.at(i, j), k.multiply_add(k.load(k.place(x, {b + i, n}),
//     8),
//                                                         k.load(k.place(w, {o + j, n}), 8), k.read(acc.at(i, j))));
//                                                         });
//   });
//   Kernel kernel = k.finish();
//
// A value is a ScalarValue, so `a + b`, `2.0 * a` and every op record's `scalar` work on it. Types are computed and
// asserted; where scalars meet vectors the scalars are splat. Equal expressions are one. An expression has no time of
// its own: each statement that uses it evaluates it anew, once.
#pragma once

#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "ir/nest/nest_program.h"
#include "ir/nest/nest_register.h"
#include "ir/scalar/scalars.h"

namespace nnc {

inline LoopBound rows_bound(int64_t per_row = 1) { return {0, per_row, 1}; }

class NestBuilder : public Scalars {
 public:
  NestBuilder(std::string kernel_name, const Target& target);

  /// Strides in elements; none: dense row-major (a symbol as axis 0 counts as one). Read/written are set by use. Names
  /// of parameters, registers and loops are made unique.
  ParameterId parameter(std::string name, Element element, Shape shape, std::vector<int64_t> strides = {});
  NestRegister reg(std::string name, NestType type, std::vector<int64_t> extents = {});
  const Parameter& parameter(ParameterId id) const { return kernel_.parameters[id]; }

  // Loops: the body gets the loop's variable. `end` is exclusive.
  using Body = std::function<void(Affine)>;
  void loop(LoopKind kind, std::string name, LoopBound begin, LoopBound end, int64_t step, const Body& body);
  void serial(std::string name, int64_t begin, int64_t end, int64_t step, const Body& body);
  void parallel(std::string name, int64_t begin, int64_t end, int64_t step, const Body& body);
  /// Expanded by codegen; what register arrays are indexed by. The body is still called once.
  void unrolled(std::string name, int64_t count, const Body& body);

  /// From now on serial loops that are asked for by this name, or as its "_tail", are cut into so many shares, but for
  /// those within another such loop. One share: none are.
  void share(std::string name, int64_t shares);
  bool is_shared() const { return shares_ > 1; }
  /// One turn of a loop: straight-line code, or where loops of this name are shared a loop, so that one worker runs it.
  void single(const std::string& name, int64_t at, const Body& body);

  // Hoisting: what `body` builds goes to the block at `depth` (0 is the kernel's), before the loop that is open there.
  size_t depth() const { return open_.size() - 1; }
  void at_depth(size_t depth, const std::function<void()>& body);
  /// The depth at which everything an affine value depends on is known (loops and rows; registers are of depth()).
  size_t depth_of(const Affine& affine) const;
  bool is_unrolled(LoopId loop) const;

  // Statements.
  void assign(const RegisterRef& target, ScalarValue value);
  void store(Place place, ScalarValue value);

  // Places: `active` lanes (rows − b, say) and a condition may be added.
  Place place(ParameterId parameter, std::vector<Affine> subscripts) const;
  Place place(ParameterId parameter, std::vector<Affine> subscripts, const Affine& active) const;

  // Expressions.
  ScalarValue constant(double value, NestType type);
  ScalarValue index(const Affine& affine, int lanes = 1);  ///< as i32
  ScalarValue lane(int lanes);
  ScalarValue read(const RegisterRef& reg);
  ScalarValue load(Place place, int lanes = 1);
  ScalarValue splat(ScalarValue value, int lanes);  ///< the value itself when it has these lanes
  ScalarValue bitcast(ScalarValue value, Element element);
  ScalarValue tree(Scalar function, ScalarValue value);  ///< add, minimum or maximum over the lanes
  ScalarValue select(ScalarValue condition, ScalarValue yes, ScalarValue no);
  /// a·b + c: fused where the target has it, else a product and a sum.
  ScalarValue multiply_add(ScalarValue a, ScalarValue b, ScalarValue c);
  NestType type(ScalarValue value) const { return kernel_.exprs[value.id].type; }

  // Scalars.
  ScalarValue constant(double value, Element element) override { return constant(value, NestType{element, 1}); }
  ScalarValue apply(Scalar function, std::span<const ScalarValue> operands) override;
  ScalarValue cast(ScalarValue value, Element element) override;
  Element element(ScalarValue value) const override { return type(value).element; }

  void set_per_worker(ParameterId id) { kernel_.parameters[id].per_worker = true; }
  void add_origin(const Origin& origin);
  void set_summary(std::string summary) { kernel_.summary = std::move(summary); }
  /// The kernel; the builder is empty afterwards.
  Kernel finish();

 private:
  ScalarValue add(Expr expr);
  std::string unique(std::string name);
  void check_place(const Place& place, int lanes) const;
  bool shares(const std::string& name) const;

  Kernel kernel_;
  Target target_;
  struct Open {
    Block statements;
    LoopId loop = UINT32_MAX;
    LoopKind kind = LoopKind::serial;
  };
  std::vector<Open> open_{Open{}};  ///< [0] is the kernel's body, innermost last
  std::vector<Open> set_aside_;     ///< deeper blocks while something is hoisted
  std::string shared_loop_;
  int64_t shares_ = 1;
  bool within_shared_ = false;
  std::unordered_multimap<size_t, ExprId> by_hash_;
  std::unordered_map<std::string, int> names_;
  std::unordered_multimap<int, size_t> origins_at_;  ///< places among the kernel's origins, by line
};

}  // namespace nnc
