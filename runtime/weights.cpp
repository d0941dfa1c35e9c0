#include "runtime/weights.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/safetensors.h"
#include "support/diagnostics.h"
#include "support/error.h"

namespace nnc {

namespace {

StoredElement stored(Element element) {
  switch (element) {
    case Element::f32: return StoredElement::f32;
    case Element::f64: return StoredElement::f64;
    case Element::bf16: return StoredElement::bf16;
    case Element::i32: return StoredElement::i32;
    case Element::u8: return StoredElement::u8;
    case Element::boolean: return StoredElement::boolean;
  }
  internal_error("weights: unknown element type");
}

Element loaded(StoredElement element, const std::string& name) {
  for (Element candidate : {Element::f32, Element::f64, Element::bf16, Element::i32, Element::u8, Element::boolean}) {
    if (stored(candidate) == element) return candidate;
  }
  throw Failure(ExitCode::wrong_program, fmt::format("error: tensor '{}' has the element type {}, which no network has",
                                                     escape_for_terminal(name), stored_spelling(element)));
}

std::string shape_text(Element element, const std::vector<int64_t>& shape) {
  return fmt::format("{}[{}]", spelling(element), fmt::join(shape, ", "));
}

}  // namespace

void write_weights(const std::string& path, const Weights& weights) {
  Safetensors file;
  file.metadata = weights.metadata;
  for (const auto& [name, tensor] : weights.tensors) {
    auto width = static_cast<size_t>(byte_size(tensor.element));
    StoredTensor out{name, stored(tensor.element), tensor.shape, std::vector<std::byte>(tensor.values.size() * width)};
    for (size_t i = 0; i < tensor.values.size(); ++i)
      store_element(&out.bytes[i * width], tensor.element, tensor.values[i]);
    file.tensors.push_back(std::move(out));
  }
  write_safetensors(path, file);
}

Weights read_weights(const std::string& path) {
  Safetensors file = read_safetensors(path);
  Weights weights;
  weights.metadata = file.metadata;
  for (const StoredTensor& tensor : file.tensors) {
    HostTensor host{loaded(tensor.element, tensor.name), tensor.shape, {}};
    auto width = static_cast<size_t>(byte_size(host.element));
    for (size_t at = 0; at < tensor.bytes.size(); at += width) {
      host.values.push_back(load_element(&tensor.bytes[at], host.element));
    }
    weights.tensors.emplace(tensor.name, std::move(host));
  }
  return weights;
}

void require_weights(const std::map<std::string, Type>& wanted, const Weights& weights, const std::string& path) {
  std::vector<std::string> wrong;
  for (const auto& [name, type] : wanted) {
    std::vector<int64_t> shape;
    for (const Dim& dim : type.shape) shape.push_back(dim.count);
    std::string have = shape_text(type.element, shape);
    auto found = weights.tensors.find(name);
    if (found == weights.tensors.end()) {
      wrong.push_back(fmt::format("'{}' is missing; the program has {}", name, have));
    } else if (found->second.shape != shape || found->second.element != type.element) {
      wrong.push_back(fmt::format("'{}' is {}; the program has {}", name,
                                  shape_text(found->second.element, found->second.shape), have));
    }
  }
  if (!wrong.empty()) {
    throw Failure(ExitCode::wrong_program, fmt::format("{}: error: the weights are of another network\n note: {}",
                                                       escape_for_terminal(path), fmt::join(wrong, "\n note: ")));
  }
}

void load_into(StateBlock& state, const std::vector<std::string>& wanted, const Weights& weights,
               const std::string& path) {
  std::map<std::string, Type> types;
  for (const std::string& name : wanted) {
    HostTensor have = state.read(name);
    types[name] = Type(have.element, Shape(have.shape.begin(), have.shape.end()));
  }
  require_weights(types, weights, path);
  for (const std::string& name : wanted) state.write(name, weights.tensors.at(name));
}

}  // namespace nnc
