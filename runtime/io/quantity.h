// Amounts as a person reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nnc {

/// "13 ms", "2 min 05 s".
std::string duration(double seconds);
/// "512 bytes", "17.2 MB".
std::string bytes_text(int64_t bytes);
/// "1 epoch", "20 epochs".
std::string counted(int64_t count, std::string_view noun);

}  // namespace nnc
