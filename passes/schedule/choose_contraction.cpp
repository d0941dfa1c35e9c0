// 1. The loops (loops_of.cpp), the lanes, and where long sums are cut.
// 2. The largest good tile whose sums fit beside the registers of operands and epilogue.
// 3. Where that would be less than half of what the sums alone could have, the epilogue goes through memory.
// 4. Where the vector operand is large, blocks of the sum; the tile then reads its vectors from a copy in the second
//    cache. Last, how many panels of columns share a block.
#include "passes/schedule/choose_contraction.h"

#include <algorithm>

#include "passes/schedule/forms.h"
#include "passes/schedule/registers.h"
#include "passes/schedule/tiles.h"

namespace nnc {

namespace {

constexpr int64_t kWaiting = 2;       ///< totals of chunks that are read or written one after the other
constexpr size_t kLongEpilogue = 12;  ///< nodes of a kernel beyond which its epilogue is rolled

class ContractionChoice {
 public:
  ContractionChoice(const KernelNodes& nodes, const StepSizes& sizes, RegisterPressure pressure)
      : nodes_(nodes),
        sizes_(sizes),
        pressure_(pressure),
        node_(nodes.graph().node(nodes.piece().root)),
        loops_(loops_of(nodes, sizes)) {}

  std::optional<Schedule> choose() {
    schedule_.form = loops_.dot ? "dot" : "outer";
    choose_lanes();
    if (std::optional<ChunkCut> cut = contraction_cut(loops_, lanes_, sizes_)) {
      schedule_.chunk = LoopSize{loops_.summed_axes()[cut->axis].name, cut->block};
    }
    if (!nodes_.shared().empty()) {
      schedule_.recompute = pressure_ >= RegisterPressure::shared || held(false) > registers() / 2;
    }
    if (!choose_tile_size()) return std::nullopt;
    choose_parallel();
    return std::move(schedule_);
  }

 private:
  const Contraction& c() const { return loops_.contraction; }
  const Dim& dim(size_t loop) const { return c().loops[loop].extent; }
  int64_t extent(size_t loop) const { return sizes_.extent(dim(loop)); }
  int64_t registers() const { return sizes_.target().vector_registers; }
  int64_t held(bool recompute) const { return nodes_.held(recompute, lanes_, sizes_); }

  void choose_lanes() {
    const int widest = nodes_.widest(sizes_);
    if (loops_.vector == kNoLoop) return;
    if (loops_.dot) {
      lanes_ = dim(loops_.vector).constant() ? lanes_for(extent(loops_.vector), widest) : widest;
    } else {
      lanes_ = pressure_ >= RegisterPressure::lanes ? 1 : lanes_for(extent(loops_.vector), widest);
    }
    schedule_.lanes = LoopSize{c().loops[loops_.vector].name, lanes_};
  }

  TileQuestion question() const {
    TileQuestion question;
    for (size_t loop = c().result_rank; loop < c().loops.size(); ++loop) {
      if (sizes_.at_run_time(dim(loop))) question.steps_known = false;
    }
    if (loops_.rows != kNoLoop) {
      question.rows = extent(loops_.rows);
      question.rows_known = !sizes_.at_run_time(dim(loops_.rows));
    }
    if (loops_.dot) {
      question.vectors = loops_.columns == kNoLoop ? 1 : extent(loops_.columns);
      question.most_vectors = 5;
    } else if (loops_.vector != kNoLoop) {
      // A last, narrow vector goes with the whole ones where one panel holds all: alone, it needs every factor again.
      int64_t size = extent(loops_.vector), all = (size + lanes_ - 1) / lanes_;
      bool one_panel = !sizes_.at_run_time(dim(loops_.vector)) && all <= question.most_vectors;
      question.vectors = one_panel ? all : std::max<int64_t>(size / lanes_, 1);
    }
    return question;
  }

  bool choose_tile_size() {
    // An optimizer's whole update, unrolled over a tile, would be most of a step's code.
    bool outer_tile = !loops_.dot && loops_.rows != kNoLoop;
    bool long_epilogue = outer_tile && nodes_.piece().group->nodes.size() > kLongEpilogue;
    int64_t operands = beside_operands(nodes_, loops_, lanes_);
    int64_t finish = epilogue_registers(nodes_, loops_, schedule_, sizes_);
    const int64_t joined = schedule_.chunk ? 2 : 1;  // two nodes of the tree over chunks, or the sum
    auto asked = [&](bool memory, bool all) {
      TileQuestion result = question();
      result.operands = all ? operands : 0;
      result.far_vectors = schedule_.block.has_value();
      result.epilogue = memory ? 0 : (all ? finish : held(schedule_.recompute)) + joined;
      return result;
    };
    Tile free = choose_tile(sizes_.target(), asked(long_epilogue, false));
    choose_block();
    for (bool memory : {long_epilogue || sums_wait(schedule_, loops_, sizes_), true}) {
      if (memory && !outer_tile) continue;
      TileQuestion full = asked(memory, true);
      Tile tile = choose_tile(sizes_.target(), full);
      schedule_.epilogue_in_memory = memory;
      set_tile(tile, full);
      bool fits = registers_of(nodes_, sizes_, schedule_) <= registers();
      bool enough = 2 * tile.rows * tile.vectors >= free.rows * free.vectors || pressure_ >= RegisterPressure::movement;
      if (pressure_ != RegisterPressure::lanes && !(fits && enough)) continue;
      choose_block_columns();
      return true;
    }
    return false;
  }

