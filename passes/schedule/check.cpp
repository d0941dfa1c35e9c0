// Clause by clause: what a person wrote by hand is held to the same rules as what `choose` writes.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "passes/schedule.h"
#include "passes/schedule/choose_contraction.h"
#include "passes/schedule/cut.h"
#include "passes/schedule/registers.h"
#include "passes/schedule/row_space.h"
#include "passes/schedule/shares.h"
#include "support/error.h"

namespace nnc {

namespace {

constexpr int64_t kMostRows = 64;  ///< of a tile over rows whose number is known when a step runs

bool shares_values(const KernelNodes& nodes, const Schedule& schedule) {
  if (nodes.piece().rows) return schedule.row_in_registers && !row_values(nodes).empty();
  return !nodes.shared().empty();
}

/// Who is told what is wrong with a kernel: whoever wrote its text, at the place in it.
struct Author {
  std::shared_ptr<const PartitionText> text;
  std::string note;  ///< where what the kernels are checked for is not what the text says

  [[noreturn]] void refuse(const KernelGroup& kernel, Range KernelText::* part, std::string_view clause,
                           const std::string& message, const std::string& help) const {
    if (text == nullptr || kernel.text == nullptr) {
      throw Failure(ExitCode::wrong_program, "nnc: error: " + message + (help.empty() ? "" : "\n help: " + help));
    }
    const Range where = clause.empty() ? (*kernel.text).*part : kernel.text->clause(clause);
    throw Failure(ExitCode::wrong_program, error_at(*text, where, message, note, help));
  }
};

class ScheduleCheck {
 public:
  /// `shares`: whether several statements of the kernel use a value.
  ScheduleCheck(const KernelNodes& nodes, const StepSizes& sizes, const Schedule& schedule, bool shares,
                const Author& author)
      : author_(author),
        nodes_(nodes),
        sizes_(sizes),
        schedule_(schedule),
        shares_(shares),
        name_(nodes.piece().group->name),
        order_(*schedule_at(nodes, sizes, RegisterPressure::lanes)),
        root_(nodes.piece().root == kNoNode ? nullptr : &nodes.graph().node(nodes.piece().root)) {
    if (contracts()) loops_ = named_loops(nodes, sizes, schedule);
  }

  void run() {
    const Shape shape = space();
    bool empty = std::any_of(shape.begin(), shape.end(), [](const Dim& dim) { return dim.count == 0; });
    if (empty) return;  // there is nothing to do in whichever way
    check_said();
    check_order();
    check_lanes();
    check_tile();
    check_flags();
    check_parallel();
    check_loops_taken();
    int64_t wanted = registers_of(nodes_, sizes_, schedule_), there = sizes_.target().vector_registers;
    require(wanted <= there, contracts() ? "tile" : "lanes",
            fmt::format("{} vector registers would be alive at once; the target has {}", wanted, there));
  }

 private:
  [[noreturn]] void refuse(std::string_view clause, const std::string& reason) const {
    author_.refuse(*nodes_.piece().group, &KernelText::schedule, clause,
                   fmt::format("the schedule of kernel '{}': {}: {}", name_, clause, reason),
                   fmt::format("the pass 'schedule' chooses here: {}", to_string(chosen())));
  }
  /// What is chosen of the nodes as they lie here.
  Schedule chosen() const {
    for (RegisterPressure pressure : {RegisterPressure::low, RegisterPressure::shared}) {
      if (std::optional<Schedule> fits = schedule_at(nodes_, sizes_, pressure)) return *fits;
    }
    return order_;
  }

  void require(bool holds, std::string_view clause, const std::string& reason) const {
    if (!holds) refuse(clause, reason);
  }

  bool contracts() const { return root_ != nullptr && root_->op->op_class == OpClass::contraction; }
  bool scatters() const { return root_ != nullptr && root_->op->op_class == OpClass::indexed; }
  bool sums_in_lanes() const { return order_.form == "lanes" || order_.form == "dot"; }

