#include "passes/vectorize/accumulate.h"

#include <fmt/format.h>

#include "passes/schedule/forms.h"
#include "passes/schedule/sums.h"
#include "passes/vectorize/chunks.h"
#include "passes/vectorize/space.h"

namespace nnc {

namespace {

class Accumulation {
 public:
  Accumulation(Values& values, const SummedTerms& terms)
      : values_(values),
        nest_(values.kernel().nest),
        program_(values.kernel().program()),
        terms_(terms),
        index_(terms.axes.size()) {
    for (size_t axis = 0; axis < terms.axes.size(); ++axis)
      axes_.push_back({terms.axes[axis], fmt::format("r{}", axis)});
  }

  ScalarValue in_lanes();
  ScalarValue in_chain();

 private:
  /// Of a sum in lanes, beside each other.
  struct Accumulators {
    NestRegister registers;
    int count = 1, lanes = 1;
    RegisterRef at(const Affine& number) const { return count == 1 ? RegisterRef(registers) : registers.at(number); }
  };

  ScalarValue identity(int lanes) const { return nest_.constant(terms_.identity, NestType{terms_.element, lanes}); }
  ScalarValue combined(ScalarValue a, ScalarValue b) { return nest_.call(terms_.combine, a, b); }
  void add_to(const RegisterRef& target, ScalarValue value) {
    nest_.assign(target, combined(nest_.read(target), value));
  }
  void over_outer(size_t axis, const std::function<void()>& body);
  void add_block(const RegisterRef& target, const Affine& base, int lanes, std::optional<Affine> active);
  void add_range(const Accumulators& all, const Affine& base, int64_t extent);
  void add_rows(const Accumulators& all, const Dim& axis, const LoopBound& begin);
  void clear(const Accumulators& all);
  ScalarValue folded(const Accumulators& all);
  void lanes_along(const Accumulators& all, const std::optional<NestRegister>& total);
  ScalarValue lanes_at_once(const Accumulators& all);
  ScalarValue lanes_in_chunks(const Accumulators& all, const ChunkCut& cut);
  void chain_from(size_t axis, const RegisterRef& target);
  std::optional<ChunkCut> chunks(int64_t last_step) const;
  ScalarValue in_chunks(const ChunkCut& cut, int lanes, const std::function<ScalarValue(const ChunkRange&)>& sum);

