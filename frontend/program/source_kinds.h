// The kinds of source that a data declaration may name, each one record: its word, what it takes, and what its fields
// may read of it. How the runtime reads it is the record of the same word in runtime/dataset/source_readers.h.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/elaborate/elaborator.h"
#include "frontend/types/data_info.h"

namespace nnc {

struct SourceKind {
  /// A part that is there from the start, in files of its own whose names begin so.
  struct OwnPart {
    std::string_view name, files;
  };

  std::string_view word;
  std::string_view form;                         ///< as a message writes it: csv("…")
  bool rows_are_fields = false;                  ///< its rows stand in the program, one list a field
  bool has_columns = false;                      ///< fields read it by column(…) and columns(…)
  bool is_folder = false;                        ///< its path is that of a folder
  std::span<const OwnPart> parts = {};           ///< where it can't be split
  std::span<const std::string_view> names = {};  ///< what its fields call what it offers
  std::string_view lone = "";     ///< what fields call the array of a path without a name, where others have one
  bool windows = false;           ///< a sample is DataInfo::window classes in a row
  std::string_view size = "";     ///< what the number of those classes is called: `text.vocab`
  bool shape_in_file = false;     ///< only the file says what shape a sample has
  Element unread = Element::f32;  ///< what its elements are taken for until the file is read
  /// Takes a named argument beside split and seed; false for one that it does not know.
  bool (*take)(Elaborator&, const ast::Argument&, DataInfo&) = nullptr;
  /// Reports, by throwing, an argument that it does not have; `call` is the whole source.
  void (*refuse)(Elaborator&, const ast::Expr& call, const ast::Argument&) = nullptr;
  /// Checks the arguments against each other.
  void (*check)(Elaborator&, const ast::Expr& call, const DataInfo&) = nullptr;

  const OwnPart* part(std::string_view name) const;
};

std::span<const SourceKind> source_kinds();
/// The one of that word; null where there is none.
const SourceKind* find_source_kind(std::string_view word);
const SourceKind& kind_of(const DataInfo& info);

/// What fields of this declaration call the arrays that it offers: "image", "label"; none where columns are asked for.
std::vector<std::string> array_names(const DataInfo& info);

/// Of the source `csv`: what it takes beside its path.
bool take_csv_argument(Elaborator& elaborator, const ast::Argument& argument, DataInfo& info);
void refuse_csv_argument(Elaborator& elaborator, const ast::Expr& call, const ast::Argument& argument);
void check_csv_format(Elaborator& elaborator, const ast::Expr& call, const DataInfo& info);

/// Of the source `chars`: the same.
bool take_chars_argument(Elaborator& elaborator, const ast::Argument& argument, DataInfo& info);
void refuse_chars_argument(Elaborator& elaborator, const ast::Expr& call, const ast::Argument& argument);
void check_chars(Elaborator& elaborator, const ast::Expr& call, const DataInfo& info);

}  // namespace nnc
