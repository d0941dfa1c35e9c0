#include "ir/interpret/race_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/error.h"

namespace nnc {

void RaceCheck::order(std::vector<int64_t>& workers) { std::shuffle(workers.begin(), workers.end(), random_); }

void RaceCheck::enter(int64_t worker, const std::string& kernel) {
  worker_ = worker;
  kernel_ = kernel;
}

void RaceCheck::touched(const std::byte* first, size_t bytes, bool written) {
  constexpr int64_t kSeveral = -2;
  for (const std::byte* byte = first; byte != first + bytes; ++byte) {
    Byte& known = bytes_[byte];
    const bool written_by_other = known.writer >= 0 && known.writer != worker_;
    const bool read_by_other = known.reader == kSeveral || (known.reader >= 0 && known.reader != worker_);
    if (written_by_other || (written && read_by_other)) {
      internal_error(fmt::format("{}: worker {} {} what {} has {}, with no barrier between", kernel_, worker_,
                                 written ? "writes" : "reads",
                                 written_by_other ? fmt::format("worker {}", known.writer) : "another",
                                 written_by_other ? "written" : "read"));
    }
    if (written) known.writer = worker_;
    if (!written) known.reader = known.reader == -1 || known.reader == worker_ ? worker_ : kSeveral;
  }
}

}  // namespace nnc