  Values& values_;
  NestBuilder& nest_;
  ProgramBuilder& program_;
  const SummedTerms& terms_;
  std::vector<SummedAxis> axes_;
  ElementIndex index_;
};

void Accumulation::over_outer(size_t axis, const std::function<void()>& body) {
  if (axis + 1 == terms_.axes.size()) return body();
  over_axis(values_, terms_.axes[axis], axes_[axis].name, [&](const Affine& position) {
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

void Accumulation::clear(const Accumulators& all) {
  auto clear_at = [&](const RegisterRef& target) { nest_.assign(target, identity(all.lanes)); };
  if (all.count == 1) return clear_at(all.registers);
  nest_.unrolled("u", all.count, [&](const Affine& u) { clear_at(all.at(u)); });
}

/// (0 + 1) + (2 + 3), then the tree.
ScalarValue Accumulation::folded(const Accumulators& all) {
  std::vector<ScalarValue> parts;
  for (int u = 0; u < all.count; ++u) parts.push_back(nest_.read(all.at(Affine::of(u))));
  while (parts.size() > 1) {
    std::vector<ScalarValue> pairs;
    for (size_t i = 0; i + 1 < parts.size(); i += 2) pairs.push_back(combined(parts[i], parts[i + 1]));
    if (parts.size() % 2 == 1) pairs.push_back(parts.back());
    parts = std::move(pairs);
  }
  return all.lanes == 1 ? parts[0] : nest_.tree(terms_.combine, parts[0]);
}

/// `extent` terms from `base` on: whole rounds of all accumulators, then what is left.
void Accumulation::add_range(const Accumulators& all, const Affine& base, int64_t extent) {
  int lanes = all.lanes;
  int64_t round = int64_t{all.count} * lanes, rounds = extent / round;
  auto whole_round = [&](const Affine& from) {
    if (all.count == 1) return add_block(all.registers, from, lanes, std::nullopt);
    nest_.unrolled("u", all.count,
                   [&](const Affine& u) { add_block(all.at(u), from + u * lanes, lanes, std::nullopt); });
  };
  if (rounds == 1) whole_round(base);
  if (rounds > 1) nest_.serial("k", 0, rounds * round, round, [&](const Affine& k) { whole_round(base + k); });
  int64_t left = extent - rounds * round;
  for (int u = 0; left > 0; ++u, left -= lanes) {
    std::optional<Affine> active;
    if (left < lanes) active = Affine::of(left);
    add_block(all.at(Affine::of(u)), base + (rounds * round + u * lanes), lanes, active);
  }
}

void Accumulation::add_rows(const Accumulators& all, const Dim& axis, const LoopBound& begin) {
  LoopBound whole{0, axis.count, all.lanes};
  nest_.loop(LoopKind::serial, "k", begin, whole, all.lanes,
             [&](const Affine& k) { add_block(all.registers, k, all.lanes, std::nullopt); });
  if (all.lanes == 1) return;
  nest_.loop(LoopKind::serial, "k_tail", whole, rows_bound(axis.count), all.lanes,
             [&](const Affine& k) { add_block(all.registers, k, all.lanes, rows_affine(axis.count) - k); });
}

/// All of the last axis at the present position of the others.
void Accumulation::lanes_along(const Accumulators& all, const std::optional<NestRegister>& total) {
  const Dim& axis = terms_.axes.back();
  if (!total) return add_range(all, Affine::of(0), program_.extent(axis));
  clear(all);
  if (program_.at_run_time(axis)) {
    add_rows(all, axis, LoopBound{});
  } else {
    add_range(all, Affine::of(0), program_.extent(axis));
  }
  add_to(*total, folded(all));
}

ScalarValue Accumulation::in_lanes() {
  const Dim& axis = terms_.axes.back();
  Accumulators all;
  all.lanes = lanes_for(program_.extent(axis), program_.lanes(terms_.element));
  all.count = accumulators_of(axis, all.lanes);
  all.registers = nest_.reg("acc", {terms_.element, all.lanes},
                            all.count == 1 ? std::vector<int64_t>{} : std::vector<int64_t>{all.count});
  int lanes_before = values_.lanes;
  std::optional<Affine> active_before = values_.active;
  std::optional<ChunkCut> cut = chunks(int64_t{all.count} * all.lanes);
  ScalarValue sum = cut ? lanes_in_chunks(all, *cut) : lanes_at_once(all);
  values_.lanes = lanes_before;
  values_.active = active_before;
  return sum;
}

ScalarValue Accumulation::lanes_at_once(const Accumulators& all) {
  std::optional<NestRegister> total;
  if (!terms_.axes.back().constant()) {
    total = nest_.reg("total", {terms_.element, 1});
    nest_.assign(*total, identity(1));
  }
  clear(all);
  over_outer(0, [&] { lanes_along(all, total); });
  return total ? nest_.read(*total) : values_.pin(folded(all), "sum");
}

ScalarValue Accumulation::lanes_in_chunks(const Accumulators& all, const ChunkCut& cut) {
  size_t last = terms_.axes.size() - 1;
  return in_chunks(cut, 1, [&](const ChunkRange& range) {
    clear(all);
    if (cut.axis < last) {
      over_range(values_, range, axes_[cut.axis].name, [&](const Affine& position) {
        index_[cut.axis] = {position, 0};
        over_outer(cut.axis + 1, [&] { lanes_along(all, std::nullopt); });
      });
    } else if (range.extent > 0) {
      add_range(all, range.base, range.extent);
    } else {
      add_rows(all, terms_.axes.back(), range.begin);
    }
    return folded(all);
  });
}

/// The sum of what `sum` makes of each chunk, a value of these lanes.
ScalarValue Accumulation::in_chunks(const ChunkCut& cut, int lanes,
                                    const std::function<ScalarValue(const ChunkRange&)>& sum) {
  View memory = ChunkTree::memory(program_, "chunks", terms_.element, cut.chunks, {lanes}, nest_.is_shared());
  ChunkTree tree(values_, memory, [&](const ChunkTree::Visit& visit) { visit({Affine::of(0)}, lanes); });
  auto stand = [&](size_t axis, const Affine& at) { index_[axis] = {at, 0}; };
  over_chunks(values_, axes_, cut, stand, [&](const ChunkRange& range) {
    tree.next();
    nest_.store(tree.total({Affine::of(0)}), sum(range));
  });
  ScalarValue all{};
  tree.finish(cut, [&](const std::vector<Affine>&, ScalarValue value) { all = value; });
  return all;
}

std::optional<ChunkCut> Accumulation::chunks(int64_t last_step) const {
  return sum_cut(program_.sizes(), terms_.combine, terms_.element, axes_, last_step);
}

void Accumulation::chain_from(size_t axis, const RegisterRef& target) {
  if (axis == terms_.axes.size()) return add_to(target, values_.wide(terms_.term(index_)));
  over_axis(values_, terms_.axes[axis], axes_[axis].name, [&](const Affine& position) {
    index_[axis] = {position, 0};
    chain_from(axis + 1, target);
  });
}

ScalarValue Accumulation::in_chain() {
  NestRegister acc = nest_.reg("acc", {terms_.element, values_.lanes});
  std::optional<ChunkCut> cut = chunks(1);
  if (!cut) {
    nest_.assign(acc, identity(values_.lanes));
    chain_from(0, acc);
    return nest_.read(acc);
  }
  return in_chunks(*cut, values_.lanes, [&](const ChunkRange& range) {
    nest_.assign(acc, identity(values_.lanes));
    over_range(values_, range, "k", [&](const Affine& position) {
      index_[cut->axis] = {position, 0};
      chain_from(cut->axis + 1, acc);
    });
    return nest_.read(acc);
  });
}

}  // namespace

ScalarValue accumulate_lanes(Values& values, const SummedTerms& terms) {
  return Accumulation(values, terms).in_lanes();
}
ScalarValue accumulate_chain(Values& values, const SummedTerms& terms) {
  return Accumulation(values, terms).in_chain();
}

}  // namespace nnc