  /// The axes i0, i1, … of the kernel: of its results, or of the rows of a row space.
  Shape space() const {
    if (nodes_.piece().rows) {
      Shape rows = row_space(nodes_);
      rows.pop_back();
      return rows;
    }
    return root_ != nullptr ? root_->type.shape : nodes_.type(nodes_.piece().stores[0]).shape;
  }
  bool is_axis(const std::string& loop) const {
    const size_t rank = space().size();
    for (size_t axis = 0; axis < rank; ++axis) {
      if (loop == fmt::format("i{}", axis)) return true;
    }
    return false;
  }

  /// A clause that was forgotten is no wish for one element at a time.
  void check_said() const {
    const KernelText* text = nodes_.piece().group->text.get();
    if (text == nullptr) return;
    bool said = std::any_of(text->clauses.begin(), text->clauses.end(),
                            [](const auto& clause) { return clause.first == "lanes" || clause.first == "serial"; });
    require(said, "lanes", "neither 'lanes LOOP N' nor 'serial' says how many elements are taken at once");
  }

  /// What decides bits repeats what the graph and the target say.
  void check_order() const {
    require(schedule_.form == order_.form, "form",
            order_.form.empty()
                ? "the kernel has no sum whose order could be told"
                : fmt::format("the graph's order of summation is '{}'; the pass layout decides it", order_.form));
    auto text = [](const std::optional<LoopSize>& loop) {
      return loop ? fmt::format("'chunk {} {}'", loop->loop, loop->size) : "no chunk";
    };
    require(schedule_.chunk == order_.chunk, "chunk",
            fmt::format("the sum is cut as its length and the target say, here {}", text(order_.chunk)));
    if (!sums_in_lanes() || nodes_.piece().rows) return;
    require(schedule_.lanes == order_.lanes, "lanes",
            fmt::format("the sum runs in lanes, whose number is part of its order, here 'lanes {} {}'",
                        order_.lanes->loop, order_.lanes->size));
  }

  int widest() const { return nodes_.widest(sizes_); }

  bool can_run_in_lanes(const std::string& loop) const {
    if (contracts()) return loop == loops_.name(loops_.vector);
    if (nodes_.piece().rows) return loop == "k";
    if (loop == "flat") return root_ == nullptr && nodes_.is_flat(sizes_);
    return is_axis(loop);
  }

  void check_lanes() const {
    if (!schedule_.lanes || (sums_in_lanes() && !nodes_.piece().rows)) return;
    const auto& [loop, lanes] = *schedule_.lanes;
    require(can_run_in_lanes(loop), "lanes", fmt::format("no loop '{}' of this kernel can run in lanes", loop));
    require(std::has_single_bit(static_cast<uint64_t>(lanes)) && lanes <= widest(), "lanes",
            fmt::format("{} is not 1, 2, 4 … up to the {} elements of a vector here", lanes, widest()));
    if (!contracts() || loops_.dot) return;
    int64_t extent = sizes_.extent(loops_.contraction.loops[loops_.vector].extent);
    require(lanes <= lanes_for(extent, widest()), "lanes", fmt::format("the loop has only {} turns", extent));
  }

  void check_tile() const {
    if (!contracts()) {
      require(schedule_.tile.empty() && !schedule_.last, "tile", "only a contraction has tiles");
      check_space_block();
      return;
    }
    const size_t along = loops_.dot ? loops_.columns : loops_.vector;
    for (const LoopSize& tiled : schedule_.tile) {
      bool tiles = tiled.loop == loops_.name(loops_.rows) || tiled.loop == loops_.name(along);
      require(tiles, "tile", fmt::format("'{}' is no loop over results that is tiled here", tiled.loop));
      size_t loop = loops_.contraction.loop(tiled.loop);
      int64_t step = loop == loops_.vector ? schedule_.vector_lanes() : 1;
      int64_t most = (sizes_.extent(loops_.contraction.loops[loop].extent) + step - 1) / step;
      bool known = !sizes_.at_run_time(loops_.contraction.loops[loop].extent);
      require(tiled.size <= most || (!known && tiled.size <= kMostRows), "tile",
              fmt::format("'{}' has only {} to take at once", tiled.loop, most));
    }
    require(schedule_.tile.size() < 2 || schedule_.tile[0].loop != schedule_.tile[1].loop, "tile",
            "the same loop stands twice");
    check_block();
    if (!schedule_.last) return;
    bool rows = schedule_.last->loop == loops_.name(loops_.rows) && !loops_.dot;
    require(rows, "last", fmt::format("'{}' is not the loop over the tile's rows", schedule_.last->loop));
    int64_t extent = sizes_.extent(loops_.contraction.loops[loops_.rows].extent);
    bool known = !sizes_.at_run_time(loops_.contraction.loops[loops_.rows].extent);
    require(
        schedule_.last->size <= (known ? extent : kMostRows), "last",
        known ? fmt::format("the loop has only {} turns", extent)
              : fmt::format("a tile has at most {} rows where their number is known only when a step runs", kMostRows));
    require(registers_of_last() <= sizes_.target().vector_registers, "last",
            fmt::format("{} vector registers would be alive at once; the target has {}", registers_of_last(),
                        sizes_.target().vector_registers));
  }

