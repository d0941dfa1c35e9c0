#include "frontend/elaborate/elaborator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "ir/graph/builder.h"

namespace nnc {

Elaborator::Elaborator(const Definitions& all, Diagnostics& sink) : Reports(sink), definitions(all) {}

std::string describe(const Item& item) {
  struct Describe {
    std::string operator()(const Poison&) const { return "an error"; }
    std::string operator()(const TypedTensor& x) const { return to_string(x.type); }
    std::string operator()(const Number& x) const {
      return x.known && !x.runtime ? fmt::format("the number {}", *x.known) : "a number";
    }
    std::string operator()(const Truth& x) const {
      return !x.known || x.runtime ? "a condition" : *x.known ? "true" : "false";
    }
    std::string operator()(const Word& x) const { return x.text.empty() ? "a choice" : "the choice '" + x.text + "'"; }
    std::string operator()(const Closure& x) const {
      if (x.opaque) return "a function";
      return fmt::format("the {} '{}'", spelling(x.definition->kind()), x.definition->name());
    }
    std::string operator()(const std::shared_ptr<Instance>& x) const {
      return x->opaque ? "a layer" : fmt::format("a layer '{}'", x->made_from.definition->name());
    }
    std::string operator()(const BuiltinFunction& x) const { return fmt::format("the function '{}'", x.builtin->name); }
    std::string operator()(const GradientFunction& x) const {
      return fmt::format("the gradient of {}", describe(*x.of));
    }
    std::string operator()(const FrozenFunction& x) const { return fmt::format("frozen {}", describe(*x.of)); }
    std::string operator()(const Text&) const { return "a string"; }
    std::string operator()(const Tuple& x) const { return fmt::format("{} values", x.items->size()); }
    std::string operator()(const NumberList& x) const { return "numbers" + to_string(x.axes); }
    std::string operator()(const Record& x) const { return fmt::format("a record of {} values", x.items->size()); }
    std::string operator()(const Parameters&) const { return "parameters"; }
    std::string operator()(const DataReference& x) const { return "the data '" + x.data + "'"; }
    std::string operator()(const FieldFunction& x) const { return fmt::format("the field '{}.{}'", x.data, x.field); }
  };
  return std::visit(Describe{}, item.value);
}

TypedTensor Elaborator::tensor(const Item& item, Range range, const std::string& what) {
  if (const auto* value = item.as<TypedTensor>()) return *value;
  if (const auto* value = item.as<Number>()) return meet(*value, frame->floating, range);
  if (const auto* list = item.as<NumberList>()) return meet(*list, frame->floating, range);
  if (item.as<Poison>() != nullptr) throw Abandoned{};
  if (const auto* value = item.as<Truth>(); value != nullptr && (value->node || build.graph == nullptr)) {
    return {TensorType(Base::boolean, {}), value->node};
  }
  fail("E0406", range, fmt::format("{} is wanted here, this is {}", what, describe(item)));
}

bool Elaborator::vanishes(double number, Element element) {
  if (number == 0 || !is_float(element)) return false;
  return std::fabs(number) < (element == Element::f64 ? DBL_MIN : static_cast<double>(FLT_MIN));
}

TypedTensor Elaborator::meet(const Number& number, Base base, Range range) {
  Element element = element_of(base, build.precision);
  const bool judged = judges("W0107", reported_range(range), number.known.has_value());
  if (judged && vanishes(*number.known, element) && small_numbers.insert(*number.known).second) {
    diagnostics.warning("W0107", reported_range(range),
                        fmt::format("{} is rounded to 0 in {}", *number.known, spelling(element)));
  }
  return build.meet(number, base);
}

Number Elaborator::number(const Item& item, Range range, const std::string& what) {
  if (const auto* value = item.as<Number>()) return *value;
  if (item.as<Poison>() != nullptr) throw Abandoned{};
  if (const auto* word = item.as<Word>(); word != nullptr && word->text.empty()) return Number::unknown();
  fail("E0406", range, fmt::format("{} is wanted here, this is {}", what, describe(item)));
}

TypedTensor Elaborator::variable_tensor(const Variable& variable) {
  TypedTensor result{variable.type, {}};
  if (build.graph != nullptr) {
    Shape shape = known_shape(variable.type.axes);
    result.node =
        nnc::variable(*build.graph, variable.path, Type(element_of(variable.type.base(), build.precision), shape));
  }
  if (variable.state) return result;
  (view.frozen ? view.frozen_reads : view.free_reads).insert(variable.path);
  if (!result.node) return result;
  if (const auto own = view.separate.find(variable.path); own != view.separate.end()) result.node = own->second;
  if (view.frozen) result.node = nnc::stop_gradient(result.node);
  return result;
}

}  // namespace nnc
