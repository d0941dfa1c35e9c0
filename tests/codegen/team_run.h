// A compiled program for several workers, run on as many threads.
#pragma once

#include <barrier>
#include <cstdint>
#include <thread>
#include <vector>

#include "codegen/jit.h"

namespace nnc::testing {

inline int64_t run_on_team(const CompiledProgram& code, const NestProgram& program, StepArguments& arguments) {
  struct Link : TeamLink {
    explicit Link(std::ptrdiff_t workers) : gate(workers) {
      barrier = [](TeamLink* link, int64_t) { static_cast<Link*>(link)->gate.arrive_and_wait(); };
    }
    std::barrier<> gate;
  } link(program.workers);
  std::vector<StepArguments> own(static_cast<size_t>(program.workers), arguments);
  std::vector<int64_t> done(own.size());
  std::vector<std::thread> threads;
  for (size_t worker = 0; worker < own.size(); ++worker) {
    own[worker].worker = static_cast<int64_t>(worker);
    own[worker].team = &link;
    threads.emplace_back([&, worker] { done[worker] = code.run(own[worker]); });
  }
  for (std::thread& thread : threads) thread.join();
  arguments.not_finite = own[0].not_finite;
  arguments.step = own[0].step;
  for (int64_t each : done) {
    if (each != done[0]) return -1;  // they must agree on where they end
  }
  return done[0];
}

}  // namespace nnc::testing
