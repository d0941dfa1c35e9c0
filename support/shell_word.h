// Text as one word of a command that a person may type.
#pragma once

#include <string>
#include <string_view>

namespace nnc {

/// The text as it is where a shell leaves it alone, else in single quotes, and with control characters and bytes that
/// are no text as $'a\x1Bb', which bash, zsh and ksh read.
std::string shell_word(std::string_view text);

}  // namespace nnc
