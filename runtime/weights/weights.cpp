#include "runtime/weights/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ir/scalar/elements.h"
#include "runtime/weights/checksums.h"
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

/// What a program may compute in; these are converted into each other.
bool is_precision(Element element) { return element == Element::f32 || element == Element::f64; }

/// One line for each tensor with a finite value that would be infinite in the program's f32.
std::vector<std::string> too_large(const Wanted& wanted, const Weights& weights) {
  std::vector<std::string> lines;
  for (const auto& [name, type] : wanted) {
    const Tensor& tensor = weights.tensors.at(name);
    if (type.element != Element::f32 || tensor.type.element != Element::f64) continue;
    const std::span<const double> values = tensor.values<double>();
    auto at = std::find_if(values.begin(), values.end(), [](double value) {
      return std::isfinite(value) && !std::isfinite(static_cast<float>(value));
    });
    if (at == values.end()) continue;
    lines.push_back(
        fmt::format("'{}' holds {} at element {} (from 0)", escape_for_terminal(name), *at, at - values.begin()));
  }
  return lines;
}

/// What differs; in a `whole` network also what the file has besides.
std::vector<std::string> mismatches(const Wanted& wanted, const Weights& weights, bool whole) {
  std::vector<TensorEntry> want, have;
  for (const auto& [name, type] : wanted) want.push_back({name, stored(type.element), constant_sizes(type.shape)});
  for (const auto& [name, tensor] : weights.tensors) {
    auto wish = wanted.find(name);
    if (wish == wanted.end() && !(whole && is_of_network(name))) continue;
    const Element own = tensor.type.element;
    const bool same = wish != wanted.end() && is_precision(wish->second.element) && is_precision(own);
    have.push_back({name, stored(same ? wish->second.element : own), constant_sizes(tensor.type.shape)});
  }
  return differences(have, want);
}

TensorSource source_of(const std::string& name, const Type& type, std::function<void(const ByteSink&)> write) {
  return {name, stored(type.element), constant_sizes(type.shape), std::move(write)};
}

TensorSource source_of(const std::string& name, const Tensor& tensor) {
  return source_of(name, tensor.type, [&tensor](const ByteSink& sink) { sink(tensor.bytes.span()); });
}

/// Where the tensor holds NaN or an infinity, the first of them; else "".
std::string not_finite(const TensorSource& tensor) {
  const Element element = loaded(tensor.element, tensor.name);
  const auto width = static_cast<size_t>(byte_size(element));
  std::string found;
  int64_t position = 0;
  tensor.write([&](std::span<const std::byte> piece) {
    for (size_t at = 0; at < piece.size() && found.empty(); at += width, ++position) {
      const double value = load_element(&piece[at], element);
      if (std::isfinite(value)) continue;
      found = fmt::format("'{}' holds {} at element {} (from 0)", escape_for_terminal(tensor.name), printable(value),
                          position);
    }
  });
  return found;
}

/// One line for each tensor that is not finite.
std::vector<std::string> not_finite(const Wanted& wanted, const Weights& weights) {
  std::vector<std::string> lines;
  for (const auto& [name, type] : wanted) {
    std::string line = not_finite(source_of(name, weights.tensors.at(name)));
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
  wrong = too_large(wanted, weights);
  if (!wrong.empty()) refuse("weights that are too large for f32, the precision of the program", wrong);
  wrong = not_finite(wanted, weights);
  if (wrong.empty()) return {};
  if (finite) refuse("weights that are not finite", wrong);
  return {fmt::format("{}: warning: weights that are not finite\n note: {}", file, fmt::join(wrong, "\n note: "))};
}

}  // namespace

std::vector<TensorSource> tensor_sources(const StateBlock& state) {
  std::vector<TensorSource> sources;
  for (const std::string& path : state.paths()) {
    sources.push_back(
        source_of(path, state.type(path), [&state, path](const ByteSink& sink) { state.write_bytes(path, sink); }));
  }
  return sources;
}

