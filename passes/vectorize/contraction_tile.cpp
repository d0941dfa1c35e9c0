#include "passes/vectorize/contraction_tile.h"

#include "passes/vectorize/contraction_sums.h"

namespace nnc {

namespace {

constexpr int64_t kMostUnrolled = 8;  ///< steps of the innermost summed loop that become straight-line code

class TileEmitter {
 public:
  TileEmitter(PieceKernel& kernel, const ContractionPlan& plan, const TileColumns& columns, int64_t rows,
              const Affine& row, const Affine& column, const TilePart* part = nullptr)
      : kernel_(kernel),
        values_(kernel.values),
        nest_(kernel.nest()),
        plan_(plan),
        columns_(columns),
        rows_(rows),
        row_(row),
        column_(column),
        part_(part),
        node_(kernel.lowering.graph.node(kernel.piece.root)),
        index_(plan.index) {}

  void emit() {
    declare(accumulators_, "acc");
    if (part_ != nullptr && part_->sums) return sum_part();
    if (plan_.cut) {
      sum_chunks();
    } else {
      clear();
      sum(0);
    }
    epilogue();
  }

 private:
  bool dot() const { return plan_.loops.dot; }

  /// Accumulators of whole vectors and of the last, narrow one.
  struct TileRegisters {
    NestRegister whole, narrow;
  };
  void declare(TileRegisters& registers, const std::string& name) {
    if (columns_.vectors > 0) {
      registers.whole = nest_.reg(name, {plan_.element, columns_.lanes}, {rows_, columns_.vectors});
    }
    if (columns_.narrow > 0) {
      registers.narrow = nest_.reg(name + "_last", {plan_.element, columns_.narrow}, {rows_});
    }
  }

  /// Runs the body for each accumulator, with its lanes and the outputs that it stands for in `index_`.
  using Each = std::function<void(const RegisterRef&)>;
  void over_tile(const Each& body) {
    over_rows([&](const Affine& i) {
      over_vectors([&](const Affine& j) { body(accumulators_.whole.at(i, j)); },
                   [&] { body(accumulators_.narrow.at(i)); });
    });
  }

  void scoped(const std::function<void()>& body) {
    values_.open_scope();
    body();
    values_.close_scope();
  }

  void over_rows(const std::function<void(Affine)>& body) {
    auto at_row = [&](const Affine& i) {
      if (plan_.loops.rows != kNoLoop) index_[plan_.loops.rows] = {row_ + i, 0};
      scoped([&] { body(i); });
    };
    if (rows_ == 1) return at_row(Affine::of(0));
    nest_.unrolled("m", rows_, at_row);
  }

  void over_vectors(const std::function<void(Affine)>& whole, const std::function<void()>& narrow) {
    auto at_vector = [&](const Affine& j) {
      int lanes = dot() ? 1 : columns_.lanes;
      set_columns(column_ + j * lanes, lanes, std::nullopt);
      scoped([&] { whole(j); });
    };
    if (columns_.vectors == 1) at_vector(Affine::of(0));
    if (columns_.vectors > 1) nest_.unrolled("n", columns_.vectors, at_vector);
    if (columns_.narrow > 0) {
      set_columns(column_ + columns_.vectors * columns_.lanes, columns_.narrow, columns_.active);
      scoped(narrow);
    }
    values_.lanes = 1;
    values_.active = std::nullopt;
  }

  void set_columns(const Affine& at, int lanes, const std::optional<Affine>& active) {
    size_t loop = dot() ? plan_.loops.columns : plan_.loops.vector;
    values_.lanes = lanes;
    values_.active = active;
    if (loop != kNoLoop) index_[loop] = {at, lanes > 1 ? 1 : 0};
  }

  void clear() {
    over_tile([&](const RegisterRef& target) {
      int lanes = dot() ? columns_.lanes : values_.lanes;
      nest_.assign(target, nest_.constant(0, NestType{plan_.element, lanes}));
    });
  }

  ScalarValue operand(size_t number) {
    return values_.element(node_.operands[number], values_.map(plan_.loops.contraction.subscripts[number], index_));
  }

