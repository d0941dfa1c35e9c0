// What a training step computes: loss, clipped gradients, the optimizer's update of every parameter.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <set>

#include "frontend/program/gradient_norm.h"
#include "frontend/program/program_elaborator.h"
#include "frontend/syntax/walk.h"
#include "ir/graph/builder.h"
#include "support/error.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;
using ast::StatementKind;

OptionScope::OptionScope(const CheckedProgram& program, Diagnostics& diagnostics)
    : elaborator(program.definitions, diagnostics), enter(elaborator, frame) {
  frame.source = program.source;
  for (const OptionValue& option : program.options) elaborator.globals[option.info.name] = option.item;
}

ProgramElaborator::ProgramElaborator(const CheckedProgram& program, const BoundProgram* bound, Diagnostics& diagnostics,
                                     Graph* graph, bool training)
    : elaborator(program.definitions, diagnostics), program_(program), bound_(bound) {
  elaborator.build.graph = graph;
  elaborator.build.precision = program.train_info.precision;
  elaborator.training = training;
  elaborator.random_path = "train";
  train.source = program.source;
  if (bound != nullptr) {
    elaborator.left_by_check = &program.left_open;
    elaborator.variables = bound->variables;
    for (size_t i = 0; i < bound->variables.size(); ++i) elaborator.variable_index[bound->variables[i].path] = i;
  }
  if (graph != nullptr) {
    ++program.elaborations->graphs;
    elaborator.seed = named_input(*graph, InputRole::seed, "", Type(Element::i32, {2}));
    elaborator.step = named_input(*graph, InputRole::step, "", Type(Element::i32, {}));
  }
  elaborator.field_function = [this](const FieldFunction& function, const std::vector<Item>& arguments) {
    return call_field(function, arguments);
  };
  elaborator.balanced = [this](const FieldFunction& function, Range range) { return balanced(function, range); };
  elaborator.becomes_class = [this](const TypedTensor& x, const Size& classes, Range range) {
    check_class(x, classes, range);
  };
  elaborator.data_member = [this](const DataReference& data, const std::string& name) -> std::optional<Item> {
    const DataDeclaration* declaration = program_.find_data(data.data);
    if (declaration == nullptr || !data.split.empty()) return std::nullopt;
    if (declaration->field(name) != nullptr) return Item{FieldFunction{data.data, name}, {}, ""};
    if (name == "train" || name == "valid" || name == "test") return Item{DataReference{data.data, name}, {}, ""};
    for (const ast::Entry& entry : declaration->item->entries) {
      if (entry.name.text == name) return Item{Poison{}, entry.name.range, ""};  // it is there, and wrong
    }
    bool size = std::find(declaration->sizes.begin(), declaration->sizes.end(), name) != declaration->sizes.end();
    if (!size) return std::nullopt;
    if (bound_ != nullptr) {
      if (auto found = bound_->sizes.find(data.data + "." + name); found != bound_->sizes.end()) {
        return Item{Number::whole(found->second), {}, ""};
      }
    }
    return Item{Number::whole(Size::symbol(data.data + "." + name)), {}, ""};
  };
  enter_options();
}

