// The contraction: matrix product, batched product, convolution and their gradients are one op.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ir/graph/contraction.h"
#include "ir/ops/families.h"
#include "ir/ops/rules.h"

namespace nnc {

namespace {

using Axes = std::vector<int64_t>;

Inferred infer_contract(Types operands, const Node& node) {
  const Type &a = operands[0], &b = operands[1];
  if (!is_float(a.element) || a.element != b.element) {
    return fmt::format("'contract' multiplies one float type, not {} with {}", to_string(a), to_string(b));
  }
  if (a.element == Element::bf16) {
    return fmt::format("'contract' multiplies f32 or f64, not {} (cast both operands to f32, and the result back)",
                       to_string(a));
  }
  const auto written = view<ContractAttributes>(node);
  if (written.form && *written.form != "outer" && *written.form != "dot") {
    return fmt::format("'contract' is summed in the form outer or dot, not '{}'", *written.form);
  }
  auto parsed = parse_contraction(written.index, written.extents.value_or(""), a.shape, b.shape);
  if (std::string* wrong = std::get_if<std::string>(&parsed)) return std::move(*wrong);
  return Type(a.element, std::get<Contraction>(parsed).result_shape());
}

std::string subscript_text(const IndexExpr& expr, const Contraction& names) {
  std::string text;
  for (const IndexExpr::Term& term : expr.terms()) {
    if (!text.empty()) text += '+';
    if (term.coefficient != 1) text += fmt::format("{}*", term.coefficient);
    text += names.loops[static_cast<size_t>(term.variable)].name;
  }
  if (expr.constant() != 0) text += fmt::format("+{}", expr.constant());
  return text;
}

/// A factor of the gradient's contraction: a tensor and the loops of the forward contraction that index it.
struct Factor {
  Value value;
  std::vector<IndexExpr> subscripts;

  /// The axis in which this loop stands alone, or −1; −2 when it occurs otherwise.
  int axis_of(size_t loop) const {
    int found = -1;
    for (size_t axis = 0; axis < subscripts.size(); ++axis) {
      if (subscripts[axis].coefficient(static_cast<int>(loop)) == 0) continue;
      bool alone = subscripts[axis] == IndexExpr::variable(static_cast<int>(loop));
      if (!alone || found != -1) return -2;
      found = static_cast<int>(axis);
    }
    return found;
  }
};

/// d out / d operand. Note [Gradient of a windowed operand]
/// out[…y…] = Σ_k a[c₁·y + c₂·k + c₀] · w[…k…] has the gradient da[p] = Σ over (y, k) with c₁·y + c₂·k + c₀ = p of
/// dout[y] · w[k]. Let D be dout with c₁ − 1 zeros between neighbours, c₂·(K−1) + c₀ before them and as many after them
/// as make its length P + c₂·(K−1): D[c₁·y + c₂·(K−1) + c₀] = dout[y], else 0. With k = K−1−r, the sum's terms are
/// those where D[p + c₂·r] is not padding, so da[p] = Σ_r D[p + c₂·r] · w[K−1−r]: a contraction with the reversed
/// operand.
class OperandGradient {
 public:
  OperandGradient(const Vjp& v, size_t operand) : v_(v), operand_(operand), shape_(v.in[operand].type().shape) {
    std::vector<Type> types{v.in[0].type(), v.in[1].type()};
    c_ = contraction_of(v.node, types);
    std::vector<IndexExpr> result;
    for (size_t i = 0; i < c_.result_rank; ++i) result.push_back(IndexExpr::variable(static_cast<int>(i)));
    // The cotangent takes the operand's place, so that x·W gives dx = dout·W and dW = x·dout.
    factors_[operand] = {v.dout, std::move(result)};
    factors_[1 - operand] = {v.in[1 - operand], c_.subscripts[1 - operand]};
  }

  Value build() {
    for (const Contraction::Loop& loop : c_.loops) {
      if (loop.extent.count == 0) return zeros_like(v_.in[operand_]);
    }
    if (!each_axis_simple()) return by_scatter();
    std::vector<size_t> wanted;
    for (size_t axis = 0; axis < shape_.size(); ++axis) wanted.push_back(axis_loop(axis));
    return contract_to(wanted);
  }

 private:
  /// Every loop of the operand occurs in one of its axes, and those of affine axes stand alone in the factors.
  bool each_axis_simple() const {
    for (size_t loop = 0; loop < c_.loops.size(); ++loop) {
      int uses = 0;
      bool affine = false;
      for (size_t axis = 0; axis < shape_.size(); ++axis) {
        if (c_.subscripts[operand_][axis].coefficient(static_cast<int>(loop)) == 0) continue;
        ++uses;
        affine = affine || c_.alone(operand_, axis) == c_.loops.size();
      }
      if (uses > 1) return false;
      if (affine && (factors_[0].axis_of(loop) == -2 || factors_[1].axis_of(loop) == -2)) return false;
    }
    return true;
  }

