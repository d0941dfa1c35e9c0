// `scan`: a recurrence with one set of weights. Its body is evaluated once, over names that stand for the states before
// a step and for one element of each sequence.

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "frontend/elaborate/elaborator.h"
#include "frontend/syntax/vocabulary.h"
#include "ir/graph/builder.h"

namespace nnc {

using ast::Statement;
using ast::StatementKind;

namespace {

/// The node with axis `from` first, or the first one at `to`.
Value moved(Value x, size_t from, size_t to) {
  std::vector<int64_t> order(x.type().shape.size());
  std::iota(order.begin(), order.end(), 0);
  const int64_t axis = order[from];
  order.erase(order.begin() + static_cast<std::ptrdiff_t>(from));
  order.insert(order.begin() + static_cast<std::ptrdiff_t>(to), axis);
  return permute(x, order);
}

/// One scan statement: its head, its body, its value.
struct ScanStatement {
  Elaborator& at;
  const Statement& statement;
  const ast::Scan& head = *statement.scan;
  OpenScan open = {};
  std::map<std::string, Item> names = {};  ///< of the body
  RowUse rows = {};
  Axis steps = {};
  size_t place = 0;  ///< of the axis of steps in the first sequence
  std::string id = fmt::format("scan{}", ++at.scans_made);

  Graph* graph() const { return at.build.graph; }

  Value stand_in(const std::string& name, const TensorType& type) const {
    const Type node(element_of(type.base(), at.build.precision), known_shape(type.axes));
    Value input = body_input(*graph(), fmt::format("{}.{}", id, name), 0, node);
    graph()->set_name(input.id, name);
    return input;
  }

  void refuse_second(const ast::Name& name) const {
    if (!names.contains(name.text)) return;
    at.fail("E0307", name.range, fmt::format("'{}' is defined twice", name.text));
  }

  /// What a state is before the first step: a number or an initialiser fills it.
  Item start(const TensorType& type, const ast::Name& name, size_t i) const {
    const ast::Expr& value = *head.starts[i];
    Item item = at.start_value(value);
    if (item.as<TypedTensor>() == nullptr) {
      return at.apply_initialiser(item, type, fmt::format("{}.{}", at.frame->path, name.text), value.range);
    }
    return at.conform(item, type, value.range, fmt::format("the state '{}'", name.text), head.types[i]->range);
  }

  void enter_states() {
    for (size_t i = 0; i < head.states(); ++i) {
      const ast::Name& name = statement.names[i];
      refuse_second(name);
      TensorType type = at.type(*head.types[i]);
      const TypedTensor before = *start(type, name, i).as<TypedTensor>();
      TypedTensor state{type, {}, before.rows};
      rows = added(rows, before.rows);
      if (graph() != nullptr) {
        state.node = stand_in(name.text, type);
        open.nodes.states.push_back(before.node);
        open.nodes.state_inputs.push_back(state.node);
      }
      open.states.push_back({name.text, type, name.range, head.types[i]->range, {}});
      names[name.text] = {state, name.range, fmt::format("the state at line {}", at.line_of(name.range))};
    }
  }

  /// Where the axis of steps stands in a sequence.
  size_t axis_in(const TypedTensor& x) const {
    const ast::Expr& axis = *head.axis;
    if (head.backwards && axis.kind != ast::ExprKind::name) {
      at.fail("E0322", axis.range, "behind 'along -' stands the name of an axis: the steps then run from its end",
              "give the axis a name in the type of the input");
    }
    std::vector<size_t> found = at.positions(axis, x);
    const bool one = found.size() == 1 && !x.type.axes[found[0]].pack;
    if (!one) at.fail("E0322", axis.range, fmt::format("a scan runs along one axis of {}", to_string(x.type)));
    return found[0];
  }

  void enter_sequences() {
    for (size_t i = 0; i < head.sequences.size(); ++i) {
      const ast::Name& name = statement.names[head.states() + i];
      const ast::Expr& value = *head.sequences[i];
      refuse_second(name);
      TypedTensor x = at.tensor_of(value);
      const size_t axis = axis_in(x);
      if (i == 0) {
        steps = x.type.axes[axis];
        place = axis;
        refuse_rows(x);
      }
      if (x.type.axes[axis].size != steps.size) {
        at.report(
              "E0513", value.range,
              fmt::format("'{}' has {} steps, and '{}' has {}", at.slice(value.range),
                          to_string(x.type.axes[axis].size), at.slice(head.sequences[0]->range), to_string(steps.size)))
            .note(head.sequences[0]->range, "the first sequence says how many steps there are");
        throw Abandoned{};
      }
      names[name.text] = {element(x, axis, name.text), name.range,
                          fmt::format("an element of '{}' at line {}", at.slice(value.range), at.line_of(value.range))};
      rows = added(rows, x.rows);
    }
  }

  void refuse_rows(const TypedTensor& x) const {
    if (at.generic || !steps.size.mentions("B")) return;
    at.report(
          "E0513", head.axis->range,
          fmt::format("the rows of a batch, the axis {} of {}, are no steps", to_string(steps.size), to_string(x.type)))
        .note("a row's result would depend on the rows before it");
    throw Abandoned{};
  }

