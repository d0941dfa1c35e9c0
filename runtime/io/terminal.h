// What standard output is: a terminal of some width, with colours or without, or anything else.
#pragma once

namespace nnc {

bool is_terminal();
/// Escape sequences only for a terminal, and not where NO_COLOR is set or TERM is "dumb".
bool may_colour();
/// Characters a line; `otherwise` where it is no terminal or does not say.
int terminal_width(int otherwise);

}  // namespace nnc
