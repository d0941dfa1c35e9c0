#include "frontend/program/source_kinds.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "frontend/program/program_elaborator.h"
#include "support/error.h"

namespace nnc {

namespace {

using ast::Argument;
using ast::Expr;

bool is_of_split(const Argument& argument) { return argument.name.text == "split" || argument.name.text == "seed"; }

void refuse_idx_argument(Elaborator& elaborator, const Expr& call, const Argument& argument) {
  const bool of_split = is_of_split(argument);
  Diagnostic& diagnostic = elaborator.report("E0323", argument.name.range,
                                             fmt::format("'idx' has no argument '{}'{}", argument.name.text,
                                                         of_split ? "" : ": it takes the path of a folder"));
  if (of_split) {
    diagnostic.suggest(
        "its parts are its files': 'train' (train-images*) and 'test' (t10k-images*); a csv takes 'split'");
    for (size_t i = 1; i < call.arguments.size(); ++i) {
      const Range before = call.arguments[i - 1].value->range, here = call.arguments[i].value->range;
      if (is_of_split(call.arguments[i])) diagnostic.change({before.end, here.end}, "");
    }
  }
  throw Abandoned{};
}

/// The path of one more array, by the name that fields call it.
bool take_array(Elaborator& elaborator, const Argument& argument, DataInfo& info) {
  const std::string& name = argument.name.text;
  const std::optional<std::string> path = column_name(elaborator, *argument.value);
  if (!path) {
    const std::string near = nearest(name, {"split", "seed"});
    elaborator.fail("E0603", near.empty() ? argument.value->range : argument.name.range,
                    fmt::format("'{}' is the path of an array: a string", name),
                    near.empty() ? "" : fmt::format("did you mean '{}'?", near));
  }
  for (const DataFile& file : info.files) {
    if (file.array == name) elaborator.fail("E0325", argument.name.range, fmt::format("'{}' is given twice", name));
  }
  info.files.push_back({name, *path});
  return true;
}

constexpr std::array<SourceKind::OwnPart, 2> kIdxParts{{{"train", "train-images"}, {"test", "t10k-images"}}};
constexpr std::array<std::string_view, 2> kIdxNames{"image", "label"};
constexpr std::array<std::string_view, 1> kCharsNames{"window"};

constexpr std::array kSources{
    SourceKind{.word = "table", .form = "'table'", .rows_are_fields = true},
    SourceKind{.word = "csv",
               .form = "csv(\"…\")",
               .has_columns = true,
               .take = take_csv_argument,
               .refuse = refuse_csv_argument,
               .check = check_csv_format},
    SourceKind{.word = "idx",
               .form = "idx(\"…\")",
               .is_folder = true,
               .parts = kIdxParts,
               .names = kIdxNames,
               .shape_in_file = true,
               .unread = Element::u8,
               .refuse = refuse_idx_argument},
    SourceKind{.word = "npy", .form = "npy(\"…\")", .lone = "array", .shape_in_file = true, .take = take_array},
    SourceKind{.word = "chars",
               .form = "chars(\"…\", window: 65)",
               .names = kCharsNames,
               .windows = true,
               .size = "vocab",
               .take = take_chars_argument,
               .refuse = refuse_chars_argument,
               .check = check_chars},
};

}  // namespace

const SourceKind::OwnPart* SourceKind::part(std::string_view name) const {
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const OwnPart& one) { return one.name == name; });
  return found == parts.end() ? nullptr : &*found;
}

std::span<const SourceKind> source_kinds() { return kSources; }

const SourceKind* find_source_kind(std::string_view word) {
  const auto* found =
      std::find_if(kSources.begin(), kSources.end(), [&](const SourceKind& kind) { return kind.word == word; });
  return found == kSources.end() ? nullptr : found;
}

const SourceKind& kind_of(const DataInfo& info) {
  const SourceKind* kind = find_source_kind(info.kind);
  NNC_ASSERT(kind != nullptr, "data of a source that there is not");
  return *kind;
}

std::vector<std::string> array_names(const DataInfo& info) {
  const SourceKind& kind = kind_of(info);
  std::vector<std::string> names(kind.names.begin(), kind.names.end());
  for (const DataFile& file : info.files) {
    if (!file.array.empty()) names.push_back(file.array);
  }
  return names;
}

}  // namespace nnc
