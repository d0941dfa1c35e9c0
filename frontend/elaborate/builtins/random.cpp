// Random tensors, keyed by seed, path and step.

#include <fmt/format.h>

#include <array>
#include <numbers>
#include <numeric>

#include "frontend/elaborate/builtins/builtin_call.h"
#include "frontend/elaborate/builtins/families.h"
#include "ir/graph/builder.h"
#include "support/error.h"

namespace nnc {

namespace {

/// A tensor of the shape asked for, without its node.
TypedTensor shaped(const BuiltinCall& call) {
  Elaborator& at = call.at;
  TypedTensor x{TensorType(at.frame->floating, at.axes(call.shape())), {}};
  at.build.require_limits(x.type);
  return x;
}

Item random_uniform(const BuiltinCall& call) {
  TypedTensor x = shaped(call);
  if (call.at.build.graph != nullptr) x.node = call.at.random(known_shape(x.type.axes), x.type.base());
  return call.result(x);
}

Item random_normal(const BuiltinCall& call) {
  Elaborator& at = call.at;
  TypedTensor x = shaped(call);
  if (at.build.graph == nullptr) return call.result(x);
  // Box and Muller: sqrt(-2 log(1 - u)) cos(2 pi v); u < 1, so the logarithm is finite.
  const Shape extent = known_shape(x.type.axes);
  Value u = at.random(extent, x.type.base()), v = at.random(extent, x.type.base());
  x.node = unary("sqrt", -2.0 * unary("log1p", -u)) * unary("cos", 2 * std::numbers::pi * v);
  return call.result(x);
}

constexpr std::array<NamedArgument, 1> kShape{{{"shape", NamedArgument::Kind::shape}}};

constexpr std::array kRecords{
    Builtin{.name = "random_uniform", .least = 0, .most = 0, .named = kShape, .call = random_uniform},
    Builtin{.name = "random_normal", .least = 0, .most = 0, .named = kShape, .call = random_normal},
};

}  // namespace

/// In a scan's body each step has numbers of its own: a sequence of them is drawn before it. A row's numbers stay
/// together, wherever the row stands in its batch.
static Value drawn(Elaborator& at, const std::string& path, const Type& type, size_t scans) {
  if (scans == 0) return nnc::random_uniform(at.seed, at.step, path, type);
  ScanNodes& nodes = at.scans[scans - 1]->nodes;
  const bool rows = type.rank() > 0 && !type.shape[0].constant();
  Type all = type;
  all.shape.insert(all.shape.begin() + (rows ? 1 : 0), Dim(nodes.length));
  Value sequence = drawn(at, path, all, scans - 1);
  if (rows) {
    std::vector<int64_t> order(all.shape.size());
    std::iota(order.begin(), order.end(), 0);
    std::swap(order[0], order[1]);
    sequence = permute(sequence, order);
  }
  Value element = body_input(*at.build.graph, fmt::format("scan.random.{}", path), 0, type);
  nodes.sequences.push_back(sequence);
  nodes.sequence_inputs.push_back(element);
  return element;
}

Value Elaborator::random(const Shape& shape, Base base) {
  NNC_ASSERT(seed && step, "random numbers need a seed");
  std::string path = frame->path.empty() ? random_path : frame->path;
  int number = frame->randoms++;
  if (number > 0) path += fmt::format(".{}", number);
  return drawn(*this, path, Type(element_of(base, build.precision), shape), scans.size());
}

std::span<const Builtin> random_builtins() { return kRecords; }

}  // namespace nnc
