#include "frontend/program/target_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>

#include "frontend/program/program_parts.h"
#include "frontend/syntax/names.h"
#include "frontend/syntax/walk.h"

namespace nnc {

namespace {

using ast::Expr;
using ast::ExprKind;

/// The argument of `bce(p, t)` by its name or its place, from 1; null where there is none.
const Expr* argument_of(const Expr& call, std::string_view name, size_t place) {
  size_t position = 0;
  for (const ast::Argument& argument : call.arguments) {
    if (argument.name.text == name) return argument.value.get();
    if (argument.name.empty() && ++position == place) return argument.value.get();
  }
  return nullptr;
}
const Expr* prediction_of(const Expr& call) { return argument_of(call, "p", 1); }
const Expr* target_of(const Expr& call) { return argument_of(call, "t", 2); }

/// `bce(p, t)`, or with settings in a list of their own, `bce(3)(p, t)`.
bool is_call_of(const Expr& expr, std::string_view name) {
  if (expr.kind != ExprKind::call) return false;
  const Expr* callee = expr.operands.at(0).get();
  if (callee->kind == ExprKind::call) callee = callee->operands.at(0).get();
  return callee->kind == ExprKind::name && callee->text == name;
}

bool is_of_the_file(const CheckedProgram& program, std::string_view name) {
  return std::any_of(program.file.items.begin(), program.file.items.end(), [&](const ast::Item& item) {
    return item.kind == ast::ItemKind::definition && item.name.text == name;
  });
}

/// Whether the expression is computed from parameters: it mentions a layer, or a function of the file that does.
bool has_parameters(const CheckedProgram& program, const Expr& expr) {
  bool found = false;
  std::set<const Definition*> seen;
  std::function<void(const Expr&)> visit = [&](const Expr& name) {
    const Definition* definition = program.definitions.find(name.text, false);
    if (definition == nullptr || definition->library || !seen.insert(definition).second) return;
    found = found || definition->is_layer();
    if (definition->item->body) for_each_name(*definition->item->body, visit);
  };
  for_each_name(&expr, visit);
  return found;
}

bool mentions_field(const DataDeclaration& data, const Expr& expr) {
  bool found = false;
  for_each_name(&expr, [&](const Expr& name) { found = found || data.field(name.text) != nullptr; });
  return found;
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
    Origin origin = checked.source->origin(field->entry->name.range.begin);
    auto known = [&](const TargetField& other) { return other.field == field->name; };
    if (std::none_of(found.begin(), found.end(), known)) found.push_back({data->info.name, field->name, origin});
  });
  return found;
}

std::vector<TargetField> probability_targets(const BoundProgram& program) {
  const CheckedProgram& checked = *program.checked;
  if (is_of_the_file(checked, "bce")) return {};
  auto loss = checked.train_entries.find("loss");
  const DataDeclaration* data = checked.find_data(program.train.data);
  if (loss == checked.train_entries.end() || data == nullptr) return {};
  std::vector<TargetField> found;
  walk(loss->second.entry->value.get(), [&](const Expr& expr) {
    const Expr* target = is_call_of(expr, "bce") ? target_of(expr) : nullptr;
    if (target != nullptr && target->kind == ExprKind::name && data->field(target->text) != nullptr) {
      found.push_back({data->info.name, target->text, loss->second.source->origin(target->range.begin)});
    }
  });
  return found;
}

void warn_swapped_target(const CheckedProgram& program, Diagnostics& diagnostics) {
  const DataDeclaration* data = program.find_data(program.train_info.data);
  if (data == nullptr) return;
  for (const char* key : {"loss", "metrics"}) {
    auto found = program.train_entries.find(key);
    if (found == program.train_entries.end()) continue;
    const TrainEntry& entry = found->second;
    // The other losses and metrics are the same either way, or refuse the types.
    for (const char* name : {"bce", "r2"}) {
      if (is_of_the_file(program, name)) continue;
      walk(entry.entry->value.get(), [&](const Expr& expr) {
        const Expr* prediction = is_call_of(expr, name) ? prediction_of(expr) : nullptr;
        const Expr* target = prediction != nullptr ? target_of(expr) : nullptr;
        if (target == nullptr || !mentions_field(*data, *prediction)) return;
        if (has_parameters(program, *prediction) || !has_parameters(program, *target)) return;
        Diagnostic& warning = diagnostics.warning(
            "W0921", entry.source == program.source ? prediction->range : entry.range,
            fmt::format("'{}' takes the prediction first, but this is data alone, and the target is computed from "
                        "parameters",
                        name));
        if (expr.arguments.size() != 2 || expr.operands[0]->kind != ExprKind::name) return;
        warning.suggest(fmt::format("the other way round: {}({}, {})", name, entry.source->slice(target->range),
                                    entry.source->slice(prediction->range)));
      });
    }
  }
}

}  // namespace nnc