void ProgramElaborator::enter_options() {
  Graph* graph = elaborator.build.graph;
  for (const OptionValue& option : program_.options) {
    Item item = option.item;
    if (auto* number = std::get_if<Number>(&item.value); number != nullptr && option.is_setting) {
      settings[option.info.name] = number->known.value_or(0);
      if (graph != nullptr)
        number->node = named_input(*graph, InputRole::setting, option.info.name, Type(Element::f64, {}));
    }
    elaborator.globals[option.info.name] = item;
  }
  for (const DataDeclaration& data : program_.data) {
    elaborator.globals[data.info.name] = {DataReference{data.info.name, ""}, data.item->name.range, ""};
  }
  Number step = Number::unknown(), epoch = Number::unknown(), total = Number::unknown(), per_epoch = Number::unknown();
  if (bound_ != nullptr) {
    const TrainInfo& info = bound_->train;
    int64_t rows = 0;
    if (auto facts = bound_->facts.find(info.data); facts != bound_->facts.end()) {
      auto count = facts->second.rows.find(info.split);
      if (count != facts->second.rows.end()) rows = count->second;
    }
    // In doubles: the product of two counts that a person may write need not fit a whole number.
    auto steps = static_cast<double>(std::max<int64_t>(1, rows / info.batch + (rows % info.batch > 0 ? 1 : 0)));
    per_epoch = Number::of(steps);
    total = Number::of(info.steps > 0 ? static_cast<double>(info.steps)
                                      : steps * static_cast<double>(std::max<int64_t>(1, info.epochs)));
    if (graph != nullptr) {
      Enter enter(elaborator, train);
      if (program_.train != nullptr) graph->current_origin = elaborator.origin(program_.train->keyword);
      step.node = cast(elaborator.step, Element::f64);
      epoch.node = unary("floor", (step.node - 1.0) / steps);
    }
  }
  elaborator.globals["step"] = {step, {}, ""};
  elaborator.globals["epoch"] = {epoch, {}, ""};
  elaborator.globals["total_steps"] = {total, {}, ""};
  elaborator.globals["steps_per_epoch"] = {per_epoch, {}, ""};
}

Frame& ProgramElaborator::frame_of_entry(const TrainEntry& entry, Frame& given) {
  if (entry.source == program_.source) return train;
  given.source = entry.source;
  given.caller = &train;
  given.call = entry.range;
  given.scopes = train.scopes;
  return given;
}

Item ProgramElaborator::evaluate(const std::string& key) {
  auto entry = program_.train_entries.find(key);
  if (entry == program_.train_entries.end()) return {Poison{}, {}, ""};
  Frame given;
  Enter enter(elaborator, frame_of_entry(entry->second, given));
  return elaborator.eval(*entry->second.entry->value);
}

/// A path such as `net.dense_0.W` may stand before the first `net(x)`: where the loss names a path and can't be
/// evaluated yet, the parameters of all that it applies are found from its parts.
void ProgramElaborator::find_variables() {
  auto entry = program_.train_entries.find("loss");
  if (entry == program_.train_entries.end() || !elaborator.variables.empty()) return;
  bool paths = false;
  walk(entry->second.entry->value.get(), [&](const Expr& expr) { paths = paths || expr.kind == ExprKind::field; });
  if (!paths) return;
  Diagnostics unheard;
  ProgramElaborator trial(program_, bound_, unheard, nullptr, elaborator.training.value_or(true));
  trial.train.scopes = train.scopes;
  trial.train.source = entry->second.source;
  Enter enter(trial.elaborator, trial.train);
  std::function<void(const Expr&)> visit = [&](const Expr& expr) {
    if (trial.elaborator.exhausted()) return;
    try {
      trial.elaborator.eval(expr);
      return;
    } catch (const Abandoned&) {
    }
    for_each_part(expr, visit);
  };
  visit(*entry->second.entry->value);
  if (!unheard.has_errors()) return;
  elaborator.variables = trial.elaborator.variables;
  elaborator.variable_index = trial.elaborator.variable_index;
}

TypedTensor ProgramElaborator::loss() {
  find_variables();
  Item item = evaluate("loss");
  if (item.as<Poison>() != nullptr) throw Abandoned{};
  Range range = program_.train_entries.at("loss").range;
  Enter enter(elaborator, train);
  if (item.as<Text>() != nullptr) {
    elaborator.fail("E0406", range, "the loss is wanted here, this is a string",
                    "what is computed, as in mse(net(x), y)");
  }
  TypedTensor result = elaborator.tensor(item, range, "the loss");
  if (!result.type.axes.empty() || !result.type.is_floating()) {
    const std::string text = elaborator.slice(range);
    elaborator.fail("E0914", range, fmt::format("the loss is one number, and this is {}", to_string(result.type)),
                    result.type.axes.empty() ? ""
                    : text.ends_with("…")    ? "take the sum or the mean of the term that has axes"
                                             : fmt::format("mean({})", text));
  }
  const ParameterView& view = elaborator.view;
  untrained.clear();
  std::set_difference(view.frozen_reads.begin(), view.frozen_reads.end(), view.free_reads.begin(),
                      view.free_reads.end(), std::inserter(untrained, untrained.end()));
  return result;
}

