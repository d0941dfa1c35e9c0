#include "passes/vectorize/accumulate.h"

#include <fmt/format.h>

#include "passes/vectorize/forms.h"
#include "passes/vectorize/space.h"

namespace nnc {

namespace {

class Accumulation {
 public:
  Accumulation(Values& values, const Terms& terms)
      : values_(values), nest_(values.kernel().nest), program_(values.kernel().program()), terms_(terms) {}

  ScalarValue in_lanes();
  ScalarValue in_chain();

 private:
  ScalarValue identity(int lanes) const { return nest_.constant(terms_.identity, NestType{terms_.element, lanes}); }
  ScalarValue combined(ScalarValue a, ScalarValue b) { return nest_.call(terms_.combine, a, b); }
  void add_to(const RegisterRef& target, ScalarValue value) {
    nest_.assign(target, combined(nest_.read(target), value));
  }
  void over_outer(size_t axis, const std::function<void()>& body);
  void add_block(const RegisterRef& target, const Affine& base, int lanes, std::optional<Affine> active);
  void add_range(NestRegister accumulators, int count, const Affine& base, int64_t extent, int lanes);
  void add_rows(NestRegister accumulators, const Dim& axis, const LoopBound& begin, int lanes);
  void clear(NestRegister accumulators, int count, int lanes);
  ScalarValue folded(NestRegister accumulators, int count);
  RegisterRef at(NestRegister accumulators, int count, const Affine& number) const {
    return count == 1 ? RegisterRef(accumulators) : accumulators.at(number);
  }
  void lanes_along(NestRegister accumulators, int count, int lanes, const std::optional<NestRegister>& total);
  void chain_from(size_t axis, const RegisterRef& target);

