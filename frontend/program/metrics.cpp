// Metrics: totals over a split, computed in f64 in the step, and the small graph that combines them at the end.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "frontend/elaborate/likely_fixes.h"
#include "frontend/program/program_elaborator.h"
#include "frontend/syntax/names.h"
#include "ir/graph/builder.h"
#include "support/error.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;
using ast::StatementKind;

namespace {

constexpr int64_t kMaxTotal = 1024;  ///< elements of a total that is a table

bool mentions(const Expr* expr, const std::set<std::string>& names) {
  bool found = false;
  for_each_name(expr, [&](const Expr& name) { found = found || names.count(name.text) != 0; });
  return found;
}

void add_total(Elaborator& elaborator, const std::string& name, Value value) {
  Graph* graph = elaborator.build.graph;
  if (graph != nullptr) graph->results.push_back({ResultKind::total, name, value.id});
}

/// The value as it is when every row of the batch is the first row of the data.
Value first_row(Value value) {
  Graph* graph = value.graph;
  Value order = named_input(*graph, InputRole::order, "", Type(Element::i32, {Dim::rows()}));
  Graph copy;
  std::unordered_map<NodeId, NodeId> out;
  NodeId in_copy = copy_into(*graph, value.id, copy, out);
  std::unordered_map<NodeId, NodeId> back;
  if (auto found = out.find(order.id); found != out.end()) back[found->second] = full(*graph, 0, order.type()).id;
  return graph->value(copy_into(copy, in_copy, *graph, back));
}

}  // namespace

void ProgramElaborator::plain_metric(const std::string& name, const Expr& expr) {
  TypedTensor value = elaborator.tensor_of(expr);
  if (!value.type.axes.empty() || !value.type.is_floating()) {
    elaborator.fail("E0602", expr.range,
                    fmt::format("a metric is one number, and '{}' is {}", name, to_string(value.type)),
                    value.type.axes.empty() ? "" : fmt::format("mean({})", elaborator.slice(expr.range)));
  }
  if (!value.rows.mixed.empty() && value.rows.quotients.empty()) {
    elaborator.fail("E0602", expr.range, fmt::format("{} is no mean over the rows of a split", value.rows.mixed),
                    "write it as a 'metric': it adds totals over the split and combines them at the end");
  }
  MetricInfo info;
  info.name = name;
  info.combine = Graph("combine");
  auto total = [&](const std::string& which) {
    info.totals.push_back(which);
    return named_input(info.combine, InputRole::total, which, Type(Element::f64, {}));
  };
  const Value sum = total("sum");
  Value combined = sum / total("rows");
  for (size_t i = 0; i < value.rows.quotients.size(); ++i) {
    const Value above = total(fmt::format("above.{}", i));
    combined = combined + above / total(fmt::format("below.{}", i));
  }
  info.combine.results.push_back({ResultKind::value, "value", combined.id});
  metric_infos.push_back(std::move(info));
  if (Graph* graph = elaborator.build.graph) {
    add_totals(name, value);
    add_total(elaborator, name + ".rows", size_of(*graph, Dim::rows(), Element::f64));
  }
}

void ProgramElaborator::add_totals(const std::string& name, const TypedTensor& value) {
  Graph& graph = *elaborator.build.graph;
  const Value rows = size_of(graph, Dim::rows(), Element::f64);
  const std::vector<Quotient>& quotients = value.rows.quotients;
  Value mean = quotients.empty() ? value.node : value.rows.rest;
  if (!mean) mean = constant(graph, 0, Element::f64);
  add_total(elaborator, name + ".sum", cast(mean, Element::f64) * rows);
  for (size_t i = 0; i < quotients.size(); ++i) {
    add_total(elaborator, fmt::format("{}.above.{}", name, i), cast(quotients[i].above, Element::f64));
    add_total(elaborator, fmt::format("{}.below.{}", name, i), cast(quotients[i].below, Element::f64));
  }
}

