#include "passes/plan/skyline.h"

#include <algorithm>

namespace nnc {

Skyline::Skyline(std::span<const Tenant> tenants) {
  int stages = 1;
  for (const Tenant& tenant : tenants) stages = std::max(stages, tenant.life.last + 1);
  while (size_ < stages) size_ *= 2;
  nodes_.resize(2 * static_cast<size_t>(size_));
}

void Skyline::Node::raise(const Top& more) {
  top = {std::max(top.end, more.end), top.starts | more.starts};
  below = {std::max(below.end, more.end), below.starts | more.starts};
}

/// Calls `change` for the fewest nodes that together are these stages.
template <class Change>
void Skyline::visit(size_t number, int first, int last, const Lifetime& life, const Change& change) {
  if (life.last < first || last < life.first) return;
  ++steps_;
  Node& node = nodes_[number];
  if (life.first <= first && last <= life.last) return change(node);
  Node &left = nodes_[2 * number], &right = nodes_[2 * number + 1];
  left.raise(node.below);
  right.raise(node.below);
  node.below = {};
  int middle = (first + last) / 2;
  visit(2 * number, first, middle, life, change);
  visit(2 * number + 1, middle + 1, last, life, change);
  node.top = {std::max(left.top.end, right.top.end), left.top.starts | right.top.starts};
}

Skyline::Top Skyline::over(const Lifetime& life) {
  Top found;
  visit(1, 0, size_ - 1, life,
        [&](const Node& node) { found = {std::max(found.end, node.top.end), found.starts | node.top.starts}; });
  return found;
}

void Skyline::add(const Tenant& tenant, int64_t offset) {
  Top top{offset + tenant.bytes, tenant.is_large() ? page_start(offset) : 0};
  visit(1, 0, size_ - 1, tenant.life, [&](Node& node) { node.raise(top); });
}

}  // namespace nnc