  /// A map takes its axes in blocks one element after the other.
  void check_space_block() const {
    if (!schedule_.block) return;
    bool map = root_ == nullptr && !nodes_.piece().rows && schedule_.lanes && schedule_.lanes->loop != "flat";
    require(map, "block", "only a contraction, or a map along one of its axes, has blocks");
    require(!schedule_.block_columns, "block", "only a contraction has blocks of two loops");
    require(schedule_.lanes->size == 1 && schedule_.block->loop == schedule_.lanes->loop, "block",
            "a map's blocks are of the loop that 'lanes' names, in single elements");
    const Shape axes = space();
    const Dim& along = axes[static_cast<size_t>(lane_axis(schedule_, axes))];
    require(along.constant() && schedule_.block->size <= along.count, "block",
            fmt::format("the axis has {} elements", along.constant() ? std::to_string(along.count) : "a batch's"));
  }

  void check_block() const {
    if (!schedule_.block) return;
    require(can_block(loops_, sizes_), "block",
            "only a contraction of form outer with one summed loop of a known length, columns of a known number, a "
            "factor for all of them and a vector for all rows has blocks");
    const Contraction::Loop& summed = loops_.contraction.loops[loops_.summed()[0]];
    require(schedule_.block->loop == summed.name, "block",
            fmt::format("the summed loop is '{}', not '{}'", summed.name, schedule_.block->loop));
    const int64_t chain = schedule_.chunk ? schedule_.chunk->size : sizes_.extent(summed.extent);
    require(schedule_.block->size <= chain, "block",
            fmt::format("{} has only {} turns", schedule_.chunk ? "a chunk" : "the loop", chain));
    require(schedule_.epilogue_in_memory || !sums_wait(schedule_, loops_, sizes_), "block",
            "the sums wait in memory, so the clause 'epilogue memory' is needed");
    if (schedule_.block_columns) check_block_columns(*schedule_.block_columns);
  }

  void check_block_columns(const LoopSize& columns) const {
    const std::string_view loop = loops_.name(loops_.vector);
    require(columns.loop == loop, "block", fmt::format("the loop in lanes is '{}', not '{}'", loop, columns.loop));
    const int64_t panel = schedule_.panel_columns();
    require(columns.size % panel == 0, "block",
            fmt::format("{} is no multiple of the {} columns of a tile", columns.size, panel));
    int64_t extent = sizes_.extent(loops_.contraction.loops[loops_.vector].extent);
    require(columns.size <= extent, "block", fmt::format("the loop has only {} turns", extent));
  }

  /// Of the narrower tiles at the end of the columns.
  int64_t registers_of_last() const {
    Schedule narrow = schedule_;
    int64_t lanes = schedule_.vector_lanes(), vectors = 1;
    for (LoopSize& tiled : narrow.tile) {
      if (tiled.loop == schedule_.last->loop) tiled.size = schedule_.last->size;
      if (tiled.loop != loops_.name(loops_.vector)) continue;
      int64_t left = sizes_.extent(loops_.contraction.loops[loops_.vector].extent) % (tiled.size * lanes);
      vectors = std::max<int64_t>((left + lanes - 1) / lanes, 1);
      tiled.size = vectors;
    }
    return registers_of(nodes_, sizes_, narrow);
  }

