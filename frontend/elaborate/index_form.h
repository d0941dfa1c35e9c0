// The index form while it is elaborated: its indices, how far each runs, and the tensors that they subscript. The
// body is then evaluated as arithmetic on tensors that have one axis for each index.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "frontend/elaborate/elaborator.h"
#include "frontend/types/indexed.h"

namespace nnc {

/// One index. Of a pack, `..s`, `axes` are all that it runs over.
struct FormLoop {
  ast::Name name;
  const ast::Expr* bound = nullptr;
  bool pack = false, reduced = false;
  bool used = false;              ///< by the body
  std::optional<Axes> axes = {};  ///< how far it runs; nothing: not known yet
  std::string decided_by = {};    ///< "axis 1 of 'x[n, k]'", "its bound"
  Range decided_at = {};
};

/// A subscript of one axis, or, of a pack's index, of all its axes: a sum of loops by number with their factors.
struct FormSubscript {
  std::map<size_t, Size> factors = {};
  Size constant;
  Range range;
  size_t axis = 0, count = 1;  ///< of the tensor
  bool pack = false;

  /// The one loop that stands here by itself.
  std::optional<size_t> alone() const;
};

/// `u[n, c, i + k]`.
struct FormAccess {
  const ast::Expr* expr = nullptr;
  Item item;
  TypedTensor x;  ///< at last without the axes of which one element is taken
  std::vector<FormSubscript> subscripts;

  bool uses(size_t loop) const;
};

/// Reads the indices and subscripts of one index form (index_form_read.cpp), finds how far each index runs
/// (index_form_extents.cpp) and evaluates its body (index_form.cpp).
class IndexForm {
 public:
  IndexForm(Elaborator& at, const ast::Expr& form) : at_(at), form_(form) {}
  Item run();

 private:
  using Space = std::vector<size_t>;  ///< loops by number, in rising order: an axis each

  // Reading.
  void read_loops(const std::vector<ast::LoopIndex>& list, bool reduced);
  void refuse_hidden(const ast::Name& name) const;
  void read_body(const ast::Expr& expr);
  void refuse_called_tensor(const ast::Expr& expr) const;
  void read_access(const ast::Expr& expr);
  FormSubscript subscript(const ast::Expr& expr) const;
  FormSubscript subscript_of_chain(const ast::Expr& expr) const;
  [[noreturn]] void refuse_subscript(const ast::Expr& expr, const std::string& help = "") const;
  std::optional<size_t> loop(const std::string& name, bool pack = false) const;
  bool mentions(const ast::Expr& expr) const;  ///< an index, somewhere within
  Space mentioned(const ast::Expr& expr) const;

  // How far indices run.
  void find_extents();
  void take_bound(size_t loop);
  void take_alone(const FormAccess& access);
  void take_reach(size_t loop);
  std::optional<Size> reach(const FormAccess& access, const FormSubscript& subscript, size_t loop) const;
  void check_inside(const FormAccess& access, const FormSubscript& subscript) const;
  [[noreturn]] void refuse_window(const FormAccess& access, const FormSubscript& subscript, const Size& last) const;
  Size extent(size_t loop) const { return product(*loops_[loop].axes); }
  std::string extents_in_words(const FormSubscript& subscript) const;

  // Evaluation.
  void take_constants(FormAccess& access);
  Item eval(const ast::Expr& expr, const Space& space);
  Item eval_leaf(const ast::Expr& expr, const Space& space);
  Item eval_chain(const ast::Expr& expr, const Space& space);
  Item eval_call(const ast::Expr& expr, const Space& space);
  Item eval_choice(const ast::Expr& expr, const Space& space);
  Item outside(const ast::Expr& expr);
  Item index_value(const ast::Expr& expr, const Space& space);
  TypedTensor element(const FormAccess& access, const Space& space);
  TypedTensor tensor(const ast::Expr& expr, const Space& space);
  [[noreturn]] void refuse_here(const ast::Expr& expr, const std::string& what, const std::string& help) const;

  // Reducers.
  struct Operand {
    TypedTensor typed;
    IndexedValue value;  ///< in a graph
    Space space;         ///< its indices
  };
  Item reduction(const ast::Expr& expr);
  Operand dense(TypedTensor x, Space space, Range range);
  Operand operand(const ast::Expr& factor);
  Operand product_of(const ast::Expr& product, const std::vector<size_t>& factors);
  TypedTensor sum_of_product(const ast::Expr& reducer, const ast::Expr& product, const std::vector<size_t>& factors);
  TypedTensor sum_of_one(const ast::Expr& reducer, const ast::Expr& factor);
  TypedTensor sum_of_operand(const ast::Expr& reducer, Operand x);
  TypedTensor type_of_sum(const ast::Expr& reducer, const TypedTensor& x, const Space& space) const;
  Value divided_by_count(Value sum) const;

  // Axes and numbers.
  Axes axes_of(const Space& space, const std::vector<bool>& used) const;
  std::vector<bool> used_by(const Space& space) const;
  Space results() const;
  IndexLoops numbered() const;                     ///< of a graph: packs become a loop for each axis
  std::vector<size_t> numbers(size_t loop) const;  ///< those of a loop
  IndexedValue indexed(const FormAccess& access) const;
  int64_t number_of(const Size& size) const;
  Value with_ones(Value node, const Axes& axes) const;

  Elaborator& at_;
  const ast::Expr& form_;
  std::vector<FormLoop> loops_;  ///< those of the result first
  std::vector<FormAccess> accesses_;
  const ast::Expr* reducer_ = nullptr;
};

}  // namespace nnc