Number ProgramElaborator::setting_input(const std::string& name, const Number& number) {
  if (number.runtime || !number.known) return number;
  Number result = number;
  result.runtime = true;
  result.size.reset();
  settings[name] = *number.known;
  if (elaborator.build.graph != nullptr) {
    result.node = named_input(*elaborator.build.graph, InputRole::setting, name, Type(Element::f64, {}));
  }
  return result;
}

/// `clip = norm(c)` scales all gradients to a norm of at most c; `clip = value(c)` bounds each element.
std::vector<Value> ProgramElaborator::clipped(std::vector<Value> gradients) {
  auto entry = program_.train_entries.find("clip");
  if (entry == program_.train_entries.end()) return gradients;
  const Expr& expr = *entry->second.entry->value;
  bool call = expr.kind == ExprKind::call && expr.operands[0]->kind == ExprKind::name && expr.arguments.size() == 1 &&
              expr.arguments[0].name.empty();
  std::string word = call ? expr.operands[0]->text : "";
  Range range = entry->second.range;
  if (word != "norm" && word != "value") elaborator.fail("E0915", range, "'clip' is norm(c) or value(c)");
  Frame frame;
  frame.source = entry->second.source;
  frame.caller = entry->second.source == program_.source ? nullptr : elaborator.frame;
  frame.call = range;
  Number bound;
  {
    Enter enter(elaborator, frame);
    bound = elaborator.number_of(*expr.arguments[0].value);
  }
  if (bound.known && !(*bound.known > 0))
    elaborator.fail("E0915", range, fmt::format("'clip' needs a bound above 0, and this is {}", *bound.known));
  bound = setting_input("clip", bound);
  Graph* graph = elaborator.build.graph;
  if (graph == nullptr || gradients.empty()) return gradients;
  if (word == "norm") return kept_to_norm(std::move(gradients), elaborator.build.scalar(bound, Element::f64));
  for (Value& gradient : gradients) {
    Value limit = elaborator.build.scalar(bound, gradient.type().element);
    const Shape& shape = gradient.type().shape;
    gradient =
        binary("maximum", binary("minimum", gradient, broadcast_scalar(limit, shape)), broadcast_scalar(-limit, shape));
  }
  return gradients;
}

Closure ProgramElaborator::optimizer() {
  auto entry = program_.train_entries.find("optimizer");
  if (entry == program_.train_entries.end()) return {program_.definitions.find("sgd", true), nullptr, false};
  Item item = evaluate("optimizer");
  Enter enter(elaborator, train);
  const auto* closure = item.as<Closure>();
  if (closure == nullptr || closure->opaque || closure->definition->kind() != ast::DefinitionKind::optimizer) {
    const auto* text = item.as<Text>();
    elaborator.fail("E0916", entry->second.range,
                    fmt::format("an optimizer is wanted here, this is {}", describe(item)),
                    text == nullptr ? "an optimizer of the library: adam(1e-3)" : "a name without quotes: adam(1e-3)");
  }
  return *closure;
}

Range ProgramElaborator::place_of_optimizer() const {
  const auto entry = program_.train_entries.find("optimizer");
  return entry != program_.train_entries.end() ? entry->second.range : program_.train->keyword;
}

void ProgramElaborator::optimize(const TypedTensor& loss) {
  const Range range = place_of_optimizer();
  Closure optimizer = this->optimizer();
  Enter enter(elaborator, train);
  std::vector<Variable> parameters;
  std::vector<Value> gradients;
  Graph* graph = elaborator.build.graph;
  for (const Variable& variable : elaborator.variables) {
    if (variable.state || untrained.contains(variable.path)) continue;
    parameters.push_back(variable);
    if (graph != nullptr) {
      Value weight = elaborator.variable_tensor(variable).node;
      graph->current_origin = elaborator.origin(range);
      gradients.push_back(gradient(loss.node, weight));
    }
  }
  gradients = clipped(std::move(gradients));
  if (graph == nullptr) gradients.resize(parameters.size());
  std::vector<Result> results;
  for (size_t i = 0; i < parameters.size(); ++i) update(parameters[i], optimizer, gradients[i], results);
  for (const auto& [path, value] : elaborator.state_next) results.push_back({ResultKind::update, path, value.id});
  if (graph != nullptr) graph->results.insert(graph->results.end(), results.begin(), results.end());
}

