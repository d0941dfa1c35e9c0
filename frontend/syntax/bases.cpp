#include "frontend/syntax/bases.h"

#include <array>
#include <utility>

namespace nnc {

namespace {

constexpr std::array<std::pair<Base, std::string_view>, 9> kSpellings{{{Base::f32, "f32"},
                                                                       {Base::f64, "f64"},
                                                                       {Base::bf16, "bf16"},
                                                                       {Base::i32, "i32"},
                                                                       {Base::u8, "u8"},
                                                                       {Base::boolean, "bool"},
                                                                       {Base::logit, "logit"},
                                                                       {Base::prob, "prob"},
                                                                       {Base::label, "class"}}};

}  // namespace

std::optional<Base> parse_base(std::string_view text) {
  for (const auto& [base, name] : kSpellings) {
    if (name == text && base != Base::label) return base;
  }
  return std::nullopt;
}

std::string_view spelling(Base base) { return kSpellings[static_cast<size_t>(base)].second; }

bool is_float(Base base) {
  return base == Base::f32 || base == Base::f64 || base == Base::bf16 || base == Base::logit || base == Base::prob;
}

}  // namespace nnc