void ProgramElaborator::metrics() {
  auto entry = program_.train_entries.find("metrics");
  if (entry == program_.train_entries.end()) return;
  Frame given;
  Enter enter(elaborator, frame_of_entry(entry->second, given));
  const Expr& record = *entry->second.entry->value;
  if (record.kind != ExprKind::record) {
    elaborator.fail("E0602", record.range, "'metrics' is a record: {accuracy: accuracy(net(x), y)}");
  }
  for (const ast::Argument& argument : record.arguments) {
    if (argument.name.text == "loss") {
      elaborator.fail("E0602", argument.name.range, "'loss' is reported as it is, and no name for a metric",
                      "call it otherwise: error");
    }
    for (const MetricInfo& other : metric_infos) {
      if (other.name == argument.name.text)
        elaborator.fail("E0325", argument.name.range, fmt::format("'{}' is given twice", other.name));
    }
    try {
      metric(argument.name.text, *argument.value);
    } catch (const Abandoned&) {
    } catch (const Refusal& refusal) {
      elaborator.diagnostics.error(refusal.code, argument.value->range, refusal.message);
    }
  }
}

namespace {

/// A `metric` of the language, called: its totals become results of the step, its end a graph of its own over them.
struct MetricCall {
  ProgramElaborator& program;
  const std::string& name;
  const Expr& expr;
  const Definition& definition;
  Elaborator& elaborator = program.elaborator;
  Frame frame = {};
  MetricInfo info = {};
  std::vector<std::pair<std::string, Axes>> totals = {};  ///< with the axes of those that are tables
  std::set<std::string> at_the_end = {};                  ///< totals, and what is computed from them

  /// The arguments by place; those by name join the settings.
  std::vector<std::pair<Item, Range>> arguments(std::map<std::string, Item>& settings) {
    std::vector<std::pair<Item, Range>> found;
    for (const ast::Argument& argument : expr.arguments) {
      Item item = elaborator.argument_value(definition, argument, 0, false);
      if (argument.name.empty())
        found.emplace_back(item, argument.value->range);
      else
        settings[argument.name.text] = item;
    }
    size_t wanted = definition.item->parameters.size();
    if (found.size() == wanted) return found;
    elaborator
        .report("E0324", expr.range,
                fmt::format("'{}' takes {} arguments, {} given", definition.name(), wanted, found.size()))
        .note(signature(definition));
    throw Abandoned{};
  }

  void enter(const Closure& closure) {
    frame = frame_of(definition, &program.train, expr.range);
    auto settings = std::make_shared<std::map<std::string, Item>>();
    if (closure.settings) *settings = *closure.settings;
    std::vector<std::pair<Item, Range>> given = arguments(*settings);
    Closure made = closure;
    made.settings = settings;
    if (elaborator.on_call) {
      elaborator.on_call(
          {program.train.source, expr.operands[0]->range, &definition, false, closure.settings != nullptr});
    }
    elaborator.bind_settings(made, frame);
    const auto& parameters = definition.item->parameters;
    std::vector<const Item*> items;
    std::vector<Range> ranges;
    for (const auto& [item, range] : given) items.push_back(&item), ranges.push_back(range);
    frame.other_way_round = other_way_round(elaborator, definition, items, ranges);
    for (size_t i = 0; i < parameters.size(); ++i) {
      auto& [item, range] = given[i];
      elaborator.match(frame, parameters[i], item, range);
      auto* x = std::get_if<TypedTensor>(&item.value);
      if (x != nullptr && x->node && x->type.is_floating()) x->node = cast(x->node, Element::f64);
      frame.scopes[0][parameters[i].name.text] = item;
    }
    elaborator.match_lists(frame);
  }

  /// A total becomes a result of the step; one that is a table, a result for each element: "hits.0", "hits.1".
  void declare_total(const std::string& bound, const TypedTensor& sum, Range place) {
    const Axes& axes = sum.type.axes;
    if (has_rows(axes)) {
      elaborator.fail("E0602", place, fmt::format("a total adds up over all rows, and this is {}", to_string(sum.type)),
                      fmt::format("sum({}, over: B)", elaborator.slice(place)));
    }
    totals.emplace_back(bound, axes);
    Value whole = sum.node ? cast(sum.node, Element::f64) : Value{};
    if (axes.empty()) {
      if (whole) add_total(elaborator, fmt::format("{}.{}", name, bound), whole);
      return info.totals.push_back(bound);
    }
    const std::optional<int64_t> count = product(axes).number();
    if (count.value_or(0) > kMaxTotal) {
      elaborator.fail("E0602", place,
                      fmt::format("a total of {} numbers is more than {}: a limit of nnc", *count, kMaxTotal));
    }
    Value flat = whole && count ? nnc::reshape(whole, {Dim(*count)}) : Value{};
    for (int64_t i = 0; i < count.value_or(0); ++i) {
      info.totals.push_back(fmt::format("{}.{}", bound, i));
      if (!flat) continue;
      add_total(elaborator, fmt::format("{}.{}", name, info.totals.back()),
                nnc::reshape(nnc::slice(flat, 0, i, i + 1), {}));
    }
  }

