#include "frontend/elaborator.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/builder.h"

namespace nnc {

namespace {
constexpr int64_t kWorkLimit = 200000;  ///< expressions evaluated for one program
}

Elaborator::Elaborator(const Definitions& all, Diagnostics& sink) : definitions(all), diagnostics(sink) {}

std::string Elaborator::slice(Range range) const {
  std::string text(frame->source->slice(range));
  if (size_t end = text.find('\n'); end != std::string::npos) text = text.substr(0, end) + "…";
  return text.size() > 48 ? text.substr(0, 45) + "…" : text;
}

int Elaborator::line_of(Range range) const { return frame->source->locate(range.begin).line; }

/// The frame that a report points into: the innermost one of the user's own file whose definition says its types. What
/// is generic, or the library's, is reported at its call.
Frame* Elaborator::reported_frame() const {
  Frame* at = frame;
  const Frame* root = frame;
  while (root->caller != nullptr) root = root->caller;
  auto passes_on = [&](const Frame& one) {
    if (one.library || one.source != root->source || one.definition == nullptr) return true;
    const auto& parameters = one.definition->item->parameters;
    return std::any_of(parameters.begin(), parameters.end(), [](const ast::Parameter& each) { return !each.type; });
  };
  while (at->caller != nullptr && passes_on(*at)) at = at->caller;
  return at;
}

Diagnostic& Elaborator::report(const std::string& code, Range range, const std::string& message) {
  Frame* at = reported_frame();
  Range place = range;
  for (Frame* inner = frame; inner != at; inner = inner->caller) place = inner->call;
  Diagnostic& diagnostic = diagnostics.error(code, place, message);
  if (at != frame && frame->definition != nullptr) {
    if (frame->source == at->source) {
      diagnostic.note(range, fmt::format("in '{}'", frame->definition->name()));
    } else {
      diagnostic.note(fmt::format("inside the library's '{}', at '{}'", frame->definition->name(), slice(range)));
    }
  }
  if (at->caller != nullptr && at->definition != nullptr) {
    diagnostic.note(at->call, fmt::format("'{}' is applied here", at->definition->name()));
  }
  return diagnostic;
}

Range Elaborator::reported_range(Range range) const {
  Frame* at = reported_frame();
  for (Frame* inner = frame; inner != at; inner = inner->caller) range = inner->call;
  return range;
}

void Elaborator::fail(const std::string& code, Range range, const std::string& message, const std::string& help) {
  Diagnostic& diagnostic = report(code, range, message);
  if (!help.empty()) diagnostic.suggest(help);
  throw Abandoned{};
}

void Elaborator::warn_of_one_class(Range range) {
  diagnostics
      .warning("W0404", reported_range(range), "one class: softmax of one number is always 1, and every label the same")
      .suggest("for yes or no: sigmoid and bce on one number, or softmax over two classes");
}

void Elaborator::refuse(const Refusal& refusal, Range range) {
  fail(refusal.code, range, refusal.message, refusal.help);
}

bool Elaborator::exhausted() const { return gave_up; }

void Elaborator::spend(Range range, int64_t cost) {
  if (exhausted()) throw Abandoned{};
  work += cost;
  if (work > kWorkLimit) {
    gave_up = true;
    fail("E0801", range, fmt::format("the program unfolds to more than {} expressions: a limit of nnc", kWorkLimit),
         "loops and calls are unfolded when compiling: use fewer turns");
  }
}

Origin Elaborator::origin(Range range) const {
  const Frame* place = frame;
  std::string note;
  while (place->library && place->caller != nullptr) {
    if (place->definition != nullptr) note = place->definition->name();
    range = place->call;
    place = place->caller;
  }
  if (place->source == nullptr || place->library) return {};
  LineColumn at = place->source->locate(range.begin);
  return {place->source->name(), at.line, at.column, note};
}

std::string describe(const Item& item) {
  struct Describe {
    std::string operator()(const Poison&) const { return "an error"; }
    std::string operator()(const TypedTensor& x) const { return to_string(x.type); }
    std::string operator()(const Number& x) const {
      return x.known && !x.runtime ? fmt::format("the number {}", *x.known) : "a number";
    }
    std::string operator()(const Truth&) const { return "a condition"; }
    std::string operator()(const Word& x) const { return x.text.empty() ? "a choice" : "the choice '" + x.text + "'"; }
    std::string operator()(const Closure& x) const {
      if (x.opaque) return "a function";
      return fmt::format("the {} '{}'", spelling(x.definition->kind()), x.definition->name());
    }
    std::string operator()(const std::shared_ptr<Instance>& x) const {
      return x->opaque ? "a layer" : fmt::format("a layer '{}'", x->made_from.definition->name());
    }
    std::string operator()(const Builtin& x) const { return "the function '" + x.name + "'"; }
    std::string operator()(const Text&) const { return "a string"; }
    std::string operator()(const Tuple& x) const { return fmt::format("{} values", x.items->size()); }
    std::string operator()(const Parameters&) const { return "parameters"; }
    std::string operator()(const DataReference& x) const { return "the data '" + x.data + "'"; }
    std::string operator()(const FieldFunction& x) const { return fmt::format("the field '{}.{}'", x.data, x.field); }
  };
  return std::visit(Describe{}, item.value);
}

TypedTensor Elaborator::tensor(const Item& item, Range range, const std::string& what) {
  if (const auto* value = item.as<TypedTensor>()) return *value;
  if (const auto* value = item.as<Number>()) return build.meet(*value, frame->floating);
  if (item.as<Poison>() != nullptr) throw Abandoned{};
  if (const auto* value = item.as<Truth>(); value != nullptr && (value->node || build.graph == nullptr)) {
    return {TensorType(Base::boolean, {}), value->node};
  }
  fail("E0406", range, fmt::format("{} is wanted here, this is {}", what, describe(item)));
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
  return result;
}

}  // namespace nnc
