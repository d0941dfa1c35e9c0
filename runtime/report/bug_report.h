// What a user is told about a bug of ours (exit 70).
#pragma once

#include <exception>
#include <string>

namespace nnc {

/// The message, with the request to report it. Of a pass that failed the program that it was given is written to a new
/// file in `folder`, which the message names with the command that shows the fault again; where it cannot be written,
/// the program stands in the message.
std::string bug_report(const std::exception& bug, const std::string& folder);

}  // namespace nnc
