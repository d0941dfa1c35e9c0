// Code that the first steps of a training do without: made on a thread of its own while they run.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "codegen/compile_threads.h"
#include "runtime/step/executable.h"

namespace nnc {

class LateCode {
 public:
  LateCode() = default;
  ~LateCode();
  LateCode(const LateCode&) = delete;
  LateCode& operator=(const LateCode&) = delete;

  /// Makes the code of these in their order, while the team runs no steps together. They must outlive this. Where the
  /// system gives no thread it is done at once.
  void begin(std::vector<Executable*> executables, const BuildOptions& options);
  /// Tells `on_built` of those that are ready, in their order, or throws what one of them failed with.
  void look();
  /// Waits until the executable has its code, and looks.
  void require(const Executable& executable);
  void require_all();
  /// Calls it once all have been told of, maybe at once.
  void when_all_told(std::function<void()> call);

 private:
  void make();
  void await(size_t count);

  std::vector<Executable*> executables_;
  std::function<void(const BuildTimes&)> on_built_;
  std::function<void()> on_all_;
  std::shared_ptr<WorkerTeam> team_;
  std::atomic<size_t> ready_ = 0;  ///< so many have their code, or it is known why they have none
  size_t failed_at_ = SIZE_MAX;    ///< the first that has none
  std::exception_ptr failed_;
  size_t told_ = 0;
  LargeStackThread thread_;
};

}  // namespace nnc
