#include "frontend/target_fields.h"

#include "frontend/program_parts.h"

namespace nnc {

namespace {

using ast::Expr;
using ast::ExprKind;

/// The argument `t` of `bce(p, t)`, by name or second in place; null where there is none.
const Expr* target_of(const Expr& call) {
  size_t position = 0;
  for (const ast::Argument& argument : call.arguments) {
    if (argument.name.text == "t") return argument.value.get();
    if (argument.name.empty() && ++position == 2) return argument.value.get();
  }
  return nullptr;
}

bool is_bce(const Expr& expr) {
  return expr.kind == ExprKind::call && expr.operands.at(0)->kind == ExprKind::name && expr.operands[0]->text == "bce";
}

}  // namespace

std::vector<TargetField> probability_targets(const BoundProgram& program) {
  const CheckedProgram& checked = *program.checked;
  for (const ast::Item& item : checked.file.items) {
    if (item.kind == ast::ItemKind::definition && item.name.text == "bce") return {};
  }
  auto loss = checked.train_entries.find("loss");
  const DataDeclaration* data = checked.find_data(program.train.data);
  if (loss == checked.train_entries.end() || data == nullptr) return {};
  std::vector<TargetField> found;
  std::vector<const Expr*> open{loss->second.entry->value.get()};
  while (!open.empty()) {
    const Expr& expr = *open.back();
    open.pop_back();
    const Expr* target = is_bce(expr) ? target_of(expr) : nullptr;
    if (target != nullptr && target->kind == ExprKind::name && data->field(target->text) != nullptr) {
      LineColumn place = loss->second.source->locate(target->range.begin);
      found.push_back({data->info.name, target->text, {loss->second.source->name(), place.line, place.column, ""}});
    }
    for (const ast::ExprPtr& operand : expr.operands) open.push_back(operand.get());
    for (const ast::Argument& argument : expr.arguments) open.push_back(argument.value.get());
  }
  return found;
}

}  // namespace nnc
