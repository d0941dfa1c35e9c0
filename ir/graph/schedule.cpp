#include "ir/graph/schedule.h"

#include <fmt/format.h>

namespace nnc {

namespace {

std::string text_of(const LoopSize& loop) { return fmt::format("{} {}", loop.loop, loop.size); }

}  // namespace

int64_t Schedule::tiled(std::string_view loop) const {
  for (const LoopSize& clause : tile) {
    if (clause.loop == loop) return clause.size;
  }
  return 1;
}

std::string to_string(const Schedule& schedule) {
  std::vector<std::string> clauses;
  auto add = [&](std::string_view word, const std::optional<LoopSize>& loop) {
    if (loop) clauses.push_back(fmt::format("{} {}", word, text_of(*loop)));
  };
  if (!schedule.form.empty()) clauses.push_back("form " + schedule.form);
  if (!schedule.lanes) clauses.emplace_back("serial");
  add("lanes", schedule.lanes);
  if (!schedule.tile.empty()) {
    std::string tile = "tile";
    for (const LoopSize& loop : schedule.tile) tile += " " + text_of(loop);
    clauses.push_back(std::move(tile));
  }
  add("last", schedule.last);
  add("chunk", schedule.chunk);
  add("block", schedule.block);
  if (schedule.block && schedule.block_columns) clauses.back() += " " + text_of(*schedule.block_columns);
  if (schedule.epilogue_in_memory) clauses.emplace_back("epilogue memory");
  if (schedule.row_in_registers) clauses.emplace_back("row registers");
  if (schedule.recompute) clauses.emplace_back("recompute");
  if (schedule.parallel) clauses.push_back("parallel " + *schedule.parallel);
  if (schedule.parallel && schedule.shares > 1) clauses.back() += fmt::format(" {}", schedule.shares);
  return fmt::format("{}", fmt::join(clauses, ", "));
}

}  // namespace nnc
