// Contractions as loop nests. Numbered:
//   1. One result loop runs in lanes (OUTER) or the last summed loop does (DOT); one other result loop, which the
//   vector
//      operand does not depend on, runs in register tiles; the others are plain loops outside.
//   2. Panels of whole vectors, then the vectors that are left with a narrow or masked last one.
//   3. Within a panel, tiles of rows; within a tile the summed loops, innermost rolled; then the epilogue, unrolled.
// The order of each output's terms is the form's and never the tile's.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ir/graph/contraction.h"
#include "passes/vectorize/contraction_tile.h"
#include "passes/vectorize/forms.h"
#include "passes/vectorize/lower.h"
#include "passes/vectorize/tiles.h"

namespace nnc {

namespace {

constexpr size_t kNoLoop = SIZE_MAX;
constexpr size_t kLongEpilogue = 12;  ///< nodes of a kernel beyond which its epilogue is rolled

class ContractionLowering {
 public:
  ContractionLowering(Lowering& lowering, const Piece& piece)
      : lowering_(lowering), piece_(piece), program_(lowering.program), node_(lowering.graph.node(piece.root)) {
    std::vector<Type> types{lowering.graph.type(node_.operands[0]), lowering.graph.type(node_.operands[1])};
    plan_.contraction = contraction_of(node_, types);
    plan_.form = contraction_form(node_, types);
    plan_.index.resize(plan_.contraction.loops.size());
  }

  void lower() {
    for (size_t loop = 0; loop < plan_.contraction.result_rank; ++loop) {
      if (extent(loop) == 0) return;
    }
    if (plan_.form == ContractionForm::dot) {
      choose_dot_loops();
    } else {
      choose_outer_loops();
    }
    std::optional<View> unpacked = pack_vector_operand();
    with_thrift(lowering_, {&piece_, 1}, [&](Thrift thrift) { return write(thrift); });
    if (unpacked) lowering_.bindings[node_.operands[plan_.vector_operand]] = *unpacked;
  }

 private:
  const Contraction& c() const { return plan_.contraction; }
  const Dim& dim(size_t loop) const { return c().loops[loop].extent; }
  int64_t extent(size_t loop) const { return program_.extent(dim(loop)); }
  bool at_run_time(size_t loop) const { return program_.at_run_time(dim(loop)); }

  /// Writes the kernel with the tile that its sums alone would choose; where that does not fit, with an epilogue that
  /// finds the sums in memory, if that helps; then with smaller tiles, of less than half the sums only where nothing
  /// else is left to save. Whether one fits; the last thrift must.
  bool write(Thrift thrift) {
    most_sums_ = INT64_MAX;
    sums_in_memory_ = false;
    int64_t excess = attempt(thrift);
    int64_t fewest = thrift < Thrift::movement ? (largest_tile_ + 1) / 2 : 1;
    if (excess > 0 && can_store_sums()) {
      int64_t before = excess;
      sums_in_memory_ = true;
      excess = attempt(thrift);
      sums_in_memory_ = excess < before;
    }
    while (excess > 0 && largest_tile_ > fewest) {
      most_sums_ = std::max<int64_t>(std::min(most_sums_, largest_tile_) - excess, fewest);
      excess = attempt(thrift);
    }
    if (excess > 0 && thrift < Thrift::lanes) return false;
    kernel_->writer.finish();
    return true;
  }

  /// The vector registers that are missing.
  int64_t attempt(Thrift thrift) {
    kernel_.emplace(lowering_, piece_, thrift);
    largest_tile_ = 0;
    kernel_->share_values();
    kernel_->pin_operand_scalars();
    choose_tile_size();
    over_others(0);
    return kernel_->writer.complete();
  }

  const View* stored(NodeId id) const {
    auto found = lowering_.bindings.find(id);
    return found == lowering_.bindings.end() ? nullptr : &found->second;
  }

  /// Whether neighbours along a loop are neighbours in the operand's memory (or last axis, when it is computed).
  bool is_contiguous(size_t operand, size_t loop) const {
    const View* view = stored(node_.operands[operand]);
    const auto& subscripts = c().subscripts[operand];
    for (size_t axis = 0; axis < subscripts.size(); ++axis) {
      int64_t coefficient = subscripts[axis].coefficient(static_cast<int>(loop));
      if (coefficient == 0) continue;
      int64_t stride = view != nullptr ? view->strides[axis] : axis + 1 == subscripts.size() ? 1 : 2;
      if (coefficient * stride != 1) return false;
    }
    return true;
  }

