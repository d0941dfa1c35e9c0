#include "runtime/train/late_code.h"

#include <algorithm>
#include <utility>

namespace nnc {

LateCode::~LateCode() { thread_.join(); }

void LateCode::begin(std::vector<Executable*> executables, const BuildOptions& options) {
  executables_ = std::move(executables);
  on_built_ = options.on_built;
  team_ = options.team;
  if (executables_.empty()) return;
  if (team_ != nullptr) team_->lend_cores();
  if (!thread_.start([this] { make(); })) make();
}

/// On its thread.
void LateCode::make() {
  for (size_t i = 0; i < executables_.size() && !failed_; ++i) {
    try {
      executables_[i]->make_code();
    } catch (...) {
      failed_at_ = i;
      failed_ = std::current_exception();
    }
    const bool last = failed_ || i + 1 == executables_.size();
    if (last && team_ != nullptr) team_->take_cores_back();
    ready_.store(last ? executables_.size() : i + 1, std::memory_order_release);
    ready_.notify_all();
  }
}

void LateCode::look() {
  const size_t ready = ready_.load(std::memory_order_acquire);
  while (told_ < ready) {
    if (told_ == failed_at_) std::rethrow_exception(failed_);
    if (on_built_) on_built_(executables_[told_]->times());
    if (++told_ == executables_.size()) when_all_told(std::move(on_all_));
  }
}

void LateCode::require(const Executable& executable) {
  const auto found = std::find(executables_.begin(), executables_.end(), &executable);
  if (found != executables_.end()) await(static_cast<size_t>(found - executables_.begin()) + 1);
}

void LateCode::when_all_told(std::function<void()> call) {
  if (told_ == executables_.size()) {
    if (call) call();
  } else {
    on_all_ = std::move(call);
  }
}

void LateCode::require_all() { await(executables_.size()); }

void LateCode::await(size_t count) {
  for (size_t ready = ready_.load(); ready < count; ready = ready_.load()) ready_.wait(ready);
  look();
}

}  // namespace nnc
