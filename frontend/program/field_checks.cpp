// Numbers that become classes or integers: noted with the graph that computes them, for whoever has the rows to check.

#include <fmt/format.h>

#include <limits>
#include <set>

#include "frontend/program/program_elaborator.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"

namespace nnc {

namespace {

/// Floats that this integer is made of: what is cast on the way to it, through arithmetic of integers.
void find_converted(const Value& x, std::set<NodeId>& seen, std::vector<Value>& found) {
  if (!seen.insert(x.id).second) return;
  const Node& node = x.graph->node(x.id);
  for (NodeId id : node.operands) {
    const Value operand = x.graph->value(id);
    const Element element = operand.type().element;
    if (node.op == &op("cast") && is_float(element))
      found.push_back(operand);
    else if (element == Element::i32 || element == Element::u8)
      find_converted(operand, seen, found);
  }
}

std::vector<Value> converted_within(const Value& x) {
  std::set<NodeId> seen;
  std::vector<Value> found;
  if (!is_float(x.type().element)) find_converted(x, seen, found);
  return found;
}

/// With a leading axis of rows, the same in each where it had none.
Value by_row(const Value& x) {
  const Shape& own = x.type().shape;
  if (!own.empty() && !own[0].constant()) return x;
  Shape shape{Dim::rows()};
  std::vector<int64_t> positions;
  for (size_t i = 0; i < own.size(); ++i) {
    shape.push_back(own[i]);
    positions.push_back(static_cast<int64_t>(i) + 1);
  }
  return broadcast(x, shape, positions);
}

}  // namespace

void ProgramElaborator::add_check(Value number, NumberCheck check, Range range) {
  if (field_.data != nullptr) {
    check.data = field_.data->info.name;
    check.field = field_.field->name;
    number = every_row(number, range);
  }
  check.argument = Graph("check");
  check.text = elaborator.frame->source->slice(range);
  check.origin = elaborator.origin(range);
  std::unordered_map<NodeId, NodeId> mapped;
  NodeId id = copy_into(*number.graph, by_row(number).id, check.argument, mapped);
  check.argument.results.push_back({ResultKind::value, "value", id});
  (check.key.empty() ? checks : uncounted).push_back(std::move(check));
}

void ProgramElaborator::check_class(const TypedTensor& x, const Size& classes, Range range) {
  if (!x.node) return;
  NumberCheck check;
  check.wanted = fmt::format("class({})", to_string(classes));
  check.high = static_cast<double>(classes.number().value_or(std::numeric_limits<int32_t>::max())) - 1;
  add_check(x.node, check, range);
  check.low = std::numeric_limits<int32_t>::min();
  check.high = std::numeric_limits<int32_t>::max();
  for (const Value& number : converted_within(x.node)) add_check(number, check, range);
}

void ProgramElaborator::check_integers(const TypedTensor& x, Base base, Range range) {
  if (!x.node) return;
  const bool byte = base == Base::u8;
  NumberCheck check;
  check.wanted = spelling(base);
  check.whole = false;
  check.low = byte ? 0 : std::numeric_limits<int32_t>::min();
  check.high = byte ? 255 : std::numeric_limits<int32_t>::max();
  for (const Value& number : converted_within(x.node)) add_check(number, check, range);
}

/// K of classes that the field computes; of 1 while the data, which decides it, has not been asked.
Size ProgramElaborator::computed_classes(const TypedTensor& x, Range range) {
  const std::string& data = field_.data->info.name;
  std::string key = field_.field->name;
  if (field_.classes++ > 0) key += fmt::format("_{}", field_.classes - 1);
  if (bound_ == nullptr || !bound_->facts.contains(data)) {
    return Size::symbol(fmt::format("{}.{}.classes", data, key));
  }
  const std::map<std::string, int64_t>& counted = bound_->facts.at(data).computed_classes;
  if (auto known = counted.find(key); known != counted.end()) return known->second;
  if (x.node) {
    NumberCheck check;
    check.key = key;
    check.wanted = "class(K)";
    check.high = std::numeric_limits<int32_t>::max() - 1;
    add_check(x.node, check, range);
  }
  return Size(1);
}

TypedTensor ProgramElaborator::as_class(const TypedTensor& x, const std::optional<Size>& declared, Range range) {
  const Base base = x.type.base();
  const bool numbers = base == Base::i32 || base == Base::u8 || base == Base::f32 || base == Base::f64;
  if (x.type.bases.size() != 1 || !numbers) return x;
  const bool counts = !declared || !declared->number();
  Size classes = counts ? computed_classes(x, range) : *declared;
  if (declared && !classes.number()) classes = *declared;
  check_class(x, classes, range);
  TypedTensor result = elaborator.build.cast(x, Base::label);
  result.type.classes = classes;
  return result;
}

}  // namespace nnc
