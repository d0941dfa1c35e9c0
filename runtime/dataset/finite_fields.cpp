#include "runtime/dataset/finite_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "runtime/step/map_rows.h"
#include "support/printable.h"

namespace nnc {

namespace {

/// The first element whose exponent is all ones, or −1. Blocks without a branch inside, for the compiler to vectorize.
template <typename Bits, typename Float>
int64_t first_odd(std::span<const Float> values, Bits exponent) {
  constexpr size_t kBlock = 4096;
  for (size_t begin = 0; begin < values.size(); begin += kBlock) {
    const size_t end = std::min(values.size(), begin + kBlock);
    Bits odd = 0;
    for (size_t i = begin; i < end; ++i) odd |= (std::bit_cast<Bits>(values[i]) & exponent) == exponent ? 1 : 0;
    if (odd == 0) continue;
    for (size_t i = begin; i < end; ++i) {
      if (!std::isfinite(values[i])) return static_cast<int64_t>(i);
    }
  }
  return -1;
}

int64_t first_not_finite(const Column& column) {
  if (column.element() == Element::f32) return first_odd<uint32_t>(column.values<float>(), 0x7F800000u);
  if (column.element() == Element::f64) return first_odd<uint64_t>(column.values<double>(), 0x7FF0000000000000u);
  return -1;
}

[[noreturn]] void fail(const Dataset& set, const Dataset::Part& part, const std::string& field, int64_t at,
                       int64_t width, double value) {
  const std::string element = width == 1 ? "" : fmt::format("element {} (from 0) of ", at % width);
  throw set.row_failure(part, at / width, field,
                        fmt::format("{}the field '{}' is {}", element, field, printable(value)));
}

}  // namespace

void require_finite(const Dataset& set, const Dataset::Part& part, const std::string& field, const Column& column) {
  const int64_t at = first_not_finite(column);
  if (at >= 0) fail(set, part, field, at, column.sample_size(), column.number(at));
}

void require_finite_of_bytes(const Dataset& set, const std::string& field, const BoundProgram& program,
                             const BuildOptions& build) {
  const Graph& graph = field_graph(program, set.info().name, field);
  std::string source;
  for (NodeId id : graph.reachable()) {
    if (role_of(graph.node(id)) != InputRole::raw) continue;  // an option's value
    source = input_name(InputRole::raw, *leaf_path(graph.node(id)));
  }
  if (source.empty() || set.parts().empty()) return;
  const Column& any = set.parts().front().raw.at(source);
  const int64_t width = any.sample_size();
  Column bytes = allocate_column(source, Element::u8, any.sample_shape(), (256 + width - 1) / width);
  std::span<uint8_t> into = bytes.values<uint8_t>();
  for (size_t i = 0; i < into.size(); ++i) into[i] = static_cast<uint8_t>(i);
  const Column found = map_rows(graph, {{input_path(InputRole::raw, source), &bytes}}, {{}, settings(program)}, build,
                                bytes.rows(), field);
  if (first_not_finite(found) < 0) return;
  for (const Dataset::Part& part : set.parts()) {
    const Column& raw = part.raw.at(source);
    const std::span<const uint8_t> values = raw.values<uint8_t>();
    for (size_t i = 0; i < values.size(); ++i) {
      const double value = found.number(values[i]);
      if (!std::isfinite(value)) fail(set, part, field, static_cast<int64_t>(i), width, value);
    }
  }
}

}  // namespace nnc