  // The summed loops, outermost first.
  void sum(size_t number) {
    if (number == plan_.summed.size()) return step();
    size_t loop = plan_.summed[number];
    const Contraction::Loop& summed = plan_.loops.contraction.loops[loop];
    int64_t extent = kernel_.lowering.program.extent(summed.extent);
    bool known = !kernel_.lowering.program.at_run_time(summed.extent), last = number + 1 == plan_.summed.size();
    if (last && dot()) return known ? sum_block_lanes(Affine::of(0), extent) : sum_row_lanes(LoopBound{});
    auto at = [&](const Affine& k) { step_at(number, k); };
    if (!last || !known || extent <= 1) return over_axis(values_, summed.extent, summed.name, at);
    sum_range(summed.name, Affine::of(0), extent, at);
  }

  /// The loops behind this one, which stands at k.
  void step_at(size_t number, const Affine& k) {
    if (part_ != nullptr) step_of_part_ = k - part_->base;
    index_[plan_.summed[number]] = {k, 0};
    scoped([&] { sum(number + 1); });
  }

  /// Whether two steps in straight-line code would be more than the registers hold: LLVM gives the register of a factor
  /// to the sum when that is its last use, and then spills. So where many rows share one vector, where a product needs
  /// a register of its own, and where a factor fills a whole vector and a narrow one and most registers hold sums.
  bool steps_spill() const {
    const Target& target = kernel_.lowering.program.options().target;
    int64_t vectors = columns_.vectors + (columns_.narrow > 0 ? 1 : 0);
    bool one_vector = vectors == 1 && rows_ > kMostUnrolled / 2;
    bool both_widths = columns_.narrow > 0 && columns_.vectors > 0 && 3 * rows_ * vectors > 2 * target.vector_registers;
    return one_vector || both_widths || !target.has_fma;
  }

  /// A known number of steps: few are unrolled, an even number goes two at a time.
  void sum_range(const std::string& name, const Affine& base, int64_t extent, const std::function<void(Affine)>& at) {
    bool spills = steps_spill();
    if (extent <= kMostUnrolled && extent * rows_ * columns_.vectors <= 4 * kMostUnrolled && !spills) {
      return nest_.unrolled(name, extent, [&](const Affine& k) { at(base + k); });
    }
    int64_t pair = extent % 2 == 0 && !spills ? 2 : 1;
    nest_.serial(name, 0, extent, pair, [&](const Affine& k) {
      if (pair == 1) return at(base + k);
      nest_.unrolled("u", pair, [&](const Affine& u) { at(base + k + u); });
    });
  }

  void sum_part() {
    auto load = [&](const RegisterRef& sum, const std::vector<Affine>& at) {
      nest_.assign(sum, nest_.load(part_->sums(at), nest_.type(nest_.read(sum)).lanes));
    };
    part_->first ? clear() : with_stored(load);
    sum_range(plan_.loop(plan_.summed[0]).name, Affine::of(0), part_->extent,
              [&](const Affine& k) { step_at(0, part_->base + k); });
    with_stored(
        [&](const RegisterRef& sum, const std::vector<Affine>& at) { nest_.store(part_->sums(at), nest_.read(sum)); });
  }

  /// The vector operand at a column of the panel.
  ScalarValue vectors_at(const Affine& column, int lanes) {
    if (part_ != nullptr) return nest_.load(part_->vectors(step_of_part_, column), lanes);
    return values_.wide(operand(plan_.loops.vector_operand));
  }

  void sum_chunks() {
    ChunkTree tree(values_, *plan_.chunks,
                   [&](const ChunkTree::Visit& visit) { over_sums(values_, columns_, Dim(rows_), visit); });
    auto stand = [&](size_t number, const Affine& at) { index_[plan_.summed[number]] = {at, 0}; };
    over_chunks(values_, plan_.loops.summed_axes(), *plan_.cut, stand, [&](const ChunkRange& range) {
      tree.next();
      clear();
      sum_chunk(range);
      with_stored(
          [&](const RegisterRef& sum, const std::vector<Affine>& at) { nest_.store(tree.total(at), nest_.read(sum)); });
    });
    tree.combine(*plan_.cut);
    with_stored([&](const RegisterRef& sum, const std::vector<Affine>& at) {
      nest_.assign(sum, nest_.load(tree.result(at), nest_.type(nest_.read(sum)).lanes));
    });
  }