  /// The loop that runs over an axis of the gradient; for an affine axis the factors are rewritten as in the note.
  size_t axis_loop(size_t axis) {
    size_t lone = c_.alone(operand_, axis);
    if (lone != c_.loops.size()) return lone;
    const IndexExpr subscript = c_.subscripts[operand_][axis];
    const auto& terms = subscript.terms();
    size_t solved = 0;  // prefer a loop of the result: then only the cotangent is padded
    if (terms.size() == 2 && c_.is_reduced(static_cast<size_t>(terms[0].variable))) solved = 1;
    if (terms.size() == 2 && c_.is_reduced(static_cast<size_t>(terms[solved].variable))) solved = 0;
    auto y = static_cast<size_t>(terms[solved].variable);
    int64_t pitch = terms[solved].coefficient, count = c_.loops[y].extent.count, before = subscript.constant();
    IndexExpr place = IndexExpr::variable(static_cast<int>(y));
    int64_t reach = 0;
    if (terms.size() == 2) {
      const IndexExpr::Term& other = terms[1 - solved];
      auto k = static_cast<size_t>(other.variable);
      reach = other.coefficient * (c_.loops[k].extent.count - 1);
      place = place + IndexExpr::variable(other.variable) * other.coefficient;
      for (Factor& factor : factors_) {
        if (int at = factor.axis_of(k); at >= 0) factor.value = reverse(factor.value, at);
      }
    }
    if (factors_[0].axis_of(y) < 0 && factors_[1].axis_of(y) < 0) repeat(factors_[operand_], y);
    int64_t after = shape_[axis].count - before - pitch * (count - 1) - 1;
    for (Factor& factor : factors_) {
      int at = factor.axis_of(y);
      if (at < 0) continue;
      factor.value = pad(factor.value, at, reach + before, after, pitch - 1);
      factor.subscripts[static_cast<size_t>(at)] = place;
    }
    c_.loops[y].extent = shape_[axis];
    return y;
  }

  void repeat(Factor& factor, size_t loop) {
    Shape shape = factor.value.type().shape;
    Axes axes;
    for (size_t i = 0; i < shape.size(); ++i) axes.push_back(static_cast<int64_t>(i));
    shape.push_back(c_.loops[loop].extent);
    factor.value = broadcast(factor.value, shape, axes);
    factor.subscripts.push_back(IndexExpr::variable(static_cast<int>(loop)));
  }

  bool in_factors(size_t loop) const { return factors_[0].axis_of(loop) != -1 || factors_[1].axis_of(loop) != -1; }

  /// The product of the factors summed over all loops but the wanted ones; loops that no factor has are repeated.
  Value contract_to(const std::vector<size_t>& wanted) {
    std::string left, right, result, extents;
    Axes kept;
    Shape shape;
    for (size_t i = 0; i < wanted.size(); ++i) {
      shape.push_back(c_.loops[wanted[i]].extent);
      if (!in_factors(wanted[i])) continue;
      result += " " + c_.loops[wanted[i]].name;
      kept.push_back(static_cast<int64_t>(i));
    }
    for (const IndexExpr& subscript : factors_[0].subscripts) left += " " + subscript_text(subscript, c_);
    for (const IndexExpr& subscript : factors_[1].subscripts) right += " " + subscript_text(subscript, c_);
    for (size_t loop = 0; loop < c_.loops.size(); ++loop) {
      bool alone = factors_[0].axis_of(loop) >= 0 || factors_[1].axis_of(loop) >= 0;
      if (alone || !in_factors(loop)) continue;
      extents += fmt::format("{}{}={}", extents.empty() ? "" : " ", c_.loops[loop].name, c_.loops[loop].extent.count);
    }
    if (!left.empty()) left.erase(0, 1);
    Value sum = contract(factors_[0].value, factors_[1].value, left + "," + right + " ->" + result, extents);
    return broadcast(sum, shape, kept);
  }