  TypedTensor element(const TypedTensor& x, size_t axis, const std::string& name) {
    TypedTensor result{x.type, {}, x.rows};
    result.type.axes.erase(result.type.axes.begin() + static_cast<std::ptrdiff_t>(axis));
    if (graph() == nullptr) return result;
    result.node = stand_in(name, result.type);
    open.nodes.sequences.push_back(moved(x.node, axis, 0));
    open.nodes.sequence_inputs.push_back(result.node);
    return result;
  }

  void run_body() {
    const ast::Block& body = *statement.block;
    open.frame = at.frame;
    open.scopes = at.frame->scopes.size();
    if (graph() != nullptr) open.nodes.length = known_shape(Axes{steps})[0].count;
    open.nodes.backwards = head.backwards;
    at.scans.push_back(&open);
    struct Leave {
      std::vector<OpenScan*>& scans;
      ~Leave() { scans.pop_back(); }
    } leave{at.scans};
    ScopeGuard guard(*at.frame, true);
    at.frame->scopes.back() = names;
    at.run(body, true);
    if (!body.statements.empty()) refuse_value(body.statements.back());
    for (const OpenScan::State& state : open.states) {
      if (state.next) continue;
      at.fail("E0512", state.range, fmt::format("no 'next {}' says what this state is after a step", state.name),
              fmt::format("say it in the body: next {} = …", state.name));
    }
  }

  /// The last expression of a body is not what the scan gives.
  void refuse_value(const Statement& last) const {
    if (last.kind == StatementKind::scan) {
      at.fail("E0412", last.scan->head, "the value of this 'scan' is not used",
              "call it through a layer: next … = steps(…)");
    }
    if (last.kind != StatementKind::expression || last.value->kind == ast::ExprKind::choose) return;
    at.fail("E0412", last.range, "this value is not used: a scan's value is its first state after each step",
            fmt::format("next {} = {}", open.states[0].name, at.slice(last.range)));
  }

  Item value() {
    for (const OpenScan::State& state : open.states) rows = added(rows, state.next->rows);
    TypedTensor result{open.states[0].type, {}};
    Axes& axes = result.type.axes;
    const size_t to = std::min(place, axes.size());
    axes.insert(axes.begin() + static_cast<std::ptrdiff_t>(to), steps);
    at.require_limits(axes, statement.scan->head);
    if (graph() != nullptr) {
      for (const OpenScan::State& state : open.states) open.nodes.next.push_back(state.next->node);
      Value all = scan_of(*graph(), open.nodes, open.states[0].name);
      const auto first = static_cast<int64_t>(open.states.size());
      result.node = moved(project(all, first), 0, to);
    }
    return {std::move(result).with(bent("scan", rows)), statement.range, ""};
  }
};

}  // namespace

Item Elaborator::scan(const Statement& statement) {
  ScanStatement one{*this, statement};
  one.enter_states();
  one.enter_sequences();
  one.run_body();
  if (build.graph != nullptr) build.graph->current_origin = origin(statement.scan->head);
  return one.value();
}

bool Elaborator::next_of_scan(const Statement& statement) {
  const ast::Name& name = statement.names[0];
  OpenScan* inner = nullptr;
  for (auto open = scans.rbegin(); open != scans.rend(); ++open) {
    if ((*open)->frame != frame) break;
    OpenScan::State* state = (*open)->find(name.text);
    if (inner == nullptr) inner = *open;
    if (state == nullptr) continue;
    if (*open != inner) {
      fail("E0506", name.range, fmt::format("'{}' is a state of the scan around this one", name.text),
           "its 'next' stands in the body of its own scan");
    }
    if (state->next && !generic) {
      report("E0502", statement.range, fmt::format("'next {}' is given twice", name.text))
          .note(state->given, "first given here");
      throw Abandoned{};
    }
    Item value = conform(eval(*statement.value), state->type, statement.value->range,
                         fmt::format("the state '{}'", name.text), state->declared);
    state->next = *value.as<TypedTensor>();
    state->given = statement.range;
    return true;
  }
  if (scans.empty()) return false;
  const bool of_layer = frame->declared.contains(name.text);
  if (inner != nullptr && !of_layer) {
    std::vector<std::string> states;
    for (const OpenScan::State& state : inner->states) states.push_back(state.name);
    const bool only = states.size() == 1 && !inner->states[0].next;
    const std::string near = only ? states[0] : nearest(name.text, states);
    Diagnostic& diagnostic =
        report("E0506", name.range, fmt::format("'next' needs a state, and '{}' is none", name.text));
    for (const OpenScan::State& state : inner->states) diagnostic.note(state.range, "a state of the scan");
    if (!near.empty()) diagnostic.suggest(fmt::format("did you mean '{}'?", near));
    throw Abandoned{};
  }
  if (of_layer && training.value_or(true)) {
    fail("E0515", statement.range,
         fmt::format("the state '{}' of a layer would change with each step of a 'scan'", name.text),
         "apply the layer before the scan or to what it gives");
  }
  return false;
}

void Elaborator::refuse_in_scan(const std::string& name, size_t scope, Range range) {
  for (auto open = scans.rbegin(); open != scans.rend(); ++open) {
    if ((*open)->frame != frame) continue;
    if (scope >= (*open)->scopes) return;
    fail("E0514", range, fmt::format("'{}' is of outside the scan, whose body can't bind it again", name),
         fmt::format("what lives from step to step is a state: scan …, {}: f32[…] = 0 for …; else take a new name",
                     name));
  }
}

}  // namespace nnc
