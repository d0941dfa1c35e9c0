// Lives of registers over the statements in order: from the first assignment to the last read, and to the end of every
// loop that uses a register assigned before it. An axis of a register array that only one unrolled loop walks, each
// turn for itself, counts as one element.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "ir/nest/nest_check.h"
#include "ir/verify/verify.h"

namespace nnc {

namespace {

struct Life {
  bool seen = false;
  size_t first = 0, last = 0;
  std::vector<std::optional<LoopId>> walker;  ///< by axis: the one loop that is its subscript everywhere
};

class RegisterCheck {
 public:
  RegisterCheck(const Kernel& kernel, const Target& target)
      : kernel_(kernel), target_(target), lives_(kernel.registers.size()) {}

  struct Most {
    int64_t alive = 0;
    size_t moment = 0;
  };
  Most most() {
    NestPosition position;
    position.kernel = &kernel_;
    size_t now = 0;
    walk(position, kernel_.body, now);
    extend();
    return count(now);
  }

  void run() {
    Most found = most();
    if (found.alive <= target_.vector_registers) return;
    auto assignment = std::find(stamps_.begin(), stamps_.end(), found.moment);
    NestPosition where;
    where.kernel = &kernel_;
    if (assignment != stamps_.end()) where = positions_[static_cast<size_t>(assignment - stamps_.begin())];
    nest_fault(where, fmt::format("{} vector registers are alive at once; the target has {}", found.alive,
                                  target_.vector_registers));
  }

 private:
  void walk(NestPosition& position, const Block& block, size_t& now) {
    for (size_t i = 0; i < block.size(); ++i) {
      position.block = &block;
      position.index = i;
      ++now;
      if (const auto* loop = std::get_if<Loop>(&block[i])) {
        size_t start = now;
        position.loops.push_back(loop);
        walk(position, loop->body, now);
        position.loops.pop_back();
        loops_.push_back({start, ++now});
        continue;
      }
      for (ExprId id : exprs_of(kernel_, block[i])) reads_of(position, kernel_.exprs[id], now);
      if (const auto* store = std::get_if<Store>(&block[i])) reads_of_place(position, store->place, now);
      if (const auto* assign = std::get_if<Assign>(&block[i])) {
        use(assign->target, now);
        positions_.push_back(position);
        stamps_.push_back(now);
      }
    }
  }

  void reads_of(const NestPosition& position, const Expr& e, size_t now) {
    if (e.kind == ExprKind::read) read(position, e.reg, now);
    if (e.kind == ExprKind::index) reads_of_affine(position, e.affine, now);
    if (e.kind == ExprKind::load) reads_of_place(position, e.place, now);
  }
  void reads_of_place(const NestPosition& position, const Place& place, size_t now) {
    for (const Affine& subscript : place.subscripts) reads_of_affine(position, subscript, now);
    if (place.active) reads_of_affine(position, *place.active, now);
  }
  void reads_of_affine(const NestPosition& position, const Affine& affine, size_t now) {
    for (const Affine::Term& term : affine.terms) {
      if (term.of == Affine::Of::reg) read(position, {term.id, {}}, now);
    }
  }

  void read(const NestPosition& position, const RegisterRef& reg, size_t now) {
    if (!lives_[reg.id].seen) {
      nest_fault(position, fmt::format("register '{}' is read before it is assigned", kernel_.registers[reg.id].name));
    }
    use(reg, now);
  }

  void use(const RegisterRef& reg, size_t now) {
    Life& life = lives_[reg.id];
    bool first = !life.seen;
    if (first) life.first = now;
    life.seen = true;
    life.last = now;
    life.walker.resize(reg.subscripts.size());
    for (size_t axis = 0; axis < reg.subscripts.size(); ++axis) {
      const Affine& subscript = reg.subscripts[axis];
      bool single = subscript.constant == 0 && subscript.terms.size() == 1 && subscript.terms[0].coefficient == 1 &&
                    subscript.terms[0].of == Affine::Of::loop;
      std::optional<LoopId> walker = single ? std::optional(subscript.terms[0].id) : std::nullopt;
      if (first) life.walker[axis] = walker;
      if (life.walker[axis] != walker) life.walker[axis] = std::nullopt;
    }
  }

  void extend() {
    // Inner loops stand before outer ones in loops_: an extension may reach into the outer one and grow there.
    for (const auto& [start, end] : loops_) {
      for (Life& life : lives_) {
        if (life.seen && life.first < start && life.last > start && life.last < end) life.last = end;
      }
    }
  }

  int64_t machine_registers(const Register& reg, const Life& life) const {
    if (reg.type.lanes == 1) return 0;
    if (reg.type.element == Element::boolean && target_.has_mask_registers) return 0;
    int64_t bytes = byte_size(reg.type.element) * reg.type.lanes;
    int64_t count = (bytes + target_.vector_bytes - 1) / target_.vector_bytes;
    for (size_t axis = 0; axis < reg.extents.size(); ++axis) {
      if (axis >= life.walker.size() || !life.walker[axis]) count *= reg.extents[axis];
    }
    return count;
  }

  /// The first moment of the most.
  Most count(size_t end) const {
    std::vector<int64_t> change(end + 2, 0);
    for (size_t id = 0; id < lives_.size(); ++id) {
      if (!lives_[id].seen || lives_[id].first == lives_[id].last) continue;
      int64_t size = machine_registers(kernel_.registers[id], lives_[id]);
      change[lives_[id].first] += size;
      change[lives_[id].last] -= size;
    }
    int64_t alive = 0;
    Most most;
    for (size_t now = 0; now < change.size(); ++now) {
      alive += change[now];
      if (alive > most.alive) most = {alive, now};
    }
    return most;
  }

  const Kernel& kernel_;
  const Target& target_;
  std::vector<Life> lives_;
  std::vector<std::pair<size_t, size_t>> loops_;  ///< first and last moment
  std::vector<NestPosition> positions_;           ///< of assignments
  std::vector<size_t> stamps_;
};

}  // namespace

void check_registers(const Kernel& kernel, const Target& target) { RegisterCheck(kernel, target).run(); }

int64_t vector_registers_of(const Kernel& kernel, const Target& target) {
  return RegisterCheck(kernel, target).most().alive;
}

}  // namespace nnc