  /// A total as the end sees it: a number, or a table of the step's results.
  Item total_at_the_end(const std::string& bound, const Axes& axes) {
    auto element = [&](const std::string& total) {
      return named_input(info.combine, InputRole::total, total, Type(Element::f64, {}));
    };
    if (axes.empty()) {
      Number number = Number::unknown();
      number.node = element(bound);
      return {number, {}, ""};
    }
    TypedTensor table{TensorType(Base::f32, axes), {}};
    if (elaborator.build.graph == nullptr) return {table, {}, ""};
    std::vector<Value> parts;
    for (int64_t i = 0; i < product(axes).number().value_or(0); ++i) {
      parts.push_back(nnc::reshape(element(fmt::format("{}.{}", bound, i)), {Dim(1)}));
    }
    table.node = nnc::reshape(nnc::concat(parts, 0), known_shape(axes));
    return {table, {}, ""};
  }

  /// The value as the one number that it is.
  Value scalar_value(const Item& value, Range place) {
    if (const auto* x = value.as<TypedTensor>(); x != nullptr && x->type.axes.empty() && !x->type.is(Base::boolean)) {
      return x->node ? cast(x->node, Element::f64) : Value{};
    }
    if (const auto* x = value.as<TypedTensor>(); x != nullptr && !x->type.axes.empty()) {
      elaborator.fail("E0602", place,
                      fmt::format("the value of a metric is one number, and this is {}", to_string(x->type)),
                      fmt::format("mean({})", elaborator.slice(place)));
    }
    Number result = elaborator.number(value, expr.range, "a metric's value, from its totals alone,");
    if (result.rows) {
      elaborator.fail("E0414", place, "the value of a metric depends on the number of rows in one batch",
                      "total n = size(…)");
    }
    return elaborator.build.scalar(result, Element::f64);
  }

  /// One statement of a step: a total, a first row, or a value for those after it.
  void step(const ast::Statement& statement) {
    Item item = elaborator.eval(*statement.value);
    const std::string& bound = statement.names.at(0).text;
    if (statement.kind == StatementKind::total) {
      declare_total(bound, elaborator.tensor(item, statement.value->range), statement.value->range);
      if (!at_the_end.insert(bound).second) {
        elaborator.fail("E0502", statement.range, fmt::format("the total '{}' is declared twice", bound));
      }
      return;
    }
    if (statement.kind == StatementKind::first) {
      TypedTensor value = elaborator.tensor(item, statement.value->range);
      if (value.node) value.node = first_row(value.node);
      item.value = value;
    }
    frame.scopes[0][bound] = item;
  }

  /// A metric is totals, first rows and names, and last its value.
  void refuse_other(const ast::Statement& statement, bool last) {
    bool names = statement.kind == StatementKind::bind && statement.names.size() == 1;
    bool sums = statement.kind == StatementKind::total || statement.kind == StatementKind::first;
    if (names || sums || (last && statement.kind == StatementKind::expression)) return;
    elaborator.fail("E0414", statement.range, "a metric is made of 'total', 'first', names and, last, its value",
                    "compute what needs more in a 'fn'");
  }

  /// The statements of a step; those that mention a total are left for the end, and returned.
  std::vector<const ast::Statement*> steps() {
    std::vector<const ast::Statement*> later;
    for (const ast::Statement& statement : definition.item->body->statements) {
      bool sums = statement.kind == StatementKind::total || statement.kind == StatementKind::first;
      bool last = &statement == &definition.item->body->statements.back();
      refuse_other(statement, last);
      if (!last && !mentions(statement.value.get(), at_the_end)) {
        step(statement);
        continue;
      }
      if (sums) elaborator.fail("E0414", statement.range, "a total can't depend on a total");
      later.push_back(&statement);
      for (const ast::Name& bound : statement.names) at_the_end.insert(bound.text);
    }
    return later;
  }

