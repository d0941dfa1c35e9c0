#include "ir/scalar/elements.h"

#include <bit>
#include <cstring>

#include "support/error.h"

namespace nnc {

namespace {

template <class T>
T load_as(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

template <class T>
void store_as(std::byte* bytes, T value) {
  std::memcpy(bytes, &value, sizeof value);
}

}  // namespace

double load_element(const std::byte* bytes, Element element) {
  switch (element) {
    case Element::f32: return load_as<float>(bytes);
    case Element::f64: return load_as<double>(bytes);
    case Element::i32: return load_as<int32_t>(bytes);
    case Element::u8: return load_as<uint8_t>(bytes);
    case Element::boolean: return load_as<uint8_t>(bytes) != 0 ? 1 : 0;
    case Element::bf16: {
      uint32_t bits = static_cast<uint32_t>(load_as<uint16_t>(bytes)) << 16;
      return load_as<float>(reinterpret_cast<const std::byte*>(&bits));
    }
  }
  internal_error("load_element: unknown element type");
}

void store_element(std::byte* bytes, Element element, double value) {
  switch (element) {
    case Element::f32: return store_as(bytes, static_cast<float>(value));
    case Element::f64: return store_as(bytes, value);
    case Element::i32: return store_as(bytes, static_cast<int32_t>(value));
    case Element::u8: return store_as(bytes, static_cast<uint8_t>(value));
    case Element::boolean: return store_as(bytes, static_cast<uint8_t>(value != 0 ? 1 : 0));
    case Element::bf16: {
      auto bits = std::bit_cast<uint32_t>(static_cast<float>(value));
      uint32_t rounded = bits + 0x7FFF + ((bits >> 16) & 1);  // to nearest even
      return store_as(bytes, static_cast<uint16_t>(rounded >> 16));
    }
  }
}

}  // namespace nnc
