// The words of the language for what a tensor's elements mean.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nnc {

enum class Base : uint8_t { f32, f64, bf16, i32, u8, boolean, logit, prob, label };

std::optional<Base> parse_base(std::string_view text);  ///< all but class(K)
std::string_view spelling(Base base);                   ///< "f32", …, "class"
/// f32, f64, bf16, logit and prob.
bool is_float(Base base);

}  // namespace nnc