std::vector<TensorSource> tensor_sources(const Tensors& tensors) {
  std::vector<TensorSource> sources;
  for (const auto& [name, tensor] : tensors) sources.push_back(source_of(name, tensor));
  return sources;
}

void write_weights(const std::string& path, SafetensorsSource weights) {
  add_checksums(weights);
  write_safetensors(path, weights);
}

int64_t weights_bytes(SafetensorsSource weights) {
  add_checksums(weights);
  return safetensors_bytes(weights);
}

void write_weights(const std::string& path, const Weights& weights) {
  write_weights(path, SafetensorsSource{weights.metadata, tensor_sources(weights.tensors)});
}

Weights read_weights(const std::string& path, bool with_optimizer) {
  Weights weights;
  ChecksumsCheck checksums(path);
  weights.metadata = read_safetensors(InputFile(path), [&](const Metadata& metadata, StoredTensor&& tensor) {
    checksums.tensor(metadata, tensor);
    if (!with_optimizer && tensor.name.starts_with("optimizer.")) return;
    Type type(loaded(tensor.element, tensor.name), Shape(tensor.shape.begin(), tensor.shape.end()));
    weights.tensors.emplace(tensor.name, Tensor::of_bytes(std::move(type), std::move(tensor.bytes)));
  });
  checksums.header(weights.metadata);
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

std::string name_not_finite(const std::vector<TensorSource>& tensors) {
  for (const TensorSource& tensor : tensors) {
    if (!is_of_network(tensor.name)) continue;
    if (std::string line = not_finite(tensor); !line.empty()) return line;
  }
  return "";
}

namespace {

/// Puts the file's tensors into the state; a note where they are converted.
void take(StateBlock& state, const Wanted& wanted, const Weights& weights, const std::string& path,
          std::vector<std::string>& notes) {
  for (const auto& [name, type] : wanted) state.write(name, weights.tensors.at(name));
  auto other = std::find_if(wanted.begin(), wanted.end(), [&](const auto& want) {
    return weights.tensors.at(want.first).type.element != want.second.element;
  });
  if (other == wanted.end()) return;
  notes.push_back(fmt::format("{}: note: its {} weights are converted to {}", escape_for_terminal(path),
                              spelling(weights.tensors.at(other->first).type.element),
                              spelling(other->second.element)));
}

}  // namespace

std::vector<std::string> load_into(StateBlock& state, const std::vector<std::string>& wanted, const Weights& weights,
                                   const std::string& path, bool finite) {
  Wanted types;
  for (const std::string& name : wanted) types[name] = state.type(name);
  std::vector<std::string> notes = check(types, weights, true, path, finite);
  take(state, types, weights, path, notes);
  return notes;
}

std::vector<std::string> load_shared_into(StateBlock& state, const std::vector<std::string>& wanted,
                                          const Weights& weights, const std::string& path, bool finite) {
  Wanted types, shared;
  for (const std::string& name : wanted) {
    const Type type = types[name] = state.type(name);
    const auto found = weights.tensors.find(name);
    if (found == weights.tensors.end() || found->second.type.shape != type.shape) continue;
    const Element own = found->second.type.element;
    if (own == type.element || (is_precision(own) && is_precision(type.element))) shared[name] = type;
  }
  const std::string file = escape_for_terminal(path);
  const std::vector<std::string> others = mismatches(types, weights, true);
  if (shared.empty()) {
    throw Failure(ExitCode::wrong_program,
                  fmt::format("{}: error: no tensor of the weights has the name and the shape of one of the network\n"
                              " note: {}",
                              file, fmt::join(others, "\n note: ")));
  }
  std::vector<std::string> notes = check(shared, weights, false, path, finite);
  take(state, shared, weights, path, notes);
  if (!others.empty()) {
    notes.push_back(fmt::format("{}: note: {} of the network's {} tensors start from it\n note: {}", file,
                                shared.size(), types.size(), fmt::join(others, "\n note: ")));
  }
  return notes;
}

}  // namespace nnc
