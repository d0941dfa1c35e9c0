// A golden network as the program that is compiled.
#pragma once

#include <string>

#include "passes/pipeline.h"
#include "tests/golden/network.h"

namespace nnc::testing {

/// For exactly `batch` rows a step, or for any number up to it.
inline NestProgram network_program(const std::string& name, Tier tier, int64_t batch, bool exact = true) {
  PassOptions options;
  options.target = Target::of(tier);
  options.capacity = batch;
  options.exact = exact;
  return run_pipeline(golden_network(name), options);
}

}  // namespace nnc::testing