  void check_flags() const {
    bool outer = contracts() && !loops_.dot && loops_.rows != kNoLoop;
    require(!schedule_.epilogue_in_memory || outer, "epilogue",
            "only a contraction of form outer with a loop over rows has tiles of sums");
    bool row = nodes_.piece().rows;
    require(!schedule_.row_in_registers || (row && fits_registers(nodes_, sizes_)), "row",
            "only a short row, all of whose sums take the same lanes, stays in registers");
    require(!schedule_.recompute || shares_, "recompute", "no value is used by several statements here");
  }

  /// Loops that are always the same are said as they are.
  void check_loops_taken() const {
    const bool row = nodes_.piece().rows;
    require(!row || !schedule_.row_in_registers || schedule_.vector_lanes() == row_vectors(nodes_, sizes_).lanes,
            "lanes", "the vectors of a row in registers are as wide as the row or the target allows");
    if (!scatters() || !schedule_.lanes) return;
    require(schedule_.lanes->loop == order_.lanes->loop, "lanes",
            fmt::format("rows are added along '{}'", order_.lanes->loop));
  }
  void check_parallel() const {
    if (!schedule_.parallel) return;
    const std::string& loop = *schedule_.parallel;
    const bool chunks = order_.chunk && loop == order_.chunk->loop && !contracts() && !nodes_.piece().rows;
    if (chunks && schedule_.shares == 1) return;
    bool result = contracts() ? loops_.contraction.loop(loop) < loops_.contraction.result_rank
                              : !scatters() && (is_axis(loop) || (loop == "flat" && schedule_.is_flat()));
    bool known = contracts() ? loops_.contraction.loop(loop) < loops_.contraction.loops.size()
                             : is_axis(loop) || loop == "flat" || loop == "k" || loop.starts_with('r');
    require(known, "parallel", fmt::format("this kernel has no loop '{}'", loop));
    require(result, "parallel", fmt::format("turns of '{}' would write one place or share a sum", loop));
    if (schedule_.shares == 1) return;
    require(schedule_.shares <= sizes_.workers(), "parallel",
            fmt::format("{} parts need as many threads, and there {} {}", schedule_.shares,
                        sizes_.workers() == 1 ? "is" : "are", sizes_.workers()));
    const int64_t turns = shared_turns(nodes_, sizes_, schedule_, loop);
    require(turns >= schedule_.shares, "parallel",
            turns == 0 ? fmt::format("threads can't share the turns of '{}' in this kernel", loop)
                       : fmt::format("'{}' has only {} turn{} here", loop, turns, turns == 1 ? "" : "s"));
  }

  const Author& author_;
  const KernelNodes& nodes_;
  const StepSizes& sizes_;
  const Schedule& schedule_;
  bool shares_;
  const std::string& name_;
  Schedule order_;
  const Node* root_;
  ContractionLoops loops_;
};

/// What a kernel that is one call may store, and where: the promises of fuse.h that a change by hand can break.
class KernelCheck {
 public:
  KernelCheck(const Graph& graph, const KernelGroup& kernel, const std::unordered_set<NodeId>& stored, NodeId loss,
              const Author& author)
      : graph_(graph),
        kernel_(kernel),
        stored_(stored),
        loss_(loss),
        author_(author),
        pieces_(pieces_in(graph, kernel)) {}

  const std::vector<Piece>& pieces() const { return pieces_; }

  void run() const {
    require(std::none_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) { return piece.stores.empty(); }),
            "it stores nothing");
    for (uint32_t number : kernel_.updates) {
      NodeId node = graph_.results[number].node;
      require(std::find(kernel_.nodes.begin(), kernel_.nodes.end(), node) != kernel_.nodes.end(),
              fmt::format("it does not make the new value of '{}'", graph_.results[number].name));
    }
    bool loss = std::find(kernel_.outputs.begin(), kernel_.outputs.end(), loss_) != kernel_.outputs.end();
    require(!loss || kernel_.updates.empty(),
            "it stores the loss and updates a variable, but the loss is looked at between them");
    if (kernel_.kind == KernelKind::rows) {
      require(is_row_space(graph_, kernel_), "its nodes are no row space: sums over the last axis, and maps of rows");
    }
    for (const Piece& piece : pieces_) check_shapes(piece);
    for (size_t i = 0; i < pieces_.size(); ++i) check_reads(i);
  }

