// What a training learnt about its data, in the weights' metadata:
//   facts.<data>               JSON: of each raw source its name, element, shape and columns; the rows of each split;
//                              of a CSV file its separator, decimal sign and, without a header line, names
//   vocabulary.<data>.<source> JSON: the names of text classes, in the order of their numbers
#pragma once

#include <optional>
#include <string>

#include "runtime/dataset/dataset.h"
#include "runtime/weights/safetensors.h"

namespace nnc {

std::string facts_key(const std::string& data);  ///< "facts.mnist"

/// Adds the facts and vocabularies of the data to the metadata.
void store_facts(const Datasets& data, Metadata& metadata);

bool has_facts(const Metadata& metadata, const std::string& data);
/// Of one data declaration that the metadata has facts of; nothing where they are damaged.
std::optional<DataFacts> read_facts(const Metadata& metadata, const std::string& data);

}  // namespace nnc
