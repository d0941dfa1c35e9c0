// The definitions that a name can mean: those of the user's file, and those of the library, which is parsed from text
// embedded in the binary. Library files see no user's names.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/syntax/ast.h"
#include "support/source.h"

namespace nnc {

/// A `fn`, `layer`, `model`, `metric` or `optimizer`, with the file it stands in.
struct Definition {
  const ast::Item* item = nullptr;
  const SourceFile* source = nullptr;
  bool library = false;

  const std::string& name() const { return item->name.text; }
  ast::DefinitionKind kind() const { return item->definition; }
  bool is_layer() const;        ///< layer or model: it may own parameters
  bool is_initialiser() const;  ///< settings, and an empty second list
};

std::string_view spelling(ast::DefinitionKind kind);
/// "dense(out: int, init: fn = glorot)(x: f32[..S, I]) -> f32[..S, out]"
/// or without the defaults.
std::string signature(const Definition& definition, bool defaults = true);

/// One file of the library as CMake embeds it.
struct LibraryFile {
  std::string_view name, text;
};
std::vector<LibraryFile> library_files();

class Definitions {
 public:
  Definitions() = default;

  /// The embedded library, parsed when first asked for: it is the same for every program. A mistake in it is an
  /// InternalError.
  static std::shared_ptr<const Definitions> library();
  /// Adds the definitions of a user's file; repeated names are reported.
  void add(const ast::File& file, const SourceFile& source, Diagnostics& diagnostics);

  /// What `name` means in a file of the user (his own first) or, with `in_library`, of the library; null if nothing.
  const Definition* find(const std::string& name, bool in_library) const;
  std::vector<std::string> names(bool in_library) const;
  const std::vector<const Definition*>& of_user() const { return user_order_; }
  std::vector<const Definition*> of_library() const;

  std::shared_ptr<const Definitions> base;  ///< the library

 private:
  static std::shared_ptr<const Definitions> parse_library();

  struct Parsed {
    std::unique_ptr<SourceFile> source;
    ast::File file;
  };
  std::vector<std::unique_ptr<Parsed>> files_;
  std::map<std::string, std::unique_ptr<Definition>> definitions_;
  std::vector<const Definition*> user_order_;
};

/// Reports definitions that use themselves, with the cycle.
void refuse_recursion(const Definitions& definitions, Diagnostics& diagnostics);

/// Names that can't be defined again: primitives, types and words of the language. Their records stand further right
/// (types/builtin.h).
const std::vector<std::string>& primitive_names();
bool is_primitive(std::string_view name);
std::string reductions_in_words();  ///< those that reduce axes: "sum, mean and max"

}  // namespace nnc
