#include "frontend/program/target_fields.h"

#include <algorithm>
#include <functional>
#include <set>

#include "frontend/program/program_parts.h"
#include "frontend/syntax/walk.h"

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

/// Whether the expression is a layer or model of the program, perhaps with settings: what is piped into it is no
/// target.
bool is_layer(const CheckedProgram& program, const Expr& expr) {
  const Expr& callee = expr.kind == ExprKind::call ? *expr.operands.at(0) : expr;
  const Definition* definition = callee.kind == ExprKind::name ? program.definitions.find(callee.text, false) : nullptr;
  return definition != nullptr && definition->is_layer();
}

/// Calls `visit` with the names in the loss that go into no layer.
void visit_targets(const CheckedProgram& program, const Expr& expr, const std::function<void(const Expr&)>& visit) {
  if (expr.kind == ExprKind::name) visit(expr);
  if (expr.kind == ExprKind::call && is_layer(program, expr)) return;
  std::set<const Expr*> piped;  // into a layer
  for (size_t i = 0; i < expr.operators.size(); ++i) {
    if (expr.operators[i].text != "|>" || !is_layer(program, *expr.operands[i + 1])) continue;
    for (size_t before = 0; before <= i; ++before) piped.insert(expr.operands[before].get());
  }
  for_each_part(expr, [&](const Expr& part) {
    if (!piped.contains(&part)) visit_targets(program, part, visit);
  });
}

}  // namespace

std::vector<TargetField> numeric_targets(const BoundProgram& program) {
  const CheckedProgram& checked = *program.checked;
  auto loss = checked.train_entries.find("loss");
  const DataDeclaration* data = checked.find_data(program.train.data);
  std::vector<TargetField> found;
  if (loss == checked.train_entries.end() || data == nullptr) return found;
  visit_targets(checked, *loss->second.entry->value, [&](const Expr& name) {
    const DataField* field = data->field(name.text);
    if (field == nullptr || field->type.is(Base::label)) return;
    LineColumn place = checked.source->locate(field->entry->name.range.begin);
    Origin origin{checked.source->name(), place.line, place.column, ""};
    auto known = [&](const TargetField& other) { return other.field == field->name; };
    if (std::none_of(found.begin(), found.end(), known)) found.push_back({data->info.name, field->name, origin});
  });
  return found;
}

std::vector<TargetField> probability_targets(const BoundProgram& program) {
  const CheckedProgram& checked = *program.checked;
  for (const ast::Item& item : checked.file.items) {
    if (item.kind == ast::ItemKind::definition && item.name.text == "bce") return {};
  }
  auto loss = checked.train_entries.find("loss");
  const DataDeclaration* data = checked.find_data(program.train.data);
  if (loss == checked.train_entries.end() || data == nullptr) return {};
  std::vector<TargetField> found;
  walk(loss->second.entry->value.get(), [&](const Expr& expr) {
    const Expr* target = is_bce(expr) ? target_of(expr) : nullptr;
    if (target != nullptr && target->kind == ExprKind::name && data->field(target->text) != nullptr) {
      LineColumn place = loss->second.source->locate(target->range.begin);
      found.push_back({data->info.name, target->text, {loss->second.source->name(), place.line, place.column, ""}});
    }
  });
  return found;
}

}  // namespace nnc