  void choose_outer_loops() {
    int best = -1;
    for (size_t loop = 0; loop < c().result_rank; ++loop) {
      if (dim(loop) == Dim(1)) continue;
      bool first = c().uses(0, loop), second = c().uses(1, loop);
      bool contiguous = (!first || is_contiguous(0, loop)) && (!second || is_contiguous(1, loop));
      int score = (contiguous ? 4 : 0) + (first != second ? 2 : 0) + (loop + 1 == c().result_rank ? 1 : 0);
      if (extent(loop) < 4) score -= 3;
      if (score > best) best = score, plan_.vector_loop = loop;
    }
    if (plan_.vector_loop == kNoLoop) return;
    size_t vector_operand = c().uses(1, plan_.vector_loop) ? 1 : 0;
    plan_.vector_operand = vector_operand;
    int64_t largest = 0;
    for (size_t loop = 0; loop < c().result_rank; ++loop) {
      if (loop == plan_.vector_loop || c().uses(vector_operand, loop) || extent(loop) <= largest) continue;
      largest = extent(loop);
      plan_.tiled_loop = loop;
    }
    for (size_t loop = c().result_rank; plan_.tiled_loop == kNoLoop && loop-- > 0;) {
      if (loop != plan_.vector_loop && !(dim(loop) == Dim(1))) plan_.tiled_loop = loop;
    }
  }

  /// OUTER loads neighbours along the vector loop. Where they lie apart in the stored operand and are loaded often, a
  /// kernel of its own copies them together first, for this contraction alone; what was bound before is returned.
  std::optional<View> pack_vector_operand() {
    constexpr int64_t kFewestUses = 4;
    if (plan_.form != ContractionForm::outer || plan_.vector_loop == kNoLoop) return std::nullopt;
    size_t operand = plan_.vector_operand;
    NodeId node = node_.operands[operand];
    const View* view = stored(node);
    if (view == nullptr || is_contiguous(operand, plan_.vector_loop)) return std::nullopt;
    int64_t uses = 1;
    for (size_t loop = 0; loop < c().loops.size(); ++loop) {
      if (!c().uses(operand, loop)) uses *= extent(loop);
    }
    const Type& type = lowering_.graph.type(node);
    std::vector<int64_t> stored;
    size_t along = static_cast<size_t>(type.rank());
    for (size_t axis = 0; axis < static_cast<size_t>(type.rank()); ++axis) {
      if (c().alone(operand, axis) == plan_.vector_loop) along = axis;
      if (along != axis) stored.push_back(static_cast<int64_t>(axis));
    }
    if (uses < kFewestUses || along == static_cast<size_t>(type.rank())) return std::nullopt;
    stored.push_back(static_cast<int64_t>(along));
    View before = *view;
    View packed = program_.temporary(piece_.group->name + ".packed", type, stored);
    lower_copy(lowering_, node, packed, piece_.group->name + "_pack", 1);
    lowering_.bindings[node] = packed;
    return before;
  }

  void choose_dot_loops() {
    plan_.vector_loop = c().loops.size() - 1;
    for (size_t loop = c().loops.size(); loop-- > c().result_rank;) {
      if (is_contiguous(0, loop) && is_contiguous(1, loop) && c().uses(0, loop) && c().uses(1, loop)) {
        plan_.vector_loop = loop;
        break;
      }
    }
    std::array<int64_t, 2> largest{0, 0};
    std::array<size_t, 2> chosen{kNoLoop, kNoLoop};
    for (size_t loop = 0; loop < c().result_rank; ++loop) {
      if (c().uses(0, loop) == c().uses(1, loop)) continue;
      size_t side = c().uses(0, loop) ? 0 : 1;
      if (extent(loop) > largest[side]) largest[side] = extent(loop), chosen[side] = loop;
    }
    plan_.tiled_loop = chosen[0];
    plan_.column_loop = chosen[1];
    plan_.vector_operand = 1;
  }

  /// An optimizer's whole update: unrolled over a tile it would be most of a step's code.
  bool has_long_epilogue() const {
    return plan_.form == ContractionForm::outer && plan_.tiled_loop != kNoLoop &&
           piece_.group->nodes.size() > kLongEpilogue;
  }

