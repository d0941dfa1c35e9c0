#include "frontend/elaborate/frame.h"

#include <fmt/format.h>

namespace nnc {

std::string Paths::take(const std::string& wanted) {
  if (take_exactly(wanted)) return wanted;
  int& number = taken[wanted];
  while (true) {
    std::string path = fmt::format("{}_{}", wanted, number++);
    if (take_exactly(path)) return path;
  }
}

Frame frame_of(const Definition& definition, Frame* caller, Range call) {
  Frame frame;
  frame.definition = &definition;
  frame.source = definition.source;
  frame.library = definition.library;
  frame.caller = caller;
  frame.call = call;
  return frame;
}

}  // namespace nnc
