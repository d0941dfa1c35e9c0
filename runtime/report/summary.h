// What `nnc summary` prints: a model's layers, their sizes and what a step costs, before anything runs.
#pragma once

#include <string>

#include "runtime/train/session.h"

namespace nnc {

/// The table and the figures below it. Without the data the sizes that it decides stay names and what a step costs is
/// left out, with a note that says so.
std::string summarize(Session& session);

}  // namespace nnc