 private:
  void require(bool holds, const std::string& reason) const {
    if (holds) return;
    author_.refuse(kernel_, &KernelText::name, "", fmt::format("kernel '{}': {}", kernel_.name, reason), "");
  }

  void check_shapes(const Piece& piece) const {
    if (piece.rows) return;
    const Shape& shape = graph_.type(piece.root != kNoNode ? piece.root : piece.stores[0]).shape;
    for (NodeId id : piece.stores) {
      require(graph_.type(id).shape == shape, "what it stores has other axes than what it runs over");
    }
  }

  /// Old values of variables only where the new ones are written, and nothing that another of its loops writes.
  void check_reads(size_t at) const {
    const Piece& piece = pieces_[at];
    if (piece.rows) return;
    const Reached reached = reads_of(graph_, piece, stored_);
    for (uint32_t number : kernel_.updates) {
      const Result& result = graph_.results[number];
      bool own = std::find(piece.stores.begin(), piece.stores.end(), result.node) != piece.stores.end();
      for (const auto& [id, same] : reached) {
        const Node& node = graph_.node(id);
        const std::string* path = variable_path(node);
        bool old = path != nullptr && *path == result.name;
        require(!old || (own && same),
                fmt::format("it overwrites '{}' and reads its old value at other elements", result.name));
      }
    }
    for (const Piece& other : pieces_) {
      for (NodeId id : other.stores) {
        require(&other == &piece || !reached.contains(id), "one of its maps reads what another writes");
      }
    }
  }

  const Graph& graph_;
  const KernelGroup& kernel_;
  const std::unordered_set<NodeId>& stored_;
  NodeId loss_;
  const Author& author_;
  std::vector<Piece> pieces_;
};

/// What a text lacks or a command says otherwise, which may be why a schedule can't be.
std::string doubt_of(const Partition& partition, const PassOptions& options) {
  const CompiledFor asked = compiled_for(options);
  if (!partition.compiled) {
    return fmt::format(
        "the text does not say what it is compiled for and is taken for {}; its first line may say "
        "otherwise: compiled for avx2, exactly 100 rows",
        to_string(asked));
  }
  if (*partition.compiled == asked) return "";
  return fmt::format("the text is compiled for {}; the command asks for {}", to_string(*partition.compiled),
                     to_string(asked));
}

void check_kernels(const Partition& partition, const PassOptions& options, const std::string& doubt) {
  const Author author{partition.text, doubt};
  const StepSizes sizes(options);
  const Graph& graph = partition.graph;
  const NodeId loss = loss_of(graph);
  std::unordered_set<NodeId> stored = memory_leaves(graph);
  for (const KernelGroup& kernel : partition.kernels) {
    if (!kernel.schedule) {
      author.refuse(kernel, &KernelText::name, "",
                    fmt::format("kernel '{}' has no schedule, and others have one", kernel.name),
                    "write one, or remove all and run the pass 'schedule'");
    }
    for (const Partition& body : kernel.bodies) check_kernels(body, options, doubt);
    if (kernel.kind == KernelKind::scan) {
      if (*kernel.schedule != Schedule{}) {
        author.refuse(kernel, &KernelText::schedule, "",
                      fmt::format("the schedule of kernel '{}': a scan's is 'serial'", kernel.name),
                      "the kernels of its body have schedules of their own");
      }
      add_stores(graph, kernel, stored);
      continue;
    }
    KernelCheck whole(graph, kernel, stored, loss, author);
    whole.run();
    std::vector<KernelNodes> pieces;
    for (const Piece& piece : whole.pieces()) {
      pieces.emplace_back(graph, piece, [&](NodeId id) { return stored.contains(id); });
    }
    bool shares = std::any_of(pieces.begin(), pieces.end(),
                              [&](const KernelNodes& nodes) { return shares_values(nodes, *kernel.schedule); });
    for (const KernelNodes& nodes : pieces) ScheduleCheck(nodes, sizes, *kernel.schedule, shares, author).run();
    add_stores(graph, kernel, stored);
  }
}

}  // namespace

void check_schedules(const Partition& partition, const PassOptions& options) {
  require_addressable(partition.graph, options.capacity);
  check_kernels(partition, options, doubt_of(partition, options));
}

}  // namespace nnc
