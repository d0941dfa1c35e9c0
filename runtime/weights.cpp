#include "runtime/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/safetensors.h"
#include "support/diagnostics.h"
#include "support/error.h"
#include "support/printable.h"

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

/// Whether a tensor of a file is a network's own: neither an optimizer's state nor fitted to the data.
bool is_of_network(const std::string& name) { return !name.starts_with("optimizer.") && !name.starts_with("data."); }

using Wanted = std::map<std::string, Type>;

/// What differs; in a `whole` network also what the file has besides.
std::vector<std::string> mismatches(const Wanted& wanted, const Weights& weights, bool whole) {
  std::vector<TensorWanted> want;
  for (const auto& [name, type] : wanted) {
    want.push_back({name, stored(type.element), {}});
    for (const Dim& dim : type.shape) want.back().shape.push_back(dim.count);
  }
  Safetensors have;  // names, types and shapes only
  for (const auto& [name, tensor] : weights.tensors) {
    if (!wanted.contains(name) && !(whole && is_of_network(name))) continue;
    have.tensors.push_back({name, stored(tensor.element), tensor.shape, {}});
  }
  return differences(have, want);
}

/// Where the tensor holds NaN or an infinity, the first of them; else "".
std::string not_finite(const std::string& name, const HostTensor& tensor) {
  const std::vector<double>& values = tensor.values;
  auto at = std::find_if(values.begin(), values.end(), [](double value) { return !std::isfinite(value); });
  if (at == values.end()) return "";
  return fmt::format("'{}' holds {} at element {} (from 0)", escape_for_terminal(name), printable(*at),
                     at - values.begin());
}

/// One line for each tensor that is not finite.
std::vector<std::string> not_finite(const Wanted& wanted, const Weights& weights) {
  std::vector<std::string> lines;
  for (const auto& [name, type] : wanted) {
    std::string line = not_finite(name, weights.tensors.at(name));
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> check(const Wanted& wanted, const Weights& weights, bool whole, const std::string& path,
                               bool finite) {
  const std::string file = escape_for_terminal(path);
  auto refuse = [&](const char* what, const std::vector<std::string>& why) {
    throw Failure(ExitCode::wrong_program,
                  fmt::format("{}: error: {}\n note: {}", file, what, fmt::join(why, "\n note: ")));
  };
  std::vector<std::string> wrong = mismatches(wanted, weights, whole);
  if (!wrong.empty()) refuse("the weights are of another network", wrong);
  wrong = not_finite(wanted, weights);
  if (wrong.empty()) return {};
  if (finite) refuse("weights that are not finite", wrong);
  return {fmt::format("{}: warning: weights that are not finite\n note: {}", file, fmt::join(wrong, "\n note: "))};
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

std::vector<std::string> require_weights(const std::map<std::string, Type>& wanted, const Weights& weights,
                                         const std::string& path, bool finite) {
  return check(wanted, weights, false, path, finite);
}

std::vector<std::string> require_network(const std::map<std::string, Type>& wanted, const Weights& weights,
                                         const std::string& path, bool finite) {
  return check(wanted, weights, true, path, finite);
}

std::string name_not_finite(const std::map<std::string, HostTensor>& tensors) {
  for (const auto& [name, tensor] : tensors) {
    if (!is_of_network(name)) continue;
    if (std::string line = not_finite(name, tensor); !line.empty()) return line;
  }
  return "";
}

std::vector<std::string> load_into(StateBlock& state, const std::vector<std::string>& wanted, const Weights& weights,
                                   const std::string& path, bool finite) {
  Wanted types;
  for (const std::string& name : wanted) {
    HostTensor have = state.read(name);
    types[name] = Type(have.element, Shape(have.shape.begin(), have.shape.end()));
  }
  std::vector<std::string> warnings = check(types, weights, true, path, finite);
  for (const std::string& name : wanted) state.write(name, weights.tensors.at(name));
  return warnings;
}

}  // namespace nnc
