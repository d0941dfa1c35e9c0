// Programs of n equal parts, as text: what is written long in practice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nnc::bench {

struct Family {
  std::string name, summary;
  std::string (*program)(int64_t n);
};

const std::vector<Family>& families();

}  // namespace nnc::bench