  /// As many steps as a chain has: sums wait only from chunk to chunk, since on their way through memory nothing else
  /// is computed.
  void choose_block() {
    if (!wants_blocks(nodes_, loops_, sizes_)) return;
    const Contraction::Loop& summed = c().loops[loops_.summed()[0]];
    int64_t steps = schedule_.chunk ? schedule_.chunk->size : sizes_.extent(summed.extent);
    schedule_.block = LoopSize{summed.name, std::min(kLongestContraction, steps)};
  }

  /// As many panels as a cache holds the copies of, or the sums that wait, in groups of about one size. Each group
  /// reads the whole factor once; a panel alone would do so too, and copy short pieces of rows that lie on different
  /// pages.
  void choose_block_columns() {
    if (!schedule_.block) return;
    int64_t panel = schedule_.panel_columns(), panels = extent(loops_.vector) / panel;
    int64_t waiting = sums_wait(schedule_, loops_, sizes_) ? kWaiting * extent(loops_.rows) : 0;
    int64_t bytes = panel * std::max(schedule_.block->size, waiting) * byte_size(node_.type.element);
    int64_t most = 2 * sizes_.target().l2_bytes / bytes;
    if (panels < 2 || most < 2) return;
    int64_t groups = (panels + most - 1) / most, workers = sizes_.workers();
    groups = std::min(panels, (groups + workers - 1) / workers * workers);  // each worker takes as many
    schedule_.block_columns = LoopSize{c().loops[loops_.vector].name, (panels + groups - 1) / groups * panel};
  }

  void set_tile(const Tile& tile, TileQuestion question) {
    const auto& loops = c().loops;
    schedule_.tile.clear();
    schedule_.last.reset();
    size_t along = loops_.dot ? loops_.columns : loops_.vector;
    if (loops_.rows != kNoLoop) schedule_.tile.push_back({loops[loops_.rows].name, tile.rows});
    if (along != kNoLoop) schedule_.tile.push_back({loops[along].name, tile.vectors});
    if (loops_.dot || along == kNoLoop || loops_.rows == kNoLoop || sizes_.at_run_time(dim(along))) return;
    int64_t left = extent(along) % (tile.vectors * lanes_);
    if (left == 0) return;
    // What is left is narrower, so more rows of it fit.
    question.vectors = (left + lanes_ - 1) / lanes_;
    int64_t rows = choose_rows(sizes_.target(), question);
    if (rows != tile.rows) schedule_.last = LoopSize{loops[loops_.rows].name, rows};
  }

  /// The loop over results with most turns: tiles of rows, panels of columns, or one outside of both.
  void choose_parallel() {
    int64_t most = 1;
    for (size_t loop = 0; loop < c().result_rank; ++loop) {
      int64_t turns =
          extent(loop) / (loop == loops_.vector ? schedule_.panel_columns() : schedule_.tiled(c().loops[loop].name));
      if (turns <= most) continue;
      most = turns;
      schedule_.parallel = c().loops[loop].name;
    }
  }

  const KernelNodes& nodes_;
  const StepSizes& sizes_;
  RegisterPressure pressure_;
  const Node& node_;
  ContractionLoops loops_;
  Schedule schedule_;
  int lanes_ = 1;
};

}  // namespace

bool can_block(const ContractionLoops& loops, const StepSizes& sizes) {
  const std::vector<size_t> summed = loops.summed();
  if (loops.dot || loops.rows == kNoLoop || loops.vector == kNoLoop || summed.size() != 1) return false;
  const Contraction& c = loops.contraction;
  bool known = !sizes.at_run_time(c.loops[summed[0]].extent) && !sizes.at_run_time(c.loops[loops.vector].extent);
  return known && loops.has_factor();
}

bool wants_blocks(const KernelNodes& nodes, const ContractionLoops& loops, const StepSizes& sizes) {
  constexpr int64_t kFewestRows = 32, kFewestSteps = 128;
  if (!can_block(loops, sizes)) return false;
  const Contraction& c = loops.contraction;
  int64_t steps = sizes.extent(c.loops[loops.summed()[0]].extent), rows = sizes.extent(c.loops[loops.rows].extent);
  int64_t columns = sizes.extent(c.loops[loops.vector].extent);
  int64_t bytes = steps * columns * byte_size(nodes.type(nodes.piece().root).element);
  return rows >= kFewestRows && steps >= kFewestSteps && bytes >= 2 * sizes.target().l2_bytes;
}

bool sums_wait(const Schedule& schedule, const ContractionLoops& loops, const StepSizes& sizes) {
  if (!schedule.block) return false;
  return schedule.chunk || sizes.extent(loops.contraction.loops[loops.summed()[0]].extent) > schedule.block->size;
}

std::optional<ChunkCut> contraction_cut(const ContractionLoops& loops, int lanes, const StepSizes& sizes) {
  return cut_chunks(sizes, loops.summed_axes(), loops.dot ? lanes : 1, kLongestContraction);
}

std::optional<Schedule> schedule_contraction(const KernelNodes& nodes, const StepSizes& sizes,
                                             RegisterPressure pressure) {
  return ContractionChoice(nodes, sizes, pressure).choose();
}

}  // namespace nnc
