#include "runtime/io/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace nnc {

bool is_terminal() { return isatty(STDOUT_FILENO) == 1; }

bool may_colour() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  bool refused = (no_color != nullptr && *no_color != '\0') || (term != nullptr && std::string_view(term) == "dumb");
  return is_terminal() && !refused;
}

int terminal_width(int otherwise) {
  winsize size{};
  if (!is_terminal() || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return otherwise;
  return size.ws_col;
}

}  // namespace nnc