  bool can_store_sums() const {
    return plan_.form == ContractionForm::outer && plan_.tiled_loop != kNoLoop && !plan_.sums;
  }

  /// After the loops and the lanes are chosen: how long sums are cut, and where their chunks are combined.
  void choose_chunks() {
    plan_.summed.clear();
    bool dot = plan_.form == ContractionForm::dot;
    for (size_t loop = c().result_rank; loop < c().loops.size(); ++loop) {
      if (!dot || loop != plan_.vector_loop) plan_.summed.push_back(loop);
    }
    if (dot) plan_.summed.push_back(plan_.vector_loop);
    plan_.cut = cut_chunks(program_, summed_axes(plan_), dot ? plan_.lanes : 1, kLongestContraction);
    if (!plan_.cut || plan_.chunks) return;
    int64_t columns = (TileQuestion{}.most_vectors + 1) * program_.lanes(plan_.element);
    plan_.chunks = ChunkTree::memory(program_, piece_.group->name + ".chunks", plan_.element, plan_.cut->chunks,
                                     {program_.options().target.vector_registers, columns});
  }

  void choose_tile_size() {
    plan_.element = node_.type.element;
    int widest = program_.lanes(plan_.element);
    TileQuestion& question = question_;
    question.most_sums = most_sums_;
    plan_.sums.reset();
    if (has_long_epilogue() || sums_in_memory_) {
      Shape shape{Dim(program_.options().target.vector_registers), Dim((question.most_vectors + 1) * widest)};
      if (!sums_) sums_ = program_.temporary(piece_.group->name + ".sums", Type(plan_.element, shape));
      plan_.sums = sums_;
    }
    for (size_t loop = c().result_rank; loop < c().loops.size(); ++loop) {
      if (at_run_time(loop)) question.steps_known = false;
    }
    question.epilogue = plan_.sums ? 0 : kernel_->pinned() + 1;
    if (plan_.tiled_loop != kNoLoop) {
      question.rows = extent(plan_.tiled_loop);
      question.rows_known = !at_run_time(plan_.tiled_loop);
    }
    if (plan_.form == ContractionForm::dot) {
      plan_.lanes = dim(plan_.vector_loop).constant() ? lanes_for(extent(plan_.vector_loop), widest) : widest;
      question.vectors = plan_.column_loop == kNoLoop ? 1 : extent(plan_.column_loop);
      question.most_vectors = 5;
    } else if (plan_.vector_loop != kNoLoop) {
      plan_.lanes = kernel_->thrifty(lanes_for(extent(plan_.vector_loop), widest));
      // A last, narrow vector goes with the whole ones where one panel holds all: alone, it needs every factor again.
      int64_t size = extent(plan_.vector_loop), all = (size + plan_.lanes - 1) / plan_.lanes;
      bool one_panel = !at_run_time(plan_.vector_loop) && all <= question.most_vectors;
      question.vectors = one_panel ? all : std::max<int64_t>(size / plan_.lanes, 1);
    }
    choose_chunks();
    plan_.tile = choose_tile(program_.options().target, question);
    kernel_->nest().set_summary(fmt::format("{} {}x{} of {} lanes",
                                            plan_.form == ContractionForm::dot ? "DOT" : "OUTER", plan_.tile.rows,
                                            plan_.tile.vectors, plan_.lanes));
  }

  /// The result loops that are in no tile, outermost.
  void over_others(size_t loop) {
    if (loop == c().result_rank) return over_columns();
    if (loop == plan_.vector_loop || loop == plan_.tiled_loop || loop == plan_.column_loop)
      return over_others(loop + 1);
    over_axis(kernel_->values, dim(loop), c().loops[loop].name, [&](const Affine& at) {
      plan_.index[loop] = {at, 0};
      over_others(loop + 1);
    });
  }

