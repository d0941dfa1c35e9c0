#include "passes/vectorize/share.h"

#include <fmt/format.h>

#include <unordered_map>

#include "ir/print/text.h"

namespace nnc {

namespace {

/// The kernel's text under names that say nothing.
std::string anonymous_text(const Kernel& kernel, const Target& target) {
  NestProgram alone;
  alone.target = target;
  alone.kernels.push_back(kernel);
  Kernel& copy = alone.kernels[0];
  copy.name = "k";
  copy.origins.clear();
  copy.summary.clear();
  for (size_t i = 0; i < copy.parameters.size(); ++i) copy.parameters[i].name = fmt::format("p{}", i);
  for (size_t i = 0; i < copy.registers.size(); ++i) copy.registers[i].name = fmt::format("r{}", i);
  for (size_t i = 0; i < copy.loops.size(); ++i) copy.loops[i] = fmt::format("l{}", i);
  return print(alone);
}

void renumber(std::vector<Stage>& stages, const std::vector<uint32_t>& number) {
  for (Stage& stage : stages) {
    if (auto* call = std::get_if<Call>(&stage)) call->kernel = number[call->kernel];
    if (auto* repeat = std::get_if<Repeat>(&stage)) renumber(repeat->stages, number);
  }
}

}  // namespace

void share_kernels(NestProgram& program) {
  std::unordered_map<std::string, uint32_t> first;
  std::vector<uint32_t> number;
  std::vector<Kernel> kept;
  for (Kernel& kernel : program.kernels) {
    auto [entry, added] = first.try_emplace(anonymous_text(kernel, program.target), static_cast<uint32_t>(kept.size()));
    number.push_back(entry->second);
    if (added) {
      kept.push_back(std::move(kernel));
    } else {
      std::vector<Origin>& origins = kept[entry->second].origins;
      origins.insert(origins.end(), kernel.origins.begin(), kernel.origins.end());
    }
  }
  program.kernels = std::move(kept);
  renumber(program.stages, number);
}

}  // namespace nnc
