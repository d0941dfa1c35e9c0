// `fn f(x) = … grad(dy) { dx = … }`: a function whose derivative its definition says itself.

#include <fmt/format.h>

#include "frontend/elaborate/body_builder.h"
#include "frontend/elaborate/elaborator.h"
#include "ir/graph/builder.h"
#include "ir/graph/own_gradient.h"

namespace nnc {

namespace {

/// The block behind one application, or behind the definition that is checked alone.
struct OwnGradientBlock {
  Elaborator& at;
  const Definition& definition;
  const std::vector<Item>& arguments;
  const ast::OwnGradient& own = *definition.item->gradient;

  /// What arrives: a gradient has the shape of the value that it is by.
  TypedTensor arriving(const TypedTensor& value) const {
    TypedTensor dy{TensorType(arithmetic_base(value.type, value.type, "grad"), value.type.axes), {}};
    if (!value.node) return dy;
    const std::string& name = own.arriving.text;
    dy.node = body_input(*at.build.graph, fmt::format("own{}.{}", ++at.separated, name), 0, value.node.type());
    at.build.graph->set_name(dy.node.id, name);
    return dy;
  }

  void refuse_name() const {
    for (const ast::Parameter& parameter : definition.item->parameters) {
      if (own.arriving.text != "d" + parameter.name.text) continue;
      at.fail("E0351", own.arriving.range,
              fmt::format("'{}' is what reaches '{}': what arrives has another name", own.arriving.text,
                          parameter.name.text));
    }
  }

  bool differentiable(size_t i) const {
    const auto* x = arguments[i].as<TypedTensor>();
    return x != nullptr ? x->type.is_floating() : arguments[i].as<Number>() != nullptr;
  }

  /// `dx` as its argument's gradient: in its shape; a number stands at each place.
  TypedTensor gradient_of(size_t i) const {
    const ast::Name& parameter = definition.item->parameters[i].name;
    const std::string name = "d" + parameter.text;
    const auto& bound = at.frame->scopes.back();
    const auto found = bound.find(name);
    if (found == bound.end()) {
      at.report("E0351", own.word, fmt::format("the gradient of '{}' says no '{}'", definition.name(), name))
          .note(fmt::format("it says one for each argument of floats: {0} = …, or {0} = 0 where nothing reaches '{1}'",
                            name, parameter.text));
      throw Abandoned{};
    }
    const auto* x = arguments[i].as<TypedTensor>();
    const TensorType type = x != nullptr ? TensorType(arithmetic_base(x->type, x->type, "grad"), x->type.axes)
                                         : TensorType(at.frame->floating, {});
    const Range range = found->second.range;
    if (const auto* number = found->second.as<Number>()) {
      TypedTensor scalar = at.meet(*number, type.base(), range);
      if (type.axes.empty()) return scalar;
      return {type, at.build.graph != nullptr ? at.build.spread(scalar, type.axes) : Value{}};
    }
    const Item item = at.conform(found->second, type, range, fmt::format("the gradient '{}'", name), parameter.range);
    return *item.as<TypedTensor>();
  }

  Item run(const Item& value) {
    if (value.as<Number>() != nullptr || value.as<Poison>() != nullptr) return value;
    refuse_name();
    const auto* y = value.as<TypedTensor>();
    if (y == nullptr || !y->type.is_floating()) {
      at.fail("E0351", own.word,
              fmt::format("a gradient is by floats, and '{}' gives {}", definition.name(),
                          y != nullptr ? to_string(y->type) : describe(value)));
    }
    const TypedTensor dy = arriving(*y);
    ScopeGuard guard(*at.frame, true);
    at.frame->scopes.back()[own.arriving.text] = {dy, own.arriving.range, "the gradient that arrives"};
    at.run(*own.block, false);
    std::vector<Value> by, gradients;
    std::vector<std::string> names;
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (!differentiable(i)) continue;
      const TypedTensor gradient = gradient_of(i);
      const auto* x = arguments[i].as<TypedTensor>();
      if (x == nullptr || !x->node || !gradient.node) continue;
      by.push_back(x->node);
      gradients.push_back(gradient.node);
      names.push_back("d" + definition.item->parameters[i].name.text);
    }
    if (by.empty() || !y->node) return value;
    Item result = value;
    result.value = TypedTensor{y->type, attached(y->node, dy.node, by, gradients, names), y->rows};
    return result;
  }

  Value attached(Value y, Value dy, const std::vector<Value>& by, const std::vector<Value>& gradients,
                 const std::vector<std::string>& names) const {
    Graph& graph = *at.build.graph;
    BodyBuilder builder(graph, {dy}, {}, definition.name());
    std::shared_ptr<Graph> body = builder.build(gradients);
    for (size_t i = 0; i < names.size(); ++i) body->results[i].name = names[i];
    graph.current_origin = at.origin(own.word);
    return own_gradient(y, by, builder.invariants(), body);
  }
};

}  // namespace

Item Elaborator::with_own_gradient(const Definition& definition, const Item& value,
                                   const std::vector<Item>& arguments) {
  if (!definition.item->gradient) return value;
  return OwnGradientBlock{*this, definition, arguments}.run(value);
}

}  // namespace nnc
