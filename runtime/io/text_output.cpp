#include "runtime/io/text_output.h"

#include <unistd.h>

#include <cerrno>

namespace nnc {

TextOutput::TextOutput(const std::string& path) {
  if (!path.empty() && path != "-") file_ = std::make_unique<Replacement>(path);
  buffer_.reserve(2 * kLarge);
}

void TextOutput::flush() {
  std::span<const std::byte> bytes = std::as_bytes(std::span(buffer_));
  if (file_) {
    file_->write(bytes);
  } else {
    while (!bytes.empty()) {
      const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw system_failure("standard output", "write", errno);
      bytes = bytes.subspan(static_cast<size_t>(written));
    }
  }
  buffer_.clear();
}

void TextOutput::finish() {
  flush();
  if (file_) file_->commit();
}

void append_csv_field(std::string& to, std::string_view text) {
  bool quote = text.find_first_of(",\"\r\n") != std::string_view::npos || text.empty() || text.front() == ' ' ||
               text.back() == ' ';
  if (!quote) {
    to += text;
    return;
  }
  to += '"';
  for (char character : text) {
    if (character == '"') to += '"';
    to += character;
  }
  to += '"';
}

}  // namespace nnc