  void over_columns() {
    if (plan_.form == ContractionForm::dot) return over_dot_columns();
    if (plan_.vector_loop == kNoLoop) return over_rows({1, 1, std::nullopt, 0}, Affine::of(0));
    const Dim& along = dim(plan_.vector_loop);
    std::string name = c().loops[plan_.vector_loop].name;
    int lanes = plan_.lanes;
    int64_t panel = plan_.tile.vectors * lanes;
    auto whole_panel = [&](const Affine& at) { over_rows({plan_.tile.vectors, lanes, std::nullopt, 0}, at); };
    if (program_.at_run_time(along)) {
      LoopBound whole{0, along.count, panel};
      kernel_->nest().loop(LoopKind::serial, name, LoopBound{}, whole, panel, whole_panel);
      // Lanes whose neighbours lie apart are loaded one by one anyway, so the last ones are not worth a mask.
      int last = is_contiguous(plan_.vector_operand, plan_.vector_loop) ? lanes : 1;
      kernel_->nest().loop(LoopKind::serial, name + "_tail", whole, rows_bound(along.count), last,
                           [&](const Affine& at) {
                             if (last == 1) return over_rows({1, 1, std::nullopt, 0}, at);
                             over_rows({0, lanes, rows_affine(along.count) - at, lanes}, at);
                           });
      return;
    }
    int64_t size = extent(plan_.vector_loop), panels = size / panel;
    if (panels == 1) whole_panel(Affine::of(0));
    if (panels > 1) kernel_->nest().serial(name, 0, panels * panel, panel, whole_panel);
    int64_t left = size - panels * panel;
    if (left == 0) return;
    int64_t rest = left % lanes;
    int narrow = rest == 0 ? 0 : lanes_for(rest, lanes);
    std::optional<Affine> active;
    if (rest != narrow) active = Affine::of(rest);
    // What is left is narrower, so more rows of it fit.
    question_.vectors = left / lanes + (rest == 0 ? 0 : 1);
    plan_.tile.rows = choose_rows(program_.options().target, question_);
    over_rows({left / lanes, lanes, active, narrow}, Affine::of(panels * panel));
  }

  void over_dot_columns() {
    if (plan_.column_loop == kNoLoop) return over_rows({1, plan_.lanes, std::nullopt, 0}, Affine::of(0));
    auto tile = [&](int64_t columns, const Affine& at) { over_rows({columns, plan_.lanes, std::nullopt, 0}, at); };
    over_blocks(plan_.column_loop, plan_.tile.vectors, tile);
  }

  void over_rows(const TileColumns& columns, const Affine& column) {
    if (plan_.tiled_loop == kNoLoop) return emit(columns, 1, Affine::of(0), column);
    over_blocks(plan_.tiled_loop, plan_.tile.rows,
                [&](int64_t rows, const Affine& row) { emit(columns, rows, row, column); });
  }

  void emit(const TileColumns& columns, int64_t rows, const Affine& row, const Affine& column) {
    largest_tile_ = std::max(largest_tile_, rows * (columns.vectors + (columns.narrow > 0 ? 1 : 0)));
    emit_tile(*kernel_, plan_, columns, rows, row, column);
  }

  /// A loop in blocks of at most `most`: two sizes when its extent is known, else whole blocks and single turns.
  void over_blocks(size_t loop, int64_t most, const std::function<void(int64_t, const Affine&)>& body) {
    std::string name = c().loops[loop].name;
    NestBuilder& nest = kernel_->nest();
    if (at_run_time(loop)) {
      LoopBound whole{0, dim(loop).count, most};
      nest.loop(LoopKind::serial, name, LoopBound{}, whole, most, [&](const Affine& at) { body(most, at); });
      if (most == 1) return;
      nest.loop(LoopKind::serial, name + "_tail", whole, rows_bound(dim(loop).count), 1,
                [&](const Affine& at) { body(1, at); });
      return;
    }
    Blocks blocks = equal_blocks(extent(loop), most);
    int64_t done = 0;
    for (auto [count, size] : {std::pair{blocks.large, blocks.size}, std::pair{blocks.small, blocks.size - 1}}) {
      if (count == 0) continue;
      int64_t end = done + count * size;
      if (count == 1) body(size, Affine::of(done));
      if (count > 1) nest.serial(name, done, end, size, [&](const Affine& at) { body(size, at); });
      done = end;
    }
  }

  Lowering& lowering_;
  const Piece& piece_;
  ProgramBuilder& program_;
  const Node& node_;
  ContractionPlan plan_;
  TileQuestion question_;
  std::optional<PieceKernel> kernel_;  ///< of the present attempt
  int64_t most_sums_ = INT64_MAX;      ///< rows × vectors of a tile
  bool sums_in_memory_ = false;
  int64_t largest_tile_ = 0;  ///< rows × vectors, of those emitted
  std::optional<View> sums_;
};

}  // namespace

void lower_contraction(Lowering& lowering, const Piece& piece) { ContractionLowering(lowering, piece).lower(); }

}  // namespace nnc
