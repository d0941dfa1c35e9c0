#include "frontend/program/model_layers.h"

#include <algorithm>

#include "frontend/program/program_elaborator.h"

namespace nnc {

std::vector<LayerInfo> model_layers(const CheckedProgram& program, const BoundProgram* bound) {
  std::vector<LayerInfo> layers;
  if (program.train == nullptr) return layers;
  Diagnostics diagnostics;
  ProgramElaborator setup(program, bound, diagnostics, nullptr, true);
  try {
    Enter enter(setup.elaborator, setup.train);
    setup.enter_fields();
    setup.loss();
  } catch (const Abandoned&) {
    return layers;
  }
  for (const Application& each : setup.elaborator.applications) {
    const auto* tensor = each.result.as<TypedTensor>();
    const Definition* kind = program.definitions.find(each.kind, false);
    layers.push_back({each.path,
                      each.kind,
                      tensor != nullptr ? to_string(tensor->type) : describe(each.result),
                      kind != nullptr && kind->library,
                      each.times,
                      {}});
  }
  for (const Variable& variable : setup.elaborator.variables) {
    size_t dot = variable.path.rfind('.');
    std::string owner = variable.path.substr(0, dot);
    auto layer = std::find_if(layers.begin(), layers.end(), [&](const LayerInfo& each) { return each.path == owner; });
    if (layer == layers.end() || dot == std::string::npos) continue;
    layer->variables.push_back({variable.path.substr(dot + 1), to_string(variable.type), variable.state,
                                setup.untrained.contains(variable.path), product(variable.type.axes).number()});
  }
  return layers;
}

}  // namespace nnc
