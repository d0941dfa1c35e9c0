#include "support/source.h"

#include <algorithm>

namespace nnc {

namespace {
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr size_t kBlock = 256;  ///< bytes

bool continues_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

uint32_t code_points(std::string_view text) {
  return static_cast<uint32_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_code_point(c); }));
}
}  // namespace

Range Range::cover(Range a, Range b) { return {std::min(a.begin, b.begin), std::max(a.end, b.end)}; }

SourceFile::SourceFile(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
  for (size_t i = 0; i < text_.size(); ++i) {
    bool crlf = text_[i] == '\r' && i + 1 < text_.size() && text_[i + 1] == '\n';
    if (text_[i] == '\n' || (text_[i] == '\r' && !crlf)) line_starts_.push_back(static_cast<uint32_t>(i + 1));
  }
  uint32_t count = 0;
  for (size_t i = 0; i <= text_.size(); i += kBlock) {
    code_points_.push_back(count);
    count += code_points(std::string_view(text_).substr(i, kBlock));
  }
}

uint32_t SourceFile::code_points_before(uint32_t offset) const {
  if (code_points_.empty()) return 0;
  const size_t block = offset / kBlock;
  return code_points_[block] + code_points(std::string_view(text_).substr(block * kBlock, offset - block * kBlock));
}

std::string_view SourceFile::slice(Range range) const {
  size_t begin = std::min<size_t>(range.begin, text_.size());
  size_t end = std::clamp<size_t>(range.end, begin, text_.size());
  return std::string_view(text_).substr(begin, end - begin);
}

LineColumn SourceFile::locate(uint32_t offset) const {
  offset = std::min<uint32_t>(offset, static_cast<uint32_t>(text_.size()));
  auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  uint32_t start = *(next - 1);
  if (start == 0 && text_.starts_with(kByteOrderMark)) {
    start = std::min<uint32_t>(static_cast<uint32_t>(kByteOrderMark.size()), offset);
  }
  const int column = 1 + static_cast<int>(code_points_before(offset) - code_points_before(start));
  return {static_cast<int>(next - line_starts_.begin()), column};
}

uint32_t SourceFile::line_start(int line) const {
  return line_starts_[static_cast<size_t>(std::clamp(line, 1, line_count()) - 1)];
}

std::string_view SourceFile::line_text(int line) const {
  uint32_t begin = line_start(line);
  uint32_t end = line < line_count() ? line_start(line + 1) : static_cast<uint32_t>(text_.size());
  std::string_view view = slice({begin, end});
  while (!view.empty() && (view.back() == '\n' || view.back() == '\r')) view.remove_suffix(1);
  if (begin == 0 && view.starts_with(kByteOrderMark)) view.remove_prefix(kByteOrderMark.size());
  return view;
}

}  // namespace nnc
