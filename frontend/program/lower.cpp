// One graph per purpose, lowered when the program is bound. Errors here were found by the walk before; what is left is
// a Failure with the rendered text.

#include <fmt/format.h>

#include <algorithm>

#include "frontend/program/program_elaborator.h"
#include "ir/graph/builder.h"
#include "support/error.h"

namespace nnc {

void lowering(const BoundProgram& program, const std::function<void(Diagnostics&)>& build) {
  Diagnostics diagnostics;
  try {
    build(diagnostics);
  } catch (const Abandoned&) {
    if (!diagnostics.has_errors()) internal_error("a program that checks could not be lowered, and nothing says why");
  } catch (const Refusal& refusal) {
    diagnostics.error(refusal.code, {}, refusal.message);
  }
  if (diagnostics.has_errors()) throw Failure(ExitCode::wrong_program, render(diagnostics, *program.checked->source));
}

namespace {

void need_training(const BoundProgram& program) {
  if (program.checked->train == nullptr) {
    throw Failure(ExitCode::wrong_program, escape_for_terminal(program.checked->source->name()) +
                                               ":1:1: error[E0912]: there is no 'train' in this file\n");
  }
}

}  // namespace

Graph lower_training(const BoundProgram& program, const std::function<void(Elaborator&)>& prepare) {
  need_training(program);
  Graph graph("train");
  lowering(program, [&](Diagnostics& diagnostics) {
    ProgramElaborator setup(*program.checked, &program, diagnostics, &graph, true);
    prepare(setup.elaborator);
    Enter enter(setup.elaborator, setup.train);
    setup.enter_fields();
    TypedTensor loss = setup.loss();
    graph.set_name(loss.node.id, "loss");
    graph.results.push_back({ResultKind::loss, std::string(kLoss), loss.node.id});
    if (!program.train.evaluate_train) setup.metrics();
    setup.optimize(loss);
  });
  return graph;
}

namespace {

Graph lower_evaluation(const BoundProgram& program, std::vector<NumberCheck>& checks) {
  Graph graph("evaluate");
  lowering(program, [&](Diagnostics& diagnostics) {
    ProgramElaborator setup(*program.checked, &program, diagnostics, &graph, false);
    Enter enter(setup.elaborator, setup.train);
    setup.enter_fields();
    setup.add_totals(std::string(kLoss), setup.loss());
    graph.results.push_back({ResultKind::total, "rows", size_of(graph, Dim::rows(), Element::f64).id});
    setup.metrics();
    checks = std::move(setup.checks);
  });
  return graph;
}

/// Whether a definition of the file says that it gives a class: without one no step makes any.
bool makes_classes(const CheckedProgram& program) {
  const std::vector<const Definition*> definitions = program.definitions.of_user();
  return std::any_of(definitions.begin(), definitions.end(), [](const Definition* definition) {
    const ast::TypePtr& result = definition->item->result;
    return result && !result->bases.empty() && result->bases.front().name.text == "class";
  });
}

Graph lower_initial(const BoundProgram& program) {
  Graph graph("initial");
  lowering(program, [&](Diagnostics& diagnostics) {
    ProgramElaborator setup(*program.checked, &program, diagnostics, &graph, true);
    // The start values don't depend on the step.
    setup.elaborator.step = constant(graph, 0, Element::i32);
    Enter enter(setup.elaborator, setup.train);
    for (const auto* list : {&program.variables, &program.optimizer_states}) {
      for (const Variable& variable : *list) {
        Item start =
            setup.elaborator.apply_initialiser(variable.start, variable.type, variable.path,
                                               variable.source == setup.train.source ? variable.range : Range{});
        graph.results.push_back({ResultKind::update, variable.path, start.as<TypedTensor>()->node.id});
      }
    }
  });
  return graph;
}

LoweredGraph lowered(const std::function<Graph()>& lower) {
  try {
    return {lower(), nullptr};
  } catch (const Failure&) {
    return {Graph(), std::current_exception()};
  } catch (const InternalError&) {
    return {Graph(), std::current_exception()};
  }
}

}  // namespace

void lower_graphs(BoundProgram& program) {
  program.training = lowered([&] { return lower_training(program, [](Elaborator&) {}); });
  std::vector<NumberCheck> checks;
  program.evaluation = lowered([&] { return lower_evaluation(program, checks); });
  if (makes_classes(*program.checked)) program.step_checks = std::move(checks);
  program.initial = lowered([&] { return lower_initial(program); });
}

const std::vector<NumberCheck>& step_checks(const BoundProgram& program) { return program.step_checks; }

const Graph& training_graph(const BoundProgram& program) {
  need_training(program);
  return program.training.get();
}

const Graph& evaluation_graph(const BoundProgram& program) {
  need_training(program);
  return program.evaluation.get();
}

const Graph& initial_graph(const BoundProgram& program) { return program.initial.get(); }

void lower_field_into(ProgramElaborator& setup, const DataDeclaration& data, const DataField& field) {
  Graph& graph = *setup.elaborator.build.graph;
  std::function<TypedTensor(const RawSource&)> raw = [&](const RawSource& source) {
    TypedTensor x{setup.raw_type(data, field, source), {}};
    Element element = setup.raw_element(data, source);
    Value rows = named_input(graph, InputRole::raw, source.name, Type(element, known_shape(x.type.axes)));
    x.node = cast(rows, element_of(x.type.base(), setup.elaborator.build.precision));
    return x;
  };
  Enter enter(setup.elaborator, setup.train);
  TypedTensor value = setup.field(data, field, raw);
  graph.results.push_back({ResultKind::value, "value", value.node.id});
}

namespace {

const LoweredField& field_of(const BoundProgram& program, const std::string& data, const std::string& field) {
  for (const LoweredField& each : program.fields) {
    if (each.data == data && each.field == field) return each;
  }
  internal_error(fmt::format("there is no field '{}.{}'", data, field));
}

}  // namespace

const Graph& field_graph(const BoundProgram& program, const std::string& data, const std::string& field) {
  return field_of(program, data, field).graph;
}

bool computed_in_step(const BoundProgram& program, const std::string& data, const std::string& field) {
  return field_of(program, data, field).in_step;
}

}  // namespace nnc