  /// Any other operand (a diagonal, two windows over one loop): the product for every turn of the operand's loops is
  /// added at its computed place. Axes with a loop of their own stay axes.
  Value by_scatter() {
    std::vector<size_t> computed, plain, wanted;
    for (size_t axis = 0; axis < shape_.size(); ++axis) (has_own_loop(axis) ? plain : computed).push_back(axis);
    for (size_t axis : computed) {
      for (const IndexExpr::Term& term : c_.subscripts[operand_][axis].terms()) {
        auto loop = static_cast<size_t>(term.variable);
        if (std::find(wanted.begin(), wanted.end(), loop) == wanted.end()) wanted.push_back(loop);
      }
    }
    Shape turns;
    for (size_t loop : wanted) turns.push_back(c_.loops[loop].extent);
    Value place = full(v_.graph, 0, Type(Element::i32, turns));
    int64_t stride = 1;
    for (size_t i = computed.size(); i-- > 0;) {
      const IndexExpr& subscript = c_.subscripts[operand_][computed[i]];
      for (size_t j = 0; j < wanted.size(); ++j) {
        int64_t coefficient = subscript.coefficient(static_cast<int>(wanted[j])) * stride;
        if (coefficient == 0) continue;
        place = place + static_cast<double>(coefficient) * iota(v_.graph, place.type(), static_cast<int>(j));
      }
      if (subscript.constant() != 0) place = place + static_cast<double>(subscript.constant() * stride);
      stride *= shape_[computed[i]].count;
    }
    for (size_t axis : plain) wanted.push_back(c_.alone(operand_, axis));
    Value flat = scatter_add(place, contract_to(wanted), stride);
    Shape spread;
    for (size_t axis : computed) spread.push_back(shape_[axis]);
    for (size_t axis : plain) spread.push_back(shape_[axis]);
    computed.insert(computed.end(), plain.begin(), plain.end());
    Axes order(computed.size());
    for (size_t i = 0; i < computed.size(); ++i) order[computed[i]] = static_cast<int64_t>(i);
    return permute(reshape(flat, spread), order);
  }

  bool has_own_loop(size_t axis) const {
    size_t lone = c_.alone(operand_, axis);
    if (lone == c_.loops.size()) return false;
    for (size_t other = 0; other < shape_.size(); ++other) {
      bool uses = c_.subscripts[operand_][other].coefficient(static_cast<int>(lone)) != 0;
      if (other != axis && uses) return false;
    }
    return true;
  }

  const Vjp& v_;
  size_t operand_;
  Shape shape_;
  Contraction c_;
  std::array<Factor, 2> factors_;
};

}  // namespace

std::vector<Op> contraction_ops() {
  return {
      {.name = "contract",
       .summary =
           "sum of products in index notation: \"b i, i o -> b o\" is a matrix product; a subscript may be affine "
           "in two loops, \"b c 2*y+k\"",
       .arity = 2,
       .op_class = OpClass::contraction,
       .attributes = kAttributes<ContractAttributes>,
       .infer = infer_contract,
       .vjp = [](const Vjp& v) -> Gradients { return {OperandGradient(v, 0).build(), OperandGradient(v, 1).build()}; },
       .derivative = "da = the contraction of dout with b, db = that of a with dout; through an affine subscript with "
                     "dout spread out by zeros and the other operand reversed",
       .in_words = "matrix product A @ B: A gets the gradient @ Bᵀ, B gets Aᵀ @ the gradient",
       .check =
           {.samples =
                {
                    "contract(f32[B, 9], f32[9, 17]) {index = \"b i, i o -> b o\"}",
                    "contract(f32[B, 7], f32[5, 7]) {index = \"b i, o i -> b o\"}",
                    "contract(f32[B, 3], f32[B, 8]) {index = \"b i, b o -> i o\"}",
                    "contract(f32[8], f32[8]) {index = \"i, i -> \"}",
                    "contract(f32[3], f32[]) {index = \"i, -> i\"}",
                    "contract(f32[2, 3, 5], f32[2, 5, 4]) {index = \"h t d, h d s -> h t s\"}",
                    "contract(f32[B, 2, 7], f32[3, 2, 3]) {index = \"b c 2*y+k, o c k -> b o y\", extents = \"y=3\"}",
                    "contract(f32[B, 5, 6, 2], f32[3, 2, 2, 4]) {index = \"b y+2*i x+j c, i j c o -> b y x o\", "
                    "extents = \"y=1 x=5\"}",
                    "contract(f32[4, 4], f32[4]) {index = \"i i, i -> i\"}",
                    "contract(f32[9, 3], f32[3, 2]) {index = \"2*y+k+1 k, k o -> y o\", extents = \"y=3\"}",
                    "contract(f32[3, 5], f32[3]) {index = \"i j, i -> i\"}",
                    "contract(f32[0, 5], f32[0]) {index = \"i j, i -> j\"}",
                }}},
  };
}

}  // namespace nnc