  Values& values_;
  NestBuilder& nest_;
  ProgramBuilder& program_;
  const Terms& terms_;
  ElementIndex index_;
};

void Accumulation::over_outer(size_t axis, const std::function<void()>& body) {
  if (axis + 1 == terms_.axes.size()) return body();
  over_axis(values_, terms_.axes[axis], fmt::format("r{}", axis), [&](const Affine& position) {
    index_[axis] = {position, 0};
    over_outer(axis + 1, body);
  });
}

/// Adds `lanes` terms from `base`; lanes that are not active take the identity.
void Accumulation::add_block(const RegisterRef& target, const Affine& base, int lanes, std::optional<Affine> active) {
  int before = values_.lanes;
  values_.lanes = lanes;
  values_.active = active;
  values_.open_scope();
  index_.back() = {base, lanes > 1 ? 1 : 0};
  ScalarValue term = values_.wide(terms_.term(index_));
  if (active && lanes > 1) {
    ScalarValue inside = nest_.call(Scalar::less, nest_.lane(lanes), nest_.splat(nest_.index(*active), lanes));
    term = nest_.select(inside, term, identity(lanes));
  }
  add_to(target, term);
  values_.close_scope();
  values_.lanes = before;
  values_.active = std::nullopt;
}

void Accumulation::clear(NestRegister accumulators, int count, int lanes) {
  if (count == 1) return nest_.assign(accumulators, identity(lanes));
  nest_.unrolled("u", count, [&](const Affine& u) { nest_.assign(accumulators.at(u), identity(lanes)); });
}

/// (0 + 1) + (2 + 3), then the tree.
ScalarValue Accumulation::folded(NestRegister accumulators, int count) {
  std::vector<ScalarValue> parts;
  for (int u = 0; u < count; ++u) parts.push_back(nest_.read(at(accumulators, count, Affine::of(u))));
  while (parts.size() > 1) {
    std::vector<ScalarValue> pairs;
    for (size_t i = 0; i + 1 < parts.size(); i += 2) pairs.push_back(combined(parts[i], parts[i + 1]));
    if (parts.size() % 2 == 1) pairs.push_back(parts.back());
    parts = std::move(pairs);
  }
  return nest_.type(parts[0]).lanes == 1 ? parts[0] : nest_.tree(terms_.combine, parts[0]);
}

/// `extent` terms from `base` on: whole rounds of all accumulators, then what is left.
void Accumulation::add_range(NestRegister accumulators, int count, const Affine& base, int64_t extent, int lanes) {
  int64_t round = int64_t{count} * lanes, rounds = extent / round;
  auto whole_round = [&](const Affine& from) {
    if (count == 1) return add_block(accumulators, from, lanes, std::nullopt);
    nest_.unrolled("u", count,
                   [&](const Affine& u) { add_block(accumulators.at(u), from + u * lanes, lanes, std::nullopt); });
  };
  if (rounds == 1) whole_round(base);
  if (rounds > 1) nest_.serial("k", 0, rounds * round, round, [&](const Affine& k) { whole_round(base + k); });
  int64_t left = extent - rounds * round;
  for (int u = 0; left > 0; ++u, left -= lanes) {
    std::optional<Affine> active;
    if (left < lanes) active = Affine::of(left);
    add_block(at(accumulators, count, Affine::of(u)), base + (rounds * round + u * lanes), lanes, active);
  }
}

void Accumulation::add_rows(NestRegister accumulators, const Dim& axis, const LoopBound& begin, int lanes) {
  LoopBound whole{0, axis.count, lanes};
  nest_.loop(LoopKind::serial, "k", begin, whole, lanes,
             [&](const Affine& k) { add_block(accumulators, k, lanes, std::nullopt); });
  if (lanes == 1) return;
  nest_.loop(LoopKind::serial, "k_tail", whole, rows_bound(axis.count), lanes,
             [&](const Affine& k) { add_block(accumulators, k, lanes, rows_affine(axis.count) - k); });
}

void Accumulation::lanes_along(NestRegister accumulators, int count, int lanes,
                               const std::optional<NestRegister>& total) {
  const Dim& axis = terms_.axes.back();
  int64_t extent = program_.extent(axis);
  if (!total) return add_range(accumulators, count, Affine::of(0), extent, lanes);
  auto in_total = [&](const std::function<void()>& adds) {
    clear(accumulators, count, lanes);
    adds();
    add_to(*total, folded(accumulators, count));
  };
  auto chunk = [&](const Affine& c) { in_total([&] { add_range(accumulators, count, c, kChunk, lanes); }); };
  int64_t whole = extent / kChunk * kChunk;
  if (program_.at_run_time(axis)) {
    LoopBound begin;
    if (whole > 0) {
      begin = {0, axis.count, kChunk};
      nest_.loop(LoopKind::serial, "chunk", LoopBound{}, begin, kChunk, chunk);
    }
    return in_total([&] { add_rows(accumulators, axis, begin, lanes); });
  }
  if (whole > 0) nest_.serial("chunk", 0, whole, kChunk, chunk);
  if (extent > whole || whole == 0) {
    in_total([&] { add_range(accumulators, count, Affine::of(whole), extent - whole, lanes); });
  }
}

ScalarValue Accumulation::in_lanes() {
  index_.resize(terms_.axes.size());
  const Dim& axis = terms_.axes.back();
  int widest = program_.lanes(terms_.element);
  int lanes = lanes_for(program_.extent(axis), widest), count = accumulators_of(axis, lanes);
  NestRegister accumulators =
      nest_.reg("acc", {terms_.element, lanes}, count == 1 ? std::vector<int64_t>{} : std::vector<int64_t>{count});
  std::optional<NestRegister> total;
  if (!axis.constant() || axis.count > kChunk) {
    total = nest_.reg("total", {terms_.element, 1});
    nest_.assign(*total, identity(1));
  }
  clear(accumulators, count, lanes);
  int lanes_before = values_.lanes;
  std::optional<Affine> active_before = values_.active;
  over_outer(0, [&] { lanes_along(accumulators, count, lanes, total); });
  values_.lanes = lanes_before;
  values_.active = active_before;
  return total ? nest_.read(*total) : values_.pin(folded(accumulators, count), "sum");
}

void Accumulation::chain_from(size_t axis, const RegisterRef& target) {
  if (axis == terms_.axes.size()) return add_to(target, values_.wide(terms_.term(index_)));
  over_axis(values_, terms_.axes[axis], fmt::format("r{}", axis), [&](const Affine& position) {
    index_[axis] = {position, 0};
    chain_from(axis + 1, target);
  });
}

ScalarValue Accumulation::in_chain() {
  index_.resize(terms_.axes.size());
  NestRegister acc = nest_.reg("acc", {terms_.element, values_.lanes});
  nest_.assign(acc, identity(values_.lanes));
  if (terms_.axes.empty() || program_.extent(terms_.axes[0]) <= kChunk) {
    chain_from(0, acc);
    return nest_.read(acc);
  }
  // Chunks along the outermost axis.
  const Dim& axis = terms_.axes[0];
  NestRegister total = nest_.reg("total", {terms_.element, values_.lanes});
  nest_.assign(total, identity(values_.lanes));
  auto term_at = [&](const Affine& position) {
    values_.open_scope();
    index_[0] = {position, 0};
    chain_from(1, acc);
    values_.close_scope();
  };
  auto chunk = [&](const Affine& c) {
    nest_.assign(acc, identity(values_.lanes));
    nest_.serial("k", 0, kChunk, 1, [&](const Affine& k) { term_at(c + k); });
    add_to(total, nest_.read(acc));
  };
  LoopBound whole{0, axis.count, kChunk}, all = rows_bound(axis.count);
  if (!program_.at_run_time(axis)) {
    whole = {program_.extent(axis) / kChunk * kChunk, 0, 1};
    all = {program_.extent(axis), 0, 1};
  }
  nest_.loop(LoopKind::serial, "chunk", LoopBound{}, whole, kChunk, chunk);
  nest_.assign(acc, identity(values_.lanes));
  nest_.loop(LoopKind::serial, "k", whole, all, 1, term_at);
  add_to(total, nest_.read(acc));
  return nest_.read(total);
}

}  // namespace

ScalarValue accumulate_lanes(Values& values, const Terms& terms) { return Accumulation(values, terms).in_lanes(); }
ScalarValue accumulate_chain(Values& values, const Terms& terms) { return Accumulation(values, terms).in_chain(); }

}  // namespace nnc
