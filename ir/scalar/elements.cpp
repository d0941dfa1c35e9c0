#include "ir/scalar/elements.h"

#include <cstdint>
#include <cstring>

#include "ir/scalar/scalar_cast.h"
#include "support/error.h"

namespace nnc {

namespace {

/// Calls visit(a value of the type that the element has in memory).
template <class Visit>
void with_type(Element element, const Visit& visit) {
  switch (element) {
    case Element::f32: return visit(float{});
    case Element::f64: return visit(double{});
    case Element::bf16: return visit(semantics::Bfloat16{});
    case Element::i32: return visit(int32_t{});
    case Element::u8: return visit(uint8_t{});
    case Element::boolean: return visit(bool{});
  }
  internal_error("an unknown element type");
}

template <class T>
double load(const std::byte* bytes) {
  if constexpr (std::is_same_v<T, bool>) return *bytes != std::byte{0} ? 1 : 0;
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return semantics::cast<double>(value);
}

template <class T>
void store(std::byte* bytes, double number) {
  const T value = semantics::cast<T>(number);
  std::memcpy(bytes, &value, sizeof value);
}

}  // namespace

double load_element(const std::byte* bytes, Element element) {
  double value = 0;
  load_elements(bytes, element, {&value, 1});
  return value;
}

void store_element(std::byte* bytes, Element element, double value) { store_elements(bytes, element, {&value, 1}); }

void load_elements(const std::byte* bytes, Element element, std::span<double> values) {
  with_type(element, [&]<class T>(T) {
    for (size_t i = 0; i < values.size(); ++i) values[i] = load<T>(bytes + i * sizeof(T));
  });
}

void store_elements(std::byte* bytes, Element element, std::span<const double> values) {
  with_type(element, [&]<class T>(T) {
    for (size_t i = 0; i < values.size(); ++i) store<T>(bytes + i * sizeof(T), values[i]);
  });
}

}  // namespace nnc