  void sum_chunk(const ChunkRange& range) {
    size_t number = plan_.cut->axis;
    const std::string& name = plan_.loops.contraction.loops[plan_.summed[number]].name;
    bool last = number + 1 == plan_.summed.size();
    if (last && dot()) return range.extent > 0 ? sum_block_lanes(range.base, range.extent) : sum_row_lanes(range.begin);
    auto at = [&](const Affine& k) { step_at(number, k); };
    if (last && range.extent > 1) return sum_range(name, range.base, range.extent, at);
    over_range(values_, range, name, at);
  }

  /// Visits the tile's vectors as they lie in memory, in straight-line code: each with its accumulator, row and column.
  void with_stored(const std::function<void(const RegisterRef&, const std::vector<Affine>&)>& body) {
    int64_t last = columns_.vectors * columns_.lanes;
    over_rows([&](const Affine& i) {
      over_vectors([&](const Affine& j) { body(accumulators_.whole.at(i, j), {i, j * columns_.lanes}); },
                   [&] { body(accumulators_.narrow.at(i), {i, Affine::of(last)}); });
    });
  }

  /// DOT: the vector loop along the rows of a batch, from `begin` to its end.
  void sum_row_lanes(const LoopBound& begin) {
    const Contraction::Loop& loop = plan_.loops.contraction.loops[plan_.loops.vector];
    int lanes = columns_.lanes;
    LoopBound whole{0, loop.extent.count, lanes};
    nest_.loop(LoopKind::serial, loop.name, begin, whole, lanes, [&](const Affine& k) { step_lanes(k, std::nullopt); });
    if (lanes == 1) return;
    nest_.loop(LoopKind::serial, loop.name + "_tail", whole, rows_bound(loop.extent.count), lanes,
               [&](const Affine& k) { step_lanes(k, rows_affine(loop.extent.count) - k); });
  }

  void sum_block_lanes(const Affine& base, int64_t extent) {
    int lanes = columns_.lanes;
    int64_t whole = extent / lanes * lanes;
    if (whole == lanes) step_lanes(base, std::nullopt);
    if (whole > lanes) {
      nest_.serial(plan_.loops.contraction.loops[plan_.loops.vector].name, 0, whole, lanes,
                   [&](const Affine& k) { step_lanes(base + k, std::nullopt); });
    }
    if (whole < extent) step_lanes(base + whole, Affine::of(extent - whole));
  }

  void step();
  void step_lanes(const Affine& k, const std::optional<Affine>& active);
  ScalarValue lane_operand(size_t number, const std::optional<Affine>& active);
  void epilogue();
  void long_epilogue();

