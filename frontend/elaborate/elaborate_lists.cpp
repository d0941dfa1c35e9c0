// Lists of numbers: values that have not met a type, as single numbers are.

#include <fmt/format.h>

#include "frontend/elaborate/elaborator.h"
#include "ir/graph/builder.h"

namespace nnc {

using ast::Expr;

Item Elaborator::eval_list(const Expr& expr) {
  constexpr size_t kMostNumbers = 1024;
  NumberList list;
  Axes inner;
  for (const auto& operand : expr.operands) {
    const Item item = eval(*operand);
    const auto* number = item.as<Number>();
    const auto* row = item.as<NumberList>();
    const Axes& axes = row != nullptr ? row->axes : Axes{};
    if (number == nullptr && row == nullptr) {
      fail("E0407", operand->range,
           fmt::format("a list is made of numbers, or stands in 'shape', 'over' or a table, and this is {}",
                       describe(item)));
    }
    if (operand != expr.operands.front() && axes != inner) {
      fail("E0407", operand->range, "the rows of a list have equal lengths");
    }
    inner = axes;
    if (number != nullptr) list.numbers.push_back(*number);
    if (row != nullptr) list.numbers.insert(list.numbers.end(), row->numbers.begin(), row->numbers.end());
    if (list.numbers.size() > kMostNumbers) {
      fail("E0805", expr.range, fmt::format("a list of more than {} numbers: a limit of nnc", kMostNumbers),
           "what is long belongs into the data");
    }
  }
  if (list.numbers.empty()) fail("E0407", expr.range, "a list of no numbers");
  list.axes = {{Size(static_cast<int64_t>(expr.operands.size())), "", false}};
  list.axes.insert(list.axes.end(), inner.begin(), inner.end());
  return {list, expr.range, ""};
}

Item Elaborator::eval_list_index(const Item& list, const Expr& expr) {
  const ast::IndexEntry& entry = expr.indices[0];
  const Item position = eval(*entry.position);
  const auto& [axes, numbers] = *list.as<NumberList>();
  const TypedTensor x = tensor(list, expr.operands[0]->range);
  if (const auto* index = position.as<TypedTensor>()) return {build.gather(x, *index), expr.range, ""};
  const Number at = number(position, entry.range);
  if (at.either) throw Abandoned{};  // each call knows
  if (!at.size) fail("E0402", entry.range, "an index must be whole and known at compile time");
  const bool single = axes.size() == 1;
  if (!at.known && single && generic) return {Number::whole(Size::symbol(slice(expr.range))), expr.range, ""};
  if (!single || !at.known) return {build.take(x, 0, *at.size), expr.range, ""};
  build.take(x, 0, *at.size);  // refuses what lies outside
  return {numbers[static_cast<size_t>(*at.known)], expr.range, ""};
}

TypedTensor Elaborator::meet(const NumberList& list, Base base, Range range) {
  for (const Number& number : list.numbers) meet(number, base, range);  // warned about, one by one
  return build.meet(list.numbers, list.axes, base);
}

TypedTensor Elaborator::meet(const Item& item, Base base, Range range) {
  if (const auto* number = item.as<Number>()) return meet(*number, base, range);
  if (const auto* list = item.as<NumberList>()) return meet(*list, base, range);
  return tensor(item, range);
}

}  // namespace nnc
