// Statements: bindings, parameters, state, loops.

#include <fmt/format.h>

#include <cmath>

#include "frontend/elaborate/elaborator.h"
#include "ir/graph/builder.h"

namespace nnc {

using ast::ExprKind;
using ast::Statement;
using ast::StatementKind;

namespace {

constexpr double kMaxTurns = 10000;

}  // namespace

Item Elaborator::run(const ast::Block& block, bool own_scope) {
  ScopeGuard guard(*frame, own_scope);
  Item last{Tuple{std::make_shared<Items>()}, block.range, ""};
  bool failed = false;
  for (const Statement& statement : block.statements) {
    bool is_last = &statement == &block.statements.back();
    try {
      if (frame->special && frame->special(statement)) continue;
      switch (statement.kind) {
        case StatementKind::expression: {
          Item item = eval(*statement.value);
          if (is_last)
            last = item;
          else if (statement.value->kind != ExprKind::choose) {
            fail("E0412", statement.range, "this value is not used", "leave it out");
          }
          break;
        }
        case StatementKind::bind: {
          Item item = eval(*statement.value);
          if (statement.names.size() == 1) {
            bind(statement.names[0], item, *statement.value);
          } else {
            const auto* tuple = item.as<Tuple>();
            if (tuple == nullptr || tuple->items->size() != statement.names.size()) {
              fail("E0413", statement.value->range,
                   fmt::format("{} names for {}", statement.names.size(), describe(item)));
            }
            for (size_t i = 0; i < statement.names.size(); ++i) {
              bind(statement.names[i], (*tuple->items)[i], *statement.value);
            }
          }
          break;
        }
        case StatementKind::param: param(statement); break;
        case StatementKind::state: state(statement); break;
        case StatementKind::next: next(statement); break;
        case StatementKind::loop: loop(statement); break;
        case StatementKind::scan: {
          Item item = scan(statement);
          if (is_last) {
            last = item;
          } else {
            fail("E0412", statement.scan->head, "the value of this 'scan' is not used",
                 "a scan is the last statement: its value is the layer's");
          }
          break;
        }
        default: fail("E0414", statement.range, "'first' and 'total' stand in a metric only");
      }
    } catch (const Abandoned&) {
      if (exhausted()) throw;
      failed = true;
      for (const ast::Name& name : statement.names) assign(name.text, {Poison{}, name.range, ""});
    } catch (const Refusal& refusal) {
      failed = true;
      Diagnostic& diagnostic = report(refusal.code, statement.range, refusal.message);
      if (!refusal.help.empty()) diagnostic.suggest(refusal.help);
      for (const ast::Name& name : statement.names) assign(name.text, {Poison{}, name.range, ""});
    }
  }
  if (failed && (frame->caller != nullptr || last.as<Tuple>() != nullptr)) throw Abandoned{};
  return last;
}

void Elaborator::bind(const ast::Name& name, Item item, const ast::Expr& value) {
  if (const auto* instance = item.as<std::shared_ptr<Instance>>(); instance != nullptr && (*instance)->path.empty()) {
    name_instance(**instance, name.text);
  }
  item.range = name.range;
  item.declared = nullptr;
  item.origin = fmt::format("from '{}' at line {}", slice(value.range), line_of(value.range));
  if (auto* x = std::get_if<TypedTensor>(&item.value); x != nullptr && x->node && !frame->library) {
    build.graph->set_name(x->node.id, name.text);
  }
  assign(name.text, std::move(item));
}

void Elaborator::assign(const std::string& name, Item item) {
  // A name of an outer block is bound again there; the outermost scope holds settings and arguments, which are hidden.
  for (auto scope = frame->scopes.rbegin(); scope != frame->scopes.rend(); ++scope) {
    if (auto found = scope->find(name); found != scope->end()) {
      if (item.as<Poison>() == nullptr)
        refuse_in_scan(name, static_cast<size_t>(frame->scopes.rend() - scope - 1), item.range);
      found->second = std::move(item);
      return;
    }
  }
  frame->scopes.back()[name] = std::move(item);
}

/// One param or state of a name is in sight at a time; what a turn of a loop declared ends with it.
static void refuse_second(Elaborator& at, const Statement& statement) {
  const ast::Name& name = statement.names[0];
  for (const auto& scope : at.frame->scopes) {
    auto found = scope.find(name.text);
    if (found == scope.end()) continue;
    const std::string& origin = found->second.origin;
    if (origin.rfind("declared at", 0) != 0 && origin.rfind("state at", 0) != 0) continue;
    std::string_view kind = statement.kind == StatementKind::param ? "parameter" : "state";
    at.report("E0502", name.range, fmt::format("the {} '{}' is declared twice", kind, name.text))
        .note(found->second.range, "first declared here");
    throw Abandoned{};
  }
}

/// What lives longer than a batch has no axis of its rows.
static void refuse_rows(Elaborator& at, const TensorType& declared, const ast::TypeExpr& written,
                        const std::string& what) {
  if (at.generic || !has_rows(declared.axes)) return;
  at.fail("E0503", written.range, fmt::format("the size of a {} can't depend on B: {}", what, to_string(declared)));
}

void Elaborator::param(const Statement& statement) {
  const std::string& name = statement.names[0].text;
  Range place = statement.names[0].range;
  if (!frame->owns) {
    fail("E0501", statement.range, "a 'param' stands in a layer or model only", "make the 'fn' a 'layer'");
  }
  refuse_second(*this, statement);
  TensorType declared = type(*statement.type);
  if (!is_float(declared.base())) {
    fail("E0503", statement.type->range, fmt::format("a parameter is a float, not {}", to_string(declared)));
  }
  refuse_rows(*this, declared, *statement.type, "parameter");
  Item start{Number::of(0), place, ""};
  if (statement.value) start = start_value(*statement.value);
  frame->declared[name] = frame->variables.take(frame->path + "." + name);
  Variable variable{frame->declared[name], declared, start, false, place, frame->source, reported_range(place)};
  auto known = variable_index.find(variable.path);
  if (known != variable_index.end() && !(variables[known->second].type == declared)) {
    const Variable& first = variables[known->second];
    Diagnostic& diagnostic = report("E0504", place,
                                    fmt::format("'{}' is {} here, and was {} at its first application", variable.path,
                                                to_string(declared), to_string(first.type)));
    diagnostic.note(first.applied, "first applied here");
    throw Abandoned{};
  }
  if (known == variable_index.end()) {
    apply_initialiser(start, declared, variable.path, statement.value ? statement.value->range : place);
    variable_index[variable.path] = variables.size();
    variables.push_back(variable);
  }
  Item item{variable_tensor(variables[variable_index[variable.path]]), place,
            fmt::format("declared at line {}", line_of(place)), statement.type.get()};
  frame->scopes.back()[name] = std::move(item);
}

void Elaborator::state(const Statement& statement) {
  const std::string& name = statement.names[0].text;
  Range place = statement.names[0].range;
  if (!frame->owns) fail("E0501", statement.range, "a 'state' stands in a layer, model or optimizer only");
  if (!statement.type) fail("E0505", place, fmt::format("the state '{}' needs a type", name));
  refuse_second(*this, statement);
  TensorType declared = type(*statement.type);
  refuse_rows(*this, declared, *statement.type, "state");
  std::string path = frame->variables.take(frame->path + "." + name);
  frame->declared[name] = path;
  if (variable_index.find(path) == variable_index.end()) {
    Item start = statement.value ? start_value(*statement.value) : Item{Number::of(0), place, ""};
    apply_initialiser(start, declared, path, statement.value ? statement.value->range : place);
    variable_index[path] = variables.size();
    variables.push_back({path, declared, start, true, place, frame->source});
  }
  TypedTensor now = variable_tensor(variables[variable_index[path]]);
  if (auto found = state_now.find(path); found != state_now.end()) now.node = found->second;
  frame->scopes.back()[name] = {now, place, fmt::format("state at line {}", line_of(place))};
}

void Elaborator::next(const Statement& statement) {
  const std::string& name = statement.names[0].text;
  if (next_of_scan(statement)) return;
  auto declared = frame->declared.find(name);
  std::string path = declared != frame->declared.end() ? declared->second : "";
  auto known = variable_index.find(path);
  if (known == variable_index.end() || !variables[known->second].state) {
    if (std::optional<Item> item = look_up(name); item && item->as<Poison>() != nullptr) throw Abandoned{};
    fail("E0506", statement.names[0].range, fmt::format("'next' needs a state, and '{}' is none", name));
  }
  if (auto [first, fresh] = frame->updated.emplace(path, statement.range); !fresh && !generic) {
    report("E0502", statement.range, fmt::format("'next {}' is given twice", name))
        .note(first->second, "first given here");
    throw Abandoned{};
  }
  Item value = conform(eval(*statement.value), variables[known->second].type, statement.value->range,
                       fmt::format("the state '{}'", name), variables[known->second].range);
  if (training.value_or(true)) state_next[path] = value.as<TypedTensor>()->node;
}

void Elaborator::loop(const Statement& statement) {
  const std::string& name = statement.names[0].text;
  const ast::Expr& over = *statement.value;
  auto turn = [&](Item item) {
    ScopeGuard guard(*frame, true);
    frame->scopes.back()[name] = std::move(item);
    run(*statement.block, true);
  };
  if (over.kind == ExprKind::range) {
    Number first = number_of(*over.operands[0]), last = number_of(*over.operands[1]);
    if (!first.known || !last.known) {
      if (!generic) fail("E0415", over.range, "the bounds of a 'for' must be known at compile time");
      const auto before = frame->scopes;
      turn({Number::whole(Size::symbol(name)), over.range, ""});
      join(*frame, before);  // or more turns than one, or none
      return;
    }
    for (const Number* bound : {&first, &last}) {
      for (const std::string& option : bound->options) constant_options.insert(option);
      if (*bound->known != std::floor(*bound->known)) fail("E0415", over.range, "the bounds of a 'for' must be whole");
    }
    if (*last.known - *first.known > kMaxTurns) {
      fail("E0805", over.range,
           fmt::format("{} turns are more than {}: a limit of nnc", *last.known - *first.known, kMaxTurns));
    }
    for (double i = *first.known; i < *last.known; ++i) turn({Number::of(i), over.range, ""});
    return;
  }
  Item items = eval(over);
  if (const auto* parameters = items.as<Parameters>()) {
    if (parameters->opaque) {
      Axes axes{{Size::symbol("size(of a parameter)"), "of a parameter", true}};
      turn({TypedTensor{TensorType(Base::f32, axes), {}}, over.range, ""});
      return;
    }
    for (const std::string& path : parameters->paths)
      turn({variable_tensor(variables[variable_index.at(path)]), over.range, ""});
    return;
  }
  fail("E0415", over.range, fmt::format("'for' runs over a range or over params(…), not {}", describe(items)));
}

}  // namespace nnc
