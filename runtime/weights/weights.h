// A trained network as a file: every parameter, state and fitted value as safetensors, with the program's resolved
// options and where training stood in its metadata.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/step/state_block.h"
#include "runtime/weights/safetensors.h"

namespace nnc {

struct Weights {
  Tensors tensors;                              ///< by path, parameters, state, optimizer state, fitted values
  std::map<std::string, std::string> metadata;  ///< "program", "step", "epoch", "seed", "options", "vocabulary.…"
};

/// Tensors as a file takes them, from where they are; that must outlive the result.
std::vector<TensorSource> tensor_sources(const StateBlock& state);
std::vector<TensorSource> tensor_sources(const Tensors& tensors);

/// Written atomically, tensor by tensor and without a copy of one, with checksums (checksums.h); a failure (exit 3)
/// leaves the old file as it was.
void write_weights(const std::string& path, SafetensorsSource weights);
void write_weights(const std::string& path, const Weights& weights);

/// How many bytes that writes.
int64_t weights_bytes(SafetensorsSource weights);

/// Reads and checks a file, tensor by tensor; without the optimizer's state, which is most of the numbers, only what a
/// network is made of is kept.
Weights read_weights(const std::string& path, bool with_optimizer = true);

/// Every tensor of `wanted` (constant sizes) must be in the file with its shape and element type, where f32 and f64
/// stand for each other unless a finite value leaves f32's range; else one Failure (exit 1) that lists all that are
/// missing or different. Returns a warning, ready to print, where they hold NaN or infinities; with `finite` those are
/// a Failure too.
std::vector<std::string> require_weights(const std::map<std::string, Type>& wanted, const Weights& weights,
                                         const std::string& path, bool finite = false);

/// As require_weights, for a whole network: other tensors of a network in the file are listed too ("optimizer." and
/// "data." are none).
std::vector<std::string> require_network(const std::map<std::string, Type>& wanted, const Weights& weights,
                                         const std::string& path, bool finite = false);

/// "'net.W' holds nan at element 0 (from 0)": the first tensor of the network that holds NaN or an infinity; or "".
std::string name_not_finite(const std::vector<TensorSource>& tensors);

/// Puts the file's tensors into the variables called `wanted` of the state, which are the whole network: as
/// require_network, with a line more where they are converted.
std::vector<std::string> load_into(StateBlock& state, const std::vector<std::string>& wanted, const Weights& weights,
                                   const std::string& path, bool finite = false);

/// As load_into, of those tensors alone whose names and shapes agree; a note lists the rest. None is a Failure (exit 1).
std::vector<std::string> load_shared_into(StateBlock& state, const std::vector<std::string>& wanted,
                                          const Weights& weights, const std::string& path, bool finite = false);

}  // namespace nnc
