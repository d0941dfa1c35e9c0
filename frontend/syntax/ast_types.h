// Types in the syntax tree, of tensors and of settings, and the parameters that have them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "frontend/syntax/ast_expressions.h"

namespace nnc::ast {

enum class TypeKind : uint8_t {
  tensor,  ///< bases with axes
  choice,  ///< {same, valid}, perhaps `| int`
  word,    ///< int, string, fn, layer, …: a setting's type
};

/// One axis of a type: a size expression, or `..S`.
struct AxisExpr {
  bool pack = false;
  Name name;  ///< of a pack
  ExprPtr size;
  Range range;
};

struct BaseExpr {
  Name name;        ///< "f32", "logit", "class"
  ExprPtr classes;  ///< of class(K)
};

struct TypeExpr {
  TypeKind kind = TypeKind::tensor;
  Range range;
  std::vector<BaseExpr> bases;  ///< of a tensor: more than one for `(logit | prob)[…]`
  std::vector<AxisExpr> axes;
  bool has_axes = false;
  std::vector<Name> words;   ///< of a choice
  std::vector<Name> others;  ///< types that a choice allows beside its words (`| int`)
  Name word;                 ///< of a word
};

/// Whether it is `bool` without axes: of a setting or an option, true or false.
inline bool is_bool(const TypeExpr& type) {
  return type.kind == TypeKind::tensor && type.axes.empty() && !type.has_axes && type.bases.size() == 1 &&
         type.bases[0].name.text == "bool";
}

/// `in 0..<1` behind a setting or an option: an end with `<` is not included, a missing one is infinite.
struct Bounds {
  ExprPtr low, high;  ///< high may be null
  bool low_open = false, high_open = false;
  Range range;
};

struct Parameter {
  Name name;
  TypePtr type;                 ///< null: generic
  std::vector<TypePtr> others;  ///< of a parameter that takes a tensor of another type too: `f32[..S] | class(K)[..S]`
  ExprPtr otherwise;            ///< the default, or null
  std::unique_ptr<Bounds> bounds;  ///< of a setting, or null
};

}  // namespace nnc::ast