  PieceKernel& kernel_;
  Values& values_;
  NestBuilder& nest_;
  const ContractionPlan& plan_;
  const TileColumns& columns_;
  int64_t rows_;
  Affine row_, column_;
  const TilePart* part_;
  Affine step_of_part_;
  const Node& node_;
  ElementIndex index_;
  TileRegisters accumulators_;
};

// One step of OUTER: the vector operand once for all rows, the other once for all vectors of its row.
void TileEmitter::step() {
  if (!plan_.loops.has_factor()) {
    over_tile([&](const RegisterRef& target) {
      nest_.assign(target, nest_.multiply_add(operand(0), operand(1), nest_.read(target)));
    });
    return;
  }
  NestRegister whole, narrow;
  if (columns_.vectors > 0) whole = nest_.reg("v", {plan_.element, columns_.lanes}, {columns_.vectors});
  if (columns_.narrow > 0) narrow = nest_.reg("v_last", {plan_.element, columns_.narrow});
  over_vectors(
      [&](const Affine& j) { nest_.assign(whole.at(j), vectors_at(j * columns_.lanes, columns_.lanes)); },
      [&] { nest_.assign(narrow, vectors_at(Affine::of(columns_.vectors * columns_.lanes), columns_.narrow)); });
  over_rows([&](const Affine& i) {
    ScalarValue factor = values_.pin(operand(1 - plan_.loops.vector_operand), "f");
    over_vectors(
        [&](const Affine& j) {
          RegisterRef target = accumulators_.whole.at(i, j);
          nest_.assign(target, nest_.multiply_add(factor, nest_.read(whole.at(j)), nest_.read(target)));
        },
        [&] {
          RegisterRef target = accumulators_.narrow.at(i);
          nest_.assign(target, nest_.multiply_add(factor, nest_.read(narrow), nest_.read(target)));
        });
  });
}

/// An operand along the summed loop; lanes that are not active are 0.
ScalarValue TileEmitter::lane_operand(size_t number, const std::optional<Affine>& active) {
  values_.lanes = columns_.lanes;
  values_.active = active;
  ScalarValue value = values_.wide(operand(number));
  if (active && values_.stored(node_.operands[number]) == nullptr && columns_.lanes > 1) {
    ScalarValue inside =
        nest_.call(Scalar::less, nest_.lane(columns_.lanes), nest_.splat(nest_.index(*active), columns_.lanes));
    value = nest_.select(inside, value, nest_.constant(0, NestType{plan_.element, columns_.lanes}));
  }
  return value;
}

void TileEmitter::step_lanes(const Affine& k, const std::optional<Affine>& active) {
  scoped([&] {
    index_[plan_.loops.vector] = {k, columns_.lanes > 1 ? 1 : 0};
    NestRegister columns = nest_.reg("v", {plan_.element, columns_.lanes}, {columns_.vectors});
    over_vectors([&](const Affine& j) { nest_.assign(columns.at(j), lane_operand(1, active)); }, [] {});
    over_rows([&](const Affine& i) {
      ScalarValue row = values_.pin(lane_operand(0, active), "f");
      over_vectors(
          [&](const Affine& j) {
            RegisterRef target = accumulators_.whole.at(i, j);
            nest_.assign(target, nest_.multiply_add(row, nest_.read(columns.at(j)), nest_.read(target)));
          },
          [] {});
    });
  });
}

void TileEmitter::epilogue() {
  if (plan_.sums && rows_ > 1) return long_epilogue();
  kernel_.pin_epilogue_scalars();
  over_tile([&](const RegisterRef& sum) {
    ScalarValue value = nest_.read(sum);
    if (dot() && columns_.lanes > 1) value = nest_.tree(Scalar::add, value);
    if (dot()) value = values_.pin(value, "sum");
    kernel_.finish_root(output_of(plan_, index_), value);
  });
}

// The sums go to memory that stays in L1, and rolled loops over rows and whole vectors bring them back.
void TileEmitter::long_epilogue() {
  ParameterId parameter = kernel_.writer.parameter(*plan_.sums);
  auto place = [&](const std::vector<Affine>& at) { return nest_.place(parameter, at); };
  with_stored([&](const RegisterRef& sum, const std::vector<Affine>& at) { nest_.store(place(at), nest_.read(sum)); });
  finish_sums(kernel_, plan_, columns_, Dim(rows_), row_, column_, place);
}

}  // namespace

void emit_tile(PieceKernel& kernel, const ContractionPlan& plan, const TileColumns& columns, int64_t rows,
               const Affine& row, const Affine& column) {
  kernel.values.open_scope();
  TileEmitter(kernel, plan, columns, rows, row, column).emit();
  kernel.values.close_scope();
}

void emit_tile_part(PieceKernel& kernel, const ContractionPlan& plan, const TileColumns& columns, int64_t rows,
                    const Affine& row, const Affine& column, const TilePart& part) {
  kernel.values.open_scope();
  TileEmitter(kernel, plan, columns, rows, row, column, &part).emit();
  kernel.values.close_scope();
}

}  // namespace nnc
