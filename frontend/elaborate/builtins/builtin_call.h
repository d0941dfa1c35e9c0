// A call of a built-in, with its arguments checked against the record: what the function of a record is given.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/elaborate/clashes.h"
#include "frontend/elaborate/elaborator.h"
#include "frontend/types/builtin.h"

namespace nnc {

struct BuiltinCall {
  Elaborator& at;
  const Builtin& builtin;
  Range range;
  std::vector<Item> items = {};  ///< those without a name; what is read as written has no value
  std::vector<Range> ranges = {};
  std::vector<const ast::Expr*> written = {};  ///< null for what was piped in
  std::map<std::string_view, const ast::Expr*> named = {};

  std::string name() const { return std::string(builtin.name); }
  TypedTensor tensor(size_t i) const { return at.tensor(items[i], ranges[i]); }
  Item result(TypedTensor x) const { return {std::move(x), range, ""}; }
  std::vector<Operand> operands() const;
  /// Its name where the call begins with that, so that what stands at the operands is beside it.
  Range head() const;

  // The named arguments of a kind, or what holds where one is missing.
  std::vector<size_t> axes(const TypedTensor& x) const;
  size_t axis(const TypedTensor& x) const;
  bool flag(std::string_view argument) const;
  const ast::Expr& shape() const;
  const ast::Expr* given(std::string_view argument) const;  ///< what was written; null where it is missing

  // How a call is filled in.
  void take(const ast::Argument& argument);
  void check_count() const;

 private:
  const ast::Expr* find(const NamedArgument* argument) const;
  void take_named(const ast::Argument& argument);
};

/// The elementwise op that the language spells as the built-in, of as many operands as the call has.
Item call_op(const BuiltinCall& call);

/// What a function is given, evaluated: by place.
struct FunctionArguments {
  std::vector<Item> items;
  std::vector<Range> ranges;
  Range range, callee;
};

/// The derivative of a function that gives a number, by one of these arguments or by a parameter.
Item call_gradient(Elaborator& at, const GradientFunction& gradient, FunctionArguments given);
Item call_frozen(Elaborator& at, const FrozenFunction& frozen, FunctionArguments given);

}  // namespace nnc
