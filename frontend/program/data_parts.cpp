// What of the data a program names: columns, and the parts that `train` wants, against the data as it was read.

#include <fmt/format.h>

#include <algorithm>

#include "frontend/program/program_elaborator.h"
#include "frontend/program/source_kinds.h"
#include "support/error.h"

namespace nnc {

std::optional<std::string> column_name(Elaborator& elaborator, const ast::Expr& expr) {
  if (expr.kind == ast::ExprKind::string) return expr.text;
  std::optional<Item> item = expr.kind == ast::ExprKind::name ? elaborator.look_up(expr.text) : std::nullopt;
  const Text* text = item ? item->as<Text>() : nullptr;
  return text != nullptr ? std::optional(text->text) : std::nullopt;
}

namespace {

void check_part(const CheckedProgram& program, const std::string& key, const std::string& split,
                const DataDeclaration& data, const DataFacts& facts, Diagnostics& diagnostics) {
  auto entry = program.train_entries.find(key);
  auto rows = facts.rows.find(split);
  if (split.empty() || entry == program.train_entries.end()) return;
  if (rows != facts.rows.end() && rows->second > 0) return;
  const Range place = entry->second.range;
  if (rows != facts.rows.end()) {
    diagnostics
        .error("E0604", place,
               fmt::format("the part '{}' of '{}' is left without a row: {} rows in all", split, data.info.name,
                           facts.rows.at("all")))
        .suggest(fmt::format("a larger share for '{}', or no '{}' in train", split, key));
    return;
  }
  const SourceKind::OwnPart* own = kind_of(data.info).part(split);
  NNC_ASSERT(own != nullptr, "a part that was declared is there");
  diagnostics
      .error("E0910", place,
             fmt::format("the data '{}' has no part '{}': no file of '{}' begins with '{}'", data.info.name, split,
                         data.info.files.at(0).path, own->files))
      .suggest(fmt::format("put the t10k files there, or no '{}' in train", key));
}

}  // namespace

void check_parts(const CheckedProgram& program, const std::vector<DataFacts>& facts, Diagnostics& diagnostics) {
  const TrainInfo& info = program.train_info;
  const DataDeclaration* data = program.find_data(info.data);
  auto found = std::find_if(facts.begin(), facts.end(), [&](const DataFacts& one) { return one.data == info.data; });
  if (data == nullptr || found == facts.end()) return;
  check_part(program, "data", info.split, *data, *found, diagnostics);
  check_part(program, "valid", info.valid, *data, *found, diagnostics);
  check_part(program, "test", info.test, *data, *found, diagnostics);
}

}  // namespace nnc