  /// The statement that says what a name of the metric is.
  const ast::Statement* binding_of(const std::string& wanted) const {
    for (const ast::Statement& statement : definition.item->body->statements) {
      const bool binds = statement.kind == StatementKind::bind && statement.names.size() == 1;
      if (binds && statement.names[0].text == wanted) return &statement;
    }
    return nullptr;
  }

  /// What was computed from one batch is gone when the split ends.
  void refuse_batch(const Expr& expr) {
    for_each_name(&expr, [&](const Expr& used) {
      auto item = frame.scopes[0].find(used.text);
      if (at_the_end.count(used.text) != 0 || item == frame.scopes[0].end()) return;
      const auto* number = item->second.as<Number>();
      if (item->second.as<TypedTensor>() == nullptr && (number == nullptr || !number->rows)) return;
      Diagnostic& diagnostic = elaborator.report(
          "E0414", used.range,
          fmt::format("'{}' is of one batch, and the value of a metric comes from totals over all", used.text));
      const ast::Statement* bound = number != nullptr ? binding_of(used.text) : nullptr;
      if (bound == nullptr) {
        diagnostic.suggest(fmt::format("total s = sum({}), which adds up", used.text));
      } else {
        diagnostic.suggest(fmt::format("what adds up is a total: total {}", elaborator.slice(bound->range)))
            .change({bound->range.begin, bound->range.begin}, "total ");
      }
      throw Abandoned{};
    });
  }

  /// The end, over the totals alone.
  void combine(const std::vector<const ast::Statement*>& later) {
    for (const ast::Statement* statement : later) refuse_batch(*statement->value);
    for (auto& [key, item] : frame.scopes[0]) {
      if (auto* number = std::get_if<Number>(&item.value); number != nullptr && number->node) number->node = {};
    }
    // Sizes that the data decides are not known before it is read.
    bool known = std::all_of(totals.begin(), totals.end(),
                             [](const auto& total) { return product(total.second).number().has_value(); });
    elaborator.build.graph = known ? &info.combine : nullptr;
    for (const auto& [bound, axes] : totals) frame.scopes[0][bound] = total_at_the_end(bound, axes);
    Item value;
    for (const ast::Statement* statement : later) {
      value = elaborator.eval(*statement->value);
      if (!statement->names.empty()) frame.scopes[0][statement->names[0].text] = value;
    }
    Value result = scalar_value(value, later.back()->range);
    if (known) info.combine.results.push_back({ResultKind::value, "value", result.id});
  }

  MetricInfo run(const Closure& closure) {
    enter(closure);
    info.name = name;
    info.combine = Graph("combine");
    if (auto better = frame.scopes[0].find("better"); better != frame.scopes[0].end()) {
      if (const auto* word = better->second.as<Word>()) info.higher_is_better = word->text == "high";
    }
    Element precision = std::exchange(elaborator.build.precision, Element::f64);
    struct Restore {
      Elaborator& elaborator;
      Element precision;
      Graph* graph;
      ~Restore() {
        elaborator.build.precision = precision;
        elaborator.build.graph = graph;
      }
    } restore{elaborator, precision, elaborator.build.graph};
    Enter enter(elaborator, frame);
    combine(steps());
    return std::move(info);
  }
};

}  // namespace

void ProgramElaborator::metric(const std::string& name, const Expr& expr) {
  Item callee;
  if (expr.kind == ExprKind::call) {
    bool direct = expr.operands[0]->kind == ExprKind::name || expr.operands[0]->kind == ExprKind::call;
    if (direct) callee = elaborator.eval(*expr.operands[0]);
  }
  const auto* closure = callee.as<Closure>();
  bool is_metric = closure != nullptr && !closure->opaque && closure->definition->kind() == ast::DefinitionKind::metric;
  if (!is_metric) return plain_metric(name, expr);
  metric_infos.push_back(MetricCall{*this, name, expr, *closure->definition}.run(*closure));
}

}  // namespace nnc