void ProgramElaborator::update(const Variable& variable, const Closure& optimizer, Value gradient,
                               std::vector<Result>& results) {
  Frame frame = frame_of(*optimizer.definition, &train, place_of_optimizer());
  elaborator.bind_settings(optimizer, frame);
  for (auto& [name, item] : frame.scopes[0]) {
    auto* number = std::get_if<Number>(&item.value);
    if (number == nullptr) continue;
    bool rate = name == "lr";
    if (rate && number->known && !(*number->known >= 0 && std::isfinite(*number->known))) {
      elaborator.fail("E0917", frame.call,
                      fmt::format("the learning rate is a finite number from 0, and this is {}", *number->known));
    }
    const Element element = elaborator.build.precision;
    if (rate && number->known) elaborator.small_numbers.insert(*number->known);
    const bool judged = rate && elaborator.judges("W0917", frame.call, number->known.has_value());
    if (judged && (*number->known == 0 || Elaborator::vanishes(*number->known, element))) {
      std::string in = *number->known == 0 ? "" : fmt::format(", as {} is in {},", *number->known, spelling(element));
      elaborator.diagnostics.warning("W0917", frame.call, fmt::format("a learning rate of 0{} trains nothing", in));
    }
    *number = setting_input("optimizer." + name, *number);
  }
  const auto& parameters = optimizer.definition->item->parameters;
  TensorType type(Base::f32, variable.type.axes);
  type.bases = variable.type.bases;
  if (parameters.size() != 2)
    elaborator.fail("E0916", frame.call, "an optimizer takes a weight and its gradient: (w, g)");
  const std::string& weight = parameters[0].name.text;
  frame.scopes[0][weight] = {elaborator.variable_tensor(variable), {}, ""};
  frame.scopes[0][parameters[1].name.text] = {TypedTensor{type, gradient}, {}, ""};
  std::set<std::string> states;
  frame.special = [&](const ast::Statement& statement) {
    if (statement.kind != StatementKind::state && statement.kind != StatementKind::next) return false;
    const std::string& name = statement.names[0].text;
    std::string path = fmt::format("optimizer.{}.{}", variable.path, name);
    bool is_weight = name == weight;
    if (statement.kind == StatementKind::state) {
      if (is_weight || !states.insert(name).second)
        elaborator.fail("E0502", statement.range, fmt::format("'{}' is declared twice", name));
      Item start = statement.value ? elaborator.start_value(*statement.value) : Item{Number::of(0), {}, ""};
      elaborator.apply_initialiser(start, type, path, statement.value ? statement.value->range : statement.range);
      Variable state{path, type, start, true, statement.names[0].range, frame.source};
      frame.scopes[0][name] = {elaborator.variable_tensor(state), statement.range, ""};
      optimizer_states.push_back(state);
      return true;
    }
    if (auto [first, fresh] = frame.updated.emplace(name, statement.range); !fresh) {
      elaborator.report("E0502", statement.range, fmt::format("'next {}' is given twice", name))
          .note(first->second, "first given here");
      throw Abandoned{};
    }
    Item value = elaborator.conform(elaborator.eval(*statement.value), type, statement.value->range,
                                    fmt::format("'next {}'", name));
    if (elaborator.build.graph != nullptr) {
      results.push_back({ResultKind::update, is_weight ? variable.path : path, value.as<TypedTensor>()->node.id});
    }
    return true;
  };
  Enter enter(elaborator, frame);
  elaborator.run(*optimizer.definition->item->body, false);
  if (frame.updated.count(weight) == 0)
    elaborator.fail("E0916", frame.call,
                    fmt::format("the optimizer '{}' says no 'next {}'", optimizer.definition->name(), weight));
}

}  // namespace nnc
