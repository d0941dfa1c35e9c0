// pick and one_hot, which look elements up; size and params, which look names up.

#include <fmt/format.h>

#include <array>

#include "frontend/elaborate/builtins/builtin_call.h"
#include "frontend/elaborate/builtins/families.h"

namespace nnc {

namespace {

Item pick(const BuiltinCall& call) { return call.result(call.at.build.pick(call.tensor(0), call.tensor(1))); }

Item one_hot(const BuiltinCall& call) {
  const TypedTensor t = call.tensor(0);
  const auto& counted = call.at.counted_class;
  return call.result(call.at.build.one_hot(counted ? counted(t, call.ranges[0]) : t));
}

Item balanced(const BuiltinCall& call) {
  const auto* field = call.items[0].as<FieldFunction>();
  if (field == nullptr || !call.at.balanced) {
    call.at.fail("E0406", call.ranges[0],
                 fmt::format("'balanced' wants a field of the data, as in balanced(iris.y), and this is {}",
                             describe(call.items[0])));
  }
  return call.at.balanced(*field, call.range);
}

Item size(const BuiltinCall& call) {
  if (call.written[0] == nullptr) {
    call.at.fail("E0406", call.ranges[0], fmt::format("a size is wanted here, this is {}", describe(call.items[0])));
  }
  return {Number::whole(call.at.size(*call.written[0])), call.range, ""};
}

Item params(const BuiltinCall& call) {
  Elaborator& at = call.at;
  std::string path;
  if (const auto* closure = call.items[0].as<Closure>()) {
    if (closure->opaque) return {Parameters{{}, true}, call.range, ""};
    if (closure->definition->kind() == ast::DefinitionKind::model) path = closure->definition->name();
  }
  if (const auto* instance = call.items[0].as<std::shared_ptr<Instance>>()) path = (*instance)->path;
  if (path.empty()) {
    at.fail("E0406", call.ranges[0],
            fmt::format("'params' wants a model or layer, this is {}", describe(call.items[0])));
  }
  at.lists_parameters = true;
  Parameters result;
  result.opaque = at.generic;
  for (const Variable& variable : at.variables) {
    if (!variable.state && variable.path.rfind(path + ".", 0) == 0) result.paths.push_back(variable.path);
  }
  return {result, call.range, ""};
}

constexpr std::array kRecords{
    Builtin{.name = "pick", .least = 2, .most = 2, .call = pick},
    Builtin{.name = "one_hot", .takes_class = true, .call = one_hot},
    Builtin{.name = "balanced", .may_be_defined = true, .call = balanced},
    Builtin{.name = "size", .written_from = 0, .call = size},
    Builtin{.name = "params", .call = params},
};

}  // namespace

std::span<const Builtin> lookup_builtins() { return kRecords; }

}  // namespace nnc
